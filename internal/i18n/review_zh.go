package i18n

func reviewChinese() ReviewWords {
	return ReviewWords{
		ReviewItem: "复习", ReviewDue: "%d 张到期", ReviewNew: "%d 张新卡片", ReviewSteps: "%d 张学习中", ReviewHandsOn: "动手 %d 张",
		ReviewMinutes: "约 %d 分钟", ReviewNext: "下一张到期：%s", ReviewNothing: "阅读和答题后会产生卡片",
		ReviewSlow: "无法读取到期的卡片：%v",

		ReviewTitle: "复习", ReviewGoOn: "继续", ReviewBegin: "开始",
		ReviewAhead: "提前复习", ReviewAheadSays: "%d 天内到期的卡片",
		ReviewCram: "突击", ReviewCramSays: "所有卡片，不改变复习安排",
		ReviewLabs: "动手", ReviewLabsSays: "在全新的集群上重做实验", ReviewTrack: "课程系列", ReviewTag: "标签", ReviewBox: "时限",
		ReviewAll: "全部", ReviewNoBox: "不限", ReviewMinute: "%d 分钟",
		ReviewCards: "卡片", ReviewCardsSays: "全部卡片，包括已暂停的",
		ReviewWaiting: "还有 %d 张到期，超出每日上限", ReviewByTrack: "按课程系列", ReviewByKind: "按种类",
		ReviewHowCards: "习题在作答之后或读完所在的课之后成为卡片，填空在读过所在的页之后成为卡片，实验在通过之后成为卡片。",

		AnswerIs:       "答案：",
		ComesBack:      "这道题会在复习中再次出现。",
		ReviewUnjudged: "这道题要由集群来判，而现在没有集群在运行。请自己对照，再选择评分。",
		ReviewLeft:     "剩 %d 张", ReviewCramming: "突击：不改变复习安排", ReviewEnds: "到 %s",
		WhyRight: "答对，用时 %s", WhyWrong: "没有答对", WhyShown: "看过答案", WhyUnjudged: "没有判分",
		WhyLab: "通过，用时 %s，失败 %d 次", WhyLabHelped: "借助提示或解法通过",
		ReviewTakes: "按 %s 选%s", ReviewFirst: "先按 %s，再", ReviewChoose: "按 %s 到 %s 评分。",
		ReviewUnsaved: "评分没能保存，卡片不变：%v", ReviewKept: "没能做到：%v",
		ReviewUndone: "已撤销。", NothingToUndo: "这次复习中没有可以撤销的操作。",
		ReviewHidden: "卡片已暂停，取消暂停之前不再出现。", ReviewBuried: "卡片已搁置，明天再出现。",
		ReviewLeech:     "卡片已暂停：遗忘了 %d 次。请重读它所在的页，再取消暂停。",
		ReviewElsewhere: "这张卡片已在另一个 kubetutor 中处理过。",
		ReviewGone:      "卡片无法显示：%v",
		AskGiveUp:       "放弃这个实验吗？会评为重来。",
		ReviewNoLab:     "这里没有做实验的引擎。按 {card/bury} 搁置这张卡片，明天再做。",

		ReviewWait: "剩下的卡片都在学习中：下一张在 %s（%s后）出现。", ReviewWaitEnds: "按 {review-end/open} 现在就继续。离开不会丢失任何内容。",
		ReviewDone: "今天没有更多到期的卡片。", ReviewDoneBox: "时间到了。",
		ReviewDoneChosen: "所选的卡片都问完了。",
		TallyRated:       "评分 %d 张", TallyRecalled: "记得 %d / %d，%d %%", TallyTime: "用时 %s", TallyNew: "新卡片 %d 张", TallyCram: "复习安排没有改变。",
		TallyTomorrow: "明天有 %d 张到期。", TallyNext: "下一张到期：%s。", TallyStreak: "连续 %d 天",
		TallyLeech:   "遗忘过多，已暂停：%s",
		ReviewFitted: "复习安排已按你自己的记忆调整：参数由你的复习记录优化而来。", ReviewFitFailed: "参数没能优化：%v",

		HistoryTitle: "复习记录", HistoryNone: "还没有评过分。", HistoryState: "%s，到期：%s",
		HistoryFigure: "稳定性 %.1f 天，难度 %.1f / 10，现在的可提取性 %d %%", HistoryCounts: "评分 %d 次，遗忘 %d 次",
		HistoryColumn: "时间|评分|用时|间隔",

		CardsNone: "没有卡片。", CardsShown: "全部|已暂停|记忆难点|已搁置", CardsColumns: "卡片|阶段|到期|遗忘",
		CardsAskForget: "要重新开始学习这张卡片吗？复习记录会保留。",
	}
}
