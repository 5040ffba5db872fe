package lab

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
)

// job is the one build of this process, which ends when nobody waits for it any
// more.
type job struct {
	cancel context.CancelFunc
	done   chan struct{}

	mu      sync.Mutex
	waiting map[int]func(Engine)
	next    int
	over    bool // the last waiter has left
}

// join adds a waiter; leave takes it away again and cancels the build if it was
// the last one. A build that was cancelled so cannot be joined: leave is nil.
func (j *job) join(changed func(Engine)) (leave func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.over {
		return nil
	}
	id := j.next
	j.next++
	j.waiting[id] = changed
	return func() { j.leave(id) }
}

func (j *job) leave(id int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.waiting, id)
	if len(j.waiting) == 0 {
		j.over = true
		j.cancel()
	}
}

// tell passes a change on to everybody who waits.
func (j *job) tell(e Engine) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, changed := range j.waiting {
		changed(e)
	}
}

// Engine tells where the engine's program stands, without doing anything.
func (l *Labs) Engine() Engine {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.engine
}

// set remembers where the engine stands.
func (l *Labs) set(e Engine) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.engine = e
}

// Look looks for the engine's program without building it.
func (l *Labs) Look() Engine {
	if e := l.Engine(); e.State == EngineReady || e.State == EngineBuilding {
		return e
	}
	e, ok, err := l.find().find()
	switch {
	case err != nil:
		e = Engine{State: EngineMissing, Reason: err.Error()}
	case !ok && l.build == nil:
		e = Engine{State: EngineMissing, Reason: noEngine(runtime.GOOS)}
	case !ok:
		return Engine{State: EngineUnknown} // it can be built
	}
	l.set(e)
	return e
}

// noEngine is the reason where neither a program nor sources are there.
func noEngine(system string) string {
	if system == "windows" {
		return "There is no engine for Windows: lessons and questions work, labs do not. Run kubetutor in WSL 2 or on a Linux machine over ssh to do labs."
	}
	return "The engine kubelab is not there: put it beside kubetutor (a release holds both), name it with --kubelab FILE, or run kubetutor from its source checkout, which builds it."
}

// Prepare finds the engine or builds it, telling of every change from one
// goroutine at a time. Several callers share one build, which ends when the last
// of them is gone. The error wraps ErrNoEngine where there will be none. The
// function changed must not wait for Prepare to return.
func (l *Labs) Prepare(ctx context.Context, changed func(Engine)) error {
	for {
		switch e := l.Look(); {
		case e.State == EngineReady:
			changed(e)
			return nil
		case e.State == EngineMissing:
			changed(e)
			return missing(e)
		}
		j, leave := l.joinBuild(changed)
		err := j.wait(ctx)
		if leave == nil && err == nil {
			continue // that one was being cancelled: begin anew
		}
		if leave != nil {
			leave()
		}
		if err != nil {
			return err
		}
		return l.outcome()
	}
}

// wait waits for the end of the build.
func (j *job) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-j.done:
		return nil
	}
}

// outcome is how a build ended.
func (l *Labs) outcome() error {
	switch e := l.Engine(); e.State {
	case EngineReady:
		return nil
	case EngineMissing:
		return missing(e)
	}
	return context.Canceled
}

func missing(e Engine) error { return fmt.Errorf("%w: %s", ErrNoEngine, e.Reason) }

// joinBuild joins the running build or begins one. Where the running one is
// being cancelled, leave is nil.
func (l *Labs) joinBuild(changed func(Engine)) (j *job, leave func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.job != nil {
		return l.job, l.job.join(changed)
	}
	ctx, cancel := context.WithCancel(context.Background())
	j = &job{cancel: cancel, done: make(chan struct{}), waiting: make(map[int]func(Engine))}
	leave = j.join(changed)
	l.job = j
	l.jobs.Go(func() { l.runBuild(ctx, j) })
	return j, leave
}

// runBuild runs the build and leaves behind how it ended.
func (l *Labs) runBuild(ctx context.Context, j *job) {
	defer j.cancel()
	defer close(j.done)
	b := *l.build
	b.id = l.find().id
	file, err := b.build(ctx, func(e Engine) {
		l.set(e)
		j.tell(e)
	})
	e := ended(file, b.id, err)
	l.mu.Lock()
	l.engine, l.job = e, nil
	l.mu.Unlock()
	j.tell(e)
}

// ended is where the engine stands after a build.
func ended(file, id string, err error) Engine {
	switch {
	case err == nil:
		return Engine{State: EngineReady, File: file, ID: id}
	case errors.Is(err, context.Canceled):
		return Engine{State: EngineUnknown}
	}
	return Engine{State: EngineMissing, Reason: err.Error()}
}
