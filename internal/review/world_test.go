package review

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/course/coursetest"
	"kubetutor/internal/progress"
)

// world is a learner with a course, whose clock the test sets.
type world struct {
	testing.TB
	*diary
	desk *Desk
}

// newWorld has a course of so many lessons, 50 to a track.
func newWorld(t testing.TB, lessons int) *world {
	t.Helper()
	dir := t.TempDir()
	coursetest.Write(t, dir, lessons)
	c, err := course.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{TB: t, diary: newDiary(t)}
	w.desk = &Desk{Course: c, Store: w.DB, Config: DefaultConfig(), Now: w.clock}
	return w
}

func (w *world) record(data ...any) {
	w.Helper()
	w.clock()
	if _, err := w.RecordAll(w.Context(), data); err != nil {
		w.Fatal(err)
	}
}

// reads reads lessons to their ends.
func (w *world) reads(numbers ...int) {
	w.Helper()
	for _, n := range numbers {
		w.record(progress.Position{Lesson: coursetest.ID(n), Page: 4, Pages: 5})
	}
}

// knows is a card that was learnt and is due in some days, which may be negative.
func (w *world) knows(id ID, stability float64, due int) {
	w.Helper()
	days := calendar{w.now.Location(), w.desk.Config.Rollover}
	last := w.now.Add(-time.Duration(stability)*day + time.Duration(due)*day)
	w.record(progress.Reviewed{Card: string(id), Rating: 3, Source: progress.SourceImport, At: last, State: progress.CardState{
		Stage: progress.StageReview, Stability: stability, Difficulty: 5, Last: last,
		Due: days.begin(days.number(w.now) + due), Reps: 1,
	}})
}

func (w *world) begin(o Options) *Session {
	w.Helper()
	s, err := w.desk.Begin(w.Context(), o)
	if err != nil {
		w.Fatal(err)
	}
	return s
}

func (w *world) next(s *Session) Turn {
	w.Helper()
	t, err := s.Next(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	return t
}

func (w *world) rate(s *Session, r Rating) {
	w.Helper()
	if err := s.Rate(w.Context(), r, Given{Took: 5 * time.Second}); err != nil {
		w.Fatal(err)
	}
}

// all rates everything that a session asks, waiting for steps, and lists it.
func (w *world) all(s *Session, rate func(Turn) Rating) (asked []ID) {
	w.Helper()
	for {
		t, err := s.Next(w.Context())
		var wait ErrWait
		switch {
		case errors.As(err, &wait):
			w.now = wait.Until
			continue
		case errors.Is(err, ErrDone):
			return asked
		case err != nil:
			w.Fatal(err)
		}
		if len(asked) > 5000 {
			w.Fatal("a session without an end")
		}
		asked = append(asked, t.Card.ID)
		w.now = w.now.Add(10 * time.Second)
		w.rate(s, rate(t))
	}
}

func always(r Rating) func(Turn) Rating { return func(Turn) Rating { return r } }

func question(lesson, n int) ID {
	return NewID(Question, coursetest.ID(lesson), fmt.Sprintf("q-%d", n))
}

func cloze(lesson, n int) ID { return NewID(Cloze, coursetest.ID(lesson), fmt.Sprintf("c-%d", n)) }

func lab(lesson, n int) ID { return NewID(Lab, coursetest.ID(lesson), fmt.Sprintf("lab-%d", n)) }
