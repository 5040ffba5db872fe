package stats

import (
	"fmt"

	"kubetutor/internal/i18n"
)

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
