package kernel

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
)

// screen reads what a terminal shows until it ends with a text.
func screen(t *testing.T, m io.Reader, end string) string {
	t.Helper()
	var all strings.Builder
	buf := make([]byte, 100)
	for !strings.HasSuffix(all.String(), end) {
		n, err := m.Read(buf)
		all.Write(buf[:n])
		if err != nil {
			t.Fatalf("the screen shows %q, not %q: %v", all.String(), end, err)
		}
	}
	return all.String()
}

// TestLineEditing types keys and looks at the line that a program reads, and at the screen.
func TestLineEditing(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, keys, line, screen string }{
		{"plain", "ls\r", "ls\n", "ls\r\n"},
		{"newline", "ls\n", "ls\n", "ls\r\n"},
		{"erase", "lsx\x7f\r", "ls\n", "lsx\b \b\r\n"},
		{"backspace", "a\b\r", "\n", "a\b \b\r\n"},
		{"erase nothing", "\x7f\x7fa\r", "a\n", "a\r\n"},
		{"accent", "é\x7f\r", "\n", "é\b \b\r\n"},
		{"combining", "e\u0301\x7f\r", "\n", "e\u0301\b \b\r\n"},
		{"wide", "中文\x7f\r", "中\n", "中文\b \b\b \b\r\n"},
		{"kill", "中a b\x15ok\r", "ok\n", "中a b" + strings.Repeat("\b \b", 5) + "ok\r\n"},
		{"word", "one two  \x17x\r", "one x\n", "one two  " + strings.Repeat("\b \b", 5) + "x\r\n"},
		{"control", "a\x01\x7f\r", "a\n", "a^A\b \b\b \b\r\n"},
		{"tab", "ab\t\x7fc\r", "abc\n", "ab\t" + strings.Repeat("\b \b", 6) + "c\r\n"},
		{"quoted", "\x16\x03\r", "\x03\n", "^\b^C\r\n"},
		{"reprint", "ab\x12c\r", "abc\n", "ab^R\r\nabc\r\n"},
		{"stopped", "\x13a\x11b\r", "ab\n", "ab\r\n"},
	}
	for _, test := range tests {
		tty := NewTTY(Size{80, 24})
		m := tty.Master()
		if _, err := io.WriteString(m, test.keys); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 100)
		n, err := tty.Read(buf)
		if got := string(buf[:n]); got != test.line || err != nil {
			t.Errorf("%s: the program reads %q, %v, want %q", test.name, got, err, test.line)
		}
		if got := screen(t, m, test.screen[len(test.screen)-2:]); got != test.screen {
			t.Errorf("%s: the screen shows %q, want %q", test.name, got, test.screen)
		}
	}
}

