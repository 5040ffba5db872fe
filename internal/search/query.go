package search

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// What of a query counts; the rest is not looked for.
const (
	mostBytes = 400
	mostUnits = 16
)

// One letter begins too many words; FTS5 has an index of what begins with more.
const shortestPrefix = 2

// unit is a part of a query that must be found: a word, or Chinese characters
// that stand together, or what was put into quotes.
type unit struct {
	forms  [][]string // the ways to write it, each a row of words, what was typed first
	prefix bool       // the last word may go on
	exact  bool       // was put into quotes: is never taken apart
}

// query is what a learner looks for.
type query []unit

// parse takes a text apart. It may have any characters.
func parse(text string) query {
	if len(text) > mostBytes {
		text = strings.ToValidUTF8(text[:mostBytes], "")
	}
	var q query
	for i, piece := range strings.Split(text, `"`) {
		if i%2 == 1 {
			q = append(q, quoted(piece)...)
		} else {
			q = append(q, loose(piece)...)
		}
	}
	q = q[:min(len(q), mostUnits)]
	if last, _ := utf8.DecodeLastRuneInString(text); len(q) > 0 && inWord(last) {
		u := &q[len(q)-1]
		row := u.forms[0]
		u.prefix = len(row[len(row)-1]) >= shortestPrefix
	}
	return q
}

// quoted is a phrase as it was written.
func quoted(text string) query {
	var phrase []string
	for _, w := range words(text) {
		phrase = append(phrase, w.text)
	}
	if len(phrase) == 0 {
		return nil
	}
	return query{{forms: [][]string{phrase}, exact: true}}
}

// loose are words that may stand anywhere.
func loose(text string) (q query) {
	end := -1 // of the Chinese before
	for _, w := range words(text) {
		switch {
		case !w.han():
			q = append(q, unit{forms: forms(text[w.start:w.end])})
			end = -1
		case end == w.start:
			last := &q[len(q)-1].forms[0]
			*last = append(*last, w.text)
			end = w.end
		default:
			q = append(q, unit{forms: [][]string{{w.text}}})
			end = w.end
		}
	}
	return q
}

// forms are the ways to write a word: as it is, in parts, and in the other
// number. That a word such as "clas" does not exist does no harm.
func forms(name string) [][]string {
	w := strings.ToLower(name)
	list := [][]string{{w}}
	if p := parts(name); p != nil {
		list = append(list, p)
	}
	if stem, ok := strings.CutSuffix(w, "s"); ok && len(stem) > 2 {
		return append(list, []string{stem})
	}
	if len(w) > 2 {
		list = append(list, []string{w + "s"})
	}
	return list
}

// expression is what FTS5 is asked for the unit. Words have letters and digits
// only, so that nothing in it can be taken for syntax.
func (u unit) expression() string {
	list := make([]string, len(u.forms))
	for i, form := range u.forms {
		list[i] = phrase(form)
		if u.prefix && i == 0 {
			list[i] += "*"
		}
	}
	return "(" + strings.Join(list, " OR ") + ")"
}

func phrase(words []string) string { return `"` + strings.Join(words, " ") + `"` }

// strict are the expressions that want every unit, the narrowest first: in the
// title; as one phrase; anywhere.
func (q query) strict() []string {
	all := q.join(" AND ")
	tiers := []string{"title : (" + all + ")"}
	if len(q) > 1 {
		tiers = append(tiers, q.inARow())
	}
	return append(tiers, all)
}

// mostLeftOut bounds the queries of which all words but one are looked for.
const mostLeftOut = 5

// loose are the expressions for when that finds nothing: some of the words, and
// of Chinese any two characters that stand together.
func (q query) loose() []string {
	some := q.split()
	tiers := []string{}
	if len(q) > 2 && len(q) <= mostLeftOut {
		for i := range q {
			tiers = append(tiers, slices.Delete(slices.Clone(q), i, i+1).join(" AND "))
		}
	}
	return append(tiers, some.join(" OR "))
}

func (q query) join(with string) string {
	list := make([]string, len(q))
	for i, u := range q {
		list[i] = u.expression()
	}
	return strings.Join(list, with)
}

// inARow is the whole query as one phrase.
func (q query) inARow() string {
	p := phrase(q.typed())
	if q[len(q)-1].prefix {
		p += "*"
	}
	return p
}

// typed are all words of the query in a row.
func (q query) typed() (row []string) {
	for _, u := range q {
		row = append(row, u.forms[0]...)
	}
	return row
}

// split takes long units apart: phrases into words, Chinese into pairs.
func (q query) split() (out query) {
	for _, u := range q {
		form := u.forms[0]
		if len(form) == 1 || u.exact {
			out = append(out, u)
			continue
		}
		for i, w := range form {
			switch {
			case !hanWord(w):
				out = append(out, unit{forms: [][]string{{w}}})
			case i > 0 && hanWord(form[i-1]):
				out = append(out, unit{forms: [][]string{{form[i-1], w}}})
			}
		}
	}
	return out
}
