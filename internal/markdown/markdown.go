// Package markdown turns a lesson's Markdown into styled terminal lines:
// package block finds the blocks, glamour renders each one
// unwrapped, and lines are broken here by UAX #14 with kinsoku, so that Chinese
// reads as it should. Every line knows its block and every block its source
// line: that gives "the same paragraph" in the other language, search, copy,
// and a position that survives a resize.
package markdown

import "kubetutor/internal/markdown/block"

// Block is a leaf block of a rendered text.
type Block struct {
	block.Block
	First int    // index of its first line in Document.Lines
	Count int    // how many lines it has there
	Said  string // what is drawn of it, whole, before lines are broken and code is cut
}

// Line is one line on the screen.
type Line struct {
	Styled string // with escape sequences; never wider than Options.Width
	Plain  string // without them
	Block  int    // index into Document.Blocks, -1 for space between blocks
	Cut    bool   // code that goes on to the right: see Options.Shift
	Spans  []Span // where parts of the block's Said stand, from left to right
}

// Span is a part of a block's text on a line.
type Span struct {
	Column   int // of its first character
	From, To int // of Block.Said: first byte and the byte after
}

// Document is a rendered text.
type Document struct {
	Lines  []Line
	Blocks []Block
}

// Palette names the colours of a text, as lipgloss understands them ("#a1b2c3",
// "12", "" for none).
type Palette struct {
	Heading, Strong, Emphasis, Code, CodeBackground, Link, Quote, Rule, Figure string
	Note, Tip, Important, Warning, Caution                                     string
	Chroma                                                                     string // name of a chroma style for code; "" for none
}

// Options say how a text is rendered. They are comparable: a cache may use them
// as a key.
type Options struct {
	Width   int // columns, at least 10
	Palette Palette
	NoColor bool // only bold, italic and underline
	ASCII   bool // no box drawing, no ambiguous-width characters
	Plain   bool // no escape sequence at all; figures are replaced by their description
	Shift   int  // columns by which wide code is scrolled to the right
	Chinese bool // the program's own words (Note, Figure) in Chinese
}
