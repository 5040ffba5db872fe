package class

import (
	"encoding/json"
	"fmt"
	"time"
)

// format is the version of what the events of a class mean. It stands in the first
// one, and grows only when a program that knows less would get them wrong.
const format = 1

// The kinds of events, and what their Data is.
const (
	kindCreated   = "created"   // created
	kindRevised   = "revised"   // revised
	kindCode      = "code"      // coded
	kindJoined    = "joined"    // joined
	kindResumed   = "resumed"   // resumed
	kindEntered   = "entered"   // session
	kindLeft      = "left"      // session
	kindHeld      = "held"      // session, without Who
	kindSent      = "sent"      // sent
	kindRead      = "read"      // read
	kindRaised    = "raised"    // Call
	kindLowered   = "lowered"   // lowered
	kindLocked    = "locked"    // placed
	kindOpened    = "opened"    // placed
	kindRecalled  = "recalled"  // recalled
	kindCountdown = "countdown" // counted
	kindAttended  = "attended"  // attended
	kindNoted     = "noted"     // noted
	kindEnded     = "ended"     // over
)

type (
	// created is what the instructor set up.
	created struct {
		Format int   `json:"format"`
		Class  Class `json:"class"`
	}
	revised struct {
		by
		Revision
	}
	// coded is another join code.
	coded struct {
		by
		Code    string    `json:"code"`
		Expires time.Time `json:"expires"`
	}
	// joined is somebody's first join.
	joined struct {
		Learner Learner `json:"learner"`
	}
	// resumed is a name that was taken again with another key or another program, or
	// with the instructor's consent: then it has another resume code, and no key but
	// this one.
	resumed struct {
		by
		Key    string `json:"key,omitempty"`
		Own    bool   `json:"own,omitempty"`
		Resume []byte `json:"resume,omitempty"`
	}
	// session says that a learner is here, or no more. Run names the time that a Room
	// was open: those who are here when a server is killed are no more in the next.
	session struct {
		Run string `json:"run"`
	}
	// sent is a message; ID and time are those of the event.
	sent struct {
		by
		to
		Message Message `json:"message"`
	}
	read struct {
		Message string `json:"message"`
	}
	placed struct {
		by
		Place Place `json:"place"`
		Pages int   `json:"pages,omitempty"` // that the lesson has
	}
	recalled struct {
		by
		to
		Place Place `json:"place"`
	}
	counted struct {
		by
		Countdown *Countdown `json:"countdown,omitempty"`
	}
	// attended corrects the attendance of learners, or of somebody on the roster who
	// has not joined.
	attended struct {
		by
		to
		Name string `json:"name,omitempty"`
		Yes  bool   `json:"yes"`
	}
	noted struct {
		by
		to
		Text string `json:"text"`
	}
	lowered struct {
		by
		to
	}
	over struct{ by }
)

// by is who did it.
type by struct {
	By string `json:"by,omitempty"`
}

// to is whom it concerns; nobody means all.
type to struct {
	To []LearnerID `json:"to,omitempty"`
}

// newEvent makes an event of its data.
func newEvent(kind string, who LearnerID, data any) (Event, error) {
	raw, err := json.Marshal(data)
	if err != nil {
		return Event{}, fmt.Errorf("writing down %s: %w", kind, err)
	}
	return Event{Kind: kind, Who: who, Data: raw}, nil
}
