package nginx

import (
	"strings"
	"testing"
)

// FuzzLexer feeds configurations to the lexer: it must end, and count lines.
func FuzzLexer(f *testing.F) {
	for _, seed := range []string{"server { listen 80; }", "a \"b\\\"c\" 'd' ${e};", "# only", "x {", "}", "\\", "a '", ";;", "log_format m '$a'\n'b';"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l := &lexer{text: text, file: "f", line: 1}
		for range len(text) + 2 {
			d, end, err := l.directive()
			if err != nil || end == 0 {
				return
			}
			if lines := strings.Count(text, "\n") + 1; end != '}' && (d.line < 1 || d.line > lines) {
				t.Fatalf("%q: a directive on line %d of %d", text, d.line, lines)
			}
		}
		t.Fatalf("%q: the lexer does not come to an end", text)
	})
}
