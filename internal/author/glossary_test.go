package author_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kubetutor/internal/author"
)

// TestRulesForTheGlossary breaks them one at a time.
func TestRulesForTheGlossary(t *testing.T) {
	t.Parallel()
	const sound = "format: 1\nterms:\n- id: pod\n  term: {en: Pod, zh: Pod}\n  text: {en: Containers., zh: \"一些容器。\"}\n  lesson: first\n"
	for _, tc := range []struct{ old, new, want string }{
		{"一些容器。", "一些容器,没了。", "glossary.yaml:5:1: a mark of ASCII stands in a Chinese sentence"},
		{"Containers.", strings.Repeat("Containers. ", 30), "glossary.yaml:5:14: the explanation is 359 columns wide; 320 are enough"},
		{"format: 1", "format: 1 ", "glossary.yaml:1:10: white space at the end of the line"},
		{"lesson: first", "lesson: frist", `glossary.yaml:6:11: there is no lesson "frist"`},
	} {
		t.Run(tc.want, func(t *testing.T) {
			t.Parallel()
			dir := pack(t, "", "", "")
			text := strings.Replace(sound, tc.old, tc.new, 1)
			if err := os.WriteFile(filepath.Join(dir, "glossary.yaml"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			wantFault(t, lint(t, author.Options{Dir: dir}), tc.want)
		})
	}
}
