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
	s.rows += s.height(string(p))
	return s.Writer.Write(p)
}

// height is how many rows of the terminal a text takes.
func (s *screen) height(text string) (rows int) {
	for line := range strings.Lines(text) {
		rows += 1 + max(ansi.StringWidth(strings.TrimRight(line, "\n"))-1, 0)/max(s.columns, 1)
	}
	return rows
}

// show writes what draw draws, a screen at a time: after each the learner says
// whether to go on. What fits on a screen is not torn apart. Where there is no
// terminal it is written at once.
func (t *Tutor) show(ctx context.Context, draw func(w io.Writer) error) error {
	var text bytes.Buffer
	if err := draw(&text); err != nil {
		return err
	}
	whole := t.screen.rows > 0 && t.full(text.String()) && !t.tooLong(text.String())
	for line := range strings.Lines(text.String()) {
		if whole || t.full(line) {
			whole = false
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

// full tells whether a text, and the prompt below it, would push what the
// learner has not read off the screen.
func (t *Tutor) full(text string) bool {
	return t.Rows != nil && t.screen.rows+t.screen.height(text) >= max(t.Rows(), 4)
}

// tooLong tells whether a text is longer than a screen.
func (t *Tutor) tooLong(text string) bool { return t.screen.height(text) >= max(t.Rows(), 4) }

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
