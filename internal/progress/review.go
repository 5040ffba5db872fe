package progress

import (
	"context"
	"time"
)

// The kinds of events of reviews. Package review says what a card is; here it is
// an ID with a state.
const (
	KindReviewed    Kind = "review"     // Reviewed
	KindUnreviewed  Kind = "unreview"   // Unreviewed
	KindMarked      Kind = "mark"       // Marked
	KindRescheduled Kind = "reschedule" // Rescheduled
	KindFitted      Kind = "fit"        // Fitted
)

// Stage says how far a card has come.
type Stage string

// The stages of a card.
const (
	StageNew        Stage = ""           // never rated, or forgotten on purpose
	StageLearning   Stage = "learning"   // in the first steps, minutes apart
	StageReview     Stage = "review"     // days apart
	StageRelearning Stage = "relearning" // in the steps after a lapse
)

// CardState is how a card stands; the zero value is a new card. Times are UTC in
// milliseconds.
type CardState struct {
	Stage      Stage     `json:"stage,omitempty"`
	Step       int       `json:"step,omitempty"` // of the learning or relearning steps, from 0
	Stability  float64   `json:"s,omitempty"`    // days after which it is recalled with 90 %
	Difficulty float64   `json:"d,omitempty"`    // 1 to 10
	Due        time.Time `json:"due,omitzero"`
	Last       time.Time `json:"last,omitzero"` // when it was rated last
	Reps       int       `json:"reps,omitempty"`
	Lapses     int       `json:"lapses,omitempty"`
}

// Source says what led to a rating.
type Source string

// The sources of ratings.
const (
	SourceSession Source = "session" // a review session
	SourceQuiz    Source = "quiz"    // a wrong answer in a lesson
	SourceLab     Source = "lab"     // a hint, a solution, an abandoned attempt
	SourceImport  Source = "import"  // history from elsewhere
)

// Reviewed is a rating of a card and what followed from it.
type Reviewed struct {
	Card   string        `json:"card"`
	Rating int           `json:"rating"` // 1 again, 2 hard, 3 good, 4 easy
	Source Source        `json:"source,omitempty"`
	Took   time.Duration `json:"took,omitempty"` // nanoseconds
	Right  *bool         `json:"right,omitempty"`
	// At is when it was, if that is not the event's own time: imported history. A
	// card that was rated later than At keeps its state.
	At    time.Time `json:"at,omitzero"`
	State CardState `json:"state"` // of the card after it
	// After is the Card.Review that State was computed from. Where it is set and the
	// card has another by then, recording is refused with ErrElsewhere. It is not
	// kept.
	After *string `json:"-"`
}

// Unreviewed takes a rating back: the card is as it was before it. If the card
// was rated again since, that stands, and only the log forgets the rating.
type Unreviewed struct {
	Event string `json:"event"` // ID of the Reviewed event
}

// Mark is what is done to cards beside rating them.
type Mark string

// The marks.
const (
	MarkSuspend   Mark = "suspend"   // not asked until unsuspended
	MarkUnsuspend Mark = "unsuspend" // a leech is none any more, too
	MarkBury      Mark = "bury"      // not asked until Marked.Until
	MarkUnbury    Mark = "unbury"
	MarkLeech     Mark = "leech"  // suspended because it lapsed too often
	MarkForget    Mark = "forget" // new again; the log keeps its reviews
)

// Marked puts a mark on cards.
type Marked struct {
	Cards []string  `json:"cards"`
	Mark  Mark      `json:"mark"`
	Until time.Time `json:"until,omitzero"` // bury: until when
}

// Rescheduled is what new parameters made of cards. A large one is split into
// several events, each with the same weights.
type Rescheduled struct {
	Weights []float64            `json:"weights,omitempty"`
	Cards   map[string]CardState `json:"cards"`
}

// Fitted are parameters of FSRS that were fitted to the learner's reviews. They
// hold from here on.
type Fitted struct {
	Weights [21]float64 `json:"weights"`
	Reviews int         `json:"reviews"` // how many they were fitted to
	Loss    float64     `json:"loss"`    // log loss with these weights
	Before  float64     `json:"before"`  // log loss with those before
}

