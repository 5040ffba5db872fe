package tui

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/progress"
	"kubetutor/internal/tui/keymap"
)

// focus is the panel that has the keys.
type focus int

const (
	onText focus = iota
	onQuiz
	onLab
	onConsole
	onOutline
	onFind
	onPick
)

// Prefixes of progress.Position.Focus.
const (
	focusQuiz = "quiz:"
	focusLab  = "lab:"
)

// lessonPage is a lesson: its text, its questions, its labs and the console.
type lessonPage struct {
	c             *common
	lesson        *course.Body
	text          reader
	focus         focus
	quiz          *quizPanel
	labs          map[string]*labPanel
	lab           *labPanel // the one shown; nil without labs
	console       *consolePanel
	outline       outline
	find          *finder            // nil: nothing is looked for
	pick          *picker            // nil: nothing is chosen
	seen          map[int]bool       // parts of the page whose cards were opened or passed by
	arrived       time.Time          // on this page
	start         *progress.Position // where to begin; nil is where the learner was
	resumed       bool
	width, height int
}

func newLessonPage(c *common, l *course.Body) *lessonPage {
	p := &lessonPage{c: c, lesson: l, labs: map[string]*labPanel{}, seen: map[int]bool{}, arrived: c.o.Now()}
	p.text = reader{c: c, lesson: l}
	p.console = newConsolePanel(c)
	for _, lab := range l.Labs {
		p.labs[lab.ID] = newLabPanel(c, lab)
	}
	p.chooseLab()
	return p
}

func (p *lessonPage) Init() tea.Cmd {
	return p.resume()
}

func (p *lessonPage) SetSize(w, h int) {
	p.width, p.height = w, h
	left, right := p.halves()
	p.text.width, p.text.height = left, h
	if p.find != nil || p.pick != nil {
		p.text.height = max(h-1, 1) // a line below the text says more
	}
	if p.quiz != nil {
		p.quiz.SetSize(left, h)
	}
	p.outline.height = h
	if !p.wide() {
		right = w
	}
	p.sizeRight(right, h)
}

// sizeRight divides the right half, or in a narrow window the whole, between
// lab and console.
func (p *lessonPage) sizeRight(w, h int) {
	if !p.wide() {
		for _, l := range p.labs {
			l.SetSize(w, h)
		}
		p.console.SetSize(w, h-2)
		return
	}
	top := p.labHeight(h)
	for _, l := range p.labs {
		l.SetSize(w, top)
	}
	p.console.SetSize(w, h-top-1)
}

// labHeight leaves the console at least as much as it needs.
func (p *lessonPage) labHeight(h int) int { return max(min(h*6/10, h-8), 3) }

// wide tells whether text and lab stand side by side.
func (p *lessonPage) wide() bool { return p.width >= wideWidth && len(p.lesson.Labs) > 0 }

// halves are the columns of text and lab; in a narrow window the second is 0.
func (p *lessonPage) halves() (left, right int) {
	if !p.wide() {
		return p.width, 0
	}
	left = min(p.width/2, textWidth+textMargin+2)
	return left, p.width - left - 1
}

func (p *lessonPage) Split() int {
	if left, right := p.halves(); right > 0 {
		return left
	}
	return 0
}

// Title leaves out the track where there is little room.
func (p *lessonPage) Title() string {
	if p.width < 100 {
		return p.lesson.Title.In(p.c.lang)
	}
	return p.c.path(p.lesson.Lesson)
}

func (p *lessonPage) Aside() string {
	page := fmt.Sprintf("%d/%d", p.text.page+1, max(len(p.text.pages()), 1))
	if p.wide() || len(p.lesson.Labs) == 0 {
		return page
	}
	return p.tabs() + " " + p.c.signs.vertical + " " + page
}

// tabs name the panels that a narrow window shows one at a time.
func (p *lessonPage) tabs() string {
	names := []string{p.c.words.Text, p.c.words.Lab, p.c.words.Console}
	on := map[focus]int{onLab: 1, onConsole: 2}[p.focus]
	if p.width < 60 {
		return p.c.styles.Selected.Render("[" + names[on] + "]")
	}
	for i, n := range names {
		if i == on {
			names[i] = p.c.styles.Selected.Render("[" + n + "]")
		} else {
			names[i] = p.c.styles.Dim.Render(" " + n + " ")
		}
	}
	return strings.Join(names, "")
}

