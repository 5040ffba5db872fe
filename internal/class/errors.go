package class

import (
	"errors"
	"fmt"
	"time"
)

// Why somebody is not let in. What a stranger is told by them is the same whether
// or not a name is in use, until they have shown a join code that is or was good.
var (
	ErrCode    = errors.New("this is not the join code")
	ErrExpired = errors.New("the join code has expired: ask the instructor for the new one")
	ErrTries   = errors.New("too many wrong tries")
	ErrRoster  = errors.New("this name is not on the roster")
	ErrName    = errors.New("this cannot be a name: use letters and digits, and between them spaces . - _ '")
	ErrTaken   = errors.New("this name is in use: its resume code is needed, or the instructor's consent")
	ErrResume  = errors.New("this is not the resume code of this name")
	ErrRefused = errors.New("the instructor has refused")
	ErrFull    = errors.New("too many are here or at the door: come back in a minute")
	ErrOver    = errors.New("the class is over")
)

// Why an order or a look could not be carried out.
var (
	ErrDeclined = errors.New("the learner does not show their screen")
	ErrAway     = errors.New("the learner is not here")
	ErrUnknown  = errors.New("there is no such learner")
	ErrOrder    = errors.New("this order cannot be carried out")
)

// ErrLost means that the class cannot be reached now, over a connection that is
// being made anew.
var ErrLost = errors.New("the class cannot be reached now")

// Why a Store does not do something.
var (
	// ErrBehind is that of [Store.Append] where somebody else has written meanwhile.
	ErrBehind = errors.New("somebody else has written to the class meanwhile")
	// ErrNewer is that of a class whose events are of a newer program.
	ErrNewer = errors.New("the class was made by a newer kubetutor: update this one")
	// ErrNone is that of a store that holds no class.
	ErrNone = errors.New("there is no class in it")
	// ErrExists is that of [Create] where the store holds a class.
	ErrExists = errors.New("there is a class already")
)

// TriesError is an ErrTries that says when the next try will be looked at.
type TriesError struct{ Until time.Time }

// Error says when to come back.
func (e *TriesError) Error() string {
	return fmt.Sprintf("%v: the next is looked at from %s on", ErrTries, e.Until.Format(time.TimeOnly))
}

// Unwrap is ErrTries.
func (e *TriesError) Unwrap() error { return ErrTries }
