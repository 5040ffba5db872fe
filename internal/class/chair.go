package class

import (
	"context"
	"io"
	"time"
)

// Chair is a class as an instructor has it. Any number of them may be in use at
// once.
type Chair interface {
	// Watch tells of the room until the context ends, first at once, then after
	// changes, at most four times a second, and every few seconds anyway.
	Watch(ctx context.Context, changed func(Board) error) error
	// Do carries out an order. An error says why it could not be.
	Do(ctx context.Context, o Order) error
	// Look asks a learner to show their screen and, once they agree, brings it
	// until the context ends (its cause), they take it back (ErrDeclined) or leave
	// (ErrAway). Frames come at most ten times a second; those that a slow reader
	// misses are left out.
	Look(ctx context.Context, who LearnerID, frame func(Screen) error) error
	// Export writes attendance and results, as "csv" or "json".
	Export(ctx context.Context, format string, w io.Writer) error
}

// Board is the room at one moment.
type Board struct {
	Class     Class      `json:"class"`
	At        time.Time  `json:"at"`
	Join      Join       `json:"join"`
	Rows      []Row      `json:"rows"`              // stuck first
	Missing   []Missing  `json:"missing,omitempty"` // who is on the roster and has not joined
	Here      int        `json:"here"`
	Away      int        `json:"away"`
	Steps     []Step     `json:"steps"`   // where those are who are here, in the order of the lesson that most are in
	Ahead     int        `json:"ahead"`   // minutes behind the plan (positive) or ahead of it (negative), of the median learner
	Median    Place      `json:"median"`  // where that learner is
	Planned   Place      `json:"planned"` // where the plan has the room
	Locked    []Place    `json:"locked,omitempty"`
	Countdown *Countdown `json:"countdown,omitempty"`
	Asking    []Asking   `json:"asking,omitempty"`  // who wants a name again without its code
	Screens   []Session  `json:"screens,omitempty"` // those of instructors, which can be shown to all
	Shown     string     `json:"shown,omitempty"`   // the session whose screen is
	Labs      Labs       `json:"labs"`
	Questions int        `json:"questions"` // that the lessons of the plan have
	Exercises int        `json:"exercises"` // labs that they have
	Over      bool       `json:"over,omitempty"`
	// Lost says that the class cannot be reached now; the rest is as last known, and
	// orders fail.
	Lost bool `json:"lost,omitempty"`
}

// Join is what the instructor tells the room.
type Join struct {
	Line        string    `json:"line"` // ssh -p 2222 class@host
	Code        string    `json:"code"`
	Expires     time.Time `json:"expires"`
	Fingerprint string    `json:"fingerprint"` // of the host key, SHA256:…
}

// Session is a terminal that is in the room.
type Session struct {
	ID string `json:"id"`
	By string `json:"by"` // whose
	At Place  `json:"at"` // where its tutor is in the course; of no lesson until it is in one
}

// Labs is how many labs of the room run.
type Labs struct {
	Awake  int `json:"awake"`
	Limit  int `json:"limit"`
	Queued int `json:"queued"`
	Asleep int `json:"asleep"`
}

// Row is a learner on the board.
type Row struct {
	Learner  LearnerID `json:"learner"`
	Name     string    `json:"name"`
	Here     bool      `json:"here"`
	Own      bool      `json:"own,omitempty"`
	Seen     time.Time `json:"seen"` // the last sign of life
	Stuck    []Stuck   `json:"stuck,omitempty"`
	Call     *Call     `json:"call,omitempty"`
	At       Place     `json:"at"`
	Moved    time.Time `json:"moved"` // the last progress: a page, an answer, a check that held
	Standing Standing  `json:"standing"`
	Tries    int       `json:"tries,omitempty"` // of the lab's present attempt that failed
	Hints    int       `json:"hints,omitempty"`
	Right    int       `json:"right"` // questions of the plan answered right once
	Answered int       `json:"answered"`
	Passed   int       `json:"passed"` // labs of the plan
	// Answers are the last questions of the plan that were answered, the newest
	// first, at most five.
	Answers  []Answered    `json:"answers,omitempty"`
	Idle     time.Duration `json:"idle,omitempty"`
	Watched  bool          `json:"watched,omitempty"`
	Queue    int           `json:"queue,omitempty"`
	Attended bool          `json:"attended"`
	Note     string        `json:"note,omitempty"`  // the instructor's
	Entry    string        `json:"entry,omitempty"` // the roster's note
}

// Answered is a question that a learner has answered.
type Answered struct {
	Question string    `json:"question"` // LESSON/ID
	Right    bool      `json:"right"`
	At       time.Time `json:"at"`
}

// Missing is somebody on the roster who has not joined.
type Missing struct {
	Entry
	// Attended says that they are in the room all the same, as an instructor noted.
	Attended bool `json:"attended,omitempty"`
}

// Stuck is a reason to look after somebody.
type Stuck string

// The reasons, the most urgent first.
const (
	StuckHand  Stuck = "hand"  // asks for help
	StuckTries Stuck = "tries" // many tries failed since the last progress
	StuckIdle  Stuck = "idle"  // no progress for a while
)

// Step is how many of the room are at a place.
type Step struct {
	At    Place `json:"at"`
	Count int   `json:"count"`
}

// Asking is somebody at the door who wants a name that is taken.
type Asking struct {
	ID   string    `json:"id"`
	Name string    `json:"name"`
	From string    `json:"from"` // the address
	At   time.Time `json:"at"`
}

// Order is something that an instructor does. By Kind it uses the fields named
// there.
type Order struct {
	Kind    OrderKind     `json:"kind"`
	By      string        `json:"by,omitempty"` // the instructor's name
	To      []LearnerID   `json:"to,omitempty"` // none: all
	Message *Message      `json:"message,omitempty"`
	Place   *Place        `json:"place,omitempty"`
	Time    time.Duration `json:"time,omitempty"`
	Text    string        `json:"text,omitempty"`
	ID      string        `json:"id,omitempty"`
	Yes     bool          `json:"yes,omitempty"`
}

// OrderKind says what an order does.
type OrderKind string

// The kinds of orders, and the fields that they use.
const (
	OrderSend   OrderKind = "send"   // To, Message
	OrderOpen   OrderKind = "open"   // Place
	OrderLock   OrderKind = "lock"   // Place
	OrderRecall OrderKind = "recall" // To, Place
	OrderTime   OrderKind = "time"   // Time and Text: a countdown; Time 0 ends it
	OrderExtend OrderKind = "extend" // Time, which may be negative
	OrderLower  OrderKind = "lower"  // To: their hands
	OrderAdmit  OrderKind = "admit"  // ID of an Asking, Yes
	OrderShow   OrderKind = "show"   // ID of one's own session, Text a caption; empty ID ends it
	OrderAttend OrderKind = "attend" // To, Yes; or Text, the name of a Missing, and Yes
	OrderNote   OrderKind = "note"   // To, Text
	OrderRenew  OrderKind = "renew"  // Time: another join code, for so long
	OrderEnd    OrderKind = "end"    // the class
)
