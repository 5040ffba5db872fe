package search

import (
	"slices"
	"strings"
	"unicode/utf8"

	"kubetutor/internal/course"
)

// row is a row of the index that may be a hit.
type row struct {
	id                                 int64
	kind                               Kind
	lesson, name, title, heading, text string
	page, block                        int

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

// What a match is worth. The numbers were found by trying: see TestRanking.
const (
	inTitle    = 3.0 // for each unit
	wholeTitle = 5.0 // the title has every unit
	isTitle    = 8.0 // one of its names is the query
	together   = 6.0 // a block has the query as it was typed
	oneBlock   = 3.0 // a block has every unit
	elsewhere  = 0.2 // of what further blocks are worth
	longBlock  = 300 // words from which on a block is worth half
)

// bonus is for kinds: a page says more than what is asked there.
func bonus(k Kind) float64 {
	return map[Kind]float64{Term: 1.5, Page: 1, Lab: 0.5}[k]
}

// judge ranks a row.
func (r *row) judge(q query) {
	r.score = bonus(r.kind) + r.byTitle(q)
	most, sum := 0.0, 0.0
	for i, text := range strings.Split(r.text, blockEnd) {
		worth := worthOf(q, words(text), text)
		sum += worth
		if worth > most {
			most, r.best = worth, i
		}
	}
	r.score += most + elsewhere*(sum-most)/(1+0.1*(sum-most))
}

func (r *row) byTitle(q query) (score float64) {
	list := words(r.heading)
	all := true
	for _, u := range q {
		if u.count(list, r.heading) > 0 {
			score += inTitle * u.weight()
		} else {
			all = false
		}
	}
	if all {
		score += wholeTitle
	}
	if slices.ContainsFunc(strings.Split(r.heading, ", "), func(name string) bool { return q.is(name) }) {
		score += isTitle
	}
	return score
}

// is tells whether a name is what was typed.
func (q query) is(name string) bool {
	return slices.EqualFunc(q.typed(), words(name), func(typed string, w word) bool { return typed == w.text })
}

// worthOf says how well a block of text answers a query.
func worthOf(q query, list []word, text string) (score float64) {
	found := 0
	for _, u := range q {
		if n := u.count(list, text); n > 0 {
			found++
			score += u.weight() * 2 * float64(n) / float64(n+1)
		}
	}
	if found == len(q) && found > 1 {
		score += oneBlock
	}
	typed := unit{forms: [][]string{q.typed()}, prefix: q[len(q)-1].prefix}
	if len(q) > 1 && typed.count(list, text) > 0 {
		score += together
	}
	return score / (1 + float64(len(list))/longBlock)
}

// weight is more for longer words: they say more.
func (u unit) weight() float64 {
	n := 0
	for _, w := range u.forms[0] {
		n += utf8.RuneCountInString(w)
		if isHan(w) {
			n++
		}
	}
	return 0.5 + 0.1*float64(min(n, 10))
}

// count counts where a unit stands in a text.
func (u unit) count(list []word, text string) int { return len(u.find(list, text)) }

// find lists the places of a unit in a text: its first word and the one after.
func (u unit) find(list []word, text string) (places [][2]int) {
	for i := range list {
		for k, form := range u.forms {
			if matches(list[i:], form, u.prefix && k == 0, text) {
				places = append(places, [2]int{i, i + len(form)})
				break
			}
		}
	}
	return places
}

// matches tells whether words begin with those of a form.
func matches(list []word, form []string, prefix bool, text string) bool {
	if len(form) > len(list) {
		return false
	}
	last := len(form) - 1
	for i, want := range form {
		have := list[i].text
		if have == want || prefix && i == last && strings.HasPrefix(have, want) {
			continue
		}
		return last == 0 && hasPart(text[list[i].start:list[i].end], want, prefix)
	}
	return true
}

// hasPart tells whether a name in camel case has a part.
func hasPart(name, want string, prefix bool) bool {
	if len(name) <= len(want) {
		return false
	}
	return slices.ContainsFunc(parts(name), func(part string) bool {
		return part == want || prefix && strings.HasPrefix(part, want)
	})
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
