package i18n

func reviewCommandsChinese() ReviewCommands {
	return ReviewCommands{
		ReviewShort: "在忘记之前复习学过的内容",
		ReviewLong: "在你快要忘记的时候再问一遍学过的内容（FSRS-6）。习题在作答之后或读完所在的课之后成为卡片，填空在读过所在的页之后成为卡片，实验在通过之后成为卡片。答错的题马上成为卡片。\n\n" +
			"每次评分都在显示下一张卡片之前写入磁盘。可以用选项缩小范围，--track、--lesson、--tag 和 --kind 都可以写多次。每天问多少张新卡片、多少张复习卡片是设置（`kubetutor settings`），--new 和 --limit 只改变这一次。\n\n" + reviewProtocolChinese,
		ReviewList:      "列出你的卡片",
		ReviewListLong:  "列出你的卡片及其状态：阶段、到期时间、遗忘次数，以及是否已暂停、已搁置，或是记忆难点（因遗忘过多而暂停）。\n\n使用 --json 时输出对象的列表，字段有 id、kind、track、lesson、page（从 1 开始，0 表示未知）、tags、stage（new、learning、review、relearning）、due、last、stability（天）、difficulty（1 到 10）、reps、lapses、suspended、leech 和 buriedUntil。字段可能增加，不会减少。",
		ReviewSuspend:   "暂停卡片，取消暂停之前不再出现",
		ReviewUnsuspend: "取消暂停卡片",
		ReviewBury:      "搁置卡片，明天再出现",
		ReviewUnbury:    "取消搁置，今天仍然出现",
		ReviewForget:    "重置卡片，重新开始学习；复习记录会保留",
		ReviewFit:       "现在就按你的记忆优化参数",
		ReviewFitLong:   "用你自己的复习记录优化 21 个参数；如果新参数比原来的更能预测你的回答，就按新参数重新安排卡片，否则什么都不改变。复习结束后，只要新的记录足够多，也会自动优化。\n\n对数损失表示预测与回答的差距，越小越好。",
		ReviewUndo:      "撤销最近一次评分",
		ReviewUndoLong:  "撤销最近 24 小时内最后一次评分；再执行一次则撤销更早的一次。卡片回到评分之前的状态。复习过程中可以用 undo 一直往前撤销。",
		Due:             "用一行说明有没有到期的复习",
		DueLong: "用一行说明有多少到期，供 shell 提示符或状态栏使用。退出码：0 没有到期；1 有到期；2 无法得知，或命令行有误。\n\n" +
			"到期的包括复习、学习中的步骤、新卡片和动手卡片，都在每日上限之内。它只读取你的进度，什么都不改变，可以与其他 kubetutor 同时运行；在第一次使用之前，它会说没有到期的卡片。\n\n" +
			"--format 按写出的字段输出：{cards} 全部到期的，{due} 复习，{learning} 学习中，{new} 新卡片，{hands-on} 动手卡片，{minutes} 大约需要的分钟数，{next} 现在没有到期时下一张何时到期。使用 --json 时输出同样内容的对象，另有 handsOn、waiting（超出每日上限的）和 next（时间或 null）。\n\n" +
			"  kubetutor due --quiet; [ $? -eq 1 ] && echo '有到期的复习'\n  kubetutor due --format '{cards} 张，约 {minutes} 分钟'",
		FlagReviewTrack: "只复习这个课程系列", FlagReviewLesson: "只复习这一课", FlagReviewTag: "只复习带这个标签的课",
		FlagReviewKind: "只复习这种卡片：question、cloze 或 lab", FlagReviewNew: "今天最多多少张新卡片", FlagReviewLimit: "今天最多多少张复习卡片",
		FlagReviewAhead: "提前复习这么多天内到期的卡片", FlagReviewCram: "突击所有卡片，不改变复习安排", FlagReviewTime: "到时结束，例如 10m",
		FlagReviewHandsOn: "只做动手卡片：在全新的集群上再做一遍实验", FlagReviewJSON: "以 JSON 行与程序对话",
		FlagQuiet: "什么都不输出，只看退出码", FlagFormat: "按此格式输出，可用 {cards}、{due}、{learning}、{new}、{hands-on}、{minutes}、{next}",
		UnknownTrack: "没有名为 %q 的课程系列；最接近的有：%s", UnknownTag: "没有课带标签 %q；最接近的有：%s",
		UnknownKind: "没有 %q 这种卡片；最接近的有：%s", UnknownCard: "你没有卡片 %q；最接近的有：%s", UnknownField: "没有字段 %q；最接近的有：%s",
		NoTags: "没有课带标签", NoCards: "你还没有卡片：先读一课，回答其中的题",
		ReviewOneMode: "--ahead、--cram 和 --hands-on 不能同时使用，请选一个", ReviewNumber: "--%s 需要 %d 到 %d 的数", ReviewBoxFrom: "--time 需要 1m 到 24h 的时间，例如 10m",
		CardsSuspended: "已暂停：%d 张", CardsUnsuspended: "已取消暂停：%d 张", CardsBuried: "已搁置到明天：%d 张", CardsUnburied: "已取消搁置：%d 张", CardsForgotten: "已重置：%d 张",
		CardIsDue: "%s 起到期", CardNotDue: "%s 到期", CardLapses: "遗忘 %d 次",
		FitBetter:    "按 %d 次复习优化：对数损失原来是 %.4f，现在是 %.4f。卡片已重新安排。",
		FitNotBetter: "现有参数对你的 %d 次复习已经预测得足够好，没有改变。",
		FitTooFew:    "可用的复习（与上一次相隔一天以上）有 %d 次，需要 %d 次，还差 %d 次。没有改变",
		UndoneRating: "已撤销：%s 的评分“%s”。", UndoneNothing: "最近 24 小时内没有评过分，没有可以撤销的",
		DueNothing: "没有到期的卡片", DueOneForm: "--quiet、--format 和 --json 不能同时使用，请选一个",
		ProtocolLine: "这一行不是请求：%v", ProtocolDo: "没有请求 %q；可用的有：%s", ProtocolNoCard: "还没有取卡片：请先发送 {\"do\":\"next\"}",
		ProtocolOther: "当前卡片是 %q，不是 %q", ProtocolRate: "评分是 again、hard、good 或 easy，不是 %q", ProtocolNoLab: "实验没有答案：用 `kubetutor lab start` 做完，再用 {\"do\":\"grade\"} 取评分建议",
	}
}

// reviewProtocolChinese documents `review --json`.
const reviewProtocolChinese = `使用 --json 时以 JSON 行对话：每读入一行，恰好输出一行，type 说明它是什么。评分在得到答复之前已写入磁盘；输入结束则复习结束，下次从原处继续。

  {"do":"next"}      type card：card、question 或 lab、recall、choices、left；或 wait（until），或 done（合计）
  {"do":"early"}     不等到期，现在就取 next 要等的那张卡片
  {"do":"answer","options":["ID"]} 或 {"do":"answer","texts":["文字"]}
                     type grade：judged、right、score、parts、explain（Markdown）、answer、suggested、choices
  {"do":"grade"}     type grade：用 lab start 做过的实验，或只看了答案的卡片
  {"do":"rate","rating":"good"}    again、hard、good 或 easy；type rated：card、rating、due、seconds
  {"do":"undo"}      撤销上一步；type card
  {"do":"suspend"} {"do":"bury"}   对当前卡片；type marked
  {"do":"tally"}     type tally

请求可以用 "card":"ID" 指明卡片：如果当前是另一张，则什么都不做。失败时答复 type error，复习继续。`
