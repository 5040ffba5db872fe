package block

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// JoinLines resolves soft line breaks: none between two wide characters, as in
// Chinese, else a space. Hard breaks (two spaces or a backslash before the
// newline) stay.
func JoinLines(src string) string {
	lines := strings.Split(src, "\n")
	var b strings.Builder
	for i, line := range lines {
		if i == 0 {
			b.WriteString(line)
			continue
		}
		before := lines[i-1]
		switch {
		case strings.HasSuffix(before, "  ") || strings.HasSuffix(before, `\`):
			b.WriteByte('\n')
		case !wideAtEnd(before) || !wideAtStart(line):
			b.WriteByte(' ')
		}
		b.WriteString(line)
	}
	return b.String()
}

func wideAtEnd(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(strings.TrimRight(s, "*_`"))
	return IsEastAsian(r)
}

func wideAtStart(s string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, "*_`"))
	return IsEastAsian(r)
}

// IsEastAsian tells whether a character is written without spaces around it.
func IsEastAsian(r rune) bool {
	return unicode.Is(unicode.Han, r) || 0x3000 <= r && r <= 0x303f || 0xff00 <= r && r <= 0xff60 ||
		unicode.In(r, unicode.Hiragana, unicode.Katakana) || strings.ContainsRune("“”‘’…—", r)
}
