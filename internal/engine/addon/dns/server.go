package dns

import (
	"context"
	"crypto/sha512"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/coredns/caddy"

	"kubetutor/internal/engine/kernel"
)

// server is one running CoreDNS: it owns the sockets, and hands queries and
// requests to the current instance.
type server struct {
	p       *kernel.Process
	options options
	log     *logger
	current *instance
	tried   [sha512.Size]byte // sum of the last Corefile: a wrong one is not tried again
	sockets sockets
	exit    chan int // a plugin ends the program
}

func newServer(p *kernel.Process, o options) *server {
	register()
	return &server{p: p, options: o, log: &logger{out: p.Stdout()}, sockets: newSockets(p.Net()), exit: make(chan int, 1)}
}

// run serves until a signal or a plugin ends the program.
func (s *server) run(ctx context.Context) int {
	signals := s.p.Notify(kernel.SIGTERM, kernel.SIGINT, kernel.SIGQUIT, kernel.SIGUSR1, kernel.SIGHUP)
	defer s.close()
	if err := s.begin(ctx); err != nil {
		return fail(s.p, err)
	}
	for {
		select {
		case signal := <-signals:
			if code, end := s.handle(ctx, signal, signals); end {
				return code
			}
		case <-s.time():
			s.look(ctx)
		case code := <-s.exit:
			return code
		case <-ctx.Done():
			return exitFailed
		}
	}
}

// time is when to look for another Corefile.
func (s *server) time() <-chan time.Time {
	if s.current.poll == 0 {
		return nil
	}
	return time.After(s.current.poll)
}

// begin starts the first instance.
func (s *server) begin(ctx context.Context) error {
	corefile, err := load(s.p, s.options.conf)
	if err != nil {
		return err
	}
	first, err := s.start(ctx, corefile)
	if err != nil {
		return err
	}
	s.tried = first.sum
	if s.options.quiet {
		s.announce()
		return nil
	}
	for _, zone := range slices.Sorted(maps.Keys(first.zones)) {
		_, _ = io.WriteString(s.p.Stdout(), zone+"\n")
	}
	s.announce()
	_, _ = io.WriteString(s.p.Stdout(), version())
	return nil
}

// announce says which Corefile is current, if it is watched.
func (s *server) announce() {
	if s.current.poll > 0 {
		s.log.of("reload").infof("Running configuration SHA512 = %x", s.current.sum)
	}
}

// start makes an instance of a Corefile and lets it serve from now on. If that
// fails, the one before goes on.
func (s *server) start(ctx context.Context, corefile caddy.Input) (*instance, error) {
	next, err := newInstance(s, corefile)
	if err != nil {
		return nil, err
	}
	if err := next.start(); err != nil {
		return nil, errors.Join(err, next.shutdown())
	}
	if err := s.sockets.serve(next); err != nil {
		return nil, errors.Join(err, next.shutdown())
	}
	s.log.debug.Store(next.debug)
	s.current = next
	next.work(ctx)
	return next, nil
}

// look reads the Corefile again, and takes it if it is another one.
func (s *server) look(ctx context.Context) {
	corefile, err := load(s.p, s.options.conf)
	if errors.As(err, new(*fileError)) {
		return // the kubelet is about to write it, or has taken it away
	}
	var sum [sha512.Size]byte
	if err == nil {
		sum, err = sumOf(corefile)
	}
	if err != nil {
		s.log.of("reload").warningf("Corefile parse failed: %s", err)
		return
	}
	if sum == s.tried {
		return
	}
	s.tried = sum
	if err := s.reload(ctx, corefile); err != nil {
		s.log.of("reload").errorf("Corefile changed but reload failed: starting with listener file descriptors: %s", err)
	}
}

// reload replaces the current instance, if the Corefile is right.
func (s *server) reload(ctx context.Context, corefile caddy.Input) error {
	s.log.infof("Reloading")
	old := s.current
	if _, err := s.start(ctx, corefile); err != nil {
		s.log.errorf("Restart failed: %v", err)
		return err
	}
	if err := old.shutdown(); err != nil {
		return err
	}
	s.announce()
	s.log.infof("Reloading complete")
	return nil
}

// close gives back everything.
func (s *server) close() {
	s.sockets.close()
	if s.current != nil {
		_ = s.current.shutdown() // a second time: plugins do not mind
		forget(s.current)
	}
}

// handle does what a signal asks for, as caddy does it.
func (s *server) handle(ctx context.Context, signal kernel.Signal, more <-chan kernel.Signal) (code int, end bool) {
	switch signal {
	case kernel.SIGHUP:
		return 0, false
	case kernel.SIGUSR1:
		s.log.infof("SIGUSR1: Reloading")
		s.reread(ctx)
		return 0, false
	case kernel.SIGQUIT:
		s.log.infof("SIGQUIT: Quitting process immediately")
		return 0, true
	case kernel.SIGINT:
		s.log.infof("SIGINT: Shutting down")
	default:
		s.log.infof("%v: Shutting down servers then terminating", signal)
	}
	return s.end(signal, more), true
}

// reread reloads because of a signal.
func (s *server) reread(ctx context.Context) {
	corefile, err := load(s.p, s.options.conf)
	if err == nil {
		err = s.reload(ctx, corefile)
	}
	if err != nil {
		s.log.errorf("SIGUSR1: %v", err)
	}
}

// end lets plugins do what they do at the end, which another SIGINT cuts short.
func (s *server) end(signal kernel.Signal, more <-chan kernel.Signal) int {
	ended := make(chan error, 1)
	go func() { ended <- errors.Join(s.current.shutdown(), s.current.last()) }()
	for {
		select {
		case err := <-ended:
			if err != nil {
				s.log.errorf("%v shutdown: %v", signal, err)
				return exitCallback
			}
			return 0
		case next := <-more:
			if next == kernel.SIGINT {
				s.log.infof("SIGINT: Force quit")
				return exitUsage
			}
		case <-s.p.Done():
			return exitFailed
		}
	}
}

// fatal ends the program as log.Fatal does, from a plugin.
func (l pluginLog) fatalf(s *server, format string, args ...any) {
	l.logf(levelFatal, format, args...)
	select {
	case s.exit <- exitFailed:
	default: // it ends already
	}
}

// metricsMark separates a server's address from the container it is in, in the
// labels of upstream's metrics, which are those of the whole process.
const metricsMark = " in "

// metricsName is the address of a server in upstream's metrics.
func (s *server) metricsName(address string) string {
	return address + metricsMark + s.p.Container().ID()
}

// ours is the address that a label of a metric names, if it is this container's.
func (s *server) ours(label string) (address string, ok bool) {
	return strings.CutSuffix(label, metricsMark+s.p.Container().ID())
}
