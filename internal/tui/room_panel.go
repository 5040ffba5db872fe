package tui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/tui/keymap"
)

// panelKind is something of the class that fills the page until it is answered.
type panelKind int

const (
	noPanel panelKind = iota
	resumePanel
	askPanel
	overPanel
)

// panel is which of them were answered.
type panel struct {
	resumeRead, overRead bool
	open                 bool // the learner has turned to it while something is typed
}

// rest keeps keys that are being typed from answering what has just appeared: an
// answer takes a moment without keys. Until then keys mean what they meant before.
type rest struct{ since time.Time }

func (r *rest) begin(now time.Time) { r.since = now }

// rested tells whether a key is an answer; if it is not, the moment begins anew.
func (r *rest) rested(now time.Time) bool {
	if now.Sub(r.since).Abs() >= keyRest {
		return true
	}
	r.since = now
	return false
}

// roomPanel is the panel that is shown. While something is typed it waits, but for
// the one at the beginning.
func (m *Model) roomPanel() panelKind {
	r := m.c.room
	switch {
	case r == nil || !r.known:
		return noPanel
	case r.sight.Resume != "" && !r.panel.resumeRead:
		return resumePanel
	case m.typing() && !r.panel.open:
		return noPanel
	case r.sight.Ask != nil && r.sight.Ask.ID != r.answered:
		return askPanel
	case r.sight.Over && !r.panel.overRead:
		return overPanel
	}
	return noPanel
}

// typing tells whether letters are text now.
func (m *Model) typing() bool {
	return m.front().Typing() || m.ask != nil || m.naming != nil || m.asksHelp != nil
}

// settleRoom notes when a panel appears, and reports what has changed.
func (m *Model) settleRoom() tea.Cmd {
	r := m.c.room
	if r == nil {
		return nil
	}
	if kind := m.roomPanel(); kind != r.shown {
		r.shown = kind
		r.guard.begin(m.c.o.Now())
	}
	return m.reportStanding()
}

// roomKey takes a key that is for the class before all others.
func (m *Model) roomKey(k tea.KeyPressMsg) (cmd tea.Cmd, done bool) {
	r := m.c.room
	if r == nil {
		return nil, false
	}
	if m.c.o.Now().Sub(r.news.at) > bannerStays {
		r.news = banner{}
	}
	if a, ok := m.c.keys.Find(k.String(), keymap.ClassAlways); ok && (a != keymap.Unwatch || r.watched()) {
		return m.roomAct(a)
	}
	kind := m.roomPanel()
	if kind == noPanel && !r.calling() || m.help != nil {
		return nil, false
	}
	if !r.guard.rested(m.c.o.Now()) {
		return nil, kind == resumePanel // what was typed at the door is not for the page beneath
	}
	if kind == noPanel {
		a, ok := m.c.keys.Find(k.String(), keymap.Called)
		if !ok || m.engaged() {
			return nil, false
		}
		return m.callKey(a), true
	}
	a, _ := m.c.keys.Find(k.String(), panelScope(kind))
	return m.panelKey(kind, a), true
}

// panelScope are the keys of a panel.
func panelScope(kind panelKind) keymap.Scope {
	if kind == askPanel {
		return keymap.Asked
	}
	return keymap.Told
}

func (m *Model) panelKey(kind panelKind, a keymap.Action) tea.Cmd {
	r := m.c.room
	switch {
	case kind == askPanel && (a == keymap.Yes || a == keymap.No):
		return m.allow(a == keymap.Yes)
	case kind == resumePanel && a == keymap.Continue:
		r.panel.resumeRead = true
	case kind == overPanel && a == keymap.Continue:
		r.panel.overRead, r.panel.open = true, false
	}
	return nil
}

// allow answers who asks to see the screen.
func (m *Model) allow(yes bool) tea.Cmd {
	r, id := m.c.room, m.c.room.sight.Ask.ID
	r.answered, r.panel.open, r.news = id, false, banner{}
	return r.tell(func(ctx context.Context, s class.Seat) error { return s.Allow(ctx, id, yes) })
}

// watched tells whether somebody sees the screen.
func (r *room) watched() bool { return r != nil && r.sight.Watched != "" }

// unwatch lets nobody see the screen any more.
func (m *Model) unwatch() tea.Cmd {
	r := m.c.room
	m.notice = fmt.Sprintf(m.c.words.RoomStopped, r.sight.Watched)
	r.ended = true
	return r.tell(func(ctx context.Context, s class.Seat) error { return s.Allow(ctx, "", false) })
}

// noteWatch tells of who asks to see the screen, and of who sees it no longer.
func (r *room) noteWatch(old class.Sight) {
	w, s := r.c.words, r.sight
	switch {
	case s.Ask == nil:
		r.panel.open = r.panel.open && s.Over
	case old.Ask == nil || old.Ask.ID != s.Ask.ID:
		r.news = banner{typing: fmt.Sprintf(w.RoomAsks, s.Ask.By), at: r.c.o.Now()}
	}
	if old.Watched != "" && s.Watched == "" && !r.ended {
		text := fmt.Sprintf(w.RoomWatchEnded, old.Watched)
		r.say(text, text)
	}
	r.ended = false
}

// panelView draws a panel over the page.
func (m *Model) panelView(kind panelKind, w, h int) string {
	words, s := m.c.words, m.c.room.sight
	n := min(w-4, textWidth)
	var lines []string
	title := func(text string) { lines = append(lines, wrapped(text, n, m.c.styles.Title)...) }
	text := func(text string) { lines = append(append(lines, ""), wrapped(text, n, m.c.styles.Text)...) }
	switch kind {
	case resumePanel:
		title(words.RoomResumeTitle)
		lines = append(lines, "", m.c.styles.Here.Render(" "+line(s.Resume)+" "))
		text(fmt.Sprintf(words.RoomResumeAbout, s.Me))
	case askPanel:
		title(fmt.Sprintf(words.RoomAsk, s.Ask.By))
		text(words.RoomAskAbout)
	case overPanel:
		title(words.RoomOverTitle)
		text(m.overText())
	}
	switch {
	case h > len(lines)+1:
		lines = append([]string{""}, lines...)
	case h < len(lines):
		lines = slices.DeleteFunc(lines, func(l string) bool { return l == "" })
	}
	return strings.Join(window(indent(lines, "  "), 0, h), "\n")
}

// overText says what becomes of what was done.
func (m *Model) overText() string {
	if m.c.o.Guest {
		return m.c.words.RoomOverAbout
	}
	return m.c.words.RoomOverOwn
}
