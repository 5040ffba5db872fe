package kernel

import (
	"context"
	"fmt"
	"io"
	"sync"
	"syscall"
)

// Size is the size of a terminal in characters.
type Size struct{ Columns, Rows int }

// Mode is how a terminal treats input and output. The names in the comments are those of termios(3).
type Mode struct {
	Canonical bool // ICANON: input comes in lines, which can be edited
	Echo      bool // ECHO, ECHOE, ECHOK, ECHOCTL
	Signals   bool // ISIG: ^C, ^\ and ^Z send signals
	Flow      bool // IXON: ^S stops output, ^Q lets it go on
	CRNL      bool // ICRNL: Return is a newline
	NLCR      bool // OPOST, ONLCR: a newline is written as CR LF
}

// cooked is the mode that a terminal begins with.
var cooked = Mode{Canonical: true, Echo: true, Signals: true, Flow: true, CRNL: true, NLCR: true}

// TTY is a pseudo-terminal with a line discipline like that of Linux, but one that knows how wide characters are.
//
// The user's side is Master. The programs' side are the Stdin, Stdout and Stderr of a process that was started with the terminal in its Spec.
type TTY struct {
	mu      sync.Mutex
	mode    Mode
	size    Size
	line    []byte   // being edited
	quote   bool     // ^V came: the next character is taken as it is
	ready   [][]byte // what can be read, a line each in canonical mode; an empty one is the end of the file
	queued  int      // bytes of ready
	out     []byte   // what the user has not read yet
	column  int      // of the cursor, as far as output tells
	begun   int      // column where the line that is edited begins
	halted  bool     // ^S
	users   int      // descriptors of processes
	hung    bool     // the user is gone
	gone    bool     // the last process is gone
	changed chan struct{}

	name   string
	leader *Process
	group  int // foreground process group
}

// NewTTY makes a terminal in canonical mode with echo. A size of zero is 80 by 24.
func NewTTY(size Size) *TTY {
	t := &TTY{mode: cooked, name: "pts/0"}
	t.size = size.orDefault()
	return t
}

func (s Size) orDefault() Size {
	if s.Columns <= 0 {
		s.Columns = 80
	}
	if s.Rows <= 0 {
		s.Rows = 24
	}
	return s
}

// Size is the size of the window.
func (t *TTY) Size() Size {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.size
}

// Resize changes the size of the window, and tells the foreground group by SIGWINCH.
func (t *TTY) Resize(size Size) {
	t.mu.Lock()
	size = size.orDefault()
	same := t.size == size
	t.size = size
	t.mu.Unlock()
	if !same {
		t.signal(SIGWINCH)
	}
}

// Name is the terminal's name below /dev, such as "pts/0".
func (t *TTY) Name() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.name
}

// Mode is how the terminal treats input and output now.
func (t *TTY) Mode() Mode {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mode
}

// SetMode changes that. When lines are no longer edited, what was typed of one can be read at once.
func (t *TTY) SetMode(mode Mode) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.mode.Canonical && !mode.Canonical && len(t.line) > 0 {
		t.queue(t.line)
		t.line = nil
	}
	t.mode = mode
	t.wake()
}

// MakeRaw lets every byte through as it is, for a line editor; restore brings the old mode back.
func (t *TTY) MakeRaw() (restore func()) {
	old := t.Mode()
	t.SetMode(Mode{})
	return func() { t.SetMode(old) }
}

// Foreground is the number of the process group that gets the signals of the keyboard.
func (t *TTY) Foreground() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.group
}

// owner is whose terminal it is.
func (t *TTY) owner() Cred {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.leader == nil {
		return Cred{}
	}
	return t.leader.Cred()
}

// SetForeground changes it.
func (t *TTY) SetForeground(pgid int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.group = pgid
}

// signal sends a signal to the foreground group.
func (t *TTY) signal(s Signal) {
	t.mu.Lock()
	leader, group := t.leader, t.group
	t.mu.Unlock()
	if leader != nil && group > 0 {
		leader.ns.signalGroup(group, s)
	}
}

// joined notes a process whose controlling terminal this is.
func (t *TTY) joined(p *Process, leads bool) {
	if !leads {
		return
	}
	name := fmt.Sprintf("pts/%d", p.c.addTTY(t))
	t.mu.Lock()
	defer t.mu.Unlock()
	t.name, t.leader, t.group = name, p, p.pid
}

