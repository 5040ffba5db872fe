package host

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// output writes to a session. A write waits for the client, so who draws is held
// up by it, and draws the present once it reads again instead of all that it
// missed. A client that takes no piece for too long is dropped.
type output struct {
	mu    sync.Mutex
	to    io.Writer
	limit time.Duration
	drop  func()
	dead  bool
}

// piece is how much is written at once, in bytes: what even a slow connection takes
// within the limit.
const piece = 4 << 10

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	written := 0
	for len(p) > 0 {
		if o.dead {
			return written, errGone
		}
		n, err := o.piece(p[:min(len(p), piece)])
		if written += n; err != nil {
			o.dead = true
			return written, fmt.Errorf("writing to a terminal: %w", err)
		}
		p = p[n:]
	}
	return written, nil
}

func (o *output) piece(p []byte) (int, error) {
	late := time.AfterFunc(o.limit, o.drop)
	defer late.Stop()
	return o.to.Write(p)
}
