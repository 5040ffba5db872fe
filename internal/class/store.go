package class

import (
	"context"
	"encoding/json"
	"time"

	"kubetutor/internal/progress"
)

// Store keeps what outlives the server of a class. Events are the truth, as they
// are of a learner's progress; a Room folds them when it opens. SQLite is below
// the first one (package class/store); PostgreSQL can be below another, with one
// server on each of several machines. Calls may come from many goroutines; what
// Append returned for is on disk.
type Store interface {
	// Append writes an event and gives it its ID, which is greater than all that are
	// there. After is the ID of the newest event that the caller knows ("" for none);
	// where there are newer ones nothing is written and the error is ErrBehind: the
	// caller reads those, decides anew, and tries again. So two servers of one class
	// agree on who has a name.
	Append(ctx context.Context, after string, e Event) (id string, err error)
	// Events calls each with every event after an ID ("" from the beginning), in
	// their order.
	Events(ctx context.Context, after string, each func(Event) error) error
	// Progress is a learner's own, made if need be. The caller closes it. It may be
	// open many times at once. An ID that is not Valid is an error.
	Progress(ctx context.Context, who LearnerID) (Progress, error)
	// Secret returns what New makes the first time it is asked for, and that ever
	// after: host keys and the like.
	Secret(ctx context.Context, name string, make func() ([]byte, error)) ([]byte, error)
	Close() error
}

// Progress is a learner's progress, and event by event what it is made of.
type Progress interface {
	progress.Store
	progress.Log
}

// Event is something that happened in a class. Data is one of the structures of
// this package by Kind. Kinds and fields that a program does not know it passes
// over; what a kind means is never changed, a new meaning gets a new kind.
type Event struct {
	ID   string          `json:"id"` // ULID
	At   time.Time       `json:"at"`
	Kind string          `json:"kind"`
	Who  LearnerID       `json:"who,omitempty"`
	Data json.RawMessage `json:"data,omitempty"`
}
