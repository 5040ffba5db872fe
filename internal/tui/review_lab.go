package tui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/progress"
	"kubetutor/internal/review"
	"kubetutor/internal/tui/keymap"
)

// labFace is a hands-on card: a lab done again, on a fresh attempt, with the
// console beside it. That it passes is what can be rated.
type labFace struct {
	c             *common
	item          review.Item
	lab           *labPanel
	console       *consolePanel
	inConsole     bool
	before        *progress.LabState // how the lab stood before the attempt; nil until that is known
	try           *review.LabTry     // how it went; nil until it is passed
	width, height int
}

// Facts of a hands-on card. Lab says whose they are.
type (
	labBeforeMsg struct {
		lab   string
		state progress.LabState
		err   error
	}
	labTriedMsg struct {
		lab string
		try review.LabTry
		err error
	}
)

func newLabFace(c *common, item review.Item) *labFace {
	f := &labFace{c: c, item: item, lab: newLabPanel(c, item.Lab), console: newConsolePanel(c)}
	f.lab.fresh = true
	return f
}

// Init looks how the lab stands, or listens again to an attempt that was left.
func (f *labFace) Init() tea.Cmd {
	if f.lab.phase == labActive {
		return tea.Batch(f.lab.follow(), f.console.open(f.inConsole))
	}
	if f.before != nil {
		return nil
	}
	return func() tea.Msg {
		s, err := f.c.desk.State(f.c.ctx, f.item.Lab)
		return labBeforeMsg{f.item.Lab.Path(), s, err}
	}
}

func (f *labFace) leave() tea.Cmd {
	f.lab.leave()
	return f.console.close()
}

func (f *labFace) wide() bool { return f.width >= wideWidth }

// half is how wide the lab is; beside it stands the console where there is room.
func (f *labFace) half() int {
	if f.wide() {
		return f.width / 2
	}
	return f.width
}

func (f *labFace) SetSize(w, h int) {
	f.width, f.height = w, h
	f.lab.SetSize(f.half(), h)
	if f.wide() {
		f.console.SetSize(w-f.half()-1, h)
	} else {
		f.console.SetSize(w, max(h-2, 1))
	}
}

func (f *labFace) Split() int {
	if f.wide() {
		return f.half()
	}
	return 0
}

func (f *labFace) Busy() bool {
	return f.console.Busy() || f.inConsole && f.console.typed() || f.lab.starting()
}
func (f *labFace) Typing() bool    { return f.inConsole }
func (f *labFace) Wants() []docKey { return f.lab.wants() }

func (f *labFace) Scopes() []keymap.Scope {
	switch {
	case f.inConsole:
		return []keymap.Scope{keymap.CardConsole, keymap.Console}
	case f.try != nil:
		return []keymap.Scope{keymap.Rating, keymap.Card, keymap.Lab}
	}
	return append([]keymap.Scope{keymap.Card, keymap.CardAsked}, f.lab.scopes()...)
}

func (f *labFace) Cursor() *tea.Cursor {
	if !f.inConsole {
		return nil
	}
	cur := f.console.Cursor()
	switch {
	case cur == nil:
	case f.wide():
		cur.X += f.half() + 1
	default:
		cur.Y += 2
	}
	return cur
}

func (f *labFace) View() string {
	switch {
	case f.wide():
		return joinLines(f.c.beside(f.lab.lines(!f.inConsole), f.console.lines(), f.half()))
	case f.inConsole:
		return joinLines(append([]string{f.lab.summary(), f.c.rule(f.width, 0, "")}, f.console.lines()...))
	}
	return joinLines(f.lab.lines(true))
}

func (f *labFace) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case labBeforeMsg:
		return f.stood(msg)
	case labTriedMsg:
		return f.tried(msg)
	case statusLoadedMsg:
		return f.takeActive(msg.status)
	case labRunsMsg:
		return f.runs(msg)
	case clickMsg:
		return f.click(msg)
	case wheelMsg:
		return f.wheel(msg)
	case actMsg:
		return f.act(msg)
	case tea.KeyPressMsg, tea.PasteMsg:
		if f.inConsole {
			return f.console.Update(msg)
		}
		return nil
	}
	cmd := tea.Batch(f.console.Update(msg), f.lab.Update(msg))
	return tea.Batch(cmd, f.passed(msg))
}

func (f *labFace) act(msg actMsg) tea.Cmd {
	switch {
	case msg.action == keymap.Interrupt:
		return f.console.act(msg)
	case f.inConsole:
		return f.actConsole(msg)
	case msg.action == keymap.Back:
		return say(leaveReviewMsg{})
	case msg.action == keymap.Other:
		f.inConsole = true
		return f.console.enter()
	}
	return f.lab.Update(msg)
}

