package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	tea "charm.land/bubbletea/v2"
	"github.com/muesli/cancelreader"

	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/lab/terminal"
)

// loan hands the screen to a program of the console, such as a shell in a
// container, until it ends. To Bubble Tea it is a command that runs outside.
type loan struct {
	ctx     context.Context // of the line; ExecCommand has no place for one
	console lab.Console
	header  string // shown above what the program says
	said    *io.PipeReader
	says    *io.PipeWriter
	in      io.Reader
	out     io.Writer
}

var _ tea.ExecCommand = (*loan)(nil)

// lentMsg says that a program wants the screen; lentBackMsg, that it had it.
type (
	lentMsg struct {
		session int
		loan    *loan
	}
	lentBackMsg struct {
		session int
		err     error
	}
)

// newLoan makes a loan. What the program says waits until it has the screen.
func newLoan(ctx context.Context, con lab.Console, header string) *loan {
	l := &loan{ctx: ctx, console: con, header: header}
	l.said, l.says = io.Pipe()
	context.AfterFunc(ctx, func() { _ = l.said.CloseWithError(ctx.Err()) })
	return l
}

// SetStdin implements tea.ExecCommand.
func (l *loan) SetStdin(r io.Reader) { l.in = r }

// SetStdout implements tea.ExecCommand.
func (l *loan) SetStdout(w io.Writer) { l.out = w }

// SetStderr implements tea.ExecCommand; a terminal has one screen.
func (l *loan) SetStderr(io.Writer) {}

// errNoScreen means that there is no terminal to lend.
var errNoScreen = errors.New("there is no terminal that a program could have")

// Run gives the program the terminal until it has ended.
func (l *loan) Run() error {
	defer l.said.Close() // without it, a program that goes on would wait for a reader
	tty, ok := l.in.(*os.File)
	if !ok {
		return errNoScreen
	}
	back, err := terminal.Lend(l.ctx, tty, func(ctx context.Context) io.Reader { return keysOf(ctx, tty) }, l.console)
	if err != nil {
		return err
	}
	defer back()
	return l.show()
}

// show shows what the program says, until it ends.
func (l *loan) show() error {
	fmt.Fprint(l.out, l.header)
	if _, err := io.Copy(l.out, l.said); err != nil {
		return fmt.Errorf("showing what the program says: %w", err)
	}
	return nil
}

// keysOf reads a terminal until ctx ends, and takes no key that comes later.
func keysOf(ctx context.Context, tty *os.File) io.Reader {
	keys, err := cancelreader.NewReader(tty)
	if err != nil {
		return tty
	}
	context.AfterFunc(ctx, func() { keys.Cancel() })
	return keys
}

// divider passes a line's output to the panel, or to the program's screen while
// a program has it.
type divider struct {
	panel func(protocol.Output)
	begin func() *loan
	lent  *loan
}

func (d *divider) output(o protocol.Output) {
	switch {
	case o.Terminal == protocol.LoanBegins:
		d.end()
		d.lent = d.begin()
	case o.Terminal == protocol.LoanEnds:
		d.end()
	case d.lent != nil && len(o.Data) > 0:
		_, _ = d.lent.says.Write(o.Data) // fails when nobody shows it any more
	default:
		d.panel(o)
	}
}

// end lets the tutor have its screen back.
func (d *divider) end() {
	if d.lent != nil {
		_ = d.lent.says.Close() // a pipe in memory
		d.lent = nil
	}
}

// lend gives the screen to a program.
func (p *consolePanel) lend(msg lentMsg) tea.Cmd {
	if msg.session != p.session {
		_ = msg.loan.said.Close() // a pipe in memory
		return nil
	}
	session := msg.session
	if p.c.machine == nil {
		return say(LoanMsg{msg.loan, session})
	}
	return tea.Exec(msg.loan, func(err error) tea.Msg { return lentBackMsg{session, err} })
}

// lentBack tells the console its own size again.
func (p *consolePanel) lentBack(msg lentBackMsg) tea.Cmd {
	p.resized = true
	if msg.err != nil && msg.session == p.session {
		return tea.Batch(p.resize(), p.interrupt(), say(showNoticeMsg{p.c.trouble(msg.err)}))
	}
	return p.resize()
}
