package plain

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"kubetutor/internal/course"
	"kubetutor/internal/markdown/block"
	"kubetutor/internal/search"
)

// hitsShown is how many hits a search lists: about a screen.
const hitsShown = 8

// search looks for words, lists what it finds, and opens one of it. Without
// words it asks for them.
func (t *Tutor) search(ctx context.Context, words string) error {
	if words == "" {
		var err error
		if words, err = t.put(ctx, prompt{text: t.Words.WhatToFind, free: true, answer: anything}); err != nil || words == "" {
			return err
		}
	}
	index, err := t.Search(ctx)
	if err != nil {
		return err
	}
	hits, err := index.Search(ctx, words, search.Options{Lang: t.Lang, Limit: hitsShown})
	if err != nil {
		return err
	}
	if len(hits) == 0 {
		t.say(t.Words.NothingFor, clip(words))
		return nil
	}
	err = t.show(ctx, func(w io.Writer) error { PrintHits(w, t.Course, hits, t.Words, t.Lang, t.Style); return nil })
	if err != nil {
		return err
	}
	return t.openOne(ctx, hits)
}

// openOne asks which hit to open.
func (t *Tutor) openOne(ctx context.Context, hits []search.Hit) error {
	number := 0
	_, err := t.put(ctx, prompt{text: fmt.Sprintf(t.Words.OpenHit, len(hits)), answer: func(typed string) (ok bool) {
		number, ok = numbered(typed, len(hits))
		return ok
	}})
	if err != nil || number == 0 {
		return err
	}
	return t.openHit(ctx, hits[number-1])
}

// openHit reads on from where something was found; a term is explained.
func (t *Tutor) openHit(ctx context.Context, h search.Hit) error {
	if h.Kind == search.Term {
		return t.explain(ctx, h.Term)
	}
	l, ok := t.Course.Lesson(h.Lesson)
	if !ok {
		return nil
	}
	b, err := l.Body()
	if err != nil {
		return err
	}
	return afterwards(t.readFrom(ctx, b, spotOf(b, h, t.Lang)))
}

// spotOf is the part of a page that a hit is in.
func spotOf(b *course.Body, h search.Hit, lang course.Lang) spot {
	at := spot{page: h.Page}
	if h.Page >= len(b.Pages[lang]) {
		return spot{}
	}
	parts := b.Pages[lang][h.Page].Parts
	for i, first := 0, 1; i < len(parts) && first <= h.Block; i++ {
		at.part = i
		first += block.Count(parts[i].Markdown)
	}
	if at.part < len(parts) {
		at.question = max(slices.Index(parts[at.part].Quiz, h.Question), 0)
	}
	return at
}

// glossary explains a word, or lists those that it can explain. Without a word
// it asks for one.
func (t *Tutor) glossary(ctx context.Context, word string) error {
	if word == "" {
		var err error
		if word, err = t.put(ctx, prompt{text: t.Words.WhichTerm, free: true, answer: anything}); err != nil {
			return err
		}
	}
	return t.explain(ctx, word)
}

func (t *Tutor) explain(ctx context.Context, word string) error {
	g, err := t.Course.Glossary()
	if err != nil && len(g.Terms()) == 0 {
		return err
	}
	term, ok := g.Find(word)
	switch {
	case ok:
		return t.show(ctx, func(w io.Writer) error { PrintTerm(w, t.Course, term, t.Words, t.Lang, t.Style); return nil })
	case len(g.Terms()) == 0:
		fmt.Fprintln(t.Out, t.Words.NoTerms)
	case word == "":
		return t.show(ctx, func(w io.Writer) error { t.listTerms(w, g); return nil })
	default:
		t.say(t.Words.UnknownTerm, word, strings.Join(g.Nearest(word, 3), t.Words.ListSeparator))
	}
	return nil
}

func (t *Tutor) listTerms(w io.Writer, g *course.Glossary) {
	for _, term := range g.Terms() {
		fmt.Fprintln(w, term.Term.In(t.Lang))
	}
}
