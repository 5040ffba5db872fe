package edge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"sync"
	"time"
)

const defaultLinger = 30 * time.Second

// Server is a data plane. Its methods may be called by many goroutines.
type Server struct {
	options Options
	clients clients
	turns   turns
	mirrors chan struct{} // one for each copy under way
	quiet   *log.Logger
	buffers *buffers

	mu     sync.Mutex
	ports  map[place]port
	ending sync.WaitGroup // of ports that were closed
	closed bool
}

// place is where a port is.
type place struct {
	network string // "tcp" or "udp"
	number  uint16
}

// port is a place that is listened on.
type port interface {
	set(Listener)
	// drain stops listening at once, and returns when nothing is under way any
	// more, at the latest when ctx ends.
	drain(ctx context.Context)
}

// NewServer makes a server without ports.
func NewServer(o Options) *Server {
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if o.Linger == 0 {
		o.Linger = defaultLinger
	}
	return &Server{options: o, mirrors: make(chan struct{}, mirrorsAtOnce), ports: map[place]port{},
		quiet: slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug), buffers: new(buffers),
		clients: clients{net: o.Net, all: map[clientKey]*client{}}, turns: turns{seed: o.Seed, all: map[string]*Turn{}}}
}

// Set replaces the configuration. The error joins those of ports that could not
// be opened (*PortError); all others work. A port that another process gives up
// later is opened by another Set.
func (s *Server) Set(c Config) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	s.turns.sweep()
	s.clients.sweep()
	gone := maps.Clone(s.ports)
	seen := map[place]bool{}
	var errs []error
	for _, l := range c.Listeners {
		at := placeOf(l)
		if seen[at] {
			errs = append(errs, &PortError{Network: at.network, Port: at.number, Err: errors.New("it is configured twice")})
			continue
		}
		seen[at] = true
		delete(gone, at)
		if err := s.open(at, l); err != nil {
			errs = append(errs, &PortError{Network: at.network, Port: at.number, Err: err})
		}
	}
	for at, p := range gone {
		delete(s.ports, at)
		s.drain(p)
	}
	return errors.Join(errs...)
}

// PortError says which port could not be opened.
type PortError struct {
	Network string
	Port    uint16
	Err     error
}

func (e *PortError) Error() string {
	return fmt.Sprintf("opening port %d/%s: %v", e.Port, e.Network, e.Err)
}

// Unwrap is the reason.
func (e *PortError) Unwrap() error { return e.Err }

func placeOf(l Listener) place {
	if l.Protocol == UDP {
		return place{network: "udp", number: l.Port}
	}
	return place{network: "tcp", number: l.Port}
}

// open opens a port, or changes what is done on it. The caller holds the lock.
func (s *Server) open(at place, l Listener) error {
	if p := s.ports[at]; p != nil {
		p.set(l)
		return nil
	}
	p, err := s.listen(at, l)
	if err == nil {
		s.ports[at] = p
	}
	return err
}

func (s *Server) listen(at place, l Listener) (port, error) {
	address := netip.AddrPortFrom(netip.IPv4Unspecified(), at.number).String()
	if at.network == "udp" {
		conn, err := s.options.Net.ListenPacket("udp", address)
		if err != nil {
			return nil, err
		}
		return newPacketPort(s, conn, l), nil
	}
	listener, err := s.options.Net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	return newStreamPort(s, listener, l), nil
}

func (s *Server) drain(p port) {
	s.ending.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), s.options.Linger)
		defer cancel()
		p.drain(ctx)
	})
}

// Shutdown closes all ports. Requests and connections may go on until ctx ends.
// The server cannot be used again.
func (s *Server) Shutdown(ctx context.Context) {
	s.mu.Lock()
	s.closed = true
	for _, p := range s.ports {
		s.ending.Go(func() { p.drain(ctx) })
	}
	clear(s.ports)
	s.mu.Unlock()
	s.ending.Wait()
	s.clients.close()
}

// Close closes all ports and connections.
func (s *Server) Close() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s.Shutdown(ctx)
}
