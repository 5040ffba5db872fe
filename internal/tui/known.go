package tui

import (
	"errors"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/progress"
	"kubetutor/internal/stats"
)

// known is what the store told when it was last asked.
type known struct {
	last      progress.Position
	hasLast   bool
	lessons   map[string]progress.LessonState
	questions map[string]progress.QuestionState
	labs      map[string]progress.LabState
	days      []progress.Day
}

// knownMsg brings what the store knows.
type knownMsg struct {
	known known
	err   error
}

// week is how many days home looks back.
const week = 7

// load asks the store.
func (c *common) load() tea.Cmd {
	return func() tea.Msg {
		var k known
		var errs [5]error
		k.last, k.hasLast, errs[0] = c.o.Store.Last(c.ctx)
		k.lessons, errs[1] = c.o.Store.Lessons(c.ctx)
		k.questions, errs[2] = c.o.Store.Questions(c.ctx)
		k.labs, errs[3] = c.o.Store.Labs(c.ctx)
		k.days, errs[4] = c.o.Store.Days(c.ctx, week, c.o.Now())
		return knownMsg{k, errors.Join(errs[:]...)}
	}
}

// lesson says how far a lesson is.
func (k known) lesson(l *course.Lesson) stats.State {
	return stats.Facts{Lessons: k.lessons, Questions: k.questions, Labs: k.labs}.State(l)
}

// track counts the lessons of a track that are done.
func (k known) track(t *course.Track) (n int) {
	for _, l := range t.Lessons {
		if k.lesson(l) == stats.Done {
			n++
		}
	}
	return n
}

// sign shows how far something is.
func (c *common) sign(s stats.State) string {
	switch s {
	case stats.Done:
		return c.styles.Good.Render(c.signs.pass)
	case stats.Begun:
		return c.styles.Wait.Render(c.signs.wait)
	}
	return c.styles.Dim.Render(c.signs.dot)
}
