package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/progress"
)

// resumedMsg tells where the learner was in a lesson.
type resumedMsg struct {
	lesson string
	at     progress.Position
	found  bool
	err    error
}

// resume asks where the learner was.
func (p *lessonPage) resume() tea.Cmd {
	if p.start != nil {
		return say(resumedMsg{p.lesson.ID, placed(*p.start, p.lesson), true, nil})
	}
	return func() tea.Msg {
		at, found, err := p.c.o.Store.PositionIn(p.c.ctx, p.lesson.ID)
		return resumedMsg{p.lesson.ID, at, found, err}
	}
}

// goOn takes the learner back to where they were.
func (p *lessonPage) goOn(msg resumedMsg) tea.Cmd {
	if msg.lesson != p.lesson.ID || p.resumed {
		return nil
	}
	p.resumed = true
	if msg.err != nil {
		return say(showNoticeMsg{msg.err.Error()})
	}
	if said := p.lockedPage(msg.at.Page); said != "" {
		return tea.Sequence(p.save(), say(showNoticeMsg{said}))
	}
	if !msg.found || !p.text.turn(msg.at.Page) {
		return p.save()
	}
	return p.settle(msg.at)
}

// settle shows a place of the page that was just turned to.
func (p *lessonPage) settle(at progress.Position) tea.Cmd {
	p.text.block = at.Block
	p.chooseLab()
	if id, ok := strings.CutPrefix(at.Focus, focusLab); ok && p.labs[id] != nil {
		return p.openLab(id)
	}
	if id, ok := strings.CutPrefix(at.Focus, focusQuiz); ok {
		return p.openQuestion(id)
	}
	return nil
}

// jump goes to another place of the lesson, wherever the learner is in it.
func (p *lessonPage) jump(at progress.Position) tea.Cmd {
	if said := p.lockedPage(at.Page); said != "" && at.Page != p.text.page {
		return say(showNoticeMsg{said})
	}
	p.endFind()
	p.endPick()
	p.console.blur()
	p.quiz, p.focus = nil, onText
	turned := p.turn(at.Page)
	return tea.Sequence(turned, p.settle(at), p.save())
}

// position is where the learner is now.
func (p *lessonPage) position() progress.Position {
	at := progress.Position{
		Lesson: p.lesson.ID, Page: p.text.page, Block: p.text.topBlock(),
		Spent: p.c.o.Now().Sub(p.arrived), Pages: len(p.text.pages()),
	}
	switch p.focus {
	case onQuiz:
		at.Focus = focusQuiz + p.quiz.id()
	case onLab, onConsole:
		at.Focus = focusLab + p.lab.lab.ID
	}
	return at
}

// save keeps where the learner is.
func (p *lessonPage) save() tea.Cmd {
	at := p.position()
	p.arrived = p.c.o.Now()
	return p.c.record(at)
}

func (p *lessonPage) Leave() tea.Cmd {
	cmds := []tea.Cmd{p.save(), p.console.close()}
	for _, l := range p.labs {
		l.leave()
	}
	return tea.Sequence(cmds...)
}
