package tui

import (
	"context"
	"io"
	"sync"

	tea "charm.land/bubbletea/v2"
)

// NewGuest returns the root model for somebody at a terminal of another machine,
// whatever Options.Guest says. It is driven by whoever has that terminal: as a
// program of Bubble Tea's, or in their own way, which must keep its contract
// (commands run in goroutines, Update and View in one) and handle [LoanMsg]. Env
// is what the terminal told of itself, and nothing of this process. What runs on
// behalf of the model ends with the context. Errors are those of [New].
func NewGuest(ctx context.Context, o Options, env []string) (*Model, error) {
	o.Guest, o.Env = true, env
	return newModel(ctx, o)
}

// LeaveMsg asks a model to end as if its user had left: what must be kept is saved
// first.
func LeaveMsg() tea.Msg { return leaveMsg{} }

type leaveMsg struct{}

// LoanMsg comes from a command of a guest's model, and is for whoever drives it:
// a program of the learner's lab (kubectl exec -it) wants the whole terminal until
// it ends. It is Run, with nothing else drawn and no key given to the model
// meanwhile; then the screen is drawn anew. Who lends no terminals passes it to
// the model, as any message, which then says so and ends the program.
type LoanMsg struct {
	loan    *loan
	session int
}

// Run gives the program the terminal: what is typed, as it came, the sizes of the
// window (the present one first), and where what it says is shown, which is
// whatever a terminal program may say. It returns when the program has ended, or
// the model's context, and takes nothing from the channels any more; then the
// model gets what it returns.
func (m LoanMsg) Run(keys <-chan []byte, sizes <-chan tea.WindowSizeMsg, out io.Writer) tea.Msg {
	defer m.loan.said.Close() // without it, a program that goes on would wait for a reader
	ctx, cancel := context.WithCancel(m.loan.ctx)
	var passing sync.WaitGroup
	passing.Go(func() { m.loan.pass(ctx, keys, sizes) })
	m.loan.out = out
	err := m.loan.show()
	cancel()
	passing.Wait()
	return lentBackMsg{m.session, err}
}

// pass passes on what is typed, and sizes, until the context ends.
func (l *loan) pass(ctx context.Context, keys <-chan []byte, sizes <-chan tea.WindowSizeMsg) {
	for {
		select {
		case <-ctx.Done():
			return
		case data := <-keys:
			if l.console.Input(ctx, data, false) != nil {
				return
			}
		case size := <-sizes:
			_ = l.console.Resize(ctx, size.Width, size.Height) // a program that has ended needs none
		}
	}
}

// notLent ends a program that wanted the terminal and does not get it.
func (m LoanMsg) notLent() tea.Msg {
	_ = m.loan.said.Close() // a pipe in memory
	return lentBackMsg{m.session, errNoScreen}
}
