//go:build unix

package terminal

import (
	"context"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// program notes what it is sent.
type program struct {
	mu    sync.Mutex
	keys  string
	sizes [][2]int
	moved chan struct{}
}

func (p *program) Input(_ context.Context, data []byte, _ bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys += string(data)
	p.nudge()
	return nil
}

func (p *program) Resize(_ context.Context, columns, rows int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sizes = append(p.sizes, [2]int{columns, rows})
	p.nudge()
	return nil
}

func (p *program) nudge() {
	select {
	case p.moved <- struct{}{}:
	default:
	}
}

func (p *program) await(t *testing.T, what func() bool) {
	t.Helper()
	limit := time.After(10 * time.Second)
	for {
		p.mu.Lock()
		done := what()
		p.mu.Unlock()
		if done {
			return
		}
		select {
		case <-p.moved:
		case <-limit:
			t.Fatalf("the program got %q, %v", p.keys, p.sizes)
		}
	}
}

// cancelled reads until its context ends, as plain.Lines does.
type cancelled struct {
	context.Context
	from chan []byte
}

func (c cancelled) Read(b []byte) (int, error) {
	select {
	case data := <-c.from:
		return copy(b, data), nil
	case <-c.Done():
		return 0, c.Err()
	}
}

func TestLend(t *testing.T) {
	t.Parallel()
	master, tty, err := pty.Open()
	if err != nil {
		t.Skip("no terminals here:", err)
	}
	defer master.Close()
	defer tty.Close()
	if err := pty.Setsize(master, &pty.Winsize{Cols: 101, Rows: 33}); err != nil {
		t.Fatal(err)
	}
	before, err := term.GetState(int(tty.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	p := &program{moved: make(chan struct{}, 1)}
	typed := make(chan []byte)
	back, err := Lend(t.Context(), tty, func(ctx context.Context) io.Reader { return cancelled{ctx, typed} }, p)
	if err != nil {
		t.Fatal(err)
	}
	p.await(t, func() bool { return len(p.sizes) == 1 && p.sizes[0] == [2]int{101, 33} })
	typed <- []byte("ls\x03")
	p.await(t, func() bool { return p.keys == "ls\x03" })
	back()
	after, err := term.GetState(int(tty.Fd()))
	if err != nil || *after != *before {
		t.Errorf("the terminal is not as it was: %v", err)
	}
	select {
	case typed <- []byte("later"):
		t.Error("keys are read after the end")
	case <-time.After(20 * time.Millisecond):
	}
}

func TestLendNeedsATerminal(t *testing.T) {
	t.Parallel()
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := Lend(t.Context(), file, nil, nil); err == nil || !strings.Contains(err.Error(), "lending") {
		t.Errorf("got %v", err)
	}
}
