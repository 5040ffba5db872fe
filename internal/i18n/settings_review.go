package i18n

import (
	"fmt"
	"strings"
)

// ReviewSettingWords name the settings of reviews, and the workload of a desired
// retention.
type ReviewSettingWords struct {
	SettingsReview string            // the heading
	ReviewSettings map[string]string // by key: its name, a bar, what it does
	SettingNone    string            // of a list of nothing

	WorkloadSay  string
	WorkloadNow  string // of the retention that counts
	WorkloadCost string // reviews a day %s, minutes a day %s
	WorkloadLine string // retention %s, reviews a day %s, minutes a day %s, cards known %s
}

// ReviewSetting names a setting of reviews and says what it does.
func (w *ReviewSettingWords) ReviewSetting(key string) (name, about string) {
	name, about, _ = strings.Cut(w.ReviewSettings[key], "|")
	return name, about
}

// Workload says what a day of reviews costs.
func (w *ReviewSettingWords) Workload(reviews, minutes float64) string {
	return fmt.Sprintf(w.WorkloadCost, rounded(reviews), rounded(minutes))
}

// WorkloadSaid is the same in a sentence, with the cards that are known in the
// end.
func (w *ReviewSettingWords) WorkloadSaid(retention string, reviews, minutes, known float64) string {
	return fmt.Sprintf(w.WorkloadLine, retention, rounded(reviews), rounded(minutes), rounded(known))
}

// rounded writes small numbers with one place, larger ones without.
func rounded(v float64) string {
	if v < 9.95 {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

func reviewSettingsEnglish() ReviewSettingWords {
	return ReviewSettingWords{
		SettingsReview: "Reviews", SettingNone: "none",
		ReviewSettings: map[string]string{
			"review.new": "New cards|a day at most", "review.limit": "Reviews|a day at most, new cards and steps not counted",
			"review.labs": "Hands-on|labs a day that are done again", "review.retention": "Retention|how likely a card should be known when it is asked",
			"review.steps": "Steps|between the first ratings of a new card", "review.relearning": "Relearning|steps after a card was forgotten",
			"review.rollover": "Day ends|at this hour", "review.leech": "Leeches|suspended after so many lapses; 0 never", "review.bury": "Bury|cards of one page or paragraph wait a day",
		},
		WorkloadNow: "(counts now)", WorkloadSay: "What it costs, simulated over a year with your memory and pace, and all cards of the course:",
		WorkloadCost: "%s a day, %s min", WorkloadLine: "retention %s: %s reviews a day, %s minutes a day, %s cards known after a year",
	}
}

func reviewSettingsChinese() ReviewSettingWords {
	return ReviewSettingWords{
		SettingsReview: "复习", SettingNone: "无",
		ReviewSettings: map[string]string{
			"review.new": "新卡片|每天的上限", "review.limit": "复习上限|每天；不计新卡片和学习步骤",
			"review.labs": "动手|每天重做几个实验", "review.retention": "期望保留率|安排复习时应当还记得的概率",
			"review.steps": "学习步骤|新卡片最初几次评分之间", "review.relearning": "重学步骤|忘记之后",
			"review.rollover": "日界|一天在这个钟点结束", "review.leech": "记忆难点|忘记这么多次后暂停；0 表示从不", "review.bury": "搁置|同一页或同一段落的卡片等到明天",
		},
		WorkloadNow: "（当前）", WorkloadSay: "按你的记忆和速度、全部课程的卡片模拟一年，所需的时间为：",
		WorkloadCost: "每天 %s 次，%s 分钟", WorkloadLine: "保留率 %s：每天复习 %s 次，用时 %s 分钟，一年后记得 %s 张",
	}
}
