package i18n

func chineseCLI() *CLI {
	w := &CLI{SettingsWords: settingsChinese(), StatsWords: statsChinese(), statsHelp: statsHelpChinese(), ReviewTerms: reviewTermsChinese(), ReviewWords: reviewChinese(), InsightWords: insightChinese(), ReviewSettingWords: reviewSettingsChinese(), insightHelp: insightHelpChinese(), NetworkWords: networkChinese(), networkHelp: networkHelpChinese(), OpenWords: openChinese(), ExplainWords: explainChinese(), explainHelp: explainHelpChinese(), ReviewCommands: reviewCommandsChinese(), ClassCommands: classCommandsChinese(), ReviewPlain: reviewPlainChinese(), ExchangeWords: exchangeChinese(), AuthorWords: authorChinese(), DoctorWords: doctorChinese()}
	chineseHelp(w)
	chineseMessages(w)
	chineseLabs(w)
	chineseOwn(w)
	chinesePlain(w)
	chineseNodes(w)
	w.states = map[string]string{
		"down": "未启动", "sleeping": "休眠", "starting": "启动中", "up": "运行中", "failed": "失败",
	}
	w.ownStates = map[string]string{
		"down": "未连接", "sleeping": "未连接", "starting": "连接中", "up": "已连接", "failed": "无应答",
	}
	w.results = map[string]string{
		"pass": "通过", "fail": "未通过", "waiting": "等待中", "unjudged": "无法判定",
	}
	w.stages = map[string]string{
		"etcd": "etcd", "api-server": "API 服务器", "controllers": "控制器", "scheduler": "调度器", "nodes": "节点",
		"connect": "连接", "baseline": "恢复初始状态", "addons": "附加组件", "setup": "布置实验", "settled": "就绪", "solution": "运行答案",
	}
	w.columns = map[string]string{
		"server": "服务器", "kubeconfig": "kubeconfig", "log": "日志", "memory": "内存", "lab": "实验", "context": "上下文",
		"profile": "类型", "nodes": "节点", "name": "名称", "state": "状态", "zone": "可用区", "disk": "磁盘", "image": "镜像", "tags": "标签", "size": "大小",
	}
	return w
}