func (f *labFace) actConsole(msg actMsg) tea.Cmd {
	if msg.action == keymap.Other || msg.action == keymap.Back && !f.console.offering() {
		f.console.blur()
		f.inConsole = false
		return nil
	}
	return f.console.act(msg)
}

// stood takes over how the lab stood before.
func (f *labFace) stood(msg labBeforeMsg) tea.Cmd {
	if msg.lab != f.item.Lab.Path() {
		return nil
	}
	if msg.err != nil {
		return say(showNoticeMsg{msg.err.Error()})
	}
	f.before = &msg.state
	return say(openedLabMsg{}) // whether an attempt is under way
}

// takeActive goes on with an attempt that is under way: the learner has come
// back to it. One that is over is of another day.
func (f *labFace) takeActive(s protocol.Status) tea.Cmd {
	a := s.Lab
	f.lab.other = ""
	if a != nil && a.Lab != f.item.Lab.Path() {
		f.lab.other = a.Lab
	}
	if a == nil || s.State != protocol.StateUp || a.Lab != f.item.Lab.Path() || !a.Passed.IsZero() || a.Jumped {
		return nil
	}
	return f.lab.take(*a)
}

// runs opens the console once the lab has begun.
func (f *labFace) runs(msg labRunsMsg) tea.Cmd {
	if msg.lab != f.item.Lab.Path() {
		return nil
	}
	f.inConsole = msg.fresh || f.inConsole
	return tea.Batch(f.console.open(f.inConsole), say(openedLabMsg{}))
}

// passed looks how it went, once the lab is passed: that is on disk then.
func (f *labFace) passed(msg tea.Msg) tea.Cmd {
	v, ok := msg.(verdictsMsg)
	if !ok || v.task != f.lab.task || !f.lab.passed() || f.try != nil || f.before == nil {
		return nil
	}
	before := without(*f.before, f.lab.attempt.Number)
	return func() tea.Msg {
		after, err := f.c.desk.State(f.c.ctx, f.item.Lab)
		return labTriedMsg{f.item.Lab.Path(), review.TryOf(f.item.Lesson, before, after), err}
	}
}

// without is how a lab stood before an attempt that was under way when it was
// looked at: help that was shown in it belongs to it.
func without(s progress.LabState, attempt int) progress.LabState {
	if s.Attempts < attempt {
		return s
	}
	s.Attempts = attempt - 1
	s.AllHints -= len(s.Hints)
	if s.Solution {
		s.Solutions--
	}
	return s
}

func (f *labFace) tried(msg labTriedMsg) tea.Cmd {
	if msg.lab != f.item.Lab.Path() {
		return nil
	}
	if msg.err != nil {
		return say(showNoticeMsg{msg.err.Error()})
	}
	f.try = &msg.try
	return nil
}

// note says what to do with a lab that cannot be done here.
func (f *labFace) note() string {
	if f.c.o.Lab != nil && f.c.o.Lab.Engine().State != lab.EngineMissing && f.lab.suits() {
		return ""
	}
	return f.c.words.ReviewNoLab
}

// giveUp asks first: it is rated again at once.
func (f *labFace) giveUp() tea.Cmd {
	return say(askMsg{f.c.words.AskGiveUp, rateCardMsg{f.item.ID, review.Again}})
}

func (f *labFace) verdict() (v cardVerdict, ok bool) {
	if f.try == nil {
		return v, false
	}
	w, right := f.c.words, true
	v.given = review.Given{Took: f.try.Took, Right: &right}
	v.suggest = review.SuggestLab(*f.try)
	v.why = fmt.Sprintf(w.WhyLab, w.Span(f.try.Took), f.try.Failed)
	if f.try.Hints > 0 || f.try.Solution || f.try.Jumped {
		v.why = w.WhyLabHelped
	}
	return v, true
}

// click gives lab or console the keys.
func (f *labFace) click(at clickMsg) tea.Cmd {
	if !f.wide() {
		return nil
	}
	if f.inConsole = at.x > f.half(); f.inConsole {
		return f.console.enter()
	}
	f.console.blur()
	return nil
}

func (f *labFace) wheel(at wheelMsg) tea.Cmd {
	if f.wide() && at.x > f.half() || !f.wide() && f.inConsole {
		f.console.scroll(-at.lines)
		return nil
	}
	return steps(at.lines, func(a keymap.Action) tea.Cmd { return f.lab.Update(actMsg{action: a}) })
}
