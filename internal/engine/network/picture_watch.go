package network

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/lab/protocol"
)

// The pace of pictures.
const (
	// frame is the pace of pictures: four a second are what a person can follow, and
	// a terminal can draw.
	frame = 250 * time.Millisecond
	// framesOfStill is after how many of them one is drawn though nothing was seen to
	// change: counts and ages change by themselves.
	framesOfStill = int(time.Second / frame)
	// reconnect is the pause before a runtime that was lost is asked again.
	reconnect = time.Second
)

// Watch sends what is in view of the network, then whenever that changes, at most
// four times a second, until ctx ends or send fails.
func (n *Network) Watch(ctx context.Context, view protocol.NetworkView, send func(protocol.Network) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := newWatch(n, view, send)
	unfollow, err := w.follow()
	defer unfollow()
	if err != nil {
		return err
	}
	go w.read(ctx)
	go w.followRoutes(ctx)
	frames := time.NewTicker(frame)
	defer frames.Stop()
	return w.run(ctx, frames.C)
}

func newWatch(n *Network, view protocol.NetworkView, send func(protocol.Network) error) *watch {
	return &watch{
		network: n, view: view, send: send, traffic: newTraffic(),
		objects: make(chan struct{}, 1), routes: make(chan []*route), records: make(chan control.Record), lost: make(chan struct{}),
	}
}

// watch is one who watches the network.
type watch struct {
	network *Network
	view    protocol.NetworkView
	send    func(protocol.Network) error

	objects chan struct{}       // some have changed
	routes  chan []*route       // as they are now
	records chan control.Record // from the runtime
	lost    chan struct{}       // the runtime: what it tells next it may have told before

	known   *names   // of the objects as they are; nil when they have changed
	listed  []*route // as they were told of last
	traffic *traffic
	dirty   bool   // something was seen to change
	sent    []byte // the last picture, but for its time
}

// follow listens to all objects. Its result ends that, also after an error.
func (w *watch) follow() (end func(), err error) {
	var ends []func()
	end = func() {
		for _, e := range ends {
			e()
		}
	}
	for kind := range w.network.objects.all {
		cancel, err := w.network.objects.follow(kind, func(any) { w.wake() })
		if err != nil {
			return end, err
		}
		ends = append(ends, cancel)
	}
	return end, nil
}

func (w *watch) wake() {
	select {
	case w.objects <- struct{}{}:
	default:
	}
}

// read reads the runtime's records, also those of one that comes after it.
func (w *watch) read(ctx context.Context) {
	for {
		for r, err := range w.network.runtime.Records(ctx, 0) {
			if err != nil {
				break
			}
			select {
			case w.records <- r:
			case <-ctx.Done():
				return
			}
		}
		if !sleep(ctx, reconnect) {
			return
		}
		select {
		case w.lost <- struct{}{}:
		case <-ctx.Done():
			return
		}
	}
}

// run draws and sends, one picture a frame at most. It alone touches what was seen.
func (w *watch) run(ctx context.Context, frames <-chan time.Time) error {
	for still := framesOfStill; ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-w.objects:
			w.known, w.dirty = nil, true
		case w.listed = <-w.routes:
			w.known = nil // a picture that is the same is not sent
		case <-w.lost:
			w.traffic, w.dirty = newTraffic(), true
		case r := <-w.records:
			if err := w.see(r); err != nil {
				return err
			}
		case now := <-frames:
			if still++; !w.dirty && still < framesOfStill {
				continue
			}
			still = 0
			if err := w.draw(now); err != nil {
				return err
			}
		}
	}
}

func (w *watch) see(r control.Record) error {
	known, err := w.names()
	if err != nil {
		return err
	}
	w.traffic.see(r, known)
	w.dirty = true
	return nil
}

// names are those of the objects as they are now.
func (w *watch) names() (names, error) {
	if w.known == nil {
		s, err := w.network.objects.scene()
		if err != nil {
			return names{}, err
		}
		s.routes = w.listed
		w.known = new(namesOf(s))
	}
	return *w.known, nil
}

// draw sends a picture, unless it is the same as the last one.
func (w *watch) draw(now time.Time) error {
	known, err := w.names()
	if err != nil {
		return err
	}
	w.dirty = false
	w.traffic.settle(now)
	p := picture(known.scene, w.traffic, w.view, now)
	p.At = time.Time{}
	data, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("comparing pictures of the network: %w", err)
	}
	if bytes.Equal(data, w.sent) {
		return nil
	}
	w.sent, p.At = data, now
	return w.send(p)
}
