// Package yard gives the learners of a class their labs, as processes of this
// machine: an engine (package lab) for each learner, with directories and sockets
// of its own, started when it is first needed and put to sleep when it is not.
//
// So many may be awake at once as Options.Limit says. Who needs one more waits in a
// queue, first come, first served, and is told the place. While somebody waits, the
// lab that has been left alone for longest falls asleep for them: first those whose
// learner is away, then those that nothing was asked of for Options.Idle; never one
// in which something runs. A lab that sleeps keeps its state and wakes at the next
// need.
//
// Engines outlive a server that is killed, for a while: they fall asleep by
// themselves once nobody has asked anything of them (Options.Idle and Linger), and a
// new server on the same directory finds those that are still awake and counts them.
package yard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"kubetutor/internal/class"
	"kubetutor/internal/lab"
)

// The defaults of Options.
const (
	// DefaultIdle is how long a lab may be left alone before it can be put to sleep
	// for somebody who waits.
	DefaultIdle = 10 * time.Minute
	// DefaultGrace is how long somebody who dropped out of the queue keeps the place.
	DefaultGrace = 30 * time.Second
	// Linger is for how much longer than Options.Idle an engine stays awake by itself
	// when nobody asks anything of it, as after the death of its server.
	Linger = 5 * time.Minute
)

// Options say where labs live and how many may be awake. Dir is needed.
type Options struct {
	// Dir is the directory of the class. A learner's state is in learners/ID/state
	// below it.
	Dir string
	// Runtime is a short directory for sockets, which must be this user's alone; ""
	// is one that follows from Dir, below XDG_RUNTIME_DIR, else below /tmp.
	Runtime string
	// Environ is as of os.Environ, which is the default. Engines get of it what they
	// need (see Scrub), the build of the engine's program all of it.
	Environ []string
	// Kubelab is the engine's program; "" finds or builds the one that goes with this
	// program. EngineID is its id in a release, as in lab.Options.
	Kubelab  string
	EngineID string
	// Limit is how many labs may be awake at once; 0 is what this machine carries, see
	// Capacity.
	Limit int
	// Starts is how many may be starting at the same time; 0 is one for each
	// processor.
	Starts int
	// Idle and Grace are DefaultIdle and DefaultGrace where they are 0.
	Idle, Grace time.Duration
	// Log takes what the instructor's machine should remember of labs; nil is nowhere.
	Log *slog.Logger
	// Labs makes a learner's service where it is not an engine of this machine, as in
	// tests; nil is engines. It is called once for each learner.
	Labs func(who class.LearnerID) (Lab, error)
}

// Lab is what a Yard needs of a learner's lab: the service itself, and whether its
// engine runs now, which is asked without starting it.
type Lab interface {
	lab.Service
	// Awake tells whether an engine runs. An error means that it cannot be known.
	Awake(ctx context.Context) (bool, error)
	// Kill ends an engine that does not answer, and waits for its end.
	Kill(ctx context.Context) error
	// Close ends what runs on behalf of the service; the lab goes on.
	Close()
}

// Yard is the labs of a class on this machine. It is safe for concurrent use.
type Yard struct {
	options Options
	engines *engines // nil where Options.Labs makes the services
	log     *slog.Logger

	end    context.CancelCauseFunc // refuses whoever comes later, and ends what runs
	ending context.Context         // ended by it
	work   sync.WaitGroup          // what the yard does by itself, and all calls of services
	stir   chan struct{}           // there is something to tell, of capacity 1

	mu      sync.Mutex
	closed  bool
	plots   map[class.LearnerID]*plot
	queue   []*ticket
	told    class.Labs // as Changed was last told
	changed []func()
	timer   *time.Timer // looks again when somebody's time is up
}

var _ class.Yard = (*Yard)(nil)

// New finds the labs of a class that are there already, those that are awake
// included. The error says that a directory or a name cannot be used. Close ends
// it.
func New(o Options) (*Yard, error) {
	y := &Yard{options: o.withDefaults(), plots: map[class.LearnerID]*plot{}, stir: make(chan struct{}, 1)}
	y.log = y.options.Log
	if y.options.Labs == nil {
		var err error
		if y.engines, err = newEngines(y.options); err != nil {
			return nil, err
		}
		y.options.Labs = y.engines.lab
	}
	y.ending, y.end = context.WithCancelCause(context.Background())
	y.timer = time.AfterFunc(never, y.look)
	if err := y.adopt(); err != nil {
		y.end(err)
		return nil, err
	}
	y.work.Go(y.tell)
	y.work.Go(y.watch)
	return y, nil
}

// never is longer than any class lasts.
const never = 1 << 62

