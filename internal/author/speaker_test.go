package author_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kubetutor/internal/author"
)

// Speaker notes are set and worded as lessons are.
func TestNotesAreLinted(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ en, zh, want string }{
		{"# A\n\nGood.\n", "# 甲\n\n好,坏。\n", "notes.zh.md:3:"},
		{"# A\n\n" + strings.Repeat("x\n\n", 61), "# 甲\n\n甲。\n", "notes.en.md:121:1: the notes have 124 lines; 120 are enough"},
		{"# A\n\n```figure\nbox\n```\n", "# 甲\n\n甲。\n", "notes.en.md:3:1: the figure has no description"},
		{"# A\n\nTODO: more\n", "# 甲\n\n甲。\n", "notes.en.md:3:1: this is not written yet"},
		{"# A\n\n[x](lesson:nowhere)\n", "# 甲\n\n甲。\n", "notes.en.md:3:1: the link"},
	} {
		t.Run(tc.want, func(t *testing.T) {
			t.Parallel()
			dir := pack(t, "", "", "")
			for name, text := range map[string]string{"notes.en.md": tc.en, "notes.zh.md": tc.zh} {
				if err := os.WriteFile(filepath.Join(dir, "basics", "first", name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			wantFault(t, lint(t, author.Options{Dir: dir}), tc.want)
		})
	}
}
