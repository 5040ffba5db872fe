package progress

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// foldVersion is raised with every change of what the functions below make of
// events; the projections are then rebuilt at the next start.
const foldVersion = 5

// maxSpent bounds what one position may add to the time spent: a machine that
// slept over night does not count as reading.
const maxSpent = 12 * time.Hour

// question is a QuestionState with the IDs of the events of its first and its
// newest answer.
type question struct {
	QuestionState
	Oldest, Newest string
}

// waiting is a pending answer and when it was given.
type waiting struct {
	Answer
	At time.Time
}

// slot counts what was done in a quarter of an hour. Every time zone is a
// multiple of that away from UTC, so that the days of any of them are sums of
// slots.
type slot struct {
	Answers int           `json:"a,omitempty"`
	Right   int           `json:"r,omitempty"`
	Labs    int           `json:"l,omitempty"`
	Spent   time.Duration `json:"s,omitempty"`
}

const slotSeconds = 15 * 60

// slotID is a slot's name: its number since 1970, sorted as text.
func slotID(at time.Time) string { return fmt.Sprintf("%012d", at.Unix()/slotSeconds) }

// fold changes the projections by one event. Events come in the order of their
// IDs. A kind that is not known (of a newer version) changes nothing.
func (s *shelf) fold(e Event) error {
	switch e.Kind {
	case KindPosition:
		return folding(s, e, (*shelf).position)
	case KindAnswer:
		return folding(s, e, (*shelf).answer)
	case KindJudged:
		return folding(s, e, (*shelf).judged)
	case KindAttempt:
		return folding(s, e, (*shelf).attempt)
	case KindCheck:
		return folding(s, e, (*shelf).check)
	case KindPassed:
		return folding(s, e, (*shelf).passed)
	case KindHint:
		return folding(s, e, (*shelf).hint)
	case KindSolution:
		return folding(s, e, (*shelf).solution)
	case KindFailed:
		return folding(s, e, (*shelf).failed)
	}
	return s.foldReview(e)
}

func folding[T any](s *shelf, e Event, f func(*shelf, Event, T) error) error {
	var data T
	if err := json.Unmarshal(e.Data, &data); err != nil {
		return fmt.Errorf("event %s: %w", e.ID, err)
	}
	return f(s, e, data)
}

// checkData tells whether the data of an event can be read.
func checkData(e Event) error { return emptyShelf().fold(e) }

func (s *shelf) position(e Event, p Position) error {
	spent := min(max(p.Spent, 0), maxSpent)
	last, _, err := row[Position](s, shelfLast, "")
	if err != nil {
		return err
	}
	here, _, err := row[Position](s, shelfPosition, p.Lesson)
	if err != nil {
		return err
	}
	l, had, err := row[LessonState](s, shelfLesson, p.Lesson)
	if err != nil {
		return err
	}
	*last, *here = p, p
	if !had {
		l.Opened = e.At
	}
	l.Page = max(l.Page, p.Page)
	l.Spent += spent
	l.Visited = e.At
	if p.Pages > 0 {
		l.Pages = p.Pages
	}
	return s.count(e.At, slot{Spent: spent})
}

// count adds to the slot of a time.
func (s *shelf) count(at time.Time, n slot) error {
	if n == (slot{}) {
		return nil
	}
	t, _, err := row[slot](s, shelfSlot, slotID(at))
	if err != nil {
		return err
	}
	t.Answers += n.Answers
	t.Right += n.Right
	t.Labs += n.Labs
	t.Spent += n.Spent
	return nil
}

func (s *shelf) answer(e Event, a Answer) error {
	q, _, err := row[question](s, shelfQuestion, a.Question)
	if err != nil {
		return err
	}
	right := a.Right && !a.Pending
	q.Newest = e.ID
	if q.Tries == 0 {
		q.Oldest, q.First = e.ID, right
	}
	q.Tries++
	q.Right, q.Ever = right, q.Ever || right
	q.Pending, q.Last, q.Given = a.Pending, e.At, a.Given
	if a.Pending {
		w, _, err := row[waiting](s, shelfPending, e.ID)
		if err != nil {
			return err
		}
		*w = waiting{Answer: a, At: e.At}
	}
	if _, err := s.card(questionCard + a.Question); err != nil { // from now on it is one
		return err
	}
	if err := s.answerMissed(e, a); err != nil {
		return err
	}
	return s.count(e.At, slot{Answers: 1, Right: ones(right)})
}

