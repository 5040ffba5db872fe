package tui_test

import "testing"

// A learner who is wrong is told that the question comes back, where there are
// reviews for it to come back in; in a review itself that goes without saying.
func TestAWrongAnswerComesBack(t *testing.T) {
	t.Parallel()
	const comesBack = "It will come back in review."
	o := small(t)
	withReviews(&o)
	o.Lesson = claim
	s := newSim(t, o, 80, 30)
	s.press("space")
	s.tickLine("The claim only")
	s.press("enter")
	s.hides(comesBack)
	s.press("t")
	s.tickLine("Both")
	s.press("enter")
	s.shows("Not quite.", comesBack)

	s, _ = atCards(t)
	s.press("enter")
	s.hides(comesBack)

	s, _ = askOnly(t, "scope")
	s.tickLine("Both")
	s.press("enter")
	s.shows("Not quite.")
	s.hides(comesBack)
}
