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
		{"zh: Pod}", "zh: Pod, ja: Pod}", "glossary.yaml:4:28: unknown key"},
		{"{en: Pod, zh: Pod}", "{en: Node, zh: 节点}", `glossary.yaml:6:11: the lesson "first" does not name "Node" in English`},
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

// TestWordings puts a wording that the glossary does not want into a lesson.
func TestWordings(t *testing.T) {
	t.Parallel()
	const dir = "basics/first/"
	glossary := "format: 1\nterms:\n- id: figure\n  term: {en: drawing, zh: 图画}\n  text: {en: Lines., zh: 线条。}\n  avoid: {en: [sketch map], zh: [草图]}\n"
	for _, tc := range []struct{ file, old, new, want string }{
		{"en.md", "Some text", "Sketch map and text", `en.md:5:1: the glossary has another word for "Sketch map"`},
		{"en.md", "Some text", "A **sketch map** and text", `en.md:5:3: the glossary has another word for "sketch map"`},
		{"zh.md", "一些文字", "一些草图", `zh.md:5:3: the glossary has another word for "草图"`},
		{"lesson.yaml", "Make an object.", "Make a sketch map.", `lesson.yaml:8:1: the glossary has another word for "sketch map"`},
		{"quiz.yaml", "说 {{是}}", "草图 {{是}}", `quiz.yaml:19:1: the glossary has another word for "草图"`},
		{"en.md", "Some text", "Sketch maps and text", ""},
		{"en.md", "Some text", "What older texts call a \"sketch map\"", ""},
		{"en.md", "Some text", "`sketch map` is code", ""},
		{"zh.md", "一些文字", "旧文称作“草图”", ""},
	} {
		t.Run(tc.new, func(t *testing.T) {
			t.Parallel()
			root := pack(t, dir+tc.file, tc.old, tc.new)
			if err := os.WriteFile(filepath.Join(root, "glossary.yaml"), []byte(glossary), 0o600); err != nil {
				t.Fatal(err)
			}
			r := lint(t, author.Options{Dir: root})
			if tc.want != "" {
				wantFault(t, r, tc.want)
			} else if len(r.Faults) > 0 {
				t.Error(r.Format())
			}
		})
	}
}
