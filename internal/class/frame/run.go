package frame

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	tea "charm.land/bubbletea/v2"
)

// Run shows a program until its user leaves it or ctx ends; interrupted by a signal
// it returns context.Canceled. What says in errors what was shown. Env is the
// environment, as os.Environ gives it.
func Run(ctx context.Context, m tea.Model, what string, in io.Reader, out io.Writer, env []string) error {
	p := tea.NewProgram(m, tea.WithContext(ctx), tea.WithInput(in), tea.WithOutput(out), tea.WithEnvironment(env))
	switch _, err := p.Run(); {
	case errors.Is(err, tea.ErrInterrupted):
		return context.Canceled
	case err != nil:
		return fmt.Errorf("showing %s: %w", what, err)
	}
	return nil
}

// Later sends a message after a time.
func Later(d time.Duration, msg tea.Msg) tea.Cmd {
	return tea.Tick(d, func(time.Time) tea.Msg { return msg })
}
