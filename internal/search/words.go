package search

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// word is a word of a text: letters and digits in a row, in lower case, or one
// character of Chinese. All else only separates words, so that a path, an option
// and an error message are the words in them, in their order.
type word struct {
	text       string
	start, end int // bytes of the text
}

// words finds the words of a text.
func words(text string) []word {
	var list []word
	for at := 0; at < len(text); {
		r, n := utf8.DecodeRuneInString(text[at:])
		if inWord(r) {
			n = wordLength(text[at:])
		} else if !unicode.Is(unicode.Han, r) {
			at += n
			continue
		}
		list = append(list, word{strings.ToLower(text[at : at+n]), at, at + n})
		at += n
	}
	return list
}

// inWord tells whether a character is part of a word that has several.
func inWord(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	return (unicode.IsLetter(r) || unicode.IsDigit(r)) && !unicode.Is(unicode.Han, r)
}

func wordLength(text string) int {
	n := strings.IndexFunc(text, func(r rune) bool { return !inWord(r) })
	if n < 0 {
		return len(text)
	}
	return n
}

// parts splits a name in camel case, such as CrashLoopBackOff or APIServer; nil
// where there is nothing to split.
func parts(name string) []string {
	var list []string
	runes := []rune(name)
	from := 0
	for i := 1; i < len(runes); i++ {
		begins := unicode.IsUpper(runes[i]) && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
		if begins {
			list = append(list, strings.ToLower(string(runes[from:i])))
			from = i
		}
	}
	if from == 0 {
		return nil
	}
	return append(list, strings.ToLower(string(runes[from:])))
}

// indexed is what FTS5 gets of a text: its words, and the parts of those that
// have some.
func indexed(text string) (whole, inParts string) {
	var w, p strings.Builder
	for _, word := range words(text) {
		w.WriteString(word.text)
		w.WriteByte(' ')
		for _, part := range parts(text[word.start:word.end]) {
			p.WriteString(part)
			p.WriteByte(' ')
		}
	}
	return w.String(), p.String()
}
