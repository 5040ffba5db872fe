package attempt

import (
	"context"
	"slices"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
)

// stands is what an engine says of the exercise: the states of a and b, and the
// hints whose condition holds.
func stands(a, b protocol.Result, hints ...int) protocol.Verdicts {
	return protocol.Verdicts{
		Attempt: &protocol.Attempt{Lab: "lesson/lab", Number: 1},
		Checks:  []protocol.Verdict{{Check: "a", Result: a}, {Check: "b", Result: b}}, Hints: hints,
	}
}

func TestOffered(t *testing.T) {
	t.Parallel()
	another := stands(protocol.Fail, protocol.Fail, 2)
	another.Attempt.Lab = "lesson/other"
	unjudged := stands(protocol.Fail, protocol.Fail, 2)
	unjudged.Checks = nil
	for name, tc := range map[string]struct {
		now     protocol.Verdicts
		shown   []int
		offered []int
		why     Silence
	}{
		"nothing is known":         {protocol.Verdicts{}, nil, []int{1, 3}, ""},
		"only the rest is unknown": {protocol.Verdicts{}, []int{3, 1}, nil, NotKnown},
		"another lab":              {another, nil, []int{1, 3}, ""},
		"not judged yet":           {unjudged, []int{1, 3}, nil, NotKnown},
		"one applies":              {stands(protocol.Pass, protocol.Fail, 2), []int{1}, []int{2, 3}, ""},
		"one does not":             {stands(protocol.Fail, protocol.Waiting), nil, []int{1, 3}, ""},
		"nothing for this state":   {stands(protocol.Fail, protocol.Pass), []int{1, 3}, nil, NotNow},
		"all were shown":           {stands(protocol.Fail, protocol.Pass, 2), []int{2, 1, 3}, nil, AllShown},
		"all hold":                 {stands(protocol.Pass, protocol.Pass, 2), nil, nil, AllHold},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			offered, why := Offered(exercise(), tc.now, tc.shown)
			if !slices.Equal(offered, tc.offered) || why != tc.why {
				t.Errorf("got %v %q, want %v %q", offered, why, tc.offered, tc.why)
			}
		})
	}
	if _, why := Offered(&course.Lab{}, protocol.Verdicts{}, nil); why != NoHints {
		t.Errorf("a lab without hints: %q", why)
	}
}

func TestHintsAreRememberedInTheirOrder(t *testing.T) {
	t.Parallel()
	d, _ := desk(t)
	l := exercise()
	if _, err := d.Start(t.Context(), l, false, nil); err != nil {
		t.Fatal(err)
	}
	early, late := stands(protocol.Fail, protocol.Fail), stands(protocol.Pass, protocol.Fail, 2)
	for _, step := range []struct {
		now   protocol.Verdicts
		hint  int
		left  int
		shown []int
		why   Silence
	}{
		{early, 1, 1, []int{1}, ""},
		{early, 3, 0, []int{1, 3}, ""},
		{early, 0, 0, []int{1, 3}, NotNow},
		{late, 2, 0, []int{1, 3, 2}, ""},
		{late, 0, 0, []int{1, 3, 2}, AllShown},
	} {
		a, err := d.Hint(t.Context(), l, step.now)
		if err != nil || a.Hint != step.hint || a.Left != step.left || a.Why != step.why || !slices.Equal(a.Shown, step.shown) {
			t.Errorf("got %+v, %v, want %+v", a, err, step)
		}
	}
	if _, err := d.Start(t.Context(), l, false, nil); err != nil {
		t.Fatal(err)
	}
	if a, err := d.Hint(t.Context(), l, early); err != nil || a.Hint != 1 {
		t.Errorf("the next attempt begins with %+v, %v", a, err)
	}
}

// running is a Service on which the exercise runs.
type running struct {
	lab.Service
	state protocol.State
	says  []protocol.Verdicts
}

func (r *running) Status(context.Context) (protocol.Status, error) {
	return protocol.Status{State: r.state, Lab: &protocol.Attempt{Lab: "lesson/lab"}}, nil
}

func (r *running) Verdicts(ctx context.Context, changed func(protocol.Verdicts) error) error {
	for _, v := range r.says {
		if err := changed(v); err != nil {
			return err
		}
	}
	<-ctx.Done()
	return ctx.Err()
}

func TestNowAsksARunningLab(t *testing.T) {
	t.Parallel()
	d, _ := desk(t)
	here := stands(protocol.Pass, protocol.Fail, 2)
	here.Attempt.PassedEver = []string{"a"}
	d.Labs = &running{state: protocol.StateUp, says: []protocol.Verdicts{{Epoch: "e"}, here}}
	now, err := d.Now(t.Context(), exercise())
	if err != nil || !slices.Equal(now.Hints, []int{2}) {
		t.Errorf("got %+v, %v", now, err)
	}
	if state, err := d.State(t.Context(), exercise()); err != nil || !slices.Equal(state.Checks, []string{"a"}) {
		t.Errorf("what it said was not recorded: %+v, %v", state, err)
	}
	d.Labs = &running{state: protocol.StateSleeping}
	if now, err := d.Now(t.Context(), exercise()); err != nil || now.Attempt != nil {
		t.Errorf("a sleeping cluster: %+v, %v", now, err)
	}
}
