package network

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/labels"

	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/engine/network/policy"
)

const (
	// gathering is how long a change waits for those that come with it. A write to
	// the API shall be in force before whoever wrote it can see otherwise.
	gathering = 2 * time.Millisecond
	// restFactor is how many times as long as the last round took the next one waits,
	// so that a cluster in turmoil does not keep a core busy with policies; restMost is
	// how long at most.
	restFactor = 3
	restMost   = 60 * time.Millisecond
	// retry is the pause after the runtime could not be told.
	retry = 200 * time.Millisecond
	// pushLimit is how long the runtime may take to accept policies.
	pushLimit = 5 * time.Second
)

// enforcer keeps the runtime's policies as the API's objects have them.
type enforcer struct {
	objects *objects
	push    func(context.Context, control.Policies) error
	log     *slog.Logger
	changed chan struct{} // holds one if objects have changed since the last round began

	mu     sync.Mutex       // held for a round
	last   control.Policies // what the runtime has been told
	failed bool             // it may have something else
}

func newEnforcer(o *objects, push func(context.Context, control.Policies) error, log *slog.Logger) *enforcer {
	return &enforcer{objects: o, push: push, log: log, changed: make(chan struct{}, 1), failed: true}
}

// follow lets changes of objects begin rounds.
func (e *enforcer) follow() error {
	for _, kind := range []string{kindPod, kindNamespace, kindNetworkPolicy} {
		if _, err := e.objects.follow(kind, func(any) { e.wake() }); err != nil {
			return err
		}
	}
	return nil
}

func (e *enforcer) wake() {
	select {
	case e.changed <- struct{}{}:
	default: // the round that is to come will see it
	}
}

// run begins a round after every change, until ctx ends.
func (e *enforcer) run(ctx context.Context) {
	rest := gathering
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.changed:
		}
		if !sleep(ctx, rest) {
			return
		}
		began := time.Now()
		if err := e.round(ctx, false); err != nil && ctx.Err() == nil {
			e.log.Warn("policies could not be pushed", "error", err)
			rest = retry
			e.wake()
			continue
		}
		rest = min(max(gathering, restFactor*time.Since(began)), restMost)
	}
}

// round tells the runtime the present policies, if they differ from what it has or
// it may have forgotten.
func (e *enforcer) round(ctx context.Context, forgotten bool) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	policies, err := e.compile()
	if err != nil {
		return err
	}
	if !forgotten && !e.failed && reflect.DeepEqual(policies, e.last) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, pushLimit)
	defer cancel()
	e.failed = true
	if err := e.push(ctx, policies); err != nil {
		return fmt.Errorf("pushing the policies: %w", err)
	}
	e.last, e.failed = policies, false
	return nil
}

func (e *enforcer) compile() (control.Policies, error) {
	policies, err := e.objects.policies.List(labels.Everything())
	if err != nil || len(policies) == 0 {
		return control.Policies{}, err
	}
	pods, err := e.objects.pods.List(labels.Everything())
	if err != nil {
		return nil, err
	}
	namespaces, err := e.objects.namespaces.List(labels.Everything())
	if err != nil {
		return nil, err
	}
	return policy.Compile(policies, pods, namespaces), nil
}

// sleep is false if ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
