package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"charm.land/ssh"
	"charm.land/wish/v2"
	gossh "golang.org/x/crypto/ssh"

	"kubetutor/internal/class/wire"
	"kubetutor/internal/course"
)

// Server is a class's SSH server.
type Server struct {
	o        Options
	log      *slog.Logger
	listen   *listener
	ssh      *ssh.Server
	sessions tally
	painter  painter
	stopping context.Context // is over when the sessions have to end
	stop     context.CancelFunc
}

// New listens at the address, so that it is known whether it can be had. Nobody is
// served before Serve. Without a room, a signer or a screen it is an error.
func New(o Options) (*Server, error) {
	if o.Room == nil || o.Signer == nil || o.Screen == nil {
		return nil, errors.New("a class's server needs a room, a host key and a screen")
	}
	o = o.withDefaults()
	s := &Server{o: o, log: o.Log}
	s.stopping, s.stop = context.WithCancel(context.Background())
	s.painter.log = o.Log
	s.sessions.limits, s.sessions.now = o.Limits, o.Now
	var err error
	if s.ssh, err = wish.NewServer(s.configure); err != nil {
		return nil, fmt.Errorf("setting an SSH server up: %w", err)
	}
	s.listen, err = listen(o.Address, newCrowd(o.Limits, o.Now, o.Log))
	return s, err
}

func (o Options) withDefaults() Options {
	o.Limits = o.Limits.withDefaults()
	if o.Lang == "" {
		o.Lang = course.English
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// connKey is where an SSH connection's values hold the connection below it.
type connKey struct{}

func connOf(ctx ssh.Context) *conn {
	c, _ := ctx.Value(connKey{}).(*conn)
	return c
}

// configure replaces all that the SSH library would do by itself, but for the
// protocol: which channels and requests there are, and who is let in.
func (s *Server) configure(server *ssh.Server) error {
	server.AddHostKey(s.o.Signer)
	server.ConnCallback = func(ctx ssh.Context, c net.Conn) net.Conn {
		ctx.SetValue(connKey{}, c)
		return c
	}
	server.ServerConfigCallback = func(ctx ssh.Context) *gossh.ServerConfig { return s.config(connOf(ctx)) }
	channel := func(_ *ssh.Server, c *gossh.ServerConn, asked gossh.NewChannel, ctx ssh.Context) {
		s.channel(connOf(ctx), c, asked)
	}
	server.ChannelHandlers = map[string]ssh.ChannelHandler{"default": channel}
	server.RequestHandlers = map[string]ssh.RequestHandler{"default": func(ctx ssh.Context, _ *ssh.Server, r *gossh.Request) (bool, []byte) {
		return connOf(ctx).global(r), nil
	}}
	server.SubsystemHandlers = map[string]ssh.SubsystemHandler{}
	return nil
}

// channel answers a client that wants a channel.
func (s *Server) channel(c *conn, over *gossh.ServerConn, asked gossh.NewChannel) {
	who, ok := identityOf(over.Permissions)
	if !ok {
		_ = asked.Reject(gossh.Prohibited, "not let in")
		return
	}
	c.alive.Do(func() { go c.keepAlive(over) })
	s.open(c, who, asked)
}

// wire are the options of the protocols for programs.
func (s *Server) wire() wire.Options {
	return wire.Options{Program: s.o.Version, Now: s.o.Now}
}

// Addr is where the server listens.
func (s *Server) Addr() net.Addr { return s.listen.Addr() }

// Close frees the address of a server that does not serve.
func (s *Server) Close() error {
	s.stop()
	return s.listen.Close()
}

// Serve serves until the context ends; then nobody else is let in, the sessions
// are told and end as if their users had left, and all is waited for, at most
// [Limits.Grace]. The error is why it could not go on; the end of the context is
// none. A server serves once.
func (s *Server) Serve(ctx context.Context) error {
	var beside sync.WaitGroup
	defer beside.Wait()
	painting, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	beside.Go(func() { s.painter.run(painting) })
	failed := make(chan error, 1)
	go func() { failed <- s.ssh.Serve(s.listen) }()
	select {
	case err := <-failed:
		s.shutdown(context.WithoutCancel(ctx))
		return fmt.Errorf("serving a class: %w", err)
	case <-ctx.Done():
		s.shutdown(context.WithoutCancel(ctx))
		<-failed
		return nil
	}
}

// shutdown ends all sessions and connections.
func (s *Server) shutdown(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, s.o.Limits.Grace)
	defer cancel()
	wait := s.sessions.close()
	s.stop()
	_ = s.listen.Close()
	s.listen.crowd.dismiss(atDoor)
	ended := make(chan struct{})
	go func() {
		wait()
		close(ended)
	}()
	select {
	case <-ended:
		closing, cancel := context.WithTimeout(ctx, s.o.Limits.Lonely/6) // clients close their connections after their last session
		_ = s.ssh.Shutdown(closing)
		cancel()
	case <-ctx.Done():
		s.log.Warn("sessions did not end in time")
	}
	s.listen.crowd.dismiss(inside)
	_ = s.ssh.Close()
	select {
	case <-ended:
	case <-time.After(time.Second):
	}
}
