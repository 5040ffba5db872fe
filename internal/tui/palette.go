package tui

import (
	"context"
	"fmt"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/progress"
	"kubetutor/internal/search"
	"kubetutor/internal/tui/keymap"
)

// Searcher finds what a learner types in all lessons; search.Index is one.
type Searcher interface {
	Search(ctx context.Context, query string, o search.Options) ([]search.Hit, error)
}

// palette searches all lessons while it is typed what for, over the page.
//
// One search runs at a time. What is typed meanwhile is searched for when it has
// ended, and its own result is dropped, so that fast typing neither waits nor
// piles up work.
type palette struct {
	c             *common
	input         textinput.Model
	wanted        int  // number of what is in the input now
	running       bool // a search, maybe of something older
	asked         int  // its number: others may be searching, too
	shown         int  // number of what the hits are for
	eager         bool // what is found first is to be opened
	hits          []search.Hit
	err           error
	cursor        int
	width, height int
}

// mostHits is how much is found at once.
const mostHits = 50

// foundMsg brings what was found.
type foundMsg struct {
	id   int
	hits []search.Hit
	err  error
}

func newPalette(c *common) *palette {
	id := c.nextID()
	return &palette{c: c, input: c.newInput(), wanted: id, shown: id}
}

// Init makes the index ready while the learner begins to type.
func (p *palette) Init() tea.Cmd { return tea.Batch(p.input.Focus(), p.search()) }

func (p *palette) SetSize(w, h int)       { p.width, p.height = w, h }
func (p *palette) Scopes() []keymap.Scope { return []keymap.Scope{keymap.Palette} }
func (p *palette) Typing() bool           { return true }
func (p *palette) query() string          { return strings.TrimSpace(p.input.Value()) }

func (p *palette) Cursor() *tea.Cursor {
	_, x := p.c.prompt(p.c.words.SearchLabel, p.input, p.width)
	return tea.NewCursor(x, 0)
}

func (p *palette) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case foundMsg:
		return p.found(msg)
	case actMsg:
		return p.act(msg.action)
	case tea.KeyPressMsg, tea.PasteMsg:
		return p.typed(msg)
	case wheelMsg:
		return steps(msg.lines/wheelLines, p.act)
	case clickMsg:
		return p.click(msg.y)
	}
	return nil
}

func (p *palette) typed(msg tea.Msg) (cmd tea.Cmd) {
	before := p.query()
	p.input, cmd = p.input.Update(msg)
	if p.query() == before {
		return cmd
	}
	p.wanted, p.eager = p.c.nextID(), false
	return tea.Batch(cmd, p.search())
}

// search looks for what is in the input, unless a search is running.
func (p *palette) search() tea.Cmd {
	if p.running || p.c.o.Search == nil {
		return nil
	}
	p.running, p.asked = true, p.wanted
	id, query, o := p.wanted, p.query(), search.Options{Lang: p.c.lang, Limit: mostHits}
	return func() tea.Msg {
		hits, err := p.c.o.Search.Search(p.c.ctx, query, o)
		return foundMsg{id, hits, err}
	}
}

func (p *palette) found(msg foundMsg) tea.Cmd {
	if msg.id != p.asked {
		return nil
	}
	p.running = false
	if msg.id != p.wanted {
		return p.search()
	}
	p.shown, p.hits, p.err, p.cursor = msg.id, msg.hits, msg.err, 0
	if p.query() == "" {
		p.hits = nil
	}
	p.hits = append(p.c.networkHit(p.query()), p.hits...)
	if p.eager {
		return p.open()
	}
	return nil
}

func (p *palette) act(a keymap.Action) tea.Cmd {
	if by, ok := keymap.Rows(a, p.screen(), len(p.hits)); ok {
		p.move(by)
		return nil
	}
	switch a {
	case keymap.Open:
		return p.open()
	case keymap.Back:
		return say(uncoverMsg{})
	}
	return nil
}

func (p *palette) move(n int) { p.cursor = max(min(p.cursor+n, len(p.hits)-1), 0) }

// screen is how many hits are seen at once.
func (p *palette) screen() int { return max((p.height-paletteTop)/p.hitRows(), 1) }

// open goes to the hit that is chosen; while a search for something newer runs,
// to what that finds first.
func (p *palette) open() tea.Cmd {
	p.eager = p.shown != p.wanted
	if p.eager || p.cursor >= len(p.hits) {
		return nil
	}
	h := p.hits[p.cursor]
	at := progress.Position{Lesson: h.Lesson, Page: h.Page, Block: h.Block}
	switch h.Kind {
	case networkKind:
		return tea.Sequence(say(uncoverMsg{}), say(openNetworkMsg{}))
	case search.Term:
		return p.c.explainTerm(h.Term)
	case search.Question:
		at.Focus = focusQuiz + h.Question
	case search.Lab:
		at.Focus = focusLab + h.Lab
	}
	return say(openPlaceMsg{at})
}

// place says where a hit is.
func (p *palette) place(h search.Hit) string {
	title := h.Lesson
	if l := p.c.lesson(h.Lesson); l != nil {
		title = l.Title.In(p.c.lang)
	}
	switch h.Kind {
	case networkKind:
		return ""
	case search.Term:
		return p.c.words.PlaceTerm
	case search.Question:
		return fmt.Sprintf(p.c.words.PlaceQuestion, title)
	case search.Lab:
		return fmt.Sprintf(p.c.words.PlaceLab, title)
	}
	return fmt.Sprintf(p.c.words.PlacePage, title, h.Page+1)
}
