package notes

import (
	"fmt"
	"slices"
	"strings"

	"kubetutor/internal/author/draft"
)

// goodPage is how high a page should be at most, in lines: somewhat less than
// what the linter lets pass, because heights are estimated.
const goodPage = 48

// documents makes lessons of a text: one for each heading of level 1, or one for
// all of it. The name is that of its file.
func documents(name, text string) []document {
	p := parse(text)
	var docs []document
	cur := document{name: name, title: p.title, remarks: p.remarks}
	var pieces []piece
	flush := func() {
		cur.pages = assemble(cur.title, pieces)
		if len(cur.pages) > 0 || cur.title != "" {
			docs = append(docs, cur)
		}
		pieces = nil
	}
	for _, piece := range p.pieces {
		switch {
		case piece.level != 1:
			pieces = append(pieces, piece)
		case cur.title == "" || cur.title == p.title && len(docs) == 0 && len(pieces) == 0:
			cur.title = piece.text
		default:
			flush()
			cur = document{name: name, title: piece.text}
		}
	}
	if cur.title == "" {
		cur.title = nameless(name)
	}
	flush()
	return docs
}

// nameless makes a title of the name of a file.
func nameless(name string) string {
	s := &scanner{}
	base := name[strings.LastIndexByte(name, '/')+1:]
	if dot := strings.LastIndexByte(base, '.'); dot > 0 {
		base = base[:dot]
	}
	return s.titled(strings.NewReplacer("-", " ", "_", " ").Replace(leadingNo.ReplaceAllString(base, "")))
}

// assemble makes pages: the highest headings that there are begin them, lower
// ones stand in them. What comes before the first of them is a page of its own.
func assemble(title string, pieces []piece) (pages []page) {
	top := highest(pieces)
	for _, p := range pieces {
		switch {
		case p.level == top:
			pages = append(pages, page{title: p.text})
			continue
		case len(pages) == 0:
			pages = append(pages, page{title: titleOr(title)})
		}
		last := &pages[len(pages)-1]
		last.chunks = append(last.chunks, chunkOf(p, top))
	}
	return pages
}

func titleOr(title string) string {
	if title == "" {
		return draft.Mark + " a title"
	}
	return title
}

// chunkOf is a piece below the headings of pages, which are of level 2.
func chunkOf(p piece, top int) string {
	if p.level == 0 {
		return p.text
	}
	return strings.Repeat("#", min(max(p.level-top+2, 3), 6)) + " " + p.text
}

// fitted splits pages that are too high.
func fitted(pages []page) (out []page) {
	for _, p := range pages {
		parts := cutUp(p.chunks)
		for i, chunks := range parts {
			title := p.title
			if i > 0 {
				title = fmt.Sprintf("%s (%d)", p.title, i+1)
			}
			out = append(out, page{title, chunks})
		}
	}
	return out
}

// cutUp divides chunks into groups that are not too high, with no heading at the
// end of one.
func cutUp(chunks []string) (groups [][]string) {
	var group []string
	high := 0
	for i, c := range chunks {
		h := height(c)
		if strings.HasPrefix(c, "###") && i+1 < len(chunks) {
			h += height(chunks[i+1])
		}
		if high > 0 && high+h > goodPage {
			groups, group, high = append(groups, group), nil, 0
		}
		group = append(group, c)
		high += height(c)
	}
	return append(groups, group)
}

// apart divides pages into lessons of about the same length, none with too many
// pages or too long.
func apart(pages []page) (parts [][]page) {
	n := (len(pages) + maxPages - 1) / maxPages
	most := (len(pages) + n - 1) / n
	var part []page
	size := 0
	for _, p := range pages {
		length := len(p.title) + len(p.text())
		if len(part) > 0 && (len(part) == most || size+length > maxLesson) {
			parts, part, size = append(parts, part), nil, 0
		}
		part, size = append(part, p), size+length
	}
	return slices.Concat(parts, [][]page{part})
}
