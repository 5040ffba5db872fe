package class

import (
	"context"
)

// Application is what somebody at the door says of themselves.
type Application struct {
	Name   string // as it was typed
	Code   string // the join code, as it was typed
	Resume string // the resume code, as it was typed; empty if none was
	Key    string // the fingerprint (SHA256:…) of a public key that was proven; empty: none
	From   string // the address, without the port
	Own    bool   // with a program and labs of their own machine
}

// Admission is somebody who was let in.
type Admission struct {
	Learner Learner
	// Resume is the code to use the name again with. It is told only now: the room
	// keeps its hash. Empty where they have one from before.
	Resume string
}

// Admit lets somebody in, by what they have: the key of the name, its resume code,
// or, for a name that nobody has yet, the join code. The errors are ErrCode,
// ErrExpired, *TriesError, ErrName, ErrRoster, ErrTaken (the name has somebody, and
// no resume code came with it), ErrResume, ErrFull, ErrOver, and the store's.
//
// Who has a resume code needs no join code that is still good: a connection that
// drops late in a lesson must not end it.
func (r *Room) Admit(ctx context.Context, a Application) (Admission, error) { panic("soon") }

// Known finds the learner that a key belongs to, if it is exactly one.
func (r *Room) Known(key string) (Learner, bool) { panic("soon") }

// Ask waits for an instructor's consent to take a name again without its resume
// code; the join code must be or have been good, as with Admit. The name then has
// another resume code. ErrRefused; ErrFull, where too many ask; else the cause of
// the context's end.
func (r *Room) Ask(ctx context.Context, a Application) (Admission, error) { panic("soon") }
