// Package anki reads and writes packages of Anki (.apkg) with their history.
// It knows notes, cards and ratings, and nothing of courses.
//
// # Format
//
// A package is a zip archive around an SQLite database. Which one counts says
// `meta`, a protobuf message with one number, or the names where there is none
// (see rslib/src/import_export/package/meta.rs of ankitects/anki):
//
//	collection.anki2    schema 11; Anki 2.0. Newer Ankis put a note there that asks to update
//	collection.anki21   schema 11, scheduler of version 2; Anki 2.1
//	collection.anki21b  schema 18, compressed with zstd; Anki 2.1.50 and later
//
// [Write] makes the second, which every Anki since 2.1 opens, with the first
// beside it. [Read] reads all three. The tables of notes, cards and ratings have
// the same columns in both schemas.
//
// A package is untrusted. Nothing in it is unpacked under a name of its own, and
// nothing but the numbers of cards and ratings that are asked for is read; see
// [Read].
package anki

import (
	"errors"
	"time"
)

// Package is what is written to a file. A note has exactly one card.
type Package struct {
	Made     time.Time // when; its location is the learner's zone
	Rollover int       // hour at which the learner's days end
	Notice   string    // what Anki 2.0, which cannot read the package, shows instead
	Preset   Preset
	Notes    []Note
}

// Preset are the options of the decks. Anki takes them over only if asked to.
type Preset struct {
	Name              string
	Weights           []float64 // of FSRS-6; none for Anki's own
	Retention         float64   // desired, 0 to 1
	Steps, Relearning []time.Duration
	NewPerDay         int
	PerDay            int
	Leech             int
}

// Model says which of our two note types a note has.
type Model int

// The models.
const (
	Basic Model = iota // fields Front, Back, Source, ID
	Cloze              // fields Text, Back, Source, ID; Text has clozes numbered 1
)

// Note is a note with its card.
type Note struct {
	// GUID is the note's name for ever: a note with the same one is updated, not
	// added again.
	GUID    string
	Model   Model
	Deck    string // PARENT::CHILD
	Fields  [4]string
	Tags    []string
	Created time.Time
	Card    Card
}

// Stage says how far a card has come, as Anki counts it.
type Stage int

// The stages, with the numbers that Anki gives them.
const (
	New Stage = iota
	Learning
	Review
	Relearning
)

// Card is how a card stands.
type Card struct {
	Stage     Stage
	Suspended bool
	Buried    bool
	Due       time.Time // zero for a new card; in review, some time of the day
	Interval  int       // days, for cards in review and relearning
	Left      int       // steps that are left, for cards in learning and relearning
	Reps      int
	Lapses    int

	// What FSRS remembers; Stability is 0 where it has never seen the card.
	Stability  float64 // days
	Difficulty float64 // 1 to 10
	Retention  float64 // that was asked for, 0 for unknown
	Last       time.Time

	Log []Rating // oldest first
}

// Rating is a line of the log.
type Rating struct {
	At         time.Time // in milliseconds
	Ease       int       // 1 again, 2 hard, 3 good, 4 easy
	Stage      Stage     // of the card before
	Interval   time.Duration
	Before     time.Duration // the interval before
	Difficulty float64       // 1 to 10, 0 for unknown
	Took       time.Duration
}

// Found is what [Read] finds.
type Found struct {
	Notes   []Note // those asked for, in the order of their GUIDs; fields, tags and decks are not read
	Foreign int    // how many other notes there are
	Skipped int    // ratings of Notes that say nothing: made by hand, crammed, or at an impossible time
	Schema  int    // 11 or 18
}

// The largest packages that are read. Errors name the number that was exceeded.
const (
	MaxCollection = 512 << 20       // bytes of the database, uncompressed
	MaxDirectory  = 32 << 20        // bytes of the archive's directory
	MaxNotes      = 200_000         // that were asked for
	MaxRatings    = 1_000_000       // of notes that were asked for
	MaxTime       = 2 * time.Minute // to read all of it
)

// Errors of [Read].
var (
	// ErrNoPackage means that a file is no package of Anki.
	ErrNoPackage = errors.New("this is no package of Anki")
	// ErrRefused means that the package has something in it that no Anki writes.
	ErrRefused = errors.New("the package is refused")
	// ErrTooLarge means that the package is over a limit.
	ErrTooLarge = errors.New("the package is too large")
	// ErrTooNew means that the package is of a version that is not known.
	ErrTooNew = errors.New("the package is of an Anki that is newer than this program knows")
)

// day is a day of Anki's: intervals are counted in them.
const day = 24 * time.Hour

// earliest is the first time that a rating can have: Anki is of 2006.
var earliest = time.Date(2006, 1, 1, 0, 0, 0, 0, time.UTC)
