package i18n

// ReviewPlain are what a review says line after line, beside [ReviewWords].
type ReviewPlain struct {
	EnterShows                                  string // what Enter alone does at a question
	AtReview, AtRating, AtRatingOpen, AtWaiting string // prompts; AtRating is given the rating %s that Enter takes
	CardHead                                    string // number %d, how many are left %s
	CardOf                                      string // kind %s, track %s, lesson %s
	CardPage                                    string // %d
	CardRecall                                  string // %d %%
	RatingChoice                                string // number %d, its name %s, until when %s
	RatingTaken                                 string // name %s, when it is asked again %s
	RatingSuggested                             string // why %s, rating %s
	CramTaken                                   string // name %s
	ReviewAbout                                 map[string]string
	FilterSays                                  string // what is asked: %s
	FilterAll, StillAwaits                      string // StillAwaits: %s
	BadDays, BadMinutes                         string
	HistoryLine                                 string // when %s, rating %s, how long it took %s, until it was asked again %s
	Waiting                                     string
	AwaitsAbout                                 string // %s, how long it takes
	HandsOnHow                                  string
	HandsOnOpen                                 string // not passed
	NoPageOf                                    string
	NoSuchCardHere                              string // %s
	TallyKind                                   string // %s a kind, %d
}

func reviewPlainEnglish() ReviewPlain {
	return ReviewPlain{
		EnterShows: "Enter shows the answer",
		AtReview:   "Enter: begin. help: all commands. > ", AtRating: "1 to 4; Enter takes %s. > ",
		AtRatingOpen: "1 to 4. > ", AtWaiting: "Enter: ask it now. wait: wait for it. home: leave. > ",
		CardHead: "Card %d, %s", CardOf: "%s, %s: %s", CardPage: "page %d", CardRecall: "recalled with %d %%",
		RatingChoice: "  %d %s: %s", RatingTaken: "Rated %s: again in %s.", RatingSuggested: "%s: %s is suggested.", CramTaken: "Rated %s.",
		ReviewAbout: map[string]string{
			"review": "the cards that are due", "begin": "begin; begin again from here",
			"ahead": "study ahead: ahead DAYS", "cram": "all cards, without changing the schedule", "hands-on": "hands-on cards only",
			"track": "only one track: track NAME; alone: all", "tag": "only lessons with a tag: tag NAME; alone: all", "kind": "only one kind: kind question, cloze or lab; alone: all",
			"lesson": "only one lesson: lesson NAME; alone: all", "time": "end after a time: time MINUTES; alone: no end",
			"cards": "list your cards, or those whose name has a word: cards WORD", "due": "what is due of each track and kind", "unsuspend": "ask a suspended card again: unsuspend CARD",
			"suspend card": "ask a card no more: suspend CARD", "bury card": "set a card aside until tomorrow: bury CARD", "unbury": "ask a buried card today after all: unbury CARD",
			"forget": "begin anew with a card: forget CARD",
			"wait":   "wait until the card is due", "undo": "take the last thing back", "suspend": "suspend the card: it is not asked any more", "bury": "set the card aside until tomorrow",
			"text": "say the page that the card comes from", "history": "say how the card was rated so far", "left": "say how many cards are left",
			"forgot": "rate the card: again", "hard": "rate the card: hard", "good": "rate the card: good", "easy": "rate the card: easy",
		},
		FilterSays: "To be asked: %s.", FilterAll: "all that is due", StillAwaits: "Left for today: %s.",
		BadDays: "Say how many days, 1 to 365: ahead 3.", BadMinutes: "Say how many minutes, 1 to 1440: time 10.",
		HistoryLine: "  %s: %s, took %s, then %s",
		AwaitsAbout: "about %s",
		Waiting:     "Waiting. The card comes by itself; Enter ends the waiting.",
		HandsOnHow:  "This is a hands-on card: the lab once more, from the beginning. start begins it; when its checks pass, Enter leads to the rating. Enter before that buries the card until tomorrow.",
		HandsOnOpen: "not passed", NoPageOf: "Where the card comes from in its lesson is not known.",
		NoSuchCardHere: "You have no card %s.", TallyKind: "%s: %d",
	}
}

func reviewPlainChinese() ReviewPlain {
	return ReviewPlain{
		EnterShows: "回车看答案",
		AtReview:   "回车：开始。help：所有命令。> ", AtRating: "输入 1 到 4；回车选 %s。> ",
		AtRatingOpen: "输入 1 到 4。> ", AtWaiting: "回车：现在就问。wait：等它到期。home：离开。> ",
		CardHead: "第 %d 张，%s", CardOf: "%s，%s：%s", CardPage: "第 %d 页", CardRecall: "可提取性 %d %%",
		RatingChoice: "  %d %s：%s", RatingTaken: "已评为%s：%s后再问。", RatingSuggested: "%s，建议选 %s。", CramTaken: "已评为%s。",
		ReviewAbout: map[string]string{
			"review": "到期的卡片", "begin": "开始；从这里重新开始",
			"ahead": "提前复习：ahead 天数", "cram": "突击所有卡片，不改变复习安排", "hands-on": "只做动手卡片",
			"track": "只复习一个课程系列：track 名称；不写名称：全部", "tag": "只复习带某个标签的课：tag 名称；不写名称：全部", "kind": "只复习一种卡片：kind question、cloze 或 lab；不写：全部",
			"lesson": "只复习一课：lesson 名称；不写名称：全部", "time": "到时结束：time 分钟数；不写：不限",
			"cards": "列出卡片，或名称中含某个词的：cards 词", "due": "每个课程系列、每种卡片有多少到期", "unsuspend": "取消暂停一张卡片：unsuspend 卡片",
			"suspend card": "暂停一张卡片：suspend 卡片", "bury card": "搁置一张卡片，明天再出现：bury 卡片", "unbury": "取消搁置一张卡片：unbury 卡片",
			"forget": "重置一张卡片，重新开始学习：forget 卡片",
			"wait":   "等到卡片到期", "undo": "撤销上一步", "suspend": "暂停卡片，不再出现", "bury": "搁置卡片，明天再出现",
			"text": "朗读卡片所在的页", "history": "说明卡片的复习记录", "left": "说明还剩多少张卡片",
			"forgot": "评为重来", "hard": "评为困难", "good": "评为良好", "easy": "评为简单",
		},
		FilterSays: "范围：%s。", FilterAll: "全部到期的", StillAwaits: "今天还剩：%s。",
		BadDays: "请写天数，1 到 365：ahead 3。", BadMinutes: "请写分钟数，1 到 1440：time 10。",
		HistoryLine: "  %s：%s，用时 %s，之后间隔 %s",
		AwaitsAbout: "约 %s",
		Waiting:     "正在等待。卡片会自己出现；按回车结束等待。",
		HandsOnHow:  "这是一张动手卡片：从头再做一遍实验。start 开始；检查都通过后，按回车评分。没有开始就按回车，则搁置到明天。",
		HandsOnOpen: "没有通过", NoPageOf: "不知道卡片出自课中的哪一页。",
		NoSuchCardHere: "你没有卡片 %s。", TallyKind: "%s：%d",
	}
}
