package plain

import (
	"bytes"
	"context"
	"io"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// screen counts the rows that were written since the learner was asked last.
type screen struct {
	io.Writer
	columns int
	rows    int
}

// Write writes and counts.
func (s *screen) Write(p []byte) (int, error) {
	for line := range bytes.Lines(p) {
		s.rows += s.height(string(line))
	}
	return s.Writer.Write(p)
}

// height is how many rows of the terminal a line takes.
func (s *screen) height(line string) int {
	return 1 + max(ansi.StringWidth(strings.TrimRight(line, "\n"))-1, 0)/max(s.columns, 1)
}

// show writes what draw draws, a screen at a time: after each the learner says
// whether to go on. Where there is no terminal it is written at once.
func (t *Tutor) show(ctx context.Context, draw func(w io.Writer) error) error {
	var text bytes.Buffer
	if err := draw(&text); err != nil {
		return err
	}
	for line := range strings.Lines(text.String()) {
		if t.full(line) {
			if more, err := t.more(ctx); err != nil || !more {
				return err
			}
		}
		if _, err := io.WriteString(t.Out, line); err != nil {
			return err
		}
	}
	return nil
}

// full tells whether a line, and the prompt below it, would push what the
// learner has not read off the screen.
func (t *Tutor) full(line string) bool {
	if t.Rows == nil {
		return false
	}
	return t.screen.rows+t.screen.height(line) >= max(t.Rows(), 4)
}

// more asks whether to go on with a text.
func (t *Tutor) more(ctx context.Context) (more bool, err error) {
	more = true
	skip := choice{"skip", "s", t.Words.About["skip"], func(context.Context, string) error { more = false; return nil }}
	for more {
		typed, err := t.ask(ctx, t.Words.AtMore)
		if err != nil || typed == "" {
			return err == nil, err
		}
		if err := t.obey(ctx, typed, prompt{choices: []choice{skip}}); err != nil {
			return false, err
		}
	}
	return false, nil
}
