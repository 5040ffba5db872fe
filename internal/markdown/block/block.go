// Package block finds the leaf blocks of a lesson's Markdown: paragraphs, items
// of lists, code, figures and so on, in the order of the source. It draws
// nothing; package markdown does. Two versions of one text in step, such as its
// languages, have blocks of the same kinds in the same order.
package block

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// Kind is a kind of block.
type Kind string

// The kinds of leaf blocks.
const (
	Heading   Kind = "heading"
	Paragraph Kind = "paragraph"
	Item      Kind = "item" // a paragraph of a list item
	Quote     Kind = "quote"
	Alert     Kind = "alert" // > [!NOTE], [!TIP], [!IMPORTANT], [!WARNING], [!CAUTION]
	Code      Kind = "code"
	Figure    Kind = "figure" // a fenced block with info string: figure alt="…"
	Table     Kind = "table"
	Rule      Kind = "rule"
)

// Block is a leaf block of a text.
type Block struct {
	Kind Kind
	Line int    // first source line, 1-based
	Text string // its plain text; of code the code itself, whole
	Info string // of code: the language; of a figure: its description; of an alert: its type

	Source string     // Markdown of its inline content; of code the text
	Level  int        // of a heading
	Around []Outer    // the lists and quotes around it, outermost first
	Tight  bool       // follows the block before it without an empty line
	Marked bool       // first block of its list item: the marker stands before it
	Table  [][]string // cells, header first, as Markdown
	Links  []Link     // in order; of a table none
	Code   [][2]int   // where Text has inline code: first byte and the byte after
}

// Link is a link in a block.
type Link struct {
	From, To int    // in Text: first byte and the byte after
	Target   string // an address, or lesson:ID
}

// LessonScheme begins the targets that are lessons of the course: lesson:ID.
const LessonScheme = "lesson:"

// Outer is a list item or a quote around a block.
type Outer struct {
	Marker string // "• " or "12. "; empty for a quote
	Quote  bool
}

// Extensions are those of GitHub's flavour, plus the rules for Chinese: a soft
// line break between wide characters vanishes, and an escaped space ends
// emphasis beside full-width punctuation.
func Extensions() goldmark.Option {
	return goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.TaskList, extension.NewCJK(
		extension.WithEastAsianLineBreaks(extension.EastAsianLineBreaksCSS3Draft),
		extension.WithEscapedSpace(),
	))
}

// Parse lists the leaf blocks of a text.
func Parse(src string) []Block {
	source := []byte(src)
	root := goldmark.New(Extensions()).Parser().Parse(text.NewReader(source))
	w := &walker{source: source}
	w.children(root, nil)
	return w.blocks
}

// Count is how many blocks a text has, at least one: in the numbering of a page,
// where block 0 is its heading, questions and labs stand for one each.
func Count(src string) int { return max(len(Parse(src)), 1) }

// walker collects leaf blocks in the order of the source.
type walker struct {
	source []byte
	blocks []Block
	fresh  bool // the next block is the first of its list item
	tight  bool // the list around it is tight
}

func (w *walker) children(n ast.Node, around []Outer) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		w.node(c, around)
	}
}

func (w *walker) node(n ast.Node, around []Outer) {
	switch n := n.(type) {
	case *ast.List:
		w.list(n, around)
	case *ast.Blockquote:
		w.quote(n, around)
	case *ast.Heading:
		w.add(Block{Kind: Heading, Level: n.Level}, n, around)
	case *ast.FencedCodeBlock:
		w.fence(n, around)
	case *ast.CodeBlock:
		w.code(n, Block{Kind: Code}, around)
	case *ast.ThematicBreak:
		w.push(Block{Kind: Rule, Line: w.line(n)}, around)
	case *east.Table:
		w.table(n, around)
	case *ast.Paragraph, *ast.TextBlock:
		w.add(Block{Kind: paragraphKind(around)}, n, around)
	case *ast.HTMLBlock: // comments; a pack's HTML is not shown
	default:
		w.children(n, around)
	}
}

// paragraphKind is decided by the innermost list item or quote.
func paragraphKind(around []Outer) Kind {
	switch {
	case len(around) == 0:
		return Paragraph
	case around[len(around)-1].Quote:
		return Quote
	}
	return Item
}