// Card is how a card stands, with its marks. A card has a row of its own once an
// event named it.
type Card struct {
	ID string
	CardState
	Suspended bool      // also while it is a leech
	Leech     bool      // it lapsed too often
	Buried    time.Time // until when it is not asked; zero: it is
	Review    string    // ID of the event of the rating that State comes from, empty for none
	// Missed is when the newest mistake outside of reviews was made that no rating
	// has followed yet (see mistake.go); zero for none.
	Missed time.Time
}

// Hidden tells whether the card is not asked at a time, because it is suspended
// or buried.
func (c Card) Hidden(at time.Time) bool { return c.Suspended || c.Buried.After(at) }

// Review is a rating in the log.
type Review struct {
	ID       string // of the event
	Reviewed        // At is always set
	Before   CardState
}

// Deck sums up which cards of a kind and a lesson have a row. Two decks are equal
// if they have the same cards: so a lesson whose cards are all known is passed over
// without reading their IDs.
type Deck struct {
	Cards int    `json:"n"`
	Sum   uint64 `json:"sum"` // of the FNV-1a hashes of the IDs
}

// DeckOf sums up the cards whose IDs are the prefix KIND:LESSON/ and one of the
// items.
func DeckOf(prefix string, items ...string) (d Deck) {
	begin := fnv1a(fnvBasis, prefix)
	for _, item := range items {
		d.add(fnv1a(begin, item))
	}
	return d
}

func (d *Deck) add(hash uint64) {
	d.Cards++
	d.Sum += hash
}

// fnvBasis is where hashes by FNV-1a of 64 bits begin
// (https://www.rfc-editor.org/rfc/rfc9923).
const fnvBasis = 0xcbf29ce484222325

// fnv1a goes on with a hash. Package hash/fnv has no way to go on from one twice.
func fnv1a(hash uint64, s string) uint64 {
	for i := range len(s) {
		hash = (hash ^ uint64(s[i])) * 0x100000001b3
	}
	return hash
}

// Fit are parameters and when they were fitted.
type Fit struct {
	Fitted
	At time.Time
}

// Order is an order of cards.
type Order string

// The orders of cards.
const (
	ByID  Order = ""    // for lists
	ByDue Order = "due" // the one that is due first comes first
	// ByRecall puts those first that are most likely forgotten at CardQuery.At: a
	// card's recall falls with the days since its rating, divided by its stability.
	ByRecall Order = "recall"
)

// CardQuery chooses cards. Each field that is set narrows the choice.
type CardQuery struct {
	IDs     []string  // these
	Lessons []string  // of these lessons, as the ID names them: KIND:LESSON/ITEM
	Kinds   []string  // of these kinds
	Stages  []Stage   // in these stages
	Due     time.Time // due at this time or before
	Asked   bool      // neither suspended nor buried at At
	Marked  bool      // suspended, or buried at At
	Leeches bool      // leeches
	Missed  bool      // with a mistake outside of reviews that no rating followed
	At      time.Time // the moment that Asked, Marked and ByRecall mean
	Order   Order
	Limit   int // at most so many, 0 for all
}

// CardReader answers about reviews, from tables of their own.
type CardReader interface {
	// Card is one card; ok is false where no event named it.
	Card(ctx context.Context, id string) (c Card, ok bool, err error)
	// Cards lists cards.
	Cards(ctx context.Context, q CardQuery) ([]Card, error)
	// Decks sums up the cards of each kind and lesson that have some, by
	// KIND:LESSON.
	Decks(ctx context.Context) (map[string]Deck, error)
	// CountCards counts the cards that Cards would list without a limit.
	CountCards(ctx context.Context, q CardQuery) (int, error)
	// Reviews calls f with each rating since a time, oldest first, those that were
	// taken back left out. It stops with f's error.
	Reviews(ctx context.Context, since time.Time, f func(Review) error) error
	// Weights are the parameters that were fitted last; ok is false before.
	Weights(ctx context.Context) (f Fit, ok bool, err error)
}
