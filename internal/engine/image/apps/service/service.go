// Package service is what programs in containers share that serve or speak to a
// network: listeners that end with their process, HTTP servers and clients over
// the fabric, and the way signals end a program.
package service

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"kubetutor/internal/engine/kernel"
)

// Listen opens a listener of p. It and all connections that it accepted are
// closed when ctx ends: a network namespace outlives its processes, so nothing
// else would.
func Listen(ctx context.Context, p *kernel.Process, address string) (net.Listener, error) {
	inner, err := p.Net().Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	l := &listener{Listener: inner, open: map[*conn]struct{}{}}
	l.undo = context.AfterFunc(ctx, func() { l.end() })
	return l, nil
}

// Accept serves each connection by itself until the listener is closed. A
// connection is closed when it is served, or when serving it panics: what nobody
// thought of ends the connection, not the server.
func Accept(l net.Listener, serve func(net.Conn)) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			defer func() { _ = recover() }()
			serve(conn)
		}()
	}
}

type listener struct {
	net.Listener
	undo func() bool

	mu    sync.Mutex
	ended bool
	open  map[*conn]struct{}
}

// conn leaves its listener's set when it closes.
type conn struct {
	net.Conn
	of *listener
}

func (l *listener) Accept() (net.Conn, error) {
	inner, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &conn{inner, l}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		inner.Close()
		return nil, net.ErrClosed
	}
	l.open[c] = struct{}{}
	return c, nil
}

func (c *conn) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}

// CloseWrite ends one direction, where the connection below can.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// end closes everything, as the kernel does for a process that is gone.
func (l *listener) end() {
	l.Listener.Close()
	l.mu.Lock()
	l.ended = true
	open := l.open
	l.open = map[*conn]struct{}{}
	l.mu.Unlock()
	for c := range open {
		c.Conn.Close()
	}
}

// patience is how long a server waits for the head of a request.
const patience = time.Minute

// Server is an HTTP server with the settings that all programs here share. Each
// request is charged work, the CPU time that it costs.
func Server(p *kernel.Process, handler http.Handler, work time.Duration) *http.Server {
	return &http.Server{
		Handler:           charge(p, handler, work),
		ReadHeaderTimeout: patience,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          log.New(io.Discard, "", 0),
	}
}

func charge(p *kernel.Process, next http.Handler, work time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := p.Use(r.Context(), work); err != nil {
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Serve listens on address and serves until ctx ends or the server is shut
// down; then it returns nil.
func Serve(ctx context.Context, p *kernel.Process, server *http.Server, address string, certificate *tls.Certificate) error {
	l, err := Listen(ctx, p, address)
	if err != nil {
		return err
	}
	if certificate != nil {
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{*certificate}, NextProtos: []string{"http/1.1"}})
	}
	err = server.Serve(l)
	if ctx.Err() != nil || errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Certificate reads a certificate and its key from p's files.
func Certificate(p *kernel.Process, certFile, keyFile string) (*tls.Certificate, error) {
	cert, err := p.FS().ReadFile(certFile)
	if err != nil {
		return nil, err
	}
	key, err := p.FS().ReadFile(keyFile)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	return &pair, nil
}

// Dial connects from p's network; the host may be a name that p can look up.
func Dial(ctx context.Context, p *kernel.Process, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if net.ParseIP(host) != nil || host == "" {
		return p.Net().Dial(ctx, network, address)
	}
	found, err := p.Lookup(ctx, host)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	var last error
	for _, ip := range found {
		c, err := p.Net().Dial(ctx, network, net.JoinHostPort(ip.String(), port))
		if err == nil {
			return c, nil
		}
		last = err
	}
	return nil, last
}

// Transport sends HTTP requests from p's network. It keeps no connections.
func Transport(p *kernel.Process, config *tls.Config) *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return Dial(ctx, p, network, address)
		},
		TLSClientConfig:       config,
		DisableKeepAlives:     true,
		DisableCompression:    true,
		ResponseHeaderTimeout: patience,
	}
}

// Port is ":n" for a listener.
func Port(n int) string { return ":" + strconv.Itoa(n) }

// Words is an error in the words of the real program, which may begin and end
// as Go's own would not.
func Words(format string, args ...any) error { return fmt.Errorf(format, args...) }
