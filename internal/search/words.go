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
	start, end int  // bytes of the text
	camel      bool // has upper case further in: it may have parts
}

// words finds the words of a text.
func words(text string) []word {
	list := make([]word, 0, len(text)/4)
	for at := 0; at < len(text); {
		r, n := utf8.DecodeRuneInString(text[at:])
		switch {
		case inWord(r):
			n = wordLength(text[at:])
			w := word{strings.ToLower(text[at : at+n]), at, at + n, false}
			w.camel = w.text[1:] != text[at+1:at+n]
			list = append(list, w)
		case isHan(r):
			list = append(list, word{text[at : at+n], at, at + n, false})
		}
		at += n
	}
	return list
}

// isHan tells whether a character is Chinese.
func isHan(r rune) bool {
	if 0x4e00 <= r && r <= 0x9fff {
		return true // nearly all that are in use
	}
	return r >= 0x2e80 && unicode.Is(unicode.Han, r)
}

func (w word) han() bool { return hanWord(w.text) }

// hanWord tells whether a word is a character of Chinese.
func hanWord(w string) bool {
	r, _ := utf8.DecodeRuneInString(w)
	return isHan(r)
}

// inWord tells whether a character is part of a word that has several.
func inWord(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	return !isHan(r) && (unicode.IsLetter(r) || unicode.IsDigit(r))
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

// fold makes of a text what is looked at in a search: its words between spaces,
// and after partsBegin the parts of those that have some.
func fold(text string) string {
	var whole, inParts strings.Builder
	for _, word := range words(text) {
		whole.WriteString(" " + word.text)
		if !word.camel {
			continue
		}
		for _, part := range parts(text[word.start:word.end]) {
			inParts.WriteString(" " + part)
		}
	}
	if inParts.Len() == 0 {
		return whole.String() + " "
	}
	return whole.String() + " " + partsBegin + inParts.String() + " "
}

// partsBegin separates words from the parts of some.
const partsBegin = "\x1f"

// foldAll folds every block of a text.
func foldAll(text string) string {
	blocks := strings.Split(text, blockEnd)
	for i, b := range blocks {
		blocks[i] = fold(b)
	}
	return strings.Join(blocks, blockEnd)
}
