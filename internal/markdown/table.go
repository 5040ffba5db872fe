package markdown

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

const (
	tableGap    = 2 // columns of the screen between two of the table
	tableColumn = 8 // what a column needs to be read
)

// cell is a cell of a table, styled; at is where its text begins in what the
// table says.
type cell struct {
	text string
	at   int
}

// table draws cells in columns that are as wide as their content where that
// fits; else the widest columns give way, and cells are wrapped. Plain text is
// heard line by line: there each cell says what its column is.
func (d *drawer) table(rows [][]string, width int) (out []drawn, said string, err error) {
	cells, said, err := d.cells(rows)
	if err != nil || len(cells) == 0 {
		return nil, "", err
	}
	widths := columnWidths(cells, width)
	if d.o.Plain || len(widths)*(tableColumn+tableGap)-tableGap > width && sum(widths)+tableGap*(len(widths)-1) >= width {
		return d.stacked(cells, width), said, nil
	}
	for i, row := range cells {
		out = append(out, joinRow(row, widths)...)
		if i == 0 {
			out = append(out, drawn{text: d.paint(d.underline(widths), d.o.Palette.Rule)})
		}
	}
	return out, said, nil
}

// stacked draws the rows of a table that is too wide one below the other, each
// cell after its column's heading.
func (d *drawer) stacked(cells [][]cell, width int) (out []drawn) {
	head := cells[0]
	for i, row := range cells[1:] {
		if i > 0 {
			out = append(out, drawn{})
		}
		for c, cell := range row {
			lead := ""
			if c < len(head) {
				lead = head[c].text + colon(head[c].text)
			}
			out = append(out, cell.after(lead, width)...)
		}
	}
	return out
}

// colon stands after a heading: the wide one after a Chinese character.
func colon(heading string) string {
	if last, _ := utf8.DecodeLastRuneInString(ansi.Strip(heading)); unicode.Is(unicode.Han, last) {
		return "："
	}
	return ": "
}

// after draws a cell behind a lead.
func (c cell) after(lead string, width int) (out []drawn) {
	skip := len(ansi.Strip(lead))
	lines, parts := wrap(lead+c.text, width)
	for i, line := range lines {
		from := max(parts[i][0], skip)
		column := lipgloss.Width(line) - lipgloss.Width(ansi.Strip(lead + c.text)[from:max(parts[i][1], from)])
		out = append(out, drawn{text: line, spans: []Span{{column, c.at + from - skip, c.at + max(parts[i][1], from) - skip}}})
	}
	return out
}

// cells draws the inside of all cells. What the table says are its cells,
// separated by tabs, and its rows, by line ends.
func (d *drawer) cells(rows [][]string) (cells [][]cell, said string, err error) {
	var text strings.Builder
	for i, row := range rows {
		md := d.painter.text
		if i == 0 {
			md = d.painter.heading
		}
		cells = append(cells, nil)
		for c, source := range row {
			styled, err := d.painter.inline(md, source)
			if err != nil {
				return nil, "", err
			}
			text.WriteString(separator(i, c))
			cells[i] = append(cells[i], cell{styled, text.Len()})
			text.WriteString(ansi.Strip(styled))
		}
	}
	return cells, text.String(), nil
}

// separator stands before a cell.
func separator(row, column int) string {
	switch {
	case column > 0:
		return "\t"
	case row > 0:
		return "\n"
	}
	return ""
}

func (d *drawer) underline(widths []int) string {
	parts := make([]string, len(widths))
	for i, w := range widths {
		parts[i] = d.dash(w)
	}
	return strings.Join(parts, strings.Repeat(" ", tableGap))
}

// columnWidths takes from the widest column, one by one, until the row fits.
func columnWidths(cells [][]cell, width int) []int {
	widths := make([]int, len(cells[0]))
	for _, row := range cells {
		for c := range min(len(row), len(widths)) {
			widths[c] = max(widths[c], lipgloss.Width(row[c].text))
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
func joinRow(row []cell, widths []int) []drawn {
	columns := make([][]string, len(widths))
	parts := make([][][2]int, len(widths))
	height := 1
	for c := range min(len(row), len(widths)) {
		columns[c], parts[c] = wrap(row[c].text, widths[c])
		height = max(height, len(columns[c]))
	}
	lines := make([]drawn, height)
	for i := range lines {
		var b strings.Builder
		column := 0
		for c, w := range widths {
			text := ""
			if i < len(columns[c]) {
				text = columns[c][i]
				lines[i].spans = append(lines[i].spans, Span{column, row[c].at + parts[c][i][0], row[c].at + parts[c][i][1]})
			}
			b.WriteString(text)
			if c < len(widths)-1 {
				b.WriteString(strings.Repeat(" ", w-lipgloss.Width(text)+tableGap))
			}
			column += w + tableGap
		}
		lines[i].text = b.String()
	}
	return lines
}
