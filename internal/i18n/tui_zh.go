package i18n

func tuiChinese() TUI {
	return TUI{
		MouseWords:         mouseChinese(),
		DraftWords:         draftChinese(),
		StatsWords:         statsChinese(),
		ReviewTerms:        reviewTermsChinese(),
		SettingsPageWords:  settingsPageChinese(),
		LabWords:           labChinese(),
		PaletteWords:       paletteChinese(),
		ReadingWords:       readingChinese(),
		ReviewWords:        reviewChinese(),
		InsightWords:       insightChinese(),
		NetworkWords:       networkChinese(),
		ExplainWords:       explainChinese(),
		ReviewSettingWords: reviewSettingsChinese(),
		RoomWords:          roomChinese(),

		Morning: "早上好。", Afternoon: "下午好。", Evening: "晚上好。",
		Continue: "继续学习", Course: "全部课程", Begin: "从这里开始：%s", PageOf: "%s，第 %d 页，共 %d 页", LessonsDone: "已学完 %d 课，共 %d 课",
		ThisWeek: "最近七天", NothingYet: "还没有记录", Answers: "答题 %d 次", RightShare: "答对 %d %%", LabsPassed: "通过实验 %d 个",

		Filter: "筛选：", NoMatch: "没有符合条件的课。", Coming: "即将推出", Minutes: "%d 分钟",
		QuestionCount: "%d 道题", LabCount: "%d 个实验", QuestionCountOne: "1 道题", LabCountOne: "1 个实验",

		Text: "课文", Lab: "实验", Console: "控制台", Questions: "习题", Outline: "目录",
		EnterAnswers: "按 {reading/next} 作答", EnterStarts: "按 {reading/next} 打开", Loading: "…",
		End: "本课到此结束。", OneQuestion: "一道题", ManyQuestions: "%d 道题",

		QuestionOf: "第 %d 题，共 %d 题", PickOne: "选一项。", PickAll: "选出所有正确的项。", FillIn: "填空。",
		PutRight: "排出正确的顺序。", TypeCommand: "写出命令。", TypeOutput: "写出你预料的结果。", WriteYAML: "写出清单。",
		Grading: "正在判分……", Right: "正确。", NotQuite: "不太对。",
		Kept:        "答案已保存。这道题要由集群来判：先启动一个实验，再答一次。",
		RightAnswer: "正确答案：", Sample: "一种正确的写法：", Rejected: "API 服务器的答复：",
		Missed: "这一项是对的", NotSaved: "答案没能保存：%v。按 %s 再试一次。",
		Judged:  "之前保存的 %d 个答案已经判好，答对 %d 个。",
		AllDone: "答对 %d 题，共 %d 题。", PickFirst: "请先选一个答案。",

		Task: "任务", Checks: "检查项", Debrief: "通过", HintsTitle: "提示", SolutionTitle: "参考解法",
		StartLab: "按 {lab-idle/start} 开始实验。", StartsCluster: "会随之启动一个专用的 Kubernetes 集群，不会动这台机器上的任何东西。",
		Starting: "正在启动……", Passed: "已通过", PassedAt: "%s 通过", Attempt: "第 %d 次", Score: "%d / %d",
		HintsLeft:   "{lab-runs/hint} 提示（%d）",
		AskSolution: "要看参考解法吗？", AskRestart: "要从头重做这个实验吗？",
		Want: "应为", Have: "实为",
		NoEngine: "这里不能做实验。", EngineMissing: "没有引擎：", Failed: "没能启动。", LogLines: "日志的最后几行：",
		LabGone: "这个实验已经不在运行。按 {lab-idle/start} 重新开始。",
		LabLost: "集群已停止。按 {lab-idle/start} 恢复集群，从原处继续。", AgainToTry: "按 {lab-idle/start} 再试一次。",
		OtherLab: "集群正用于实验 %s。开始这个实验，那个就会结束。",
		NeedsOwn: "这个实验会布置或检查单个命名空间以外的东西，不能在你自己的集群上做。请不带 --kubeconfig 启动 kubetutor，它自带一个集群。",
		TypeName: "输入上下文的名称：", WrongName: "%q 不是上下文的名称（%s），没有开始。",
		OwnHere:  "它在你自己的集群上做：在那里创建命名空间 %s，只在其中操作，实验停止时把它删除，其他一概不动。上下文：%s",
		LabTitle: "实验：%s", StateReason: "%s：%s",
		States: map[string]string{"pass": "通过", "fail": "未通过", "waiting": "等待中", "unjudged": "无法判断"},
		Stages: map[string]string{
			"certificates": "证书", "etcd": "etcd", "api-server": "API 服务器", "controllers": "控制器", "scheduler": "调度器", "nodes": "节点",
			"connect": "连接", "engine": "引擎", "baseline": "基线", "addons": "附加组件", "setup": "布置", "settled": "就绪",
		},

		OpensWithLab: "实验开始后，控制台才会打开。", OpeningConsole: "正在打开控制台……", Running: "运行中",
		ConsoleClosed: "控制台已关闭。按 {console/run-line} 重新打开。",
		InterruptHint: "已中断。再按一次 {always/interrupt} 退出。",

		ClusterState: map[string]string{
			"": "集群 ?", "down": "集群未启动", "sleeping": "集群休眠中", "starting": "集群启动中",
			"up": "集群运行中", "failed": "集群出错",
		},
		ContextState: map[string]string{
			"": "?", "down": "未连接", "sleeping": "未连接", "starting": "连接中", "up": "已连接", "failed": "无应答",
		},
		Nodes: "%d 个节点", EngineBuilding: "正在构建引擎 %d / %d", EngineShort: "引擎 %d %%", EnginePreparing: "正在准备引擎", EngineLinking: "正在链接引擎",
		TooSmall:  "请把窗口调大：现在是 %d×%d，至少需要 40×10。",
		QuitAgain: "还有命令在运行。再按一次 {always/interrupt} 退出。", SaveFailed: "没能保存：%v",
		EngineGone:    "集群已停止。请转到实验，按 {lab-idle/start} 重新启动。",
		EngineSilent:  "引擎没有响应，或者集群刚刚停止。请稍后再试。",
		OtherBuild:    "运行中的集群属于另一个版本的引擎（%s，进程 %d）。",
		OtherVersion:  "运行中的引擎（进程 %[1]d）的协议版本与本程序不兼容。请用 kill %[1]d 停止它，再开始实验；集群状态会保留。",
		EnterReplaces: "按 {lab-idle/start} 用配套的引擎重新启动。集群状态会保留，可以从原处继续。",
		TooLong:       "内容太长：这里最多输入 %d KB。",
		Help:          "按键", AnyKey: "按任意键关闭", KeyColumn: "按键", DoesColumn: "作用",
		Scopes:  tuiScopesChinese(),
		Actions: tuiActionsChinese(),
	}
}

