package markdown

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/rivo/uniseg"

	"kubetutor/internal/markdown/block"
)

// Wrap breaks styled text into lines of at most width columns, by the line
// breaking algorithm of UAX #14 as uniseg implements it, so that no line begins
// with a closing mark (，。）) or ends with an opening one (kinsoku). Of the
// opportunities that the algorithm offers, only those at spaces and beside wide
// characters are used: `pv-pvc` and `/etc/hosts` stay whole while they fit.
// Styles and hyperlinks that are open at a break are closed there and opened
// again on the next line. A newline in the text is a break.
func Wrap(styled string, width int) []string {
	lines, _ := wrap(styled, width)
	return lines
}

// wrap also tells which bytes of the text, without its escape sequences, stand
// on each line.
func wrap(styled string, width int) (lines []string, parts [][2]int) {
	at := 0
	for _, paragraph := range strings.Split(styled, "\n") {
		plain, marks := split(paragraph)
		from := 0
		for _, end := range breaks(plain, max(width, 2)) {
			lines = append(lines, weave(plain, marks, from, end))
			parts = append(parts, [2]int{at + from, at + from + len(strings.TrimRight(plain[from:end], " "))})
			from = end
		}
		at += len(plain) + 1
	}
	return reopen(lines), parts
}

// mark is an escape sequence that stands before the byte at of the plain text.
type mark struct {
	at  int
	seq string
}

// split takes the escape sequences out of a styled text.
func split(styled string) (plain string, marks []mark) {
	if strings.IndexByte(styled, 0x1b) < 0 {
		return styled, nil
	}
	var b strings.Builder
	var state byte
	for len(styled) > 0 {
		seq, width, n, next := ansi.DecodeSequence(styled, state, nil)
		if width == 0 && seq[0] == 0x1b {
			marks = append(marks, mark{at: b.Len(), seq: seq})
		} else {
			b.WriteString(seq)
		}
		state, styled = next, styled[n:]
	}
	return b.String(), marks
}

// weave puts the sequences back into plain[from:end], without its trailing space.
func weave(plain string, marks []mark, from, end int) string {
	text := strings.TrimRight(plain[from:end], " ")
	var b strings.Builder
	at := from
	for _, m := range marks {
		if m.at < from || m.at > end || m.at == end && end < len(plain) {
			continue
		}
		upTo := min(m.at, from+len(text))
		if upTo > at {
			b.WriteString(plain[at:upTo])
			at = upTo
		}
		b.WriteString(m.seq)
	}
	if at < from+len(text) {
		b.WriteString(plain[at : from+len(text)])
	}
	return b.String()
}

// breaks returns the byte offsets at which lines end.
func breaks(plain string, width int) []int {
	var ends []int
	column, at, state := 0, 0, -1
	rest := plain
	for len(rest) > 0 {
		word, tail, next := nextWord(rest, state)
		w := ansi.StringWidth(strings.TrimRight(word, " "))
		if column > 0 && column+w > width {
			ends = append(ends, at)
			column = 0
		}
		for w > width && column == 0 { // longer than a line: break anywhere
			n := fit(word, width)
			at += n
			ends = append(ends, at)
			word = word[n:]
			w = ansi.StringWidth(strings.TrimRight(word, " "))
		}
		column += ansi.StringWidth(word)
		at += len(word)
		rest, state = tail, next
	}
	if at > 0 && (len(ends) == 0 || ends[len(ends)-1] < at) || len(ends) == 0 {
		ends = append(ends, at)
	}
	return ends
}

// nextWord returns the text up to the next opportunity that is used.
func nextWord(text string, state int) (word, rest string, next int) {
	rest, next = text, state
	for len(rest) > 0 {
		var segment string
		segment, rest, _, next = uniseg.FirstLineSegmentInString(rest, next)
		word = text[:len(word)+len(segment)]
		if rest == "" || usable(word, rest) {
			break
		}
	}
	return word, rest, next
}

// usable tells whether a line may end between the two texts: at a space, or
// where a wide character stands on either side.
func usable(before, after string) bool {
	last, _ := utf8.DecodeLastRuneInString(before)
	first, _ := utf8.DecodeRuneInString(after)
	return last == ' ' || block.IsEastAsian(last) || block.IsEastAsian(first)
}

// closing marks do not begin a line.
const closing = "，。、；：？！）】》」』”’…,.;:?!)]}"

// fit returns how many bytes of text fit into width columns, at least one
// character. What is left does not begin with a closing mark.
func fit(text string, width int) int {
	at, safe, column, state := 0, 0, 0, -1
	for at < len(text) {
		cluster, _, _, next := uniseg.FirstGraphemeClusterInString(text[at:], state)
		w := ansi.StringWidth(cluster)
		if at > 0 && column+w > width {
			break
		}
		if !strings.ContainsAny(cluster, closing) {
			safe = at
		}
		column, state = column+w, next
		at += len(cluster)
	}
	if first, _ := utf8.DecodeRuneInString(text[at:]); at < len(text) && safe > 0 && strings.ContainsRune(closing, first) {
		return safe
	}
	return at
}

// reopen makes every line complete in itself: what is open at its end is closed
// there, and opened again at the beginning of the next line.
func reopen(lines []string) []string {
	var style, link string
	for i, line := range lines {
		begin := style + link
		_, marks := split(line)
		for _, m := range marks {
			style, link = follow(style, link, m.seq)
		}
		end := ""
		if link != "" {
			end += ansi.ResetHyperlink()
		}
		if style != "" {
			end += ansi.ResetStyle
		}
		lines[i] = begin + line + end
	}
	return lines
}

// follow tells what is open after a sequence.
func follow(style, link, seq string) (string, string) {
	switch {
	case strings.HasPrefix(seq, "\x1b]8;"):
		parts := strings.SplitN(seq, ";", 3)
		if len(parts) == 3 && strings.Trim(parts[2], "\x07\x1b\\") == "" {
			return style, ""
		}
		return style, seq
	case seq == ansi.ResetStyle || seq == "\x1b[0m":
		return "", link
	case strings.HasSuffix(seq, "m"):
		return style + seq, link
	}
	return style, link
}