func TestEndOfFile(t *testing.T) {
	t.Parallel()
	tty := NewTTY(Size{})
	if tty.Size() != (Size{80, 24}) {
		t.Errorf("size %v", tty.Size())
	}
	_, _ = io.WriteString(tty.Master(), "part\x04\x04more\r")
	buf := make([]byte, 3)
	for _, want := range []string{"par", "t", "EOF", "mor", "e\n"} {
		n, err := tty.Read(buf)
		got := string(buf[:n])
		if err == io.EOF {
			got = "EOF"
		}
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestRaw: every byte comes as it is, at once, and nothing is shown.
func TestRaw(t *testing.T) {
	t.Parallel()
	tty := NewTTY(Size{})
	m := tty.Master()
	_, _ = io.WriteString(m, "begun")
	restore := tty.MakeRaw()
	_, _ = io.WriteString(m, "\x03\x04\r\x7f中")
	buf := make([]byte, 100)
	all := ""
	for len(all) < len("begun\x03\x04\r\x7f中") {
		n, err := tty.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		all += string(buf[:n])
	}
	if all != "begun\x03\x04\r\x7f中" {
		t.Errorf("read %q", all)
	}
	_, _ = tty.Write([]byte("a\nb"))
	if got := screen(t, m, "b"); got != "beguna\nb" {
		t.Errorf("the screen shows %q", got)
	}
	restore()
	if tty.Mode() != cooked {
		t.Errorf("mode %+v", tty.Mode())
	}
}

// session starts a program on a terminal; it is the second process of its container.
func session(t *testing.T, run Program) (*Process, *TTY, io.ReadWriteCloser) {
	t.Helper()
	c := newContainer(t, Config{Programs: Programs{"run": run}})
	start(t, c, Spec{Args: []string{"sleep"}})
	tty := NewTTY(Size{80, 24})
	return start(t, c, Spec{Args: []string{"run"}, TTY: tty}), tty, tty.Master()
}

// TestKeyboardSignals: ^C and its like go to the foreground group, and nowhere else.
func TestKeyboardSignals(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]Signal{"\x03": SIGINT, "\x1c": SIGQUIT} {
		shell := func(ctx context.Context, p *Process) int {
			_ = p.Notify(SIGINT, SIGQUIT)
			back, err1 := p.Start(Spec{Args: []string{"sleep"}, NewGroup: true})
			job, err2 := p.Start(Spec{Args: []string{"cat"}, NewGroup: true, Stdin: p.Stdin(), Stdout: p.Stdout()})
			if err1 != nil || err2 != nil {
				return 1
			}
			p.TTY().SetForeground(job.PID())
			fmt.Fprintln(p.Stdout(), "ready")
			status, _ := job.Wait(ctx)
			fmt.Fprintln(p.Stdout(), status)
			select {
			case <-back.Done():
				return 2
			default:
				return 0
			}
		}
		p, _, m := session(t, shell)
		screen(t, m, "ready\r\n")
		_, _ = io.WriteString(m, "typed"+key)
		if got := screen(t, m, want.String()+"\r\n"); !strings.HasPrefix(got, "typed^") {
			t.Errorf("the screen shows %q", got)
		}
		if status, _ := p.Wait(soon(t)); status.Code != 0 {
			t.Errorf("status %v", status)
		}
	}
}

// TestSuspend: ^Z stops the foreground job, its parent sees it, and SIGCONT lets it go on.
func TestSuspend(t *testing.T) {
	t.Parallel()
	shell := func(ctx context.Context, p *Process) int {
		job, err := p.Start(Spec{Args: []string{"cat"}, NewGroup: true, Stdin: p.Stdin(), Stdout: p.Stdout()})
		if err != nil {
			return 1
		}
		p.TTY().SetForeground(job.PID())
		fmt.Fprintln(p.Stdout(), "ready")
		status, _ := job.WaitStopped(ctx)
		fmt.Fprintln(p.Stdout(), status)
		_ = p.Kill(-job.PID(), SIGCONT)
		status, _ = job.WaitStopped(ctx)
		fmt.Fprintln(p.Stdout(), status)
		return 0
	}
	p, _, m := session(t, shell)
	screen(t, m, "ready\r\n")
	_, _ = io.WriteString(m, "\x1a")
	screen(t, m, "stopped: SIGTSTP\r\n")
	_, _ = io.WriteString(m, "on\r\x04")
	screen(t, m, "on\r\non\r\nexit status 0\r\n")
	if status, _ := p.Wait(soon(t)); status.Code != 0 {
		t.Errorf("status %v", status)
	}
	if _, err := m.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("reading after the end: %v", err)
	}
}

func TestResize(t *testing.T) {
	t.Parallel()
	p, tty, m := session(t, func(ctx context.Context, p *Process) int {
		came := p.Notify(SIGWINCH)
		fmt.Fprintln(p.Stdout(), p.TTY().Size(), p.TTY().Name())
		<-came
		fmt.Fprintln(p.Stdout(), p.TTY().Size())
		return 0
	})
	screen(t, m, "{80 24} pts/0\r\n")
	tty.Resize(Size{80, 24}) // the same: no signal
	tty.Resize(Size{132, 50})
	screen(t, m, "{132 50}\r\n")
	if status, err := p.Wait(soon(t)); err != nil || status.Code != 0 {
		t.Errorf("%v, %v", status, err)
	}
}

// TestHangUp: the end of the terminal reaches who reads from it, and who only waits.
func TestHangUp(t *testing.T) {
	t.Parallel()
	for _, run := range []Program{
		func(ctx context.Context, _ *Process) int { <-ctx.Done(); return 0 },
		func(_ context.Context, p *Process) int { p.Ignore(SIGHUP); _, _ = io.ReadAll(p.Stdin()); return 5 },
	} {
		p, _, m := session(t, run)
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		status, err := p.Wait(soon(t))
		if err != nil || status.Signal != SIGHUP && status.Code != 5 {
			t.Errorf("%v, %v", status, err)
		}
		if _, err := m.Write([]byte("x")); err == nil {
			t.Error("typing after the end")
		}
	}
}

