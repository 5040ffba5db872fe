package tui

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// folded is a text as searches see it: without the marks of code, with one space
// in place of several and of line ends, and in small letters unless case counts.
// So the same is found in a text, in what is drawn of it, and over its line ends.
type folded struct {
	text     string
	from, to []int // for each byte of text: where its character begins and ends in the original
}

// fold folds a text.
func fold(text string, exact bool) folded {
	var b strings.Builder
	f := folded{from: make([]int, 0, len(text)), to: make([]int, 0, len(text))}
	space := true // none stands before the first word, or behind the last
	for i, r := range text {
		_, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '`', unicode.IsSpace(r) && space:
			continue
		case unicode.IsSpace(r):
			r = ' '
		case !exact:
			r = unicode.ToLower(r)
		}
		space = r == ' '
		b.WriteRune(r)
		for len(f.from) < b.Len() {
			f.from, f.to = append(f.from, i), append(f.to, i+size)
		}
	}
	f.text = strings.TrimSuffix(b.String(), " ")
	return f
}

// pattern is what is looked for. A capital letter in it makes case count.
type pattern struct {
	text  string
	exact bool
}

func newPattern(typed string) pattern {
	exact := strings.IndexFunc(typed, unicode.IsUpper) >= 0
	return pattern{fold(typed, exact).text, exact}
}

// in lists where the pattern stands in a text, first byte and the byte after,
// without overlaps.
func (p pattern) in(text string) [][2]int { return p.inFolded(fold(text, p.exact)) }

// inFolded is in for a text that has been folded as the pattern demands.
func (p pattern) inFolded(f folded) (found [][2]int) {
	if strings.TrimSpace(p.text) == "" {
		return nil
	}
	for at := 0; ; {
		i := strings.Index(f.text[at:], p.text)
		if i < 0 {
			return found
		}
		found = append(found, [2]int{f.from[at+i], f.to[at+i+len(p.text)-1]})
		at += i + len(p.text)
	}
}

// moved is where a part of a text is in another that folds to the same; ok is
// false if it does not.
func moved(text, other string, part [2]int) (at [2]int, ok bool) {
	a, b := fold(text, true), fold(other, true)
	if a.text != b.text || part[0] >= part[1] {
		return at, false
	}
	first, last := -1, -1
	for i := range len(a.text) {
		if a.from[i] >= part[0] && a.to[i] <= part[1] {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if first < 0 {
		return at, false
	}
	return [2]int{b.from[first], b.to[last]}, true
}
