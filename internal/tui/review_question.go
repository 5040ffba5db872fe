package tui

import (
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/progress"
	"kubetutor/internal/review"
	"kubetutor/internal/tui/keymap"
)

// questionFace is a card that asks a question: one of a lesson, or a cloze. It is
// answered and graded as in a lesson; the answer itself is not kept, the rating
// is.
type questionFace struct {
	c      *common
	panel  *quizPanel
	paused time.Time // since when it is not on the screen; zero while it is
	begun  bool
}

func newQuestionFace(c *common, item review.Item) *questionFace {
	p := newQuizPanel(c, item.Lesson.ID, []*course.Question{item.Question}, item.Question.ID)
	p.use = quizUse{
		after:    keymap.Rating,
		heading:  func(w int) string { return c.shortPath(item.Lesson, w) },
		keep:     func(progress.Answer) error { return nil },
		unjudged: func() string { return c.words.ReviewUnjudged },
	}
	return &questionFace{c: c, panel: p}
}

// Init asks the question, or goes on with it: the time that it was not on the
// screen is not counted.
func (f *questionFace) Init() tea.Cmd {
	if f.begun {
		if !f.paused.IsZero() {
			f.panel.asked = f.panel.asked.Add(f.c.o.Now().Sub(f.paused))
		}
		f.paused = time.Time{}
		return nil
	}
	f.begun = true
	return f.panel.Init()
}

func (f *questionFace) leave() tea.Cmd {
	f.paused = f.c.o.Now()
	return nil
}

func (f *questionFace) SetSize(w, h int)    { f.panel.SetSize(w, h) }
func (f *questionFace) View() string        { return joinLines(f.panel.lines()) }
func (f *questionFace) Typing() bool        { return f.panel.Typing() }
func (f *questionFace) Cursor() *tea.Cursor { return f.panel.Cursor() }
func (f *questionFace) Wants() []docKey     { return f.panel.wants() }
func (f *questionFace) Split() int          { return 0 }
func (f *questionFace) Busy() bool          { return false }

// Scopes are those of the card before those of its question.
func (f *questionFace) Scopes() []keymap.Scope {
	switch {
	case f.panel.phase == answered:
		return []keymap.Scope{keymap.Rating, keymap.Card}
	case f.panel.Typing():
		return append([]keymap.Scope{keymap.CardTyping}, f.panel.Scopes()...)
	}
	return append([]keymap.Scope{keymap.Card, keymap.CardAsked}, f.panel.Scopes()...)
}

func (f *questionFace) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case clickMsg:
		return f.panel.click(msg.y)
	case wheelMsg:
		return f.panel.wheel(msg.lines)
	case actMsg:
		if msg.action == keymap.Back {
			return say(leaveReviewMsg{})
		}
	}
	return f.panel.Update(msg)
}

func (f *questionFace) note() string { return "" }

func (f *questionFace) giveUp() tea.Cmd {
	f.panel.reveal()
	return nil
}

func (f *questionFace) verdict() (v cardVerdict, ok bool) {
	p, w := f.panel, f.c.words
	if p.phase != answered {
		return v, false
	}
	v.given.Took = p.took
	if p.pending {
		v.why = w.WhyUnjudged
		return v, true
	}
	v.suggest = review.Suggest(p.question(), p.grade, p.took, 0)
	if p.shown {
		v.why = w.WhyShown
		return v, true
	}
	right := p.grade.Right
	v.given.Right, v.why = &right, w.WhyWrong
	if right {
		v.why = fmt.Sprintf(w.WhyRight, w.Span(p.took))
	}
	return v, true
}
