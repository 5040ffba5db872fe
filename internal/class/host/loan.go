package host

import (
	"context"
	"io"

	tea "charm.land/bubbletea/v2"
)

// Loan is a message by which a model lends the whole terminal to a program of the
// learner's lab, such as a shell in a container, until it has ended. Run gives that
// program what is typed, as it came, and the sizes of the window; it returns what
// the model is to be told, and takes nothing from the channels any more.
type Loan interface {
	Run(keys <-chan []byte, sizes <-chan tea.WindowSizeMsg, out io.Writer) tea.Msg
}

// lent is a loan that runs.
type lent struct {
	keys  chan []byte
	sizes chan tea.WindowSizeMsg
	done  chan struct{}
}

// lentBackMsg is what the model is to be told after a loan.
type lentBackMsg struct{ tell tea.Msg }

// lend gives the terminal away. Nothing is drawn and no key is given to the model
// until lentBackMsg.
func (m *play) lend(l Loan) tea.Cmd {
	_ = m.screen.restore()
	given := &lent{keys: make(chan []byte), sizes: make(chan tea.WindowSizeMsg, 1), done: make(chan struct{})}
	m.lent = given
	m.tellSize()
	m.input.divert(given)
	return guarded(func() tea.Msg {
		defer close(given.done)
		return lentBackMsg{l.Run(given.keys, given.sizes, m.screen.to)}
	})
}

// tellSize tells a program that has the terminal how large the window is; one that
// has not looked yet is told of the newest size alone.
func (m *play) tellSize() {
	select {
	case <-m.lent.sizes:
	default:
	}
	m.lent.sizes <- tea.WindowSizeMsg{Width: m.screen.size.width, Height: m.screen.size.height}
}

// takeBack draws again, all anew.
func (m *play) takeBack() {
	m.input.divert(nil)
	m.lent = nil
	m.screen.clear()
}

// divert gives what is typed to a loan as it comes; nil: no more. It waits for
// nobody: who reads may be waiting for who lends.
func (in *input) divert(to *lent) { in.lent.Store(to) }

// diverted gives bytes to a loan, if there is one.
func (in *input) diverted(ctx context.Context, p []byte) bool {
	to := in.lent.Load()
	if to == nil {
		return false
	}
	in.forget()
	select {
	case to.keys <- append([]byte(nil), p...):
	case <-to.done:
	case <-ctx.Done():
	}
	return true
}
