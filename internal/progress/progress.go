// Package progress remembers what the learner did. An append-only table of
// events in SQLite is the truth; everything else is a projection of it that can
// be rebuilt. A call that records something returns only once the event is on
// disk: what was acknowledged is never lost, whether the process is killed or
// the disk is full.
package progress

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"kubetutor/internal/quiz"
)

// Event is one thing that happened. Events are never changed; importing one
// twice changes nothing.
type Event struct {
	ID     string          `json:"id"`     // ULID
	Device string          `json:"device"` // ULID of the installation that recorded it
	At     time.Time       `json:"at"`     // UTC, milliseconds
	Kind   Kind            `json:"kind"`
	Data   json.RawMessage `json:"data"` // one of the structures below, by Kind
}

// Kind says what happened, and so what Data holds.
type Kind string

// The kinds of events.
const (
	KindPosition Kind = "position" // Position
	KindAnswer   Kind = "answer"   // Answer
	KindJudged   Kind = "judged"   // Judged
	KindAttempt  Kind = "attempt"  // Attempt
	KindCheck    Kind = "check"    // Check
	KindPassed   Kind = "passed"   // Passed
	KindHint     Kind = "hint"     // Hint
	KindSolution Kind = "solution" // Solution
)

// Position is where in a lesson the learner is. Block is the index of the block
// at the top of the screen (see package markdown), the same in every language
// and at every width.
type Position struct {
	Lesson string `json:"lesson"`
	Page   int    `json:"page"` // from 0
	Block  int    `json:"block"`
	// Focus is what is open beside the text: "" (the text), or a question or a lab
	// of the page, by ID with the prefix "quiz:" or "lab:".
	Focus string        `json:"focus,omitempty"`
	Spent time.Duration `json:"spent,omitempty"` // nanoseconds on this page since the last position
	Pages int           `json:"pages,omitempty"` // how many pages the lesson has
}

// Answer is an answer to a question. Pending means that it could not be judged
// yet; a Judged event follows.
type Answer struct {
	Question string        `json:"question"` // LESSON/QUESTION
	Given    quiz.Answer   `json:"given"`
	Right    bool          `json:"right"`
	Score    float64       `json:"score"`
	Took     time.Duration `json:"took,omitempty"` // nanoseconds
	Pending  bool          `json:"pending,omitempty"`
}

// Judged is the later judgement of a pending answer.
type Judged struct {
	Answer string  `json:"answer"` // ID of the Answer's event
	Right  bool    `json:"right"`
	Score  float64 `json:"score"`
}

// Attempt is the beginning of an attempt at a lab. Jumped says that the lab's
// solution was run at its beginning: whatever holds in it, the learner has not
// passed.
type Attempt struct {
	Lab    string `json:"lab"` // LESSON/LAB
	Number int    `json:"number"`
	Hash   string `json:"hash"`
	Jumped bool   `json:"jumped,omitempty"`
}

// Check is a check of a lab that held for the first time in an attempt.
type Check struct {
	Lab    string `json:"lab"`
	Number int    `json:"number"`
	Check  string `json:"check"`
	Of     int    `json:"of"` // how many checks the lab has
}

// Passed is a lab all of whose checks held at once.
type Passed struct {
	Lab    string        `json:"lab"`
	Number int           `json:"number"`
	Took   time.Duration `json:"took,omitempty"` // nanoseconds since the attempt began; 0 where that is not known
}

// Hint is a hint that was shown; N is its place in the lab's list, from 1.
type Hint struct {
	Lab    string `json:"lab"`
	Number int    `json:"number"`
	N      int    `json:"n"`
}

// Solution is a solution that was shown before the lab was passed.
type Solution struct {
	Lab    string `json:"lab"`
	Number int    `json:"number"`
}

// Recorder writes events. Data is one of the structures above, by value. It
// returns the event's ID once the event is on disk.
type Recorder interface {
	Record(ctx context.Context, data any) (id string, err error)
	// RecordAll writes several events, all or none.
	RecordAll(ctx context.Context, data []any) (ids []string, err error)
}

// Reader answers from the projections.
type Reader interface {
	// Last is where the learner was last in any lesson; ok is false at first.
	Last(ctx context.Context) (p Position, ok bool, err error)
	// PositionIn is where the learner was last in a lesson.
	PositionIn(ctx context.Context, lesson string) (p Position, ok bool, err error)
	// Questions and Labs tell all that is known, by LESSON/ID.
	Questions(ctx context.Context) (map[string]QuestionState, error)
	Labs(ctx context.Context) (map[string]LabState, error)
	// Lessons tells of every lesson that was opened, by ID.
	Lessons(ctx context.Context) (map[string]LessonState, error)
	// Pending lists the answers that wait for a judge, oldest first.
	Pending(ctx context.Context) ([]PendingAnswer, error)
	// Days counts what was done on each of the last n days, oldest first, by the
	// learner's clock.
	Days(ctx context.Context, n int, now time.Time) ([]Day, error)
	CardReader
}

// Store is the learner's progress.
type Store interface {
	Recorder
	Reader
	// Export writes every event as a JSON line, oldest first, and tells how many.
	Export(ctx context.Context, w io.Writer) (int, error)
	// Import adds the events that are not there yet and tells how many those were.
	// A malformed line is an error that names it; nothing is imported then.
	Import(ctx context.Context, r io.Reader) (int, error)
	Close() error
}

// QuestionState is how a question stands.
type QuestionState struct {
	Tries   int
	First   bool // the first answer was right
	Right   bool // the newest answer was right
	Ever    bool // some answer was right
	Pending bool
	Last    time.Time
	Given   quiz.Answer // the newest
}

// LabState is how a lab stands.
type LabState struct {
	Attempts int       // the number of the newest attempt
	Begun    time.Time // when it began
	Passed   time.Time // for the first time
	PassedIn int       // the newest attempt that passed, 0 for none
	Checks   []string  // that held at some time in the newest attempt
	Of       int       // how many there are, 0 while unknown
	Hints    []int     // shown in the newest attempt, in that order, by their places in the lab's list, from 1
	Solution bool      // shown in the newest attempt, before it was passed
	Jumped   bool      // the newest attempt began after the solution
	Tried    bool      // something was tried in the newest attempt: a check held that does not from the beginning
	Failed   []string  // tries of the newest attempt that failed: the IDs of the checks that did, joined by spaces
	Jumps    int       // how many attempts did so
	Last     time.Time

	// Over all attempts.
	AllHints  int           // how many hints were shown, one again in another attempt counted again
	Solutions int           // in how many the solution was shown before they passed
	Took      time.Duration // from the beginning to the end of the first that passed; 0 where that is not known
	LastTook  time.Duration // likewise of the newest that passed
}

// LessonState is how a lesson stands as far as reading goes.
type LessonState struct {
	Page    int // the furthest page, from 0
	Pages   int
	Spent   time.Duration
	Opened  time.Time // first
	Visited time.Time // last
}

// PendingAnswer is an answer that waits for a judge.
type PendingAnswer struct {
	ID string // of the event
	Answer
}

// Day is what was done on one day.
type Day struct {
	Date    time.Time // midnight by the learner's clock
	Answers int
	Right   int
	Labs    int // passed
	Spent   time.Duration
}
