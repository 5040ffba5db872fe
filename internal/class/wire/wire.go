// Package wire brings a class to where a connection leads: a [class.Seat] to the
// tutor of a learner who works on a machine of their own, a [class.Chair] to an
// instructor's view. Both speak the same protocol over any stream of bytes, which
// here is the channel of a subsystem of SSH:
//
//   - One JSON object a line. The client begins with a greeting, the server answers
//     with its own; both name the protocol's version.
//   - The client asks, with a number for each question. A question is a call, which
//     gets one answer, or a stream, which gets any number of them until the client
//     cancels it. Calls are carried out in the order in which they come.
//   - Whoever is slow gets the newest: of pictures that follow each other (sights,
//     boards, screens) the server keeps one a stream, so that nothing piles up.
//   - A line has a limit, above which the connection ends, as it does with anything
//     malformed; a last line says why. Each string that comes from the other side
//     is cleaned before anything sees it, whichever side that is.
//   - The client sends a ping every few seconds. Its answer has the server's clock.
//     Either side gives up a connection on which nothing comes for a while.
package wire

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"
)

// Protocol is the version of the protocol. It is raised when either side could
// misunderstand the other; fields and calls that may be missing need no other.
const Protocol = 1

// Dial connects to the server and returns the stream on which the protocol begins.
// It is called again whenever a connection has ended, after a pause; an error that
// has a method Pause() time.Duration makes that longer.
type Dial func(ctx context.Context) (io.ReadWriteCloser, error)

// Options are what both ends may want to have otherwise.
type Options struct {
	Program string           // this program's version, for the other side to name
	Now     func() time.Time // time.Now
	// Trouble is told why a connection could not be made or ended; nil where
	// nobody wants to know. It must not block.
	Trouble func(error)
}

func (o Options) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}

func (o Options) trouble(err error) {
	if o.Trouble != nil && err != nil {
		o.Trouble(err)
	}
}

// VersionError says that the other side speaks another version of the protocol:
// one of the two programs has to be replaced by a newer one.
type VersionError struct {
	Here, There int    // versions of the protocol
	Program     string // the version of the program there
}

// Error implements error.
func (e *VersionError) Error() string {
	older := "the other side is older than this program: it has to be brought up to date"
	if e.There > e.Here {
		older = "this program is older than the other side: bring it up to date"
	}
	return fmt.Sprintf("%s (%s speaks version %d of the protocol, this one %d)", older, cmp.Or(e.Program, "it"), e.There, e.Here)
}

// MalformedError says that the other side does not keep to the protocol.
type MalformedError struct{ What string }

// Error implements error.
func (e *MalformedError) Error() string { return "the other side does not speak as agreed: " + e.What }
