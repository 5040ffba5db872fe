package wire

import (
	"context"
	"errors"
	"io"

	"kubetutor/internal/class"
)

// ServeSeat lets a client be in a seat until the connection or the context ends,
// and closes the connection. The client is held for hostile: it can do what the
// seat does and nothing else, and costs a bounded amount of memory. The error says
// why it ended, nil where the client left.
func ServeSeat(ctx context.Context, rw io.ReadWriteCloser, seat class.Seat, o Options) error {
	return errors.ErrUnsupported
}

// ServeChair does the same for an instructor's chair.
func ServeChair(ctx context.Context, rw io.ReadWriteCloser, chair class.Chair, o Options) error {
	return errors.ErrUnsupported
}
