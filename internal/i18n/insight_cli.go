package i18n

// insightHelp is the help of `kubetutor review stats` and `kubetutor review
// workload`.
type insightHelp struct {
	InsightShort, InsightLong, InsightSay, FlagInsightTrack string
	WorkloadShort, WorkloadLong                             string
}

func insightHelpEnglish() insightHelp {
	return insightHelp{
		InsightShort: "Show how your reviews go: recall, forecast, time, calibration",
		InsightLong: "Show how your reviews go: by day, what becomes due, how much is recalled by track and by month, how long cards last, the time, and whether the schedule predicts your memory. Recalled counts the cards in review that were asked a day or more after their last rating. Days end at the hour of review.rollover. A row of days goes on as long as of any seven no more than one was missed.\n\n" +
			"With --json: today, total (reviews, again, spentSeconds), studiedDays, streak (days with reviews, and forgiven ones between), days (the last 53 weeks: date and a sum), forecast (backlog, days with date and due, later), desiredRetention, recall, tracks and months (id, asked, recalled, share), cards (new, learning, young, mature, suspended, leeches, buried), stability (medianDays, counts with fromDays and cards), and calibration (reviews, predicted, recalled, logLoss, rmseBins, bins). Shares are from 0 to 1. Fields may be added, none is taken away.",
		InsightSay:       "how the reviews go: stats, or stats TRACK",
		FlagInsightTrack: "only the reviews and cards of this track",
		WorkloadShort:    "Show what each desired retention would cost you",
		WorkloadLong: "Simulate a year of reviews for each desired retention: with the parameters of your memory, the time you take, all cards of the course, and as many new ones a day as are set. Then choose one with `kubetutor settings set review.retention 0.92`.\n\n" +
			"With --json: a list of objects with desiredRetention, reviewsPerDay, minutesPerDay and knownAfterAYear (cards). Fields may be added, none is taken away.",
	}
}

func insightHelpChinese() insightHelp {
	return insightHelp{
		InsightShort: "查看复习情况：记忆保留率、预测、用时、校准",
		InsightLong: "查看复习情况：每天的次数、将要到期的卡片、按课程系列和按月的记忆保留率、卡片的稳定性、用时，以及预测是否符合你的记忆。记忆保留率只计处于复习阶段、距上次评分至少一天的卡片。一天在 review.rollover 设定的钟点结束。任意七天中最多缺一天，连续的天数就不会中断。\n\n" +
			"使用 --json 时输出 today、total（reviews、again、spentSeconds）、studiedDays、streak（days 为有复习的天数，forgiven 为其间缺的天数）、days（最近 53 周，每天的 date 和合计）、forecast（backlog、days（date 和 due）、later）、desiredRetention、recall、tracks 和 months（id、asked、recalled、share）、cards（new、learning、young、mature、suspended、leeches、buried）、stability（medianDays、counts（fromDays 和 cards））和 calibration（reviews、predicted、recalled、logLoss、rmseBins、bins）。比例从 0 到 1。字段可能增加，不会减少。",
		InsightSay:       "复习情况：stats 或 stats 系列",
		FlagInsightTrack: "只看这个课程系列的复习和卡片",
		WorkloadShort:    "查看各个期望保留率所需的时间",
		WorkloadLong: "按每个期望的记忆保留率模拟一年的复习：使用你的记忆参数和用时、全部课程的卡片，以及设置的每天新卡片数。然后可以用 `kubetutor settings set review.retention 0.92` 选定。\n\n" +
			"使用 --json 时输出对象的列表，字段有 desiredRetention、reviewsPerDay、minutesPerDay 和 knownAfterAYear（张）。字段可能增加，不会减少。",
	}
}
