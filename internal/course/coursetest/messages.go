package coursetest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Unprovoked lists the messages of faults in a package's sources that none of
// its tests wants: of every call of add, at and fault the format, unless a
// string in a test has the longest part of it that is no verb. A call whose
// mend is "" is listed as well.
func Unprovoked(t testing.TB, dir string) (list []string) {
	t.Helper()
	wanted := strings.Join(literals(t, dir, true, nil), "\n")
	calls := func(c *ast.CallExpr) bool {
		s, ok := c.Fun.(*ast.SelectorExpr)
		return ok && (s.Sel.Name == "add" || s.Sel.Name == "at" || s.Sel.Name == "fault")
	}
	for _, format := range literals(t, dir, false, calls) {
		if format == "" {
			list = append(list, "a fault without a way to mend it")
		} else if part := longest(format); !strings.Contains(wanted, part) {
			list = append(list, format)
		}
	}
	return list
}

var verb = regexp.MustCompile(`%[a-zA-Z]`)

// longest is the longest part of a format without verbs, as far as tests write
// it out.
func longest(format string) (part string) {
	for _, p := range verb.Split(format, -1) {
		if len(p) > len(part) {
			part = p
		}
	}
	return part[:min(len(part), 24)]
}

// literals lists the strings in the files of a package, or in its tests: those
// of calls that are asked for, see mendAndFormat, or all.
func literals(t testing.TB, dir string, tests bool, calls func(*ast.CallExpr) bool) (list []string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") != tests {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if c, ok := n.(*ast.CallExpr); ok && calls != nil && calls(c) {
				list = append(list, mendAndFormat(c)...)
			}
			if s, ok := n.(*ast.BasicLit); ok && calls == nil && s.Kind == token.STRING {
				list = append(list, unquoted(s))
			}
			return true
		})
	}
	return list
}

// mendAndFormat are the last string of a call, unless it is a verb alone, and
// the one before it where that is empty.
func mendAndFormat(c *ast.CallExpr) (list []string) {
	text := func(i int) (string, bool) {
		if i < 0 {
			return "", false
		}
		s, ok := c.Args[i].(*ast.BasicLit)
		if !ok || s.Kind != token.STRING {
			return "", false
		}
		return unquoted(s), true
	}
	for i := len(c.Args) - 1; i >= 0; i-- {
		format, ok := text(i)
		if !ok {
			continue
		}
		if mend, literal := text(i - 1); literal && mend == "" {
			list = append(list, "")
		}
		if len(verb.ReplaceAllString(format, "")) > 3 {
			list = append(list, format)
		}
		return list
	}
	return nil
}

func unquoted(s *ast.BasicLit) string {
	text, err := strconv.Unquote(s.Value)
	if err != nil {
		return s.Value
	}
	return text
}
