package tui

import (
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"kubetutor/internal/markdown"
)

// marker marks parts of a lesson's text: what was found, or what is chosen.
type marker interface {
	// marks are the parts of a block to mark, in order; said is what it says.
	marks(page, block int, said string) []textMark
	// chosen tells whether a block is marked as a whole, in the margin.
	chosen(page, block int) bool
	// target is the block to keep in sight; ok is false when there is none. Columns
	// are where the part sought begins and ends in a line of code, which may have to
	// be scrolled there; 0 in other text.
	target() (page, block int, columns [2]int, ok bool)
}

// textMark is a marked part of what a block says, in bytes. Here is the one that
// is kept in sight.
type textMark struct {
	from, to int
	here     bool
}

// drawn are lines of the page with their marks, in the panel's margin.
func (r *reader) drawn(rows []row) []string {
	out := make([]string, len(rows))
	block := -1
	var marks []textMark // of that block
	for i, at := range rows {
		margin := strings.Repeat(" ", textMargin)
		if r.marker != nil && len(at.spans) > 0 {
			if at.block != block {
				block, marks = at.block, r.marker.marks(r.page, at.block, at.said)
			}
			if r.marker.chosen(r.page, block) {
				margin = r.c.styles.Accent.Render(r.c.signs.bar) + margin[1:]
			}
			at.text = r.marked(at, marks)
		}
		if at.text != "" {
			out[i] = margin + at.text
		}
	}
	return out
}

// marked marks a line.
func (r *reader) marked(at row, marks []textMark) string {
	var ranges []lipgloss.Range
	for _, span := range at.spans {
		for _, m := range marks {
			from, to := max(m.from, span.From), min(m.to, span.To)
			if from >= to {
				continue
			}
			style := r.c.styles.Mark
			if m.here {
				style = r.c.styles.Here
			}
			column := span.Column + width(at.said[span.From:from])
			ranges = append(ranges, lipgloss.NewRange(column, column+width(at.said[from:to]), style))
		}
	}
	return lipgloss.StyleRanges(at.text, ranges...)
}

// sought is the row that is to be kept in sight, if there is one.
func (r *reader) sought(rows []row) (at int, ok bool) {
	if !r.chasing || r.marker == nil {
		return 0, false
	}
	page, block, _, ok := r.marker.target()
	first := slices.IndexFunc(rows, func(at row) bool { return at.block == block && len(at.spans) > 0 })
	if !ok || page != r.page || first < 0 {
		return 0, false
	}
	marks := r.marker.marks(page, block, rows[first].said)
	here := slices.IndexFunc(marks, func(m textMark) bool { return m.here })
	if here < 0 {
		return first, true
	}
	for i, at := range rows[first:] {
		if at.block == block && at.shows(marks[here].from) {
			return first + i, true
		}
	}
	return first, true
}

// shows tells whether a byte of what the block says stands on the line.
func (at row) shows(place int) bool {
	return slices.ContainsFunc(at.spans, func(s markdown.Span) bool { return s.From <= place && place < s.To })
}

// shifted is by how many columns code is scrolled: as far as the learner did it,
// or to what is sought.
func (r *reader) shifted() int {
	if !r.chasing || r.marker == nil {
		return r.shift
	}
	page, _, columns, ok := r.marker.target()
	const beside = 8 // of the room that margins and the sign of a cut take, with lists around
	room := r.columns() - beside
	switch {
	case !ok || page != r.page || columns[1] == 0 || columns[0] >= r.shift && columns[1] <= r.shift+room:
		return r.shift
	case columns[1] <= room:
		return 0
	}
	return max(columns[0]-room/3, 0)
}

// topBlock is the block at the top, or the one that is kept in sight.
func (r *reader) topBlock() int {
	if r.chasing && r.marker != nil {
		if page, block, _, ok := r.marker.target(); ok && page == r.page {
			return block
		}
	}
	return r.block
}

// shown are the blocks on the screen.
func (r *reader) shown() (blocks []int) {
	rows, _ := r.rows()
	top := r.top(rows)
	for _, row := range rows[top:min(top+r.height, len(rows))] {
		if len(row.spans) > 0 && !slices.Contains(blocks, row.block) {
			blocks = append(blocks, row.block)
		}
	}
	return blocks
}

// chase keeps the marker's target in sight until the learner scrolls.
func (r *reader) chase() { r.chasing = true }

// rest leaves the text where it is now, without a marker.
func (r *reader) rest() {
	r.shift = r.shifted()
	if rows, ready := r.rows(); ready {
		r.anchor(rows, r.top(rows))
	}
	r.marker, r.chasing = nil, false
}
