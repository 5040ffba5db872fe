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
}

func (c *cluster) StartLab(_ context.Context, req protocol.StartLab, _ func(protocol.Stage)) (protocol.Attempt, error) {
	c.asked = req
	return protocol.Attempt{Lab: req.Lab.Path(), Number: req.Number, Hash: "h", Started: time.Now()}, nil
}

func exercise() *course.Lab {
	return &course.Lab{
		Lesson: "lesson", ID: "lab", Checks: []course.Check{{ID: "a"}, {ID: "b"}},
		Hints:    []course.Hint{{EN: "one"}, {EN: "sometimes", When: "true"}, {EN: "two"}},
		Solution: "s", Files: map[string]string{"s": "kubectl apply"},
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
		solved := number == 3
		if _, err := d.Start(t.Context(), l, solved, nil); err != nil {
			t.Fatal(err)
		}
		if c.asked.Number != number || c.asked.Seed != Seed("lesson/lab", number) || c.asked.AfterSolution != solved {
			t.Errorf("attempt %d: asked %v", number, c.asked)
		}
		state, err := d.State(t.Context(), l)
		if err != nil || state.Attempts != number || state.Solution != solved {
			t.Errorf("attempt %d: %+v, %v", number, state, err)
		}
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

func TestHintsComeInOrder(t *testing.T) {
	t.Parallel()
	d, _ := desk(t)
	l := exercise()
	for _, want := range []struct {
		text  string
		n     int
		fresh bool
	}{{"one", 1, true}, {"two", 2, true}, {"two", 2, false}} {
		h, n, fresh, err := d.Hint(t.Context(), l)
		if err != nil || h.EN != want.text || n != want.n || fresh != want.fresh {
			t.Errorf("got %q %d %v %v, want %v", h.EN, n, fresh, err, want)
		}
	}
	if _, n, _, err := d.Hint(t.Context(), &course.Lab{}); n != 0 || err != nil {
		t.Errorf("no hints: got %d, %v", n, err)
	}
}

func TestSolutionIsRemembered(t *testing.T) {
	t.Parallel()
	d, _ := desk(t)
	text, err := d.Solution(t.Context(), exercise())
	if err != nil || text != "kubectl apply" {
		t.Fatal(text, err)
	}
	if state, _ := d.State(t.Context(), exercise()); !state.Solution {
		t.Error("not recorded")
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
