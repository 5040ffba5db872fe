package tui

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/markdown/block"
	"kubetutor/internal/tui/keymap"
)

// finder looks for a text in a lesson while it is being typed. It searches what
// the blocks of all pages say; the page that is shown marks the same in what is
// drawn of them.
type finder struct {
	c      *common
	input  textinput.Model
	typing bool
	texts  [][]foundIn // by page and block; nil while they are being read
	found  []match
	at     int     // the match that is looked at; -1 for none
	before reading // where the learner was
}

// foundIn is a block that is searched.
type foundIn struct {
	text         string
	code         bool   // its lines are not wrapped
	small, exact folded // for patterns without and with capital letters
}

// match is a place in a lesson. Nth counts those of its block.
type match struct {
	page, block, nth int
	columns          [2]int // in its line of code; 0 in other text
}

// lessonReadMsg brings what all pages of a lesson say.
type lessonReadMsg struct {
	lesson string
	lang   course.Lang
	texts  [][]foundIn
}

func newFinder(c *common, before reading) *finder {
	return &finder{c: c, input: c.newInput(), typing: true, at: -1, before: before}
}

// readLesson reads what the pages say.
func readLesson(l *course.Body, lang course.Lang) tea.Cmd {
	return func() tea.Msg {
		texts := make([][]foundIn, len(l.Pages[lang]))
		for i, p := range l.Pages[lang] {
			for _, b := range blocksOf(p) {
				texts[i] = append(texts[i], newFoundIn(b.Text, b.Kind == block.Code || b.Kind == block.Figure))
			}
		}
		return lessonReadMsg{l.ID, lang, texts}
	}
}

// blocksOf are the blocks of a page, numbered as the reader does: its title, those
// of its texts, and its cards, which say nothing; their source is what they ask.
func blocksOf(p course.Page) []block.Block {
	list := []block.Block{{Kind: block.Heading, Text: p.Title, Source: p.Title}}
	for _, part := range p.Parts {
		blocks := block.Parse(part.Markdown)
		if len(blocks) == 0 {
			blocks = []block.Block{{Source: part.Lab + strings.Join(part.Quiz, " ")}}
		}
		list = append(list, blocks...)
	}
	return list
}

func newFoundIn(text string, code bool) foundIn {
	text = strings.ReplaceAll(text, "\t", "    ") // as code is drawn
	return foundIn{text, code, fold(text, false), fold(text, true)}
}

// find lists where a pattern stands in the block.
func (b foundIn) find(p pattern) [][2]int {
	if p.exact {
		return p.inFolded(b.exact)
	}
	return p.inFolded(b.small)
}

func (f *finder) pattern() pattern { return newPattern(f.input.Value()) }

// search finds all matches, and looks at the first one from a place on.
func (f *finder) search(page, block int) {
	f.found, f.at = nil, -1
	p := f.pattern()
	for i, blocks := range f.texts {
		for k, b := range blocks {
			for n, part := range b.find(p) {
				f.found = append(f.found, match{i, k, n, b.columns(part)})
			}
		}
	}
	f.at = slices.IndexFunc(f.found, func(m match) bool { return m.page > page || m.page == page && m.block >= block })
	if f.at < 0 && len(f.found) > 0 {
		f.at = 0 // only before: begin again
	}
}

// columns are those of a part of a line of code.
func (b foundIn) columns(part [2]int) (at [2]int) {
	if !b.code {
		return at
	}
	line := b.text[strings.LastIndexByte(b.text[:part[0]], '\n')+1:]
	first, _, _ := strings.Cut(b.text[part[0]:part[1]], "\n")
	at[0] = width(line[:len(line)-len(b.text[part[0]:])])
	at[1] = at[0] + width(first)
	return at
}

// step looks at the n-th match further on, round and round.
func (f *finder) step(n int) {
	if len(f.found) > 0 {
		f.at = (f.at + n + len(f.found)) % len(f.found)
	}
}

// marks implements marker.
func (f *finder) marks(page, block int, said string) (list []textMark) {
	for n, part := range f.pattern().in(said) {
		here := f.at >= 0 && f.found[f.at].page == page && f.found[f.at].block == block && f.found[f.at].nth == n
		list = append(list, textMark{part[0], part[1], here})
	}
	return list
}

// chosen implements marker.
func (f *finder) chosen(int, int) bool { return false }

