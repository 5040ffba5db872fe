// Package exchange carries reviews out and in: as a deck for Anki (.apkg), as a
// table (CSV), and as the log of ratings (JSON lines).
//
// # What comes in
//
// A deck and a log bring ratings. Those that are there already, of the same card
// in the same second, are left out: importing twice changes nothing. The others
// are recorded with the time at which they were, all or none. A card that was
// rated later here keeps its state; otherwise it stands as in the file, or, where
// the file does not say, as the schedule computes from its ratings. A table brings
// what can be changed in one: see [Importer.Table].
//
// Only cards that the course has, or that have been rated here, come in; others
// are counted. What is imported never makes cards that the course does not know.
package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/progress"
	"kubetutor/internal/review"
)

// Format is a form in which reviews are exchanged.
type Format string

// The formats.
const (
	APKG  Format = "apkg"  // cards with their history, for Anki
	CSV   Format = "csv"   // a table of cards, for spreadsheets
	JSONL Format = "jsonl" // the log of ratings, for programs
)

// Formats lists the formats.
func Formats() []Format { return []Format{APKG, CSV, JSONL} }

// Exporter writes reviews.
type Exporter struct {
	Desk  *review.Desk
	Lang  course.Lang
	Words *i18n.ExchangeWords
	Now   time.Time // in the learner's zone
}

// Export writes the cards that a filter leaves, or their ratings, and tells how
// many cards, or ratings, those were.
func (x *Exporter) Export(ctx context.Context, w io.Writer, format Format, f review.Filter) (int, error) {
	var n int
	var err error
	switch format {
	case APKG:
		n, err = x.deck(ctx, w, f)
	case CSV:
		n, err = x.table(ctx, w, f)
	case JSONL:
		n, err = x.log(ctx, w, f)
	default:
		err = fmt.Errorf("%q is no format of reviews", format)
	}
	if err != nil {
		return n, fmt.Errorf("exporting the reviews: %w", err)
	}
	return n, nil
}

// item is a card of a list with what it asks.
type item struct {
	review.Item
	entry review.Entry
}

// items opens each card of the filter and calls do with it. Cards that the course
// does not have any more are passed over.
func (x *Exporter) items(ctx context.Context, f review.Filter, do func(item) error) error {
	entries, err := x.Desk.List(ctx, f)
	if err != nil {
		return err
	}
	var lesson *course.Body // what was opened last: a lesson's cards follow each other, and share it while it is in use
	defer func() { runtime.KeepAlive(lesson) }()
	for _, e := range entries {
		opened, err := x.Desk.Open(ctx, e.Card)
		if errors.Is(err, review.ErrNoCard) {
			continue
		}
		if err != nil {
			return fmt.Errorf("opening the card %s: %w", e.ID, err)
		}
		lesson = opened.Body
		if err := do(item{opened, e}); err != nil {
			return err
		}
	}
	return nil
}

// Importer takes reviews in.
type Importer struct {
	Desk *review.Desk
	Now  time.Time // in the learner's zone
}

// Report says what an import brings.
type Report struct {
	Cards   int // of this program that are in the file
	Unknown int // cards of this program that the course does not have
	Foreign int // notes of a deck that are none of this program
	Ratings int // that are new here
	Known   int // ratings that were here already
	Skipped int // ratings of a deck that say nothing, such as crammed ones

	Changes []Change // of cards, in the order of their IDs
}

// Change is how an import changes a card.
type Change struct {
	Card    review.ID
	Ratings int // that it gains
	Before  progress.CardState
	After   progress.CardState // the same where it keeps its state
	Mark    progress.Mark      // "" for none
}

// record writes what an import leads to, all or none, unless it is only tried.
func (m *Importer) record(ctx context.Context, events []any, dry bool) error {
	if dry || len(events) == 0 {
		return nil
	}
	_, err := m.Desk.Store.RecordAll(ctx, events)
	return err
}

// importing says of an error that nothing was imported.
func importing(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("importing reviews: %w; nothing was imported", err)
}
