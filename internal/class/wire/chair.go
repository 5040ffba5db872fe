package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"kubetutor/internal/class"
	"kubetutor/internal/class/door"
)

// Chair is an instructor's chair at the end of a connection, which is made anew
// whenever it ends, until the chair is closed. While there is none, Watch tells the
// last board with Lost set, and all other calls fail with class.ErrLost; a Look
// ends with it, and the learner is asked again by another one.
type Chair struct{ *link }

var _ class.Chair = (*Chair)(nil)

// NewChair connects in the background. Close ends it.
func NewChair(dial Dial, o Options) *Chair { return &Chair{newLink(dial, door.Chair, o)} }

// Watch implements class.Chair.
func (c *Chair) Watch(ctx context.Context, changed func(class.Board) error) error {
	var seen class.Board
	tell := func(now class.Board) error {
		seen = now
		return changed(now)
	}
	return follow(ctx, c.link, doWatch, tell, func() error {
		seen.Lost = true
		return changed(seen)
	})
}

// Do implements class.Chair.
func (c *Chair) Do(ctx context.Context, o class.Order) error { return c.ask(ctx, doOrder, o) }

// Look implements class.Chair.
func (c *Chair) Look(ctx context.Context, who class.LearnerID, frame func(class.Screen) error) error {
	now, _ := c.now()
	if now == nil {
		return class.ErrLost
	}
	return see(ctx, now, doLook, who, frame)
}

// maxExport bounds what an export may have in bytes, as all of it is kept until its
// end.
const maxExport = 64 << 20

// Export implements class.Chair. Nothing is written before all of it has come.
func (c *Chair) Export(ctx context.Context, format string, w io.Writer) error {
	now, _ := c.now()
	if now == nil {
		return class.ErrLost
	}
	var all bytes.Buffer
	err := now.ask(ctx, doExport, format, func(is json.RawMessage) error {
		var piece []byte
		if err := json.Unmarshal(is, &piece); err != nil {
			return &MalformedError{"this is no piece of an export"}
		}
		if all.Len()+len(piece) > maxExport {
			return errors.New("the export is too large")
		}
		all.Write(piece)
		return nil
	})
	if err != nil {
		return fmt.Errorf("fetching the export: %w", err)
	}
	_, err = all.WriteTo(w)
	return err
}
