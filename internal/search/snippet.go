package search

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// How long snippets are, in columns of a terminal: two lines.
const (
	snippetColumns = 160
	snippetBefore  = 40 // what is shown before the first match, at most
)

// snippet cuts a text to where it matches. The marks are in order, and none
// overlap.
func snippet(q query, text string) (string, [][2]int) {
	text = strings.Join(strings.Fields(text), " ")
	marks := marksOf(q, text)
	from := 0
	if len(marks) > 0 {
		from = back(text, marks[0][0], snippetBefore)
	}
	end := ahead(text, from, snippetColumns)
	cut := text[from:end]
	lead := ""
	if from > 0 {
		lead = "… "
	}
	var inside [][2]int
	for _, m := range marks {
		if m[0] >= from && m[1] <= end {
			inside = append(inside, [2]int{m[0] - from + len(lead), m[1] - from + len(lead)})
		}
	}
	if end < len(text) {
		cut += " …"
	}
	return lead + cut, inside
}

// marksOf are the bytes of a text that match a query.
func marksOf(q query, text string) (marks [][2]int) {
	list := words(text)
	for _, u := range q.split() {
		for _, at := range u.find(list, text) {
			marks = append(marks, [2]int{list[at[0]].start, list[at[1]-1].end})
		}
	}
	slices.SortFunc(marks, func(a, b [2]int) int { return a[0] - b[0] })
	return merged(marks)
}

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
		return last == 0 && list[i].camel && hasPart(text[list[i].start:list[i].end], want, prefix)
	}
	return true
}

// hasPart tells whether a name in camel case has a part.
func hasPart(name, want string, prefix bool) bool {
	return slices.ContainsFunc(parts(name), func(part string) bool {
		return part == want || prefix && strings.HasPrefix(part, want)
	})
}

// merged joins marks that touch or overlap.
func merged(marks [][2]int) (out [][2]int) {
	for _, m := range marks {
		if n := len(out); n > 0 && m[0] <= out[n-1][1] {
			out[n-1][1] = max(out[n-1][1], m[1])
			continue
		}
		out = append(out, m)
	}
	return out
}

// columns is about how wide a character is shown.
func columns(r rune) int {
	if r >= 0x2e80 {
		return 2
	}
	return 1
}

// back goes back from a place by at most so many columns, to the beginning of a
// word.
func back(text string, at, most int) int {
	from := at
	for from > 0 {
		r, n := utf8.DecodeLastRuneInString(text[:from])
		if most -= columns(r); most < 0 {
			break
		}
		from -= n
	}
	if from == 0 {
		return 0
	}
	for from < at && inWord(runeAt(text, from)) && inWord(runeBefore(text, from)) {
		from += utf8.RuneLen(runeAt(text, from))
	}
	return from + len(text[from:at]) - len(strings.TrimLeft(text[from:at], " "))
}

// ahead goes ahead from a place by at most so many columns, to the end of a word.
func ahead(text string, at, most int) int {
	end := at
	for end < len(text) {
		r, n := utf8.DecodeRuneInString(text[end:])
		if most -= columns(r); most < 0 {
			break
		}
		end += n
	}
	cut := end
	for cut > at && cut < len(text) && inWord(runeAt(text, cut)) && inWord(runeBefore(text, cut)) {
		_, n := utf8.DecodeLastRuneInString(text[:cut])
		cut -= n
	}
	if cut == at {
		cut = end // one word longer than all
	}
	return cut - len(text[at:cut]) + len(strings.TrimRight(text[at:cut], " "))
}

func runeAt(text string, at int) rune {
	r, _ := utf8.DecodeRuneInString(text[at:])
	return r
}

func runeBefore(text string, at int) rune {
	r, _ := utf8.DecodeLastRuneInString(text[:at])
	return r
}
