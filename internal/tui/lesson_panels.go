package tui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/tui/keymap"
)

// openQuiz asks the questions of a card, beginning with one of them ("": the
// first that was not answered right yet).
func (p *lessonPage) openQuiz(part int, first string) tea.Cmd {
	ids := p.text.current().Parts[part].Quiz
	var list []*course.Question
	for _, q := range p.lesson.Questions {
		if slices.Contains(ids, q.ID) {
			list = append(list, q)
		}
	}
	all := len(list)
	if list = p.c.openQuestions(p.lesson, list); len(list) == 0 && all > 0 {
		return say(showNoticeMsg{p.lockedPart(focusQuiz + ids[0])})
	}
	if len(list) == 0 {
		return nil
	}
	slices.SortFunc(list, func(a, b *course.Question) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	p.quiz = newQuizPanel(p.c, p.lesson.ID, list, first)
	p.seen[part] = true
	p.text.show(part)
	p.focus = onQuiz
	p.SetSize(p.width, p.height)
	return tea.Batch(p.quiz.Init(), p.save())
}

// openQuestion asks one question of the page, if it is there.
func (p *lessonPage) openQuestion(id string) tea.Cmd {
	for i, part := range p.text.current().Parts {
		if slices.Contains(part.Quiz, id) {
			return p.openQuiz(i, id)
		}
	}
	return nil
}

// leaveQuiz goes back to the text: on with it after the last question, or back
// to the top of the page to read it again.
func (p *lessonPage) leaveQuiz(msg leaveQuizMsg) tea.Cmd {
	p.focus, p.quiz = onText, nil
	if msg.reread {
		p.text.scroll(-1 << 20)
		clear(p.seen)
	}
	return tea.Batch(p.save(), p.c.load())
}

func (p *lessonPage) actQuiz(msg actMsg) tea.Cmd {
	switch msg.action {
	case keymap.Back:
		return p.leaveQuiz(leaveQuizMsg{})
	case keymap.Other:
		if p.lab != nil {
			return p.openLab(p.lab.lab.ID)
		}
	}
	return p.quiz.Update(msg)
}

// openLab shows a lab and gives it the keys.
func (p *lessonPage) openLab(id string) tea.Cmd {
	l := p.labs[id]
	if l == nil {
		return nil
	}
	if said := p.lockedPart(focusLab + id); said != "" && l.phase != labActive {
		return say(showNoticeMsg{said})
	}
	p.lab, p.focus = l, onLab
	return p.save()
}

func (p *lessonPage) actLab(msg actMsg) tea.Cmd {
	switch msg.action {
	case keymap.Back:
		return p.backToText()
	case keymap.Other:
		return p.enterConsole()
	}
	return p.lab.Update(msg)
}

// backToText returns to the text, or to the questions that were left open.
func (p *lessonPage) backToText() tea.Cmd {
	p.focus = onText
	p.console.blur()
	if p.quiz != nil {
		p.focus = onQuiz
	}
	return p.save()
}

func (p *lessonPage) enterConsole() tea.Cmd {
	p.focus = onConsole
	return tea.Batch(p.console.enter(), p.save())
}

func (p *lessonPage) actConsole(msg actMsg) tea.Cmd {
	switch {
	case msg.action == keymap.Back && !p.console.offering():
		return p.backToText()
	case msg.action == keymap.Other:
		p.console.blur()
		p.focus = onLab
		return p.save()
	}
	return p.console.act(msg)
}

func (p *lessonPage) actOutline(a keymap.Action) tea.Cmd {
	switch a {
	case keymap.Up:
		p.outline.cursor = max(p.outline.cursor-1, 0)
	case keymap.Down:
		p.outline.cursor = min(p.outline.cursor+1, len(p.text.pages())-1)
	case keymap.Open:
		p.focus = onText
		return p.turn(p.outline.cursor)
	case keymap.Back:
		p.focus = onText
	}
	return nil
}

// takeActive goes on with a lab that is still active.
func (p *lessonPage) takeActive(s protocol.Status) tea.Cmd {
	a := s.Lab
	for _, l := range p.labs {
		l.other = ""
		if a != nil && a.Lab != l.lab.Path() {
			l.other = a.Lab
		}
	}
	if a == nil || s.State != protocol.StateUp {
		return nil
	}
	id, ok := strings.CutPrefix(a.Lab, p.lesson.ID+"/")
	if l := p.labs[id]; ok && l != nil {
		p.lab = l
		return l.take(*a)
	}
	return nil
}

// labRuns opens the console once a lab has begun.
func (p *lessonPage) labRuns(msg labRunsMsg) tea.Cmd {
	for _, l := range p.labs {
		if l.lab.Path() != msg.lab {
			l.end(msg.lab)
		}
	}
	if msg.fresh {
		p.focus = onConsole
	}
	return tea.Batch(p.console.open(p.focus == onConsole), say(openedLabMsg{}))
}

// openedLabMsg asks the root to look at the cluster again, and usedLabMsg to do so
// where the cluster is not known to be up.
type (
	openedLabMsg struct{}
	usedLabMsg   struct{}
)

// outline lists the pages of the lesson.
type outline struct {
	cursor, height int
}

func (o *outline) open(page int) { o.cursor = page }

func (o *outline) lines(c *common, l *course.Body, page int) []string {
	rows := []string{"", "  " + c.styles.Title.Render(c.words.Outline), ""}
	for i, p := range l.Pages[c.lang] {
		cursor, style := " ", c.styles.Text
		if i == o.cursor {
			cursor, style = c.styles.Accent.Render(c.signs.cursor), c.styles.Strong
		}
		here := " "
		if i == page {
			here = c.styles.Accent.Render("*")
		}
		rows = append(rows, "  "+cursor+here+" "+style.Render(p.Title)+outlineCards(c, l.ID, p))
	}
	return window(rows, o.top(len(rows)), o.height)
}

// outlineTop is the row of the first page.
const outlineTop = 3

// top is the first row shown.
func (o *outline) top(rows int) int {
	return follow(0, o.cursor+outlineTop+1, o.height, rows)
}

// at is the page in a line of the panel; -1 where there is none.
func (o *outline) at(y, pages int) int {
	page := o.top(pages+outlineTop) + y - outlineTop
	if page < 0 || page >= pages {
		return -1
	}
	return page
}

// outlineCards are the signs of what a page asks.
func outlineCards(c *common, lesson string, p course.Page) string {
	out := ""
	for _, part := range p.Parts {
		for _, id := range part.Quiz {
			out += " " + c.questionSign(lesson+"/"+id)
		}
		if part.Lab != "" {
			out += "  " + c.styles.Dim.Render(c.words.Lab)
		}
	}
	if out == "" {
		return ""
	}
	return "  " + out
}

func (p *lessonPage) View() string {
	left, right := p.halves()
	if right == 0 {
		return strings.Join(p.narrow(), "\n")
	}
	main := p.main()
	rows := p.c.beside(main, p.rightHalf(right), left)
	at := p.labHeight(p.height)
	rows[at] = pad(main[at], left) + p.c.styles.Rule.Render(p.c.signs.left) + p.c.rule(right, 0, "")
	return strings.Join(rows, "\n")
}

// main is what stands in the place of the text.
func (p *lessonPage) main() []string {
	switch {
	case p.focus == onOutline:
		return p.outline.lines(p.c, p.lesson, p.text.page)
	case p.quiz != nil:
		return p.quiz.lines()
	case p.find != nil:
		return append(p.text.lines(), p.find.line(p.text.width))
	case p.pick != nil:
		return append(p.text.lines(), p.pick.line(p.text.width))
	}
	return p.text.lines()
}

func (p *lessonPage) narrow() []string {
	switch p.focus {
	case onLab:
		return p.lab.lines(true)
	case onConsole:
		return append([]string{p.lab.summary(), p.c.rule(p.width, 0, "")}, p.console.lines()...)
	}
	return p.main()
}

func (p *lessonPage) rightHalf(w int) []string {
	top := p.lab.lines(p.focus == onLab)
	return append(append(top, p.c.rule(w, 0, "")), p.console.lines()...)
}
