package watch

import (
	"context"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/tui/draw"
	"kubetutor/internal/tui/keymap"
	"kubetutor/internal/tui/stream"
)

// wideWidth is the width from which the roster and the learner under the cursor
// stand side by side.
const wideWidth = 110

// view is what fills the window in the roster's place.
type view interface {
	scope() keymap.Scope
	title() string
	act(a keymap.Action) tea.Cmd
	size(w, h int)
	lines() []string
}

// pane is the room that a view has, and the first line that is shown in it.
type pane struct{ w, h, first int }

func (p *pane) size(w, h int) { p.w, p.h = w, h }

// keep keeps line at of so many in the window.
func (p *pane) keep(at, total int) { p.first = draw.Follow(p.first, max(at, 0), p.h, total) }

// Model is the root.
type Model struct {
	*shared
	roster        *roster
	view          view // nil: the roster
	form          *form
	ask           *askMsg
	help          bool
	helpTop       int
	notice        doneMsg
	looks         int // how many there were
	width, height int
}

var _ tea.Model = (*Model)(nil)

// New returns the root model, as Run uses it. An unknown theme is an error.
func New(o Options) (*Model, error) { return newModel(context.Background(), o) }

func newModel(ctx context.Context, o Options) (*Model, error) {
	s, err := newShared(ctx, o)
	if err != nil {
		return nil, err
	}
	m := &Model{shared: s, roster: newRoster(s)}
	m.resize(80, 24)
	return m, nil
}

// Init begins to follow the class.
func (m *Model) Init() tea.Cmd {
	cmds := []tea.Cmd{m.follow(), m.after(time.Second, tickMsg{})}
	if !m.o.NoColor {
		cmds = append(cmds, tea.RequestBackgroundColor)
	}
	return tea.Batch(cmds...)
}

// Update routes a message.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) { return m, m.route(msg) }

func (m *Model) route(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.resize(msg.Width, msg.Height)
	case tea.BackgroundColorMsg:
		if err := m.Background(!msg.IsDark()); err != nil {
			m.notice = doneMsg{err: err}
		}
	case tea.KeyPressMsg:
		return m.key(msg)
	case tea.PasteMsg:
		if m.form != nil && m.ask == nil && !m.help {
			return m.form.pass(msg)
		}
	case stream.Item:
		return tea.Batch(m.route(msg.Msg), msg.Next)
	case tickMsg:
		return m.after(time.Second, tickMsg{}) // clocks are drawn anew
	default:
		return m.fact(msg)
	}
	return nil
}

// fact handles what happened elsewhere, and what views ask for.
func (m *Model) fact(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case boardMsg:
		cmd := m.take(msg)
		m.roster.refresh()
		return cmd
	case lostMsg:
		if m.ctx.Err() == nil {
			m.broken = msg.err
			return m.after(again, followMsg{})
		}
	case followMsg:
		return m.follow()
	case bodiesMsg:
		for id, b := range msg.bodies {
			m.bodies[id] = b
		}
	case doneMsg:
		m.notice = msg
	case askMsg:
		m.ask = &msg
	case existsMsg:
		m.ask = &askMsg{fmt.Sprintf(m.words.AskReplace, class.Clean(msg.path, maxLine)), func() tea.Cmd { return m.save(msg.path, true) }}
	case frameMsg:
		if l, ok := m.view.(*look); ok && l.id == msg.look {
			l.take(msg.screen)
		}
	case lookedMsg:
		if l, ok := m.view.(*look); ok && l.id == msg.look {
			l.ended = msg.err
		}
	}
	return nil
}

// key turns a key into an action, modal things first.
func (m *Model) key(k tea.KeyPressMsg) tea.Cmd {
	switch a, _ := m.Keys.Find(k.String(), keymap.Always); a {
	case keymap.Interrupt:
		return m.quit()
	case keymap.Suspend:
		if m.o.Guest { // this machine's process is not theirs to stop
			return nil
		}
		return tea.Suspend
	}
	m.notice = doneMsg{}
	switch {
	case m.help:
		m.helpKey(k.String())
		return nil
	case m.ask != nil:
		return m.answer(k.String())
	case m.form != nil:
		form := m.form
		cmd, done := form.key(m.shared, k)
		if done && m.form == form {
			m.form = nil
		}
		return cmd
	}
	if a, ok := m.Keys.Find(k.String(), m.scopes()...); ok {
		return m.act(a)
	}
	return nil
}

// scopes are those of the keys that work now.
func (m *Model) scopes() []keymap.Scope {
	switch {
	case m.ask != nil:
		return []keymap.Scope{inQuestion}
	case m.form != nil:
		return []keymap.Scope{inForm}
	case m.view != nil:
		if _, ok := m.view.(*detail); ok { // what is done to a learner can be done there, too
			return []keymap.Scope{inDetail, inRoster, everywhere}
		}
		return []keymap.Scope{m.view.scope(), everywhere}
	}
	return []keymap.Scope{inRoster, everywhere}
}

