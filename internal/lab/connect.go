package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"kubetutor/internal/lab/protocol"
)

// dial connects to the cluster's daemon, of whatever build it is. It starts
// nothing: ErrNoDaemon means that there is none.
func (l *Labs) dial(ctx context.Context) (*Client, error) {
	socket, err := socketPath(l.dirs.sockets, l.name)
	if err != nil {
		return nil, err
	}
	if err := checkSocketDir(l.dirs.sockets); errors.Is(err, os.ErrNotExist) {
		return nil, ErrNoDaemon
	} else if err != nil {
		return nil, err
	}
	return Dial(ctx, socket)
}

// connect connects to a running daemon of this tutor's build.
func (l *Labs) connect(ctx context.Context) (*Client, error) {
	c, err := l.dial(ctx)
	if err != nil {
		return nil, err
	}
	if l.Stale(c.hello) {
		c.Close()
		return nil, &StaleError{Running: c.hello.Engine, Wanted: l.find().id, PID: c.hello.PID}
	}
	return c, nil
}

// running connects to a running daemon; without one it answers as a daemon
// without a cluster would.
func (l *Labs) running(ctx context.Context) (*Client, error) {
	c, err := l.connect(ctx)
	if errors.Is(err, ErrNoDaemon) {
		return nil, noCluster()
	}
	return c, err
}

// with runs one verb on a running daemon.
func (l *Labs) with(ctx context.Context, verb func(*Client) error) error {
	c, err := l.running(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	return verb(c)
}

// serve connects to the daemon; without one it prepares the engine and starts
// it.
func (l *Labs) serve(ctx context.Context) (*Client, error) {
	c, err := l.connect(ctx)
	if !errors.Is(err, ErrNoDaemon) {
		return c, err
	}
	if err := l.Prepare(ctx, func(Engine) {}); err != nil {
		return nil, err
	}
	return l.startDaemon(ctx)
}

// compiler connects to a daemon that can compile expressions: it starts one
// where the engine is ready, but builds none.
func (l *Labs) compiler(ctx context.Context) (*Client, error) {
	c, err := l.connect(ctx)
	if !errors.Is(err, ErrNoDaemon) {
		return c, err
	}
	if e := l.Look(); e.State != EngineReady {
		return nil, noCluster()
	}
	return l.startDaemon(ctx)
}

// startDaemon starts the daemon of the engine that is ready.
func (l *Labs) startDaemon(ctx context.Context) (*Client, error) {
	socket, err := socketPath(l.dirs.sockets, l.name)
	if err != nil {
		return nil, err
	}
	d := daemon{
		program: l.Engine().File, name: l.name, state: l.StateDir(),
		sockets: l.dirs.sockets, args: l.args, env: l.env, nice: l.nice,
	}
	c, err := d.start(ctx, socket)
	if err != nil {
		return nil, err
	}
	c.Close()
	return l.connect(ctx) // verifies the id
}

// goneTimeout is how long a daemon may take to end after its last answer.
const goneTimeout = 20 * time.Second

// gone waits until nobody listens any more, so that the next command does not
// meet a daemon that is leaving.
func (l *Labs) gone(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, goneTimeout, fmt.Errorf("the engine did not end within %s: see %s", goneTimeout, l.LogFile()))
	defer cancel()
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		c, err := l.dial(ctx)
		if err != nil {
			return l.goneOr(ctx, err)
		}
		c.Close()
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(wait):
		}
	}
}

// goneOr is nil where the daemon is gone: also where it closed the door in the
// middle of a word.
func (l *Labs) goneOr(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if version := (*VersionError)(nil); errors.As(err, &version) {
		return err
	}
	return nil
}

// Verdicts follows the active lab until ctx ends, changed returns an error, or
// the engine says that it cannot. It starts no daemon: while there is none it
// waits for one. That one it followed has gone is told by empty verdicts, without
// an epoch.
func (l *Labs) Verdicts(ctx context.Context, changed func(protocol.Verdicts) error) error {
	var since protocol.Since
	var own error
	for wait := firstRetry; ; wait = min(2*wait, lastRetry) {
		err := l.follow(ctx, since, func(v protocol.Verdicts) error {
			if v.Epoch == since.Epoch && v.Seq <= since.Seq {
				return nil // seen before the connection was lost
			}
			since, wait = protocol.Since{Epoch: v.Epoch, Seq: v.Seq}, firstRetry
			own = changed(v)
			return own
		})
		if own == nil && errors.Is(err, ErrNoDaemon) && since.Epoch != "" {
			since, own = protocol.Since{}, changed(protocol.Verdicts{})
		}
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case own != nil:
			return own
		case !worthRetrying(err):
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(wait):
		}
	}
}

// The pauses before another try to reach a lost daemon.
const (
	firstRetry = 50 * time.Millisecond
	lastRetry  = 2 * time.Second
)

func (l *Labs) follow(ctx context.Context, since protocol.Since, changed func(protocol.Verdicts) error) error {
	c, err := l.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	return c.LabVerdicts(ctx, since, changed)
}

// worthRetrying tells whether time alone may mend an error: a lost connection,
// a cluster that is not up yet.
func worthRetrying(err error) bool {
	var stale *StaleError
	var version *VersionError
	if errors.As(err, &stale) || errors.As(err, &version) {
		return false
	}
	var refused *protocol.Error
	if errors.As(err, &refused) {
		return refused.Code == protocol.CodeConflict || refused.Code == protocol.CodeInternal
	}
	return true
}

// KubectlLink makes a directory that holds `kubectl`, a link to the engine's
// program, which is kubectl when called so. It is for the PATH of a learner's
// own shell.
func (l *Labs) KubectlLink(program string) (dir string, err error) {
	dir = filepath.Join(l.dirs.cache, "bin")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("making a directory for kubectl: %w", err)
	}
	link := filepath.Join(dir, "kubectl"+exe())
	if old, err := os.Readlink(link); err == nil && old == program {
		return dir, nil
	}
	part := fmt.Sprintf("%s.%d", link, os.Getpid())
	if err := os.Symlink(program, part); err != nil {
		return "", fmt.Errorf("linking kubectl to the engine: %w", err)
	}
	if err := os.Rename(part, link); err != nil {
		return "", fmt.Errorf("linking kubectl to the engine: %w", err)
	}
	return dir, nil
}
