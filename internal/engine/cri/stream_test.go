package cri

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/cri-streaming/pkg/streaming/portforward"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	"k8s.io/streaming/pkg/httpstream"
	"k8s.io/streaming/pkg/httpstream/spdy"
)

// client is the far end of an upgraded connection, as the kubelet's clients are.
type client struct {
	t    *testing.T
	conn httpstream.Connection
}

func dial(t *testing.T, url, protocol string) *client {
	t.Helper()
	transport, err := spdy.NewRoundTripper(nil)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(httpstream.HeaderProtocolVersion, protocol)
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := transport.NewConnection(resp)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &client{t, conn}
}

func (c *client) stream(headers ...string) httpstream.Stream {
	c.t.Helper()
	h := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	s, err := c.conn.CreateStream(h)
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

// remote is a command, or an attached container, seen from afar.
type remote struct {
	*client
	failure, stdin, stdout, stderr, resize httpstream.Stream
}

// open asks for the streams of a command, in the order that clients do.
func open(t *testing.T, url string, stdin, stderr, tty bool) *remote {
	t.Helper()
	r := &remote{client: dial(t, url, remotecommand.StreamProtocolV4Name)}
	stream := func(kind string) httpstream.Stream { return r.stream(remotecommand.StreamType, kind) }
	r.failure = stream(remotecommand.StreamTypeError)
	if stdin {
		r.stdin = stream(remotecommand.StreamTypeStdin)
	}
	r.stdout = stream(remotecommand.StreamTypeStdout)
	if stderr {
		r.stderr = stream(remotecommand.StreamTypeStderr)
	}
	if tty {
		r.resize = stream(remotecommand.StreamTypeResize)
	}
	return r
}

// all reads a stream to its end.
func (r *remote) all(s io.Reader) string {
	r.t.Helper()
	var text []byte
	done := make(chan struct{})
	go func() {
		defer close(done)
		text, _ = io.ReadAll(s)
	}()
	select {
	case <-done:
	case <-time.After(patience):
		r.t.Fatal("a stream does not end")
	}
	return string(text)
}

func (l *lab) execURL(req *runtimeapi.ExecRequest) string {
	l.t.Helper()
	resp, err := l.runtime.Exec(l.t.Context(), req)
	if err != nil {
		l.t.Fatal(err)
	}
	return resp.Url
}

func (l *lab) attachURL(req *runtimeapi.AttachRequest) string {
	l.t.Helper()
	resp, err := l.runtime.Attach(l.t.Context(), req)
	if err != nil {
		l.t.Fatal(err)
	}
	return resp.Url
}

func TestExec(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	id, _ := l.run([]string{"wait"})
	url := func(stdin bool, cmd ...string) string {
		return l.execURL(&runtimeapi.ExecRequest{ContainerId: id, Cmd: cmd, Stdin: stdin, Stdout: true, Stderr: true})
	}

	r := open(t, url(false, "echo", "to", "stdout"), false, true, false)
	if out, failure := r.all(r.stdout), r.all(r.failure); out != "to stdout\n" || !strings.Contains(failure, `"Success"`) {
		t.Errorf("stdout %q, status %q", out, failure)
	}
	r = open(t, url(false, "warn", "to", "stderr"), false, true, false)
	if out := r.all(r.stderr); out != "to stderr\n" {
		t.Errorf("stderr %q", out)
	}
	r = open(t, url(false, "exit", "42"), false, true, false)
	if failure := r.all(r.failure); !strings.Contains(failure, "NonZeroExitCode") || !strings.Contains(failure, `"42"`) {
		t.Errorf("status %q", failure)
	}
	r = open(t, url(false, "nosuch"), false, true, false)
	if failure := r.all(r.failure); !strings.Contains(failure, "executable file not found in $PATH") {
		t.Errorf("status %q", failure)
	}
	r = open(t, url(true, "cat"), true, true, false)
	long := strings.Repeat("a line of input\n", 20_000)
	go func() {
		io.WriteString(r.stdin, long)
		r.stdin.Close()
	}()
	if out := r.all(r.stdout); out != long {
		t.Errorf("%d bytes came back of %d", len(out), len(long))
	}

	once := url(false, "echo")
	r = open(t, once, false, true, false)
	r.all(r.failure)
	if resp, err := http.Post(once, "", nil); err != nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("the same address again: %v, %v", resp, err)
	}
}

// screen collects what a terminal shows.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *screen) follow(r io.Reader) {
	buffer := make([]byte, 1024)
	for {
		n, err := r.Read(buffer)
		s.mu.Lock()
		s.text.Write(buffer[:n])
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (s *screen) has(text string) func() bool {
	return func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return strings.Contains(s.text.String(), text)
	}
}

func TestExecOnATerminal(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	id, _ := l.run([]string{"wait"})
	r := open(t, l.execURL(&runtimeapi.ExecRequest{ContainerId: id, Cmd: []string{"size"}, Stdin: true, Stdout: true, Tty: true}), true, false, true)
	var s screen
	go s.follow(r.stdout)
	fmt.Fprint(r.resize, `{"Width":100,"Height":30}`)
	l.until("the size is seen", s.has("100x30\r\n"))
	fmt.Fprint(r.resize, `{"Width":0,"Height":0}`) // a client without a window
	fmt.Fprint(r.resize, `{"Width":40,"Height":10}`)
	l.until("the new size is seen", s.has("40x10\r\n"))
	fmt.Fprint(r.stdin, "\x03") // ^C
	if failure := r.all(r.failure); !strings.Contains(failure, `"130"`) {
		t.Errorf("status %q", failure)
	}
}

