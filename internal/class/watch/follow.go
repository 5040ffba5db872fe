package watch

import (
	"errors"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/course"
	"kubetutor/internal/tui/stream"
)

// again is how long the view waits before it follows a class again that it lost.
const again = 2 * time.Second

var errEnded = errors.New("the class does not tell of itself any more")

// follow brings the board, each time it changes.
func (s *shared) follow() tea.Cmd {
	return stream.Of(s.ctx, func(send func(tea.Msg) error) tea.Msg {
		err := s.o.Chair.Watch(s.ctx, func(b class.Board) error {
			return send(boardMsg{cleaned(b), s.o.Now()})
		})
		if err == nil {
			err = errEnded
		}
		return lostMsg{err}
	})
}

// take makes a board the present one, and loads the lessons that it names first.
func (s *shared) take(msg boardMsg) tea.Cmd {
	s.board, s.heard, s.known, s.broken = msg.board, msg.at, true, nil
	s.skew = 0
	if !msg.board.At.IsZero() && !msg.board.Lost {
		s.skew = msg.board.At.Sub(msg.at)
	}
	return s.load(s.missing())
}

// missing are the lessons of the board that have not been asked for.
func (s *shared) missing() (ids []string) {
	want := func(id string) {
		if _, asked := s.bodies[id]; id != "" && !asked {
			s.bodies[id] = nil
			ids = append(ids, id)
		}
	}
	for _, p := range s.board.Class.Plan {
		want(p.Lesson)
	}
	for _, r := range s.board.Rows {
		want(r.At.Lesson)
		lesson, _ := labOf(r)
		want(lesson)
	}
	return ids
}

// load opens lessons. One that cannot be opened is shown by its ID: the class
// must not wait for it.
func (s *shared) load(ids []string) tea.Cmd {
	if len(ids) == 0 {
		return nil
	}
	return func() tea.Msg {
		bodies := map[string]*course.Body{}
		for _, id := range ids {
			if l, ok := s.o.Course.Lesson(id); ok {
				if b, err := l.Body(); err == nil {
					bodies[id] = b
				}
			}
		}
		return bodiesMsg{bodies}
	}
}

// The most that is shown of what learners and others write, in characters.
const (
	maxName = 60
	maxLine = 500
	maxNote = 2000
)

func line(s string) string { return class.Clean(s, maxLine) }

// cleaned takes out of a board whatever a terminal could act on. The IDs of
// learners, of those at the door and of sessions stay as they are, because orders
// name them: they are never drawn.
func cleaned(b class.Board) class.Board {
	b.Class.Name = class.Clean(b.Class.Name, maxName)
	b.Class.Plan = each(b.Class.Plan, func(p *class.Planned) { p.Lesson = line(p.Lesson) })
	b.Join.Line, b.Join.Code, b.Join.Fingerprint = line(b.Join.Line), line(b.Join.Code), line(b.Join.Fingerprint)
	b.Rows = each(b.Rows, cleanRow)
	b.Missing = each(b.Missing, func(m *class.Missing) { m.Name, m.Note = class.Clean(m.Name, maxName), line(m.Note) })
	b.Steps = each(b.Steps, func(s *class.Step) { cleanPlace(&s.At) })
	b.Locked = each(b.Locked, cleanPlace)
	cleanPlace(&b.Median)
	cleanPlace(&b.Planned)
	if b.Countdown != nil {
		b.Countdown = &class.Countdown{Until: b.Countdown.Until, Of: line(b.Countdown.Of)}
	}
	b.Asking = each(b.Asking, func(a *class.Asking) {
		a.Name, a.From = class.Clean(a.Name, maxName), class.Clean(a.From, maxName)
	})
	b.Screens = each(b.Screens, func(s *class.Session) { s.By = class.Clean(s.By, maxName) })
	return b
}

func cleanRow(r *class.Row) {
	r.Name, r.Note, r.Entry = class.Clean(r.Name, maxName), class.Clean(r.Note, maxNote), line(r.Entry)
	cleanPlace(&r.At)
	if r.Call != nil {
		r.Call = &class.Call{Up: r.Call.Up, Text: line(r.Call.Text)}
	}
	r.Standing.Lab = line(r.Standing.Lab)
	r.Standing.Failing = each(r.Standing.Failing, func(f *class.Failing) {
		f.Check, f.Text, f.Want, f.Have = line(f.Check), line(f.Text), line(f.Want), line(f.Have)
	})
	r.Answers = each(r.Answers, func(a *class.Answered) { a.Question = line(a.Question) })
}

func cleanPlace(p *class.Place) { p.Lesson, p.Focus = line(p.Lesson), line(p.Focus) }

// each returns a copy of a list whose elements were changed: the board is the
// room's, and others look at it.
func each[T any](list []T, change func(*T)) []T {
	list = slices.Clone(list)
	for i := range list {
		change(&list[i])
	}
	return list
}
