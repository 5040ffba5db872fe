package i18n

import (
	"fmt"
	"strings"
	"time"
)

// StatsWords say how far a learner has come, everywhere. The formats name their
// arguments beside them.
type StatsWords struct {
	StatsTitle, StatsAbout                     string // the page, and what it has
	StatsLessons, StatsPages                   string // %d of %d
	StatsQuestions, StatsLabs                  string // %d of %d
	StatsFirst, StatsTries                     string // %d
	StatsAttempts, StatsHints, StatsSolutions  string // %d
	StatsStreak, StatsWeeks, StatsPassedLabs   string // %d
	StatsUnfinished, StatsNone, StatsByTrack   string
	StatsPageOf                                string // %d of %d
	StatsQuestionsLeft, StatsLabsLeft          string // %d
	StatsUntouched                             string
	StatsQuestion, StatsLab                    string // %s
	StatsRightFirst, StatsNotAsked, StatsKept  string
	StatsRight, StatsWrong                     string // %d answers
	StatsPassed, StatsNotPassed                string // %d attempts
	StatsNotTried, StatsNothing, StatsNoTrack  string // StatsNoTrack: %q, the tracks %s
	StatsLevels, StatsWeekdays, StatsMonths    string // words between bars
	StatsColumnLessons, StatsColumnPages       string // names of columns
	StatsColumnQuestions, StatsColumnLabs      string
	StatsColumnTime                            string
	StatsHours                                 string // %d hours, %d minutes
	StatsMinutes, StatsUnderMinute, StatsOnDay string // %d; ""; day %s, what %s
}

// Spent says how long something took, to the minute.
func (w *StatsWords) Spent(d time.Duration) string {
	minutes := int(d.Round(time.Minute).Minutes())
	switch {
	case minutes >= 60:
		return fmt.Sprintf(w.StatsHours, minutes/60, minutes%60)
	case minutes == 0 && d > 0:
		return w.StatsUnderMinute
	}
	return fmt.Sprintf(w.StatsMinutes, minutes)
}

// Level names a level of a day's work, from 0.
func (w *StatsWords) Level(n int) string { return part(w.StatsLevels, n) }

// Weekday names a day of the week in short, from Monday, 0.
func (w *StatsWords) Weekday(n int) string { return part(w.StatsWeekdays, n) }

// Month names a month in short.
func (w *StatsWords) Month(m time.Month) string { return part(w.StatsMonths, int(m)-1) }

func part(words string, n int) string { return strings.Split(words, "|")[n] }

func statsEnglish() StatsWords {
	return StatsWords{
		StatsTitle: "Statistics", StatsAbout: "what is done, what is left, time, tries, hints",
		StatsLessons: "lessons %d of %d", StatsPages: "pages %d of %d", StatsQuestions: "questions right %d of %d", StatsLabs: "labs %d of %d",
		StatsFirst: "right at once %d", StatsTries: "answers %d", StatsAttempts: "attempts %d", StatsHints: "hints %d", StatsSolutions: "solutions seen %d",
		StatsStreak: "days in a row %d", StatsPassedLabs: "labs passed %d", StatsWeeks: "The last %d weeks, time by day",
		StatsUnfinished: "Unfinished", StatsNone: "Nothing that you began is unfinished.", StatsByTrack: "By track",
		StatsPageOf: "page %d of %d", StatsQuestionsLeft: "questions left %d", StatsLabsLeft: "labs left %d", StatsUntouched: "not begun",
		StatsQuestion: "Question %s", StatsLab: "Lab %s",
		StatsRightFirst: "right at once", StatsNotAsked: "not answered yet", StatsKept: "kept, not judged yet",
		StatsRight: "right, answers %d", StatsWrong: "not right yet, answers %d",
		StatsPassed: "passed, attempts %d", StatsNotPassed: "not passed yet, attempts %d", StatsNotTried: "not tried yet",
		StatsNothing: "Nothing has been done yet.", StatsNoTrack: "there is no track %q: there are %s",
		StatsColumnLessons: "lessons", StatsColumnPages: "pages", StatsColumnQuestions: "right", StatsColumnLabs: "labs", StatsColumnTime: "time",
		StatsLevels:   "nothing|under 10 min|under 30 min|under 1 h|1 h and more",
		StatsWeekdays: "Mon|Tue|Wed|Thu|Fri|Sat|Sun", StatsMonths: "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec",
		StatsHours: "%d h %d min", StatsMinutes: "%d min", StatsUnderMinute: "under 1 min", StatsOnDay: "%s: %s",
	}
}

func statsChinese() StatsWords {
	return StatsWords{
		StatsTitle: "统计", StatsAbout: "已完成、未完成、用时、次数、提示",
		StatsLessons: "课程 %d / %d", StatsPages: "页 %d / %d", StatsQuestions: "答对 %d / %d 题", StatsLabs: "通过实验 %d / %d",
		StatsFirst: "一次答对 %d", StatsTries: "作答 %d 次", StatsAttempts: "尝试 %d 次", StatsHints: "提示 %d 条", StatsSolutions: "看过解法 %d 次",
		StatsStreak: "连续 %d 天", StatsPassedLabs: "通过实验 %d 个", StatsWeeks: "最近 %d 周，每天的用时",
		StatsUnfinished: "未完成", StatsNone: "开始过的都已完成。", StatsByTrack: "按课程系列",
		StatsPageOf: "第 %d 页，共 %d 页", StatsQuestionsLeft: "剩 %d 道题", StatsLabsLeft: "剩 %d 个实验", StatsUntouched: "尚未开始",
		StatsQuestion: "习题 %s", StatsLab: "实验 %s",
		StatsRightFirst: "一次答对", StatsNotAsked: "尚未作答", StatsKept: "已保存，尚未判分",
		StatsRight: "已答对，作答 %d 次", StatsWrong: "尚未答对，作答 %d 次",
		StatsPassed: "已通过，尝试 %d 次", StatsNotPassed: "尚未通过，尝试 %d 次", StatsNotTried: "尚未尝试",
		StatsNothing: "还没有记录。", StatsNoTrack: "没有名为 %q 的课程系列；可用的有 %s",
		StatsColumnLessons: "课", StatsColumnPages: "页", StatsColumnQuestions: "答对", StatsColumnLabs: "实验", StatsColumnTime: "用时",
		StatsLevels:   "无|不到 10 分钟|不到 30 分钟|不到 1 小时|1 小时以上",
		StatsWeekdays: "周一|周二|周三|周四|周五|周六|周日", StatsMonths: "1月|2月|3月|4月|5月|6月|7月|8月|9月|10月|11月|12月",
		StatsHours: "%d 小时 %d 分钟", StatsMinutes: "%d 分钟", StatsUnderMinute: "不到 1 分钟", StatsOnDay: "%s：%s",
	}
}
