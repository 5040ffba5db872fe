package i18n

// ExchangeWords are what decks for Anki say, and what is said of exporting and
// importing reviews.
type ExchangeWords struct {
	DeckNotice  string // what an Anki that is too old shows instead
	DeckSeveral string // of a question with several right options
	DeckAlso    string // before further right answers
	DeckLab     string // %s, a lab

	ReviewExport, ReviewExportLong string
	ReviewImport, ReviewImportLong string
	FlagExchangeFormat, FlagDryRun string
	FormatUnsaid                   string // file %q; formats %s
	SuffixUnknown                  string // file %q; suffixes %s

	ExportedCards, ExportedRatings string // %d to the file %s
	ImportedRatings                string // %d ratings, of %d cards
	ImportedChanges                string // %d cards
	ImportedNothing                string
	ImportedKnown                  string // %d ratings
	ImportedUnknown                string // %d cards
	ImportedForeign                string // %d notes
	ImportedSkipped                string // %d ratings
	WouldChange                    string // what will be done, for a dry run
	ChangeRatings                  string // %d ratings a card gains
	ChangeDue                      string // %s then %s
	ChangeMemory                   string // stability %s then %s
	ChangeSuspend, ChangeUnsuspend string
}

func exchangeEnglish() ExchangeWords {
	return ExchangeWords{
		DeckNotice:  "This deck needs Anki 2.1 or later. Please update Anki, and import it again.",
		DeckSeveral: "Several may be right.",
		DeckAlso:    "Also right:",
		DeckLab:     "Do it on a fresh cluster: `kubetutor lab start %s`",

		ReviewExport: "Write your cards as a deck for Anki or as a table, or the log of your ratings",
		ReviewExportLong: "Write your cards and ratings to a new file (- is standard output). The format is that of the file's name, or of --format:\n\n" +
			"  .apkg   a deck for Anki 2.1 and later, by track, with all history and the memory state of FSRS. Imported again, it updates the texts of the notes; of cards that Anki has already, Anki keeps its own schedule.\n" +
			"  .csv    a table of cards for spreadsheets: id, front, back, stage, due, stability (days), difficulty (1 to 10), reps, lapses, marks (suspended, leech, buried), tags. Text that a spreadsheet would take for a formula has an apostrophe in front.\n" +
			"  .jsonl  the log of ratings, one JSON object a line: card, at, rating (1 again, 2 hard, 3 good, 4 easy), source (session, quiz, lab, import), tookMs, right, and state, how the card stood after it (stage, step, stability, difficulty, due, reps, lapses). Fields may be added, none is taken away.\n\n" +
			"Flags narrow what is written; each can be given several times.",
		ReviewImport: "Take in ratings from Anki or another kubetutor, or changes made in a table",
		ReviewImportLong: "Take in what a file has (- is standard input, with --format). Importing twice changes nothing; a file with a fault changes nothing at all.\n\n" +
			"  .apkg, .colpkg  ratings that were made in Anki with a deck of kubetutor. Only cards of kubetutor are read; other notes are counted. A card that was rated later here keeps its schedule; otherwise it stands as in Anki.\n" +
			"  .jsonl          ratings from `kubetutor review export`.\n" +
			"  .csv            changes to cards: suspended or not (marks); when a card is due, its stability and difficulty, if it is in review. Other columns are not read.\n\n" +
			"With --json: an object with cards (of kubetutor in the file), ratings (new ones), known, unknownCards, foreignNotes, skipped, and changes, a list with card, ratings, due and stability (before and after), and mark (suspend or unsuspend). Fields may be added, none is taken away.",
		FlagExchangeFormat: "format: apkg, csv or jsonl (default: that of the file's name)",
		FlagDryRun:         "only say what would change",
		FormatUnsaid:       "%q does not say a format: use --format with one of %s",
		SuffixUnknown:      "%q ends in none of %s: use --format",

		ExportedCards: "%d cards are in %s.", ExportedRatings: "%d ratings are in %s.",
		ImportedRatings: "New ratings: %d, of %d cards", ImportedChanges: "Cards changed: %d",
		ImportedNothing: "Nothing is new.",
		ImportedKnown:   "Ratings that were here already: %d",
		ImportedUnknown: "Cards that these lessons do not have: %d (left out)",
		ImportedForeign: "Notes that are not from kubetutor: %d (left out)",
		ImportedSkipped: "Entries of the log that are no ratings: %d (left out)",
		WouldChange:     "Nothing was changed. This is what would be:",
		ChangeRatings:   "new ratings: %d", ChangeDue: "due %s → %s", ChangeMemory: "stability %s → %s",
		ChangeSuspend: "suspend", ChangeUnsuspend: "unsuspend",
	}
}

