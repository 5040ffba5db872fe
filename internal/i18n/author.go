package i18n

// AuthorWords are what the commands for authors say. DraftNext is given the
// directory of the lesson below the course, and the course; DraftTaken an id and
// the track that has it; the words of a preview the course's directory.
type AuthorWords struct {
	AuthorNew, AuthorNewLong, AuthorPreview, AuthorPreviewLong, AuthorImport, AuthorImportLong string
	AuthorLintLong, AuthorProveLong                                                            string
	FlagTitleEN, FlagTitleZH, FlagNewLab, FlagTo, FlagTrack, FlagFrom, FlagOnce                string
	DraftWhere, DraftPath, DraftTaken, DraftTrackTaken, DraftWritten, DraftChanged, DraftNext  string
	DraftLabNext, ImportNotes, ImportNothing, ImportTo, ImportFrom                             string
	PreviewFaults, PreviewWaits, PreviewNone, PreviewAgain                                     string
}

func authorEnglish() AuthorWords {
	return AuthorWords{
		AuthorNew: "Begin a lesson, or add a lab to one",
		AuthorNewLong: "Write the files of a new lesson: text in both languages, questions, and with --lab a lab that can be proven as it is. The lesson loads at once; what you must write yourself begins with TODO:, and `author lint` lists it. " +
			"Nothing is ever overwritten. If the lesson is there, --lab adds a lab to it.\n\nThe lesson goes into --lessons DIR, which may be new (a pack of your own), else into the lessons of this checkout.\n\n" +
			"  kubetutor --lessons ~/team-lessons author new basics/first-steps --lab paint --title-en 'First steps' --title-zh 第一步",
		AuthorPreview: "Read lessons while they are being written",
		AuthorPreviewLong: "Show a lesson, or a whole directory of lessons, as learners see it, and again whenever its files change: at the same page and paragraph. While something is wrong, the faults stand in place of the text. Nothing is recorded, and no cluster is started. " +
			"With --plain or without a terminal the lesson is printed, and printed again after each change.\n\nThe argument is the id of a lesson or a path; the default is --lessons, else the lessons of this checkout.",
		AuthorImport: "Make a skeleton of lessons from notes",
		AuthorImportLong: "Turn Markdown notes, or scenarios of Killercoda (directories with an index.json), into lessons to be rewritten: headings become lessons and pages; code, tables and links stay; images become figures to be drawn; HTML and control characters go. " +
			"The other language gets the same blocks, marked TODO:. Scripts are never copied, only quoted in TODO.md, for turning them into checks. Nothing is overwritten, and no link out of a named directory is followed.\n\n" +
			"Write in your own words: a skeleton of somebody else's text is theirs.",
		AuthorLintLong:  "Find faults in lessons: everything that keeps them from loading, and the rules for good lessons (lessons/GUIDE.md). Every fault has a place, file:line:column, and says how to mend it. Warnings, such as of one language that changed while the other did not, do not count as faults. Ends with 1 when there are faults.\n\nWith --json: faults and warnings (file, line, column, message, mend), skipped (what could not be looked at) and lessons (how many were).",
		AuthorProveLong: "Prove labs on clusters made for it: before the solution a check fails, after it none does, and after each near miss exactly the named ones do. PATH is a directory of lessons or below one, a lesson, or LESSON/LAB.\n\nA lab with variables is proven with three seeds. With --all each near miss has one of them, by turns; else it has all three. What fails beside others is repeated alone, and named if it holds then.\n\nWith --json: proofs, and what passed or failed in spite of them.",
		FlagTitleEN:     "title in English",
		FlagTitleZH:     "title in Chinese",
		FlagNewLab:      "id of a lab to begin",
		FlagTo:          "directory of the lessons to write into; it may be new",
		FlagTrack:       "track of the lessons (default: the name of what is imported)",
		FlagFrom:        "language of the notes, en or zh (default: what they look like)",
		FlagOnce:        "print once, and do not wait for changes",
		DraftWhere:      "say where the lesson goes: --lessons DIR (it may be new)",
		DraftPath:       "write TRACK/LESSON, both of a-z, 0-9 and -, not %q",
		DraftTaken:      "there is a lesson %q in the track %s already; ids are unique in all courses that are used together: choose another",
		DraftTrackTaken: "the built-in course has a track %q; a pack cannot have one of that id: choose another",
		DraftWritten:    "written  %s",
		DraftChanged:    "changed  %s",
		DraftNext:       "\nSee it while you write:  kubetutor author preview %[2]s/%[1]s\nWhat is left to write:   kubetutor author lint %[2]s/%[1]s\nWhat lessons may say:    lessons/GUIDE.md",
		DraftLabNext:    "\nPut it where it belongs in en.md and zh.md:  <!-- lab: %s -->",
		ImportNotes:     "note     %s",
		ImportNothing:   "there is nothing to import: no Markdown file, and no index.json of Killercoda",
		ImportTo:        "say where the lessons go: --to DIR (it may be new)",
		ImportFrom:      "--from is en or zh, not %q",
		PreviewFaults:   "Faults: %d. The lesson is shown again once they are mended.",
		PreviewWaits:    "Waiting for changes in %s. Control-C ends.",
		PreviewNone:     "there is no lesson %q in %s",
		PreviewAgain:    "Changed:",
	}
}

