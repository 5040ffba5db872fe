// Package review is spaced repetition: what becomes a card, when it is asked
// again, and the session in which the learner answers. It draws nothing, and
// keeps nothing but through package progress.
//
// # Schedule
//
// Cards are scheduled by FSRS-6, the Free Spaced Repetition Scheduler in its
// sixth version with 21 weights, as github.com/open-spaced-repetition/go-fsrs
// v4.0.0 computes it, with learning and relearning steps (its basic scheduler).
// Four things are our own. Days are those of the learner's calendar, which end
// at the rollover hour, while go-fsrs counts days by UTC. A card in review is due
// from the beginning of its day, as in Anki. And the spread of intervals (fuzz,
// over Anki's ranges, which go-fsrs has) is seeded by the card and the number of
// its ratings, while go-fsrs seeds it by the clock: so the interval that a choice
// shows is the one that it leads to. Hard in a later step repeats that step.
//
// # Mistakes
//
// A wrong answer in a lesson, a used hint, a shown solution, an attempt that was
// left and a check that failed make a card or lapse it: package progress notes
// them when it folds the events, mistake.go has what follows for the schedule.
//
// # Session
//
// A [Desk] begins a [Session]; its Next gives a [Turn], Rate records what the
// learner chose, on disk before it returns. The queue is put together from the
// store's index of due cards, so that its size does not depend on how many cards
// there are.
package review

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/progress"
)

// Kind is what a card is made of.
type Kind string

// The kinds of cards.
const (
	Question Kind = "question" // a question of a lesson
	Cloze    Kind = "cloze"    // a blank in a lesson's text
	Lab      Kind = "lab"      // a lab, done again on a fresh cluster: a hands-on card
)

// Kinds lists the kinds of cards.
func Kinds() []Kind { return []Kind{Question, Cloze, Lab} }

// ID names a card: KIND:LESSON/ITEM, stable for ever.
type ID string

// NewID makes the ID of a card.
func NewID(kind Kind, lesson, item string) ID {
	return ID(string(kind) + ":" + lesson + "/" + item)
}

// ParseID reads an ID.
func ParseID(s string) (ID, error) {
	id := ID(s)
	switch id.Kind() {
	case Question, Cloze, Lab:
		if id.Lesson() != "" && id.Item() != "" {
			return id, nil
		}
	}
	return "", fmt.Errorf("%q names no card: a card is question:LESSON/ID, cloze:LESSON/ID or lab:LESSON/ID", s)
}

// Kind is what the card is made of.
func (id ID) Kind() Kind {
	kind, _, _ := strings.Cut(string(id), ":")
	return Kind(kind)
}

// Path is LESSON/ITEM, the name by which progress and labs know the thing.
func (id ID) Path() string {
	_, path, _ := strings.Cut(string(id), ":")
	return path
}

// Lesson is the ID of the card's lesson.
func (id ID) Lesson() string {
	lesson, _, _ := strings.Cut(id.Path(), "/")
	return lesson
}

// Item is the ID of the question, cloze or lab in its lesson.
func (id ID) Item() string {
	_, item, _ := strings.Cut(id.Path(), "/")
	return item
}

// Card is something to be asked.
type Card struct {
	ID      ID
	Track   string // ID of the track
	Lesson  *course.Lesson
	Page    int      // where it stands in the lesson, from 0; -1 where that is not known
	Sibling string   // cards with the same one are asked on different days
	Tags    []string // of the lesson
}

// Rating is how well the learner knew it.
type Rating int

// The ratings.
const (
	Again Rating = iota + 1
	Hard
	Good
	Easy
)

// Ratings lists the ratings, worst first.
func Ratings() [4]Rating { return [4]Rating{Again, Hard, Good, Easy} }

// Valid tells whether r is one of the four ratings.
func (r Rating) Valid() bool { return r >= Again && r <= Easy }

// Mode says what a session asks.
type Mode int

// The modes of sessions.
const (
	Due   Mode = iota // what is due today, and new cards
	Ahead             // also what will be due in the coming days
	Cram              // everything that was ever learnt, without touching the schedule
)

// Filter narrows what is asked and listed; an empty field does not.
type Filter struct {
	Tracks, Lessons []string // IDs
	Tags            []string // any of these
	Kinds           []Kind
}

// Options say what a session is to be.
type Options struct {
	Filter
	Mode Mode
	Days int           // Ahead: how many days
	Box  time.Duration // Next answers ErrDone once so much time has passed; 0 for no limit
	// HandsOn asks the hands-on cards only, beyond the daily number if need be.
	HandsOn bool
}

// Counts say how many cards are left today.
type Counts struct {
	Learning int // in steps
	Due      int
	New      int
	HandsOn  int
}

// All is their sum.
func (c Counts) All() int { return c.Learning + c.Due + c.New + c.HandsOn }

// Back is how many cards come back: all but the new ones.
func (c Counts) Back() int { return c.All() - c.New }

// Summary says what awaits the learner today, limits considered.
type Summary struct {
	Counts            // Learning counts those whose step is due now
	Waiting int       // due, but beyond today's limit
	Minutes int       // what it will take, from the learner's own pace
	Next    time.Time // when the next card is due, if none is now; zero if none ever
}

// Turn is a card that is asked.
type Turn struct {
	Card    Card
	State   progress.CardState
	Recall  float64 // how likely it is known now, 0 to 1; 0 for a new card
	Choices [4]Choice
	Left    Counts // this card included
}

// Choice is what a rating leads to.
type Choice struct {
	Rating   Rating
	Due      time.Time
	Interval time.Duration // until then; whole days for cards in review
}

// Given is what is known of an answer.
type Given struct {
	Took  time.Duration
	Right *bool // how it was graded; nil where the card was only looked at
}

// Tally is what was done in a session. Ratings that were taken back do not count.
type Tally struct {
	Rated    int
	Recalled int // rated better than Again
	New      int // that were new
	Time     time.Duration
	Kinds    map[Kind]int
	Leeches  []ID // cards that became leeches, and are suspended now
}

// Entry is a card in a list, with how it stands.
type Entry struct {
	Card
	State     progress.CardState
	Suspended bool
	Leech     bool
	Buried    time.Time // until when; zero if it is not
}

// Item is a card with what it asks. Exactly one of Question and Lab is set; a
// cloze opens as a question of type cloze.
type Item struct {
	Card
	Body     *course.Body
	Question *course.Question
	Lab      *course.Lab
}

// ErrDone means that nothing is left to ask, or that the time box is over.
var ErrDone = errors.New("nothing more is to be reviewed today")

// ErrWait means that only cards in learning steps are left, and none is due yet.
type ErrWait struct {
	Until time.Time
}

func (e ErrWait) Error() string {
	return "the next card is due at " + e.Until.Format(time.TimeOnly)
}

// ErrNoCard means that a card's question, cloze or lab is not in the course.
var ErrNoCard = errors.New("the course has no such card")
