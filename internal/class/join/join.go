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

	"kubetutor/internal/class"
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
	// Code is the join code, or the instructor code for Watch; Name the learner's;
	// Resume the resume code where the name is taken. Where one is empty and the
	// server wants it, Ask is asked.
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

// Question is something that only the learner can answer.
type Question struct {
	Kind QuestionKind
	// Host and Fingerprint are what AskHost is about.
	Host, Fingerprint string
	// Text is what the server asks, where it is none of the other kinds. It is clean.
	Text string
	Echo bool  // the answer may be seen while it is typed
	Why  error // the answer before was refused, an error of package class; nil at first
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
	AskOther      QuestionKind = "other"      // Text
)

var (
	// ErrUnanswered means that the server asks what neither Options nor Ask answer.
	ErrUnanswered = errors.New("the server asks for something that was not given")
	// ErrStranger means that the learner does not trust the host key.
	ErrStranger = errors.New("the server's key was not accepted")
	// ErrRefused means that the server does not let one in; a more special error of
	// package class is wrapped where the server says why.
	ErrRefused = errors.New("the server does not let you in")
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

// UnreachableError says that no server of SSH answers at an address.
type UnreachableError struct {
	Address string
	Err     error
}

// Error implements error.
func (e *UnreachableError) Error() string { return "cannot reach " + e.Address + ": " + e.Err.Error() }

// Unwrap returns why.
func (e *UnreachableError) Unwrap() error { return e.Err }

// Dial joins a class as a learner and returns once the server has let them in.
// From then on the seat stays connected by itself.
func Dial(ctx context.Context, o Options) (*Seat, error) { return nil, errors.ErrUnsupported }

// Watch takes an instructor's chair likewise. Options.Name and Progress are not
// used.
func Watch(ctx context.Context, o Options) (*wire.Chair, error) { return nil, errors.ErrUnsupported }

// Seat is a learner's seat in a class that is held elsewhere. Its calls return at
// once: what they tell is kept, on disk if it is a call for help, and sent as soon
// as that can be.
type Seat struct{}

var _ class.Seat = (*Seat)(nil)

// Follow implements class.Seat. Hand and Read are as they will be once all was
// sent.
func (s *Seat) Follow(ctx context.Context, changed func(class.Sight) error) error {
	return errors.ErrUnsupported
}

// Raise implements class.Seat.
func (s *Seat) Raise(ctx context.Context, call class.Call) error { return errors.ErrUnsupported }

// Read implements class.Seat.
func (s *Seat) Read(ctx context.Context, message string) error { return errors.ErrUnsupported }

// Allow implements class.Seat. Nobody can look at the screen of somebody who works
// on a machine of their own; it says so with class.ErrDeclined.
func (s *Seat) Allow(ctx context.Context, ask string, yes bool) error { return errors.ErrUnsupported }

// Recorded implements class.Seat: it has Options.Progress looked at again, where
// the event is.
func (s *Seat) Recorded(ctx context.Context, e progress.Event) error { return errors.ErrUnsupported }

// Checks implements class.Seat. Of several that could not be sent yet, the last is.
func (s *Seat) Checks(ctx context.Context, st class.Standing) error { return errors.ErrUnsupported }

// Unsent is how many events of the class have yet to be sent.
func (s *Seat) Unsent(ctx context.Context) (int, error) { return 0, errors.ErrUnsupported }

// Close sends what can be sent until the context ends, and leaves. What is left is
// sent when the learner joins again.
func (s *Seat) Close(ctx context.Context) error { return errors.ErrUnsupported }