func authorChinese() AuthorWords {
	return AuthorWords{
		AuthorNew: "开始写一课，或者给一课加一个实验",
		AuthorNewLong: "写出一课所需的文件：两种语言的正文、题目；用 --lab 还会写出一个可以直接验证的实验。这一课马上就能加载；需要你自己写的地方以 TODO: 开头，`author lint` 会列出来。" +
			"不会覆盖任何文件。这一课已经存在时，--lab 给它加一个实验。\n\n课程写进 --lessons DIR，目录可以是新的（你自己的课程包）；否则写进当前源码中的课程。\n\n" +
			"  kubetutor --lessons ~/team-lessons author new basics/first-steps --lab paint --title-en 'First steps' --title-zh 第一步",
		AuthorPreview: "边写边看课程",
		AuthorPreviewLong: "按学习者看到的样子显示一课或整个课程目录，文件一有改动就重新显示，并停留在同一页、同一段。有错误时，在正文的位置显示错误。不记录任何进度，也不启动集群。" +
			"使用 --plain 或没有终端时，打印这一课，每次改动后再打印一遍。\n\n参数是课程的 id 或路径；默认是 --lessons 指定的目录，否则是当前源码中的课程。",
		AuthorImport: "由笔记生成课程的骨架",
		AuthorImportLong: "把 Markdown 笔记或 Killercoda 场景（含 index.json 的目录）变成有待改写的课程：标题变成课和页；代码、表格和链接保留；图片变成有待绘制的图；HTML 和控制字符去掉。" +
			"另一种语言得到同样的块，标上 TODO:。脚本不会被复制，只在 TODO.md 中引用，供改写成检查。不会覆盖任何文件，也不会跟随指向目录之外的链接。\n\n" +
			"请用自己的话来写：别人文字的骨架仍然是别人的。",
		AuthorLintLong:  "查找课程中的问题：所有使课程无法加载的错误，以及好课程的规则（lessons/GUIDE.md）。每个问题都有位置（文件:行:列）和改正的办法。警告（例如一种语言改了而另一种没有改）不算问题。有问题时退出状态为 1。\n\n使用 --json 时输出 faults 和 warnings（file、line、column、message、mend）、skipped（没能检查的内容）和 lessons（检查了多少课）。",
		AuthorProveLong: "在专门建立的集群上验证实验：做之前有检查不通过，做完后全部通过，每个差一点的做法恰好使指定的检查不通过。PATH 是课程目录或其中的一部分、一课，或 课程/实验。\n\n有变量的实验用三个种子验证。使用 --all 时，每个差一点的做法轮流用其中一个种子，否则三个都用。与其他实验同时验证而失败的，会单独再验证一次；这时成立的会列出来。\n\n使用 --json 时输出 proofs，以及与之不符的结果。",
		FlagTitleEN:     "英文标题",
		FlagTitleZH:     "中文标题",
		FlagNewLab:      "要开始写的实验的 id",
		FlagTo:          "写入哪个课程目录，可以是新的",
		FlagTrack:       "课程所在的单元（默认：导入内容的名称）",
		FlagFrom:        "笔记的语言，en 或 zh（默认：按内容判断）",
		FlagOnce:        "只打印一次，不等待改动",
		DraftWhere:      "请指明课程写到哪里：--lessons DIR（可以是新目录）",
		DraftPath:       "请写成 单元/课程，两者只用 a-z、0-9 和 -，而不是 %q",
		DraftTaken:      "单元 %[2]s 中已有课程 %[1]q；一起使用的所有课程中 id 不能重复：请换一个",
		DraftTrackTaken: "内置课程中有单元 %q，课程包里不能有同样 id 的单元：请换一个",
		DraftWritten:    "已写入  %s",
		DraftChanged:    "已更改  %s",
		DraftNext:       "\n边写边看：    kubetutor author preview %[2]s/%[1]s\n还要写什么：  kubetutor author lint %[2]s/%[1]s\n课程的写法：  lessons/GUIDE.md",
		DraftLabNext:    "\n在 en.md 和 zh.md 中把它放到合适的位置：  <!-- lab: %s -->",
		ImportNotes:     "说明    %s",
		ImportNothing:   "没有可以导入的内容：没有 Markdown 文件，也没有 Killercoda 的 index.json",
		ImportTo:        "请指明课程写到哪里：--to DIR（可以是新目录）",
		ImportFrom:      "--from 是 en 或 zh，而不是 %q",
		PreviewFaults:   "有 %d 个问题。改正之后会重新显示这一课。",
		PreviewWaits:    "正在等待 %s 中的改动，按 Control-C 结束。",
		PreviewNone:     "%[2]s 中没有课程 %[1]q",
		PreviewAgain:    "已更改：",
	}
}

// DraftWords are what the screen says of a lesson that is being written.
type DraftWords struct {
	DraftFaults string // %d
}

func draftEnglish() DraftWords {
	return DraftWords{DraftFaults: "Faults: %d. The page comes back once they are mended."}
}

func draftChinese() DraftWords {
	return DraftWords{DraftFaults: "有 %d 个问题，改正之后会回到这一页。"}
}
