package chart

import (
	"math"
	"strings"
)

// Bar is a number with its name.
type Bar struct {
	Label string
	Value float64
	Text  string // the number in words, behind the bar
}

// Bars are numbers one below the other, each as long as it is large.
type Bars struct {
	Bars []Bar
	// Whole is what a bar of full length stands for; its rest is drawn as empty. 0 is
	// the largest of the numbers, and no rest is drawn.
	Whole float64
}

// shortest is how many columns a bar needs to say anything.
const shortest = 4

// Lines draws the bars. Where there is no room for them names and numbers are
// left, and in the end numbers alone are cut.
func (b Bars) Lines(f Form) (lines []Line) {
	labels, texts := b.columns(f.Width)
	room := f.Width - labels - texts - 2
	if room < shortest {
		room = 0
	}
	whole := b.Whole
	if whole <= 0 {
		whole = largest(b.values())
	}
	for _, bar := range b.Bars {
		l := Line{}.add(Words, left(bar.Label, labels)+" ")
		if room > 0 {
			l = b.bar(l, f.signs(), bar.Value, whole, room).add(Words, " ")
		}
		lines = append(lines, l.add(Words, right(bar.Text, texts)))
	}
	return f.clipped(lines)
}

// columns are how wide names and numbers are; names give way.
func (b Bars) columns(w int) (labels, texts int) {
	for _, bar := range b.Bars {
		labels, texts = max(labels, width(bar.Label)), max(texts, width(bar.Text))
	}
	return max(min(labels, w-texts-1), 0), texts
}

func (b Bars) values() []float64 {
	values := make([]float64, len(b.Bars))
	for i, bar := range b.Bars {
		values[i] = bar.Value
	}
	return values
}

// bar appends a bar in room columns.
func (b Bars) bar(l Line, s signs, value, whole float64, room int) Line {
	n := eighths(value, whole, room)
	l = l.add(Value, strings.Repeat(s.lengths[8], n/8))
	used := n / 8
	if n%8 > 0 {
		l = l.add(Value, s.lengths[n%8])
		used++
	}
	if b.Whole > 0 {
		return l.add(Frame, strings.Repeat(s.empty, room-used))
	}
	return l.add(Words, blank(room-used))
}

func ceil(x float64) int { return int(math.Ceil(x)) }
