package review

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/course/coursetest"
	"kubetutor/internal/progress"
)

// disorder is a learner to whom everything happens that a machine's owner can do
// to a program: the clock is set, zones change, lessons come and go, and two
// sessions go on at the same time.
type disorder struct {
	*world
	r        *rand.Rand
	courses  [2]*course.Course // with all packs, and without
	sessions [2]*Session
}

func newDisorder(t *testing.T, seed uint64) *disorder {
	t.Helper()
	const lessons = 8
	d := &disorder{world: newWorld(t, lessons), r: rand.New(rand.NewPCG(seed, 31))}
	d.desk.Config.Leech, d.desk.Config.New, d.desk.Config.Bury = 3, 40, seed%2 == 0
	dir := t.TempDir()
	coursetest.Write(t, dir, lessons/2)
	without, err := course.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	d.courses = [2]*course.Course{d.desk.Course, without}
	d.reads(0, 1, 2, 5, 6)
	d.begins(0)
	d.begins(1)
	return d
}

// begins begins one of the sessions anew, on a desk of its own: the program was
// started again.
func (d *disorder) begins(n int) {
	d.Helper()
	desk := *d.desk
	before := d.summary()
	defer func() {
		if after := d.summary(); before != after {
			d.Fatalf("awaited %+v, and once the session began %+v", before, after)
		}
	}()
	s, err := desk.Begin(d.Context(), Options{Mode: []Mode{Due, Due, Due, Due, Ahead, Cram}[d.r.IntN(6)], Days: d.r.IntN(5)})
	if err != nil {
		d.Fatal(err)
	}
	d.sessions[n] = s
}

func (d *disorder) summary() Summary {
	d.Helper()
	s, err := d.desk.Summary(d.Context(), Filter{})
	if err != nil {
		d.Fatal(err)
	}
	return s
}

