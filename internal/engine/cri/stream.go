package cri

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/cri-streaming/pkg/streaming"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"
)

// streams serves exec, attach and port-forward of a node on a loopback port. The
// kubelet passes its clients on to the URLs that the calls return; each carries
// a secret token that is good for one use within a minute.
type streams struct {
	streaming.Server
	http *http.Server
	base string
	open conns
}

func newStreams(n *node) (*streams, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("opening the stream server of node %s: %w", n.spec.Name, err)
	}
	// With a Start of its own the server would learn its port in a goroutine, in
	// a race with the first request.
	config := streaming.DefaultConfig
	config.BaseURL = &url.URL{Scheme: "http", Host: l.Addr().String()}
	s := &streams{base: l.Addr().String()}
	if s.Server, err = streaming.NewServer(config, streamRuntime{n}); err != nil {
		l.Close()
		return nil, fmt.Errorf("making the stream server of node %s: %w", n.spec.Name, err)
	}
	s.http = &http.Server{Handler: s.Server, ReadHeaderTimeout: 10 * time.Second, ConnState: s.open.track}
	go func() { _ = s.http.Serve(l) }() // ends with close
	return s, nil
}

func (s *streams) address() string { return s.base }

// close ends the server and all its connections, also those that were upgraded,
// which http.Server forgets.
func (s *streams) close() {
	_ = s.http.Close()
	s.open.close()
}

// conns are the connections that a server has handed over to somebody.
type conns struct {
	mu   sync.Mutex
	open map[net.Conn]struct{}
}

// track is told by http.Server. A hijacked connection is not heard of again, so
// those that ended are dropped when new ones come.
func (c *conns) track(conn net.Conn, state http.ConnState) {
	if state != http.StateHijacked {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil {
		c.open = map[net.Conn]struct{}{}
	}
	for old := range c.open {
		if old.SetDeadline(time.Time{}) != nil { // closed
			delete(c.open, old)
		}
	}
	c.open[conn] = struct{}{}
}

func (c *conns) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.open {
		conn.Close()
	}
	c.open = nil
}

// Exec prepares a command in a running container.
func (r *runtimeService) Exec(_ context.Context, req *runtimeapi.ExecRequest) (*runtimeapi.ExecResponse, error) {
	if _, err := r.node.runningContainer(req.GetContainerId()); err != nil {
		return nil, err
	}
	return r.streams.GetExec(req)
}

// Attach prepares to join a running container.
func (r *runtimeService) Attach(_ context.Context, req *runtimeapi.AttachRequest) (*runtimeapi.AttachResponse, error) {
	if _, err := r.node.runningContainer(req.GetContainerId()); err != nil {
		return nil, err
	}
	return r.streams.GetAttach(req)
}

// PortForward prepares connections to ports of a pod.
func (r *runtimeService) PortForward(_ context.Context, req *runtimeapi.PortForwardRequest) (*runtimeapi.PortForwardResponse, error) {
	s, err := r.node.findSandbox(req.GetPodSandboxId())
	if err != nil {
		return nil, err
	}
	if !s.ready() {
		return nil, fmt.Errorf("sandbox container %q is not running", s.id)
	}
	return r.streams.GetPortForward(req)
}

// streamRuntime is what a node's stream server calls.
type streamRuntime struct{ node *node }

// Exec runs a command.
func (s streamRuntime) Exec(ctx context.Context, id string, cmd []string, in io.Reader, out, errOut io.WriteCloser, tty bool, resize <-chan remotecommand.TerminalSize) error {
	c, err := s.node.runningContainer(id)
	if err != nil {
		return fmt.Errorf("failed to exec in container: %w", err)
	}
	who := session{in: in, resize: resize}
	if out != nil {
		who.out = out
	}
	if errOut != nil {
		who.errOut = errOut
	}
	run := who.run
	if tty {
		run = who.runTTY
	}
	code, err := run(ctx, c, cmd)
	if err != nil {
		return fmt.Errorf("failed to exec in container: %w", err)
	}
	if code != 0 {
		return utilexec.CodeExitError{Err: fmt.Errorf("error executing command %v, exit code %d", cmd, code), Code: code}
	}
	return nil
}

// Attach joins a container until it ends or the client goes.
func (s streamRuntime) Attach(ctx context.Context, id string, in io.Reader, out, errOut io.WriteCloser, _ bool, resize <-chan remotecommand.TerminalSize) error {
	c, err := s.node.runningContainer(id)
	if err != nil {
		return fmt.Errorf("failed to attach: %w", err)
	}
	if c.io.tty != nil {
		go follow(c.io.tty, resize)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for i, w := range []io.WriteCloser{out, errOut} {
		if w != nil && i < len(c.io.outputs) {
			defer c.io.outputs[i].join(&untilBroken{w, cancel})()
		}
	}
	if to := c.io.stdin(); in != nil && to != nil {
		go func() {
			_, _ = io.Copy(to, in)
			c.inputEnded(cancel)
		}()
	}
	_ = c.wait(ctx) // a client that goes is no failure
	return nil
}

// inputEnded is what happens when an attached client's input ends. For a
// container that takes input once, that is all it gets, and its output is still
// wanted. Else the client has gone; the container waits for the next one.
func (c *container) inputEnded(leave func()) {
	if c.config.GetStdinOnce() && c.io.tty == nil {
		c.io.closeStdin()
		return
	}
	leave()
}

// untilBroken tells when a client can no longer be written to.
type untilBroken struct {
	w      io.Writer
	broken func()
}

func (u *untilBroken) Write(p []byte) (int, error) {
	n, err := u.w.Write(p)
	if err != nil {
		u.broken()
	}
	return n, err
}

// PortForward passes bytes between a client and a port of a pod. A client that
// hangs up is no failure: an error would end its whole port-forward.
func (s streamRuntime) PortForward(ctx context.Context, sandboxID string, port int32, stream io.ReadWriteCloser) error {
	defer stream.Close()
	pod, err := s.node.findSandbox(sandboxID)
	if err != nil {
		return fmt.Errorf("failed to find sandbox %q in store: %w", sandboxID, err)
	}
	if !pod.ready() {
		return fmt.Errorf("network namespace for sandbox %q is closed", pod.id)
	}
	conn, err := pod.net.Dial(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(int(port))))
	if err != nil {
		return fmt.Errorf("failed to execute portforward in network namespace %q: failed to connect to localhost:%d inside namespace %q, IPv4: %v",
			"/var/run/netns/"+pod.id[:13], port, pod.id, err)
	}
	defer conn.Close()
	go func() {
		_, _ = io.Copy(conn, stream)
		if half, ok := conn.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite()
		}
	}()
	if _, err := io.Copy(stream, conn); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		s.node.rt.log.Debug("a forwarded connection broke", "sandbox", pod.id, "port", port, "err", err)
	}
	return nil
}
