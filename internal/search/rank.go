package search

import (
	"math"
	"strings"
	"unicode/utf8"

	"kubetutor/internal/course"
)

// row is a row of the index that may be a hit.
type row struct {
	id              int64
	kind            Kind
	lesson, name    string
	page, block     int
	heading, folded string // see fold
	title, text     string // of hits only

	score float64
	best  int // the block of text that says most of the query
}

// place is what two languages have in common.
type place struct {
	kind         Kind
	lesson, name string
	page         int
}

func (r row) place() place { return place{r.kind, r.lesson, r.name, r.page} }

// What a match is worth. The numbers were found by trying: see TestFirstHits.
const (
	inTitle    = 3.0 // for each unit
	wholeTitle = 5.0 // the title has every unit
	isTitle    = 8.0 // one of its names is the query
	together   = 6.0 // a block has the query as it was typed
	oneBlock   = 3.0 // a block has every unit
	elsewhere  = 0.2 // of what further blocks are worth
	longBlock  = 300 // words from which on a block is worth half
)

// bonus is for kinds: a page says more than what is asked there, or than a
// sentence about another term.
func bonus(k Kind) float64 {
	return map[Kind]float64{Page: 1, Lab: 0.5}[k]
}

// patterns are a query as it is looked for in folded texts.
type patterns struct {
	units []pattern
	whole pattern // all of it in a row
}

// pattern is a unit there: any of its forms, and what it is worth.
type pattern struct {
	forms  []string
	weight float64
}

func (q query) patterns() patterns {
	p := patterns{whole: unit{forms: [][]string{q.typed()}, prefix: q[len(q)-1].prefix}.pattern()}
	for _, u := range q {
		p.units = append(p.units, u.pattern())
	}
	return p
}

func (u unit) pattern() pattern {
	p := pattern{weight: u.weight()}
	for i, form := range u.forms {
		text := " " + strings.Join(form, " ")
		if !u.prefix || i > 0 {
			text += " "
		}
		p.forms = append(p.forms, text)
	}
	return p
}

// weigh makes units that few of the rows have worth more (inverse document
// frequency, Spärck Jones 1972); what all have keeps its worth.
func (p patterns) weigh(rows []row) {
	for i, u := range p.units {
		having := 0
		for _, r := range rows {
			if u.count(r.heading)+u.count(r.folded) > 0 {
				having++
			}
		}
		if having > 0 {
			p.units[i].weight *= math.Log2(1 + float64(len(rows))/float64(having))
		}
	}
}

func (p pattern) count(folded string) (n int) {
	for _, form := range p.forms {
		n += strings.Count(folded, form)
	}
	return n
}

// judge ranks a row.
func (r *row) judge(p patterns) {
	r.score = bonus(r.kind) + p.ofTitle(r.heading)
	most, sum := 0.0, 0.0
	for i, folded := range strings.Split(r.folded, blockEnd) {
		worth := p.ofBlock(folded)
		sum += worth
		if worth > most {
			most, r.best = worth, i
		}
	}
	rest := sum - most
	r.score += most + elsewhere*rest/(1+rest/10)
}

// ofTitle says how well a title, or the names of a term, answer a query.
func (p patterns) ofTitle(heading string) (score float64) {
	found := 0
	for _, u := range p.units {
		if u.count(heading) > 0 {
			found++
			score += inTitle * u.weight
		}
	}
	if found == len(p.units) {
		score += wholeTitle
	}
	exact := strings.TrimSpace(p.whole.forms[0])
	for name := range strings.SplitSeq(heading, blockEnd) {
		name, _, _ = strings.Cut(name, partsBegin)
		if strings.TrimSpace(name) == exact {
			score += isTitle
		}
	}
	return score
}

// ofBlock says how well a block of text answers a query.
func (p patterns) ofBlock(folded string) (score float64) {
	found := 0
	for _, u := range p.units {
		if n := u.count(folded); n > 0 {
			found++
			score += u.weight * 2 * float64(n) / float64(n+1)
		}
	}
	if found == 0 {
		return 0
	}
	if len(p.units) > 1 && found == len(p.units) {
		score += oneBlock
	}
	if len(p.units) > 1 && p.whole.count(folded) > 0 {
		score += together
	}
	return score / (1 + float64(strings.Count(folded, " "))/longBlock)
}

// weight is more for longer words: they say more.
func (u unit) weight() float64 {
	n := 0
	for _, w := range u.forms[0] {
		n += utf8.RuneCountInString(w)
		if hanWord(w) {
			n++
		}
	}
	return 0.5 + 0.1*float64(min(n, 10))
}

// hit shows a row.
func (r row) hit(q query, lang course.Lang) Hit {
	h := Hit{Kind: r.kind, Lesson: r.lesson, Lang: lang, Page: r.page, Block: r.block, Title: r.title}
	switch r.kind {
	case Page:
		h.Block = r.best
	case Question:
		h.Question = r.name
	case Lab:
		h.Lab = r.name
	case Term:
		h.Term = r.name
	}
	h.Snippet, h.Marks = snippet(q, r.shown())
	return h
}

// shown is the text that a snippet is cut from: the best block; of a page of
// which only the title was found, what it says first.
func (r row) shown() string {
	texts := strings.Split(r.text, blockEnd)
	if r.kind != Page || r.best > 0 || len(texts) == 1 {
		return texts[r.best]
	}
	return texts[1]
}