// target implements marker.
func (f *finder) target() (page, block int, columns [2]int, ok bool) {
	if f.at < 0 {
		return 0, 0, columns, false
	}
	m := f.found[f.at]
	return m.page, m.block, m.columns, true
}

// line shows what is looked for, and how often it is there.
func (f *finder) line(w int) string {
	line, _ := f.c.prompt(f.c.words.FindLabel, f.input, f.room(w))
	return spread(line, f.c.styles.Dim.Render(f.count()), w-1)
}

func (f *finder) count() string {
	switch {
	case f.at >= 0:
		return fmt.Sprintf(f.c.words.MatchOf, f.at+1, len(f.found))
	case f.texts != nil && strings.TrimSpace(f.input.Value()) != "":
		return f.c.words.NoMatches
	}
	return ""
}

// room is what the count leaves of w columns.
func (f *finder) room(w int) int { return w - 1 - width(f.count()) }

func (f *finder) cursor(w, y int) *tea.Cursor {
	if !f.typing {
		return nil
	}
	_, x := f.c.prompt(f.c.words.FindLabel, f.input, f.room(w))
	return tea.NewCursor(x, y)
}

// beginFind asks what to look for.
func (p *lessonPage) beginFind() tea.Cmd {
	p.endFind()
	p.find = newFinder(p.c, p.text.reading)
	p.text.marker = p.find
	p.focus = onFind
	p.SetSize(p.width, p.height)
	return tea.Batch(p.find.input.Focus(), readLesson(p.lesson, p.c.lang))
}

// typedFind searches for what is in the input now.
func (p *lessonPage) typedFind(msg tea.Msg) (cmd tea.Cmd) {
	before := p.find.input.Value()
	p.find.input, cmd = p.find.input.Update(msg)
	if p.find.input.Value() != before {
		p.lookAgain()
	}
	return cmd
}

// lookAgain searches from where the learner was, and shows the first match.
func (p *lessonPage) lookAgain() {
	from := p.find.before
	p.find.search(from.page, from.block)
	p.text.reading = from
	p.showMatch()
}

// showMatch goes to the match that is looked at.
func (p *lessonPage) showMatch() {
	page, _, _, ok := p.find.target()
	if ok && page != p.text.page {
		p.text.turn(page)
	}
	p.text.chase()
}

// lessonRead searches once it is known what the lesson says. In another language
// the search begins where the learner is now.
func (p *lessonPage) lessonRead(msg lessonReadMsg) {
	if p.find == nil || msg.lesson != p.lesson.ID || msg.lang != p.c.lang {
		return
	}
	again := p.find.texts != nil
	p.find.texts = msg.texts
	if again && !p.find.typing {
		p.find.search(p.text.page, p.text.topBlock())
		return
	}
	p.lookAgain()
}

func (p *lessonPage) actFind(a keymap.Action) tea.Cmd {
	switch a {
	case keymap.Up:
		p.find.step(-1)
		p.showMatch()
	case keymap.Down:
		p.find.step(1)
		p.showMatch()
	case keymap.Open:
		return p.keepFound()
	case keymap.Back:
		from := p.find.before
		p.endFind()
		p.text.reading = from
	}
	return nil
}

// keepFound goes on reading where something was found, with the marks; without
// a match it goes back.
func (p *lessonPage) keepFound() tea.Cmd {
	if p.find.at < 0 {
		return p.actFind(keymap.Back)
	}
	p.find.typing, p.focus = false, onText
	p.find.input.Blur()
	p.arrivedAt(p.find.before.page)
	return p.save()
}

// arrivedAt takes over the page that the learner has come to from another one.
func (p *lessonPage) arrivedAt(from int) {
	if from != p.text.page {
		clear(p.seen)
		p.chooseLab()
	}
}

// actFound handles the keys that go from match to match; done is false for those
// of reading.
func (p *lessonPage) actFound(a keymap.Action) (cmd tea.Cmd, done bool) {
	if p.find == nil {
		return nil, false
	}
	from := p.text.page
	switch a {
	case keymap.NextMatch:
		p.find.step(1)
	case keymap.PrevMatch:
		p.find.step(-1)
	case keymap.Back:
		p.endFind()
		return nil, true
	default:
		return nil, false
	}
	p.showMatch()
	p.arrivedAt(from)
	return p.save(), true
}

// endFind takes the marks away and leaves the text where it is.
func (p *lessonPage) endFind() {
	if p.find == nil {
		return
	}
	p.text.rest()
	p.find, p.focus = nil, onText
	p.SetSize(p.width, p.height)
}
