package tui

import (
	"fmt"
	"strings"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"kubetutor/internal/search"
)

// Rows above the hits; and the width from which a hit's place stands beside its
// title.
const (
	paletteTop   = 2
	paletteWide  = 60
	paletteMost  = 120 // what is farther apart is not read together
	hitMargin    = 6   // of its second line
	smallestRoom = 8
)

// hitLine is a line of the list of hits; hit is -1 for a heading.
type hitLine struct {
	text string
	hit  int
}

func (p *palette) View() string {
	line, _ := p.c.prompt(p.c.words.SearchLabel, p.input, p.width)
	lines := []string{line, ""}
	if about := p.about(); about != "" {
		lines = append(lines, indent(wrapped(about, min(p.width-4, textWidth), p.c.styles.Dim), "  ")...)
		return strings.Join(window(lines, 0, p.height), "\n")
	}
	list, top := p.lines()
	for _, l := range list[top:] {
		lines = append(lines, l.text)
	}
	return strings.Join(window(lines, 0, p.height), "\n")
}

// about is what stands in the place of hits. Those of what was typed before stay
// until there are others.
func (p *palette) about() string {
	switch {
	case p.query() == "":
		return p.c.words.SearchHelp
	case p.err != nil && p.c.ctx.Err() == nil:
		return fmt.Sprintf(p.c.words.NoSearch, p.err)
	case len(p.hits) > 0:
		return ""
	case p.shown != p.wanted && p.c.o.Search != nil:
		return p.c.words.Searching
	}
	return fmt.Sprintf(p.c.words.NothingFound, p.query())
}

func (p *palette) hitRows() int {
	if p.width < paletteWide {
		return 3
	}
	return 2
}

// lines are all lines of the list, and which of them is the first one shown.
func (p *palette) lines() (list []hitLine, top int) {
	first, last := 0, 0 // of the chosen hit
	for i, h := range p.hits {
		if h.Lang != p.c.lang && (i == 0 || p.hits[i-1].Lang == p.c.lang) {
			list = append(list, hitLine{"  " + p.c.styles.Title.Render(p.c.words.InOther), -1})
		}
		if i == p.cursor {
			first = len(list)
		}
		for _, text := range p.hit(h, i == p.cursor) {
			list = append(list, hitLine{text, i})
		}
		if i == p.cursor {
			last = len(list) - 1
		}
	}
	h := p.height - paletteTop
	return list, min(follow(0, last, h, len(list)), first)
}

// hit draws one hit: what it is, where it is, and what stands there.
func (p *palette) hit(h search.Hit, chosen bool) []string {
	lead, title := "    ", clean(h.Title, maxText)
	if chosen {
		lead, title = "  "+p.c.styles.Accent.Render(p.c.signs.cursor)+" ", p.c.styles.Strong.Render(title)
	}
	w := min(p.width, paletteMost)
	place := p.c.styles.Dim.Render(clean(p.place(h), maxText))
	margin := strings.Repeat(" ", hitMargin)
	snippet := margin + p.marked(h, w-hitMargin-1)
	if p.hitRows() == 3 {
		return []string{clip(lead+title, w), clip(margin+place, w), snippet}
	}
	return []string{spread(lead+title, clip(place, w/2)+" ", w), snippet}
}

// marked is a snippet with what matches marked, of which the first stands in
// sight.
func (p *palette) marked(h search.Hit, room int) string {
	text, from := h.Snippet, 0
	if len(h.Marks) > 0 && width(text[:h.Marks[0][1]]) > room-smallestRoom {
		from = h.Marks[0][0]
		for before := room / 3; from > 0; {
			r, n := utf8.DecodeLastRuneInString(text[:from])
			if before -= width(string(r)); before < 0 {
				break
			}
			from -= n
		}
		text = "… " + text[from:]
		from -= len("… ")
	}
	var ranges []lipgloss.Range
	for _, m := range h.Marks {
		a, b := m[0]-from, m[1]-from
		column := width(text[:a])
		ranges = append(ranges, lipgloss.NewRange(column, column+width(text[a:b]), p.c.styles.Mark))
	}
	return clip(lipgloss.StyleRanges(p.c.styles.Dim.Render(text), ranges...), room)
}

// click chooses a hit, or opens the one that is chosen.
func (p *palette) click(y int) tea.Cmd {
	list, top := p.lines()
	i := top + y - paletteTop
	if p.about() != "" || y < paletteTop || i >= len(list) || list[i].hit < 0 {
		return nil
	}
	if list[i].hit == p.cursor {
		return p.open()
	}
	p.cursor = list[i].hit
	return nil
}
