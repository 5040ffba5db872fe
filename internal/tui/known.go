package tui

import (
	"errors"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/progress"
	"kubetutor/internal/review/insight"
	"kubetutor/internal/stats"
)

// known is what the store told when it was last asked.
type known struct {
	stats.Facts
	last    progress.Position
	hasLast bool
	lately  insight.Lately // of reviews
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
		var errs [3]error
		k.last, k.hasLast, errs[0] = c.o.Store.Last(c.ctx)
		k.Facts, errs[1] = stats.Gather(c.ctx, c.o.Store, week, c.o.Now())
		if c.o.Insights != nil {
			k.lately, errs[2] = c.o.Insights.Lately(c.ctx)
		}
		return knownMsg{k, errors.Join(errs[:]...)}
	}
}

// done counts the lessons that are done.
func (k known) done(lessons []*course.Lesson) (n int) {
	for _, l := range lessons {
		if k.State(l) == stats.Done {
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