func tuiScopesChinese() map[string]string {
	return map[string]string{
		"always": "任何时候", "global": "输入框以外", "home": "首页", "course": "全部课程", "filter": "筛选",
		"reading": "阅读", "outline": "目录", "choice": "习题：选择", "sorting": "习题：排序",
		"blank": "习题：填空", "writing": "习题：清单", "verdict": "作答之后", "lab": "实验", "lab-idle": "实验：尚未开始", "lab-runs": "实验：进行中",
		"console": "控制台", "confirm": "确认", "naming": "输入上下文的名称", "helping": "按键列表", "stats": "统计", "insight": "复习统计", "network": "网络", "settings": "设置",
		"palette": "搜索", "finding": "在本课中查找", "found": "阅读查找结果时", "picking": "复制与链接", "words": "术语表",
		"review": "复习", "review-end": "复习：等待与结束", "review-cards": "复习：卡片列表", "rating": "卡片：作答之后",
		"card": "卡片", "card-asked": "卡片：作答之前", "card-typing": "卡片：输入答案时", "card-console": "卡片的控制台", "history": "卡片的复习记录",
		"editing": "编辑器", "class": "课堂：输入框以外", "class-always": "课堂：任何时候", "class-page": "课堂页面", "hand": "请求帮助",
		"called": "召集到某处", "asked": "有人想看你的屏幕", "shown": "讲师的屏幕", "told": "须读过的内容",
	}
}

