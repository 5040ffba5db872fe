package i18n

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// ReviewTerms are the terms of reviews, the same everywhere. In Chinese they are
// those of Anki where Anki has one.
type ReviewTerms struct {
	Ratings      string // words between bars, from again to easy
	CardKinds    string // words between bars: question, cloze, hands-on
	CardStages   string // words between bars: new, learning, review, relearning
	CardMarks    string // words between bars: suspended, leech, buried
	SpanSeconds  string // %s, a number
	SpanMinutes  string // %s
	SpanHours    string // %s
	SpanDay      string // %s, which is 1
	SpanDays     string // %s
	SpanMonths   string // %s
	SpanYear     string // %s, which is 1
	SpanYears    string // %s
	RatingUnsaid string // of a rating that has no name
	AtClock      string // %s, today
	Tomorrow     string
	OnDate       string // %s
}

// Rating names a rating, 1 to 4.
func (w *ReviewTerms) Rating(n int) string {
	if n < 1 || n > 4 {
		return w.RatingUnsaid
	}
	return part(w.Ratings, n-1)
}

// CardKind names a kind of cards by its ID.
func (w *ReviewTerms) CardKind(id string) string {
	return word(w.CardKinds, id, "question", "cloze", "lab")
}

// CardStage names a stage of a card by its ID.
func (w *ReviewTerms) CardStage(id string) string {
	return word(w.CardStages, id, "", "learning", "review", "relearning")
}

// CardMark names how a card is marked: suspended, leech or buried.
func (w *ReviewTerms) CardMark(id string) string {
	return word(w.CardMarks, id, "suspended", "leech", "buried")
}

// word is that of the words between bars that belongs to an ID, else the ID.
func word(words, id string, ids ...string) string {
	for i, one := range ids {
		if one == id {
			return part(words, i)
		}
	}
	return id
}

// The lengths of months and years in intervals, as Anki takes them.
const (
	dayHours   = 24 * time.Hour
	monthHours = 30 * dayHours
	yearHours  = 365 * dayHours
)

// Span says an interval in the unit that suits it, rounded: 10 min, 3 days, 2.5
// months.
func (w *ReviewTerms) Span(d time.Duration) string {
	switch {
	case d.Round(time.Second) < time.Minute:
		return fmt.Sprintf(w.SpanSeconds, whole(d, time.Second))
	case d.Round(time.Minute) < time.Hour:
		return fmt.Sprintf(w.SpanMinutes, whole(d, time.Minute))
	case d.Round(time.Hour) < dayHours:
		return fmt.Sprintf(w.SpanHours, whole(d, time.Hour))
	case d < 2*monthHours:
		return counted(whole(d, dayHours), w.SpanDay, w.SpanDays)
	case d < yearHours:
		return fmt.Sprintf(w.SpanMonths, tenths(d, monthHours))
	}
	return counted(tenths(d, yearHours), w.SpanYear, w.SpanYears)
}

// counted says how many of something there are; one is what a single one is.
func counted(n, one, many string) string {
	if n == "1" {
		many = one
	}
	return fmt.Sprintf(many, n)
}

// Moment says when something is: at 14:05, tomorrow, on 2026-11-29. Both times are
// the learner's, in one zone.
func (w *ReviewTerms) Moment(t, now time.Time) string {
	t = t.In(now.Location())
	switch date := t.Format(time.DateOnly); date {
	case now.Format(time.DateOnly):
		return fmt.Sprintf(w.AtClock, t.Format("15:04"))
	case now.AddDate(0, 0, 1).Format(time.DateOnly):
		return w.Tomorrow
	default:
		return fmt.Sprintf(w.OnDate, date)
	}
}

// Several fills in how many there are. Between two texts stands a bar where one of
// a thing is said otherwise than more of it.
func Several(texts string, n int) string {
	one, many, two := strings.Cut(texts, "|")
	if two && n != 1 {
		one = many
	}
	return fmt.Sprintf(one, n)
}

func whole(d, unit time.Duration) string {
	return fmt.Sprintf("%.0f", math.Round(float64(max(d, 0))/float64(unit)))
}

func tenths(d, unit time.Duration) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(d)/float64(unit)), ".0")
}

func reviewTermsEnglish() ReviewTerms {
	return ReviewTerms{
		Ratings: "again|hard|good|easy", RatingUnsaid: "not rated",
		CardKinds: "question|cloze|hands-on", CardStages: "new|learning|review|relearning", CardMarks: "suspended|leech|buried",
		SpanSeconds: "%s s", SpanMinutes: "%s min", SpanHours: "%s h", SpanDay: "%s day", SpanDays: "%s days", SpanMonths: "%s months", SpanYear: "%s year", SpanYears: "%s years",
		AtClock: "at %s", Tomorrow: "tomorrow", OnDate: "on %s",
	}
}

func reviewTermsChinese() ReviewTerms {
	return ReviewTerms{
		Ratings: "重来|困难|良好|简单", RatingUnsaid: "未评分",
		CardKinds: "习题|填空|动手", CardStages: "新卡片|学习中|复习|重新学习", CardMarks: "已暂停|记忆难点|已搁置",
		SpanSeconds: "%s 秒", SpanMinutes: "%s 分钟", SpanHours: "%s 小时", SpanDay: "%s 天", SpanDays: "%s 天", SpanMonths: "%s 个月", SpanYear: "%s 年", SpanYears: "%s 年",
		AtClock: "今天 %s", Tomorrow: "明天", OnDate: "%s",
	}
}
