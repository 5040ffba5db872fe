package markdown

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"charm.land/glamour/v2/ansi"
	xansi "github.com/charmbracelet/x/ansi"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"

	"kubetutor/internal/markdown/block"
)

// painter renders inline Markdown and code with glamour. It is not safe for
// concurrent use; each Render has its own.
type painter struct {
	text    goldmark.Markdown // paragraphs, list items, table cells
	heading goldmark.Markdown
	o       Options
}

func newPainter(o Options) *painter {
	s := styles(o)
	return &painter{o: o, text: glamour(s, s.Text), heading: glamour(s, s.Heading.StylePrimitive)}
}

// glamour is a goldmark whose output is glamour's, with ours as the style of
// plain text. WordWrap is 0: lines are broken later, by UAX #14.
func glamour(s ansi.StyleConfig, text ansi.StylePrimitive) goldmark.Markdown {
	s.Text = text
	r := ansi.NewRenderer(ansi.Options{Styles: s, WordWrap: 0, ChromaFormatter: "terminal256"})
	md := goldmark.New(block.Extensions())
	md.SetRenderer(renderer.NewRenderer(renderer.WithNodeRenderers(util.Prioritized(r, 1000))))
	return md
}

// inline renders the inline content of a block on one line; a hard line break
// stays a newline.
func (p *painter) inline(md goldmark.Markdown, src string) (string, error) {
	var b bytes.Buffer
	if err := md.Convert([]byte(block.JoinLines(src)), &b); err != nil {
		return "", fmt.Errorf("rendering %.40q: %w", src, err)
	}
	return p.links(strings.Trim(b.String(), "\n ")), nil
}

// The escape sequences of links as glamour writes them: the end of a link's text
// with the address that it repeats after it, and the beginning of a link to a
// lesson.
var (
	repeated = regexp.MustCompile(`(\x1b\]8;;\x07(?:\x1b\[m)?) (?:\x1b\[[\d;]*m)?\x1b\]8;id=\d+;([^\x07]*)\x07([^\x1b]*)\x1b\]8;;\x07(?:\x1b\[m)?`)
	internal = regexp.MustCompile(`\x1b\]8;[^;\x07]*;` + block.LessonScheme + `[^\x07]*\x07`)
)

// links leaves of a link its text, which the terminal opens itself if it can
// (OSC 8), and of a link to a lesson nothing that it would try to open. Where
// there are no escape sequences, the address stays behind the text.
func (p *painter) links(styled string) string {
	if p.o.Plain || !strings.Contains(styled, "\x1b]8;") {
		return styled
	}
	styled = repeated.ReplaceAllStringFunc(styled, func(s string) string {
		if m := repeated.FindStringSubmatch(s); m[2] == m[3] {
			return m[1]
		}
		return s
	})
	return internal.ReplaceAllLiteralString(styled, "")
}

// code renders a code block, highlighted; every line of it is one line.
func (p *painter) code(text, language string) []string {
	plain := strings.Split(plainCode(text), "\n")
	if p.o.NoColor || p.o.Plain || p.o.Palette.Chroma == "" || language == "" {
		return plain
	}
	var b bytes.Buffer
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if err := p.text.Convert([]byte(fence+language+"\n"+strings.Join(plain, "\n")+"\n"+fence), &b); err != nil {
		return plain
	}
	lines := strings.Split(strings.TrimPrefix(b.String(), "\n"), "\n")
	if len(lines) < len(plain) {
		return plain
	}
	return trusted(lines[:len(plain)], plain)
}

// trusted returns the highlighted lines if they say what the plain ones say;
// a lexer that changes the text is not to be trusted.
func trusted(styled, plain []string) []string {
	for i := range plain {
		if xansi.Strip(styled[i]) != plain[i] {
			return plain
		}
	}
	return reopen(styled)
}

// plainCode is code as it is drawn, without colours.
func plainCode(s string) string {
	return strings.TrimRight(strings.ReplaceAll(s, "\t", "    "), "\n")
}
