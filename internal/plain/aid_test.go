package plain

import (
	"strings"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

func TestAJumpIsAskedForAndNotPassed(t *testing.T) {
	t.Parallel()
	l := sit(t, "jump\nno\njump\nyes\nsolution\nhint\n\n\nq\n")
	if err := l.Read(soon(t), lesson()); err != errQuit {
		t.Fatal(err)
	}
	l.says(t, "Run the solution and begin after it?", "Run the solution and begin after it?",
		"You are after the solution.", "That was 7.", "How it could have been done", "solve 7", "solve 7")
	if strings.Contains(l.out.String(), "Show the solution?") {
		t.Errorf("after a jump the solution is asked for:\n%s", l.out)
	}
	if len(l.cluster.begun) != 1 || !l.cluster.begun[0].AfterSolution {
		t.Errorf("begun: %+v", l.cluster.begun)
	}
	labs, err := l.store.Labs(soon(t))
	if s := labs["one/try"]; err != nil || !s.Jumped || !s.Passed.IsZero() || s.Solution || len(s.Checks) > 0 {
		t.Errorf("recorded %+v, %v", s, err)
	}
}

func TestAfterPassingTheSolutionIsFree(t *testing.T) {
	t.Parallel()
	l := sit(t, "start\nconsole\nsolve\nexit\nsolution\nhint\n\n\nq\n")
	if err := l.Read(soon(t), lesson()); err != errQuit {
		t.Fatal(err)
	}
	l.says(t, "Passed, after", "That was 7.", "How it could have been done", "solve 7", "solve 7", "Nothing to hint at: all checks hold.")
	labs, err := l.store.Labs(soon(t))
	if s := labs["one/try"]; err != nil || s.PassedIn != 1 || s.Solution || len(s.Hints) > 0 {
		t.Errorf("recorded %+v, %v", s, err)
	}
}

func TestHintsInPlainWords(t *testing.T) {
	t.Parallel()
	l := sit(t, "start\nhint\nhint\nhints\n\n\nq\n")
	b := lesson()
	b.Labs[0].Hints = []course.Hint{{EN: "Make @{n}."}, {EN: "Never.", When: `checks["done"] == "waiting"`}}
	if err := l.Read(soon(t), b); err != errQuit {
		t.Fatal(err)
	}
	l.says(t, "Hint 1. Make 7.", "No further hint for where you are.", "Shown so far:", "Hint 1. Make 7.", "Shown so far:", "Hint 1. Make 7.")
}

func TestNoJumpOnOnesOwnCluster(t *testing.T) {
	t.Parallel()
	l := sit(t, "jump\n\n\nq\n")
	l.cluster.foreign = "home"
	b := lesson()
	b.Labs[0].Scope, b.Labs[0].Namespace = course.ScopeNamespace, "shop"
	if err := l.Read(soon(t), b); err != errQuit {
		t.Fatal(err)
	}
	l.says(t, "A solution is not run on your own cluster.")
	if len(l.cluster.begun) > 0 {
		t.Errorf("begun: %+v", l.cluster.begun)
	}
}

func TestTheTitleOfACheckHasItsValues(t *testing.T) {
	t.Parallel()
	b := lesson().Labs[0]
	b.Checks[0].Title = course.Same("there are @{n}")
	if got := CheckTitle(b, "done", &protocol.Attempt{Vars: map[string]string{"n": "7"}}, course.English); got != "there are 7" {
		t.Errorf("got %q", got)
	}
}
