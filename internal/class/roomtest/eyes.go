package roomtest

import (
	"strconv"
	"strings"
	"unicode"

	"kubetutor/internal/course"
	"kubetutor/internal/quiz"
)

// What the interface shows is understood as a person does it: by the words that
// are on the screen. The signs before some of them are those of package tui.
const (
	signCursor = "▸"
	signPass   = "✓"
	signFail   = "✗"
)

// letters are those of a text, and its digits, in small letters: what is left of
// a text of the course when it was drawn, broken into lines and marked.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

// beginning is as much of a text's letters as is told apart from others.
func beginning(text string, n int) string {
	r := []rune(letters(text))
	return string(r[:min(n, len(r))])
}

// header is the first line of the screen.
func header(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	return first
}

// left is the left half of a screen that is divided, and all of another.
func left(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		half, _, _ := strings.Cut(line, "│")
		b.WriteString(strings.TrimRight(half, "\n") + "\n")
	}
	return b.String()
}

// selected is the line of the cursor.
func selected(text string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, signCursor) {
			return line
		}
	}
	return ""
}

// question finds which of a lesson's questions stands below the line that says how
// it is answered; nil: it cannot be told.
func question(text, how string, b *course.Body, lang course.Lang) (found *course.Question) {
	_, below, _ := strings.Cut(left(text), how)
	seen := letters(below)
	for _, q := range b.Questions {
		if !strings.HasPrefix(seen, beginning(asked(q, lang), 40)) {
			continue
		}
		if found != nil {
			return nil
		}
		found = q
	}
	return found
}

// asked is the text of a question with the numbers of its blanks in their places.
func asked(q *course.Question, lang course.Lang) string {
	var b strings.Builder
	for _, s := range quiz.Blanks(q.Ask.In(lang)) {
		b.WriteString(s.Text)
		if s.Blank > 0 {
			b.WriteString(strconv.Itoa(s.Blank))
		}
	}
	return b.String()
}

// shownOptions tells, for each option or item as it is shown, which it is; nil
// where that cannot be told.
func shownOptions(text string, texts []string) (order []int) {
	var rows []string
	for line := range strings.Lines(left(text)) {
		switch trimmed := strings.TrimLeft(line, " "+signCursor); {
		case isOption(trimmed):
			rows = append(rows, letters(trimmed[strings.IndexAny(trimmed, ").]")+1:]))
		case len(rows) > 0 && strings.HasPrefix(line, "         "):
			rows[len(rows)-1] += letters(line)
		}
	}
	for _, row := range rows {
		if at := one(texts, row); at >= 0 {
			order = append(order, at)
		}
	}
	if len(order) != len(texts) {
		return nil
	}
	return order
}

// isOption tells whether a line begins with a box, a circle or a number.
func isOption(line string) bool {
	for _, lead := range []string{"[ ]", "[x]", "( )", "(•)", "(x)"} {
		if strings.HasPrefix(line, lead) {
			return true
		}
	}
	return len(line) > 1 && line[0] >= '1' && line[0] <= '9' && line[1] == '.'
}

// one finds the one text that reads as what is seen; -1 where that is not one.
func one(texts []string, seen string) int {
	at := -1
	for i, t := range texts {
		if letters(t) != seen {
			continue
		}
		if at >= 0 {
			return -1
		}
		at = i
	}
	return at
}

// footer is the last line of the screen, which names the keys.
func footer(text string) string { return text[strings.LastIndex(text, "\n")+1:] }
