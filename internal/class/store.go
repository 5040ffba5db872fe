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
	// Append writes an event and gives it its ID.
	Append(ctx context.Context, e Event) (id string, err error)
	// Events calls each with every event after an ID ("" from the beginning), in
	// their order.
	Events(ctx context.Context, after string, each func(Event) error) error
	// Progress is a learner's own. The caller closes it.
	Progress(ctx context.Context, who LearnerID) (progress.Store, error)
	// Secret returns what New makes the first time it is asked for, and that ever
	// after: host keys and the like.
	Secret(ctx context.Context, name string, make func() ([]byte, error)) ([]byte, error)
	Close() error
}

// Event is something that happened in a class.
type Event struct {
	ID   string          `json:"id"` // ULID
	At   time.Time       `json:"at"`
	Kind string          `json:"kind"`
	Who  LearnerID       `json:"who,omitempty"`
	Data json.RawMessage `json:"data,omitempty"`
}
