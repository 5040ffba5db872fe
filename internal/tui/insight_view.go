package tui

import (
	"strings"

	"kubetutor/internal/chart"
	"kubetutor/internal/course"
	"kubetutor/internal/review/insight"
)

// insightDrawing is the page drawn whole, and what it was drawn for.
type insightDrawing struct {
	key   insightKey
	lines []string
	parts []int // the lines in which parts begin
}

// insightKey is what the drawing depends on.
type insightKey struct {
	version, width, height int
	lang                   course.Lang
	theme                  string
	light                  bool
}

// The heights of plots, by what there is room for.
const (
	plotRows     = 9
	tallPlotRows = 13
	tallWindow   = 40
)

// draw draws the page, once for everything it depends on.
func (p *insightPage) draw() insightDrawing {
	key := insightKey{p.version, p.width, p.height, p.c.lang, p.c.theme, p.c.light}
	if p.drawn.key != key {
		p.drawn = p.drawFresh()
		p.drawn.key = key
	}
	return p.drawn
}

func (p *insightPage) drawFresh() (d insightDrawing) {
	w := p.c.words
	sections := p.shown.Sections(insight.Words{InsightWords: &w.InsightWords, Stats: &w.StatsWords, Terms: &w.ReviewTerms}, p.c.o.Course, p.c.lang)
	d.lines = []string{"", "  " + p.c.styles.Dim.Render(w.ReviewTrack) + "  " + p.c.styles.Key.Render("< "+p.trackTitle()+" >")}
	if p.width < wideWidth || len(sections) < 3 {
		for _, s := range sections {
			d.parts = append(d.parts, len(d.lines))
			d.lines = append(d.lines, p.section(s, p.width)...)
		}
		return d
	}
	head := p.section(sections[0], p.width)
	d.lines = append(d.lines, head...)
	return p.columns(d, sections[1:])
}

// columns sets sections into two columns that are about as high as each other, in
// the order of reading: down, then right.
func (p *insightPage) columns(d insightDrawing, sections []insight.Section) insightDrawing {
	half := p.width / 2
	blocks, all := make([][]string, len(sections)), 0
	for i, s := range sections {
		blocks[i] = p.section(s, half)
		all += len(blocks[i])
	}
	var left, right []string
	for _, b := range blocks {
		if len(right) == 0 && 2*len(left)+len(b) <= all {
			d.parts = append(d.parts, len(d.lines)+len(left))
			left = append(left, b...)
			continue
		}
		right = append(right, b...)
	}
	for i := range max(len(left), len(right)) {
		line := ""
		if i < len(left) {
			line = left[i]
		}
		if i < len(right) {
			line = pad(line, half) + right[i]
		}
		d.lines = append(d.lines, line)
	}
	return d
}

func (p *insightPage) trackTitle() string {
	if p.track == 0 {
		return p.c.words.InsightAll
	}
	return p.c.o.Course.Tracks[p.track-1].Title.In(p.c.lang)
}

// section draws a part: its title, facts, drawing and note.
func (p *insightPage) section(s insight.Section, w int) []string {
	lines := []string{""}
	if s.Title != "" {
		lines = append(lines, "  "+p.c.styles.Title.Render(s.Title))
	}
	f := chart.Form{Width: w - 6, Height: plotRows, ASCII: p.c.o.ASCII}
	if p.height >= tallWindow {
		f.Height = tallPlotRows
	}
	lines = append(lines, p.c.drawn(p.facts(s.Facts, f.Width), "    ")...)
	if s.Draw != nil {
		lines = append(lines, p.c.drawn(s.Draw(f), "    ")...)
	}
	for _, note := range []string{s.Key, s.Note} {
		if note != "" {
			lines = append(lines, indent(wrapped(note, f.Width, p.c.styles.Dim), "    ")...)
		}
	}
	return lines
}

// facts stand side by side.
func (p *insightPage) facts(facts []string, w int) []chart.Line {
	parts := make([]chart.Line, len(facts))
	for i, fact := range facts {
		parts[i] = chart.Line{{Text: fact, Tone: chart.Words}}
	}
	return chart.Flow(parts, " "+p.c.signs.dot+" ", w)
}

func (p *insightPage) View() string {
	switch {
	case p.c.o.Insights == nil:
		return strings.Join(window([]string{"", "  " + p.c.words.InsightNoDesk}, 0, p.height), "\n")
	case !p.loaded:
		return strings.Join(window([]string{"", "  " + p.c.words.Loading}, 0, p.height), "\n")
	}
	d := p.draw()
	return strings.Join(window(d.lines, p.first(d), p.height), "\n")
}
