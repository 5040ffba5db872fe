package watch

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/tui/draw"
	"kubetutor/internal/tui/keymap"
)

// sessions lists the instructor's own terminals in the class, to show one to all.
type sessions struct {
	*shared
	pane
	cursor string
	form   func(*form)
}

func newSessions(s *shared, open func(*form)) *sessions {
	v := &sessions{shared: s, form: open}
	if own := v.own(); len(own) > 0 {
		v.cursor = own[0].ID
	}
	return v
}

func (v *sessions) scope() keymap.Scope { return inSessions }
func (v *sessions) title() string       { return v.words.SessionsTitle }

func (v *sessions) own() []class.Session {
	return slices.DeleteFunc(slices.Clone(v.board.Screens), func(s class.Session) bool { return s.By != v.o.By })
}

func (v *sessions) act(a keymap.Action) tea.Cmd {
	own := v.own()
	at := slices.IndexFunc(own, func(s class.Session) bool { return s.ID == v.cursor })
	if by, ok := keymap.Rows(a, len(own)-1, len(own)); ok && len(own) > 0 {
		v.cursor = own[max(min(at+by, len(own)-1), 0)].ID
		return nil
	}
	switch {
	case a == stopShowing:
		return v.do(class.Order{Kind: class.OrderShow}, v.words.ShownNoMore)
	case a == keymap.Submit && at >= 0:
		v.form(v.caption(own[at].ID))
	}
	return nil
}

// caption asks for the words below the screen that is shown.
func (v *sessions) caption(id string) *form {
	return v.shared.form(v.words.LabelCaption, v.words.AboutCaption, func(text string) (tea.Cmd, string) {
		return v.do(class.Order{Kind: class.OrderShow, ID: id, Text: text}, v.words.ShownNow), ""
	})
}

func (v *sessions) lines() []string {
	lines := []string{"  " + v.Styles.Dim.Render(v.words.SessionsAbout), ""}
	own := v.own()
	if len(own) == 0 {
		return append(lines, "  "+v.words.NoSessions)
	}
	for i, s := range own {
		here, name := " ", v.Styles.Text
		if s.ID == v.cursor {
			here, name = v.Styles.Accent.Render(v.Signs.Cursor), v.Styles.Selected
		}
		text := fmt.Sprintf(v.words.Session, i+1)
		if s.ID == v.board.Shown {
			text += v.words.Comma + v.words.IsShown
		}
		lines = append(lines, draw.Clip(" "+here+" "+name.Render(text), v.w))
	}
	return lines[:min(len(lines), v.h)]
}
