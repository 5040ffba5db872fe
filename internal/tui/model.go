package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/progress"
	"kubetutor/internal/tui/draw"
	"kubetutor/internal/tui/keymap"
	"kubetutor/internal/tui/stream"
)

// The smallest window in which the pages are drawn, and the width from which
// text and lab stand side by side.
const (
	minWidth  = 40
	minHeight = 10
	wideWidth = 130
	frameRows = 4 // header, footer and the rules between
)

// page is one thing that fills the window between header and footer.
type page interface {
	surface
	// Title is the left end of the header, Aside what the page adds to its right.
	Title() string
	Aside() string
	// Split is the column of the line between two halves; 0 without one.
	Split() int
	// Busy tells that quitting would interrupt something.
	Busy() bool
	// Wants lists the texts that View needs.
	Wants() []docKey
	// Leave saves what must be kept and ends what runs.
	Leave() tea.Cmd
}

// Model is the root: it routes, and draws the frame around the page.
type Model struct {
	c             *common
	page          page
	over          []surface           // lie over the page, the last one on top
	trail         []progress.Position // where jumps began, the last one at the end
	review        *reviewPage         // nil until it is opened first
	away          bool                // the review was left for a lesson
	width, height int
	kept          *keptPage // left for a call of the class; nil: none
	asksHelp      *handLine // nil: no help is being asked for
	help          *helpOverlay
	ask           *askMsg
	naming        *naming
	notice        string
	broken        *brokenView // in place of the page; only in a preview
	armed         bool        // ctrl+c was the last key
	engine        lab.Engine
	status        protocol.Status
	asking        bool // how the cluster is will be asked again
}

var _ tea.Model = (*Model)(nil)

// first is the page that the options ask for.
func (m *Model) first() (page, error) {
	if m.c.o.Asked != nil && m.c.o.Review != nil {
		m.review = newReviewPage(m.c)
		m.review.put(*m.c.o.Asked)
		return m.review, nil
	}
	l := m.c.lesson(m.c.o.Lesson)
	if l == nil {
		return newHome(m.c), nil
	}
	b, err := l.Body()
	if err != nil {
		return nil, err
	}
	return m.c.lessonPage(b, m.c.o.Quiz), nil
}

// Init starts what is known from the beginning.
func (m *Model) Init() tea.Cmd {
	cmds := []tea.Cmd{m.page.Init(), m.c.room.follow(), m.c.load(), m.prepare(), m.loadStatus(), m.awaitDraft(), m.c.docs.fetch(m.page.Wants())}
	if !m.c.o.NoColor {
		cmds = append(cmds, tea.RequestBackgroundColor)
	}
	return tea.Batch(cmds...)
}

// prepare finds or builds the engine while the learner reads.
func (m *Model) prepare() tea.Cmd {
	if m.c.o.Lab == nil {
		return nil
	}
	return stream.Of(m.c.ctx, func(send func(tea.Msg) error) tea.Msg {
		err := m.c.o.Lab.Prepare(m.c.ctx, func(e lab.Engine) { _ = send(engineChangedMsg{e}) })
		e := m.c.o.Lab.Engine()
		if err != nil && e.Reason == "" {
			e.Reason = err.Error()
		}
		return engineChangedMsg{e}
	})
}

// Update routes a message.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := m.route(msg)
	return m, tea.Batch(cmd, m.c.docs.fetch(m.wants()), m.settleRoom())
}

func (m *Model) route(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.resize(msg.Width, msg.Height)
		return m.page.Update(resizedMsg{})
	case tea.BackgroundColorMsg:
		m.background(msg.IsDark())
	case tea.KeyPressMsg:
		return m.key(msg)
	case tea.PasteMsg:
		return m.paste(msg)
	case tea.MouseMsg:
		return m.pointed(msg)
	case streamedMsg:
		return tea.Batch(m.route(msg.Msg), msg.Next)
	case docsRenderedMsg:
		m.c.docs.put(msg)
	default:
		return m.fact(msg)
	}
	return nil
}

// fact handles what happened elsewhere; what is not for the root is for the
// page.
func (m *Model) fact(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case recordedMsg:
		m.saved(msg.err)
	case engineChangedMsg:
		m.engine = msg.engine
	case statusLoadedMsg:
		return m.looked(msg)
	case askAgainMsg:
		m.asking = false
		return m.loadStatus()
	case pendingJudgedMsg:
		m.judged(msg)
	case labStageMsg:
		m.starting()
	case knownMsg:
		m.c.known = msg.known
		m.saved(msg.err)
	case awaitsMsg:
		m.awaited(msg)
	case reviewFittedMsg:
		m.reviewFitted(msg)
	case historyMsg:
		return m.showHistory(msg)
	case sightMsg:
		return m.sighted(msg)
	case clockMsg:
		return m.ticked(msg)
	case roomToldMsg:
		m.roomTold(msg)
	case reportedMsg:
		return m.reported(msg)
	case reportDueMsg:
		m.c.room.report.busy = false
		return nil
	case insertMsg:
		return m.insertCommand(msg)
	case labReadMsg:
		return m.everywhere(msg)
	case showNoticeMsg:
		m.notice = msg.text
	case foundMsg, networkMsg:
		return m.everywhere(msg)
	case termsFoundMsg:
		return m.explain(msg)
	case uncoverMsg:
		m.uncover()
		return nil
	case askMsg:
		m.ask = &msg
	case nameMsg:
		m.naming = newNaming(m.c, msg)
	case openedLabMsg:
		return m.loadStatus()
	case usedLabMsg:
		return m.woken()
	case leaveMsg:
		return m.quit()
	case LoanMsg:
		return say(msg.notLent())
	case editReadyMsg:
		return m.c.machine.runEditor(msg)
	case openEditorMsg:
		return m.openEditor(msg.request)
	case editedMsg:
		m.editorFailed(msg.err)
	case draftedMsg:
		return m.drafted(msg)
	case rewrittenMsg:
		return m.rewritten(msg)
	default:
		return m.open(msg)
	}
	return m.page.Update(msg)
}

