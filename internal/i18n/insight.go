package i18n

import (
	"fmt"
	"math"
)

// InsightWords say how reviews go, everywhere. The formats name their arguments
// beside them; %s of a share is a Percent.
type InsightWords struct {
	InsightTitle, InsightAll, InsightNone string
	InsightNoDesk                         string

	InsightToday, InsightReviews, InsightStudied string // %d
	InsightStreak, InsightForgiven               string // %d
	InsightInARow                                string // %d, for the line at home
	InsightRecalled                              string // %s, a share
	InsightSpent                                 string // %s, a time

	InsightDays   string
	InsightLevels string // words between bars
	InsightOnDay  string // day %s, what %s
	InsightInWeek string // week of the day %s, days %d, reviews %d, time %s

	InsightForecast              string // %d days
	InsightBacklog, InsightLater string // %d
	InsightWeek, InsightMonth    string // %d, due in so many days
	InsightDueToday              string // %d
	InsightNow                   string // the label of today
	InsightDue                   string // day %s, cards %d
	InsightNoneDue               string

	InsightAim     string // %s, a share
	InsightByTrack string
	InsightByMonth string
	InsightOf      string // share %s, of %d
	InsightUntried string // nothing was put to the test yet

	InsightCards        string
	InsightStages       string // words between bars: new, learning, young, mature
	InsightMarks        string // words between bars: suspended, leeches, buried
	InsightStagesSay    string // what young means: %d days
	InsightCounted      string // what %s, how many %d
	InsightStability    string
	InsightMedian       string // %s, a span
	InsightStabilitySay string
	InsightRange        string // from %s to less than %s days, %d cards
	InsightFrom         string // from %s days on, %d cards

	InsightTime     string // %d days
	InsightTimeAll  string // %s
	InsightTimeDay  string // %s a day of study
	InsightTimeCard string // %s a review
	InsightTimeUnit string // what the axis counts

	InsightCalibration string
	InsightPredicted   string // %s predicted, %s recalled
	InsightLoss        string // log loss %.4f
	InsightRMSE        string // RMSE(bins) %.4f
	InsightDiagonal    string // %d reviews
	InsightBin         string // share predicted %s, recalled %s, reviews %d

	InsightPercent, InsightPermille string // %d; %.1f
}

// Percent writes a share, 0 to 1, in whole hundredths.
func (w *InsightWords) Percent(share float64) string {
	return fmt.Sprintf(w.InsightPercent, int(math.Round(100*share)))
}

// Permille writes a share with one place more.
func (w *InsightWords) Permille(share float64) string {
	return fmt.Sprintf(w.InsightPermille, 100*share)
}

// InsightLevel names how much was reviewed on a day, from 0.
func (w *InsightWords) InsightLevel(n int) string { return part(w.InsightLevels, n) }

// InsightStage names how far cards have come: 0 new, 1 learning, 2 young, 3
// mature.
func (w *InsightWords) InsightStage(n int) string { return part(w.InsightStages, n) }

// InsightMark names what cards are marked with: 0 suspended, 1 leeches, 2 buried.
func (w *InsightWords) InsightMark(n int) string { return part(w.InsightMarks, n) }

