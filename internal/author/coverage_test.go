package author_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kubetutor/internal/author"
)

// covered is a sound coverage.yaml of the course of testdata.
const covered = `format: 1
notes:
  "000":
  - {lines: [1, 9], heading: Before, waits: [later]}
  "001":
  - {lines: [1, 40], heading: All, lessons: [first]}
  - {lines: [5, 15], heading: Objects, lessons: [first]}
  - {lines: [16, 40], heading: More, lessons: [first], waits: [later]}
  - {lines: [41, 50], heading: Last, waits: [later, latest]}
`

// TestRulesForTheCoverage breaks them one at a time.
func TestRulesForTheCoverage(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ old, new, want string }{
		{"", "", ""},
		{"format: 1", "format: 2", "coverage.yaml:1:9: this version reads format 1, not 2"},
		{"format: 1", "format: 1 ", "coverage.yaml:1:10: white space at the end of the line"},
		{"waits: [later]", "wait: [later]", "coverage.yaml:1:1: this cannot be read: "},
		{"heading: Before, waits: [later]", "heading: Before", `coverage.yaml:4:5: nobody carries "Before"`},
		{"waits: [later]", "waits: [first]", `coverage.yaml:4:46: the lesson "first" has been written`},
		{"lessons: [first]", "lessons: [frist]", `coverage.yaml:6:46: there is no lesson "frist"`},
		{"waits: [later, latest]", "lessons: [first]", `coverage.yaml:9:48: the sources of "first" have none of lines 41 to 50`},
		{"[1, 9]", "[0, 9]", "coverage.yaml:4:13: lines 0 to 9 cannot be"},
		{"[16, 40]", "[4, 4]", "coverage.yaml:8:13: line 4 comes after line 5"},
		{"[16, 40]", "[16, 41]", `coverage.yaml:8:13: lines 16 to 41 go on after line 40, where "All" ends`},
		{"lessons: [first]}\n  - {lines: [5, 15], heading: Objects, lessons: [first]}\n  - {lines: [16, 40], heading: More, lessons: [first]",
			"waits: [later]}\n  - {lines: [16, 40], heading: More",
			"basics/first/lesson.yaml:10:3: no heading of lines 10 to 20 of the notes 001 names this lesson"},
	} {
		t.Run(tc.want, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(covered, tc.old, tc.new, 1)
			if tc.want != "" && text == covered {
				t.Fatalf("there is no %q", tc.old)
			}
			dir := pack(t, "", "", "")
			if err := os.WriteFile(filepath.Join(dir, "coverage.yaml"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			r := lint(t, author.Options{Dir: dir})
			if tc.want != "" {
				wantFault(t, r, tc.want)
			} else if len(r.Faults) > 0 {
				t.Error(r.Format())
			}
		})
	}
}
