// Package qr draws QR codes as text.
package qr

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// quiet is how many light modules there are around a code at least. The standard
// (ISO/IEC 18004) asks for four; cameras of today do with two, and rows are rare
// in a terminal of 24.
const quiet = 2

// Lines draws the code of a text, two modules in a cell, one above the other. A
// code must be dark on light: ink says which of the two the terminal's own
// foreground is. That is the dark modules where text is dark on light, and the
// light ones where it is light on dark. The error says that the text is too long.
func Lines(text string, ink Ink) ([]string, error) {
	code, err := qr.Encode(text, qr.L) // a screen is neither dirty nor torn
	if err != nil {
		return nil, fmt.Errorf("drawing a QR code: %w", err)
	}
	inked := func(x, y int) bool { return code.Black(x, y) == (ink == Dark) && y < code.Size+quiet }
	var lines []string
	for y := -quiet; y < code.Size+quiet; y += 2 {
		var b strings.Builder
		for x := -quiet; x < code.Size+quiet; x++ {
			b.WriteRune(halves[inked(x, y)][inked(x, y+1)])
		}
		lines = append(lines, b.String())
	}
	return lines, nil
}

// Ink says how a terminal writes.
type Ink bool

// The two kinds of terminals.
const (
	Dark  Ink = true  // dark text on light
	Light Ink = false // light text on dark
)

// halves are the cells, by whether the upper and the lower half is inked.
var halves = map[bool]map[bool]rune{
	true:  {true: '█', false: '▀'},
	false: {true: '▄', false: ' '},
}

// ASCII is Lines for terminals without blocks: a module is two cells, in a line
// of its own.
func ASCII(text string, ink Ink) ([]string, error) {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return nil, fmt.Errorf("drawing a QR code: %w", err)
	}
	var lines []string
	for y := -quiet; y < code.Size+quiet; y++ {
		line := ""
		for x := -quiet; x < code.Size+quiet; x++ {
			line += map[bool]string{true: "##", false: "  "}[code.Black(x, y) == (ink == Dark)]
		}
		lines = append(lines, line)
	}
	return lines, nil
}