// judged counts for the day of the answer. The first judgement stands.
func (s *shelf) judged(e Event, j Judged) error {
	w, had, err := row[waiting](s, shelfPending, j.Answer)
	if err != nil {
		return err
	}
	s.remove(shelfPending, j.Answer)
	if !had {
		return nil
	}
	q, _, err := row[question](s, shelfQuestion, w.Question)
	if err != nil {
		return err
	}
	q.Ever = q.Ever || j.Right
	if q.Oldest == j.Answer {
		q.First = j.Right
	}
	if q.Newest == j.Answer {
		q.Right, q.Pending = j.Right, false
	}
	if err := s.judgedMissed(e, j, w.Question); err != nil {
		return err
	}
	return s.count(w.At, slot{Right: ones(j.Right)})
}

func ones(b bool) int {
	if b {
		return 1
	}
	return 0
}

// lab returns the state of a lab at attempt number, and whether that is the
// newest attempt. A newer attempt begins with nothing shown and nothing held.
func (s *shelf) lab(e Event, id string, number int) (*LabState, bool, error) {
	l, _, err := row[LabState](s, shelfLab, id)
	if err != nil {
		return nil, false, err
	}
	if number > l.Attempts {
		if err := s.left(e, id, l); err != nil {
			return nil, false, err
		}
		*l = LabState{
			Attempts: number, Begun: e.At, Passed: l.Passed, PassedIn: l.PassedIn, Of: l.Of, Jumps: l.Jumps,
			AllHints: l.AllHints, Solutions: l.Solutions, Took: l.Took, LastTook: l.LastTook,
		}
	}
	l.Last = e.At
	return l, number == l.Attempts, nil
}

func (s *shelf) attempt(e Event, a Attempt) error {
	l, newest, err := s.lab(e, a.Lab, a.Number)
	if err != nil || !newest || !a.Jumped || l.Jumped {
		return err
	}
	l.Jumped = true
	l.Jumps++
	return nil
}

func (s *shelf) check(e Event, c Check) error {
	l, newest, err := s.lab(e, c.Lab, c.Number)
	if err != nil || !newest {
		return err
	}
	if c.Of > 0 {
		l.Of = c.Of
	}
	if !slices.Contains(l.Checks, c.Check) {
		l.Checks = append(l.Checks, c.Check)
	}
	l.Tried = l.Tried || e.At.Sub(l.Begun) > settling
	return nil
}

// passed keeps the first time: what was passed stays passed. An attempt counts
// once, however many programs saw it pass.
func (s *shelf) passed(e Event, p Passed) error {
	l, _, err := s.lab(e, p.Lab, p.Number)
	if err != nil {
		return err
	}
	if _, err := s.card(labCard + p.Lab); err != nil { // from now on it is one
		return err
	}
	if l.Passed.IsZero() {
		l.Passed, l.Took = e.At, max(p.Took, 0)
	}
	if p.Number <= l.PassedIn {
		return nil
	}
	l.PassedIn, l.LastTook = p.Number, max(p.Took, 0)
	return s.count(e.At, slot{Labs: 1})
}

func (s *shelf) hint(e Event, h Hint) error {
	l, newest, err := s.lab(e, h.Lab, h.Number)
	if err != nil || !newest || slices.Contains(l.Hints, h.N) {
		return err
	}
	l.Hints = append(l.Hints, h.N)
	l.AllHints++
	return s.helped(e, h.Lab, l)
}

func (s *shelf) solution(e Event, sol Solution) error {
	l, newest, err := s.lab(e, sol.Lab, sol.Number)
	if err != nil || !newest || l.Solution {
		return err
	}
	l.Solution = true
	l.Solutions++
	return s.helped(e, sol.Lab, l)
}
