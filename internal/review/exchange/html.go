package exchange

import (
	"bytes"
	"fmt"
	stdhtml "html"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer"
	gmhtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"

	"kubetutor/internal/course"
	"kubetutor/internal/quiz"
	"kubetutor/internal/review/anki"
)

// html makes the fields of notes. Markup in a lesson's text is shown, not obeyed.
type html struct {
	*text
	md     goldmark.Markdown
	blanks []quiz.Segment // of the note that is made
}

func newHTML(x *Exporter) *html {
	h := &html{text: newText(x)}
	h.md = goldmark.New(extensions(), goldmark.WithRendererOptions(
		renderer.WithNodeRenderers(util.Prioritized(harmless{gmhtml.Config{Writer: gmhtml.DefaultWriter}}, 1)),
	))
	h.open = func(s quiz.Segment) string {
		h.blanks = append(h.blanks, s)
		return placeholder(len(h.blanks) - 1)
	}
	return h
}

// extensions are those of lessons, with another rule for soft line breaks: the one
// there (of CSS's draft) also joins lines of English after a comma.
func extensions() goldmark.Option {
	return goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.NewCJK(
		extension.WithEastAsianLineBreaks(extension.EastAsianLineBreaksSimple), extension.WithEscapedSpace(),
	))
}

// placeholder stands for a blank while Markdown becomes HTML: no course has
// characters for private use.
func placeholder(n int) string { return fmt.Sprintf("\ue000%d\ue001", n) }

// fields are front, back, source and ID. A cloze has its blanks in front, all of
// them on one card.
func (h *html) fields(i item) (anki.Model, [4]string, error) {
	h.blanks = nil
	front, back := h.sides(i)
	model := anki.Basic
	if i.Question != nil && i.Question.Type == course.Cloze {
		model, back = anki.Cloze, i.Question.Explain.In(h.Lang)
	}
	var fields [4]string
	for n, side := range []string{front, back} {
		var err error
		if fields[n], err = h.render(side, model); err != nil {
			return model, fields, fmt.Errorf("the card %s: %w", i.ID, err)
		}
	}
	fields[2], fields[3] = inert(stdhtml.EscapeString(h.source(i)), model), stdhtml.EscapeString(string(i.ID))
	return model, fields, nil
}

// render makes HTML of Markdown, and clozes of placeholders.
func (h *html) render(markdown string, model anki.Model) (string, error) {
	var b bytes.Buffer
	if err := h.md.Convert([]byte(markdown), &b); err != nil {
		return "", err
	}
	out := inert(strings.TrimSpace(b.String()), model)
	for n, s := range h.blanks {
		answer := strings.ReplaceAll(stdhtml.EscapeString(s.Answers[0]), ":", "&#58;")
		out = strings.ReplaceAll(out, placeholder(n), "{{c1::"+strings.ReplaceAll(answer, "}", "&#125;")+"}}")
	}
	return out, nil
}

// inert takes their meaning from what Anki would obey in a field: sounds, LaTeX,
// and clozes that are none.
func inert(html string, model anki.Model) string {
	html = strings.NewReplacer("[sound:", "&#91;sound:", "[latex]", "&#91;latex]", "[$]", "&#91;$]", "[$$]", "&#91;$$]", "[anki:", "&#91;anki:").Replace(html)
	if model == anki.Cloze {
		html = strings.ReplaceAll(html, "{{", "&#123;&#123;")
	}
	return html
}

// harmless writes what could lead out of the card as text: a package has no
// pictures, and links lead to web pages only.
type harmless struct{ gmhtml.Config }

// RegisterFuncs implements renderer.NodeRenderer.
func (r harmless) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(ast.KindImage, textOnly)
	reg.Register(ast.KindLink, r.link)
	reg.Register(ast.KindRawHTML, r.raw)
	reg.Register(ast.KindHTMLBlock, r.rawBlock)
}

func textOnly(util.BufWriter, []byte, ast.Node, bool) (ast.WalkStatus, error) {
	return ast.WalkContinue, nil
}

func (r harmless) link(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	to := string(node.(*ast.Link).Destination)
	if !strings.HasPrefix(to, "https://") && !strings.HasPrefix(to, "http://") {
		return ast.WalkContinue, nil
	}
	if entering {
		fmt.Fprintf(w, `<a href="%s">`, stdhtml.EscapeString(string(util.URLEscape([]byte(to), true))))
	} else {
		fmt.Fprint(w, "</a>")
	}
	return ast.WalkContinue, nil
}

// raw writes markup as it was typed, for reading.
func (r harmless) raw(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		segments := node.(*ast.RawHTML).Segments
		for i := range segments.Len() {
			s := segments.At(i)
			r.Writer.RawWrite(w, s.Value(source))
		}
	}
	return ast.WalkSkipChildren, nil
}

func (r harmless) rawBlock(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	block := node.(*ast.HTMLBlock)
	if !entering {
		if block.HasClosure() {
			r.Writer.RawWrite(w, block.ClosureLine.Value(source))
		}
		return ast.WalkContinue, nil
	}
	for i := range block.Lines().Len() {
		s := block.Lines().At(i)
		r.Writer.RawWrite(w, s.Value(source))
	}
	return ast.WalkContinue, nil
}
