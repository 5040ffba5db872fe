package progress

import (
	"errors"
	"fmt"
	"path/filepath"

	"modernc.org/sqlite"

	"kubetutor/internal/durable"
)

// The errors that a learner can do something about. Every error of a DB that
// has one of these causes wraps it, and says what to do.
var (
	ErrFull     = durable.ErrFull
	ErrReadOnly = durable.ErrReadOnly
	ErrBusy     = durable.ErrBusy
	ErrDamaged  = errors.New("the progress file is damaged: close every kubetutor and start it again, it then repairs the file")
	ErrNewer    = errors.New("the progress file was written by a newer kubetutor: update this one, or name another directory with --data DIR")
	ErrTooLarge = errors.New("this is too large to be kept")
)

// ErrElsewhere is why a rating was not recorded: see Reviewed.After.
var ErrElsewhere = errors.New("the card was rated elsewhere meanwhile")

// explain says what was attempted and, where the cause is one of the errors
// above, what the learner can do.
func explain(doing string, err error) error {
	if err == nil {
		return nil
	}
	if cause := causeOf(err); cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%s: %w (%w)", doing, cause, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func causeOf(err error) error {
	cause := durable.Cause(err)
	if cause == durable.ErrCorrupt {
		return ErrDamaged
	}
	return cause
}

// damaged tells whether an error at the start can come from a damaged file.
// Damage has many faces: a wrong byte in the header makes a file read-only for
// SQLite, or takes a table away.
func damaged(err error) bool {
	cause := causeOf(err)
	if cause == ErrFull || cause == ErrBusy {
		return false
	}
	var se *sqlite.Error
	return errors.Is(err, ErrDamaged) || errors.As(err, &se)
}

// watch marks the file for repair at the next start when err says that it is
// damaged, and explains err.
func (d *DB) watch(doing string, err error) error {
	err = explain(doing, err)
	if errors.Is(err, ErrDamaged) {
		markDamaged(d.dir)
	}
	return err
}

func markDamaged(dir string) {
	// Without the mark the damage is found again, only later.
	_ = writeDurably(filepath.Join(dir, markName), nil)
}
