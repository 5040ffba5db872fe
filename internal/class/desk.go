package class

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"
)

// desk is the Chair of one instructor.
type desk struct {
	room *Room
	name string
}

var _ Chair = desk{}

// Sit gives an instructor a chair. By is their name, as it is to be shown.
func (r *Room) Sit(by string) Chair { return desk{r, Clean(by, maxName)} }

// Watch implements Chair.
func (d desk) Watch(ctx context.Context, changed func(Board) error) error {
	ear := d.room.bell.listen("")
	defer d.room.bell.leave(ear)
	for {
		if err := changed(d.room.Board()); err != nil {
			return err
		}
		if err := wait(ctx, nil, time.After(boardEvery)); err != nil {
			return err
		}
		if err := heardOr(ctx, ear, boardAtAll-boardEvery); err != nil {
			return err
		}
	}
}

// heardOr waits until something is heard, or so long.
func heardOr(ctx context.Context, e *ear, most time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, most, errGone)
	defer cancel()
	return ended(wait(ctx, nil, e.heard))
}

// Look implements Chair.
func (d desk) Look(ctx context.Context, who LearnerID, frame func(Screen) error) error {
	return d.room.look(ctx, d.name, who, frame)
}

// Export implements Chair.
func (d desk) Export(ctx context.Context, format string, w io.Writer) error {
	return d.room.export(ctx, format, w)
}

// Do implements Chair.
func (d desk) Do(ctx context.Context, o Order) error {
	o.By = d.name
	do, ok := orders()[o.Kind]
	if !ok {
		return fmt.Errorf("%w: there is no order %q", ErrOrder, Clean(string(o.Kind), 20))
	}
	return do(d.room, ctx, o)
}

// orders says how each kind of order is carried out.
func orders() map[OrderKind]func(*Room, context.Context, Order) error {
	return map[OrderKind]func(*Room, context.Context, Order) error{
		OrderSend:   (*Room).send,
		OrderOpen:   (*Room).openPlace,
		OrderLock:   (*Room).lockPlace,
		OrderRecall: (*Room).recallTo,
		OrderTime:   (*Room).countdown,
		OrderExtend: (*Room).extend,
		OrderLower:  (*Room).lower,
		OrderAdmit:  (*Room).decide,
		OrderShow:   (*Room).show,
		OrderAttend: (*Room).attend,
		OrderNote:   (*Room).note,
		OrderRenew:  (*Room).renew,
		OrderEnd:    (*Room).finish,
	}
}

// whom checks whom an order is for; nobody means all.
func (r *Room) whom(o Order) (to, error) {
	for _, who := range o.To {
		if r.state.learners[who] == nil {
			return to{}, fmt.Errorf("%w: %q", ErrUnknown, Clean(string(who), 20))
		}
	}
	return to{slices.Compact(slices.Sorted(slices.Values(o.To)))}, nil
}

// ordered writes down an order that has its data and is for somebody.
func (r *Room) ordered(ctx context.Context, kind string, o Order, data func(by, to) any) error {
	return r.write(ctx, kind, "", func() (any, error) {
		t, err := r.whom(o)
		return data(by{o.By}, t), err
	})
}

func (r *Room) send(ctx context.Context, o Order) error {
	if o.Message == nil {
		return fmt.Errorf("%w: there is nothing to send", ErrOrder)
	}
	m, err := o.Message.clean()
	if err != nil {
		return err
	}
	return r.ordered(ctx, kindSent, o, func(b by, t to) any { return sent{b, t, m} })
}

// clean is the message as it is kept; ID and time it has from its event.
func (m Message) clean() (Message, error) {
	switch m.Kind {
	case MessageText:
		m.Text = CleanLines(m.Text, maxMessage)
	case MessageCommand:
		m.Text = Clean(m.Text, maxMessage)
	case MessageHint:
		if m.Hint < 1 || !soundPath(m.Lab) {
			return m, fmt.Errorf("%w: a hint is one of a lab, by its number", ErrOrder)
		}
		return Message{Kind: m.Kind, Lab: m.Lab, Hint: m.Hint}, nil
	default:
		return m, fmt.Errorf("%w: there is no kind of message %q", ErrOrder, Clean(string(m.Kind), 20))
	}
	if m.Text == "" {
		return m, fmt.Errorf("%w: the message is empty", ErrOrder)
	}
	return Message{Kind: m.Kind, Text: m.Text}, nil
}

func (r *Room) lockPlace(ctx context.Context, o Order) error { return r.place(ctx, kindLocked, o) }
func (r *Room) openPlace(ctx context.Context, o Order) error { return r.place(ctx, kindOpened, o) }

func (r *Room) place(ctx context.Context, kind string, o Order) error {
	p, pages, err := r.placed(o)
	if err != nil {
		return err
	}
	return r.write(ctx, kind, "", func() (any, error) {
		if kind == kindLocked && len(r.state.locked) >= maxLocked {
			return nil, fmt.Errorf("%w: %d places are locked already", ErrOrder, maxLocked)
		}
		return placed{by{o.By}, p, pages}, nil
	})
}

