package chart

import (
	"math"
	"strings"
)

// Columns are numbers side by side above an axis, as in a histogram.
type Columns struct {
	Values []float64
	// Labels stand below the values of the same index. Those that would touch one
	// before them are left out.
	Labels []string
	// Tick writes a number at the axis; nil is Short.
	Tick func(float64) string
}

// axisRows are the lines below the columns: the axis and the labels.
const axisRows = 2

// widestColumn is how many columns of the terminal one value takes at most.
const widestColumn = 8

// Lines draws the columns in the height of the form. Where the values are more
// than there is room for, neighbours are added together.
func (c Columns) Lines(f Form) (lines []Line) {
	if len(c.Values) == 0 {
		return nil
	}
	s, rows := f.signs(), max(f.Height-axisRows, 1)
	top := ceiling(largest(c.Values))
	ticks := c.ticks(top, rows)
	side := widest(ticks)
	g := c.grid(f.Width - side - 1)
	if g.per > 1 {
		g.values = sums(c.Values, g.per)
		top = ceiling(largest(g.values))
		ticks = c.ticks(top, rows)
		side = max(widest(ticks), side)
	}
	for r := range rows {
		joint := s.vertical
		if ticks[r] != "" {
			joint = s.tick
		}
		l := Line{}.add(Words, right(ticks[r], side)).add(Frame, joint)
		lines = append(lines, g.row(l, s, top, rows-1-r, rows))
	}
	axis := Line{}.add(Words, right(c.tick(0), side)).add(Frame, s.corner+strings.Repeat(s.horizontal, len(g.values)*g.cell))
	return f.clipped(append(lines, axis, Line{}.add(Words, blank(side+1)+c.below(g, f.Width-side-1))))
}

func (c Columns) tick(v float64) string {
	if c.Tick != nil {
		return c.Tick(v)
	}
	return Short(v)
}

// ticks are the numbers beside the rows: at the top, and in the middle where that
// is a row of its own and a whole number.
func (c Columns) ticks(top float64, rows int) []string {
	list := make([]string, rows)
	list[0] = c.tick(top)
	if half := top / 2; rows >= 4 && rows%2 == 0 && half == math.Trunc(half) {
		list[rows/2] = c.tick(half)
	}
	return list
}

// grid is how values are laid out: per of them in a cell of so many columns.
type grid struct {
	values    []float64
	per, cell int
}

func (c Columns) grid(room int) grid {
	n := len(c.Values)
	per := max((n+max(room, 1)-1)/max(room, 1), 1)
	cells := (n + per - 1) / per
	return grid{c.Values, per, max(min(room/cells, widestColumn), 1)}
}

// row draws what the columns have in a row, counted from below.
func (g grid) row(l Line, s signs, top float64, row, rows int) Line {
	bar := max(g.cell-1, 1)
	for _, v := range g.values {
		n := min(max(eighths(v, top, rows)-8*row, 0), 8)
		l = l.add(Value, strings.Repeat(s.heights[n], bar)).add(Value, blank(g.cell-bar))
	}
	return l
}

// below is the line of labels.
func (c Columns) below(g grid, room int) (line string) {
	at := 0 // where the next label may begin
	for i, label := range c.Labels {
		x := i / g.per * g.cell
		if label == "" || i%g.per > 0 || x < at || x+width(label) > room {
			continue
		}
		line = left(line, x) + label
		at = x + width(label) + 1
	}
	return line
}

// sums adds each per values together.
func sums(values []float64, per int) (list []float64) {
	for i, v := range values {
		if i%per == 0 {
			list = append(list, 0)
		}
		if v > 0 {
			list[len(list)-1] += v
		}
	}
	return list
}

// ceiling is the next number that reads well at an axis: 1, 2, 4, 6 or 8 times a
// power of ten.
func ceiling(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, n := range []float64{1, 2, 4, 6, 8, 10} {
		if top := n * power; top >= v && !math.IsInf(top, 0) {
			return top
		}
	}
	return v
}
