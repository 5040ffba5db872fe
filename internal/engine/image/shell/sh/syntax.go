package sh

import (
	"errors"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

func incomplete(err error) bool { return syntax.IsIncomplete(err) }

// syntaxError prints a syntax error as ash does.
func (s *shell) syntaxError(err error) int {
	if parse, ok := errors.AsType[syntax.ParseError](err); ok {
		s.line = parse.Pos.Line()
		s.errorf("syntax error: %s", complaint(parse))
		return 2
	}
	if lang, ok := errors.AsType[syntax.LangError](err); ok {
		s.line = lang.Pos.Line()
	}
	s.errorf("syntax error: %v", err)
	return 2
}

// errorLine is the line of a syntax error, 0 if it is not known.
func errorLine(err error) uint {
	if parse, ok := errors.AsType[syntax.ParseError](err); ok {
		return parse.Pos.Line()
	}
	return 0
}

// complaint puts what the parser says in the words of ash, as far as they agree.
func complaint(err syntax.ParseError) string {
	text := err.Text
	word := quotedPart(text)
	switch {
	case strings.Contains(text, "without closing quote"):
		return "unterminated quoted string"
	case strings.Contains(text, "without matching") && strings.HasPrefix(text, "reached `EOF`"), err.Incomplete:
		return "unexpected end of file"
	case strings.Contains(text, "can only be used"), strings.Contains(text, "not a valid start"), strings.Contains(text, "can only immediately follow"):
		return `unexpected "` + word + `"`
	case strings.Contains(text, "must be followed by a statement list"), strings.Contains(text, "must be followed by a statement"):
		return `unexpected ";"`
	}
	return text
}

// quotedPart is the first word between backquotes.
func quotedPart(text string) string {
	_, after, _ := strings.Cut(text, "`")
	word, _, _ := strings.Cut(after, "`")
	return word
}
