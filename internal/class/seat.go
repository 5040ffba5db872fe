package class

import (
	"context"
	"time"

	"kubetutor/internal/progress"
)

// Seat is a class as one learner is in it. A tutor's screen has one where it is
// part of a class.
type Seat interface {
	// Follow tells of the class until the context ends, first at once and then
	// whenever something changed, over reconnections.
	Follow(ctx context.Context, changed func(Sight) error) error
	// Raise puts the hand up, or down again.
	Raise(ctx context.Context, call Call) error
	// Read marks messages as read, up to the one of an ID.
	Read(ctx context.Context, message string) error
	// Allow answers who asks to see the screen; No ends it at any time. No to an
	// empty ask ends all looks and refuses all asks.
	Allow(ctx context.Context, ask string, yes bool) error
	// Recorded tells of an event once it is on disk here.
	Recorded(ctx context.Context, e progress.Event) error
	// Checks tells how the lab that is being done stands.
	Checks(ctx context.Context, s Standing) error
}

// Painter is a Seat whose screen others can see: after the learner has allowed it,
// or, of an instructor's session, while it is shown to all.
type Painter interface {
	// Screens tells how many look now. While it is 0 nothing need be painted.
	Screens() int
	// Paint is what the screen shows. It keeps the newest and never waits.
	Paint(s Screen)
}

// Sight is what a learner knows of the class at one moment.
type Sight struct {
	Class    string    `json:"class"`
	Me       string    `json:"me"`               // the name
	Resume   string    `json:"resume,omitempty"` // the resume code, in the first session only
	Lost     bool      `json:"lost,omitempty"`   // the class cannot be reached now; the rest is as last known
	Over     bool      `json:"over,omitempty"`   // the instructor has ended it; all that was done is kept
	Hand     bool      `json:"hand,omitempty"`
	Messages []Message `json:"messages,omitempty"` // to this learner, oldest first, at most the last 50
	Read     string    `json:"read,omitempty"`     // the last message that was read
	Lessons  []string  `json:"lessons"`            // the plan
	Locked   []Place   `json:"locked,omitempty"`
	// Recall is the last one, until a position at its place has been recorded.
	Recall    *Recall    `json:"recall,omitempty"`
	Countdown *Countdown `json:"countdown,omitempty"`
	// Skew is what to add to this machine's clock to have the server's.
	Skew time.Duration `json:"skew,omitempty"`
	// Ask is a wish to see the screen that waits for an answer; Watched names who
	// sees it now, empty for nobody.
	Ask     *Ask   `json:"ask,omitempty"`
	Watched string `json:"watched,omitempty"`
	// Shown is the instructor's screen while it is shown to all.
	Shown *Screen `json:"shown,omitempty"`
	// Queue is the learner's place in the queue for a lab, from 1; 0: in none.
	Queue int `json:"queue,omitempty"`
}

// Ask is an instructor's wish to look at a screen.
type Ask struct {
	ID string `json:"id"`
	By string `json:"by"`
}

// Screen is a picture of a terminal: text with its attributes (SGR) and nothing
// else that a terminal would act on.
type Screen struct {
	Columns int    `json:"columns"`
	Rows    int    `json:"rows"`
	Content string `json:"content"`
	Caption string `json:"caption,omitempty"` // what the instructor notes beneath
}

// Call is a call for help. The zero value takes it back.
type Call struct {
	Up   bool   `json:"up"`
	Text string `json:"text,omitempty"` // at most 500 characters
}

// Standing is how the lab stands that a learner is doing.
type Standing struct {
	Lab     string    `json:"lab"` // LESSON/LAB; empty: none
	Number  int       `json:"number,omitempty"`
	Passed  int       `json:"passed"` // checks that hold
	Of      int       `json:"of"`
	Done    bool      `json:"done,omitempty"` // the lab is passed
	Failing []Failing `json:"failing,omitempty"`
}

// Failing is a check that does not hold.
type Failing struct {
	Check string `json:"check"` // its ID in the lab
	Text  string `json:"text,omitempty"`
	Want  string `json:"want,omitempty"`
	Have  string `json:"have,omitempty"`
}
