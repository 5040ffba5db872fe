package edge

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Limits of what clients may keep open or send.
const (
	helloIn    = 10 * time.Second // a TLS client's first message
	requestIn  = 60 * time.Second // a request's line and headers
	idleClient = 180 * time.Second
	dialIn     = 10 * time.Second // to a backend of a stream
)

// streamPort is a TCP port. What is spoken on it may change: connections that are
// accepted later speak the new protocol.
type streamPort struct {
	server   *Server
	listener net.Listener
	config   atomic.Pointer[Listener]
	http     *http.Server
	spoken   chan net.Conn // connections on which HTTP is spoken
	active   sync.WaitGroup
	ctx      context.Context // ends when nothing may go on
	cancel   context.CancelFunc
	gone     chan struct{} // closed when no connection is accepted any more
}

func newStreamPort(s *Server, listener net.Listener, l Listener) *streamPort {
	p := &streamPort{server: s, listener: listener, spoken: make(chan net.Conn), gone: make(chan struct{})}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.set(l)
	p.http = &http.Server{Handler: http.HandlerFunc(p.answer), ReadHeaderTimeout: requestIn, IdleTimeout: idleClient,
		BaseContext: func(net.Listener) context.Context { return p.ctx },
		ErrorLog:    s.quiet, Protocols: new(http.Protocols)}
	p.http.Protocols.SetHTTP1(true)
	p.http.Protocols.SetHTTP2(true)
	p.http.Protocols.SetUnencryptedHTTP2(true)
	go func() { _ = p.http.Serve((*spokenListener)(p)) }() // ends with Shutdown or Close
	go p.accept()
	return p
}

func (p *streamPort) set(l Listener) { p.config.Store(&l) }

// answer answers a request by what is configured now.
func (p *streamPort) answer(w http.ResponseWriter, r *http.Request) {
	p.active.Add(1)
	defer p.active.Done()
	if h := p.config.Load().Handler; h != nil {
		h.ServeHTTP(w, r)
		return
	}
	http.NotFound(w, r)
}

func (p *streamPort) accept() {
	defer close(p.gone)
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return // the listener is closed, by us or with the process
		}
		switch l := p.config.Load(); l.Protocol {
		case TLS:
			p.active.Go(func() { p.meet(conn, l) })
		case TCP:
			p.active.Go(func() { p.pipe(conn, l.Forward) })
		default:
			p.speak(conn)
		}
	}
}

// speak hands a connection over to HTTP.
func (p *streamPort) speak(conn net.Conn) {
	select {
	case p.spoken <- conn:
	case <-p.gone:
		conn.Close()
	}
}

// meet reads what a TLS client wants, and gives it that.
func (p *streamPort) meet(conn net.Conn, l *Listener) {
	stop := context.AfterFunc(p.ctx, func() { conn.Close() })
	name, conn, err := readHello(conn)
	if err != nil {
		stop()
		conn.Close()
		return
	}
	host := hostFor(l.Hosts, name)
	switch {
	case host == nil:
		conn.Close()
	case host.TLS == nil:
		p.pipe(conn, host.Forward)
	case host.Forward != nil:
		p.pipe(tls.Server(conn, host.TLS), host.Forward)
	default:
		stop()
		p.speak(tls.Server(conn, offering(host.TLS)))
		return
	}
	stop()
}

// offering is a configuration that offers HTTP/2.
func offering(c *tls.Config) *tls.Config {
	if len(c.NextProtos) > 0 {
		return c
	}
	c = c.Clone()
	c.NextProtos = []string{"h2", "http/1.1"}
	return c
}

// pipe connects a client with the backend whose turn it is, until both have said
// everything.
func (p *streamPort) pipe(client net.Conn, pool *Pool) {
	defer client.Close()
	backend, err := p.server.dialNext(p.ctx, "tcp", pool)
	if err != nil {
		p.server.options.Log.Debug("no backend took a connection", "port", p.config.Load().Port, "reason", err)
		return
	}
	defer backend.Close()
	stop := context.AfterFunc(p.ctx, func() { client.Close(); backend.Close() })
	defer stop()
	var both sync.WaitGroup
	both.Go(func() { pass(backend, client) })
	pass(client, backend)
	both.Wait()
}

var errNoBackend = errors.New("no backend has an address")

// dialNext connects to the next address of the next backend.
func (s *Server) dialNext(ctx context.Context, network string, pool *Pool) (net.Conn, error) {
	if pool == nil {
		return nil, errNoBackend
	}
	b, _ := pool.Next()
	if b == nil {
		return nil, errNoBackend
	}
	address, ok := b.Next()
	if !ok {
		return nil, errNoBackend
	}
	ctx, cancel := context.WithTimeout(ctx, dialIn)
	defer cancel()
	conn, err := s.options.Net.Dial(ctx, network, address.String())
	if err != nil || b.TLS == nil {
		return conn, err
	}
	return handshake(ctx, conn, b.TLS)
}

// handshake begins TLS with a backend.
func handshake(ctx context.Context, conn net.Conn, to *ClientTLS) (net.Conn, error) {
	config, err := to.config()
	if err == nil {
		secure := tls.Client(conn, config)
		if err = secure.HandshakeContext(ctx); err == nil {
			return secure, nil
		}
	}
	conn.Close()
	return nil, err
}

// pass copies all that one side says to the other, and tells it of the end.
func pass(to, from net.Conn) {
	_, err := io.Copy(to, from)
	if half, ok := to.(interface{ CloseWrite() error }); ok && err == nil {
		_ = half.CloseWrite()
		return
	}
	to.Close()
}

// drain stops listening, and waits for what is under way.
func (p *streamPort) drain(ctx context.Context) {
	defer p.cancel()
	p.listener.Close()
	<-p.gone
	if err := p.http.Shutdown(ctx); err != nil {
		p.cancel()
		p.http.Close()
	}
	done := make(chan struct{})
	go func() { p.active.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		p.cancel() // closes connections; nothing else can hold a stream
		<-done
	}
}

// spokenListener gives the HTTP server its connections.
type spokenListener streamPort

func (l *spokenListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.spoken:
		return conn, nil
	case <-l.gone:
		return nil, net.ErrClosed
	}
}

func (l *spokenListener) Close() error   { return nil }
func (l *spokenListener) Addr() net.Addr { return l.listener.Addr() }
