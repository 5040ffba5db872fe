package class

import (
	"context"

	"kubetutor/internal/progress"
)

// Presence is one session of somebody in the room: their Seat, and their screen as
// far as others may see it. A learner may have several at once.
type Presence struct{}

var (
	_ Seat    = (*Presence)(nil)
	_ Painter = (*Presence)(nil)
)

// Enter begins a session of a learner; the first one notes their attendance. Own
// says that they work with a program and labs of their own machine: what is
// Recorded then goes into their progress here. ErrUnknown; ErrFull, where they have
// eight sessions; ErrOver, after the end, but not for those with labs of their own,
// who may still bring what they did.
func (r *Room) Enter(ctx context.Context, who LearnerID, own bool) (*Presence, error) { panic("soon") }

// EnterInstructor begins a terminal session of an instructor, whose screen can be
// shown to all. Of a Seat it has Follow; its other methods do nothing.
func (r *Room) EnterInstructor(by string) *Presence { panic("soon") }

// ID names the session, as on the Board.
func (p *Presence) ID() string { panic("soon") }

// Leave ends the session. What was looked at on its screen ends with it. Leaving
// twice is leaving once.
func (p *Presence) Leave() { panic("soon") }

// Gone is closed when the session ends: by Leave, or because the Room closes.
func (p *Presence) Gone() <-chan struct{} { panic("soon") }

// Follow implements Seat. It ends with the session too, and is then nil.
func (p *Presence) Follow(ctx context.Context, changed func(Sight) error) error { panic("soon") }

// Raise implements Seat.
func (p *Presence) Raise(ctx context.Context, call Call) error { panic("soon") }

// Read implements Seat.
func (p *Presence) Read(ctx context.Context, message string) error { panic("soon") }

// Allow implements Seat.
func (p *Presence) Allow(ctx context.Context, ask string, yes bool) error { panic("soon") }

// Recorded implements Seat. Of a learner with a program of their own it writes the
// event to their progress here before it returns, once however often it comes. Of
// others it is on disk here already.
func (p *Presence) Recorded(ctx context.Context, e progress.Event) error { panic("soon") }

// Checks implements Seat.
func (p *Presence) Checks(ctx context.Context, s Standing) error { panic("soon") }

// Screens implements Painter.
func (p *Presence) Screens() int { panic("soon") }

// Paint implements Painter. The screen is cleaned (see [CleanScreen]).
func (p *Presence) Paint(s Screen) { panic("soon") }
