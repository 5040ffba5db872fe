package notes

import (
	"regexp"
	"slices"
	"strings"

	"kubetutor/internal/author/draft"
	"kubetutor/internal/markdown/block"
)

// mirrored are the same pages for the other language: the same blocks, with
// every text marked as not written.
func mirrored(pages []page) []page {
	out := make([]page, len(pages))
	for i, p := range pages {
		out[i] = page{title: markedOnce(p.title)}
		for _, c := range p.chunks {
			out[i].chunks = append(out[i].chunks, mirror(c))
		}
	}
	return out
}

// mirror marks the texts of a chunk. Where the mark would make other blocks of
// it, such as in a list of quotes, the chunk stays as it is.
func mirror(chunk string) string {
	lines := strings.Split(chunk, "\n")
	table := len(lines) > 1 && delimiter.MatchString(lines[1])
	fence := ""
	for i, line := range lines {
		trimmed := strings.TrimSpace(line)
		switch open := openingFence(trimmed); {
		case fence != "" && closes(trimmed, fence):
			fence = ""
		case fence == "" && open != "":
			fence = open
		case fence == "" && (i == 0 || !table):
			lines[i] = markLine(line, i == 0 || strings.TrimSpace(lines[i-1]) == "" || alertLine.MatchString(lines[i-1]))
		}
	}
	if marked := strings.Join(lines, "\n"); sameBlocks(marked, chunk) {
		return marked
	}
	return chunk
}

var (
	delimiter = regexp.MustCompile(`^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$`)
	alertLine = regexp.MustCompile(`^[ \t]*>[ \t]*\[![A-Z]+\][ \t]*$`)
	cell      = regexp.MustCompile(`^([ \t]*\|[ \t]*)(.*)$`)
	hashes    = regexp.MustCompile(`^(#{3,6} )(.*)$`)
	bullet    = regexp.MustCompile(`^([ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?)(.*)$`)
	quoteMark = regexp.MustCompile(`^([ \t]*(?:>[ \t]?)+)(.*)$`)
)

// markLine marks a line of text; first tells that it begins a paragraph.
func markLine(line string, first bool) string {
	for _, shape := range []struct {
		is    *regexp.Regexp
		every bool // else only at the beginning of a paragraph
	}{{hashes, true}, {bullet, true}, {quoteMark, false}, {cell, false}} {
		m := shape.is.FindStringSubmatch(line)
		switch {
		case m == nil:
			continue
		case m[2] == "" || strings.HasPrefix(m[2], "[!") || !shape.every && !first:
			return line
		}
		return m[1] + markedOnce(m[2])
	}
	if !first || strings.TrimSpace(line) == "" {
		return line
	}
	text := strings.TrimLeft(line, " \t")
	return line[:len(line)-len(text)] + markedOnce(text)
}

func markedOnce(text string) string {
	if strings.HasPrefix(text, draft.Mark) {
		return text
	}
	return draft.Mark + " " + text
}

// sameBlocks tells whether two texts have the same kinds of blocks.
func sameBlocks(a, b string) bool { return slices.Equal(kinds(a), kinds(b)) }

func kinds(text string) (all []string) {
	for _, b := range block.Parse(text) {
		kind := string(b.Kind)
		if b.Kind == block.Alert || b.Kind == block.Code {
			kind += " " + b.Info
		}
		all = append(all, kind)
	}
	return all
}
