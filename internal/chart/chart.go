// Package chart draws numbers as text: bars, columns, a heat map of days, points
// against the diagonal. It knows no screen and no colour. A drawing is lines of
// spans, and a span says by its tone what it is for; whoever shows it may give
// tones colours, because the signs alone already say everything.
//
// No line is ever wider than asked, measured in columns of a terminal by grapheme
// clusters (https://unicode.org/reports/tr29/). Values that are no numbers, or
// are below zero, are drawn as nothing; infinite ones as the largest.
package chart

import (
	"math"
	"strconv"
	"strings"

	"github.com/rivo/uniseg"
)

// Tone is what a span is for.
type Tone int

// The tones.
const (
	Words Tone = iota // names and numbers
	Frame             // axes, and where there is nothing
	Value             // what stands for a number
)

// Span is a part of a line.
type Span struct {
	Text string
	Tone Tone
}

// Line is a line of a drawing.
type Line []Span

// String is the line without its tones.
func (l Line) String() string {
	var b strings.Builder
	for _, s := range l {
		b.WriteString(s.Text)
	}
	return b.String()
}

// Form is how something is drawn.
type Form struct {
	Width  int  // columns, at most
	Height int  // lines, at most, of what can be of any height
	ASCII  bool // nothing but ASCII beside the names
}

// add appends a text; one of the same tone goes on.
func (l Line) add(t Tone, text string) Line {
	if text == "" {
		return l
	}
	if n := len(l); n > 0 && l[n-1].Tone == t {
		l[n-1].Text += text
		return l
	}
	return append(l, Span{text, t})
}

// clipped cuts every line to the form's width, and takes spaces off its end.
func (f Form) clipped(lines []Line) []Line {
	for i, l := range lines {
		lines[i] = l.clip(f.Width).trim()
	}
	return lines
}

func (l Line) clip(w int) (out Line) {
	for _, s := range l {
		text := clip(s.Text, w)
		out = out.add(s.Tone, text)
		if w -= width(text); len(text) < len(s.Text) {
			break
		}
	}
	return out
}

func (l Line) trim() Line {
	for n := len(l); n > 0; n-- {
		l[n-1].Text = strings.TrimRight(l[n-1].Text, " ")
		if l[n-1].Text != "" {
			break
		}
		l = l[:n-1]
	}
	return l
}

// width is how many columns a text takes.
func width(s string) int { return uniseg.StringWidth(s) }

// clip is as much of a text as fits into w columns.
func clip(s string, w int) string {
	end, state := 0, -1
	for rest := s; rest != ""; {
		var cluster string
		var columns int
		cluster, rest, columns, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if w -= columns; w < 0 {
			break
		}
		end += len(cluster)
	}
	return s[:end]
}

// left and right make a text exactly w columns wide; it stands on that side.
func left(s string, w int) string {
	s = clip(s, w)
	return s + blank(w-width(s))
}

func right(s string, w int) string {
	s = clip(s, w)
	return blank(w-width(s)) + s
}

func blank(n int) string { return strings.Repeat(" ", max(n, 0)) }

func widest(texts []string) (w int) {
	for _, t := range texts {
		w = max(w, width(t))
	}
	return w
}

// Flow sets texts side by side with a gap between, in as many lines as they
// need.
func Flow(parts []Line, gap string, w int) (lines []Line) {
	for _, p := range parts {
		n := len(lines)
		if n > 0 && width(lines[n-1].String())+width(gap)+width(p.String()) <= w {
			lines[n-1] = append(lines[n-1].add(Words, gap), p...)
			continue
		}
		lines = append(lines, append(Line{}, p...))
	}
	return Form{Width: w}.clipped(lines)
}

// share is how much of a whole a value is, from 0 to 1.
func share(v, whole float64) float64 {
	switch {
	case math.IsNaN(v) || v <= 0 || !(whole > 0):
		return 0
	case v >= whole:
		return 1
	}
	return v / whole
}

// eighths is how many eighths of n places a value takes: at least one, if there
// is anything at all.
func eighths(v, whole float64, n int) int {
	part := share(v, whole)
	if part == 0 {
		return 0
	}
	return max(int(math.Round(part*float64(n)*8)), 1)
}

// largest is the largest of the finite values; 1 if none is above 0.
func largest(values []float64) float64 {
	most := 0.0
	for _, v := range values {
		if v > most && !math.IsInf(v, 0) {
			most = v
		}
	}
	if most == 0 {
		return 1
	}
	return most
}

// Short writes a number in few columns: 950, 1.2k, 34k, 5.6M, 2e+12.
func Short(v float64) string {
	for _, unit := range []struct {
		from, size float64
		name       string
	}{{1e12, 0, ""}, {999.5e3, 1e6, "M"}, {999.5, 1e3, "k"}} {
		switch n := v / unit.size; {
		case v < unit.from:
		case unit.size == 0:
			return strconv.FormatFloat(v, 'g', 3, 64)
		case n < 9.95:
			return strings.TrimSuffix(strconv.FormatFloat(n, 'f', 1, 64), ".0") + unit.name
		default:
			return strconv.FormatFloat(n, 'f', 0, 64) + unit.name
		}
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}
