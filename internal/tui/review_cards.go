package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/progress"
	"kubetutor/internal/review"
	"kubetutor/internal/tui/keymap"
)

// reviewCards lists the learner's cards, to suspend them, bury them, or let them
// back.
type reviewCards struct {
	c             *common
	filter        review.Filter
	loaded        bool
	all           []review.Entry
	shown         cardsShown
	cursor        int
	reply         int
	width, height int
}

// cardsShown is which of the cards are listed.
type cardsShown int

const (
	cardsAll cardsShown = iota
	cardsSuspended
	cardsLeeches
	cardsBuried
	cardsShownAll // how many there are
)

// cardsLoadedMsg brings the cards.
type cardsLoadedMsg struct {
	reply int
	list  []review.Entry
	err   error
}

// forgetCardMsg begins anew with a card.
type forgetCardMsg struct{ card review.ID }

func newReviewCards(c *common, f review.Filter) *reviewCards { return &reviewCards{c: c, filter: f} }

func (p *reviewCards) Init() tea.Cmd { return p.load(nil) }

// load reads the cards, after something was done to them.
func (p *reviewCards) load(do func() error) tea.Cmd {
	p.reply = p.c.nextID()
	id := p.reply
	return func() tea.Msg {
		if do != nil {
			if err := do(); err != nil {
				return cardsLoadedMsg{reply: id, err: err}
			}
		}
		list, err := p.c.o.Review.List(p.c.ctx, p.filter)
		return cardsLoadedMsg{id, list, err}
	}
}

func (p *reviewCards) SetSize(w, h int)       { p.width, p.height = w, h }
func (p *reviewCards) Split() int             { return 0 }
func (p *reviewCards) Busy() bool             { return false }
func (p *reviewCards) Wants() []docKey        { return nil }
func (p *reviewCards) Typing() bool           { return false }
func (p *reviewCards) Cursor() *tea.Cursor    { return nil }
func (p *reviewCards) Scopes() []keymap.Scope { return []keymap.Scope{keymap.ReviewCards} }

// Aside says which cards are shown, and how many.
func (p *reviewCards) Aside() string {
	return fmt.Sprintf("%s %d/%d", strings.Split(p.c.words.CardsShown, "|")[p.shown], len(p.list()), len(p.all))
}

func (p *reviewCards) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case cardsLoadedMsg:
		return p.take(msg)
	case forgetCardMsg:
		return p.mark(msg.card, progress.MarkForget)
	case clickMsg:
		p.click(msg.y)
	case wheelMsg:
		return steps(msg.lines/wheelLines, p.act)
	case actMsg:
		return p.act(msg.action)
	}
	return nil
}

func (p *reviewCards) take(msg cardsLoadedMsg) tea.Cmd {
	if msg.reply != p.reply {
		return nil
	}
	if msg.err != nil {
		return say(showNoticeMsg{fmt.Sprintf(p.c.words.ReviewKept, msg.err)})
	}
	p.all, p.loaded = msg.list, true
	p.move(0)
	return nil
}

// list are the cards that are shown.
func (p *reviewCards) list() []review.Entry {
	if p.shown == cardsAll {
		return p.all
	}
	return slices.DeleteFunc(slices.Clone(p.all), func(e review.Entry) bool { return !p.shows(e) })
}

func (p *reviewCards) shows(e review.Entry) bool {
	switch p.shown {
	case cardsSuspended:
		return e.Suspended
	case cardsLeeches:
		return e.Leech
	case cardsBuried:
		return p.buried(e)
	}
	return true
}

func (p *reviewCards) buried(e review.Entry) bool { return e.Buried.After(p.c.o.Now()) }

func (p *reviewCards) act(a keymap.Action) tea.Cmd {
	if by, ok := keymap.Rows(a, p.height-4, len(p.all)); ok {
		p.move(by)
		return nil
	}
	switch a {
	case keymap.Left:
		p.turn(-1)
	case keymap.Right:
		p.turn(1)
	case keymap.Back:
		return say(leaveReviewMsg{})
	}
	return p.actOn(a)
}

