package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"kubetutor/internal/engine/cri/control"
)

const (
	helloLimit   = 2 * time.Second  // for an answer of a runtime that listens
	openingLimit = 15 * time.Second // for a new runtime to listen: the machine may be busy
	equipLimit   = 10 * time.Second // for one that answered to have its nodes
	firstLimit   = 30 * time.Second // for the first one to be there, all attempts together
	endingLimit  = 5 * time.Second  // for a runtime that was asked to end
	lookEvery    = 5 * time.Millisecond
)

// runtimeKeeper keeps the runtime process running, and a leash on it.
type runtimeKeeper struct {
	paths   layout
	program string
	id      string
	log     *slog.Logger
	client  *control.Client
	// equip gives a runtime that was started or taken over its nodes.
	equip func(context.Context, control.Hello) error
	limit time.Duration // for that

	mu      sync.Mutex
	pid     int           // 0: there is none
	up      bool          // it has its nodes
	last    error         // why the last attempt failed
	changed chan struct{} // closed at the next change of these; nil: nobody waits
}

// run keeps a runtime until ctx ends, then ends it.
func (r *runtimeKeeper) run(ctx context.Context) {
	var pause backoff
	for {
		began := time.Now()
		err := r.session(ctx)
		r.set(0, false, err)
		if ctx.Err() != nil {
			return
		}
		r.log.Warn("the runtime is to be started again", "cause", err)
		if !pause.wait(ctx, time.Since(began)) {
			return
		}
	}
}

var errHangs = errors.New("it does not answer any more")

// session holds one runtime until it or ctx ends.
func (r *runtimeKeeper) session(ctx context.Context) error {
	held, err := r.reach(ctx)
	if err != nil {
		return err
	}
	defer held.end(r.log)
	// One that answered may hang all the same, by now or in the middle of a call.
	holding, letGo := context.WithCancelCause(ctx)
	defer letGo(nil)
	hangs := time.AfterFunc(r.limit, func() { letGo(errHangs) })
	leash, err := r.client.Leash(holding)
	if err != nil {
		return fmt.Errorf("taking hold of the runtime: %w", cmp.Or(context.Cause(holding), err))
	}
	defer leash.Close()
	r.set(held.hello.PID, false, nil)
	if err := r.equip(holding, held.hello); err != nil {
		return fmt.Errorf("giving the runtime its nodes: %w", cmp.Or(context.Cause(holding), err))
	}
	hangs.Stop()
	r.set(held.hello.PID, true, nil)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-leash.Done():
		return errors.New("it ended")
	}
}

// reach takes over the runtime that an earlier engine of the same sources left,
// or starts one. One of other sources is ended, and one that does not answer.
func (r *runtimeKeeper) reach(ctx context.Context) (*heldRuntime, error) {
	hello, err := r.hello(ctx)
	if err != nil {
		if pid, err := r.client.PID(ctx); err == nil {
			r.log.Warn("killing a runtime that does not answer", "pid", pid)
			killGroup(pid)
		}
		return r.launch(ctx)
	}
	left := &heldRuntime{hello: hello}
	if hello.Engine == r.id {
		r.log.Info("took over a runtime", "pid", hello.PID)
		return left, nil
	}
	r.log.Info("ending a runtime of another engine", "pid", hello.PID, "engine", hello.Engine)
	left.end(r.log)
	return r.launch(ctx)
}

func (r *runtimeKeeper) hello(ctx context.Context) (control.Hello, error) {
	ctx, cancel := context.WithTimeout(ctx, helloLimit)
	defer cancel()
	return r.client.Hello(ctx)
}

// launch starts a runtime and waits until it answers.
func (r *runtimeKeeper) launch(ctx context.Context) (*heldRuntime, error) {
	p, err := child{
		program: r.program, args: []string{"runtime", "--sockets", r.paths.sockets, "--state", r.paths.dir},
		dir: r.paths.dir, log: r.paths.log("runtime"),
	}.start()
	if err != nil {
		return nil, err
	}
	held := &heldRuntime{child: p}
	if held.hello, err = r.answer(ctx, p); err != nil {
		p.kill()
		return nil, err
	}
	return held, nil
}

// answer waits for the first word of a runtime that was just started.
func (r *runtimeKeeper) answer(ctx context.Context, p *process) (control.Hello, error) {
	ctx, cancel := context.WithTimeout(ctx, openingLimit)
	defer cancel()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		hello, err := r.hello(ctx)
		if err == nil {
			return hello, nil
		}
		select {
		case <-ctx.Done():
			return hello, fmt.Errorf("the runtime does not answer: %w", err)
		case <-p.done:
			return hello, fmt.Errorf("the runtime ended as it started (%v); see %s", p.err, r.paths.log("runtime"))
		case <-tick.C:
		}
	}
}

// await waits until a runtime is there and has its nodes.
func (r *runtimeKeeper) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, firstLimit)
	defer cancel()
	for {
		up, changed, last := r.watch()
		if up {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("waiting for the runtime: %w", ctx.Err()), last)
		}
	}
}

func (r *runtimeKeeper) watch() (up bool, changed <-chan struct{}, last error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changed == nil {
		r.changed = make(chan struct{})
	}
	return r.up, r.changed, r.last
}

func (r *runtimeKeeper) set(pid int, up bool, last error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pid, r.up, r.last = pid, up, last
	if r.changed != nil {
		close(r.changed)
		r.changed = nil
	}
}

// process is the number of the runtime's process, 0 while there is none.
func (r *runtimeKeeper) process() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pid
}

// heldRuntime is a runtime that answered.
type heldRuntime struct {
	hello control.Hello
	child *process // nil: another engine started it
}

// end asks it to end, and kills it if it does not in time.
func (h *heldRuntime) end(log *slog.Logger) {
	if h.gone() {
		return
	}
	if err := terminate(h.hello.PID); err != nil {
		log.Warn("asking the runtime to end", "error", err)
	}
	for deadline := time.Now().Add(endingLimit); time.Now().Before(deadline); time.Sleep(lookEvery) {
		if h.gone() {
			return
		}
	}
	log.Warn("the runtime does not end: killing it", "pid", h.hello.PID)
	killGroup(h.hello.PID)
	if h.child != nil {
		<-h.child.done
	}
}

func (h *heldRuntime) gone() bool {
	if h.child == nil {
		return !alive(h.hello.PID)
	}
	select {
	case <-h.child.done:
		return true
	default:
		return false
	}
}