func chineseHelp(w *CLI) {
	w.Root = "在终端里学 Kubernetes，自带一个真正的 Kubernetes"
	w.RootLong = "kubetutor 教你 Kubernetes：读课文、答题，在它自带的真实集群上做实验。不需要 Docker、root 权限、网络或账号。\n\n不带命令运行时，会回到上次离开的地方。退出码：0 完成，1 失败，2 命令行有误，130 被中断。"
	w.Lessons = "列出所有课程"
	w.LessonsLong = "按学习顺序列出所有课程。\n\n使用 --json 时输出对象列表，字段有 id、track、title（语言由 --lang 决定）、level（intro、core、advanced）、minutes、pages、after（应先学的课程）、questions 和 labs（课内的 id）。字段只会增加，不会减少。"
	w.Lesson = "显示或打开一课"
	w.LessonShow = "打印一课的内容"
	w.LessonOpen = "打开一课开始学习"
	w.Quiz = "回答一课的题目"
	w.Lab = "启动、停止和查看实验"
	w.LabLong = "实验是在练习集群上完成的练习。启动实验时，集群先恢复初始状态，再为实验做好布置。\n\n`lab start --json` 输出本次尝试：lab、number、hash、namespace、vars、started、jumped。`lab status --json` 输出 lab、active（当前尝试或 null）、attempts、passed、checks（曾经通过的检查）、of、hints（已显示的条数）、hintsLeft（目前还适用的条数）、solution、jumped、jumps。"
	w.LabStart = "开始一次新的尝试"
	w.LabStop = "结束实验，集群恢复初始状态"
	w.LabStatus = "查看实验的情况"
	w.Check = "检查正在进行的实验"
	w.CheckLong = "显示正在进行的实验的每项检查。\n\n退出码：0 全部通过，1 有未通过的，2 无法判定。使用 --json 时输出 lab、attempt、passed 和 checks；checks 是对象列表，字段有 id、title、result（pass、fail、waiting、unjudged）、want、have、path、reason。使用 --watch 时每次变化输出一行，直到实验通过。"
	w.Hint = "显示下一条提示"
	w.HintLong = "显示适合当前状态的下一条提示；没有时说明原因，并再次列出已显示的提示。\n\n使用 --json 时输出：lab、hint（新的提示或 null）、why（没有提示时为 noHints、allHold、allShown、notNow 或 notKnown）、left（目前还适用的条数）和 shown（本次尝试中已显示的提示，按显示顺序）；每条提示有 number（在实验列表中的位置）和 text。"
	w.FlagAfterSolution = "先执行参考解法，直接从它之后的状态开始；这不算通过"
	w.Solution = "显示实验的答案"
	w.SolutionLong = "显示实验的答案，其中的取值与最近一次尝试相同。这会被记录下来，但通过之后再看不会。使用 --run 时开始一次新的尝试，运行答案并检查。"
	w.Console = "打开自带的命令行"
	w.ConsoleLong = "在运行中的集群上打开自带的命令行：kubectl、常用小工具、管道和实验文件。使用 -c 时只运行一条命令，并以它的退出码退出。"
	w.Shell = "在练习集群上打开你自己的 shell"
	w.ShellLong = "打开你自己的 shell，其中 KUBECONFIG 指向练习集群，PATH 最前面有一个 kubectl。你自己的 ~/.kube/config 不会被改动。"
	w.Kubectl = "在练习集群上运行 kubectl"
	w.Cluster = "启动、停止和查看练习集群"
	w.ClusterLong = "练习集群随实验自动启动，不用时自动休眠。\n\n`status`、`up`、`sleep`、`down` 使用 --json 时输出已知的 name、state（down、sleeping、starting、up、failed）、kubernetes、server、kubeconfig、workspace、logFile、nodes、stages、lab、pid 和 memory。`kubeconfig --json` 输出 kubeconfig，`logs --json` 输出 logFile。\n\n使用 --kubeconfig 时，集群是你自己的：`up` 只建立连接，`sleep` 只结束引擎，`down` 还会删除引擎为实验创建的命名空间。除此之外不启动、不改动、不删除任何东西。此时 --json 还输出 foreign，即上下文的名称。"
	w.ClusterUp = "启动集群"
	w.ClusterSleep = "结束进程，保留状态"
	w.ClusterDown = "结束集群并删除状态"
	w.ClusterStatus = "查看集群的情况"
	w.ClusterKubeconfig = "打印 KUBECONFIG 文件的路径"
	w.ClusterLogs = "打印引擎的日志"
	w.Progress = "查看学习进度"
	w.ProgressLong = "查看学习进度。\n\n使用 --json 时输出一个对象，其中 lessons 是对象列表，字段有 id、track、title、opened（时间）、page（读到的最远一页）、pages、answered（答对过的题数）、questions、passed（通过的实验数）、labs 和 spentSeconds。"
	w.ProgressExport = "把进度写入新文件，- 表示标准输出"
	w.ProgressImport = "并入导出文件中的进度，- 表示标准输入"
	w.Author = "课程作者的工具"
	w.AuthorLong = "课程作者的工具。PATH 是课程目录或其中的一部分；默认是 --lessons 指定的目录，否则是当前源码中的课程。"
	w.AuthorLint = "查找课程中的问题"
	w.AuthorProve = "验证实验：未做时不通过，做完后通过，差一点的做法按预期不通过"
	w.Version = "打印程序和引擎的版本"
	w.VersionLong = "打印程序和引擎的版本；Kubernetes 运行时也打印它的版本。\n\n使用 --json 时输出一个对象，包含已知的 version、engine（unknown、ready、building、missing）、engineID、engineFile、running（运行中引擎的 id）和 kubernetes。"
	w.FlagLang = "语言：en 或 zh（默认取自设置，否则取自环境）"
	w.FlagTheme = "配色：auto、contrast、light、dark、ansi、mono（默认取自设置，否则为 auto）"
	w.FlagPlain = "逐行输出，不绘制界面"
	w.FlagLessons = "使用此目录中的课程，代替内置课程"
	w.FlagData = "把进度保存在此目录"
	w.FlagKubelab = "使用这个引擎"
	w.FlagKubeconfig = "在此文件指定的你自己的集群上做实验"
	w.FlagContext = "该文件中的 context"
	w.FlagName = "练习集群的名称（默认 main）"
	w.FlagJSON = "输出 JSON"
	w.FlagRestart = "先让运行中的集群休眠，从而更换引擎"
	w.FlagRun = "在新的尝试中运行答案"
	w.FlagWatch = "持续显示检查结果，直到全部通过"
	w.FlagWait = "最多等待检查通过的时间"
	w.FlagCommand = "运行这条命令后退出"
	w.FlagAll = "所有课程"
	w.FlagEngine = "同时让引擎编译检查中的表达式"
	w.FlagJobs = "同时使用的集群数（默认：按机器的处理器和内存决定）"
	w.FlagRecord = "把验证过的实验记入课程目录的 proven.yaml"
	w.RecordWhere = "没有可以记录的课程目录：请用 --lessons 指定"
	w.ProveWhat = "请指明要验证什么：PATH、课程、实验或 --all"
	w.NothingToProve = "那里没有可验证的实验"
}