func tuiActionsChinese() map[string]string {
	return map[string]string{
		"quit": "退出", "interrupt": "中断、退出", "suspend": "挂起", "help": "帮助", "language": "English", "back": "返回",
		"up": "上移", "down": "下移", "page-up": "上一屏", "page-down": "下一屏", "top": "到开头", "bottom": "到末尾",
		"left": "代码左移", "right": "代码右移", "open": "打开", "filtering": "筛选", "questions": "只做习题",
		"next": "继续", "previous": "往回", "next-page": "下一页", "prev-page": "上一页", "contents": "目录", "other": "切换",
		"tick": "勾选", "pick": "勾选这一项", "submit": "提交", "move-up": "往上挪", "move-down": "往下挪", "next-blank": "下一空", "editor": "编辑器",
		"continue": "继续", "reread": "重读本页", "retry": "再答一次", "start": "开始", "jump": "从解法之后开始", "hint": "提示", "solution": "参考解法",
		"restart": "重做", "run-line": "执行", "complete": "补全", "end-input": "结束输入", "clear": "清屏", "yes": "是", "no": "否",
		"mouse": "开关鼠标", "network": "网络", "pause": "暂停、继续", "system": "系统命名空间", "network/down": "选择", "network/other": "连接", "network/right": "命名空间", "network/left": "上一个命名空间", "network/back": "关闭", "settings": "设置", "stats": "统计", "stats/open": "打开", "stats/right": "展开", "stats/left": "收起", "stats/other": "复习", "insight/page-down": "往下", "insight/right": "系列", "insight/left": "上一系列", "insight/other": "学习", "insight/next-page": "下一项", "insight/prev-page": "上一项",
		"save": "保存", "add": "再加一个键", "reset": "默认值", "settings/open": "更改", "settings/right": "下一个值", "settings/left": "上一个值",
		"search": "搜索全部课程", "find": "查找", "next-match": "下一处", "prev-match": "上一处", "copy": "复制", "insert": "填入控制台",
		"links": "链接", "next-link": "下一个链接", "prev-link": "上一个链接", "explain": "术语", "return": "跳转前的位置",
		"review": "复习", "again": "重来", "hard": "困难", "good": "良好", "easy": "简单", "undo": "撤销", "reveal": "放弃",
		"bury": "搁置到明天", "hide": "暂停", "past": "复习记录", "forget": "重新开始", "card/reread": "所在的页", "card-typing/reread": "所在的页", "card/back": "离开", "card-typing/back": "离开", "card-console/back": "实验",
		"rating/continue": "采用建议", "review/left": "上一个值", "review/right": "下一个值", "review-end/open": "继续", "history/back": "关闭",
		"review-cards/hide": "暂停、取消暂停", "review-cards/bury": "搁置、取消搁置", "review-cards/open": "所在的页",
		"review-cards/left": "换一类", "review-cards/right": "换一类",
		"home/search": "搜索", "reading/copy": "复制一块", "palette/back": "关闭", "finding/open": "留在这里", "finding/up": "上一处", "finding/down": "下一处", "finding/back": "回原处",
		"found/back": "结束查找", "picking/open": "打开或复制", "picking/left": "前一部分", "picking/right": "部分", "picking/back": "课文",
		"words/open": "相关的课", "words/back": "关闭",
		"naming/submit": "开始", "naming/back": "算了", "filter/back": "取消筛选", "choice/back": "课文", "sorting/back": "课文", "blank/back": "课文", "writing/back": "课文",
		"lab/back": "课文", "console/back": "课文", "lab/other": "控制台", "lab-runs/other": "控制台", "console/other": "实验",
		"reading/other": "实验、控制台", "console/up": "上一条命令", "console/down": "下一条命令",
		"hand": "举手、放下", "class": "课堂", "screen": "讲师的屏幕", "follow": "到全班所在之处", "unwatch": "不再让人观看",
		"hand/submit": "举手", "hand/back": "算了", "called/follow": "现在就去", "called/back": "留在这里", "editing/back": "离开", "class-page/back": "关闭", "told/continue": "已读",
		"shown/left": "左移", "shown/right": "右移", "shown/back": "关闭",
	}
}
