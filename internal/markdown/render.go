package markdown

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/yuin/goldmark"

	"kubetutor/internal/markdown/block"
)

// codeIndent is by how many columns code and figures stand in.
const codeIndent = 2

// Render draws a text. It is safe for concurrent use. The error is one of
// glamour's and names the text that it could not draw.
func Render(src string, o Options) (Document, error) {
	o.Width = max(o.Width, 10)
	d := &drawer{o: o, painter: newPainter(o)}
	for _, l := range block.Parse(src) {
		if err := d.block(l); err != nil {
			return Document{}, err
		}
	}
	return d.doc, nil
}

type drawer struct {
	o       Options
	painter *painter
	doc     Document
	alert   bool // inside an alert whose label has been drawn
}

// block appends one leaf block and the space before it.
func (d *drawer) block(l block.Block) error {
	indent := d.indent(l)
	lines, said, err := d.body(l, d.o.Width-indent)
	if err != nil {
		return err
	}
	d.space(l)
	index, first := len(d.doc.Blocks), len(d.doc.Lines)
	for i, line := range lines {
		drawn := d.line(d.prefix(l, i == 0)+line.text, index, line.cut)
		for _, s := range line.spans {
			drawn.Spans = append(drawn.Spans, Span{s.Column + indent, s.From, s.To})
		}
		d.doc.Lines = append(d.doc.Lines, drawn)
	}
	d.doc.Blocks = append(d.doc.Blocks, Block{l, first, len(lines), said})
	return nil
}

func (d *drawer) line(styled string, block int, cut bool) Line {
	plain := ansi.Strip(styled)
	if d.o.Plain {
		styled = plain
	}
	return Line{Styled: strings.TrimRight(styled, " "), Plain: strings.TrimRight(plain, " "), Block: block, Cut: cut}
}

// space appends the empty line before a block. Between blocks of one quote the
// bar goes on.
func (d *drawer) space(l block.Block) {
	if len(d.doc.Lines) == 0 || l.Tight {
		return
	}
	bar := ""
	previous := d.doc.Blocks[len(d.doc.Blocks)-1]
	if (l.Kind == block.Quote || l.Kind == block.Alert) && previous.Kind == l.Kind && previous.Info == l.Info && d.alert {
		bar = d.bar(l)
	}
	d.doc.Lines = append(d.doc.Lines, d.line(bar, -1, false))
}

// indent is how many columns the prefixes of a block take.
func (d *drawer) indent(l block.Block) int {
	n := 0
	for _, o := range l.Around {
		if o.Quote {
			n += 2
		} else {
			n += lipgloss.Width(o.Marker)
		}
	}
	return n
}

func (d *drawer) prefix(l block.Block, first bool) string {
	var b strings.Builder
	for i, o := range l.Around {
		innermost := i == len(l.Around)-1
		switch {
		case o.Quote:
			b.WriteString(d.bar(l))
		case innermost && l.Marked && first:
			b.WriteString(d.marker(o.Marker))
		default:
			b.WriteString(strings.Repeat(" ", lipgloss.Width(o.Marker)))
		}
	}
	return b.String()
}

func (d *drawer) marker(m string) string {
	if d.o.ASCII || d.o.Plain {
		return strings.Replace(m, "•", "-", 1)
	}
	return m
}

func (d *drawer) bar(l block.Block) string {
	switch {
	case d.o.Plain: // a screen reader would name it at each line
		return "  "
	case d.o.ASCII:
		return "| "
	}
	return d.paint("┃", d.alertColour(l.Info)) + " "
}

func (d *drawer) paint(s, colour string) string {
	if colour == "" || d.o.NoColor || d.o.Plain {
		return s
	}
	return lipgloss.NewStyle().Foreground(lipgloss.Color(colour)).Render(s)
}

func (d *drawer) alertColour(kind string) string {
	p := d.o.Palette
	switch kind {
	case "NOTE":
		return p.Note
	case "TIP":
		return p.Tip
	case "IMPORTANT":
		return p.Important
	case "WARNING":
		return p.Warning
	case "CAUTION":
		return p.Caution
	}
	return p.Quote
}

// drawn is a line before its prefix.
type drawn struct {
	text  string
	cut   bool
	spans []Span
}