func chineseMessages(w *CLI) {
	w.UnknownLang = "不认识语言 %q：请使用 en 或 zh"
	w.ContextAlone = "--context 指的是 --kubeconfig 文件中的 context：两者要一起给出"
	w.ArgumentsWanted = "参数个数不对：%s"
	w.TryHelp = "加上 --help 查看用法。"
	w.Interrupted = "已中断。"
	w.UnknownLesson = "没有名为 %q 的课程；最接近的有：%s"
	w.UnknownLab = "没有名为 %q 的实验；这一课有：%s"
	w.NoLabs = "课程 %s 没有实验"
	w.NotActive = "实验 %s 没有在进行：用 `kubetutor lab start %s` 启动它"
	w.LessonHow = "%[1]s 是一课：`kubetutor lesson open %[1]s` 打开它，`kubetutor lesson show %[1]s` 打印它"
	w.NoSuchCommand = "`kubetutor %s` 没有命令 %q：请使用 %s"
	w.UnknownTheme = "没有名为 %q 的主题：请使用 %s"
	w.LessonsFrom = "课程目录：%s"
	w.EngineEnded = "引擎已停止：`kubetutor cluster up` 会恢复集群，之前进行的实验也会继续"
	w.Asleep = "集群正在休眠：`kubetutor cluster up` 会唤醒它，之前进行的实验会继续"
	w.LabNeedsOwn = "实验 %s 会布置或检查单个命名空间以外的东西，只能在自带的集群上做，不能在你自己的集群上做：请去掉 --kubeconfig"
	w.FileExists = "%s 已经存在：请换一个新文件名"
	w.Exported = "已将 %d 条事件写入 %s"
	w.Imported = "从 %[2]s 并入了 %[1]d 条新事件"
	w.ProgressLine = "页 %d/%d，题目 %d/%d，实验 %d/%d"
	w.Stale = "运行中的集群属于另一个版本的引擎（%s，进程 %d；本程序配套的是 %s）：`kubetutor cluster up --restart` 会更换它并保留状态"
	w.ClusterNotUp = "集群没有运行：用 `kubetutor cluster up` 启动它"
	w.NoLog = "没有日志：%s 不存在"
	w.NoKubectl = "找不到引擎（它同时也是 kubectl）：%s"
	w.EngineMissing = "没有找到"
	w.EngineUnbuilt = "尚未构建：第一次做实验时会构建，需要 6 到 10 分钟"
	w.RunningEngine = "Kubernetes %s 正在运行（引擎 %s）"
	w.UseKubeconfig = "在任何终端中：export KUBECONFIG=%s"
	w.AttemptNumber = "第 %d 次尝试"
	w.ShellOpen = "这个 shell 使用练习集群；输入 exit 离开。"
	w.GoOnUnsaved = "不保存任何进度，继续吗？输入 yes："
}

