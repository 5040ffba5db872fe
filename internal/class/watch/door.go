package watch

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/class/frame"
	"kubetutor/internal/tui/draw"
	"kubetutor/internal/tui/keymap"
)

// door lists who wants a name again that is taken. The cursor is on one of them,
// not on a line: another who comes or goes does not change whom a key lets in.
type door struct {
	*shared
	pane
	cursor string // ID of an Asking
}

func newDoor(s *shared) *door {
	d := &door{shared: s}
	if len(s.board.Asking) > 0 {
		d.cursor = s.board.Asking[0].ID
	}
	return d
}

func (d *door) scope() keymap.Scope { return inDoor }
func (d *door) title() string       { return d.words.DoorTitle }

func (d *door) at() int {
	return slices.IndexFunc(d.board.Asking, func(a class.Asking) bool { return a.ID == d.cursor })
}

func (d *door) act(a keymap.Action) tea.Cmd {
	asking := d.board.Asking
	if by, ok := keymap.Rows(a, d.h-1, len(asking)); ok && len(asking) > 0 {
		d.cursor = asking[max(min(d.at()+by, len(asking)-1), 0)].ID
		d.keep(d.at()+len(d.about()), len(asking)+len(d.about()))
		return nil
	}
	at := d.at()
	if at < 0 {
		return nil
	}
	o := class.Order{Kind: class.OrderAdmit, ID: asking[at].ID, Yes: a == admit}
	switch a {
	case admit:
		return d.do(o, fmt.Sprintf(d.words.Admitted, asking[at].Name))
	case refuse:
		return d.do(o, fmt.Sprintf(d.words.RefusedNow, asking[at].Name))
	}
	return nil
}

// about says what to look at before somebody is let in.
func (d *door) about() []string {
	return append(draw.Indent(frame.Wrapped(d.words.DoorAbout, d.w-4, d.Styles.Dim), "  "), "")
}

func (d *door) lines() []string {
	if len(d.board.Asking) == 0 {
		return []string{"", "  " + d.Styles.Dim.Render(d.words.NobodyAtDoor)}
	}
	lines := make([]string, len(d.board.Asking))
	for i, a := range d.board.Asking {
		here, name := " ", d.Styles.Text
		if a.ID == d.cursor {
			here, name = d.Styles.Accent.Render(d.Signs.Cursor), d.Styles.Selected
		}
		lines[i] = draw.Clip(" "+here+" "+name.Render(draw.Pad(a.Name, 24))+"  "+
			fmt.Sprintf(d.words.AsksFrom, a.From)+"  "+d.Styles.Dim.Render(d.ago(a.At)), d.w)
	}
	return draw.Window(append(d.about(), lines...), d.first, d.h)
}
