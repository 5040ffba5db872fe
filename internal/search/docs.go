package search

import (
	"regexp"
	"strings"

	"kubetutor/internal/course"
	"kubetutor/internal/markdown/block"
)

// doc is a row of the index before it is written.
type doc struct {
	lang    course.Lang
	kind    Kind
	lesson  string
	page    int
	block   int    // of what is not a page
	name    string // id of a question, a lab or a term
	title   string
	heading string // what is searched as its title, more than is shown, in pieces as text is
	text    string // blocks, separated by blockEnd
}

// blockEnd separates the blocks of a row's text. A course has no such character.
const blockEnd = "\x1e"

// docsOf are the rows of a lesson, of both languages.
func docsOf(b *course.Body) (docs []doc) {
	for _, lang := range course.Langs {
		for page := range b.Pages[lang] {
			docs = append(docs, docsOfPage(b, lang, page)...)
		}
	}
	return docs
}

// docsOfPage are the page, and what it asks.
func docsOfPage(b *course.Body, lang course.Lang, number int) []doc {
	page := b.Pages[lang][number]
	base := doc{lang: lang, lesson: b.ID, page: number, title: page.Title}
	texts := []string{page.Title}
	var asked []doc
	for _, part := range page.Parts {
		base.block = len(texts)
		switch {
		case part.Lab != "":
			asked = append(asked, base.lab(b, part.Lab))
		case len(part.Quiz) > 0:
			asked = append(asked, base.questions(b, part.Quiz)...)
		}
		texts = append(texts, textsOf(part.Markdown)...)
	}
	whole := base
	whole.kind, whole.block, whole.heading, whole.text = Page, 0, page.Title, strings.Join(texts, blockEnd)
	if number == 0 {
		whole.heading += blockEnd + b.Title.In(lang) // who looks for a lesson begins it
	}
	return append([]doc{whole}, asked...)
}

// textsOf are the plain texts of the blocks of a part, at least one: they are
// numbered as block.Count does.
func textsOf(markdown string) []string {
	blocks := block.Parse(markdown)
	texts := make([]string, max(len(blocks), 1))
	for i, b := range blocks {
		switch b.Kind {
		case block.Figure:
			texts[i] = b.Info
		case block.Table:
			texts[i] = strings.ReplaceAll(b.Text, "`", "")
		default:
			texts[i] = b.Text
		}
	}
	return texts
}

func (d doc) lab(b *course.Body, id string) doc {
	d.kind, d.name = Lab, id
	if l, ok := b.Lab(id); ok {
		d.title = l.Title.In(d.lang)
		d.heading = d.title
		d.text = strings.Join(textsOf(l.Task.In(d.lang)), blockEnd)
	}
	return d
}

func (d doc) questions(b *course.Body, ids []string) (docs []doc) {
	for _, id := range ids {
		if q, ok := b.Question(id); ok {
			d.kind, d.name = Question, id
			d.text = asked(q, d.lang)
			docs = append(docs, d)
		}
	}
	return docs
}

var blank = regexp.MustCompile(`\{\{.*?\}\}`)

// asked is what a question says before it is answered.
func asked(q *course.Question, lang course.Lang) string {
	text := q.Ask.In(lang)
	if q.Type == course.Cloze {
		text = blank.ReplaceAllLiteralString(text, "____")
	}
	texts := textsOf(text)
	if q.Given != "" {
		texts = append(texts, q.Given)
	}
	return strings.Join(texts, blockEnd)
}

// docsOfTerms are the rows of a glossary. A term is found by any of its names in
// every language.
func docsOfTerms(g *course.Glossary) (docs []doc) {
	for _, t := range g.Terms() {
		for _, lang := range course.Langs {
			docs = append(docs, doc{
				lang: lang, kind: Term, lesson: t.Lesson, name: t.ID, title: t.Term.In(lang),
				heading: strings.Join(t.Names(), blockEnd), text: t.Text.In(lang),
			})
		}
	}
	return docs
}