func chineseLabs(w *CLI) {
	w.LabWords = labChinese()
	w.SearchWords = searchChinese()
	w.LabStarted = "可以在 `kubetutor console` 中操作，也可以在任何终端中先执行\n    export KUBECONFIG=%s\n然后运行：`kubetutor check %s`"
	w.LabStopped = "%s 已结束，集群恢复到初始状态。"
	w.Attempts = "%d 次尝试"
	w.ChecksHeld = "检查 %d/%d"
	w.Passed = "已通过"
	w.Active = "进行中"
	w.ListSeparator = "，"
	w.LabHere = "实验：%s（%s）"
	w.QuestionHere = "题目：%s"
	w.LessonLine = "%s，%d 分钟，实验：%d"
	w.PassingOf = "通过 %d/%d"
	w.LabPassed = "已通过，用时 %s。"
	w.Want, w.Have, w.At, w.Why = "期望", "实际", "字段", "原因"
	w.AfterSolution = "从参考解法之后开始"
	w.ShownHints = "已显示的提示："
	w.TypeYes = "%s输入 yes："
	w.BuildBegins = "正在构建引擎。双核机器上第一次需要 6 到 10 分钟，以后约 1 分钟。"
	w.BuildLinks = "正在链接引擎，这是最后一步。"
	w.BuildProgress = "已构建 %d/%d 个包"
	w.LabWord = "实验："
	w.LabGoesOn = "这个实验正在进行，接着做。"
	w.StartFirst = "请先开始实验：输入 start。"
	w.Watching = "正在跟踪检查结果；按回车结束。"
	w.ReallySolution = "要看答案吗？这会被记录下来。输入 yes："
	w.ConsoleOpen = "命令行已打开：输入命令，exit 离开。"
	w.CommandIncomplete = "命令不完整"
	w.NoEditor = "编辑器需要终端"
}

func chineseOwn(w *CLI) {
	w.FlagConfirm = "上下文的名称：不再询问，直接在你自己的集群上开始"
	w.OwnExplain = "这个实验在你自己的集群上做：在那里创建命名空间 %s，只在其中操作，实验停止时把它删除，其他一概不动。上下文：%s"
	w.OwnType = "输入上下文的名称以开始（%s）："
	w.OwnWrong = "%q 不是上下文的名称（%s）：没有开始"
	w.OwnUnasked = "这个实验会在你自己的集群上做：如果确实要这样，请加上 --confirm-context %s"
	w.OwnUp = "这是你自己的集群：上下文 %s 中没有启动或改动任何东西。"
	w.OwnSleep = "你自己的集群照常运行（上下文 %s）；进行中的实验的命名空间留在那里。"
	w.OwnDown = "你自己的集群照常运行（上下文 %s）；为实验创建的命名空间已删除。"
	w.OwnLabStopped = "%s 已结束，它的命名空间已从上下文 %s 中删除。"
}

func chinesePlain(w *CLI) {
	w.PlainWords = plainChinese()
	w.Welcome = "kubetutor。输入编号或单词，再按回车。在任何地方输入 help 都会列出可以输入的内容。"
	w.Goodbye = "位置已保存。再见。"
	w.MenuCourse = "选择课程"
	w.MenuLanguage = "English"
	w.MenuQuit = "离开"
	w.Place = "%s：%s，第 %d 页，共 %d 页"
	w.ReadUpTo = "（读到第 %d 页，共 %d 页）"
	w.LessonEnd = "这一课到此结束。"
	w.Question = "题目："
	w.QuizEnd = "答对 %d 题，共 %d 题。"
	w.NoQuestions = "这一课没有题目。"
	w.StartsWith = "开头是："
	w.AnswerLines = "输入答案，最后一行只写一个句点 . 表示结束（%s）："
	w.AnswerManifest = "输入完整的清单，最后一行只写一个句点 . 表示结束；%s，:edit 打开编辑器，:help 列出更多："
	w.AnswerKept = "这道题由集群判定，而集群没有运行。答案已保存，稍后判定。"
	w.Right = "正确。"
	w.Wrong = "不完全对（%d %%）。"
	w.RightAnswer = "正确答案之一：%s"
	w.Rejected = "API 服务器的回复：%s"
}
