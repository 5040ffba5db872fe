package yard

import (
	"context"
	"slices"
	"strconv"
	"time"

	"kubetutor/internal/class"
	"kubetutor/internal/lab/protocol"
)

// phase is what a lab is doing. In all but asleep it has one of the places.
type phase int

const (
	asleep   phase = iota
	starting       // the place is given, and whoever got it is at work
	awake
	settling // on its way to sleep
)

// plot is a learner's part of the yard. Its fields but who and lab are guarded by
// the yard's lock.
type plot struct {
	who class.LearnerID
	lab Lab

	phase    phase
	life     int  // how often it has been started: what belongs to an earlier life is gone
	kept     bool // it has a state on disk
	up       bool // its cluster has been up in this life
	busy     int  // calls that run
	used     time.Time
	sessions int
	left     time.Time     // when the last session ended
	ticket   *ticket       // while it is in the queue
	slept    chan struct{} // closed at the end of settling
	faults   faults
	mute     int  // how often in a row its engine did not say that it is there
	large    bool // it was put to sleep because of the disk that it takes
}

// begin gives the plot a place.
func (p *plot) begin() {
	p.phase, p.up = starting, false
	p.life++
}

// over takes it back.
func (p *plot) over() { p.phase, p.up, p.mute = asleep, false, 0 }

// ticket is a plot's place in the queue, shared by all calls that wait for it.
type ticket struct {
	plot    *plot
	waiting int           // calls
	left    time.Time     // when the last of them went away
	place   int           // from 1
	granted chan struct{} // closed
	moved   chan struct{} // closed, and replaced by another, when the place changes
}

// taken is how many places are. The caller holds the lock, here and below.
func (y *Yard) taken() (n int) {
	for _, p := range y.plots {
		if p.phase != asleep {
			n++
		}
	}
	return n
}

func (y *Yard) in(which phase) (n int) {
	for _, p := range y.plots {
		if p.phase == which {
			n++
		}
	}
	return n
}

// move does all that can be done now: it forgets who has left the queue for good,
// gives free places to the first who wait, frees more for the others, and sets the
// time of the next look. It is called after every change.
func (y *Yard) move() {
	if y.closed {
		return
	}
	now := time.Now()
	y.queue = slices.DeleteFunc(y.queue, func(t *ticket) bool {
		gone := t.waiting == 0 && now.Sub(t.left) >= y.options.Grace
		if gone {
			t.plot.ticket = nil
		}
		return gone
	})
	y.grant()
	for _, p := range y.leaving(now) {
		y.settle(p)
	}
	moved := false
	for i, t := range y.queue {
		moved = t.put(i+1) || moved
	}
	if n := y.count(); moved || n != y.told {
		y.told = n
		y.stirred()
	}
	y.timer.Reset(y.next(now))
}

// put tells a ticket its place, and says whether that is another one.
func (t *ticket) put(place int) bool {
	if t.place == place {
		return false
	}
	t.place = place
	close(t.moved)
	t.moved = make(chan struct{})
	return true
}

// count is how the yard stands.
func (y *Yard) count() class.Labs {
	n := class.Labs{Limit: y.options.Limit, Awake: y.taken(), Queued: y.live()}
	for _, p := range y.plots {
		if p.phase == asleep && p.kept {
			n.Asleep++
		}
	}
	return n
}

// stirred has Changed's functions called.
func (y *Yard) stirred() {
	select {
	case y.stir <- struct{}{}:
	default:
	}
}

// room tells whether one more lab may start now. Not all start at the same time: a
// start takes seconds of a processor, and those who come one after the other all
// have theirs sooner.
func (y *Yard) room() bool { return y.taken() < y.options.Limit && y.in(starting) < y.options.Starts }

// grant gives free places to those who wait, in their order. Who is away keeps the
// place in the queue and is passed over.
func (y *Yard) grant() {
	y.queue = slices.DeleteFunc(y.queue, func(t *ticket) bool {
		if t.waiting == 0 || !y.room() {
			return false
		}
		t.plot.begin()
		t.plot.ticket = nil
		t.plot.busy += t.waiting
		close(t.granted)
		return true
	})
}