func (m *Model) judged(msg pendingJudgedMsg) {
	m.c.judging = false
	m.saved(msg.err)
	if msg.count > 0 {
		m.notice = fmt.Sprintf(m.c.words.Judged, msg.count, msg.right)
	}
}

// starting shows that a lab brings the cluster up.
func (m *Model) starting() {
	if m.status.State != protocol.StateUp {
		m.status.State = protocol.StateStarting
	}
}

func (m *Model) saved(err error) {
	if err != nil && m.c.ctx.Err() == nil {
		m.notice = fmt.Sprintf(m.c.words.SaveFailed, err)
	}
}

func (m *Model) editorFailed(err error) {
	if err != nil {
		m.notice = err.Error()
	}
}

// open goes to another page.
func (m *Model) open(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case openHomeMsg:
		m.away = false
		return m.show(newHome(m.c))
	case openSettingsMsg:
		return m.show(newSettingsPage(m.c))
	case openStatsMsg:
		return m.show(newStatsPage(m.c))
	case openInsightMsg:
		return m.show(newInsightPage(m.c, msg.back))
	case openReviewMsg:
		return m.reviews()
	case openCourseMsg:
		return m.show(newCoursePage(m.c, msg.lesson))
	case openLessonMsg:
		return m.jump(msg.lesson, nil)
	case openQuizMsg:
		return m.onlyQuestions(msg.lesson)
	case openSearchMsg:
		return m.search()
	case openClassMsg:
		return m.openClass()
	case openNetworkMsg:
		return m.network()
	case openPlaceMsg:
		return m.jump(msg.at.Lesson, &msg.at)
	case backMsg:
		return m.goBack()
	case lessonLoadedMsg:
		return m.opened(msg)
	default:
		return m.page.Update(msg)
	}
}

// show replaces the page. What the old one saves is saved before the new one
// reads.
func (m *Model) show(p page) tea.Cmd {
	return m.put(p, p.Init())
}

// put replaces the page by one that begins with a command.
func (m *Model) put(p page, begin tea.Cmd) tea.Cmd {
	left := m.page.Leave()
	m.uncoverAll()
	m.page = p
	m.resize(m.width, m.height)
	return tea.Sequence(left, tea.Batch(begin, m.c.load(), m.loadStatus()))
}

func (m *Model) resize(w, h int) {
	m.width, m.height = w, h
	m.page.SetSize(m.pageSize())
	for _, s := range m.over {
		s.SetSize(m.pageSize())
	}
}

func (m *Model) pageSize() (w, h int) {
	return max(m.width, minWidth), max(m.height, minHeight) - frameRows
}

// background takes what the terminal says about its own.
func (m *Model) background(dark bool) {
	m.c.light = !dark
	m.saved(m.c.setTheme(m.c.theme))
}

// key turns a key into an action, modal things first.
func (m *Model) key(k tea.KeyPressMsg) tea.Cmd {
	if a, ok := m.c.keys.Find(k.String(), keymap.Always); ok {
		return m.always(a, k)
	}
	m.armed, m.notice = false, ""
	if m.small() {
		return m.unseen(k)
	}
	if cmd, done := m.roomKey(k); done {
		return cmd
	}
	switch {
	case m.help != nil:
		m.help = m.help.key(k.String(), m.width, m.height-frameRows)
		return nil
	case m.ask != nil:
		return m.answer(k)
	case m.naming != nil:
		return m.nameKey(k)
	case m.asksHelp != nil:
		return m.handKey(k)
	case m.broken != nil:
		return m.brokenKey(k)
	}
	if a, ok := m.c.keys.Find(k.String(), m.scopes()...); ok {
		return m.act(a, k)
	}
	return m.front().Update(k)
}

// unseen takes a key while the window is too small to show what it would do: to
// leave, and not to be looked at any more, are all that can be meant.
func (m *Model) unseen(k tea.KeyPressMsg) tea.Cmd {
	if a, ok := m.c.keys.Find(k.String(), m.scopes()...); ok && a == keymap.Quit {
		return m.quit()
	}
	if a, ok := m.c.keys.Find(k.String(), keymap.ClassAlways); ok && a == keymap.Unwatch && m.c.room.watched() {
		cmd, _ := m.roomAct(a)
		return cmd
	}
	return nil
}

