package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/tui/keymap"
)

// glossary explains terms, over the page.
type glossary struct {
	c             *common
	lesson        string // where it was opened; "" outside of lessons
	terms         []*course.Term
	cursor        int
	width, height int
}

// termsFoundMsg brings the terms to explain.
type termsFoundMsg struct {
	lesson string
	terms  []*course.Term
	none   string // said where there are none
	err    error
}

// explainPage finds the terms of the glossary that a page names.
func (c *common) explainPage(lesson string, page course.Page) tea.Cmd {
	words := c.words
	return func() tea.Msg {
		g, err := c.o.Course.Glossary()
		if err != nil || len(g.Terms()) == 0 {
			return termsFoundMsg{none: words.NoGlossary, err: err}
		}
		var text []string
		for _, b := range blocksOf(page) {
			text = append(text, b.Text)
		}
		return termsFoundMsg{lesson: lesson, terms: g.In(strings.Join(text, "\n")), none: words.NoTerms}
	}
}

// explainTerm finds one term.
func (c *common) explainTerm(id string) tea.Cmd {
	words := c.words
	return func() tea.Msg {
		g, err := c.o.Course.Glossary()
		msg := termsFoundMsg{none: words.NoGlossary, err: err}
		if t, ok := g.Find(id); ok {
			msg.terms = []*course.Term{t}
		}
		return msg
	}
}

// explain shows terms, or says why there are none.
func (m *Model) explain(msg termsFoundMsg) tea.Cmd {
	switch {
	case msg.err != nil:
		m.notice = fmt.Sprintf(m.c.words.GlossaryFault, msg.err)
	case len(msg.terms) == 0:
		m.notice = msg.none
	default:
		return m.cover(&glossary{c: m.c, lesson: msg.lesson, terms: msg.terms})
	}
	return nil
}

func (g *glossary) Init() tea.Cmd          { return nil }
func (g *glossary) SetSize(w, h int)       { g.width, g.height = w, h }
func (g *glossary) Scopes() []keymap.Scope { return []keymap.Scope{keymap.Words} }
func (g *glossary) Typing() bool           { return false }
func (g *glossary) Cursor() *tea.Cursor    { return nil }

func (g *glossary) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case actMsg:
		return g.act(msg.action)
	case wheelMsg:
		return steps(msg.lines/wheelLines, g.act)
	case clickMsg:
		return g.click(msg.y)
	}
	return nil
}

func (g *glossary) act(a keymap.Action) tea.Cmd {
	switch a {
	case keymap.Up:
		g.cursor = max(g.cursor-1, 0)
	case keymap.Down:
		g.cursor = min(g.cursor+1, len(g.terms)-1)
	case keymap.Open:
		return g.open()
	case keymap.Back:
		return say(uncoverMsg{})
	}
	return nil
}

// open goes to the lesson that teaches the term.
func (g *glossary) open() tea.Cmd {
	id := g.terms[g.cursor].Lesson
	switch {
	case id == "" || g.c.lesson(id) == nil:
		return nil
	case id == g.lesson:
		return say(uncoverMsg{})
	}
	return say(openLessonMsg{id})
}

// The list takes at most half of the room; glossaryTop rows are above it.
const glossaryTop = 3

func (g *glossary) listHeight() int {
	return min(len(g.terms), max((g.height-glossaryTop)/2, 1))
}

func (g *glossary) top() int { return follow(0, g.cursor, g.listHeight(), len(g.terms)) }

func (g *glossary) click(y int) tea.Cmd {
	i := g.top() + y - glossaryTop
	if y < glossaryTop || y >= glossaryTop+g.listHeight() || i >= len(g.terms) {
		return nil
	}
	if i == g.cursor {
		return g.open()
	}
	g.cursor = i
	return nil
}

func (g *glossary) View() string {
	lines := []string{"", "  " + g.c.styles.Title.Render(g.c.words.GlossaryTitle), ""}
	top := g.top()
	for i := top; i < top+g.listHeight(); i++ {
		lines = append(lines, g.row(g.terms[i], i == g.cursor))
	}
	lines = append(lines, g.c.rule(g.width, 0, ""))
	return strings.Join(window(append(lines, g.text()...), 0, g.height), "\n")
}

func (g *glossary) row(t *course.Term, chosen bool) string {
	name := t.Term.In(g.c.lang)
	if chosen {
		name = g.c.styles.Accent.Render(g.c.signs.cursor) + " " + g.c.styles.Strong.Render(name)
	} else {
		name = "  " + name
	}
	return clip("  "+name+"   "+g.c.styles.Dim.Render(strings.Join(g.others(t), ", ")), g.width)
}

// others are the names that a term has besides the one in the learner's language.
func (g *glossary) others(t *course.Term) (list []string) {
	shown := []string{t.Term.In(g.c.lang)}
	for _, name := range t.Names() {
		if !slices.Contains(shown, name) {
			shown = append(shown, name)
			list = append(list, name)
		}
	}
	return list
}

// text explains the chosen term.
func (g *glossary) text() []string {
	t := g.terms[g.cursor]
	w := min(g.width-4, textWidth)
	lines := append([]string{""}, wrapped(t.Text.In(g.c.lang), w, g.c.styles.Text)...)
	lines = append(append(lines, ""), wrapped(g.taught(t), w, g.c.styles.Dim)...)
	return indent(lines, "  ")
}

func (g *glossary) taught(t *course.Term) string {
	l := g.c.lesson(t.Lesson)
	switch {
	case l == nil:
		return g.c.words.NotTaught
	case t.Lesson == g.lesson:
		return g.c.words.TaughtHere
	}
	return fmt.Sprintf(g.c.words.TaughtIn, g.c.path(l))
}
