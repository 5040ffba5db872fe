package i18n

// PaletteWords are what the search over all lessons says on the screen.
type PaletteWords struct {
	SearchLabel   string // stands before what is typed
	SearchItem    string // on the first page
	SearchAbout   string // what can be searched for
	SearchHelp    string
	Searching     string
	NothingFound  string // %s is what was looked for
	NoSearch      string // %v says why
	InOther       string // heads what was found in the other language
	PlacePage     string // lesson %s, page %d
	PlaceQuestion string // lesson %s
	PlaceLab      string // lesson %s
	PlaceTerm     string
	NoLesson      string // %s
	WayBack       string // after a jump
	NoWayBack     string
}

func paletteEnglish() PaletteWords {
	return PaletteWords{
		SearchLabel: "Search: ", SearchItem: "Search", SearchAbout: "words, commands, error messages",
		SearchHelp:   "Words, commands, fields, error messages, in English or Chinese. All words must be there; the last one may be half typed. \"In quotes\" means exactly so.",
		Searching:    "Searching …",
		NothingFound: "Nothing has %s.", NoSearch: "The search does not work: %v", InOther: "In Chinese",
		PlacePage: "%s, page %d", PlaceQuestion: "question: %s", PlaceLab: "lab: %s", PlaceTerm: "glossary",
		NoLesson: "There is no lesson %q in this course.",
		WayBack:  "Press {reading/return} to go back to where you were.", NoWayBack: "There was no jump to go back from.",
	}
}

func paletteChinese() PaletteWords {
	return PaletteWords{
		SearchLabel: "搜索：", SearchItem: "搜索", SearchAbout: "词语、命令、报错信息",
		SearchHelp:   "可以搜索词语、命令、字段和报错信息，中英文均可。所有的词都要出现，最后一个词可以只输一半。加上双引号（\"\"）表示一字不差。",
		Searching:    "正在搜索……",
		NothingFound: "没有找到 %s。", NoSearch: "搜索无法使用：%v", InOther: "英文课文中",
		PlacePage: "%s，第 %d 页", PlaceQuestion: "习题：%s", PlaceLab: "实验：%s", PlaceTerm: "术语表",
		NoLesson: "这门课程里没有 %q 这一课。",
		WayBack:  "按 {reading/return} 回到刚才的位置。", NoWayBack: "没有可以返回的位置。",
	}
}
