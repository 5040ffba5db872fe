package class

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"kubetutor/internal/course"
)

// Options are what a Room is held with.
type Options struct {
	Now    func() time.Time // nil: time.Now
	Rand   io.Reader        // nil: crypto/rand
	Course *course.Course   // what the plan's lessons have; nil: nothing is known of them
	Yard   Yard             // nil: there are no labs
	Code   time.Duration    // how long a join code is good; 0: four hours
	Idle   time.Duration    // without progress for so long somebody is stuck; 0: five minutes
	Tries  int              // after so many failed tries somebody is stuck; 0: 3
}

func (o Options) filled() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	o.Code = cmp.Or(o.Code, 4*time.Hour)
	o.Idle = cmp.Or(o.Idle, 5*time.Minute)
	o.Tries = cmp.Or(o.Tries, 3)
	return o
}

// lesson finds a lesson of the course; nil where it is not known.
func (o Options) lesson(id string) *course.Lesson {
	if o.Course == nil {
		return nil
	}
	l, _ := o.Course.Lesson(id)
	return l
}

// How often a Room looks for what others have written to its store, and how often
// it writes down that it is being held.
const (
	lookEvery = time.Second
	heldEvery = 5 * time.Minute
)

// Room is a class that is being held. All its methods may be called from many
// goroutines; none of them waits for somebody who reads slowly.
type Room struct {
	o     Options
	store Store
	run   string // names the time from Open to Close
	bell  bell
	turn  chan struct{} // whoever writes to the store holds it; of size 1
	stop  context.CancelFunc
	done  sync.WaitGroup

	yard sync.Mutex // of telling the yard

	mu    sync.Mutex // of all below; nothing is waited for while it is held
	state *state
	live
}

// live is the part of a Room that ends with the server.
type live struct {
	door    door
	line    string
	printed string // the fingerprint of the host key
	stays   map[LearnerID]*stay
	chairs  map[string]*Presence // sessions of instructors
	shown   string               // the one whose screen is shown to all
	showing *Screen
	caption string
	asking  map[string]*asking
	closed  bool
	faults  []error // of Open
}

// Create writes the first event of a class. Its name is checked, its roster must
// have no name twice (see [ReadRoster]), its plan at least one lesson; ID and Began
// are filled in where they are empty. ErrExists: there is one already.
func Create(ctx context.Context, s Store, c Class) error {
	if err := c.check(); err != nil {
		return fmt.Errorf("making a class: %w", err)
	}
	if c.Began.IsZero() {
		c.Began = moment(time.Now())
	}
	if c.ID == "" {
		c.ID = ulid.Make().String()
	}
	e, err := newEvent(kindCreated, "", created{Format: format, Class: c})
	if err != nil {
		return err
	}
	e.At = c.Began
	if _, err := s.Append(ctx, "", e); err != nil {
		if errors.Is(err, ErrBehind) {
			return ErrExists
		}
		return fmt.Errorf("making the class %s: %w", c.Name, err)
	}
	return nil
}

// moment is a time as events keep it.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// Open opens a class by folding its events, and reads how far everybody has come.
// ErrNone, ErrNewer. It writes nothing. What others write to the store meanwhile
// (another server, a command on the same machine) it sees within a second.
func Open(ctx context.Context, s Store, o Options) (*Room, error) {
	r := &Room{o: o.filled(), store: s, run: ulid.Make().String(), turn: make(chan struct{}, 1), state: newState(), live: live{
		stays: map[LearnerID]*stay{}, chairs: map[string]*Presence{}, asking: map[string]*asking{},
	}}
	if err := r.catchUp(ctx); err != nil {
		return nil, fmt.Errorf("opening the class: %w", err)
	}
	switch {
	case r.state.last == "":
		return nil, fmt.Errorf("opening the class: %w", ErrNone)
	case r.state.format > format:
		return nil, fmt.Errorf("opening the class %s: %w", r.state.class.Name, ErrNewer)
	}
	r.state.emptied()
	if err := r.readAll(ctx); err != nil {
		return nil, fmt.Errorf("opening the class %s: %w", r.state.class.Name, err)
	}
	if r.o.Yard != nil {
		r.o.Yard.Changed(func() { r.bell.ring("") })
	}
	ctx, r.stop = context.WithCancel(context.WithoutCancel(ctx))
	r.done.Go(func() { r.keep(ctx) })
	return r, nil
}

// Close ends the sessions and looks, and what follows the store. It closes
// neither the Store nor the Yard.
func (r *Room) Close() error {
	r.mu.Lock()
	r.live.closed = true
	sessions := slices.Collect(maps.Values(r.chairs))
	for _, s := range r.stays {
		sessions = append(sessions, s.sessions...)
	}
	r.mu.Unlock()
	for _, p := range sessions {
		p.Leave()
	}
	r.stop()
	r.done.Wait()
	return nil
}

