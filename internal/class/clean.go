package class

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// maxCluster bounds how many characters make one grapheme cluster, which has no
// bound by itself: a letter with a thousand accents covers the lines around it. The
// longest emoji sequences have ten.
const maxCluster = 12

// Clean makes one line of text that is safe on a terminal out of any bytes: valid
// UTF-8 without control characters, directional overrides and other invisible
// characters, white space as single spaces, at most max grapheme clusters.
func Clean(text string, max int) string {
	return bounded(strings.Join(strings.Fields(strings.Map(harmless, bytesFor(text, max))), " "), max)
}

// CleanLines is Clean for text of several lines: it keeps their ends (LF), and
// spaces within them; tabs become spaces. Max is for all of it.
func CleanLines(text string, max int) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", "    ").Replace(bytesFor(text, max))
	text = strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return harmless(r)
	}, text)
	return bounded(strings.Trim(text, "\n"), max)
}

// bytesFor cuts off what cannot be part of max clusters, so that a flood costs
// nothing to clean.
func bytesFor(text string, max int) string {
	return text[:min(len(text), max*maxCluster*utf8.UTFMax)]
}

// harmless maps a character to itself, to a space, or to nothing. Bytes that are no
// UTF-8 come as U+FFFD, which shows that something was there.
func harmless(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case r == zeroWidthJoiner, r == zeroWidthNonJoiner, unicode.Is(unicode.Variation_Selector, r):
		return r // within words of some scripts, and emoji
	case unicode.In(r, unicode.C, unicode.Other_Default_Ignorable_Code_Point, unicode.Noncharacter_Code_Point):
		return -1
	}
	return r
}

const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
)

// bounded is at most the first max grapheme clusters of a text, each cut to
// maxCluster characters.
func bounded(text string, max int) string {
	var b strings.Builder
	state := -1
	for n := 0; n < max && text != ""; n++ {
		var cluster string
		cluster, text, _, state = uniseg.FirstGraphemeClusterInString(text, state)
		b.WriteString(firstRunes(cluster, maxCluster))
	}
	return b.String()
}

func firstRunes(text string, n int) string {
	for i := range text {
		if n--; n < 0 {
			return text[:i]
		}
	}
	return text
}
