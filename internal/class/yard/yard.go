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
	"context"
	"log/slog"
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
	// Close ends what runs on behalf of the service; the lab goes on.
	Close()
}

// Yard is the labs of a class on this machine. It is safe for concurrent use.
type Yard struct {
	options Options
}

var _ class.Yard = (*Yard)(nil)

// New finds the labs of a class that are there already, those that are awake
// included. The error says that a directory or a name cannot be used. Close ends
// it.
func New(o Options) (*Yard, error) { return &Yard{options: o}, nil }

// Engine tells where the engine's program stands, which is one for all.
func (y *Yard) Engine() lab.Engine { return lab.Engine{} }

// Prepare finds the engine's program or builds it, telling of every change: a class
// does well to do so before the room comes. All who ask wait for the same build.
func (y *Yard) Prepare(ctx context.Context, changed func(lab.Engine)) error { return nil }

// Lab is a learner's service, the same for all of their sessions. The error says
// that the ID cannot be part of a directory's name.
func (y *Yard) Lab(who class.LearnerID) (lab.Service, error) { return nil, nil }

// Present says how many sessions a learner has.
func (y *Yard) Present(who class.LearnerID, sessions int) {}

// Labs tells how many are awake, asleep and waited for.
func (y *Yard) Labs() class.Labs { return class.Labs{} }

// Queue is a learner's place in the queue, from 1; 0 is none.
func (y *Yard) Queue(who class.LearnerID) int { return 0 }

// Changed asks for f to be called after changes of what Labs and Queue tell, from a
// goroutine of the yard, once for several that come together.
func (y *Yard) Changed(f func()) {}

// Close puts every lab to sleep, all at the same time, and waits for it until the
// context ends. Who waits is refused, and so is every call that comes later.
func (y *Yard) Close(ctx context.Context) error { return nil }