func insightEnglish() InsightWords {
	return InsightWords{
		InsightTitle: "Review statistics", InsightNoDesk: "There are no reviews here.", InsightAll: "all tracks",
		InsightNone:  "There are no reviews yet. What you read and answer becomes cards; review them, and come back.",
		InsightToday: "today %d", InsightReviews: "reviews %d", InsightStudied: "days with reviews %d", InsightSpent: "time %s",
		InsightStreak: "days in a row %d", InsightForgiven: "missed and forgiven %d", InsightInARow: "%d days in a row", InsightRecalled: "recalled %s",
		InsightDays: "Reviews by day", InsightLevels: "nothing|under 10|under 30|under 60|60 and more", InsightOnDay: "%s: %s", InsightInWeek: "Week of %s: on %d days, reviews %d, time %s",
		InsightForecast: "Due in the next %d days", InsightBacklog: "from the days before %d", InsightLater: "later %d",
		InsightDueToday: "today %d", InsightWeek: "in 7 days %d", InsightMonth: "in 30 days %d", InsightNow: "today", InsightDue: "%s: %d", InsightNoneDue: "No card becomes due.",
		InsightAim: "aim %s", InsightByTrack: "Recalled, by track", InsightByMonth: "Recalled, by month", InsightOf: "%s of %d",
		InsightUntried: "No card has been asked again on a later day yet.",
		InsightCards:   "Cards", InsightStages: "new|learning|young|mature", InsightMarks: "suspended|leeches|buried", InsightStagesSay: "A card is mature from a stability of %d days on.",
		InsightCounted: "%s: %d", InsightStability: "Stability of the cards in review", InsightMedian: "median %s",
		InsightStabilitySay: "Days after which nine of ten cards are still recalled.", InsightRange: "%s to less than %s days: %d", InsightFrom: "%s days and more: %d",
		InsightTime: "Time, the last %d days", InsightTimeAll: "in all %s", InsightTimeDay: "a day with reviews %s", InsightTimeCard: "a review %s", InsightTimeUnit: "Minutes by day.",
		InsightCalibration: "Predicted and recalled", InsightPredicted: "predicted %s, recalled %s", InsightLoss: "log loss %.4f", InsightRMSE: "RMSE (bins) %.4f",
		InsightDiagonal: "Across is what was predicted, up what was recalled. On the diagonal you recall as much as the schedule predicts; below it less. Hollow: under %d reviews.",
		InsightBin:      "predicted %s: recalled %s, reviews %d",
		InsightPercent:  "%d %%", InsightPermille: "%.1f %%",
	}
}

func insightChinese() InsightWords {
	return InsightWords{
		InsightTitle: "复习统计", InsightNoDesk: "这里没有复习。", InsightAll: "全部系列",
		InsightNone:  "还没有复习记录。读过和答过的内容会成为卡片；复习之后再来看。",
		InsightToday: "今天 %d 次", InsightReviews: "复习 %d 次", InsightStudied: "有复习的日子 %d 天", InsightSpent: "用时 %s",
		InsightStreak: "连续 %d 天", InsightForgiven: "其间缺 %d 天", InsightInARow: "连续 %d 天", InsightRecalled: "记住 %s",
		InsightDays: "每天的复习次数", InsightLevels: "无|不到 10 次|不到 30 次|不到 60 次|60 次以上", InsightOnDay: "%s：%s", InsightInWeek: "%s 起一周：%d 天，复习 %d 次，用时 %s",
		InsightForecast: "预测：今后 %d 天到期的卡片", InsightBacklog: "之前积压 %d 张", InsightLater: "更晚 %d 张",
		InsightDueToday: "今天 %d 张", InsightWeek: "7 天内 %d 张", InsightMonth: "30 天内 %d 张", InsightNow: "今天", InsightDue: "%s：%d 张", InsightNoneDue: "没有将要到期的卡片。",
		InsightAim: "期望 %s", InsightByTrack: "记忆保留率，按课程系列", InsightByMonth: "记忆保留率，按月", InsightOf: "%s，共 %d 次",
		InsightUntried: "还没有卡片在之后的日子里复习过。",
		InsightCards:   "卡片数量", InsightStages: "未学习|学习中|欠熟练|已熟练", InsightMarks: "已暂停|记忆难点|已搁置", InsightStagesSay: "稳定性达到 %d 天的卡片为已熟练。",
		InsightCounted: "%s：%d", InsightStability: "复习卡片的稳定性", InsightMedian: "中位数 %s",
		InsightStabilitySay: "这么多天之后，十张卡片中仍有九张记得。", InsightRange: "%s 到不足 %s 天：%d 张", InsightFrom: "%s 天以上：%d 张",
		InsightTime: "最近 %d 天的用时", InsightTimeAll: "总计 %s", InsightTimeDay: "有复习的日子平均 %s", InsightTimeCard: "平均每次 %s", InsightTimeUnit: "纵轴为每天的分钟数。",
		InsightCalibration: "预测与实际", InsightPredicted: "预测 %s，实际记住 %s", InsightLoss: "对数损失 %.4f", InsightRMSE: "RMSE（分组）%.4f",
		InsightDiagonal: "横轴为预测，纵轴为实际。在对角线上，实际记住的与预测的一样多；在下方则更少。空心：不到 %d 次复习。",
		InsightBin:      "预测 %s：实际记住 %s，共 %d 次",
		InsightPercent:  "%d%%", InsightPermille: "%.1f%%",
	}
}