// event is something that happens outside of sessions.
func (d *disorder) event() {
	d.Helper()
	lesson, n := coursetest.ID(d.r.IntN(8)), d.r.IntN(2)
	path := fmt.Sprintf("%s/lab-%d", lesson, n)
	zones := []string{"UTC", "Asia/Shanghai", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia"}
	switch d.r.IntN(12) {
	case 0:
		d.now = d.now.Add(-time.Hour)
	case 1:
		d.now = d.now.AddDate(0, 0, -1)
	case 2:
		d.now = d.now.AddDate(0, 1, 0)
	case 3:
		zone, err := time.LoadLocation(zones[d.r.IntN(len(zones))])
		if err != nil {
			d.Fatal(err)
		}
		d.now = d.now.In(zone)
	case 4, 5, 6:
		d.now = d.now.Add(time.Duration(d.r.Int64N(int64(30 * time.Hour))))
	case 7:
		d.desk.Course = d.courses[d.r.IntN(2)]
	case 8:
		d.record(progress.Answer{Question: fmt.Sprintf("%s/q-%d", lesson, d.r.IntN(6)), Right: n == 0})
	case 9:
		d.record(progress.Attempt{Lab: path, Number: 1 + d.r.IntN(3)}, progress.Hint{Lab: path, Number: 1, N: 1}, progress.Passed{Lab: path, Number: 1})
	case 10:
		d.reads(d.r.IntN(8))
	default:
		d.begins(n)
	}
}

// reviews does something in one of the sessions.
func (d *disorder) reviews() {
	d.Helper()
	n := d.r.IntN(2)
	s := d.sessions[n]
	turn, err := s.Next(d.Context())
	if wait := (ErrWait{}); errors.As(err, &wait) && d.r.IntN(2) == 0 {
		turn, err = s.Early(d.Context())
	}
	if errors.Is(err, ErrDone) {
		d.now = d.now.Add(6 * time.Hour)
		d.begins(n)
	}
	if !d.allowed(err) {
		return
	}
	d.sound(turn)
	d.now = d.now.Add(time.Duration(d.r.IntN(60)) * time.Second)
	switch d.r.IntN(9) {
	case 0:
		err = s.Suspend(d.Context())
	case 1:
		err = s.Bury(d.Context())
	case 2, 3:
		_, _, err = s.Undo(d.Context())
	default:
		d.rates(s, turn, Rating(1+d.r.IntN(4)))
	}
	d.allowed(err)
}

// allowed ends the test at an error that no learner should see, and tells
// whether there was none.
func (d *disorder) allowed(err error) bool {
	d.Helper()
	wait := ErrWait{}
	switch {
	case err == nil:
		return true
	case errors.As(err, &wait) && !wait.Until.After(d.now):
		d.Fatalf("wait until %s, and it is %s", wait.Until, d.now)
	case errors.As(err, &wait), errors.Is(err, ErrDone), errors.Is(err, ErrElsewhere):
		return false
	}
	d.Fatal(err)
	return false
}

// sound checks a card that is asked.
func (d *disorder) sound(turn Turn) {
	d.Helper()
	for i, c := range turn.Choices {
		if c.Interval <= 0 || i > 0 && c.Interval < turn.Choices[i-1].Interval {
			d.Fatalf("%s at %s: choices %+v", turn.Card.ID, d.now, turn.Choices)
		}
	}
	if turn.Recall < 0 || turn.Recall > 1 || turn.Card.Lesson == nil || turn.Left.All() < 1 {
		d.Fatalf("asks %+v", turn)
	}
}

// rates rates the card that is shown: what the button said is what is kept,
// unless the rating was a cram's, or made the card a leech.
func (d *disorder) rates(s *Session, turn Turn, r Rating) {
	d.Helper()
	if !d.allowed(s.Rate(d.Context(), r, Given{Took: time.Second})) || s.opts.Mode == Cram {
		return
	}
	c := d.card(d.TB, string(turn.Card.ID))
	if !inSteps(c.CardState) && !c.Due.Equal(turn.Choices[r-1].Due) {
		d.Fatalf("%s rated %d is due %s, the button said %s", turn.Card.ID, r, c.Due, turn.Choices[r-1].Due)
	}
	if c.Reps != turn.State.Reps+1 || !c.Missed.IsZero() {
		d.Fatalf("%s was %+v, and rated %d is %+v", turn.Card.ID, turn.State, r, c)
	}
}

// history is the log, without what a mistake or a rating was before.
func (d *disorder) history(store progress.Reader) (log []string) {
	d.Helper()
	err := store.Reviews(d.Context(), time.Time{}, func(r progress.Review) error {
		log = append(log, fmt.Sprint(r.ID, r.Card, r.Rating, r.At, r.State))
		return nil
	})
	if err != nil {
		d.Fatal(err)
	}
	return log
}

// Whatever happens, in whatever order: no session fails, what a button says is
// what is kept, and what is known follows from the events alone, here and on
// another machine.
func TestDisorder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			d := newDisorder(t, seed)
			for range 300 {
				if d.r.IntN(6) == 0 {
					d.event()
				} else {
					d.reviews()
				}
			}
			cards, log := d.cards(), d.history(d)
			if err := d.Rebuild(t.Context()); err != nil {
				t.Fatal(err)
			}
			if again := d.cards(); !maps.Equal(cards, again) {
				t.Errorf("cards\n%+v\nafter a rebuild\n%+v", cards, again)
			}
			other := newDiary(t)
			var events bytes.Buffer
			if _, err := d.Export(t.Context(), &events); err != nil {
				t.Fatal(err)
			}
			if _, err := other.Import(t.Context(), &events); err != nil {
				t.Fatal(err)
			}
			if there := (&world{TB: t, diary: other}).cards(); !reflect.DeepEqual(cards, there) || !slices.Equal(log, d.history(other)) {
				t.Errorf("%d ratings of %d cards; on another machine %d of %d", len(log), len(cards), len(d.history(other)), len(there))
			}
			t.Logf("%d ratings of %d cards", len(log), len(cards))
		})
	}
}