// left notes the end of a process. With its leader the session ends: those in the foreground are told.
func (t *TTY) left(p *Process) {
	t.mu.Lock()
	leads := t.leader == p
	t.mu.Unlock()
	if leads {
		p.c.dropTTY(t)
		t.signal(SIGHUP)
	}
}

// wait returns what is closed at the next change, locked.
func (t *TTY) wait() <-chan struct{} {
	if t.changed == nil {
		t.changed = make(chan struct{})
	}
	return t.changed
}

// wake tells those who wait, locked.
func (t *TTY) wake() {
	if t.changed != nil {
		close(t.changed)
		t.changed = nil
	}
}

// until waits for something; it returns locked, unless there is an error.
func (t *TTY) until(ctx context.Context, ok func() bool) error {
	for {
		t.mu.Lock()
		if ok() {
			return nil
		}
		changed := t.wait()
		t.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return syscall.EINTR
		}
	}
}

// Read is the programs' side, for those who have no process.
func (t *TTY) Read(b []byte) (int, error) { return t.read(context.Background(), b) }

// Write is the programs' side, for those who have no process.
func (t *TTY) Write(b []byte) (int, error) { return t.write(context.Background(), b) }

// read takes what was typed: one line at most in canonical mode.
func (t *TTY) read(ctx context.Context, b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	if err := t.until(ctx, func() bool { return len(t.ready) > 0 || t.hung }); err != nil {
		return 0, err
	}
	defer t.mu.Unlock()
	if len(t.ready) == 0 {
		return 0, io.EOF
	}
	if len(t.ready[0]) == 0 {
		t.ready = t.ready[1:]
		return 0, io.EOF
	}
	n := copy(b, t.ready[0])
	t.queued -= n
	if t.ready[0] = t.ready[0][n:]; len(t.ready[0]) == 0 {
		t.ready = t.ready[1:]
	}
	t.wake()
	return n, nil
}

// write shows something, as soon as the user has read most of what was shown before.
func (t *TTY) write(ctx context.Context, b []byte) (int, error) {
	for done := 0; done < len(b); {
		if err := t.until(ctx, func() bool { return len(t.out) < pipeSize && !t.halted || t.hung }); err != nil {
			return done, err
		}
		if t.hung {
			t.mu.Unlock()
			return done, syscall.EIO
		}
		part := b[done:min(len(b), done+4096)]
		t.show(part)
		done += len(part)
		t.begun = t.column
		t.wake()
		t.mu.Unlock()
	}
	return len(b), nil
}

func (t *TTY) label() string { return "/dev/" + t.Name() }

func (t *TTY) hold() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.users++
	t.gone = false
}

func (t *TTY) release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.users--
	t.gone = t.users == 0
	t.wake()
}

// Master is the user's side: what is written to it is typed, what is read from it is to be shown. Reading ends with io.EOF when the last process
// that had the terminal has ended. Close hangs up: processes get SIGHUP and the end of the file.
func (t *TTY) Master() io.ReadWriteCloser { return master{t} }

type master struct{ t *TTY }

func (m master) Read(b []byte) (int, error) {
	t := m.t
	if len(b) == 0 {
		return 0, nil
	}
	_ = t.until(context.Background(), func() bool { return len(t.out) > 0 || t.gone || t.hung })
	defer t.mu.Unlock()
	if len(t.out) == 0 {
		return 0, io.EOF
	}
	n := copy(b, t.out)
	if t.out = t.out[n:]; len(t.out) == 0 {
		t.out = nil
	}
	t.wake()
	return n, nil
}

func (m master) Write(b []byte) (int, error) {
	for done := 0; done < len(b); done++ {
		t := m.t
		_ = t.until(context.Background(), func() bool { return t.queued < pipeSize || t.signalOf(b[done]) != 0 || t.hung || t.gone })
		if t.hung || t.gone {
			t.mu.Unlock()
			return done, io.ErrClosedPipe
		}
		s := t.typeByte(b[done])
		t.wake()
		t.mu.Unlock()
		if s != 0 {
			t.signal(s)
		}
	}
	return len(b), nil
}

func (m master) Close() error {
	t := m.t
	t.mu.Lock()
	was := t.hung
	t.hung = true
	t.wake()
	leader := t.leader
	t.mu.Unlock()
	if was {
		return nil
	}
	t.signal(SIGHUP)
	if leader != nil && leader.PGID() != t.Foreground() {
		leader.deliver(SIGHUP)
	}
	return nil
}