// TestDevTTY: a program that has its output elsewhere still finds its terminal.
func TestDevTTY(t *testing.T) {
	t.Parallel()
	_, _, m := session(t, func(_ context.Context, p *Process) int {
		for _, name := range []string{"/dev/tty", "/dev/pts/0", "/dev/stderr"} {
			f, err := p.FS().OpenFile(name, os.O_RDWR, 0)
			if err != nil || f.TTY() != p.TTY() {
				fmt.Fprintln(p.Stdout(), name, err)
				continue
			}
			fmt.Fprintln(f, name)
			_ = f.Close()
		}
		return 0
	})
	if got := screen(t, m, "/dev/stderr\r\n"); got != "/dev/tty\r\n/dev/pts/0\r\n/dev/stderr\r\n" {
		t.Errorf("the screen shows %q", got)
	}
}

// TestUnreadTerminal: a program that writes to a terminal nobody looks at waits, and can be killed.
func TestUnreadTerminal(t *testing.T) {
	t.Parallel()
	p, tty, _ := session(t, func(ctx context.Context, p *Process) int {
		for ctx.Err() == nil {
			_, _ = fmt.Fprintln(p.Stdout(), strings.Repeat("x", 1000))
		}
		return 0
	})
	eventually(t, "the buffer is full", func() bool { tty.mu.Lock(); defer tty.mu.Unlock(); return len(tty.out) >= pipeSize })
	_ = p.Signal(SIGTERM)
	if status, err := p.Wait(soon(t)); err != nil || status.Signal != SIGTERM {
		t.Errorf("%v, %v", status, err)
	}
	if _, err := tty.write(p.ctx, []byte("x")); err != syscall.EINTR {
		t.Errorf("writing to a full terminal: %v", err)
	}
}

// FuzzTTY types anything in any mode: nothing panics, and a line that is read is never longer than what was typed.
func FuzzTTY(f *testing.F) {
	f.Add([]byte("a中\x7f\x17\x15\x12\t\x7f\x16\x03\x1a\x13\x11\r"), true, true)
	f.Add([]byte{0xff, 0x7f, 0xe4, 0x7f, 0xb8, 0x17, '\n'}, true, false)
	f.Fuzz(func(t *testing.T, keys []byte, canonical, echo bool) {
		if len(keys) > 1000 {
			return
		}
		tty := NewTTY(Size{})
		mode := cooked
		mode.Canonical, mode.Echo = canonical, echo
		tty.SetMode(mode)
		m := tty.Master()
		if n, err := m.Write(keys); n != len(keys) || err != nil {
			t.Fatal(n, err)
		}
		tty.SetMode(Mode{})
		total := 0
		for _, line := range tty.ready {
			total += len(line)
		}
		if total > len(keys) {
			t.Errorf("%d bytes from %d", total, len(keys))
		}
	})
}

// TestPaste: more than anybody reads waits, and ^C gets rid of it.
func TestPaste(t *testing.T) {
	t.Parallel()
	tty := NewTTY(Size{})
	tty.SetMode(Mode{Canonical: true, Signals: true})
	m := tty.Master()
	long := strings.Repeat("0123456789\n", 20_000)
	done := make(chan int)
	go func() { n, _ := io.WriteString(m, long); done <- n }()
	eventually(t, "the terminal is full", func() bool { tty.mu.Lock(); defer tty.mu.Unlock(); return tty.queued >= pipeSize })
	got := 0
	for buf := make([]byte, 4096); got < len(long); {
		n, err := tty.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		got += n
	}
	if n := <-done; n != len(long) || tty.queued != 0 {
		t.Errorf("typed %d of %d bytes, %d are left", n, len(long), tty.queued)
	}
	_, _ = io.WriteString(m, "junk\njunk\x03")
	if tty.queued != 0 || len(tty.ready) != 0 {
		t.Errorf("^C left %q", tty.ready)
	}
}
