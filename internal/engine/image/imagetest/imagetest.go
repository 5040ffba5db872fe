// Package imagetest runs images of the catalogue in containers of the simulated
// kernel, for tests of programs: with a network, without a runtime above.
package imagetest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/engine/image"
	"kubetutor/internal/engine/image/shell"
	"kubetutor/internal/engine/kernel"
	"kubetutor/internal/engine/transcript"
)

// Patience is how long a test waits for anything.
const Patience = 5 * time.Second

// World is a network with a catalogue.
type World struct {
	t         testing.TB
	Fabric    *fabric.Fabric
	Catalogue *image.Catalogue

	mu   sync.Mutex
	next byte
}

// NewWorld makes an empty network.
func NewWorld(t testing.TB) *World {
	return &World{t: t, Fabric: fabric.New(), Catalogue: image.New(shell.Programs(), nil), next: 2}
}

// Options say how to run an image, beyond its configuration.
type Options struct {
	Command []string // instead of the entrypoint
	Args    []string // instead of the command
	Env     []string
	Files   map[string]string // written before the start
	User    kernel.Cred
	Limits  kernel.Limits
	Mounts  []kernel.Mount
}

// Container is a running container.
type Container struct {
	*kernel.Container
	t    testing.TB
	IP   netip.Addr
	Net  *fabric.Namespace
	Main *kernel.Process
	env  []string
	logs transcript.Buffer
	w    *World
}

// Run starts a container; it is removed at the end of the test.
func (w *World) Run(ref string, o Options) *Container {
	w.t.Helper()
	img, err := w.Catalogue.Resolve(w.t.Context(), ref, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	c := w.container(img, o)
	args := append(append([]string{}, img.Config.Entrypoint...), img.Config.Cmd...)
	switch {
	case o.Command != nil:
		args = append(append([]string{}, o.Command...), o.Args...)
	case o.Args != nil:
		args = append(append([]string{}, img.Config.Entrypoint...), o.Args...)
	}
	c.Main, err = c.Start(kernel.Spec{Args: args, Env: c.env, Dir: img.Config.WorkingDir, Cred: o.User, Stdout: &c.logs, Stderr: &c.logs})
	if err != nil {
		w.t.Fatalf("starting %v: %v", args, err)
	}
	return c
}

func (w *World) container(img *image.Image, o Options) *Container {
	w.t.Helper()
	w.mu.Lock()
	ip := netip.AddrFrom4([4]byte{10, 244, 1, w.next})
	w.next++
	w.mu.Unlock()
	ns, err := w.Fabric.Attach(ip.String(), ip)
	if err != nil {
		w.t.Fatal(err)
	}
	inner, err := kernel.New(kernel.Config{ID: ip.String(), Hostname: "web-0", Image: img.Tree, Net: ns, Programs: img.Programs, Limits: o.Limits, Mounts: o.Mounts})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { inner.Close(); ns.Close() })
	c := &Container{Container: inner, t: w.t, IP: ip, Net: ns, w: w, env: append(append([]string{}, img.Config.Env...), o.Env...)}
	for name, text := range o.Files {
		if err := c.FS().MkdirAll(name[:strings.LastIndexByte(name, '/')+1], 0o755); err != nil {
			w.t.Fatal(err)
		}
		if err := c.FS().WriteFile(name, []byte(text), 0o644); err != nil {
			w.t.Fatal(err)
		}
	}
	return c
}

// Logs is what the container printed.
func (c *Container) Logs() string { return c.logs.String() }

// Exec runs a command in the container and returns its output and status.
func (c *Container) Exec(args ...string) (string, int) {
	c.t.Helper()
	var out transcript.Buffer
	p, err := c.Start(kernel.Spec{Args: args, Env: c.env, Stdout: &out, Stderr: &out})
	if err != nil {
		return err.Error(), 128
	}
	ctx, cancel := context.WithTimeout(c.t.Context(), Patience)
	defer cancel()
	status, err := p.Wait(ctx)
	if err != nil {
		c.t.Fatalf("waiting for %v: %v\n%s", args, err, out.String())
	}
	return out.String(), status.ExitCode()
}

// Wait waits for the end of the main process.
func (c *Container) Wait() int {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), Patience)
	defer cancel()
	status, err := c.Main.Wait(ctx)
	if err != nil {
		c.t.Fatalf("the container does not end: %v\n%s", err, c.Logs())
	}
	return status.ExitCode()
}

// Dial connects to a port of the container from outside.
func (c *Container) Dial(ctx context.Context, port uint16) (net.Conn, error) {
	return c.w.Fabric.Dial(ctx, "", netip.AddrPortFrom(c.IP, port))
}

// Client sends every request to the port of the container, whatever its URL says.
func (c *Container) Client(port uint16) *http.Client {
	return &http.Client{
		Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return c.Dial(ctx, port)
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       Patience,
	}
}

// Answer is an HTTP answer that has been read.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Get fetches a path; it waits until the container listens.
func (c *Container) Get(port uint16, path string) Answer {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, fmt.Sprintf("http://%s:%d%s", c.IP, port, path), nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return c.Do(port, req)
}

// Do sends a request; it waits until the container listens.
func (c *Container) Do(port uint16, req *http.Request) Answer {
	c.t.Helper()
	var last error
	for deadline := time.Now().Add(Patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		resp, err := c.Client(port).Do(req)
		if err != nil {
			last = err
			continue
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			c.t.Fatal(err)
		}
		return Answer{resp.StatusCode, resp.Header, string(body)}
	}
	c.t.Fatalf("%s %s: %v\nlogs:\n%s", req.Method, req.URL, last, c.Logs())
	return Answer{}
}

// Eventually waits until the condition holds.
func (c *Container) Eventually(what string, holds func() bool) {
	c.t.Helper()
	for deadline := time.Now().Add(Patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if holds() {
			return
		}
	}
	c.t.Fatalf("not within %v: %s\nlogs:\n%s", Patience, what, c.Logs())
}
