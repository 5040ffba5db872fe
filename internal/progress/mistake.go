package progress

import (
	"slices"
	"strings"
	"time"
)

// A mistake is not recorded: it is what events say that are recorded anyway. The
// fold notes it at the card of the question or lab (see [Card.Missed]) in the
// transaction that records the event, so that none is lost or counted twice,
// whichever way the tutor is used. The next rating of the card takes the note
// away. What a mistake does to the schedule is up to package review.
//
// These are mistakes:
//   - a wrong answer to a question of a lesson, also one that was judged later;
//   - a hint or the solution, shown before the attempt was passed;
//   - an attempt that was left for a new one before it was passed, if something
//     had been tried in it;
//   - checks that the learner asked for and that failed, once something had been
//     tried: a lab begins with checks that fail.
//
// Nothing in an attempt that began after the solution is one.

// KindFailed is Failed.
const KindFailed Kind = "failed"

// Failed is a try at a lab that failed: the learner asked for the checks, and
// some failed. Or a check that had held was broken, and mended later.
type Failed struct {
	Lab    string   `json:"lab"`
	Number int      `json:"number"`
	Checks []string `json:"checks"` // that failed
	Asked  bool     `json:"asked,omitempty"`
}

// settling is how long after the beginning of an attempt a check that holds may
// hold by itself. One that is seen to hold later is something that was tried.
const settling = 5 * time.Second

// The kinds of cards that mistakes are noted at, as package review names them.
const (
	questionCard = "question:"
	labCard      = "lab:"
)

// mistake notes a mistake at a card.
func (s *shelf) mistake(e Event, id string) error {
	c, err := s.card(id)
	if err != nil {
		return err
	}
	c.Missed = e.At
	return nil
}

// answerMissed notes a wrong answer.
func (s *shelf) answerMissed(e Event, a Answer) error {
	if a.Right || a.Pending {
		return nil
	}
	return s.mistake(e, questionCard+a.Question)
}

// judgedMissed notes a kept answer that turned out wrong, unless the card was
// rated since it was given.
func (s *shelf) judgedMissed(e Event, j Judged, question string) error {
	c, err := s.card(questionCard + question)
	if err != nil || j.Right || c.Review > j.Answer {
		return err
	}
	return s.mistake(e, c.ID)
}

// helped notes help in an attempt that is not passed yet.
func (s *shelf) helped(e Event, lab string, l *LabState) error {
	if !l.open() {
		return nil
	}
	return s.mistake(e, labCard+lab)
}

// left notes the attempt that a newer one takes the place of.
func (s *shelf) left(e Event, lab string, l *LabState) error {
	if l.Attempts == 0 || !l.open() || !l.Tried {
		return nil
	}
	return s.mistake(e, labCard+lab)
}

// open tells whether the newest attempt can still be passed for the first time.
func (l *LabState) open() bool {
	return !l.Jumped && (l.Attempts == 0 || l.PassedIn < l.Attempts)
}

// failed counts a failed try, the same checks once in an attempt: a script may
// ask again and again.
func (s *shelf) failed(e Event, f Failed) error {
	l, newest, err := s.lab(e, f.Lab, f.Number)
	if err != nil || !newest || !l.open() || f.Asked && !l.Tried {
		return err
	}
	l.Tried = true
	try := strings.Join(slices.Sorted(slices.Values(f.Checks)), " ")
	if slices.Contains(l.Failed, try) {
		return nil
	}
	l.Failed = append(l.Failed, try)
	if !f.Asked {
		return nil
	}
	return s.mistake(e, labCard+f.Lab)
}

// Mistake tells whether a rating comes from a mistake outside of reviews. What
// was right outside of them is in no log: who asks how much is recalled leaves
// these ratings out.
func (s Source) Mistake() bool { return s == SourceQuiz || s == SourceLab }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
