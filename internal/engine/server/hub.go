package server

import (
	"context"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"kubetutor/internal/lab/protocol"
)

// hub holds how the active lab stands, and lets any number of clients follow
// it. Only the newest state is kept: a slow client misses what was in between
// and nobody waits for it.
type hub struct {
	mu      sync.Mutex
	current protocol.Verdicts
	more    chan struct{} // closed at each change, then replaced
}

func newHub() *hub {
	return &hub{
		current: protocol.Verdicts{Epoch: ulid.Make().String(), Seq: 1, At: time.Now()},
		more:    make(chan struct{}),
	}
}

// publish makes a state the present one. What it is given belongs to the hub from
// then on.
func (h *hub) publish(attempt *protocol.Attempt, now standing) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.current = protocol.Verdicts{
		Epoch: h.current.Epoch, Seq: h.current.Seq + 1, At: time.Now(),
		Attempt: attempt, Checks: now.checks, Hints: now.hints,
	}
	close(h.more)
	h.more = make(chan struct{})
}

func (h *hub) get() (protocol.Verdicts, <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.current, h.more
}

// follow sends the present state, unless the client has seen just that, and
// then every newer one, until ctx ends or send fails.
func (h *hub) follow(ctx context.Context, since protocol.Since, send func(protocol.Verdicts) error) error {
	seen := uint64(0)
	if now, _ := h.get(); since.Epoch == now.Epoch && since.Seq <= now.Seq {
		seen = since.Seq
	}
	for {
		now, more := h.get()
		if now.Seq > seen {
			if err := send(now); err != nil {
				return err
			}
			seen = now.Seq
		}
		select {
		case <-more:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
