package roomtest

import (
	"errors"
	"net"
	"sync"
	"time"
)

// cable is a connection that can go bad in the ways that connections do.
type cable struct {
	net.Conn
	mu     sync.Mutex
	slow   time.Duration // between bytes that are read; 0 reads as they come
	deaf   bool          // nothing is read any more
	frozen chan struct{} // closed: nothing comes in any more, and what goes out is lost
	gone   chan struct{} // closed with the connection
}

func newCable(c net.Conn) *cable {
	return &cable{Conn: c, frozen: make(chan struct{}), gone: make(chan struct{})}
}

// Read gives nothing once the cable is frozen, until it is closed.
func (w *cable) Read(p []byte) (int, error) {
	slow, deaf := w.habits()
	switch {
	case deaf:
		<-w.gone
		return 0, net.ErrClosed
	case slow == 0:
	default:
		p = p[:min(1, len(p))]
		time.Sleep(slow)
	}
	n, err := w.Conn.Read(p)
	select {
	case <-w.frozen:
		<-w.gone
		return 0, net.ErrClosed
	default:
		return n, err
	}
}

func (w *cable) habits() (slow time.Duration, deaf bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.slow, w.deaf
}

// Write loses what is written to a frozen cable.
func (w *cable) Write(p []byte) (int, error) {
	select {
	case <-w.frozen:
		return len(p), nil
	default:
		return w.Conn.Write(p)
	}
}

// Close closes the connection, once.
func (w *cable) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.gone:
		return net.ErrClosed
	default:
		close(w.gone)
		return w.Conn.Close()
	}
}

// freeze makes it one that was pulled: the other side is told nothing.
func (w *cable) freeze() {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case <-w.frozen:
	default:
		close(w.frozen)
	}
}

// trickle reads one byte in so long from now on.
func (w *cable) trickle(each time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.slow = each
}

// deafen reads nothing from now on; what is written still goes out.
func (w *cable) deafen() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deaf = true
}

// reset ends the connection without a farewell.
func (w *cable) reset() error {
	if tcp, ok := w.Conn.(*net.TCPConn); ok {
		return errors.Join(tcp.SetLinger(0), w.Close())
	}
	return w.Close()
}
