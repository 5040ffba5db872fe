package console

import (
	"os"
	"sync"
	"time"

	"kubetutor/internal/lab/protocol"
)

const (
	// typingTime is how long a program may leave what is typed unread before it
	// is dropped.
	typingTime = 2 * time.Second
	// drainTime is how long the rest of what a program said is waited for once it
	// has ended.
	drainTime = time.Second
)

// loan is the client's terminal, as a line's program has it. One has it at a time.
type loan struct {
	mu            sync.Mutex
	columns, rows int
	terminal      *terminal // nil: nobody has it
}

// terminal is a pseudo-terminal: the program has the other end of it.
type terminal struct {
	master *os.File
	ended  chan struct{} // closed when the program's end is closed, and all has been read
}

// oneByOne lets several goroutines tell a client something.
func oneByOne(out func(protocol.Output)) func(protocol.Output) {
	var mu sync.Mutex
	return func(o protocol.Output) {
		mu.Lock()
		defer mu.Unlock()
		out(o)
	}
}

func (l *loan) current() *terminal {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.terminal
}

// size sets the size of terminals to come.
func (l *loan) size(columns, rows int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.columns, l.rows = columns, rows
}

// resize tells the program that its terminal has another size.
func (l *loan) resize(columns, rows int) {
	l.size(columns, rows)
	if t := l.current(); t != nil {
		_ = setSize(t.master, columns, rows) // one that has just ended needs none
	}
}

// begin makes a terminal whose output goes to out, and returns the program's end.
func (l *loan) begin(out func(protocol.Output)) (*os.File, error) {
	l.end(out)
	l.mu.Lock()
	defer l.mu.Unlock()
	master, slave, err := openTerminal(l.columns, l.rows)
	if err != nil {
		return nil, err
	}
	out(protocol.Output{Terminal: protocol.LoanBegins})
	l.terminal = &terminal{master: master, ended: make(chan struct{})}
	go l.terminal.pass(out)
	return slave, nil
}

// end takes the terminal back, if somebody has it: what the program said is
// passed on, and the client told.
func (l *loan) end(out func(protocol.Output)) {
	l.mu.Lock()
	t := l.terminal
	l.terminal = nil
	l.mu.Unlock()
	if t == nil {
		return
	}
	select {
	case <-t.ended:
	case <-time.After(drainTime): // something holds on to it
	}
	t.master.Close()
	<-t.ended
	out(protocol.Output{Terminal: protocol.LoanEnds})
}

// pass passes on what the program says until its end is closed.
func (t *terminal) pass(out func(protocol.Output)) {
	defer close(t.ended)
	buf := make([]byte, 32<<10)
	for {
		n, err := t.master.Read(buf)
		if n > 0 {
			out(protocol.Output{Data: append([]byte(nil), buf[:n]...)})
		}
		if err != nil {
			return // EIO on Linux, EOF elsewhere: the program has ended
		}
	}
}

// feed types something. What a program does not read is dropped after a while.
func (t *terminal) feed(keys []byte) error {
	_ = t.master.SetWriteDeadline(time.Now().Add(typingTime)) // not everywhere to be had
	_, _ = t.master.Write(keys)                               // a program that has just ended reads nothing
	return nil
}
