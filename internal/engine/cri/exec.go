package cri

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"

	"kubetutor/internal/engine/kernel"
)

// maxSyncOutput is how much of each output ExecSync returns, in bytes; the rest
// is dropped, and the command goes on (api.proto, CVE-2022-1708).
const maxSyncOutput = 16 << 20

// ExecSync runs a command for exec probes and lifecycle hooks.
func (r *runtimeService) ExecSync(ctx context.Context, req *runtimeapi.ExecSyncRequest) (*runtimeapi.ExecSyncResponse, error) {
	c, err := r.node.runningContainer(req.GetContainerId())
	if err != nil {
		return nil, fmt.Errorf("failed to exec in container: %w", err)
	}
	stdout, stderr := &capped{room: maxSyncOutput}, &capped{room: maxSyncOutput}
	p, err := c.exec(kernel.Spec{Args: req.GetCmd(), Stdout: stdout, Stderr: stderr})
	if err != nil {
		return nil, fmt.Errorf("failed to exec in container: %w", err)
	}
	code, err := awaitExec(ctx, p, time.Duration(req.GetTimeout())*time.Second)
	if err != nil {
		return nil, fmt.Errorf("failed to exec in container: %w", err)
	}
	return &runtimeapi.ExecSyncResponse{Stdout: stdout.bytes(), Stderr: stderr.bytes(), ExitCode: int32(code)}, nil
}

// awaitExec waits for a command. Beyond the timeout (0: none), or when the
// caller goes, it is killed; the error then wraps context.DeadlineExceeded or
// context.Canceled, by which the kubelet tells a probe that timed out.
func awaitExec(ctx context.Context, p *kernel.Process, timeout time.Duration) (int, error) {
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	status, err := p.Wait(ctx)
	if err == nil {
		return status.ExitCode(), nil
	}
	_ = p.Signal(kernel.SIGKILL) // it may just have ended
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return 0, fmt.Errorf("timeout %v exceeded: %w", timeout, err)
}

// runningContainer finds a container in which something can be run.
func (n *node) runningContainer(id string) (*container, error) {
	c, err := n.findContainer(id)
	if err != nil {
		return nil, err
	}
	if state := c.now().State; state != runtimeapi.ContainerState_CONTAINER_RUNNING {
		return nil, fmt.Errorf("container is in %s state", stateName(state))
	}
	return c, nil
}

// exec starts a further process with the identity, environment and directory of
// the main one.
func (c *container) exec(spec kernel.Spec) (*kernel.Process, error) {
	spec.Cred, spec.Dir = c.spec.Cred, c.spec.Dir
	e := env(append([]string(nil), c.spec.Env...))
	if spec.TTY != nil {
		e.set("TERM=xterm")
	}
	spec.Env = e
	p, err := c.inner.Start(spec)
	if err != nil {
		return nil, fmt.Errorf("failed to start exec %q: OCI runtime exec failed: exec failed: unable to start container process: %w", newID(), err)
	}
	return p, nil
}

// capped keeps the beginning of what is written to it.
type capped struct {
	mu   sync.Mutex
	kept bytes.Buffer
	room int
}

func (c *capped) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	some := p[:min(len(p), c.room)]
	c.kept.Write(some)
	c.room -= len(some)
	return len(p), nil
}

// bytes is what was kept; a process that the command left behind may go on
// writing.
func (c *capped) bytes() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bytes.Clone(c.kept.Bytes())
}

// session is one command with somebody at the other end.
type session struct {
	in     io.Reader // nil: none
	out    io.Writer
	errOut io.Writer
	resize <-chan remotecommand.TerminalSize
}

// run runs a command without a terminal.
func (s session) run(ctx context.Context, c *container, cmd []string) (int, error) {
	spec := kernel.Spec{Args: cmd, Stdout: shared(s.out), Stderr: shared(s.errOut)}
	if s.in != nil {
		r, w := kernel.Pipe()
		spec.Stdin = r
		defer r.Close()
		go func() {
			_, _ = io.Copy(w, s.in)
			w.Close()
		}()
	}
	p, err := c.exec(spec)
	if err != nil {
		return 0, err
	}
	return awaitExec(ctx, p, 0)
}

// endOfInput is what a terminal's user types when there is nothing more (^D).
const endOfInput = 4

// runTTY runs a command on a terminal. When the user's end breaks, the terminal
// hangs up: a shell would stay behind otherwise.
func (s session) runTTY(ctx context.Context, c *container, cmd []string) (int, error) {
	tty := kernel.NewTTY(kernel.Size{})
	go follow(tty, s.resize)
	shown := make(chan struct{})
	go func() {
		defer close(shown)
		if _, err := io.Copy(orDiscard(s.out), tty.Master()); err != nil {
			_ = tty.Master().Close()
		}
	}()
	p, err := c.exec(kernel.Spec{Args: cmd, TTY: tty})
	if err != nil {
		_ = tty.Master().Close()
		return 0, err
	}
	if s.in != nil {
		go func() {
			_, _ = io.Copy(tty.Master(), s.in)
			_, _ = tty.Master().Write([]byte{endOfInput})
		}()
	}
	code, err := awaitExec(ctx, p, 0)
	_ = tty.Master().Close()
	<-shown
	return code, err
}

// follow keeps a terminal as large as the user's window, until that is closed. A
// client without a window says 0, which would put every character on a line of
// its own.
func follow(tty *kernel.TTY, resize <-chan remotecommand.TerminalSize) {
	for size := range resize {
		if size.Width > 0 && size.Height > 0 {
			tty.Resize(kernel.Size{Columns: int(size.Width), Rows: int(size.Height)})
		}
	}
}

func orDiscard(w io.Writer) io.Writer {
	if w == nil {
		return io.Discard
	}
	return w
}

// shared makes a writer that several processes may use; nil stays nil.
func shared(w io.Writer) io.Writer {
	if w == nil {
		return nil
	}
	return &sharedWriter{w: w}
}

type sharedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *sharedWriter) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}
