package plain

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/lab/protocol"
)

func nothing(protocol.Stage) {}

// console is a session that reads from in.
func console(t *testing.T, in io.Reader) (*Session, *bytes.Buffer) {
	t.Helper()
	con, err := newCluster().OpenConsole(soon(t), protocol.OpenConsole{Columns: 80, Rows: 24})
	if err != nil {
		t.Fatal(err)
	}
	out := &bytes.Buffer{}
	return &Session{Console: con, Lines: NewLines(in), Out: out, Err: out, Words: i18n.CLIWords(course.English)}, out
}

func TestSessionRunsLines(t *testing.T) {
	t.Parallel()
	s, out := console(t, strings.NewReader("one\n\ntwo \\\nthree\nexit\nnever\n"))
	s.Prompt = true
	code, err := s.Run(soon(t))
	if err != nil || code != 3 {
		t.Fatalf("got %d, %v", code, err)
	}
	if got, want := strings.Join(s.Console.(*fakeConsole).cluster.ran, "|"), "one|two \\\nthree|exit"; got != want {
		t.Errorf("ran %q, want %q", got, want)
	}
	if got, want := out.String(), "shop $ shop $ shop $ > shop $ "; got != want {
		t.Errorf("prompts %q, want %q", got, want)
	}
}

func TestSessionEndsWithItsInput(t *testing.T) {
	t.Parallel()
	s, _ := console(t, strings.NewReader("one"))
	if code, err := s.Run(soon(t)); code != 0 || err != nil {
		t.Errorf("got %d, %v", code, err)
	}
}

func TestCommandsReadStandardInput(t *testing.T) {
	t.Parallel()
	s, out := console(t, strings.NewReader("first\nsecond\x01"))
	if code, err := s.Once(soon(t), "cat"); code != 0 || err != nil {
		t.Fatalf("got %d, %v", code, err)
	}
	if got, want := out.String(), "read first\nread second\x01"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestExplanationsAreWorded: what the engine says in codes is written in words.
func TestExplanationsAreWorded(t *testing.T) {
	t.Parallel()
	s, out := console(t, strings.NewReader(""))
	e := protocol.Explanation{From: "shop/client", To: "web", Outcome: protocol.OutcomeUnresolved,
		Steps: []protocol.ExplainStep{{Code: protocol.FromOutside}}}
	s.output(soon(t), protocol.Output{Explanation: &e})
	if got, want := out.String(), "From shop/client to web:\n  1. It comes from outside of the cluster.\nIt is never tried: the name has no address.\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOnceRefusesHalfACommand(t *testing.T) {
	t.Parallel()
	s, _ := console(t, strings.NewReader(""))
	if code, err := s.Once(soon(t), "one \\"); code != exitUsage || err == nil {
		t.Errorf("got %d, %v", code, err)
	}
}

func TestInterruptReachesTheCommand(t *testing.T) {
	t.Parallel()
	s, out := console(t, strings.NewReader(""))
	restored := false
	s.Divert = func(f func()) func() {
		go f()
		return func() { restored = true }
	}
	if code, err := s.Once(soon(t), "hang"); code != 130 || err != nil {
		t.Fatalf("got %d, %v", code, err)
	}
	if !strings.Contains(out.String(), "got INT") || !restored {
		t.Errorf("out %q, restored %v", out, restored)
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxLine+5)
	l := NewLines(strings.NewReader("one\r\n\x1b[31mtwo\x00\xff\t中\n" + long + "\nlast"))
	for _, want := range []string{"one", "[31mtwo\t中", long[:maxLine], "last"} {
		if got, err := l.Read(soon(t)); got != want || err != nil {
			t.Errorf("got %.40q, %v; want %.40q", got, err, want)
		}
	}
	if _, err := l.Read(soon(t)); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}

func TestLinesCanBeGivenUp(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	l := NewLines(r)
	ctx, cancel := context.WithTimeout(soon(t), 10*time.Millisecond)
	defer cancel()
	if _, err := l.Read(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	go io.WriteString(w, "kept for later\nand this\n")
	if got, err := l.Read(soon(t)); got != "kept for later" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	buf := make([]byte, 4)
	if n, err := l.Bytes(soon(t)).Read(buf); string(buf[:n]) != "and " || err != nil {
		t.Errorf("got %q, %v", buf[:n], err)
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\x1b[2J\x00\xff中")
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if strings.ContainsAny(got, "\x00\x07\x1b\n\r\u009b") {
			t.Errorf("%q is not clean", got)
		}
		if again := Clean(got); again != got {
			t.Errorf("cleaning %q again gives %q", got, again)
		}
	})
}