// leaving are the labs to put to sleep now: those that have been left alone for too
// long, and for each who waits one more of those that can be.
func (y *Yard) leaving(now time.Time) (list []*plot) {
	var spare []*plot
	for _, p := range y.plots {
		switch {
		case p.phase != awake || p.busy > 0:
		case !now.Before(y.idleAt(p)):
			list = append(list, p)
		case !now.Before(y.spareAt(p)):
			spare = append(spare, p)
		}
	}
	slices.SortFunc(spare, func(a, b *plot) int { return y.spareAt(a).Compare(y.spareAt(b)) })
	wanted := y.live() - (y.options.Limit - y.taken()) - y.in(settling) - len(list)
	return append(list, spare[:min(len(spare), max(0, wanted))]...)
}

// live is how many wait and are there.
func (y *Yard) live() (n int) {
	for _, t := range y.queue {
		if t.waiting > 0 {
			n++
		}
	}
	return n
}

// idleAt is when a lab will have been left alone for too long.
func (y *Yard) idleAt(p *plot) time.Time { return p.used.Add(y.options.Idle) }

// spareAt is when a lab can be put to sleep for somebody who waits: soon after its
// learner went away.
func (y *Yard) spareAt(p *plot) time.Time {
	if p.sessions > 0 {
		return y.idleAt(p)
	}
	last := p.left
	if p.used.After(last) {
		last = p.used
	}
	return last.Add(y.options.Grace)
}

// next is how long from now there is nothing to do unless something happens.
func (y *Yard) next(now time.Time) time.Duration {
	wait := time.Duration(never)
	until := func(t time.Time) { wait = min(wait, max(0, t.Sub(now))) }
	for _, t := range y.queue {
		if t.waiting == 0 {
			until(t.left.Add(y.options.Grace))
		}
	}
	for _, p := range y.plots {
		switch {
		case p.phase != awake || p.busy > 0:
		case y.live() > 0 && y.spareAt(p).After(now):
			until(y.spareAt(p))
		default:
			until(y.idleAt(p))
		}
	}
	return wait
}

// look is called when somebody's time is up.
func (y *Yard) look() {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.move()
}

// settle puts a lab to sleep, and gives its place away once it is.
func (y *Yard) settle(p *plot) {
	p.phase, p.slept = settling, make(chan struct{})
	y.work.Go(func() {
		err := y.sleep(p)
		y.mu.Lock()
		defer y.mu.Unlock()
		y.rested(p, err)
		y.move()
	})
}

// line puts a plot into the queue, or adds to its place there.
func (y *Yard) line(p *plot) *ticket {
	if p.ticket == nil {
		p.ticket = &ticket{plot: p, granted: make(chan struct{}), moved: make(chan struct{})}
		y.queue = append(y.queue, p.ticket)
	}
	p.ticket.waiting++
	return p.ticket
}

// wait waits for a place and tells which place in the queue it is, whenever that
// changes. It ends with the place, or with the context.
func (y *Yard) wait(ctx context.Context, t *ticket, stage func(protocol.Stage)) error {
	for told := 0; ; {
		y.mu.Lock()
		moved, place := t.moved, t.place
		y.mu.Unlock()
		if place != told {
			told = place
			stage(protocol.Stage{ID: class.StageQueue, Detail: strconv.Itoa(place)})
		}
		select {
		case <-t.granted:
			if told > 0 {
				stage(protocol.Stage{ID: class.StageQueue, Done: true})
			}
			return nil
		case <-ctx.Done():
			y.leave(t, context.Cause(ctx))
			return context.Cause(ctx)
		case <-moved:
		}
	}
}

// leave takes one call out of the queue, or gives back what it got at the last
// moment.
func (y *Yard) leave(t *ticket, why error) {
	y.mu.Lock()
	select {
	case <-t.granted:
		y.mu.Unlock()
		y.done(t.plot, why)
		return
	default:
	}
	defer y.mu.Unlock()
	if t.waiting--; t.waiting == 0 {
		t.left = time.Now()
	}
	y.move()
}
