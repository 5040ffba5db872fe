package watch

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/class/frame"
	"kubetutor/internal/course"
	"kubetutor/internal/tui/draw"
	"kubetutor/internal/tui/keymap"
)

// hints lists those of the lab that the chosen learners are in, to send one. It
// goes to those of them who are in that lab.
type hints struct {
	*shared
	lab *course.Lab
	to  *audience
	pane
	cursor int
}

// newHints is nil where nobody of the chosen is in a lab that the course has.
func newHints(r *roster) *hints {
	to := r.audience()
	if lab := to.lab(); lab != nil {
		return &hints{shared: r.shared, lab: lab, to: to}
	}
	return nil
}

// lab is the one that most of an audience are in; nil for none.
func (a *audience) lab() (most *course.Lab) {
	counts := map[*course.Lab]int{}
	for _, who := range a.each() {
		if row, ok := a.r.row(who); ok {
			if l := a.r.labOf(labOf(row)); l != nil {
				counts[l]++
				if most == nil || counts[l] > counts[most] {
					most = l
				}
			}
		}
	}
	return most
}

// in are those of an audience who are in a lab.
func (a *audience) in(lab *course.Lab) (list []class.LearnerID) {
	for _, who := range a.each() {
		if row, ok := a.r.row(who); ok && a.r.labOf(labOf(row)) == lab {
			list = append(list, who)
		}
	}
	return list
}

func (h *hints) scope() keymap.Scope { return inHints }
func (h *hints) title() string {
	return fmt.Sprintf(h.words.HintsTitle, h.lab.Title.In(h.lang))
}

func (h *hints) act(a keymap.Action) tea.Cmd {
	if by, ok := keymap.Rows(a, len(h.lab.Hints)-1, len(h.lab.Hints)); ok {
		h.cursor = max(min(h.cursor+by, len(h.lab.Hints)-1), 0)
		h.size(h.w, h.h)
		return nil
	}
	switch a {
	case recipients:
		h.to.next()
	case keymap.Submit:
		return h.send()
	}
	return nil
}

func (h *hints) send() tea.Cmd {
	to := h.to.in(h.lab)
	if len(to) == 0 || h.cursor >= len(h.lab.Hints) {
		return say(doneMsg{said: h.words.NobodyInLab})
	}
	m := class.Message{Kind: class.MessageHint, Lab: h.lab.Path(), Hint: h.cursor + 1}
	return h.do(class.Order{Kind: class.OrderSend, To: to, Message: &m}, fmt.Sprintf(h.words.HintSent, h.cursor+1, h.who(to)))
}

// who names those that a hint goes to.
func (h *hints) who(to []class.LearnerID) string {
	if len(to) == 1 {
		return h.to.names[to[0]]
	}
	return fmt.Sprintf(h.words.ToSome, len(to))
}

func (h *hints) size(w, rows int) {
	h.pane.size(w, rows)
	lines, at := h.whole()
	h.keep(min(at+4, len(lines)-1), len(lines)) // also what the hint says
	h.keep(at, len(lines))
}

func (h *hints) lines() []string {
	lines, _ := h.whole()
	return draw.Window(lines, h.first, h.h)
}

// whole is all of the list, and the line of the cursor.
func (h *hints) whole() (lines []string, at int) {
	lines = []string{"  " + h.Styles.Dim.Render(h.words.To) + " " + h.Styles.Strong.Render(h.who(h.to.in(h.lab))), ""}
	for i, hint := range h.lab.Hints {
		here, style := "  ", h.Styles.Text
		if i == h.cursor {
			at, here, style = len(lines), h.Styles.Accent.Render(h.Signs.Cursor)+" ", h.Styles.Strong
		}
		label := fmt.Sprintf("%d. ", i+1)
		for n, l := range frame.Wrapped(plain(hint.Text().In(h.lang)), h.w-8, style) {
			lines = append(lines, " "+hanging(n, here+style.Render(label), "     ")+l)
		}
		lines = append(lines, "")
	}
	return lines, at
}

// plain takes the marks of code out of a short text.
func plain(markdown string) string { return strings.ReplaceAll(markdown, "`", "") }
