package controlplane

import (
	"errors"
	"fmt"
	"net"
	"sync"
)

// doorway is the API server's listener, which can be shut and opened again: a
// shut one is no listener at all, so that clients are refused by the kernel, and
// connections that were open are cut. To its server it only seems that nobody
// comes.
type doorway struct {
	addr net.Addr

	mu     sync.Mutex
	l      net.Listener  // nil while shut
	opened chan struct{} // closed when l is there again, or never will be
	closed bool
	conns  map[*visitor]struct{}
}

// visitor is a connection through a doorway.
type visitor struct {
	*net.TCPConn
	door *doorway
}

// Close closes the connection.
func (v *visitor) Close() error {
	v.door.mu.Lock()
	delete(v.door.conns, v)
	v.door.mu.Unlock()
	return v.TCPConn.Close()
}

func newDoorway(l net.Listener) *doorway {
	return &doorway{addr: l.Addr(), l: l, opened: make(chan struct{}), conns: map[*visitor]struct{}{}}
}

// Addr is the address, also while nobody listens on it.
func (d *doorway) Addr() net.Addr { return d.addr }

// Accept waits for a connection, and if need be until the doorway is open.
func (d *doorway) Accept() (net.Conn, error) {
	for {
		l, opened, err := d.listener()
		if err != nil {
			return nil, err
		}
		if l == nil {
			<-opened
			continue
		}
		conn, err := l.Accept()
		if err == nil {
			if v, ok := d.admit(conn, l); ok {
				return v, nil
			}
			continue
		}
		if !d.replaced(l) {
			return nil, err
		}
	}
}

func (d *doorway) listener() (l net.Listener, opened <-chan struct{}, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, nil, net.ErrClosed
	}
	return d.l, d.opened, nil
}

// admit keeps a connection in sight, unless the doorway was shut as it came.
func (d *doorway) admit(conn net.Conn, l net.Listener) (*visitor, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.l != l {
		conn.Close()
		return nil, false
	}
	v := &visitor{TCPConn: conn.(*net.TCPConn), door: d}
	d.conns[v] = struct{}{}
	return v, true
}

func (d *doorway) replaced(l net.Listener) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.l != l
}

// shut ends listening and cuts what is open. On a shut doorway it does nothing.
func (d *doorway) shut() error {
	d.mu.Lock()
	l, conns := d.l, d.conns
	d.l, d.conns = nil, map[*visitor]struct{}{}
	d.mu.Unlock()
	if l == nil {
		return nil
	}
	err := l.Close()
	for v := range conns {
		err = errors.Join(err, v.TCPConn.Close())
	}
	return err
}

// open listens again at the same address. On an open doorway it does nothing.
func (d *doorway) open() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.l != nil || d.closed {
		return nil
	}
	l, err := net.Listen(d.addr.Network(), d.addr.String())
	if err != nil {
		return fmt.Errorf("listening again: %w", err)
	}
	d.l = l
	close(d.opened)
	d.opened = make(chan struct{})
	return nil
}

// Close closes the doorway for good; open connections stay.
func (d *doorway) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil
	}
	d.closed = true
	close(d.opened)
	if d.l == nil {
		return nil
	}
	l := d.l
	d.l = nil
	return l.Close()
}