func (m *Model) act(a keymap.Action) tea.Cmd {
	switch a {
	case keymap.Quit:
		return m.quit()
	case keymap.Help:
		m.help, m.helpTop = true, 0
		return nil
	case keymap.Language:
		m.setLang(m.lang.Other())
		return nil
	case keymap.Back:
		m.back()
		return nil
	}
	_, one := m.view.(*detail)
	switch {
	case m.view != nil && !one:
		return m.view.act(a)
	case one:
		return tea.Batch(m.view.act(a), m.command(a))
	case m.roster.act(a):
		return nil
	}
	return m.command(a)
}

// command carries out what is done from the roster.
func (m *Model) command(a keymap.Action) tea.Cmd {
	switch a {
	case sendMessage:
		m.form = m.roster.message(class.MessageText)
	case sendCommand:
		m.form = m.roster.message(class.MessageCommand)
	case writeNote:
		m.form = m.roster.note()
	case attendElse:
		m.form = m.roster.attendElse()
	case setTime:
		m.form = m.roster.time()
	case keymap.Filtering:
		m.form = m.filter()
	case attend:
		return m.roster.attend()
	case lowerHand:
		return m.roster.lower()
	case endClass:
		return m.roster.end()
	case export:
		form, cmd := m.roster.export()
		m.form = form
		return cmd
	default:
		return m.open(a)
	}
	return nil
}

// open goes to what has a page of its own.
func (m *Model) open(a keymap.Action) tea.Cmd {
	switch a {
	case keymap.Open:
		m.show(&detail{roster: m.roster})
	case openPlan, recall:
		m.show(newPlan(m.roster))
	case openJoin:
		m.show(&joinPage{shared: m.shared})
	case openDoor:
		m.show(newDoor(m.shared))
	case showOwn:
		m.show(newSessions(m.shared, func(f *form) { m.form = f }))
	case keymap.Hint:
		if h := newHints(m.roster); h != nil {
			m.show(h)
		} else {
			m.notice = doneMsg{said: m.words.NobodyInLab}
		}
	case lookAt:
		return m.look()
	}
	return nil
}

// look asks to see the screen of the learner under the cursor.
func (m *Model) look() tea.Cmd {
	row, ok := m.roster.current()
	switch {
	case !ok:
		return nil
	case m.lost():
		return say(doneMsg{err: class.ErrLost})
	case !row.Here:
		return say(doneMsg{err: class.ErrAway})
	case row.Own: // only what comes to the class as a screen can be shown
		return say(doneMsg{said: m.words.OwnScreen})
	}
	m.looks++
	l, cmd := newLook(m.shared, m.looks, row)
	m.show(l)
	return cmd
}

// filter asks for a part of the names to show.
func (m *Model) filter() *form {
	f := m.shared.form(m.words.LabelFilter, m.words.AboutFilter, func(string) (tea.Cmd, string) { return nil, "" })
	f.input.SetValue(m.roster.text)
	f.typed = func(text string) {
		m.roster.text = strings.TrimSpace(text)
		m.roster.refresh()
	}
	return f
}

// back leaves a view, or takes back what narrows the choice.
func (m *Model) back() {
	if l, ok := m.view.(*look); ok {
		l.leave()
	}
	if m.view == nil {
		m.roster.back()
	}
	m.view = nil
	m.resize(m.width, m.height) // the roster may have had another height
}

func (m *Model) answer(key string) tea.Cmd {
	a, ok := m.Keys.Find(key, inQuestion)
	if !ok {
		return nil
	}
	ask := m.ask
	m.ask = nil
	if a == keymap.Yes {
		return ask.yes()
	}
	return nil
}

// helpKey scrolls the help, or closes it.
func (m *Model) helpKey(key string) {
	lines, h := len(m.helpLines()), m.bodyHeight()
	switch a, _ := m.Keys.Find(key, inDetail); {
	case a == keymap.Down && m.helpTop+h < lines:
		m.helpTop++
	case a == keymap.PageDown && m.helpTop+h < lines:
		m.helpTop = min(m.helpTop+h-1, lines-h)
	case a == keymap.Up:
		m.helpTop = max(m.helpTop-1, 0)
	case a == keymap.PageUp:
		m.helpTop = max(m.helpTop-h+1, 0)
	default:
		m.help = false
	}
}

func (m *Model) helpLines() []string {
	return m.Help(append(m.scopes(), keymap.Always), m.width)
}

// quit leaves the view; the class goes on.
func (m *Model) quit() tea.Cmd {
	m.back()
	return tea.Quit
}

func (m *Model) resize(w, h int) {
	m.width, m.height = w, h
	m.roster.setHeight(max(m.rosterHeight(), 1))
	if m.view != nil {
		m.view.size(m.width, m.bodyHeight())
	}
}

// show puts a view in the roster's place.
func (m *Model) show(v view) {
	m.view = v
	v.size(m.width, m.bodyHeight())
}
