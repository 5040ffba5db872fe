package course

import (
	"fmt"
	"html"
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
	first := func(_ place, message string) {
		if !bad {
			why, bad = message, true
		}
	}
	badChars(text, first)
	badReferences(text, first)
	return why, bad
}

// maxReference is how long a character reference is looked at, in bytes; the
// longest name of HTML has 33.
const maxReference = 64

// badReferences calls found for every character reference of HTML, such as
// &#27;, that stands for a character that may not stand there itself: Markdown
// resolves references where it is drawn, some of them twice (&amp;#27;).
func badReferences(text string, found func(at place, message string)) {
	at := place{1, 1}
	for {
		i := strings.IndexByte(text, '&')
		if i < 0 {
			return
		}
		at = at.after(text[:i])
		text = text[i:]
		if r, ok := referred(start(text)); ok && badRune(r) != "" {
			found(at, fmt.Sprintf("this stands for %U, which is %s", r, badRune(r)))
		}
		at, text = at.after("&"), text[1:]
	}
}

// after is the place behind a text that begins at p.
func (p place) after(text string) place {
	if n := strings.Count(text, "\n"); n > 0 {
		p = place{p.line + n, 1}
		text = text[strings.LastIndexByte(text, '\n')+1:]
	}
	p.column += utf8.RuneCountInString(text)
	return p
}

// referred is the character that a text beginning with & stands for, however
// often it is resolved.
func referred(text string) (r rune, ok bool) {
	for {
		resolved := html.UnescapeString(text)
		r, _ = utf8.DecodeRuneInString(resolved)
		if r != '&' || resolved == text {
			return r, r != '&'
		}
		text = resolved
	}
}

// Clean takes out of a text what may not stand in a course, and tells how many
// characters those were; of a character reference that stands for one it takes
// the & away. CR LF and a lone CR count as LF; what is not UTF-8 is taken out
// byte by byte.
func Clean(text string) (clean string, removed int) {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	var b strings.Builder
	for i, r := range text {
		wrong := r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD")
		if wrong || badRune(r) != "" {
			removed++
			continue
		}
		b.WriteRune(r)
	}
	clean, references := withoutReferences(b.String())
	return clean, removed + references
}

// withoutReferences goes from the end to the beginning: what was taken away may
// not make a reference out of what stands before it.
func withoutReferences(text string) (clean string, removed int) {
	parts := strings.Split(text, "&")
	behind := "" // the beginning of what is kept
	for i := len(parts) - 1; i > 0; i-- {
		behind = start(start(parts[i]) + behind)
		if r, ok := referred(start("&" + behind)); ok && badRune(r) != "" {
			removed++
			continue
		}
		parts[i] = "&" + parts[i]
		behind = start("&" + behind)
	}
	return strings.Join(parts, ""), removed
}

// start is as much of a text as a character reference can take.
func start(text string) string { return text[:min(maxReference, len(text))] }
