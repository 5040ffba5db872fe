package tui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/markdown/block"
	"kubetutor/internal/tui/keymap"
)

// picker chooses a block of the page, or a part of one: a command, inline code
// or a link. It can be copied, followed, or put into the console.
type picker struct {
	c        *common
	page     int
	blocks   []pickable
	at, part int // of blocks, and of the parts of that one
}

// pickable is a block with its parts, the first of which is the whole.
type pickable struct {
	block int // of the page
	said  block.Block
	parts []part
}

// part is something that can be copied.
type part struct {
	from, to int    // bytes of the block's text; both 0 for the whole
	text     string // what is copied
	typed    string // what can be put into the console; "" for nothing
	target   string // of a link
}

// pickables are the blocks of a page that can be chosen, as far as they are
// drawn.
func (r *reader) pickables() (list []pickable) {
	at := 1
	for _, p := range r.current().Parts {
		doc := r.c.docs.doc(r.key(p.Markdown))
		for i, b := range doc.Blocks {
			if b.Kind != block.Rule && b.Kind != block.Heading && b.Text != "" {
				list = append(list, pickable{at + i, b.Block, partsOf(b.Block)})
			}
		}
		at += max(len(doc.Blocks), 1)
	}
	return list
}

// partsOf are the whole, and then what stands in it from left to right.
func partsOf(b block.Block) []part {
	whole := part{text: strings.TrimRight(b.Text, "\n")}
	var inside []part
	if b.Kind == block.Code {
		whole.typed, inside = commandParts(b.Text, b.Info)
	}
	for _, c := range b.Code {
		inside = append(inside, part{from: c[0], to: c[1], text: b.Text[c[0]:c[1]], typed: inlineCommand(b.Text[c[0]:c[1]])})
	}
	for _, l := range b.Links {
		inside = append(inside, part{from: l.From, to: l.To, text: l.Target, target: l.Target})
	}
	slices.SortStableFunc(inside, func(a, b part) int { return cmp.Compare(a.from, b.from) })
	return append([]part{whole}, inside...)
}

// commandParts are the commands in a block of code, and all of them together, one
// on each line. A block that is one command has no parts.
func commandParts(text, language string) (typed string, parts []part) {
	var lines []string
	for _, c := range commandsIn(text, language) {
		lines = append(lines, c.text)
		if c.to-c.from < len(strings.TrimRight(text, "\n")) {
			parts = append(parts, part{from: c.from, to: c.to, text: c.text, typed: c.text})
		}
	}
	return strings.Join(lines, "\n"), parts
}

// inlineCommand is inline code that is a command; "" if it is something else.
func inlineCommand(code string) string {
	if program.MatchString(code) && strings.Contains(code, " ") {
		return code
	}
	return ""
}

func (k *picker) chosenPart() part { return k.blocks[k.at].parts[k.part] }

// move chooses the n-th block further on.
func (k *picker) move(n int) { k.at, k.part = max(min(k.at+n, len(k.blocks)-1), 0), 0 }

// aside chooses another part of the block.
func (k *picker) aside(n int) {
	k.part = max(min(k.part+n, len(k.blocks[k.at].parts)-1), 0)
}

// link chooses the next link, or with -1 the one before, round and round; ok is
// false if there is none.
func (k *picker) link(step int) (ok bool) {
	type place struct{ at, part int }
	var links []place
	here := 0 // how many links come before what is chosen now
	for at, b := range k.blocks {
		for i, p := range b.parts {
			if p.target == "" {
				continue
			}
			if at < k.at || at == k.at && i < k.part {
				here++
			}
			links = append(links, place{at, i})
		}
	}
	if len(links) == 0 {
		return false
	}
	if step > 0 && k.chosenPart().target == "" {
		step = 0 // the next one is that which follows
	}
	to := links[(here+step+len(links))%len(links)]
	k.at, k.part = to.at, to.part
	return true
}

// marks implements marker.
func (k *picker) marks(page, block int, said string) []textMark {
	if !k.chosen(page, block) || k.part == 0 {
		return nil
	}
	p := k.chosenPart()
	at, ok := moved(k.blocks[k.at].said.Text, said, [2]int{p.from, p.to})
	if !ok {
		return nil
	}
	return []textMark{{at[0], at[1], true}}
}

// chosen implements marker.
func (k *picker) chosen(page, block int) bool {
	return page == k.page && block == k.blocks[k.at].block
}

