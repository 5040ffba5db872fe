package attempt

import (
	"context"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/progress"
)

// cluster is a Service that starts every lab at once.
type cluster struct {
	lab.Service
	asked protocol.StartLab
	since time.Time // when it came up
}

func (c *cluster) Status(context.Context) (protocol.Status, error) {
	return protocol.Status{State: protocol.StateUp, Since: c.since}, nil
}

func (c *cluster) StartLab(_ context.Context, req protocol.StartLab, _ func(protocol.Stage)) (protocol.Attempt, error) {
	c.asked = req
	return protocol.Attempt{Lab: req.Lab.Path(), Number: req.Number, Hash: "h", Started: time.Now()}, nil
}

func exercise() *course.Lab {
	return &course.Lab{
		Lesson: "lesson", ID: "lab", Checks: []course.Check{{ID: "a"}, {ID: "b"}},
		Vars:     map[string]course.Var{"n": {Min: 1, Max: 1 << 30}},
		Hints:    []course.Hint{{EN: "one"}, {EN: "sometimes", When: "true"}, {EN: "two"}},
		Solution: "s", Files: map[string]string{"s": "kubectl apply @{n}"},
	}
}

func desk(t *testing.T) (*Desk, *cluster) {
	t.Helper()
	store, err := progress.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	c := &cluster{}
	return &Desk{Labs: c, Store: store}, c
}

func TestAttemptsAreNumbered(t *testing.T) {
	t.Parallel()
	d, c := desk(t)
	l := exercise()
	for number := 1; number <= 3; number++ {
		jump := number == 2
		if _, err := d.Start(t.Context(), l, jump, nil); err != nil {
			t.Fatal(err)
		}
		if c.asked.Number != number || c.asked.Seed != Seed("lesson/lab", number) || c.asked.AfterSolution != jump {
			t.Errorf("attempt %d: asked %v", number, c.asked)
		}
		state, err := d.State(t.Context(), l)
		if err != nil || state.Attempts != number || state.Jumped != jump || state.Solution {
			t.Errorf("attempt %d: %+v, %v", number, state, err)
		}
	}
	if state, _ := d.State(t.Context(), l); state.Jumps != 1 {
		t.Errorf("in the end: %+v", state)
	}
}

func TestAJumpIsNobodysWork(t *testing.T) {
	t.Parallel()
	d, _ := desk(t)
	l := exercise()
	a, err := d.Start(t.Context(), l, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	a.Jumped, a.Passed, a.PassedEver = true, time.Now(), []string{"a", "b"} // as an engine of old would say
	if err := d.Keep(t.Context(), l, protocol.Verdicts{Attempt: &a}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Solution(t.Context(), l, protocol.Verdicts{}); err != nil {
		t.Fatal(err)
	}
	state, err := d.State(t.Context(), l)
	if err != nil || len(state.Checks) > 0 || !state.Passed.IsZero() || state.Solution {
		t.Errorf("recorded: %+v, %v", state, err)
	}
}

func TestVerdictsAreRecordedOnce(t *testing.T) {
	t.Parallel()
	d, c := desk(t)
	l := exercise()
	a, err := d.Start(t.Context(), l, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	keep := func(d *Desk, passed bool, ever ...string) {
		t.Helper()
		v := protocol.Verdicts{Attempt: &a}
		if v.Attempt.PassedEver = ever; passed {
			v.Attempt.Passed = a.Started.Add(time.Minute)
		}
		if err := d.Keep(t.Context(), l, v); err != nil {
			t.Fatal(err)
		}
	}
	keep(d, false, "a")
	keep(d, false, "a")
	keep(d, false, "a", "b") // each held once, not both at once
	state, _ := d.State(t.Context(), l)
	if len(state.Checks) != 2 || state.Of != 2 || state.PassedIn != 0 {
		t.Fatalf("before passing: %+v", state)
	}
	keep(d, true, "a", "b")
	keep(&Desk{Labs: c, Store: d.Store}, true, "a", "b") // another program
	days, err := d.Store.Days(t.Context(), 1, time.Now())
	if err != nil || days[0].Labs != 1 {
		t.Errorf("labs passed today: %v, %v; want 1", days, err)
	}
}

func TestVerdictsOfAnotherLabAreLeftAlone(t *testing.T) {
	t.Parallel()
	d, _ := desk(t)
	other := protocol.Verdicts{Attempt: &protocol.Attempt{Lab: "lesson/other", Number: 1, PassedEver: []string{"a"}}}
	for _, v := range []protocol.Verdicts{{}, other} {
		if err := d.Keep(t.Context(), exercise(), v); err != nil {
			t.Fatal(err)
		}
	}
	if labs, err := d.Store.Labs(t.Context()); err != nil || len(labs) != 0 {
		t.Errorf("recorded %v, %v", labs, err)
	}
}

func TestSolutionIsRemembered(t *testing.T) {
	t.Parallel()
	d, _ := desk(t)
	l := exercise()
	look := func() (text string, seen bool) {
		t.Helper()
		text, err := d.Solution(t.Context(), l, protocol.Verdicts{})
		if err != nil {
			t.Fatal(err)
		}
		state, err := d.State(t.Context(), l)
		if err != nil {
			t.Fatal(err)
		}
		return text, state.Solution
	}
	for number := 1; number <= 2; number++ {
		a, err := d.Start(t.Context(), l, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		if number == 2 {
			a.Passed = time.Now()
			if err := d.Keep(t.Context(), l, protocol.Verdicts{Attempt: &a}); err != nil {
				t.Fatal(err)
			}
		}
		text, seen := look()
		if want := "kubectl apply " + Vars(l, number)["n"]; text != want {
			t.Errorf("attempt %d: got %q, want %q", number, text, want)
		}
		if seen != (number == 1) {
			t.Errorf("attempt %d: remembered %v", number, seen)
		}
	}
	if Vars(l, 1)["n"] == Vars(l, 2)["n"] {
		t.Error("a new attempt has the values of the last one")
	}
}

// asleep is a Service whose cluster sleeps in the middle of a lab.
type asleep struct {
	lab.Service
	lab   string
	woken int
}

func (c *asleep) Status(context.Context) (protocol.Status, error) {
	return protocol.Status{State: protocol.StateSleeping}, nil
}

func (c *asleep) Up(context.Context, func(protocol.Stage)) (protocol.Status, error) {
	c.woken++
	return protocol.Status{State: protocol.StateUp, Lab: &protocol.Attempt{Lab: c.lab, Number: 7}}, nil
}

func TestAnAttemptGoesOnAfterSleep(t *testing.T) {
	t.Parallel()
	for active, want := range map[string]int{"lesson/lab": 7, "lesson/other": 0} {
		c := &asleep{lab: active}
		d := &Desk{Labs: c}
		a, ok, err := d.Continue(t.Context(), exercise(), nil)
		if err != nil || ok != (want != 0) || a.Number != want || c.woken != 1 {
			t.Errorf("%s was active: %+v, %v, %v, woken %d times", active, a, ok, err, c.woken)
		}
	}
}