// body draws a block, and tells what it says.
func (d *drawer) body(l block.Block, width int) (lines []drawn, said string, err error) {
	width = max(width, 4)
	switch l.Kind {
	case block.Code:
		return d.verbatim(d.painter.code(l.Source, l.Info), width), plainCode(l.Source), nil
	case block.Figure:
		return d.figure(l, width), plainCode(l.Source), nil
	case block.Rule:
		if d.o.Plain {
			return nil, "", nil
		}
		return []drawn{{text: d.paint(d.dash(width), d.o.Palette.Rule)}}, "", nil
	case block.Table:
		return d.table(l.Table, width)
	case block.Heading:
		return d.inline(l, width, d.painter.heading)
	}
	return d.inline(l, width, d.painter.text)
}

func (d *drawer) dash(n int) string {
	if d.o.ASCII {
		return strings.Repeat("-", n)
	}
	return strings.Repeat("─", n)
}

func (d *drawer) inline(l block.Block, width int, md goldmark.Markdown) (out []drawn, said string, err error) {
	styled, err := d.painter.inline(md, l.Source)
	if err != nil {
		return nil, "", err
	}
	if label := d.label(l); label != "" {
		out = append(out, drawn{text: label})
	}
	d.alert = l.Kind == block.Quote || l.Kind == block.Alert
	if styled == "" {
		return out, "", nil
	}
	lines, parts := wrap(styled, width)
	for i, line := range lines {
		out = append(out, drawn{text: line, spans: []Span{{0, parts[i][0], parts[i][1]}}})
	}
	return out, ansi.Strip(styled), nil
}

// label is the heading of an alert, before its first block only.
func (d *drawer) label(l block.Block) string {
	if l.Kind != block.Alert || d.alert && len(d.doc.Blocks) > 0 && d.doc.Blocks[len(d.doc.Blocks)-1].Info == l.Info {
		return ""
	}
	words := labels[l.Info]
	word := words[0]
	if d.o.Chinese {
		word = words[1]
	}
	if d.o.Plain {
		return word + ":"
	}
	style := lipgloss.NewStyle().Bold(true)
	if c := d.alertColour(l.Info); c != "" && !d.o.NoColor {
		style = style.Foreground(lipgloss.Color(c))
	}
	return style.Render(word)
}

// labels are the words above alerts, in English and in Chinese (the words of
// the Kubernetes documentation).
var labels = map[string][2]string{
	"NOTE":      {"Note", "说明"},
	"TIP":       {"Tip", "提示"},
	"IMPORTANT": {"Important", "重要"},
	"WARNING":   {"Warning", "警告"},
	"CAUTION":   {"Caution", "注意"},
}

func (d *drawer) figure(l block.Block, width int) []drawn {
	if !d.o.Plain {
		lines := strings.Split(plainCode(l.Source), "\n")
		for i, line := range lines {
			lines[i] = d.paint(line, d.o.Palette.Figure)
		}
		return d.verbatim(lines, width)
	}
	text := "[Figure: " + l.Info + "]"
	if d.o.Chinese {
		text = "【图：" + l.Info + "】"
	}
	var out []drawn
	for _, line := range Wrap(text, width) {
		out = append(out, drawn{text: line})
	}
	return out
}

// verbatim cuts lines instead of wrapping them, and marks those that go on.
func (d *drawer) verbatim(lines []string, width int) []drawn {
	indent := codeIndent
	if width < 30 {
		indent = 0
	}
	room := max(width-indent, 2)
	out := make([]drawn, len(lines))
	at := 0 // in what the block says
	for i, line := range lines {
		plain := ansi.Strip(line)
		if d.o.Plain { // nothing can be scrolled there
			out[i] = drawn{text: strings.Repeat(" ", indent) + line}
			continue
		}
		if d.o.Shift > 0 {
			line = ansi.TruncateLeft(line, d.o.Shift, "")
		}
		shown := ansi.Strip(line)
		from := at + len(plain) - len(shown)
		cut := lipgloss.Width(line) > room
		if cut {
			line = ansi.Truncate(line, room-1, "")
			shown = ansi.Strip(line)
			line += d.cutMark()
		}
		out[i] = drawn{text: strings.Repeat(" ", indent) + line, cut: cut, spans: []Span{{indent, from, from + len(shown)}}}
		at += len(plain) + 1
	}
	return out
}

func (d *drawer) cutMark() string {
	if d.o.ASCII {
		return ">"
	}
	return d.paint("›", d.o.Palette.Rule)
}