// small tells whether the window is too small for the page.
func (m *Model) small() bool { return m.width < minWidth || m.height < minHeight }

// scopes are those of the keys that work now.
func (m *Model) scopes() []keymap.Scope {
	scopes := m.front().Scopes()
	if m.front().Typing() {
		return scopes
	}
	scopes = append(scopes[:len(scopes):len(scopes)], keymap.Global)
	if m.c.room != nil {
		scopes = append(scopes, keymap.Class)
	}
	return scopes
}

func (m *Model) act(a keymap.Action, k tea.KeyPressMsg) tea.Cmd {
	if cmd, done := m.roomAct(a); done && m.c.room != nil {
		return cmd
	}
	switch a {
	case keymap.Quit:
		return m.quit()
	case keymap.Help:
		m.help = &helpOverlay{c: m.c, scopes: m.helpScopes()}
		return nil
	case keymap.Network:
		return m.network()
	case keymap.Mouse:
		m.switchMouse()
		return m.page.Update(mouseChangedMsg{})
	case keymap.Language:
		m.c.setLang(m.c.lang.Other())
		return m.everywhere(langChangedMsg{})
	}
	return m.front().Update(actMsg{a, k})
}

// always handles the keys that mean the same everywhere.
func (m *Model) always(a keymap.Action, k tea.KeyPressMsg) tea.Cmd {
	switch a {
	case keymap.Suspend:
		return m.suspend(a, k)
	case keymap.Search:
		return m.search()
	}
	if editor, ok := m.front().(*editorPage); ok {
		return editor.act(keymap.Back)
	}
	if len(m.over) > 0 { // what runs beneath is not meant
		m.uncover()
		return nil
	}
	if m.armed || !m.page.Busy() {
		return m.quit()
	}
	m.armed, m.notice = true, m.c.words.QuitAgain
	if m.page.Typing() {
		m.notice = m.c.words.InterruptHint
	}
	return m.page.Update(actMsg{a, k})
}

func (m *Model) answer(k tea.KeyPressMsg) tea.Cmd {
	a, ok := m.c.keys.Find(k.String(), keymap.Confirm)
	if !ok {
		return nil
	}
	ask := m.ask
	m.ask = nil
	if a == keymap.Yes {
		return m.front().Update(ask.yes)
	}
	return nil
}

// suspend stops the process, which guests may not.
func (m *Model) suspend(a keymap.Action, k tea.KeyPressMsg) tea.Cmd {
	if m.c.machine == nil {
		m.notice = m.c.words.RoomGuestNoSuspend
		return nil
	}
	return tea.Sequence(m.page.Update(actMsg{a, k}), m.c.machine.suspend())
}

// quit saves where the learner is, then ends the program.
func (m *Model) quit() tea.Cmd { return tea.Sequence(m.page.Leave(), tea.Quit) }

// View draws the frame and the page in it.
func (m *Model) View() tea.View {
	v := tea.View{AltScreen: true, WindowTitle: "kubetutor", MouseMode: m.mouseMode()}
	if m.small() {
		v.Content = m.tooSmall()
		return v
	}
	body := m.front().View()
	if m.help != nil {
		body = m.help.view(m.width, m.height-frameRows)
	} else if kind := m.roomPanel(); kind != noPanel {
		body = m.panelView(kind, m.width, m.height-frameRows)
	} else if m.broken != nil {
		body = m.broken.view(m.width, m.height-frameRows)
	} else if m.asksHelp != nil {
		_, x := m.asksHelp.view(m.width)
		v.Cursor = tea.NewCursor(x, m.height-1)
	} else if m.naming != nil {
		_, x := m.naming.view(m.width)
		v.Cursor = tea.NewCursor(x, m.height-1)
	} else if cur := m.front().Cursor(); cur != nil && m.ask == nil {
		cur.Y += pageTop
		v.Cursor = cur
	}
	v.Content = fit(strings.Join([]string{
		m.header(), m.topRule(), body,
		m.c.rule(m.width, m.splitBelow(), m.c.signs.up), m.footer(),
	}, "\n"), m.width, m.height)
	return v
}

func (m *Model) split() int {
	if m.help != nil || m.broken != nil || len(m.over) > 0 {
		return 0
	}
	return m.page.Split()
}

// splitBelow is where the line between two halves ends at the bottom. Below a
// card stand the choices, all across.
func (m *Model) splitBelow() int {
	if _, ok := m.page.(*reviewPage); ok {
		return 0
	}
	return m.split()
}

func fit(content string, w, h int) string { return draw.Fit(content, w, h) }

func (m *Model) tooSmall() string {
	var lines []string
	if m.c.room.watched() {
		lines = append(lines, m.classLine())
	}
	lines = append(lines, wrapped(fmt.Sprintf(m.c.words.TooSmall, m.width, m.height), m.width, lipgloss.NewStyle())...)
	return fit(strings.Join(lines, "\n"), m.width, m.height)
}
