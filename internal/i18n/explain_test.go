package i18n_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/lab/protocol"
)

var updateExplained = flag.Bool("update", false, "write what is said now as what is right")

// TestExplanationsAreWorded compares the words of all explanations that the
// engine's tests make with those that were found right.
func TestExplanationsAreWorded(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("..", "engine", "network", "testdata", "explanations.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]protocol.Explanation
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	for _, lang := range course.Langs {
		var b strings.Builder
		for _, line := range sortedKeys(all) {
			fmt.Fprintf(&b, "$ explain-connection %s\n%s\n", line, i18n.CLIWords(lang).Explanation(all[line]))
		}
		if strings.ContainsAny(b.String(), "{}") {
			t.Errorf("%s: something is not filled in", lang)
		}
		file := filepath.Join("testdata", "explanations."+string(lang)+".txt")
		if *updateExplained {
			if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if b.String() != string(want) {
			t.Errorf("%s: the words have changed; run the test with -update and read them", file)
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

var inBraces = regexp.MustCompile(`\{[a-z]+\}`)

// TestExplainCodesHaveWords holds that every code of a step has words in both
// languages, about the same things, and no words are left over.
func TestExplainCodesHaveWords(t *testing.T) {
	t.Parallel()
	codes := explainCodes(t)
	for _, lang := range course.Langs {
		if words := i18n.CLIWords(lang).ExplainCodes(); !slices.Equal(words, codes) {
			t.Errorf("%s has words for\n%v\ncodes are\n%v", lang, words, codes)
		}
	}
	for _, code := range codes {
		step := protocol.ExplainStep{Code: protocol.ExplainCode(code)}
		en, zh := inBraces.FindAllString(i18n.CLIWords(course.English).Step(step), -1), inBraces.FindAllString(i18n.CLIWords(course.Chinese).Step(step), -1)
		slices.Sort(en)
		slices.Sort(zh)
		if !slices.Equal(slices.Compact(en), slices.Compact(zh)) {
			t.Errorf("%s is about %v in English, about %v in Chinese", code, en, zh)
		}
	}
}

// explainCodes reads the constants of the type ExplainCode.
func explainCodes(t *testing.T) (codes []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "lab", "protocol", "explain.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := v.Type.(*ast.Ident); ok && kind.Name == "ExplainCode" {
			code, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, code)
		}
		return true
	})
	slices.Sort(codes)
	return codes
}
