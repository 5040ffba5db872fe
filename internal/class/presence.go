package class

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/oklog/ulid/v2"
	"golang.org/x/time/rate"

	"kubetutor/internal/progress"
)

// maxSessions is how many sessions a learner may have at once.
const maxSessions = 8

// Presence is one session of somebody in the room: their Seat, and their screen as
// far as others may see it. A learner may have several at once.
type Presence struct {
	room   *Room
	id     string
	who    LearnerID // empty: an instructor
	by     string    // the instructor
	own    bool
	resume string // the new resume code, in the first session after it was made
	since  time.Time
	at     Place // of an instructor; a learner's is in the tally
	leave  sync.Once
	gone   chan struct{}

	watchers atomic.Int32 // how many look at the screen
	given    atomic.Bool  // the name is somebody else's now
}

var (
	_ Seat    = (*Presence)(nil)
	_ Painter = (*Presence)(nil)
)

// stay is a learner in the room, while they are here and after.
type stay struct {
	tally    *tally
	sessions []*Presence
	seen     time.Time // the last sign of life
	standing Standing
	looks    []*look
	resume   string // a new code, to be shown in the next session
	own      *ownStore
	says     *rate.Limiter // what goes into the class's events
}

// A learner writes so much into the events of the class: thirty things at once, then
// one a second. Whoever floods waits for themselves; the file grows by a few MB in a
// day of that.
const (
	saysAtOnce    = 30
	saysPerSecond = 1
)

func newStay(seen time.Time) *stay {
	return &stay{tally: newTally(), seen: seen, says: rate.NewLimiter(saysPerSecond, saysAtOnce), own: newOwnStore()}
}

// Enter begins a session of a learner; the first one notes their attendance. Own
// says that they work with a program and labs of their own machine: what is
// Recorded then goes into their progress here. ErrUnknown; ErrFull, where they have
// eight sessions; ErrOver, after the end, but not for those with labs of their own,
// who may still bring what they did.
func (r *Room) Enter(ctx context.Context, who LearnerID, own bool) (*Presence, error) {
	p := &Presence{room: r, id: ulid.Make().String(), who: who, own: own, gone: make(chan struct{})}
	if err := r.patience(ctx, who); err != nil {
		return nil, fmt.Errorf("entering: %w", err)
	}
	first, err := r.begin(p)
	if err != nil {
		return nil, err
	}
	r.tellYard(who)
	if first {
		err = r.write(ctx, kindEntered, who, func() (any, error) { return session{Run: r.run}, nil })
	}
	if err != nil {
		p.Leave()
		return nil, fmt.Errorf("entering: %w", err)
	}
	return p, nil
}

// begin adds a session, and tells whether it is the learner's first.
func (r *Room) begin(p *Presence) (first bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.stays[p.who]
	switch {
	case s == nil:
		return false, ErrUnknown
	case r.state.over && !p.own, r.live.closed:
		return false, ErrOver
	case len(s.sessions) >= maxSessions:
		return false, ErrFull
	}
	p.resume, s.resume = s.resume, ""
	p.since = r.now()
	s.sessions, s.seen = append(s.sessions, p), p.since
	if p.own {
		s.own.take()
	}
	r.bell.ring(p.who)
	return len(s.sessions) == 1, nil
}

// tellYard says how many sessions a learner has. The yard may ask the room, and so
// is told without its lock; of two who tell, the second tells the newest.
func (r *Room) tellYard(who LearnerID) {
	if r.o.Yard == nil {
		return
	}
	r.yard.Lock()
	defer r.yard.Unlock()
	r.mu.Lock()
	n := len(r.stays[who].sessions)
	r.mu.Unlock()
	r.o.Yard.Present(who, n)
}

// EnterInstructor begins a terminal session of an instructor, whose screen can be
// shown to all. Of a Seat it has Follow, and Recorded tells the board where they
// are; its other methods do nothing.
func (r *Room) EnterInstructor(by string) *Presence {
	p := &Presence{room: r, id: ulid.Make().String(), by: Clean(by, maxName), gone: make(chan struct{}), since: r.now()}
	r.mu.Lock()
	r.chairs[p.id] = p
	r.mu.Unlock()
	r.bell.ring("")
	return p
}

// ID names the session, as on the Board.
func (p *Presence) ID() string { return p.id }

// Gone is closed when the session ends: by Leave, because the Room closes, or because
// the name was given to somebody else.
func (p *Presence) Gone() <-chan struct{} { return p.gone }

// Given tells whether the session ended because an instructor gave the name to
// somebody else.
func (p *Presence) Given() bool { return p.given.Load() }

// Leave ends the session. What was looked at on its screen ends with it. Leaving
// twice is leaving once.
func (p *Presence) Leave() {
	p.leave.Do(func() {
		close(p.gone)
		if p.who == "" {
			p.room.riseFrom(p)
			return
		}
		p.room.end(p)
		p.room.tellYard(p.who)
		if p.own {
			p.room.stay(p.who).own.release()
		}
		p.room.left(p.who)
	})
}

// patience lets a learner wait who says too much.
func (r *Room) patience(ctx context.Context, who LearnerID) error {
	s := r.stay(who)
	if s == nil {
		return ErrUnknown
	}
	return s.says.Wait(ctx)
}

func (r *Room) stay(who LearnerID) *stay {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stays[who]
}

// end takes a session out of the room.
func (r *Room) end(p *Presence) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.stays[p.who]
	s.sessions = slices.DeleteFunc(s.sessions, func(o *Presence) bool { return o == p })
	s.seen = r.now()
	for _, l := range s.looks {
		if l.from == p || len(s.sessions) == 0 {
			l.end(ErrAway)
		}
	}
	if len(s.sessions) == 0 {
		s.standing = Standing{}
	}
	r.bell.ring(p.who)
}