func TestTerminalHangsUpWhenItsUserGoes(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	id, _ := l.run([]string{"wait"})
	r := open(t, l.execURL(&runtimeapi.ExecRequest{ContainerId: id, Cmd: []string{"cat"}, Stdin: true, Stdout: true, Tty: true}), true, false, true)
	processes := func() int {
		out, _ := l.exec(id, "ps")
		return strings.Count(out, "cat\n")
	}
	l.until("the command runs", func() bool { return processes() == 1 })
	r.conn.Close()
	l.until("the command has gone", func() bool { return processes() == 0 })
}

func TestAttach(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	interactive := func(c *runtimeapi.ContainerConfig) { c.Stdin, c.StdinOnce = true, true }
	id, _ := l.run([]string{"cat"}, interactive)
	url := func(stdin bool) string {
		return l.attachURL(&runtimeapi.AttachRequest{ContainerId: id, Stdin: stdin, Stdout: true, Stderr: true})
	}
	watcher := open(t, url(false), false, true, false)
	typist := open(t, url(true), true, true, false)
	c, err := l.rt.nodes["node1"].findContainer(id)
	if err != nil {
		t.Fatal(err)
	}
	l.until("both look on", func() bool { return len(c.io.outputs[0].looking()) == 2 })
	fmt.Fprintln(typist.stdin, "hello")
	typist.stdin.Close()
	for name, r := range map[string]*remote{"typist": typist, "watcher": watcher} {
		if out := r.all(r.stdout); out != "hello\n" {
			t.Errorf("%s saw %q", name, out)
		}
	}
	if s := l.ended(id); s.ExitCode != 0 {
		t.Errorf("code %d", s.ExitCode)
	}
	if got := l.log(id); got != "stdout F hello\n" {
		t.Errorf("log %q", got)
	}
}

func TestAttachToATerminalAndLeave(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	id, _ := l.run([]string{"cat"}, func(c *runtimeapi.ContainerConfig) { c.Stdin, c.Tty = true, true })
	attach := func() *remote {
		return open(t, l.attachURL(&runtimeapi.AttachRequest{ContainerId: id, Stdin: true, Stdout: true, Tty: true}), true, false, true)
	}
	first := attach()
	var s screen
	go s.follow(first.stdout)
	fmt.Fprint(first.stdin, "one\r")
	l.until("the line is echoed and printed", s.has("one\r\none\r\n"))
	first.conn.Close()
	second := attach()
	var s2 screen
	go s2.follow(second.stdout)
	fmt.Fprint(second.stdin, "two\r")
	l.until("the next user sees the next line", s2.has("two\r\ntwo\r\n"))
	fmt.Fprint(second.stdin, "\x04")
	l.ended(id)
	if got := l.log(id); got != "stdout F one\nstdout F one\nstdout F two\nstdout F two\n" {
		t.Errorf("log %q", got)
	}
}

func TestPortForward(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	id, pod := l.run([]string{"serve", "8080"})
	l.until("it listens", func() bool { return l.log(id) != "" })
	resp, err := l.runtime.PortForward(t.Context(), &runtimeapi.PortForwardRequest{PodSandboxId: pod, Port: []int32{8080}})
	if err != nil {
		t.Fatal(err)
	}
	c := dial(t, resp.Url, portforward.ProtocolV1Name)
	r := &remote{client: c}
	forward := func(id, port string) (data, failure httpstream.Stream) {
		headers := []string{portforward.PortHeader, port, portforward.PortForwardRequestIDHeader, id}
		failure = c.stream(append(headers, portforward.StreamType, portforward.StreamTypeError)...)
		return c.stream(append(headers, portforward.StreamType, portforward.StreamTypeData)...), failure
	}
	for i := range 3 { // several connections over one forward
		data, failure := forward(fmt.Sprint(i), "8080")
		go func() {
			fmt.Fprint(data, "hello")
			data.Close()
		}()
		if out, failed := r.all(data), r.all(failure); out != "HELLO" || failed != "" {
			t.Errorf("got %q, failure %q", out, failed)
		}
	}
	_, failure := forward("9", "81")
	if text := r.all(failure); !strings.Contains(text, "failed to connect to localhost:81 inside namespace") || !strings.Contains(text, "connection refused") {
		t.Errorf("a closed port: %q", text)
	}
}

// Streams must not leave anything behind.
func TestManyExecs(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	id, _ := l.run([]string{"wait"})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for range 10 {
				r := open(t, l.execURL(&runtimeapi.ExecRequest{ContainerId: id, Cmd: []string{"echo", "hi"}, Stdout: true, Stderr: true}), false, true, false)
				if out := r.all(r.stdout); out != "hi\n" {
					t.Errorf("got %q", out)
				}
				r.conn.Close()
			}
		})
	}
	wg.Wait()
	if out, _ := l.exec(id, "ps"); out[:7] != "1 wait\n" || strings.Count(out, "\n") != 2 {
		t.Errorf("left behind: %q", out)
	}
}
