// Package join is how a kubetutor comes into a class that is held elsewhere: it
// finds the server of SSH, holds it to its host key, answers who is there, and
// stays connected. It uses neither the ssh program nor anything of ~/.ssh: its key
// and the hosts that it knows are in a directory of its own.
//
// A learner's [Seat] also sees to it that progress travels: what was recorded of
// the class's lessons since joining, and calls for help, each until the server has
// it on disk; what could not be sent is sent when the learner joins again. Nothing
// else leaves the machine.
package join

import (
	"context"
	"errors"
	"net"
	"time"

	"kubetutor/internal/class/door"
	"kubetutor/internal/class/wire"
	"kubetutor/internal/progress"
)

// Port is where a class listens unless told otherwise.
const Port = 2222

// Options say which class, and who is there.
type Options struct {
	Host string // a name or an address, with a port or without: host, host:2222, 192.0.2.1, ::1, [::1]:2222
	// Dir is where the key, the known hosts and what has yet to be sent are kept. It
	// is made with mode 0700.
	Dir string
	// Code is the join code, or the instructor code for Watch; Name is that of who
	// comes; Resume the resume code where the name is taken. Where one is empty or
	// wrong and the server wants it, Ask is asked. Who comes back need give none of
	// them; of several who share a machine each gives their name.
	Code, Name, Resume string
	// Fingerprint is that of the host key as the instructor tells it (SHA256:…). If
	// set, it alone decides; what was known of the host is replaced.
	Fingerprint string
	// Ask asks the learner while they are still at the command line. With nil, a
	// question that Options do not answer is ErrUnanswered. It is never asked after
	// Dial or Watch have returned.
	Ask func(ctx context.Context, q Question) (string, error)
	// Progress is what was recorded here, of which that of the class travels.
	Progress progress.Log
	Program  string // this program's version
	// Now and Network are time.Now and a net.Dialer unless set.
	Now     func() time.Time
	Network func(ctx context.Context, network, address string) (net.Conn, error)
}

// Question is something that only who comes can answer.
type Question struct {
	Kind QuestionKind
	// Host and Fingerprint are what AskHost is about.
	Host, Fingerprint string
	Echo              bool  // the answer may be seen while it is typed
	Why               error // the answer before was refused, by ErrSecret or an error of package class; nil at first
}

// QuestionKind says what a question is about.
type QuestionKind string

// The kinds of questions.
const (
	AskHost       QuestionKind = "host"       // is Fingerprint that of the class? "yes" is
	AskCode       QuestionKind = "code"       // the join code
	AskName       QuestionKind = "name"       // the learner's name
	AskResume     QuestionKind = "resume"     // the resume code; empty asks the instructor, which takes up to two minutes
	AskInstructor QuestionKind = "instructor" // the instructor code
)

var (
	// ErrUnanswered means that the server asks what neither Options nor Ask answer.
	ErrUnanswered = errors.New("the server asks for something that was not given")
	// ErrStranger means that the learner does not trust the host key.
	ErrStranger = errors.New("the server's key was not accepted")
	// ErrRefused means that the server does not let one in; a more special error of
	// package class is wrapped where the server says why.
	ErrRefused = errors.New("the server does not let you in")
	// ErrSecret means that what was given is not the instructor code.
	ErrSecret = errors.New("this is not the instructor code")
	// ErrNoClass means that there is a server of SSH, but none of a class.
	ErrNoClass = errors.New("this server holds no class")
)

// HostKeyError says that a host has another key than before, or than the
// instructor told. Nothing was sent to it.
type HostKeyError struct {
	Host        string
	Fingerprint string // of the key that it has
	Known       string // of the one that it should have
	Told        bool   // Known is Options.Fingerprint, not what was kept
}

// Error implements error.
func (e *HostKeyError) Error() string {
	return "the key of " + e.Host + " is " + e.Fingerprint + ", not " + e.Known +
		": this may be another machine that pretends to be it; nothing was sent to it"
}

// Pause is how long a program should leave the host alone.
func (e *HostKeyError) Pause() time.Duration { return longPause }

// UnreachableError says that no server of SSH answers at an address.
type UnreachableError struct {
	Address string
	Err     error
}

// Error implements error.
func (e *UnreachableError) Error() string { return "cannot reach " + e.Address + ": " + e.Err.Error() }

// Unwrap returns why.
func (e *UnreachableError) Unwrap() error { return e.Err }

// Dial joins a class as a learner and returns once the server has let them in and
// told of the class. From then on the seat stays connected by itself.
func Dial(ctx context.Context, o Options) (*Seat, error) {
	d, first, err := o.enter(ctx, door.Learner, door.Seat)
	if err != nil {
		return nil, err
	}
	return sit(ctx, d, first)
}

// Watch takes an instructor's chair likewise. Options.Progress and Resume are not
// used.
func Watch(ctx context.Context, o Options) (*wire.Chair, error) {
	d, first, err := o.enter(ctx, door.Instructor, door.Chair)
	if err != nil {
		return nil, err
	}
	chair := wire.NewChair(d.dialAfter(first), d.wire())
	if err := chair.Ready(ctx); err != nil {
		return nil, errors.Join(err, chair.Close())
	}
	return chair, nil
}
