package chart

import (
	"math"
	"strings"
)

// Point is a pair of numbers and how much it weighs.
type Point struct{ X, Y, Weight float64 }

// Scatter sets points against the diagonal, on which both numbers are equal.
type Scatter struct {
	Points    []Point
	Low, High float64 // of both axes; points beyond them stand at the edge
	Few       float64 // points that weigh less are drawn as hollow
	// Tick writes a number at the axes; nil is Short.
	Tick func(float64) string
}

// Lines draws the points in the height of the form. The axes have numbers at
// their ends and in the middle, as far as there is room.
func (sc Scatter) Lines(f Form) (lines []Line) {
	s, rows := f.signs(), max(f.Height-axisRows, 2)
	side := max(width(sc.tick(sc.Low)), width(sc.tick(sc.High)), width(sc.tick(sc.middle())))
	columns := max(f.Width-side-1, 2)
	field := sc.field(s, columns, rows)
	for r, cells := range field {
		tick, joint := sc.rowTick(r, rows), s.vertical
		if tick != "" {
			joint = s.tick
		}
		l := Line{}.add(Words, right(tick, side)).add(Frame, joint)
		for _, c := range cells {
			l = l.add(c.Tone, c.Text)
		}
		lines = append(lines, l)
	}
	axis := Line{}.add(Words, blank(side)).add(Frame, s.corner+strings.Repeat(s.horizontal, columns))
	return f.clipped(append(lines, axis, Line{}.add(Words, blank(side+1)+sc.below(columns))))
}

func (sc Scatter) tick(v float64) string {
	if sc.Tick != nil {
		return sc.Tick(v)
	}
	return Short(v)
}

func (sc Scatter) middle() float64 { return (sc.Low + sc.High) / 2 }

// rowTick is the number beside a row, counted from above.
func (sc Scatter) rowTick(r, rows int) string {
	switch {
	case r == 0:
		return sc.tick(sc.High)
	case r == rows-1:
		return sc.tick(sc.Low)
	case rows%2 == 1 && r == rows/2:
		return sc.tick(sc.middle())
	}
	return ""
}

// field is what stands in each place: points above the diagonal above nothing.
func (sc Scatter) field(s signs, columns, rows int) [][]Span {
	field := make([][]Span, rows)
	for r := range field {
		field[r] = make([]Span, columns)
		for c := range field[r] {
			field[r][c] = Span{" ", Words}
		}
	}
	for c := range columns {
		field[rows-1-c*(rows-1)/(columns-1)][c] = Span{s.diagonal, Frame}
	}
	for _, p := range sc.Points {
		if math.IsNaN(p.X) || math.IsNaN(p.Y) {
			continue
		}
		sign := s.many
		if p.Weight < sc.Few {
			sign = s.few
		}
		field[rows-1-sc.place(p.Y, rows)][sc.place(p.X, columns)] = Span{sign, Value}
	}
	return field
}

// place is where a number is on an axis of n places.
func (sc Scatter) place(v float64, n int) int {
	return int(math.Round(share(v-sc.Low, sc.High-sc.Low) * float64(n-1)))
}

// below is the line of numbers under the axis.
func (sc Scatter) below(columns int) string {
	low, mid, high := sc.tick(sc.Low), sc.tick(sc.middle()), sc.tick(sc.High)
	line := low
	if at := columns/2 - width(mid)/2; at > width(line) && at+width(mid)+width(high) < columns {
		line = left(line, at) + mid
	}
	if at := columns - width(high); at > width(line) {
		line = left(line, at) + high
	}
	return line
}
