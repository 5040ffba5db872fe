package block

import (
	"html"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// said is what a node says, without markup: the Text, Links and Code of a block.
// Its soft breaks are resolved as they are on the screen.
func said(n ast.Node, source []byte) Block {
	r := &recorder{source: source}
	_ = ast.Walk(n, r.visit)
	raw := r.text.String()
	b := Block{Text: JoinLines(raw)}
	for _, l := range r.links {
		at := joined(raw, l.From, l.To)
		b.Links = append(b.Links, Link{at[0], at[1], l.Target})
	}
	for _, c := range r.code {
		b.Code = append(b.Code, joined(raw, c[0], c[1]))
	}
	return b
}

// recorder writes down what nodes say, and where links and code are in it.
type recorder struct {
	source []byte
	text   strings.Builder
	links  []Link
	code   [][2]int
	from   int // of the link or the code around
}

func (r *recorder) visit(n ast.Node, entering bool) (ast.WalkStatus, error) {
	switch n := n.(type) {
	case *ast.Text:
		if entering {
			r.words(n)
		}
	case *ast.String:
		if entering {
			r.text.Write(n.Value)
		}
	case *ast.AutoLink:
		if entering {
			r.from = r.text.Len()
			r.text.Write(n.URL(r.source))
			r.link(string(n.URL(r.source)))
		}
	case *ast.Link:
		r.from = r.around(entering)
		if !entering {
			r.link(string(n.Destination))
		}
	case *ast.CodeSpan:
		return r.span(n, entering), nil
	}
	return ast.WalkContinue, nil
}

// words writes a text; in prose an escaped character stands for itself.
func (r *recorder) words(n *ast.Text) {
	r.text.WriteString(html.UnescapeString(string(util.UnescapePunctuations(n.Segment.Value(r.source)))))
	if n.SoftLineBreak() || n.HardLineBreak() {
		r.text.WriteByte('\n')
	}
}

// around is where a link begins; when it ends, where it began.
func (r *recorder) around(entering bool) int {
	if entering {
		return r.text.Len()
	}
	return r.from
}

func (r *recorder) link(target string) {
	r.links = append(r.links, Link{r.from, r.text.Len(), target})
}

// span writes inline code, in which a line break is a space.
func (r *recorder) span(n *ast.CodeSpan, entering bool) ast.WalkStatus {
	if !entering {
		return ast.WalkContinue
	}
	from := r.text.Len()
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			r.text.WriteString(strings.ReplaceAll(string(t.Segment.Value(r.source)), "\n", " "))
		}
	}
	r.code = append(r.code, [2]int{from, r.text.Len()})
	return ast.WalkSkipChildren
}

// joined is where a part of a text is after JoinLines.
func joined(raw string, from, to int) [2]int {
	_, n := utf8.DecodeRuneInString(raw[from:])
	return [2]int{len(JoinLines(raw[:from+n])) - n, len(JoinLines(raw[:to]))}
}

// skip takes the beginning off what a block says, and the space after it.
func (b *Block) skip(prefix string) {
	text := strings.TrimSpace(strings.TrimPrefix(b.Text, prefix))
	cut := strings.Index(b.Text, text)
	b.Text = text
	for i := range b.Links {
		b.Links[i].From -= cut
		b.Links[i].To -= cut
	}
	for i := range b.Code {
		b.Code[i][0] -= cut
		b.Code[i][1] -= cut
	}
}
