package quiz

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"kubetutor/internal/course"
)

// Segment is a piece of a sentence with blanks: Text, or a blank.
type Segment struct {
	Text    string
	Blank   int      // number of the blank, from 1; 0 for text
	Answers []string // of a blank: every one is right
	Code    bool     // the blank stands in a code span: its letters' case counts
}

// Blanks splits a sentence at its blanks, written {{right|also right}}. In a
// blank, \| is a bar that belongs to an answer. Braces that are not closed are
// text.
func Blanks(sentence string) []Segment {
	var list []Segment
	code, blanks := false, 0
	text := func(s string) {
		if s != "" {
			list = append(list, Segment{Text: s})
		}
		code = code != (strings.Count(s, "`")%2 == 1)
	}
	for {
		before, rest, open := strings.Cut(sentence, "{{")
		inside, after, closed := strings.Cut(rest, "}}")
		if !open || !closed {
			text(sentence)
			return list
		}
		text(before)
		blanks++
		list = append(list, Segment{Blank: blanks, Answers: alternatives(inside), Code: code})
		sentence = after
	}
}

// alternatives splits at bars that have no backslash before them.
func alternatives(s string) []string {
	const bar = "\x00"
	parts := strings.Split(strings.ReplaceAll(s, `\|`, bar), "|")
	for i, p := range parts {
		parts[i] = strings.TrimSpace(strings.ReplaceAll(p, bar, "|"))
	}
	return parts
}

// gradeCloze compares each blank with its answers. Score is the share of right
// blanks.
func gradeCloze(q *course.Question, lang course.Lang, a Answer) (Grade, error) {
	blanks := blanksOf(q, lang)
	if len(blanks) == 0 {
		return Grade{}, errors.New("there is no blank")
	}
	parts := make([]Part, len(blanks))
	right := 0
	for i, b := range blanks {
		given := a.text(i)
		ok := slices.ContainsFunc(b.Answers, func(want string) bool { return same(want, given, b.Code) })
		parts[i] = Part{ID: strconv.Itoa(b.Blank), Chosen: strings.TrimSpace(given) != "", Right: ok}
		if ok {
			right++
		}
	}
	return settle(right == len(blanks), float64(right)/float64(len(blanks)), parts), nil
}

func blanksOf(q *course.Question, lang course.Lang) []Segment {
	return slices.DeleteFunc(Blanks(q.Ask.In(lang)), func(s Segment) bool { return s.Blank == 0 })
}

func firstAnswers(q *course.Question, lang course.Lang) []string {
	var list []string
	for _, b := range blanksOf(q, lang) {
		list = append(list, b.Answers[0])
	}
	return list
}

// same compares two short texts as a reader would. Surrounding white space and
// the width of spaces, curly quotation marks and full-width forms (which input
// methods leave behind) make no difference; in prose neither do case and spaces
// beside Han characters.
func same(want, given string, code bool) bool {
	want, given = plain(want), plain(given)
	if code {
		return want == given
	}
	return strings.EqualFold(closeUp(want), closeUp(given))
}

// plain brings a text into Unicode's form NFKC, with straight quotation marks
// and single spaces.
func plain(s string) string {
	s = strings.Map(straight, norm.NFKC.String(s))
	return strings.Join(strings.Fields(s), " ")
}

func straight(r rune) rune {
	switch r {
	case '‘', '’', '‚', '「', '」':
		return '\''
	case '“', '”', '„', '『', '』':
		return '"'
	}
	return r
}

// closeUp removes the spaces beside Han characters: writers differ in them.
func closeUp(s string) string {
	runes := []rune(s)
	han := func(i int) bool { return i >= 0 && i < len(runes) && unicode.Is(unicode.Han, runes[i]) }
	var b strings.Builder
	for i, r := range runes {
		if r != ' ' || !han(i-1) && !han(i+1) {
			b.WriteRune(r)
		}
	}
	return b.String()
}
