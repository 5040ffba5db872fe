package wire

import (
	"context"
	"errors"
	"io"

	"kubetutor/internal/class"
)

// Chair is an instructor's chair at the end of a connection, which is made anew
// whenever it ends, until the chair is closed. While there is none, Watch tells the
// last board with Lost set, and all other calls fail with class.ErrLost; a Look
// ends with it, and the learner is asked again by another one.
type Chair struct{}

var _ class.Chair = (*Chair)(nil)

// NewChair connects in the background. Close ends it.
func NewChair(dial Dial, o Options) *Chair { return &Chair{} }

// Close ends the connection and waits until nothing of it is left.
func (c *Chair) Close() error { return nil }

// Watch implements class.Chair.
func (c *Chair) Watch(ctx context.Context, changed func(class.Board) error) error {
	return errors.ErrUnsupported
}

// Do implements class.Chair.
func (c *Chair) Do(ctx context.Context, o class.Order) error { return errors.ErrUnsupported }

// Look implements class.Chair.
func (c *Chair) Look(ctx context.Context, who class.LearnerID, frame func(class.Screen) error) error {
	return errors.ErrUnsupported
}

// Export implements class.Chair. Nothing is written before all of it has come.
func (c *Chair) Export(ctx context.Context, format string, w io.Writer) error {
	return errors.ErrUnsupported
}
