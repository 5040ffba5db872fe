package quiz

import (
	"errors"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// maxLine is the longest command line that is looked at, in bytes.
const maxLine = 16 << 10

// line is a command line: the stages of a pipeline, or, where it is anything
// else (a loop, a list), its text in the shell's standard form.
type line struct {
	stages []stage
	script string
}

// stage is one command of a pipeline.
type stage struct {
	words     []string
	assigns   []string // before the command, sorted
	redirects []string // in their order
}

var errNoCommand = errors.New("there is no command")

// parseLine reads a command line without expanding anything in it. A prompt
// that was copied along ("$ ") is dropped.
func parseLine(text string) (line, error) {
	if len(text) > maxLine {
		return line{}, errors.New("it is too long")
	}
	text = strings.TrimPrefix(strings.TrimSpace(strings.Map(typed, text)), "$ ")
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), "")
	if err != nil {
		return line{}, err
	}
	if len(file.Stmts) == 0 {
		return line{}, errNoCommand
	}
	if len(file.Stmts) == 1 {
		if stages, ok := pipeline(file.Stmts[0]); ok {
			return line{stages: stages}, nil
		}
	}
	return line{script: printed(file)}, nil
}

// typed undoes what input methods and word processors make of a command line.
func typed(r rune) rune {
	switch r {
	case '\u00a0', '\u3000':
		return ' '
	case '‘', '’', '“', '”':
		return straight(r)
	}
	return r
}

// pipeline splits a statement at its pipes; ok is false where a stage is no
// simple command.
func pipeline(s *syntax.Stmt) (stages []stage, ok bool) {
	if s.Negated || s.Background || s.Coprocess || s.Disown {
		return nil, false
	}
	switch c := s.Cmd.(type) {
	case *syntax.CallExpr:
		return []stage{simple(c, s.Redirs)}, len(c.Args) > 0
	case *syntax.BinaryCmd:
		if c.Op != syntax.Pipe || len(s.Redirs) > 0 {
			return nil, false
		}
		left, ok := pipeline(c.X)
		right, also := pipeline(c.Y)
		return append(left, right...), ok && also
	}
	return nil, false
}

func simple(c *syntax.CallExpr, redirects []*syntax.Redirect) stage {
	var s stage
	for _, w := range c.Args {
		s.words = append(s.words, literal(w))
	}
	for _, a := range c.Assigns {
		s.assigns = append(s.assigns, assignment(a))
	}
	slices.Sort(s.assigns)
	for _, r := range redirects {
		s.redirects = append(s.redirects, redirect(r))
	}
	return s
}

func assignment(a *syntax.Assign) string {
	if a.Name == nil || a.Value == nil {
		return printed(a)
	}
	return a.Name.Value + "=" + literal(a.Value)
}

func redirect(r *syntax.Redirect) string {
	text := r.Op.String()
	if r.N != nil {
		text = r.N.Value + text
	}
	if r.Hdoc != nil {
		return text + literal(r.Hdoc) // the word that ends it does not matter
	}
	return text + literal(r.Word)
}

// literal returns a word as the command would see it. What the shell would
// expand stays as it is written.
func literal(w *syntax.Word) string {
	var b strings.Builder
	for _, part := range w.Parts {
		b.WriteString(literalPart(part))
	}
	return b.String()
}

func literalPart(part syntax.WordPart) string {
	switch p := part.(type) {
	case *syntax.Lit:
		return unescape(p.Value, "")
	case *syntax.SglQuoted:
		if !p.Dollar {
			return p.Value
		}
	case *syntax.DblQuoted:
		var b strings.Builder
		for _, inner := range p.Parts {
			if lit, ok := inner.(*syntax.Lit); ok {
				b.WriteString(unescape(lit.Value, "\"\\$`"))
			} else {
				b.WriteString(printed(inner))
			}
		}
		return b.String()
	}
	return printed(part)
}

// unescape removes backslashes, in double quotes only those before one of the
// special characters.
func unescape(s, special string) string {
	var b strings.Builder
	escaped := false
	for _, r := range s {
		switch {
		case escaped && r == '\n': // a line that goes on
		case escaped && special != "" && !strings.ContainsRune(special, r):
			b.WriteRune('\\')
			b.WriteRune(r)
		case !escaped && r == '\\':
			escaped = true
			continue
		default:
			b.WriteRune(r)
		}
		escaped = false
	}
	return b.String()
}

// printed returns a piece of shell in standard form.
func printed(node syntax.Node) string {
	var b strings.Builder
	if err := syntax.NewPrinter(syntax.Minify(true)).Print(&b, node); err != nil {
		return err.Error()
	}
	return strings.TrimSpace(b.String())
}
