package host

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"kubetutor/internal/class"
)

// painter brings the pictures of sessions to those who look at them, at most four
// times a second. One does it for all sessions: most are looked at by nobody.
type painter struct {
	log *slog.Logger

	mu       sync.Mutex
	painting map[*painted]struct{}
}

// painted is a session that may be looked at.
type painted struct {
	from    *picture
	to      class.Painter
	version int // that was painted last
}

const paintEvery = 250 * time.Millisecond

// add takes a session up, until the function is called that it returns.
func (p *painter) add(m *play, to class.Painter) (remove func()) {
	one := &painted{from: &m.picture, to: to}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.painting == nil {
		p.painting = map[*painted]struct{}{}
	}
	p.painting[one] = struct{}{}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.painting, one)
	}
}

// run paints until the context ends.
func (p *painter) run(ctx context.Context) {
	tick := time.NewTicker(paintEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			for _, one := range p.all() {
				p.paint(one)
			}
		}
	}
}

func (p *painter) all() []*painted {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]*painted, 0, len(p.painting))
	for one := range p.painting {
		list = append(list, one)
	}
	return list
}

// paint keeps what breaks over one picture from all others.
func (p *painter) paint(one *painted) {
	defer func() {
		if r := recover(); r != nil {
			p.log.Error("a picture has broken", "cause", fmt.Sprint(r), "stack", string(debug.Stack()))
		}
	}()
	one.paint()
}

// paint paints what is new, if somebody looks. Who begins to look gets what is
// there.
func (p *painted) paint() {
	if p.to.Screens() == 0 {
		p.version = 0
		return
	}
	if screen, version := p.from.get(); version != p.version {
		p.to.Paint(screen)
		p.version = version
	}
}
