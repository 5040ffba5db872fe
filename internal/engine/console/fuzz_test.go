package console

import (
	"strings"
	"testing"
)

// FuzzParse gives the parser any text: it answers, and a finished line stays
// finished when a line break follows.
func FuzzParse(f *testing.F) {
	for _, line := range []string{"echo a", "for i in 1; do", "cat <<E\nx\nE", "a=$(", "((x++))", "f() { f; }; f", "echo {1..3}", "\\", "'", "`", "<<", "\x00"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		file, incomplete, err := parse(line, "")
		if err == nil && !incomplete && file == nil {
			t.Fatalf("%q: nothing", line)
		}
		if file != nil {
			paceLoops(file)
		}
	})
}

// FuzzInside checks that no path, however written, leads out of the workspace.
func FuzzInside(f *testing.F) {
	for _, path := range []string{"a", "..", "../a", "/", "/w/x/../../y", "/w/x", "a/../../b", "//w/x", "./.", ""} {
		f.Add("/w/x", path)
	}
	f.Fuzz(func(t *testing.T, dir, path string) {
		rel, err := place{Workspace: "/w/x"}.inside(dir, path)
		if err == nil && (rel == ".." || strings.HasPrefix(rel, "../") || strings.HasPrefix(rel, "/")) {
			t.Fatalf("%q from %q is taken for %q", path, dir, rel)
		}
	})
}

// FuzzCompletion checks that what is completed is the end of the line.
func FuzzCompletion(f *testing.F) {
	for _, line := range []string{"", "kubectl get ", "a | b c", "x > ", "for i in $(k"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		words, from := lastCommand(line)
		if len(words) == 0 || from < 0 || from > len(line) || words[len(words)-1] != line[from:] {
			t.Fatalf("%q: %q from %d", line, words, from)
		}
	})
}
