// Package host is the SSH server of a class: whoever comes is asked at the door
// who they are, and gets a terminal with the tutor in it, or, with a program of
// their own, package wire's protocol. There is never a shell, a program or a file
// of this machine behind it.
//
// Everything here is written for strangers. What is not named is refused: users,
// ways of authentication, channels, requests, variables, subsystems. Whatever a
// client makes the server keep or do has a bound (see [Limits]), before it is let
// in and after. A client that is slow, dead, or never reads holds up itself alone.
package host

import (
	"context"
	"log/slog"
	"time"

	tea "charm.land/bubbletea/v2"
	gossh "golang.org/x/crypto/ssh"

	"kubetutor/internal/class"
	"kubetutor/internal/course"
)

// Options are what a server needs.
type Options struct {
	Room *class.Room
	// Address is where to listen, as net.Listen takes it: ":2222".
	Address string
	// Signer is the host key: see [HostKey].
	Signer gossh.Signer
	// InstructorCode lets instructors in; empty lets none in by a code. See
	// [InstructorCode].
	InstructorCode string
	// InstructorKeys are fingerprints (SHA256:…) of public keys that let an
	// instructor in, each with the name of its owner.
	InstructorKeys map[string]string
	// Screen makes what a terminal session shows. The context ends with the session.
	Screen func(ctx context.Context, s Session) (Screen, error)
	Limits Limits // zero values are those of DefaultLimits
	// Lang is spoken to those whose terminal does not say which language it wants.
	Lang    course.Lang
	Version string       // of this program, for those who come with one of their own
	Log     *slog.Logger // of comings and goings, refusals and faults; nil: nowhere
	Now     func() time.Time
}

// Session is somebody at a terminal.
type Session struct {
	// Who it is; the zero value for an instructor.
	Who class.Learner
	// Instructor is the instructor's name, cleaned; empty for a learner.
	Instructor string
	// Seat is their place in the room. The server leaves it when the session ends.
	Seat *class.Presence
	// Env is what the terminal told of itself, as os.Environ has it: TERM always,
	// and COLORTERM, NO_COLOR, LANG and LC_* where they were sent. Nothing else can
	// be in it, and no value has more than printable ASCII.
	Env []string
	// Width and Height are the window's, in cells, 1 to 500.
	Width, Height int
}

// Lang is the language that the session's locale asks for, or other.
func (s Session) Lang(other course.Lang) course.Lang { return langOf(s.Env, other) }

// Screen is what a session shows. The server runs it as a Bubble Tea program of
// its own, which draws at most [Limits.Frames] times a second, is told of the
// window's size, keys, mouse and pastes as ever, and can neither suspend this
// process nor run another.
type Screen struct {
	// Model may lend the terminal to a program of a lab: see [Loan].
	Model tea.Model
	// Leave is sent to the model when the session must end, as if its user left; nil
	// is tea.QuitMsg. The session is ended anyway if that takes too long.
	Leave tea.Msg
	// Close is called once, after the program's end: what was open for it is closed.
	// Nil: nothing was.
	Close func() error
}
