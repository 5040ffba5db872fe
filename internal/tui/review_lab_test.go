package tui_test

import (
	"slices"
	"testing"

	"kubetutor/internal/progress"
	"kubetutor/internal/review"
)

func TestAHandsOnCard(t *testing.T) {
	t.Parallel()
	o, l := small(t), labs()
	o.Lab = l
	f := withReviews(&o, cardID(review.Lab, "bind-claim"), cardID(review.Question, "scope"))
	s := newSim(t, o, 160, 45)
	s.press("r", "enter")
	s.shows("Press enter to start the lab.")
	s.hides("again 10 min")
	s.press("enter")
	s.shows("1 of 4", "shop $")
	s.hides("again 10 min")
	l.verdicts = passedClaim()
	s.press("shift+tab", "R", "y")
	s.shows("Passed", "4 of 4", "passed in 1 min, failed tries 1", "[3 good 8 days]")
	s.press("shift+tab", "4")
	s.shows("Which of the two")
	if got := f.rated; len(got) != 1 || got[0].rating != review.Easy || got[0].given.Right == nil || !*got[0].given.Right {
		t.Errorf("rated %+v", got)
	}
}

func TestALabIsGivenUp(t *testing.T) {
	t.Parallel()
	s, f := atCards(t, cardID(review.Lab, "bind-claim"))
	s.press("enter", "shift+tab", "g")
	s.shows("Give the lab up?")
	s.press("n")
	s.shows("1 of 4")
	s.press("g", "y")
	s.shows("Nothing more is due today.")
	if got := f.rated; len(got) != 1 || got[0].rating != review.Again || *got[0].given.Right {
		t.Errorf("rated %+v", got)
	}
}

func TestALabWithoutAnEngineCanWait(t *testing.T) {
	t.Parallel()
	o := small(t)
	f := withReviews(&o, cardID(review.Lab, "bind-claim"))
	s := newSim(t, o, 80, 24)
	s.press("r", "enter")
	s.shows("Labs are not available here.", "Bury the card with -")
	s.press("-")
	if !slices.Equal(f.marks, []progress.Mark{progress.MarkBury}) {
		t.Errorf("marked %v", f.marks)
	}
}

// What is gone on with after the program was left is the attempt that was under
// way, and help that was taken in it counts.
func TestAnAttemptOfAHandsOnCardGoesOn(t *testing.T) {
	t.Parallel()
	o, l := small(t), labs()
	o.Lab = l
	withReviews(&o, cardID(review.Lab, "bind-claim"))
	s := newSim(t, o, 160, 45)
	s.press("r", "enter", "enter", "shift+tab", "h", "q")
	l.verdicts = passedClaim()
	again := newSim(t, o, 160, 45)
	again.press("r", "enter")
	again.shows("attempt 1", "Passed", "passed with help", "[1 again 10 min]")
	if len(l.started) != 1 {
		t.Errorf("started %d times", len(l.started))
	}
}