// target implements marker.
func (k *picker) target() (page, block int, columns [2]int, ok bool) {
	return k.page, k.blocks[k.at].block, columns, true
}

// line says what is chosen.
func (k *picker) line(w int) string {
	parts := k.blocks[k.at].parts
	what := k.c.words.Whole
	if k.part > 0 {
		what = fmt.Sprintf(k.c.words.PartOf, k.part, len(parts)-1)
	}
	text := k.c.styles.Accent.Render(what)
	if target := k.chosenPart().target; target != "" {
		text += "  " + k.c.where(target)
	}
	return clip("  "+text, w)
}

// where says where a link leads.
func (c *common) where(target string) string {
	id, ok := strings.CutPrefix(target, block.LessonScheme)
	if !ok {
		return fmt.Sprintf(c.words.LinkTo, target)
	}
	if l := c.lesson(id); l != nil {
		id = l.Title.In(c.lang)
	}
	return fmt.Sprintf(c.words.LinkToLesson, id)
}

// beginPick chooses what is on the screen: a link, or a block, code before other
// text.
func (p *lessonPage) beginPick(link bool) tea.Cmd {
	blocks := p.text.pickables()
	if len(blocks) == 0 {
		return nil
	}
	shown := p.text.shown()
	k := &picker{c: p.c, page: p.text.page, blocks: blocks}
	k.at = max(slices.IndexFunc(blocks, func(b pickable) bool { return slices.Contains(shown, b.block) }), 0)
	switch {
	case !link:
		code := func(b pickable) bool { return b.said.Kind == block.Code && slices.Contains(shown, b.block) }
		k.at = max(slices.IndexFunc(blocks, code), k.at)
	case !k.link(1):
		return say(showNoticeMsg{p.c.words.NoLinks})
	}
	p.endFind()
	p.pick, p.text.marker, p.focus = k, k, onPick
	p.SetSize(p.width, p.height)
	p.text.chase()
	return nil
}

// endPick leaves the text where it is, with nothing chosen.
func (p *lessonPage) endPick() {
	if p.pick == nil {
		return
	}
	p.text.rest()
	p.pick, p.focus = nil, onText
	p.SetSize(p.width, p.height)
}

func (p *lessonPage) actPick(a keymap.Action) tea.Cmd {
	switch a {
	case keymap.Up:
		p.pick.move(-1)
	case keymap.Down:
		p.pick.move(1)
	case keymap.Left:
		p.pick.aside(-1)
	case keymap.Right:
		p.pick.aside(1)
	case keymap.NextLink, keymap.PrevLink:
		return p.nextLink(a)
	case keymap.Copy:
		text := p.pick.chosenPart().text
		p.endPick()
		return p.c.copyText(text)
	case keymap.Insert:
		return p.insertCommand(p.pick.chosenPart())
	case keymap.Open:
		return p.followLink(p.pick.chosenPart())
	case keymap.Back:
		p.endPick()
	}
	return nil
}

func (p *lessonPage) nextLink(a keymap.Action) tea.Cmd {
	step := 1
	if a == keymap.PrevLink {
		step = -1
	}
	if !p.pick.link(step) {
		return say(showNoticeMsg{p.c.words.NoLinks})
	}
	return nil
}

// followLink opens a lesson. Everything else is copied, addresses too: nothing
// outside of the program is opened.
func (p *lessonPage) followLink(what part) tea.Cmd {
	id, ok := strings.CutPrefix(what.target, block.LessonScheme)
	switch {
	case !ok:
		p.endPick()
		return p.c.copyText(what.text)
	case p.c.lesson(id) == nil:
		return say(showNoticeMsg{fmt.Sprintf(p.c.words.NoLesson, id)})
	}
	p.endPick()
	return say(openLessonMsg{id})
}

// insertCommand puts a command where it can be changed and run.
func (p *lessonPage) insertCommand(what part) tea.Cmd {
	switch {
	case what.typed == "":
		return say(showNoticeMsg{p.c.words.NotACommand})
	case p.lab == nil || !p.console.insertable():
		return say(showNoticeMsg{p.c.words.NoConsole})
	}
	p.endPick()
	p.console.offerCommand(what.typed)
	return tea.Batch(p.enterConsole(), say(showNoticeMsg{p.c.words.InsertedLine}))
}
