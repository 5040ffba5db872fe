package block

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// JoinLines resolves soft line breaks: none between two wide characters, as in
// Chinese, nor beside a full-width punctuation mark, which brings its own space
// along (CSS Text, Segment Break Transformation Rules); else a space. Hard breaks
// (two spaces or a backslash before the newline) stay.
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
		case !joins(lastOf(before), firstOf(line)):
			b.WriteByte(' ')
		}
		b.WriteString(line)
	}
	return b.String()
}

// joins tells whether two characters stand together where a line breaks between them.
func joins(before, after rune) bool {
	return IsEastAsian(before) && IsEastAsian(after) || isFullWidthMark(before) || isFullWidthMark(after)
}

func lastOf(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(strings.TrimRight(s, "*_`"))
	return r
}

func firstOf(s string) rune {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, "*_`"))
	return r
}

// isFullWidthMark tells punctuation as wide as a Chinese character, as 。 and （.
func isFullWidthMark(r rune) bool {
	return unicode.IsPunct(r) && (0x3000 <= r && r <= 0x303f || 0xff00 <= r && r <= 0xff60)
}

// IsEastAsian tells whether a character is written without spaces around it.
func IsEastAsian(r rune) bool {
	return unicode.Is(unicode.Han, r) || 0x3000 <= r && r <= 0x303f || 0xff00 <= r && r <= 0xff60 ||
		unicode.In(r, unicode.Hiragana, unicode.Katakana) || strings.ContainsRune("“”‘’…—", r)
}
