package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/markdown"
	"kubetutor/internal/markdown/block"
)

// docKey is what a rendered text depends on.
type docKey struct {
	source  string
	options markdown.Options
}

// docs keeps rendered texts. Only Update changes it.
type docs struct {
	shared *Shared // where they come from; nil: they are rendered for this interface alone
	done   map[docKey]*markdown.Document
	asked  map[docKey]bool
}

// How many texts are kept at most; a course's longest page has fewer. Where they
// are shared, those that others have forgotten are not kept here for long.
const (
	maxDocs = 400
	fewDocs = 60
)

func newDocs(shared *Shared) *docs {
	return &docs{shared: shared, done: map[docKey]*markdown.Document{}, asked: map[docKey]bool{}}
}

// docsRenderedMsg brings texts that were asked for.
type docsRenderedMsg struct{ docs map[docKey]*markdown.Document }

// fetch renders what is not there yet, in one command.
func (d *docs) fetch(keys []docKey) tea.Cmd {
	var missing []docKey
	for _, k := range keys {
		if _, ok := d.done[k]; ok || d.asked[k] {
			continue
		}
		d.asked[k] = true
		missing = append(missing, k)
	}
	if len(missing) == 0 {
		return nil
	}
	draw := render
	if d.shared != nil {
		draw = d.shared.render
	}
	return func() tea.Msg {
		out := make(map[docKey]*markdown.Document, len(missing))
		for _, k := range missing {
			out[k] = draw(k)
		}
		return docsRenderedMsg{out}
	}
}

// render draws a text.
func render(k docKey) *markdown.Document {
	doc, err := markdown.Render(k.source, k.options)
	if err != nil {
		doc = unrendered(k, err)
	}
	return &doc
}

// unrendered shows a text that could not be drawn as it was written, so that
// the learner can still read it.
func unrendered(k docKey, err error) markdown.Document {
	doc := markdown.Document{Blocks: []markdown.Block{{Block: block.Block{Kind: block.Paragraph, Text: err.Error()}}}}
	for _, line := range markdown.Wrap(clean(k.source, len(k.source)), k.options.Width) {
		doc.Lines = append(doc.Lines, markdown.Line{Styled: line, Plain: line})
	}
	return doc
}

func (d *docs) put(m docsRenderedMsg) {
	if len(d.done)+len(m.docs) > d.most() {
		clear(d.done)
	}
	for k, doc := range m.docs {
		d.done[k] = doc
		delete(d.asked, k)
	}
}

// most is how many texts are kept.
func (d *docs) most() int {
	if d.shared != nil {
		return fewDocs
	}
	return maxDocs
}

// doc finds a text; an empty one while it is being rendered.
func (d *docs) doc(k docKey) *markdown.Document {
	if doc, ok := d.done[k]; ok {
		return doc
	}
	return &markdown.Document{}
}

// near finds a text; while it is being rendered, as it is where code is not
// scrolled, so that it stays on the screen.
func (d *docs) near(k docKey) (doc *markdown.Document, ok bool) {
	if doc, ok = d.done[k]; !ok {
		k.options.Shift = 0
		doc, ok = d.done[k]
	}
	return doc, ok
}

// lines returns the lines of a text, none while it is being rendered.
func (d *docs) lines(k docKey) []string {
	doc := d.doc(k)
	lines := make([]string, len(doc.Lines))
	for i, l := range doc.Lines {
		lines[i] = l.Styled
	}
	return lines
}

// doc names a text at a width in the present theme and language.
func (c *common) doc(source string, width int) docKey {
	return docKey{source, markdown.Options{
		Width: max(width, 10), Palette: c.styles.Palette, NoColor: c.styles.NoColor,
		ASCII: c.o.ASCII, Chinese: c.lang == course.Chinese,
	}}
}

// fenced is text as a block of code.
func fenced(text, language string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence + language + "\n" + strings.TrimRight(text, "\n") + "\n" + fence + "\n"
}