func (w *walker) list(l *ast.List, around []Outer) {
	was := w.tight
	number := l.Start
	for item := l.FirstChild(); item != nil; item = item.NextSibling() {
		marker := "• "
		if l.IsOrdered() {
			marker = strconv.Itoa(number) + ". "
			number++
		}
		w.fresh = true
		// the first item keeps its distance from what stands before the list
		w.tight = l.IsTight && (item != l.FirstChild() || len(around) > 0 && !around[len(around)-1].Quote)
		w.children(item, append(around[:len(around):len(around)], Outer{Marker: marker}))
	}
	w.fresh, w.tight = false, was
}

var alertLine = regexp.MustCompile(`^\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*\n?`)

func (w *walker) quote(q *ast.Blockquote, around []Outer) {
	first := len(w.blocks)
	w.children(q, append(around[:len(around):len(around)], Outer{Quote: true}))
	if first == len(w.blocks) {
		return
	}
	mark := alertLine.FindStringSubmatch(w.blocks[first].Source)
	if mark == nil {
		return
	}
	w.blocks[first].Source = w.blocks[first].Source[len(mark[0]):]
	w.blocks[first].skip("[!" + mark[1] + "]")
	for i := first; i < len(w.blocks); i++ {
		w.blocks[i].Info = mark[1]
		if w.blocks[i].Kind == Quote {
			w.blocks[i].Kind = Alert
		}
	}
}

var figureInfo = regexp.MustCompile(`^figure(?:\s+alt="([^"]*)")?\s*$`)

func (w *walker) fence(n *ast.FencedCodeBlock, around []Outer) {
	b := Block{Kind: Code}
	if n.Info != nil {
		b.Info = string(n.Info.Value(w.source))
	}
	if m := figureInfo.FindStringSubmatch(b.Info); m != nil {
		b.Kind, b.Info = Figure, m[1]
	}
	w.code(n, b, around)
}

func (w *walker) code(n ast.Node, b Block, around []Outer) {
	b.Line = w.line(n)
	b.Text = string(n.Lines().Value(w.source))
	b.Source = b.Text
	w.push(b, around)
}

func (w *walker) table(t *east.Table, around []Outer) {
	b := Block{Kind: Table, Line: w.line(t)}
	var lines []string
	for row := t.FirstChild(); row != nil; row = row.NextSibling() {
		var cells, texts []string
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			cells = append(cells, strings.TrimSpace(string(cell.Lines().Value(w.source))))
			texts = append(texts, said(cell, w.source).Text)
		}
		b.Table = append(b.Table, cells)
		lines = append(lines, strings.Join(texts, "\t"))
	}
	b.Text = strings.Join(lines, "\n")
	w.push(b, around)
}

// add appends a block of inline content.
func (w *walker) add(b Block, n ast.Node, around []Outer) {
	b.Line = w.line(n)
	var inline strings.Builder
	for i := range n.Lines().Len() {
		segment := n.Lines().At(i)
		inline.Write(bytes.TrimLeft(segment.Value(w.source), " \t"))
	}
	b.Source = strings.TrimRight(inline.String(), "\n")
	plain := said(n, w.source)
	b.Text, b.Links, b.Code = plain.Text, plain.Links, plain.Code
	w.push(b, around)
}

func (w *walker) push(b Block, around []Outer) {
	b.Around, b.Marked, b.Tight = around, w.fresh, w.tight
	w.fresh = false
	if n := len(around); n > 0 && !b.Marked {
		// further blocks of an item stand apart, unless they are its nested list
		b.Tight = false
	}
	w.blocks = append(w.blocks, b)
}

// line returns the first source line of a block, 1-based.
func (w *walker) line(n ast.Node) int {
	at := -1
	_ = ast.Walk(n, func(c ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering && c.Type() == ast.TypeBlock && c.Lines().Len() > 0 {
			at = c.Lines().At(0).Start
			return ast.WalkStop, nil
		}
		return ast.WalkContinue, nil
	})
	if at < 0 {
		return 1
	}
	line := 1 + bytes.Count(w.source[:at], []byte("\n"))
	if n.Kind() == ast.KindFencedCodeBlock {
		line-- // the opening fence
	}
	return line
}
