package tui

import (
	"errors"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/progress"
	"kubetutor/internal/quiz"
)

// pendingJudgedMsg tells how the answers that waited for a cluster went.
type pendingJudgedMsg struct {
	count, right int
	err          error
}

// judgePending judges the answers that were kept until a cluster is up.
func (c *common) judgePending() tea.Cmd {
	if c.judging {
		return nil
	}
	c.judging = true
	lang := c.lang
	return func() tea.Msg {
		list, err := c.o.Store.Pending(c.ctx)
		m := pendingJudgedMsg{err: err}
		for _, a := range list {
			g, judged, err := c.judgeKept(a, lang)
			if err != nil {
				m.err = err
				break
			}
			if judged {
				m.count++
			}
			if g.Right {
				m.right++
			}
		}
		return m
	}
}

// judgeKept judges one answer and records how it went. An answer whose question
// is gone from the course, or that still cannot be judged, stays as it is.
func (c *common) judgeKept(a progress.PendingAnswer, lang course.Lang) (g quiz.Grade, judged bool, err error) {
	q, ok := c.o.Course.Question(a.Question)
	if !ok {
		return g, false, nil
	}
	g, err = c.o.Grader.Grade(c.ctx, q, lang, a.Given, c.judge())
	if errors.Is(err, quiz.ErrNeedsEngine) {
		return quiz.Grade{}, false, nil
	}
	if err != nil {
		return g, false, fmt.Errorf("judging a kept answer: %w", err)
	}
	_, err = c.o.Store.Record(c.ctx, progress.Judged{Answer: a.ID, Right: g.Right, Score: g.Score})
	return g, err == nil, err
}