// actOn does something with the card at the cursor.
func (p *reviewCards) actOn(a keymap.Action) tea.Cmd {
	list := p.list()
	if p.cursor >= len(list) {
		return nil
	}
	e := list[p.cursor]
	switch a {
	case keymap.Open:
		return say(openPlaceMsg{progress.Position{Lesson: e.ID.Lesson(), Page: max(e.Page, 0)}})
	case keymap.Past:
		return p.c.loadHistory(e.ID, e.State, 0)
	case keymap.Hide:
		return p.mark(e.ID, either(e.Suspended, progress.MarkUnsuspend, progress.MarkSuspend))
	case keymap.Bury:
		return p.mark(e.ID, either(p.buried(e), progress.MarkUnbury, progress.MarkBury))
	case keymap.Forget:
		return say(askMsg{p.c.words.CardsAskForget, forgetCardMsg{e.ID}})
	}
	return nil
}

func either[T any](which bool, yes, no T) T {
	if which {
		return yes
	}
	return no
}

// mark marks a card; the list shows it once it is on disk.
func (p *reviewCards) mark(id review.ID, m progress.Mark) tea.Cmd {
	return p.load(func() error { return p.c.o.Review.Mark(p.c.ctx, []review.ID{id}, m, time.Time{}) })
}

func (p *reviewCards) move(by int) {
	p.cursor = max(min(p.cursor+by, len(p.list())-1), 0)
}

// turn shows others of the cards.
func (p *reviewCards) turn(by int) {
	p.shown, p.cursor = (p.shown+cardsShown(by)+cardsShownAll)%cardsShownAll, 0
}

// cardsTop is how many lines stand above the list.
const cardsTop = 2

func (p *reviewCards) View() string {
	rows := []string{"", p.c.styles.Dim.Render(p.columns(strings.Split(p.c.words.CardsColumns, "|")))}
	list := p.list()
	switch {
	case !p.loaded:
		rows = append(rows, "    "+p.c.styles.Dim.Render(p.c.words.Loading))
	case len(list) == 0:
		rows = append(rows, "    "+p.c.styles.Dim.Render(p.c.words.CardsNone))
	}
	top := p.top(len(list))
	for i := top; i < len(list) && i-top < p.height-cardsTop; i++ {
		rows = append(rows, p.row(list[i], i == p.cursor))
	}
	return joinLines(window(rows, 0, p.height))
}

func (p *reviewCards) top(n int) int { return follow(0, p.cursor, p.height-cardsTop, n) }

// columns sets the name of a card, how it stands, when it is due and how often it
// lapsed side by side; a narrow window has the first two.
func (p *reviewCards) columns(cells []string) string {
	if p.width < 80 {
		return "    " + pad(cells[0], p.width-17) + " " + clip(cells[1], 12)
	}
	return "    " + pad(cells[0], p.width-50) + " " + pad(cells[1], 14) + pad(cells[2], 18) + cells[3]
}

func (p *reviewCards) row(e review.Entry, selected bool) string {
	w := &p.c.words
	stage := w.CardStage(string(e.State.Stage))
	switch {
	case e.Leech:
		stage = w.CardMark("leech")
	case e.Suspended:
		stage = w.CardMark("suspended")
	case p.buried(e):
		stage = w.CardMark("buried")
	}
	due := ""
	if !e.State.Due.IsZero() {
		due = w.Moment(e.State.Due, p.c.o.Now())
	}
	line := p.columns([]string{p.c.cardName(e.ID), stage, due, fmt.Sprint(e.State.Lapses)})
	if !selected {
		return line
	}
	return "  " + p.c.styles.Accent.Render(p.c.signs.cursor) + " " + p.c.styles.Strong.Render(line[4:])
}

// click chooses a card.
func (p *reviewCards) click(y int) {
	list := p.list()
	if i := p.top(len(list)) + y - cardsTop; y >= cardsTop && i < len(list) {
		p.cursor = i
	}
}
