package kernel

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// wait is how long a test waits for what must happen.
const wait = 10 * time.Second

// soon is a context that ends a test that hangs.
func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	t.Cleanup(cancel)
	return ctx
}

// programs are what the tests run.
func programs() Programs {
	return Programs{
		"true": func(context.Context, *Process) int { return 0 },
		"echo": func(_ context.Context, p *Process) int {
			fmt.Fprintln(p.Stdout(), strings.Join(p.Args()[1:], " "))
			return 0
		},
		"cat":   func(_ context.Context, p *Process) int { _, _ = io.Copy(p.Stdout(), p.Stdin()); return 0 },
		"sleep": func(ctx context.Context, _ *Process) int { <-ctx.Done(); return 0 },
		"panic": func(context.Context, *Process) int { panic("oops") },
		"spin": func(_ context.Context, p *Process) int {
			for {
				if _, err := p.FS().Stat("/"); err != nil {
					return 0
				}
			}
		},
	}
}

// testImage is an image with the programs in /bin.
func testImage() *Tree {
	t := NewTree()
	for name := range programs() {
		t.File("/bin/"+name, Executable(name), 0o755, 0, 0)
	}
	t.Mkdir("/tmp", os.ModeSticky|0o777, 0, 0)
	t.File("/etc/passwd", []byte("root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n"), 0o644, 0, 0)
	return t
}

// with adds programs of a test.
func with(more Programs) Programs {
	all := programs()
	for name, run := range more {
		all[name] = run
	}
	return all
}

// newContainer makes a container that goes away with the test.
func newContainer(t testing.TB, config Config) *Container {
	t.Helper()
	if config.Image == nil {
		config.Image = testImage()
		for name := range config.Programs {
			config.Image.File("/bin/"+name, Executable(name), 0o755, 0, 0)
		}
	}
	config.Programs = with(config.Programs)
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// run runs a program to its end and returns its status and what it wrote.
func run(t testing.TB, c *Container, spec Spec) (Status, string) {
	t.Helper()
	var out bytes.Buffer
	if spec.Stdout == nil {
		spec.Stdout, spec.Stderr = &out, &out
	}
	p, err := c.Start(spec)
	if err != nil {
		t.Fatal(err)
	}
	status, err := p.Wait(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	return status, out.String()
}

func TestRun(t *testing.T) {
	t.Parallel()
	c := newContainer(t, Config{})
	status, out := run(t, c, Spec{Args: []string{"echo", "hello"}})
	if status.ExitCode() != 0 || out != "hello\n" {
		t.Errorf("echo: %v, %q", status, out)
	}
}