func (o Options) withDefaults() Options {
	o.Idle, o.Grace = cmp.Or(o.Idle, DefaultIdle), cmp.Or(o.Grace, DefaultGrace)
	if o.Limit <= 0 {
		o.Limit = capacityHere()
	}
	if o.Starts <= 0 {
		o.Starts = runtime.NumCPU()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// adopt takes over the labs that an earlier server of the class has left: those
// that are awake have their places.
func (y *Yard) adopt() error {
	if y.engines == nil {
		return nil
	}
	found, err := y.engines.learners()
	if err != nil {
		return err
	}
	for _, who := range found {
		p, err := y.plot(who)
		if err != nil {
			return err
		}
		p.kept = true
		if y.engines.adopt(y.ending, p.lab) {
			p.begin()
			p.phase = awake
		}
	}
	return nil
}

// Limit is how many labs may be awake at once.
func (y *Yard) Limit() int { return y.options.Limit }

// Engine tells where the engine's program stands, which is one for all.
func (y *Yard) Engine() lab.Engine {
	if y.engines == nil {
		return lab.Engine{State: lab.EngineReady}
	}
	return y.engines.shared.Engine()
}

// Prepare finds the engine's program or builds it, telling of every change: a class
// does well to do so before the room comes. All who ask wait for the same build.
func (y *Yard) Prepare(ctx context.Context, changed func(lab.Engine)) error {
	if y.engines == nil {
		changed(y.Engine())
		return nil
	}
	return y.engines.shared.Prepare(ctx, changed)
}

// Lab is a learner's service, the same for all of their sessions. The error says
// that the ID cannot be part of a directory's name.
func (y *Yard) Lab(who class.LearnerID) (lab.Service, error) {
	p, err := y.plot(who)
	if err != nil {
		return nil, err
	}
	return &service{yard: y, plot: p}, nil
}

// plot is a learner's, made when it is first asked for.
func (y *Yard) plot(who class.LearnerID) (*plot, error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if p, ok := y.plots[who]; ok {
		return p, nil
	}
	l, err := y.options.Labs(who)
	if err != nil {
		return nil, fmt.Errorf("making a place for the lab of %s: %w", who, err)
	}
	now := time.Now()
	p := &plot{who: who, lab: l, used: now, left: now}
	y.plots[who] = p
	return p, nil
}

// Present says how many sessions a learner has.
func (y *Yard) Present(who class.LearnerID, sessions int) {
	p, err := y.plot(who)
	if err != nil {
		return // nobody's lab: Lab says why
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	if p.sessions > 0 && sessions == 0 {
		p.left = time.Now()
	}
	p.sessions = sessions
	y.move()
}

// Labs tells how many are awake, asleep and waited for.
func (y *Yard) Labs() class.Labs {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.count()
}

// Queue is a learner's place in the queue, from 1; 0 is none.
func (y *Yard) Queue(who class.LearnerID) int {
	y.mu.Lock()
	defer y.mu.Unlock()
	if p := y.plots[who]; p != nil && p.ticket != nil {
		return p.ticket.place
	}
	return 0
}

// Changed asks for f to be called after changes of what Labs and Queue tell, from a
// goroutine of the yard, once for several that come together.
func (y *Yard) Changed(f func()) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.changed = append(y.changed, f)
}

// tell calls those who asked for it after changes.
func (y *Yard) tell() {
	for {
		select {
		case <-y.ending.Done():
			return
		case <-y.stir:
		}
		y.mu.Lock()
		all := slices.Clone(y.changed)
		y.mu.Unlock()
		for _, f := range all {
			f()
		}
	}
}

// errClosed refuses whoever asks for a lab of a class that is no longer served.
var errClosed = errors.New("the class is no longer served")

// Close puts every lab to sleep, all at the same time, and waits for it until the
// context ends. Who waits is refused, and so is every call that comes later.
func (y *Yard) Close(ctx context.Context) error {
	y.mu.Lock()
	y.closed = true
	y.timer.Stop()
	plots := slices.Collect(maps.Values(y.plots))
	y.mu.Unlock()
	y.end(errClosed)
	if err := y.settled(ctx); err != nil { // nothing starts any more
		return err
	}
	errs := make([]error, len(plots))
	var all sync.WaitGroup
	for i, p := range plots {
		all.Go(func() {
			defer p.lab.Close()
			if errs[i] = p.end(ctx, y.log); errs[i] == nil && y.engines != nil {
				y.engines.tidy(p.who)
			}
		})
	}
	all.Wait()
	if y.engines != nil {
		y.engines.shared.Close()
	}
	return errors.Join(errs...)
}

// settled waits until nothing runs on behalf of this yard.
func (y *Yard) settled(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		y.work.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for what runs in labs: %w", context.Cause(ctx))
	}
}
