package stats

import (
	"fmt"
	"time"

	"kubetutor/internal/chart"
	"kubetutor/internal/i18n"
)

// Calendar is a heat map of days with the names of weekdays and months.
func Calendar(w *i18n.StatsWords, days []chart.Day, levels [chart.Levels]string) chart.HeatMap {
	m := chart.HeatMap{Days: days, Levels: levels}
	for n := range m.Weekdays {
		m.Weekdays[n] = w.Weekday(n)
	}
	for n := range m.Months {
		m.Months[n] = w.Month(time.Month(n + 1))
	}
	return m
}

// Calendar is the heat map of the days, by the time that was spent.
func (s Stats) Calendar(w *i18n.StatsWords) chart.HeatMap {
	days := make([]chart.Day, len(s.Days))
	for i, d := range s.Days {
		days[i] = chart.Day{Date: d.Date, Level: Level(d)}
	}
	var levels [chart.Levels]string
	for n := range levels {
		levels[n] = w.Level(n)
	}
	return Calendar(w, days, levels)
}

// Missing says what is missing in a lesson that was begun.
func (l Lesson) Missing(w *i18n.StatsWords) (parts []string) {
	if l.Pages.Left() > 0 {
		parts = append(parts, fmt.Sprintf(w.StatsPageOf, l.Pages.Done, l.Pages.All))
	}
	if n := l.Questions.Left(); n > 0 {
		parts = append(parts, fmt.Sprintf(w.StatsQuestionsLeft, n))
	}
	if n := l.Labs.Left(); n > 0 {
		parts = append(parts, fmt.Sprintf(w.StatsLabsLeft, n))
	}
	return parts
}

// Standing says how a question or a lab stands.
func (i Item) Standing(w *i18n.StatsWords) []string {
	if !i.Lab {
		return []string{i.answered(w)}
	}
	var parts []string
	switch {
	case i.Tries == 0:
		return []string{w.StatsNotTried}
	case i.Done:
		parts = []string{fmt.Sprintf(w.StatsPassed, i.Tries)}
	default:
		parts = []string{fmt.Sprintf(w.StatsNotPassed, i.Tries)}
	}
	if i.Hints > 0 {
		parts = append(parts, fmt.Sprintf(w.StatsHints, i.Hints))
	}
	if i.Solutions > 0 {
		parts = append(parts, fmt.Sprintf(w.StatsSolutions, i.Solutions))
	}
	if i.Took > 0 {
		parts = append(parts, w.Spent(i.Took))
	}
	return parts
}

func (i Item) answered(w *i18n.StatsWords) string {
	switch {
	case i.Tries == 0:
		return w.StatsNotAsked
	case i.First:
		return w.StatsRightFirst
	case i.Done:
		return fmt.Sprintf(w.StatsRight, i.Tries)
	case i.Pending:
		return w.StatsKept
	}
	return fmt.Sprintf(w.StatsWrong, i.Tries)
}