// keep follows the store, and notes in it every few minutes that people are here:
// so a server that is killed is known to have been up until then.
func (r *Room) keep(ctx context.Context) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		// What fails here fails again for whoever does something, and is told to them.
		_ = r.hold(ctx)
		_ = r.exclusively(ctx, func() error { return r.catchUp(ctx) })
	}
}

func (r *Room) hold(ctx context.Context) error {
	r.mu.Lock()
	due := !r.state.held.since.IsZero() && r.now().Sub(r.state.alive) >= heldEvery && !r.live.closed
	r.mu.Unlock()
	if !due {
		return nil
	}
	return r.write(ctx, kindHeld, "", func() (any, error) { return session{Run: r.run}, nil })
}

func (r *Room) now() time.Time { return moment(r.o.Now()) }

// exclusively runs f while nobody else here writes to the store.
func (r *Room) exclusively(ctx context.Context, f func() error) error {
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-r.turn }()
	return f()
}

// catchUp folds what the store has that is not folded yet.
func (r *Room) catchUp(ctx context.Context) error {
	r.mu.Lock()
	after := r.state.last
	r.mu.Unlock()
	return r.store.Events(ctx, after, r.fold)
}

// fold takes an event into the state and wakes whom it concerns.
func (r *Room) fold(e Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.state.fold(e)
	r.afterFold(e)
	r.bell.ring(e.Who)
	return err
}

// afterFold brings what is alive in step with an event.
func (r *Room) afterFold(e Event) {
	switch e.Kind {
	case kindCode:
		r.door = door{} // guesses at the old code are worth nothing
	case kindJoined:
		r.stays[e.Who] = newStay(e.At)
	}
}

// maxBehind is how often a decision is taken anew because somebody else wrote
// meanwhile.
const maxBehind = 100

// write decides on an event and appends it. Decide sees the newest state, with the
// lock held; it is asked again where another server has written meanwhile. Once
// write returns nil the event is in the store and in the state. Its data is folded
// as it will be read again.
//
// The context bounds waiting for one's turn, not the writing: who leaves in that
// moment has done it.
func (r *Room) write(ctx context.Context, kind string, who LearnerID, decide func() (any, error)) error {
	return r.exclusively(ctx, func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		for range maxBehind {
			err := r.append(ctx, kind, who, decide)
			if !errors.Is(err, ErrBehind) {
				return err
			}
			if err := r.catchUp(ctx); err != nil {
				return err
			}
		}
		return ErrBehind
	})
}

func (r *Room) append(ctx context.Context, kind string, who LearnerID, decide func() (any, error)) error {
	e, after, err := r.decided(kind, who, decide)
	if err != nil {
		return err
	}
	if e.ID, err = r.store.Append(ctx, after, e); err != nil {
		return fmt.Errorf("writing down %s: %w", kind, err)
	}
	return r.fold(e)
}

// decided is the event that a decision comes to, and the one that it comes after.
func (r *Room) decided(kind string, who LearnerID, decide func() (any, error)) (e Event, after string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	data, err := decide()
	if err != nil {
		return e, "", err
	}
	e, err = newEvent(kind, who, data)
	e.At = r.now()
	return e, r.state.last, err
}

// Class is what the instructor has set up.
func (r *Room) Class() Class {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state.class
}

// Over tells whether the class has been ended.
func (r *Room) Over() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state.over
}

// Learners lists who has joined, by their names.
func (r *Room) Learners() []Learner {
	r.mu.Lock()
	defer r.mu.Unlock()
	members := slices.SortedFunc(maps.Values(r.state.learners), func(a, b *member) int { return cmp.Compare(a.key, b.key) })
	list := make([]Learner, len(members))
	for i, m := range members {
		list[i] = m.Learner
	}
	return list
}

// Learner finds somebody who has joined.
func (r *Room) Learner(who LearnerID) (Learner, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.state.learners[who]
	if m == nil {
		return Learner{}, false
	}
	return m.Learner, true
}

// Announce says how the class is joined: the line to type and the fingerprint of
// the host key.
func (r *Room) Announce(line, fingerprint string) {
	r.mu.Lock()
	r.line, r.printed = line, fingerprint
	r.mu.Unlock()
	r.bell.ring("")
}

// Renew makes another join code, good for so long (0: as in Options). The old one
// is no longer, and all counts of wrong tries begin anew.
func (r *Room) Renew(ctx context.Context, instructor string, good time.Duration) (Join, error) {
	if good < 0 {
		return Join{}, fmt.Errorf("%w: a join code is good for some time", ErrOrder)
	}
	code, err := draw(r.o.Rand, joinLength)
	if err != nil {
		return Join{}, err
	}
	err = r.write(ctx, kindCode, "", func() (any, error) {
		return coded{by: by{instructor}, Code: grouped(code), Expires: r.now().Add(cmp.Or(good, r.o.Code))}, nil
	})
	return r.Join(), err
}

// Join is how the class is joined now. The code is empty before the first Renew.
func (r *Room) Join() Join {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.join()
}

func (r *Room) join() Join {
	return Join{Line: r.line, Fingerprint: r.printed, Code: r.state.code.Code, Expires: r.state.code.Expires}
}
