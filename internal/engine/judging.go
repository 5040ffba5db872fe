package engine

import (
	"context"
	"time"

	"k8s.io/client-go/rest"

	"kubetutor/internal/course"
	"kubetutor/internal/engine/check"
	"kubetutor/internal/engine/setup"
	"kubetutor/internal/lab/protocol"
)

// judging is what works on any cluster: the set-up and the checks.
type judging struct {
	applier *setup.Applier
	checker *check.Checker
	config  *rest.Config // of the set-up
	end     context.CancelFunc
}

func newJudging(setupConfig *rest.Config, checks check.Options) (*judging, error) {
	applier, err := setup.New(setupConfig)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	checker, err := check.Open(ctx, checks)
	if err != nil {
		cancel()
		return nil, err
	}
	return &judging{applier: applier, checker: checker, config: setupConfig, end: cancel}, nil
}

// Follow judges a lab until ctx ends.
func (j *judging) Follow(ctx context.Context, lab *course.Lab, vars map[string]string, since time.Time, gap bool, changed func(checks []protocol.Verdict, hints []int)) error {
	return j.checker.Follow(ctx, lab, vars, since, gap, changed)
}

// Settled waits until all conditions hold.
func (j *judging) Settled(ctx context.Context, conditions []course.Check, namespace string, vars map[string]string, waiting func([]protocol.Verdict)) error {
	return j.checker.Settled(ctx, conditions, namespace, vars, waiting)
}

// AtRest judges once nothing changes any more.
func (j *judging) AtRest(ctx context.Context, lab *course.Lab, vars map[string]string, since time.Time, quiet, limit time.Duration) (checks []protocol.Verdict, hints []int, err error) {
	return j.checker.AtRest(ctx, lab, vars, since, quiet, limit)
}

// Judge judges a manifest by a dry run as the set-up's user.
func (j *judging) Judge(ctx context.Context, req protocol.Judge) (protocol.Judgement, error) {
	return j.checker.Judge(ctx, j.config, req)
}
