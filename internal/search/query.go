package search

import (
	"regexp"
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

// filler are the words that a question is made of, whatever it is about.
var filler = regexp.MustCompile(`(?i)\b(?:an?|and|are|but|can|do|does|how|i|in|is|it|me|my|of|on|or|the|to|what|when|where|which|why|with|you)\b|为什么|怎么样?|怎样|如何|什么|哪[个些里]|吗|呢`)

// gist is a query without its filler; all of it where it has nothing else, or a
// phrase in quotes.
func gist(text string) string {
	if strings.Contains(text, `"`) {
		return text
	}
	if short := filler.ReplaceAllString(text, " "); len(words(short)) > 0 {
		return short
	}
	return text
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

// split takes long units apart: phrases into words, Chinese into any two
// characters that stand together. What was quoted stays.
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