// left notes that a learner has no session any more. What the store says to that
// changes nothing for who has left: a stay without an end ends with the last sign
// that the server was up.
func (r *Room) left(who LearnerID) {
	_ = r.write(context.Background(), kindLeft, who, func() (any, error) {
		if len(r.stays[who].sessions) > 0 {
			return nil, errors.New("they are back")
		}
		return session{Run: r.run}, nil
	})
}

// riseFrom ends an instructor's session.
func (r *Room) riseFrom(p *Presence) {
	r.mu.Lock()
	delete(r.chairs, p.id)
	if r.shown == p.id {
		r.shown, r.showing, r.caption = "", nil, ""
	}
	r.mu.Unlock()
	r.bell.ring("")
}

// Follow implements Seat. It ends with the session too, and is then nil.
func (p *Presence) Follow(ctx context.Context, changed func(Sight) error) error {
	ear := p.room.bell.listen(p.who)
	defer p.room.bell.leave(ear)
	var last *Sight
	for {
		now := p.sight()
		if last == nil || !reflect.DeepEqual(*last, now) {
			if err := changed(now); err != nil {
				return err
			}
		}
		last = &now
		if err := p.room.next(ctx, p.gone, ear, sightEvery); err != nil {
			return ended(err)
		}
	}
}

// Raise implements Seat.
func (p *Presence) Raise(ctx context.Context, call Call) error {
	if p.who == "" {
		return nil
	}
	call.Text = CleanLines(call.Text, maxCall)
	if !call.Up {
		call.Text = ""
	}
	if err := p.room.patience(ctx, p.who); err != nil {
		return err
	}
	p.alive()
	return p.room.write(ctx, kindRaised, p.who, func() (any, error) { return call, nil })
}

// Read implements Seat.
func (p *Presence) Read(ctx context.Context, message string) error {
	if p.who == "" {
		return nil
	}
	if err := p.room.patience(ctx, p.who); err != nil {
		return err
	}
	p.alive()
	err := p.room.write(ctx, kindRead, p.who, func() (any, error) {
		m := p.room.state.learners[p.who]
		if message <= m.read || !slices.ContainsFunc(m.messages, func(o Message) bool { return o.ID == message }) {
			return nil, errNothing
		}
		return read{Message: message}, nil
	})
	if errors.Is(err, errNothing) {
		return nil
	}
	return err
}

// errNothing is why nothing is written down.
var errNothing = errors.New("nothing changes")

// Recorded implements Seat. Of a learner with a program of their own it writes the
// event to their progress here before it returns, once however often it comes. Of
// others it is on disk here already.
func (p *Presence) Recorded(ctx context.Context, e progress.Event) error {
	return p.RecordedAll(ctx, []progress.Event{e})
}

// RecordedAll is Recorded for several events, which are written all or none.
func (p *Presence) RecordedAll(ctx context.Context, events []progress.Event) error {
	if p.who == "" {
		p.stand(events)
		return nil
	}
	s := p.room.stay(p.who)
	if p.own {
		err := s.own.add(ctx, events, func(ctx context.Context) (Progress, error) { return p.room.store.Progress(ctx, p.who) })
		if err != nil {
			return fmt.Errorf("keeping what was done elsewhere: %w", err)
		}
	}
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	s.seen = p.room.now()
	s.tally.addAll(events, s.seen)
	p.room.bell.ring(p.who)
	return nil
}

// stand notes where an instructor is, for speaker notes that go along.
func (p *Presence) stand(events []progress.Event) {
	t := newTally()
	t.addAll(events, p.room.now())
	if t.at.value.Lesson == "" {
		return
	}
	p.room.mu.Lock()
	p.at = t.at.value
	p.room.mu.Unlock()
	p.room.bell.ring("")
}

// Checks implements Seat.
func (p *Presence) Checks(_ context.Context, standing Standing) error {
	if p.who == "" {
		return nil
	}
	standing = standing.clean()
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	s := p.room.stays[p.who]
	s.seen = p.room.now()
	if len(s.sessions) > 0 {
		s.standing = standing
	}
	p.room.bell.ring(p.who)
	return nil
}

// alive notes a sign of life.
func (p *Presence) alive() {
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	p.room.stays[p.who].seen = p.room.now()
}

// Allow implements Seat.
func (p *Presence) Allow(_ context.Context, ask string, yes bool) error {
	if p.who == "" {
		return nil
	}
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	s := p.room.stays[p.who]
	s.seen = p.room.now()
	if !slices.Contains(s.sessions, p) {
		return ErrAway
	}
	for _, l := range s.looks {
		switch {
		case l.over != nil || l.id != ask && (ask != "" || yes):
		case !yes:
			l.end(ErrDeclined)
		case l.from == nil:
			l.begin(p)
		}
	}
	p.room.bell.ring(p.who)
	return nil
}

// Screens implements Painter.
func (p *Presence) Screens() int { return int(p.watchers.Load()) }

// Paint implements Painter. The screen is cleaned (see [CleanScreen]).
func (p *Presence) Paint(s Screen) {
	if p.Screens() == 0 {
		return
	}
	s = CleanScreen(s)
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	if p.who == "" {
		if p.room.shown == p.id {
			p.room.showing = &s
			p.room.bell.ring("")
		}
		return
	}
	for _, l := range p.room.stays[p.who].looks {
		if l.from == p && l.over == nil {
			l.paint(s)
		}
	}
}
