package wire

import (
	"encoding/json"
	"fmt"
	"time"

	"kubetutor/internal/class"
)

// greeting is the first line of each side.
type greeting struct {
	Speaks   string `json:"speaks"` // the name of the subsystem
	Protocol int    `json:"protocol"`
	Program  string `json:"program,omitempty"`
}

// check tells whether one can speak with who sent a greeting.
func (g greeting) check(speaks string) error {
	if g.Speaks != speaks {
		return &MalformedError{fmt.Sprintf("it speaks %q, not %q", class.Clean(g.Speaks, 40), speaks)}
	}
	if g.Protocol != Protocol {
		return &VersionError{Here: Protocol, There: g.Protocol, Program: class.Clean(g.Program, 60)}
	}
	return nil
}

// question is a line of the client.
type question struct {
	ID   uint64          `json:"id"` // greater than all before, but for cancel
	Do   string          `json:"do"`
	With json.RawMessage `json:"with,omitempty"`
}

// answer is a line of the server.
type answer struct {
	ID    uint64          `json:"id,omitempty"`
	Is    json.RawMessage `json:"is,omitempty"`
	End   bool            `json:"end,omitempty"`   // nothing more comes for this ID
	Error string          `json:"error,omitempty"` // with End: a word of Code
	Text  string          `json:"text,omitempty"`  // what the error says, where it is none of those and may be told
	Bye   string          `json:"bye,omitempty"`   // the connection ends, and why; without ID
}

// What a client can ask of any server.
const (
	doPing   = "ping"   // a call: the answer is a pong
	doCancel = "cancel" // of the stream with this ID; it has no answer of its own
)

type pong struct {
	Now time.Time `json:"now"`
}

// What a client can ask of a seat.
const (
	doFollow   = "follow"   // a stream of class.Sight
	doRaise    = "raise"    // class.Call
	doRead     = "read"     // the ID of a message
	doAllow    = "allow"    // an allowance
	doRecorded = "recorded" // a list of progress.Event
	doChecks   = "checks"   // class.Standing
)

type allowance struct {
	Ask string `json:"ask"`
	Yes bool   `json:"yes"`
}

// What a client can ask of a chair.
const (
	doWatch  = "watch"  // a stream of class.Board
	doOrder  = "order"  // class.Order
	doLook   = "look"   // the ID of a learner; a stream of class.Screen
	doExport = "export" // the format; a stream of pieces, none of which is left out
)