func (p *lessonPage) Scopes() []keymap.Scope {
	switch p.focus {
	case onQuiz:
		return p.quiz.Scopes()
	case onLab:
		return p.lab.scopes()
	case onConsole:
		return []keymap.Scope{keymap.Console}
	case onOutline:
		return []keymap.Scope{keymap.Outline}
	case onFind:
		return []keymap.Scope{keymap.Finding}
	case onPick:
		return []keymap.Scope{keymap.Picking}
	}
	if p.find != nil {
		return []keymap.Scope{keymap.Found, keymap.Reading}
	}
	return []keymap.Scope{keymap.Reading}
}

func (p *lessonPage) Typing() bool {
	return p.focus == onConsole || p.focus == onFind || p.focus == onQuiz && p.quiz.Typing()
}

func (p *lessonPage) Busy() bool {
	if p.console.Busy() || p.focus == onConsole && p.console.typed() {
		return true
	}
	return p.lab != nil && p.lab.starting()
}

func (p *lessonPage) Cursor() *tea.Cursor {
	left, right := p.halves()
	switch {
	case p.focus == onQuiz:
		return p.quiz.Cursor()
	case p.focus == onFind:
		return p.find.cursor(p.text.width, p.height-1)
	case p.focus != onConsole:
		return nil
	}
	cur := p.console.Cursor()
	if cur == nil {
		return nil
	}
	if right > 0 {
		cur.X += left + 1
		cur.Y += p.labHeight(p.height) + 1
	} else {
		cur.Y += 2
	}
	return cur
}

func (p *lessonPage) Wants() []docKey {
	keys := p.text.wants()
	if p.quiz != nil {
		keys = append(keys, p.quiz.wants()...)
	}
	if p.lab != nil {
		keys = append(keys, p.lab.wants()...)
	}
	return keys
}

func (p *lessonPage) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case resumedMsg:
		return p.goOn(msg)
	case statusLoadedMsg:
		return p.takeActive(msg.status)
	case leaveQuizMsg:
		return p.leaveQuiz(msg)
	case labRunsMsg:
		return p.labRuns(msg)
	case lessonReadMsg:
		p.lessonRead(msg)
		return nil
	case langChangedMsg:
		return p.relabel()
	case clickMsg:
		return p.click(msg)
	case wheelMsg:
		return p.wheel(msg)
	case actMsg:
		return p.act(msg)
	case tea.KeyPressMsg, tea.PasteMsg:
		return p.typed(msg)
	}
	return p.panels(msg)
}

// panels pass a reply to those that may have asked for it; each knows its own.
func (p *lessonPage) panels(msg tea.Msg) tea.Cmd {
	cmds := []tea.Cmd{p.console.Update(msg)}
	if p.quiz != nil {
		cmds = append(cmds, p.quiz.Update(msg))
	}
	for _, l := range p.labs {
		cmds = append(cmds, l.Update(msg))
	}
	return tea.Batch(cmds...)
}

func (p *lessonPage) typed(msg tea.Msg) tea.Cmd {
	switch p.focus {
	case onQuiz:
		return p.quiz.Update(msg)
	case onConsole:
		return p.console.Update(msg)
	case onFind:
		return p.typedFind(msg)
	}
	return nil
}

// relabel takes over a new language.
func (p *lessonPage) relabel() tea.Cmd {
	p.SetSize(p.width, p.height)
	var cmds []tea.Cmd
	p.endPick()
	if p.find != nil {
		cmds = append(cmds, readLesson(p.lesson, p.c.lang))
	}
	if p.quiz != nil {
		cmds = append(cmds, p.quiz.Update(langChangedMsg{}))
	}
	return tea.Batch(cmds...)
}

func (p *lessonPage) act(msg actMsg) tea.Cmd {
	switch msg.action {
	case keymap.Suspend:
		return p.save()
	case keymap.Interrupt:
		return p.console.act(msg)
	}
	switch p.focus {
	case onQuiz:
		return p.actQuiz(msg)
	case onLab:
		return p.actLab(msg)
	case onConsole:
		return p.actConsole(msg)
	case onOutline:
		return p.actOutline(msg.action)
	case onFind:
		return p.actFind(msg.action)
	case onPick:
		return p.actPick(msg.action)
	}
	if cmd, done := p.actFound(msg.action); done {
		return cmd
	}
	return p.actText(msg.action)
}