func exchangeChinese() ExchangeWords {
	return ExchangeWords{
		DeckNotice:  "此牌组需要 Anki 2.1 或更高版本。请更新 Anki 后再次导入。",
		DeckSeveral: "可能不止一项正确。",
		DeckAlso:    "以下也正确：",
		DeckLab:     "在全新的集群上做：`kubetutor lab start %s`",

		ReviewExport: "将卡片导出为 Anki 牌组或表格，或导出评分记录",
		ReviewExportLong: "将卡片和评分写入新文件（- 为标准输出）。格式取自文件名，或由 --format 指定：\n\n" +
			"  .apkg   供 Anki 2.1 及更高版本使用的牌组，按课程系列分组，包含全部历史和 FSRS 的记忆状态。再次导入会更新笔记的文字；Anki 中已有的卡片仍按 Anki 自己的安排。\n" +
			"  .csv    供电子表格使用的卡片表：id、front、back、stage、due、stability（天）、difficulty（1 到 10）、reps、lapses、marks（suspended、leech、buried）、tags。会被电子表格当作公式的文字前面加有一个撇号。\n" +
			"  .jsonl  评分记录，每行一个 JSON 对象：card、at、rating（1 重来，2 困难，3 良好，4 简单）、source（session、quiz、lab、import）、tookMs、right，以及评分后卡片的状态 state（stage、step、stability、difficulty、due、reps、lapses）。字段可能增加，不会减少。\n\n" +
			"可用选项缩小范围，每个都可以多次给出。",
		ReviewImport: "导入来自 Anki 或另一个 kubetutor 的评分，或表格中的修改",
		ReviewImportLong: "导入文件中的内容（- 为标准输入，须给出 --format）。重复导入不会改变任何内容；文件有错误时，什么都不会导入。\n\n" +
			"  .apkg、.colpkg  在 Anki 中用 kubetutor 的牌组所做的评分。只读取 kubetutor 的卡片，其他笔记只计数。在这里评分更晚的卡片保持原来的安排，其余与 Anki 中一致。\n" +
			"  .jsonl          `kubetutor review export` 导出的评分。\n" +
			"  .csv            对卡片的修改：是否暂停（marks）；对处于复习阶段的卡片，还有到期时间、稳定性和难度。其他列不读取。\n\n" +
			"使用 --json 时输出一个对象，包含 cards（文件中属于 kubetutor 的卡片）、ratings（新的评分）、known、unknownCards、foreignNotes、skipped 和 changes；changes 是列表，每项包含 card、ratings、due 和 stability（之前和之后）以及 mark（suspend 或 unsuspend）。字段可能增加，不会减少。",
		FlagExchangeFormat: "格式：apkg、csv 或 jsonl（默认取自文件名）",
		FlagDryRun:         "只显示将会改变什么",
		FormatUnsaid:       "%q 没有说明格式：请用 --format 指定 %s 之一",
		SuffixUnknown:      "%q 的后缀不是 %s 之一：请使用 --format",

		ExportedCards: "已将 %d 张卡片写入 %s。", ExportedRatings: "已将 %d 条评分写入 %s。",
		ImportedRatings: "新的评分：%d，涉及 %d 张卡片", ImportedChanges: "已更改的卡片：%d",
		ImportedNothing: "没有新内容。",
		ImportedKnown:   "已有的评分：%d",
		ImportedUnknown: "这些课程中没有的卡片：%d（未导入）",
		ImportedForeign: "不属于 kubetutor 的笔记：%d（未导入）",
		ImportedSkipped: "不是评分的记录：%d（未导入）",
		WouldChange:     "未作任何更改。将会发生：",
		ChangeRatings:   "新评分：%d", ChangeDue: "到期 %s → %s", ChangeMemory: "稳定性 %s → %s",
		ChangeSuspend: "暂停", ChangeUnsuspend: "取消暂停",
	}
}
