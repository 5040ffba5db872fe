package yard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"kubetutor/internal/class"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
)

// town is a machine of made-up labs.
type town struct {
	mu    sync.Mutex
	labs  map[class.LearnerID]*house
	limit int
	over  bool // more than limit have been awake at once
	start time.Duration
	sleep time.Duration
}

func newTown(limit int) *town {
	return &town{labs: map[class.LearnerID]*house{}, limit: limit, start: 2 * time.Second, sleep: time.Second}
}

// house is a made-up lab, which keeps count of what was asked of it.
type house struct {
	lab.Service
	town   *town
	who    class.LearnerID
	broken error // it does not start

	runs, kept     bool
	hangs          bool // it does not answer any more
	starts, sleeps int
	closed         bool
	line           time.Duration // how long a line of its console takes
}

func (t *town) lab(who class.LearnerID) (Lab, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := &house{town: t, who: who}
	t.labs[who] = h
	return h, nil
}

func (t *town) of(who class.LearnerID) *house {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.labs[who]
}

func (t *town) change(who class.LearnerID, f func(*house)) {
	h := t.of(who)
	t.mu.Lock()
	defer t.mu.Unlock()
	f(h)
}

func (t *town) awake() (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, h := range t.labs {
		if h.runs {
			n++
		}
	}
	return n
}

// count notes that more are awake than may be.
func (t *town) count() {
	n := t.awake()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = t.over || n > t.limit
}

func (h *house) Awake(ctx context.Context) (bool, error) {
	h.town.mu.Lock()
	runs, hangs := h.runs, h.hangs
	h.town.mu.Unlock()
	if hangs {
		<-ctx.Done()
		return false, context.Cause(ctx)
	}
	return runs, nil
}

func (h *house) Close() {
	h.town.mu.Lock()
	defer h.town.mu.Unlock()
	h.closed = true
}

func (h *house) Kill(context.Context) error {
	h.town.mu.Lock()
	defer h.town.mu.Unlock()
	h.runs, h.hangs = false, false
	return nil
}

func (h *house) Prepare(context.Context, func(lab.Engine)) error { return nil }

func (h *house) Status(context.Context) (protocol.Status, error) {
	return protocol.Status{Name: string(h.who), LogFile: "/secret/log", Kubeconfig: "/secret/k", Workspace: "/secret/w", PID: 7}, nil
}

// run begins to run, which counts from the beginning.
func (h *house) run(ctx context.Context) error {
	h.town.mu.Lock()
	broken, ran := h.broken, h.runs
	if broken == nil {
		h.runs, h.kept = true, true
	}
	if !ran {
		h.starts++
	}
	h.town.mu.Unlock()
	h.town.count()
	if ran && broken == nil {
		return nil
	}
	return cmp.Or(pass(ctx, h.town.start), broken)
}

func pass(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (h *house) Up(ctx context.Context, _ func(protocol.Stage)) (protocol.Status, error) {
	return protocol.Status{State: protocol.StateUp}, h.run(ctx)
}

func (h *house) StartLab(ctx context.Context, req protocol.StartLab, _ func(protocol.Stage)) (protocol.Attempt, error) {
	return protocol.Attempt{Number: req.Number}, h.run(ctx)
}

func (h *house) Sleep(ctx context.Context) (protocol.Status, error) {
	h.town.mu.Lock()
	ran, hangs := h.runs, h.hangs
	h.town.mu.Unlock()
	if !ran {
		return protocol.Status{}, nil
	}
	if hangs {
		<-ctx.Done()
		return protocol.Status{}, context.Cause(ctx)
	}
	err := pass(ctx, h.town.sleep)
	h.town.mu.Lock()
	defer h.town.mu.Unlock()
	if err == nil {
		h.runs = false
		h.sleeps++
	}
	return protocol.Status{}, err
}

func (h *house) Down(ctx context.Context) (protocol.Status, error) {
	_, err := h.Sleep(ctx)
	return protocol.Status{}, err
}

var errNone = errors.New("nobody is there")

func (h *house) OpenConsole(_ context.Context, req protocol.OpenConsole) (lab.Console, error) {
	h.town.mu.Lock()
	defer h.town.mu.Unlock()
	if !h.runs {
		return nil, errNone
	}
	return &room{house: h, start: h.starts, columns: req.Columns}, nil
}

func (h *house) Judge(context.Context, protocol.Judge) (j protocol.Judgement, err error) {
	h.town.mu.Lock()
	defer h.town.mu.Unlock()
	if !h.runs {
		return j, errNone
	}
	return j, nil
}

// room is a console of one life of a house.
type room struct {
	lab.Console
	house   *house
	start   int
	columns int
	ran     []string
}

func (r *room) Info() protocol.Console { return protocol.Console{Directory: "."} }
func (r *room) Close() error           { return nil }

func (r *room) Run(ctx context.Context, line string, out func(protocol.Output)) (protocol.Exit, bool, error) {
	h := r.house
	h.town.mu.Lock()
	gone, took := !h.runs || h.starts != r.start, h.line
	h.town.mu.Unlock()
	if gone {
		return protocol.Exit{}, false, errNone
	}
	r.ran = append(r.ran, line)
	out(protocol.Output{Data: fmt.Appendf(nil, "%d %q", r.columns, r.ran)})
	return protocol.Exit{Directory: "made/up"}, false, pass(ctx, took)
}

// open makes a yard in a town; it is closed at the end.
func open(t *testing.T, tn *town, o Options) *Yard {
	t.Helper()
	o.Limit, o.Labs = tn.limit, tn.lab
	y, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := y.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if n := tn.awake(); n > 0 {
			t.Errorf("%d labs are left behind", n)
		}
		if tn.over {
			t.Errorf("more than %d labs were awake at once", tn.limit)
		}
	})
	return y
}

// here is a learner with a session.
func here(t *testing.T, y *Yard, who class.LearnerID) lab.Service {
	t.Helper()
	y.Present(who, 1)
	s, err := y.Lab(who)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
