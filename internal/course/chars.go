package course

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// badRune tells why a character may not stand in a course; "" if it may. What
// is refused could change how a terminal shows the text around it, or be there
// without being seen: control characters (so every escape sequence), characters
// that change the direction of text, and those without a width.
func badRune(r rune) string {
	switch {
	case r == '\n' || r == '\t':
		return ""
	case r >= 0x3000 && r < 0xa000 || r >= 0xff00 && r < 0xfff0:
		return "" // most of Chinese: nothing bad lies there, and the tables below are slow
	case r == '\r':
		return "a carriage return that ends no line"
	case r == 0x1b:
		return "the beginning of an escape sequence"
	case unicode.Is(unicode.Cc, r):
		return "a control character"
	case r == 0xfeff:
		return "a byte order mark"
	case r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0x61c:
		return "a character that changes the direction of text"
	case unicode.Is(unicode.Cf, r):
		return "a character that cannot be seen"
	case unicode.In(r, unicode.Zl, unicode.Zp):
		return "a separator of lines that is not a newline"
	}
	return ""
}

// place is a line and a column, both 1-based.
type place struct{ line, column int }

// badChars calls found for every character of text that may not stand there,
// and for the first byte that is not UTF-8.
func badChars(text string, found func(at place, message string)) {
	line, column := 1, 0
	for i, r := range text {
		column++
		switch {
		case r == '\n':
			line, column = line+1, 0
		case r >= ' ' && r < 0x7f:
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD"):
			found(place{line, column}, "this is not UTF-8")
			return
		default:
			if why := badRune(r); why != "" {
				found(place{line, column}, fmt.Sprintf("%U is %s", r, why))
			}
		}
	}
}

// hasBadChar tells whether a short text has a character that may not stand in
// a course, and why.
func hasBadChar(text string) (why string, bad bool) {
	badChars(text, func(_ place, message string) {
		if !bad {
			why, bad = message, true
		}
	})
	return why, bad
}
