package watch

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"kubetutor/internal/class"
	"kubetutor/internal/tui/draw"
	"kubetutor/internal/tui/keymap"
	"kubetutor/internal/tui/stream"
)

// look is a learner's screen, once they agreed to show it: read-only, until one
// of the two ends it.
type look struct {
	*shared
	id     int
	name   string
	cancel context.CancelFunc
	screen *class.Screen // nil: they have not agreed yet
	ended  error         // why it is over; nil while it is not
	left   int           // the first column that is shown of a screen larger than this one
	pane
}

// newLook asks to see a learner's screen. The caller starts the command.
func newLook(s *shared, id int, row class.Row) (*look, tea.Cmd) {
	ctx, cancel := context.WithCancel(s.ctx)
	l := &look{shared: s, id: id, name: row.Name, cancel: cancel}
	return l, stream.Of(ctx, func(send func(tea.Msg) error) tea.Msg {
		err := s.o.Chair.Look(ctx, row.Learner, func(screen class.Screen) error {
			return send(frameMsg{id, class.CleanScreen(screen)})
		})
		if err == nil {
			err = class.ErrDeclined // they took it back
		}
		return lookedMsg{id, err}
	})
}

func (l *look) scope() keymap.Scope { return inScreen }

func (l *look) title() string {
	if l.screen == nil || l.ended != nil {
		return fmt.Sprintf(l.words.LookTitle, l.name)
	}
	text := fmt.Sprintf(l.words.LooksAt, l.name)
	if l.screen.Columns > l.w || l.screen.Rows > l.h {
		text += l.words.Comma + fmt.Sprintf(l.words.PartOf, l.left+1, l.first+1, l.screen.Columns, l.screen.Rows)
	}
	return text
}

// take shows another picture; where one looks stays.
func (l *look) take(s class.Screen) {
	l.screen = &s
	l.bound()
}

// leave tells the class that nobody looks any more.
func (l *look) leave() { l.cancel() }

func (l *look) act(a keymap.Action) tea.Cmd {
	if by, ok := keymap.Rows(a, l.h-1, 1<<10); ok {
		l.first += by
	}
	switch a {
	case keymap.Left:
		l.left -= 10
	case keymap.Right:
		l.left += 10
	}
	l.bound()
	return nil
}

func (l *look) size(w, h int) {
	l.pane.size(w, h)
	l.bound()
}

// bound keeps what is shown on the learner's screen.
func (l *look) bound() {
	if l.screen != nil {
		l.left = max(min(l.left, l.screen.Columns-l.w), 0)
		l.first = max(min(l.first, l.screen.Rows-l.h), 0)
	}
}

func (l *look) lines() []string {
	switch {
	case l.ended != nil:
		return []string{"", "  " + l.Styles.Wait.Render(l.trouble(l.ended))}
	case l.screen == nil:
		return []string{"", "  " + l.Styles.Wait.Render(fmt.Sprintf(l.words.LookWaits, l.name)), "", "  " + l.Styles.Dim.Render(l.words.LookAbout)}
	}
	return l.cut(l.w, l.h)
}

// cut shows the part of the screen that fits. Attributes end with each line.
func (l *look) cut(w, h int) []string {
	lines := draw.Window(strings.Split(l.screen.Content, "\n"), l.first, h)
	for i, line := range lines {
		lines[i] = ansi.Cut(line, l.left, l.left+w) + ansi.ResetStyle
	}
	return lines
}
