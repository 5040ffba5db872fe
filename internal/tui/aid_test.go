package tui_test

import (
	"strings"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/attempt"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/progress"
	"kubetutor/internal/tui"
)

// varied is a lab whose values are drawn and whose hints react.
func varied(t *testing.T, o tui.Options) *course.Lab {
	t.Helper()
	l := inside(t, o.Course, claim).Labs[0]
	l.Vars = map[string]course.Var{"n": {Min: 1, Max: 1 << 30}}
	l.Task, l.Debrief = course.Same("Make @{n} of them."), course.Same("That was @{n}.")
	l.Checks[0].Title = course.Same("There are @{n}")
	l.Hints = []course.Hint{{EN: "Look at @{n}."}, {EN: "It has the wrong class.", When: `checks["class"] == "fail"`}, {EN: "Apply it."}}
	l.Solution, l.Files = "s.console", map[string]string{"s.console": "make @{n}\n"}
	return l
}

func TestHintsThatReact(t *testing.T) {
	t.Parallel()
	o, l := small(t), labs()
	o.Lab, o.Lesson = l, claim
	ex := varied(t, o)
	n := attempt.Vars(ex, 1)["n"]
	s := newSim(t, o, 160, 45)
	s.press("tab", "enter", "shift+tab")
	s.shows("h hint (2)")
	s.press("h")
	s.shows("Hint 1. Look at "+n, "h hint (1)")
	s.press("h")
	s.shows("Hint 2. Apply it.")
	s.hides("h hint (")
	s.press("h")
	s.shows("No further hint for where you are.")

	l.verdicts[0].Hints = []int{2}
	again := newSim(t, o, 160, 45)
	again.shows("Hint 1. Look at "+n, "Hint 2. Apply it.", "h hint (1)")
	again.press("h")
	again.shows("Hint 3. It has the wrong class.")
	again.press("h")
	again.shows("All hints have been shown.")
	if got := all[progress.Hint](o.Store.(*fakeStore)); len(got) != 3 || got[1].N != 3 || got[2].N != 2 {
		t.Errorf("recorded %+v", got)
	}

	l.verdicts = passedClaim()
	over := newSim(t, o, 160, 45)
	over.press("h")
	over.shows("Nothing to hint at: all checks hold.")
}

func TestTheSolutionAfterwards(t *testing.T) {
	t.Parallel()
	o, l := small(t), labs()
	l.verdicts = passedClaim()
	o.Lab, o.Lesson = l, claim
	n := attempt.Vars(varied(t, o), 1)["n"]
	s := newSim(t, o, 160, 45)
	s.press("tab", "enter", "shift+tab")
	s.shows("✓ Passed", "That was "+n, "How it could have been done", "make "+n, "Make "+n)
	s.press("s")
	s.hides("Show the solution?")

	l.status = protocol.Status{State: protocol.StateUp} // it was stopped
	later := newSim(t, o, 160, 45)
	later.hides("make " + n)
	later.press("s")
	later.hides("Show the solution?")
	later.shows("Press enter to start the lab.", "That was "+n, "make "+n, "Make "+n)
	if got := all[progress.Solution](o.Store.(*fakeStore)); len(got) > 0 {
		t.Errorf("counted as looked up: %+v", got)
	}
}

func TestASolutionBeforeAStartIsAskedFor(t *testing.T) {
	t.Parallel()
	o, l := small(t), labs()
	o.Lab, o.Lesson = l, claim
	n := attempt.Vars(varied(t, o), 1)["n"]
	s := newSim(t, o, 160, 45)
	s.press("tab")
	s.shows("Make " + n + " of them.") // what a start will draw
	s.press("s")
	s.shows("Show the solution?")
	s.press("y")
	s.shows("make " + n)
	s.hides("That was", "How it could have been done")
	if got := all[progress.Solution](o.Store.(*fakeStore)); len(got) != 1 {
		t.Errorf("recorded: %+v", got)
	}
}

func TestAJump(t *testing.T) {
	t.Parallel()
	o, l := small(t), labs()
	l.verdicts = solvedClaim()
	o.Lab, o.Lesson = l, claim
	ex := varied(t, o)
	s := newSim(t, o, 160, 45)
	s.press("tab", "J")
	s.shows("Run the solution and begin after it?")
	s.press("n")
	if len(l.started) > 0 {
		t.Fatal("it began without a yes")
	}
	s.press("J", "y")
	n := attempt.Vars(ex, 1)["n"]
	s.shows("You are after the solution.", "That was "+n, "How it could have been done", "make "+n, "4 of 4")
	s.hides("✓ Passed", "hint (")
	store := o.Store.(*fakeStore)
	if !l.started[0].AfterSolution || !all[progress.Attempt](store)[0].Jumped {
		t.Errorf("started %+v", l.started)
	}
	if got := len(all[progress.Passed](store)) + len(all[progress.Check](store)) + len(all[progress.Solution](store)); got > 0 {
		t.Errorf("recorded %+v", store.events)
	}

	l.verdicts = bindClaim()
	s.press("R", "y", "shift+tab")
	s.shows("attempt 2", "1 of 4", "Make "+attempt.Vars(ex, 2)["n"])
	s.hides("You are after the solution.", "make "+n, n)
	if l.started[1].AfterSolution {
		t.Error("the next attempt jumps as well")
	}
}

func TestNoJumpOnOnesOwnCluster(t *testing.T) {
	t.Parallel()
	o, l := abroad(t, course.ScopeNamespace)
	s := newSim(t, o, 160, 45)
	s.press("tab", "J")
	s.shows("A solution is not run on your own cluster.")
	if strings.Contains(s.screen(), "begin after it?") || len(l.started) > 0 {
		t.Error("it was offered")
	}
}