func (p *lessonPage) actText(a keymap.Action) tea.Cmd {
	switch a {
	case keymap.Next:
		return p.next()
	case keymap.Previous:
		return p.previous()
	case keymap.NextPage:
		return p.turn(p.text.page + 1)
	case keymap.PrevPage:
		return p.turn(p.text.page - 1)
	case keymap.Up:
		p.text.scroll(-1)
	case keymap.Down:
		p.text.scroll(1)
	case keymap.Top:
		p.text.scroll(-1 << 20)
	case keymap.Bottom:
		p.text.scroll(1 << 20)
	case keymap.Left:
		p.text.pan(-8)
	case keymap.Right:
		p.text.pan(8)
	case keymap.Contents:
		p.outline.open(p.text.page)
		p.focus = onOutline
	case keymap.Find:
		return p.beginFind()
	case keymap.Copy:
		return p.beginPick(false)
	case keymap.Links:
		return p.beginPick(true)
	case keymap.Return:
		return say(backMsg{})
	case keymap.Explain:
		return p.c.explainPage(p.lesson.ID, p.text.current())
	case keymap.Other:
		return p.cycle()
	case keymap.Back:
		return say(openCourseMsg{p.lesson.ID})
	}
	return nil
}

// next goes on reading: to a card on the screen that was not opened yet, else
// down, else to the next page.
func (p *lessonPage) next() tea.Cmd {
	for _, part := range p.text.visible() {
		if !p.seen[part] && !p.settled(part) {
			return p.openPart(part)
		}
	}
	if p.text.scroll(max(p.height-2, 1)) {
		return nil
	}
	if p.text.page+1 >= len(p.text.pages()) {
		return tea.Batch(p.save(), say(showNoticeMsg{p.c.words.End}))
	}
	return p.turn(p.text.page + 1)
}

// settled tells that a card holds nothing new.
func (p *lessonPage) settled(part int) bool {
	parts := p.text.current().Parts[part]
	for _, id := range parts.Quiz {
		if !p.c.known.Questions[p.lesson.ID+"/"+id].Ever {
			return false
		}
	}
	return parts.Lab == "" || !p.c.known.Labs[p.lesson.ID+"/"+parts.Lab].Passed.IsZero()
}

func (p *lessonPage) openPart(part int) tea.Cmd {
	p.seen[part] = true
	if lab := p.text.current().Parts[part].Lab; lab != "" {
		return p.openLab(lab)
	}
	return p.openQuiz(part, "")
}

func (p *lessonPage) previous() tea.Cmd {
	if p.text.scroll(-max(p.height-2, 1)) || p.text.page == 0 {
		return nil
	}
	before := p.text.page
	cmd := p.turn(before - 1)
	if p.text.page != before {
		p.text.end()
	}
	return cmd
}

// turn goes to another page and keeps where the learner is.
func (p *lessonPage) turn(page int) tea.Cmd {
	if said := p.lockedPage(page); said != "" && page >= 0 && page < len(p.text.pages()) && page != p.text.page {
		return say(showNoticeMsg{said})
	}
	before := p.position()
	if !p.text.turn(page) {
		return nil
	}
	clear(p.seen)
	p.chooseLab()
	spent := p.c.record(before)
	p.arrived = p.c.o.Now()
	return tea.Sequence(spent, p.save())
}

// cycle goes to the lab, or to the console beside it.
func (p *lessonPage) cycle() tea.Cmd {
	if p.lab == nil {
		if parts := p.text.visible(); len(parts) > 0 {
			return p.openPart(parts[0])
		}
		return nil
	}
	return p.openLab(p.lab.lab.ID)
}

// chooseLab shows the lab that the text is about: the page's own, else the one
// that was shown, else the lesson's first.
func (p *lessonPage) chooseLab() {
	for _, part := range p.text.current().Parts {
		if l := p.labs[part.Lab]; l != nil {
			p.lab = l
			return
		}
	}
	if p.lab == nil && len(p.lesson.Labs) > 0 {
		p.lab = p.labs[p.lesson.Labs[0].ID]
	}
}
