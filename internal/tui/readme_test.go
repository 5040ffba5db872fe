package tui

import (
	"flag"
	"os"
	"strings"
	"testing"

	"kubetutor/internal/course"
)

var updateReadme = flag.Bool("update-readme", false, "write the table of keys into the README")

// TestReadmeKeys holds the README's table of keys to the keys that there are.
func TestReadmeKeys(t *testing.T) {
	const file, begin, end = "../../README.md", "<!-- keys -->\n", "<!-- /keys -->\n"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), begin)
	table, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no %q ... %q", file, begin, end)
	}
	want := KeyTable(course.English)
	if table == want {
		return
	}
	if !*updateReadme {
		t.Fatal("the README's table of keys is not up to date: go test ./internal/tui -run ReadmeKeys -update-readme")
	}
	if err := os.WriteFile(file, []byte(before+begin+want+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
