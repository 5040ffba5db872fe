package markdown

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// extensions are those of GitHub's flavour, plus the rules for Chinese: a soft
// line break between wide characters vanishes, and an escaped space ends
// emphasis beside full-width punctuation.
func extensions() goldmark.Option {
	return goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.TaskList, extension.NewCJK(
		extension.WithEastAsianLineBreaks(extension.EastAsianLineBreaksCSS3Draft),
		extension.WithEscapedSpace(),
	))
}

// leaf is a leaf block with what is needed to draw it.
type leaf struct {
	Block
	source string     // Markdown of its inline content; of code the text
	level  int        // of a heading
	outer  []outer    // the lists and quotes around it, outermost first
	tight  bool       // follows the block before it without an empty line
	first  bool       // first block of its list item: the marker stands before it
	table  [][]string // cells, header first, as Markdown
}

// outer is a list item or a quote around a leaf block.
type outer struct {
	marker string // "• " or "12. "; empty for a quote
	quote  bool
}

// Parse lists the leaf blocks of a text without rendering them: First and Count
// are zero. Two versions of one text in step have the same kinds in the same
// order.
func Parse(src string) []Block {
	leaves := parse(src)
	blocks := make([]Block, len(leaves))
	for i, l := range leaves {
		blocks[i] = l.Block
	}
	return blocks
}

func parse(src string) []leaf {
	source := []byte(src)
	root := goldmark.New(extensions()).Parser().Parse(text.NewReader(source))
	w := &walker{source: source}
	w.children(root, nil)
	return w.leaves
}

// walker collects leaf blocks in the order of the source.
type walker struct {
	source []byte
	leaves []leaf
	fresh  bool // the next leaf is the first of its list item
	tight  bool // the list around it is tight
}

func (w *walker) children(n ast.Node, around []outer) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		w.node(c, around)
	}
}

func (w *walker) node(n ast.Node, around []outer) {
	switch n := n.(type) {
	case *ast.List:
		w.list(n, around)
	case *ast.Blockquote:
		w.quote(n, around)
	case *ast.Heading:
		w.add(leaf{Block: Block{Kind: Heading}, level: n.Level}, n, around)
	case *ast.FencedCodeBlock:
		w.fence(n, around)
	case *ast.CodeBlock:
		w.code(n, Block{Kind: Code}, around)
	case *ast.ThematicBreak:
		w.push(leaf{Block: Block{Kind: Rule, Line: w.line(n)}}, around)
	case *east.Table:
		w.table(n, around)
	case *ast.Paragraph, *ast.TextBlock:
		w.add(leaf{Block: Block{Kind: paragraphKind(around)}}, n, around)
	case *ast.HTMLBlock: // comments; a pack's HTML is not shown
	default:
		w.children(n, around)
	}
}

// paragraphKind is decided by the innermost list item or quote.
func paragraphKind(around []outer) Kind {
	switch {
	case len(around) == 0:
		return Paragraph
	case around[len(around)-1].quote:
		return Quote
	}
	return Item
}

func (w *walker) list(l *ast.List, around []outer) {
	was := w.tight
	number := l.Start
	for item := l.FirstChild(); item != nil; item = item.NextSibling() {
		marker := "• "
		if l.IsOrdered() {
			marker = itoa(number) + ". "
			number++
		}
		w.fresh = true
		// the first item keeps its distance from what stands before the list
		w.tight = l.IsTight && (item != l.FirstChild() || len(around) > 0 && !around[len(around)-1].quote)
		w.children(item, append(around[:len(around):len(around)], outer{marker: marker}))
	}
	w.fresh, w.tight = false, was
}

var alertLine = regexp.MustCompile(`^\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*\n?`)

func (w *walker) quote(q *ast.Blockquote, around []outer) {
	first := len(w.leaves)
	w.children(q, append(around[:len(around):len(around)], outer{quote: true}))
	if first == len(w.leaves) {
		return
	}
	mark := alertLine.FindStringSubmatch(w.leaves[first].source)
	if mark == nil {
		return
	}
	w.leaves[first].source = w.leaves[first].source[len(mark[0]):]
	w.leaves[first].Text = strings.TrimPrefix(w.leaves[first].Text, "[!"+mark[1]+"]")
	w.leaves[first].Text = strings.TrimSpace(w.leaves[first].Text)
	for i := first; i < len(w.leaves); i++ {
		w.leaves[i].Info = mark[1]
		if w.leaves[i].Kind == Quote {
			w.leaves[i].Kind = Alert
		}
	}
}

var figureInfo = regexp.MustCompile(`^figure(?:\s+alt="([^"]*)")?\s*$`)

func (w *walker) fence(n *ast.FencedCodeBlock, around []outer) {
	b := Block{Kind: Code}
	if n.Info != nil {
		b.Info = string(n.Info.Value(w.source))
	}
	if m := figureInfo.FindStringSubmatch(b.Info); m != nil {
		b.Kind, b.Info = Figure, m[1]
	}
	w.code(n, b, around)
}

func (w *walker) code(n ast.Node, b Block, around []outer) {
	b.Line = w.line(n)
	b.Text = string(n.Lines().Value(w.source))
	w.push(leaf{Block: b, source: b.Text}, around)
}

func (w *walker) table(t *east.Table, around []outer) {
	l := leaf{Block: Block{Kind: Table, Line: w.line(t)}}
	var lines []string
	for row := t.FirstChild(); row != nil; row = row.NextSibling() {
		var cells []string
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			cells = append(cells, strings.TrimSpace(string(cell.Lines().Value(w.source))))
		}
		l.table = append(l.table, cells)
		lines = append(lines, strings.Join(cells, "\t"))
	}
	l.Text = strings.Join(lines, "\n")
	w.push(l, around)
}

// add appends a block of inline content.
func (w *walker) add(l leaf, n ast.Node, around []outer) {
	l.Line = w.line(n)
	var b strings.Builder
	for i := range n.Lines().Len() {
		segment := n.Lines().At(i)
		b.Write(bytes.TrimLeft(segment.Value(w.source), " \t"))
	}
	l.source = strings.TrimRight(b.String(), "\n")
	l.Text = plainText(n, w.source)
	w.push(l, around)
}

func (w *walker) push(l leaf, around []outer) {
	l.outer, l.first, l.tight = around, w.fresh, w.tight
	w.fresh = false
	if n := len(around); n > 0 && !l.first {
		// further blocks of an item stand apart, unless they are its nested list
		l.tight = false
	}
	w.leaves = append(w.leaves, l)
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

// plainText is what a block says, without markup; its soft breaks are resolved
// as they are on the screen.
func plainText(n ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(c ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch c := c.(type) {
		case *ast.Text:
			b.Write(c.Segment.Value(source))
			if c.SoftLineBreak() || c.HardLineBreak() {
				b.WriteByte('\n')
			}
		case *ast.String:
			b.Write(c.Value)
		case *ast.AutoLink:
			b.Write(c.URL(source))
		}
		return ast.WalkContinue, nil
	})
	return joinLines(b.String())
}
