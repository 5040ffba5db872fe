package markdown

import (
	"strings"

	"charm.land/lipgloss/v2"
)

const (
	tableGap    = 2 // columns of the screen between two of the table
	tableColumn = 8 // what a column needs to be read
)

// table draws cells in columns that are as wide as their content where that
// fits; else the widest columns give way, and cells are wrapped.
func (d *drawer) table(rows [][]string, width int) ([]drawn, error) {
	cells, err := d.cells(rows)
	if err != nil || len(cells) == 0 {
		return nil, err
	}
	widths := columnWidths(cells, width)
	if len(widths)*(tableColumn+tableGap)-tableGap > width && sum(widths)+tableGap*(len(widths)-1) >= width {
		return d.stacked(cells, width), nil
	}
	var out []drawn
	for i, row := range cells {
		for _, line := range joinRow(row, widths) {
			out = append(out, drawn{text: line})
		}
		if i == 0 {
			out = append(out, drawn{text: d.paint(d.underline(widths), d.o.Palette.Rule)})
		}
	}
	return out, nil
}

// stacked draws the rows of a table that is too wide one below the other, each
// cell after its column's heading.
func (d *drawer) stacked(cells [][]string, width int) (out []drawn) {
	head := cells[0]
	for i, row := range cells[1:] {
		if i > 0 {
			out = append(out, drawn{})
		}
		for c, cell := range row {
			if c < len(head) {
				cell = head[c] + ": " + cell
			}
			for _, line := range Wrap(cell, width) {
				out = append(out, drawn{text: line})
			}
		}
	}
	return out
}

func (d *drawer) cells(rows [][]string) ([][]string, error) {
	cells := make([][]string, len(rows))
	for i, row := range rows {
		md := d.painter.text
		if i == 0 {
			md = d.painter.heading
		}
		for _, cell := range row {
			styled, err := d.painter.inline(md, cell)
			if err != nil {
				return nil, err
			}
			cells[i] = append(cells[i], styled)
		}
	}
	return cells, nil
}

func (d *drawer) underline(widths []int) string {
	parts := make([]string, len(widths))
	for i, w := range widths {
		parts[i] = d.dash(w)
	}
	return strings.Join(parts, strings.Repeat(" ", tableGap))
}

// columnWidths takes from the widest column, one by one, until the row fits.
func columnWidths(cells [][]string, width int) []int {
	widths := make([]int, len(cells[0]))
	for _, row := range cells {
		for c := range min(len(row), len(widths)) {
			widths[c] = max(widths[c], lipgloss.Width(row[c]))
		}
	}
	room := max(width-tableGap*(len(widths)-1), 4*len(widths))
	for sum(widths) > room {
		widest := 0
		for c := range widths {
			if widths[c] > widths[widest] {
				widest = c
			}
		}
		widths[widest]--
	}
	return widths
}

func sum(numbers []int) (total int) {
	for _, n := range numbers {
		total += n
	}
	return total
}

// joinRow sets one row, each cell wrapped to its column.
func joinRow(row []string, widths []int) []string {
	columns := make([][]string, len(widths))
	height := 1
	for c := range widths {
		if c < len(row) {
			columns[c] = Wrap(row[c], widths[c])
		}
		height = max(height, len(columns[c]))
	}
	lines := make([]string, height)
	for i := range lines {
		var b strings.Builder
		for c, w := range widths {
			text := ""
			if i < len(columns[c]) {
				text = columns[c][i]
			}
			b.WriteString(text)
			if c < len(widths)-1 {
				b.WriteString(strings.Repeat(" ", w-lipgloss.Width(text)+tableGap))
			}
		}
		lines[i] = b.String()
	}
	return lines
}
