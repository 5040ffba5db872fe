package shell

import (
	"bytes"
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"kubetutor/internal/engine/kernel"
)

// patience is how long a test waits for what must happen.
const patience = 10 * time.Second

// image is a file system with all programs, as a busybox image has them.
func image() *kernel.Tree {
	t := kernel.NewTree()
	for name := range Programs() {
		t.File("/bin/"+name, kernel.Executable(name), 0o755, 0, 0)
	}
	t.Mkdir("/tmp", os.ModeSticky|0o777, 0, 0)
	t.Mkdir("/root", 0o700, 0, 0)
	t.File("/etc/passwd", []byte("root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:User:/home/user:/bin/sh\n"), 0o644, 0, 0)
	t.File("/etc/group", []byte("root:x:0:\nusers:x:1000:user\n"), 0o644, 0, 0)
	return t
}

// newContainer makes a container that goes away with the test.
func newContainer(t testing.TB, config kernel.Config) *kernel.Container {
	t.Helper()
	if config.Image == nil {
		config.Image = image()
	}
	if config.Programs == nil {
		config.Programs = Programs()
	}
	if config.Hostname == "" {
		config.Hostname = "web-0"
	}
	c, err := kernel.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// buffer is an output that may be read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// waitFor waits until an output holds a text.
func (b *buffer) waitFor(t testing.TB, text string) {
	t.Helper()
	for end := time.Now().Add(patience); !strings.Contains(b.String(), text); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no %q in %q", text, b.String())
		}
	}
}

// result is what a program printed and returned.
type result struct {
	out, err string
	code     int
}

// run runs a program as the main process of a new container.
func run(t testing.TB, stdin string, args ...string) result {
	t.Helper()
	return runIn(t, newContainer(t, kernel.Config{}), stdin, args...)
}

func runIn(t testing.TB, c *kernel.Container, stdin string, args ...string) result {
	t.Helper()
	var out, errs buffer
	spec := kernel.Spec{Args: args, Env: []string{"PATH=/bin", "HOME=/root"}, Stdout: &out, Stderr: &errs}
	if stdin != "" {
		spec.Stdin = strings.NewReader(stdin)
	}
	p, err := c.Start(spec)
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	status, err := p.Wait(ctx)
	if err != nil {
		t.Fatalf("%q hangs; stdout %q, stderr %q", args, out.String(), errs.String())
	}
	return result{out.String(), errs.String(), status.ExitCode()}
}
