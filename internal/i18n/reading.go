package i18n

// ReadingWords are what is said while a lesson is read: about finding, copying,
// links and the glossary.
type ReadingWords struct {
	FindLabel string // stands before what is typed
	MatchOf   string // %d of %d
	NoMatches string

	Copied       string // %s is Lines or Text
	SentTo       string // the same; the terminal may refuse
	SentToTmux   string // the same
	Lines        string // %d
	OneLine      string
	CopyFailed   string // %s as above, %v
	Whole        string // a block as a whole
	PartOf       string // %d of %d
	InsertedLine string
	NotACommand  string
	NoConsole    string
	NoLinks      string
	LinkTo       string // address %s
	LinkToLesson string // title %s

	GlossaryTitle string
	NoTerms       string // none on this page
	NoGlossary    string // the course has none
	TaughtIn      string // title %s
	TaughtHere    string
	NotTaught     string // no lesson teaches it
	GlossaryFault string // %v
}

func readingEnglish() ReadingWords {
	return ReadingWords{
		FindLabel: "Find: ", MatchOf: "%d of %d", NoMatches: "not in this lesson",

		Copied: "Copied %s.", SentTo: "Sent %s to the terminal, which puts it into the clipboard if it may.",
		SentToTmux: "Sent %s to tmux, which passes it on if its option set-clipboard is on.",
		Lines:      "%d lines", OneLine: "1 line", CopyFailed: "Sent %s to the terminal; the clipboard here said: %v",
		Whole: "whole", PartOf: "part %d of %d",
		InsertedLine: "Nothing has been run yet. Press {console/run-line} to run it.",
		NotACommand:  "This is not a command for the console.", NoConsole: "The console opens once a lab runs.",
		NoLinks: "This page has no links.",
		LinkTo:  "Link: %s", LinkToLesson: "Lesson: %s",

		GlossaryTitle: "Glossary", NoTerms: "The glossary has no word of this page.", NoGlossary: "This course has no glossary.",
		TaughtIn: "Taught in: %s", TaughtHere: "Taught in this lesson.", NotTaught: "No lesson of this course teaches it yet.", GlossaryFault: "The glossary cannot be read: %v",
	}
}

func readingChinese() ReadingWords {
	return ReadingWords{
		FindLabel: "查找：", MatchOf: "第 %d 处，共 %d 处", NoMatches: "本课中没有",

		Copied: "已复制 %s。", SentTo: "已把 %s发给终端；终端允许的话会放进剪贴板。",
		SentToTmux: "已把 %s发给 tmux；它的 set-clipboard 选项为 on 时会传给剪贴板。",
		Lines:      "%d 行", OneLine: "1 行", CopyFailed: "已把 %s发给终端；本机剪贴板报告：%v",
		Whole: "整块", PartOf: "第 %d 部分，共 %d 部分",
		InsertedLine: "还没有执行。按 {console/run-line} 执行。",
		NotACommand:  "这不是能在控制台执行的命令。", NoConsole: "实验开始后，控制台才会打开。",
		NoLinks: "本页没有链接。",
		LinkTo:  "链接：%s", LinkToLesson: "课：%s",

		GlossaryTitle: "术语表", NoTerms: "本页没有术语表里的词。", NoGlossary: "这门课程没有术语表。",
		TaughtIn: "详见：%s", TaughtHere: "本课就在讲它。", NotTaught: "这门课程里还没有哪一课讲它。", GlossaryFault: "无法读取术语表：%v",
	}
}
