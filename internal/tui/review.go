package tui

import (
	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/review"
	"kubetutor/internal/tui/keymap"
)

// reviewPage is where a learner reviews: what is due and what shall be asked,
// then the session, one card at a time; and the list of all cards. It lives as
// long as the program, so that whoever comes back finds the card that they left.
type reviewPage struct {
	c             *common
	menu          *reviewMenu
	run           *reviewRun   // the session; nil before the first
	cards         *reviewCards // the list; nil while it is closed
	guard         keyGuard
	running       bool // the session is shown, not the menu
	width, height int
}

// Requests of the page's parts to the page.
type (
	beginReviewMsg struct{ options review.Options }
	goOnReviewMsg  struct{}
	listCardsMsg   struct{ filter review.Filter }
	leaveReviewMsg struct{} // back to the menu
)

func newReviewPage(c *common) *reviewPage {
	return &reviewPage{c: c, menu: newReviewMenu(c)}
}

// part is what is shown.
func (p *reviewPage) part() reviewPart {
	switch {
	case p.cards != nil:
		return p.cards
	case p.running:
		return p.run
	}
	return p.menu
}

// reviewPart is a part of the page of reviews that fills it.
type reviewPart interface {
	surface
	Aside() string
	Split() int
	Busy() bool
	Wants() []docKey
}

func (p *reviewPage) Title() string          { return p.c.words.ReviewTitle }
func (p *reviewPage) Aside() string          { return p.part().Aside() }
func (p *reviewPage) Split() int             { return p.part().Split() }
func (p *reviewPage) Busy() bool             { return p.part().Busy() }
func (p *reviewPage) Scopes() []keymap.Scope { return p.part().Scopes() }
func (p *reviewPage) Typing() bool           { return p.part().Typing() }
func (p *reviewPage) Cursor() *tea.Cursor    { return p.part().Cursor() }
func (p *reviewPage) Wants() []docKey        { return p.part().Wants() }
func (p *reviewPage) View() string           { return p.part().View() }

// Init begins or goes on with what is shown.
func (p *reviewPage) Init() tea.Cmd { return p.part().Init() }

// Leave ends what runs on behalf of a card; a lab itself goes on.
func (p *reviewPage) Leave() tea.Cmd {
	if p.run == nil {
		return nil
	}
	return p.run.leave()
}

func (p *reviewPage) SetSize(w, h int) {
	p.width, p.height = w, h
	p.menu.SetSize(w, h)
	if p.run != nil {
		p.run.SetSize(w, h)
	}
	if p.cards != nil {
		p.cards.SetSize(w, h)
	}
}

func (p *reviewPage) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case beginReviewMsg:
		return p.begin(msg.options)
	case goOnReviewMsg:
		return p.goOn()
	case listCardsMsg:
		return p.list(msg.filter)
	case leaveReviewMsg:
		return p.toMenu()
	case actMsg:
		if !p.running {
			p.guard.stray(msg.key.String(), p.c.o.Now())
		}
		return p.part().Update(msg)
	case tea.KeyPressMsg, tea.PasteMsg, clickMsg, wheelMsg:
		return p.part().Update(msg)
	}
	return p.told(msg)
}

// told passes a reply to all that may have asked for it; each knows its own.
func (p *reviewPage) told(msg tea.Msg) tea.Cmd {
	cmds := []tea.Cmd{p.menu.Update(msg)}
	if p.run != nil {
		cmds = append(cmds, p.run.Update(msg))
	}
	if p.cards != nil {
		cmds = append(cmds, p.cards.Update(msg))
	}
	return tea.Batch(cmds...)
}

// begin begins a session in the place of the one that there was.
func (p *reviewPage) begin(o review.Options) tea.Cmd {
	left := p.Leave()
	p.put(o)
	return tea.Sequence(left, p.run.Init())
}

// put makes a session that Init begins.
func (p *reviewPage) put(o review.Options) {
	p.run, p.running = newReviewRun(p.c, o, &p.guard), true
	p.run.SetSize(p.width, p.height)
}

// goOn shows the session where it was left.
func (p *reviewPage) goOn() tea.Cmd {
	p.running = true
	return p.run.Init()
}

func (p *reviewPage) list(f review.Filter) tea.Cmd {
	p.cards = newReviewCards(p.c, f)
	p.cards.SetSize(p.width, p.height)
	return p.cards.Init()
}

// toMenu shows what can be reviewed. A session that is not over waits.
func (p *reviewPage) toMenu() tea.Cmd {
	left := p.Leave()
	if p.cards == nil {
		p.running = false
	}
	p.cards = nil
	p.menu.held = p.run != nil && !p.run.over()
	return tea.Sequence(left, p.menu.Init())
}