// maxLocked is how many locks a class has at most.
const maxLocked = 1000

// placed is the place of an order, which must be there, and how many pages its
// lesson has (0: that is not known).
func (r *Room) placed(o Order) (Place, int, error) {
	if o.Place == nil || !o.Place.sound() {
		return Place{}, 0, fmt.Errorf("%w: it names no place", ErrOrder)
	}
	if r.o.Course == nil {
		return *o.Place, 0, nil
	}
	l, ok := r.o.Course.Lesson(o.Place.Lesson)
	if !ok || o.Place.Page > l.PageCount || !has(l, o.Place.Focus) {
		return Place{}, 0, fmt.Errorf("%w: there is no such place in the course", ErrOrder)
	}
	return *o.Place, l.PageCount, nil
}

func (r *Room) recallTo(ctx context.Context, o Order) error {
	p, _, err := r.placed(o)
	if err != nil {
		return err
	}
	return r.ordered(ctx, kindRecalled, o, func(b by, t to) any { return recalled{b, t, p} })
}

// maxTime is the longest countdown.
const maxTime = 24 * time.Hour

func (r *Room) countdown(ctx context.Context, o Order) error {
	if o.Time < 0 || o.Time > maxTime {
		return fmt.Errorf("%w: a countdown takes at most %v", ErrOrder, maxTime)
	}
	return r.write(ctx, kindCountdown, "", func() (any, error) {
		if o.Time == 0 {
			return counted{by: by{o.By}}, nil
		}
		return counted{by{o.By}, &Countdown{Until: r.now().Add(o.Time), Of: Clean(o.Text, maxCaption)}}, nil
	})
}

// extend moves the end of the countdown; one that has run out goes on from now.
func (r *Room) extend(ctx context.Context, o Order) error {
	return r.write(ctx, kindCountdown, "", func() (any, error) {
		c, now := r.state.countdown, r.now()
		if c == nil {
			return nil, fmt.Errorf("%w: no countdown runs", ErrOrder)
		}
		until := latest(latest(c.Until, now).Add(o.Time), now)
		if o.Time < -maxTime || until.Sub(now) > maxTime {
			return nil, fmt.Errorf("%w: a countdown takes at most %v", ErrOrder, maxTime)
		}
		return counted{by{o.By}, &Countdown{Until: until, Of: c.Of}}, nil
	})
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (r *Room) lower(ctx context.Context, o Order) error {
	return r.ordered(ctx, kindLowered, o, func(b by, t to) any { return lowered{b, t} })
}

// decide answers somebody at the door. They write down what follows from it, while
// they are there.
func (r *Room) decide(_ context.Context, o Order) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	q := r.live.asking[o.ID]
	if q == nil {
		return fmt.Errorf("%w: they are not at the door any more", ErrOrder)
	}
	select {
	case q.answer <- answer{yes: o.Yes, by: o.By}:
	default: // another instructor was faster
	}
	return nil
}

// show shows the screen of a session of the instructor's own to all, or none.
func (r *Room) show(_ context.Context, o Order) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.chairs[o.ID]
	if o.ID != "" && (p == nil || p.by != o.By) {
		return fmt.Errorf("%w: this is no session of your own", ErrOrder)
	}
	r.caption = Clean(o.Text, maxCaption)
	if o.ID != r.shown {
		if before := r.chairs[r.shown]; before != nil {
			before.watchers.Add(-1)
		}
		if p != nil {
			p.watchers.Add(1)
		}
		r.shown, r.showing = o.ID, nil
	}
	r.bell.ring("")
	return nil
}

func (r *Room) attend(ctx context.Context, o Order) error {
	if o.Text != "" {
		return r.seat(ctx, o)
	}
	return r.ordered(ctx, kindAttended, o, func(b by, t to) any { return attended{by: b, to: t, Yes: o.Yes} })
}

// seat notes that somebody on the roster attends who has not joined.
func (r *Room) seat(ctx context.Context, o Order) error {
	return r.write(ctx, kindAttended, "", func() (any, error) {
		e, ok := r.state.class.entry(o.Text)
		if !ok || r.state.names[NameKey(e.Name)] != "" {
			return nil, fmt.Errorf("%w: nobody of this name is missing", ErrOrder)
		}
		return attended{by: by{o.By}, Name: e.Name, Yes: o.Yes}, nil
	})
}

func (r *Room) note(ctx context.Context, o Order) error {
	if len(o.To) == 0 {
		return fmt.Errorf("%w: a note is about somebody", ErrOrder)
	}
	return r.ordered(ctx, kindNoted, o, func(b by, t to) any { return noted{b, t, Clean(o.Text, maxNote)} })
}

func (r *Room) renew(ctx context.Context, o Order) error {
	_, err := r.Renew(ctx, o.By, o.Time)
	return err
}

func (r *Room) finish(ctx context.Context, o Order) error {
	return r.write(ctx, kindEnded, "", func() (any, error) { return over{by{o.By}}, nil })
}
