package host

import (
	"errors"
	"testing"
	"time"

	"kubetutor/internal/class"
)

// TestTally is who may begin another session.
func TestTally(t *testing.T) {
	t.Parallel()
	clock := &clock{at: time.Unix(0, 0)}
	y := &tally{limits: Limits{Sessions: 6, SessionsEach: 2, Begins: 3}, now: clock.now}
	ada, bob, grace := identity{learner: class.Learner{ID: "ada"}}, identity{learner: class.Learner{ID: "bob"}}, identity{instructor: "Grace"}
	steps := []struct {
		who  identity
		want error
	}{
		{ada, nil}, {ada, nil}, {ada, errCrowded}, {bob, nil},
		{grace, nil}, {grace, nil}, {grace, nil}, {grace, errFull}, {bob, errFull},
	}
	for i, step := range steps {
		if err := y.enter(step.who); !errors.Is(err, step.want) {
			t.Errorf("step %d: %v, want %v", i, err, step.want)
		}
	}
	y.leave(ada)
	if err := y.enter(ada); err != nil {
		t.Errorf("after one has left: %v", err)
	}
	y.leave(ada)
	if err := y.enter(ada); !errors.Is(err, errFull) {
		t.Errorf("the fourth in a minute: %v", err)
	}
	clock.add(time.Minute)
	if err := y.enter(ada); err != nil {
		t.Errorf("a minute later: %v", err)
	}
	wait := y.close()
	if err := y.enter(bob); !errors.Is(err, errStopping) {
		t.Errorf("after the end: %v", err)
	}
	for _, who := range []identity{ada, ada, bob, grace, grace, grace} {
		y.leave(who)
	}
	wait()
}
