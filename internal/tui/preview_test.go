package tui_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/exp/golden"

	"kubetutor/internal/course"
	"kubetutor/internal/tui"
)

// writing is a course in a directory that a test changes.
type writing struct {
	*sim
	dir string
}

const claimDir = "storage/pv-pvc-matching"

// write copies the course of the tests and opens its lesson in a preview.
func write(t *testing.T, lang course.Lang, w, h int) *writing {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/course")); err != nil {
		t.Fatal(err)
	}
	o := options(t)
	o.Lang, o.Lesson, o.Lab = lang, claim, nil
	o.Course = nil
	wr := &writing{newSim(t, o, w, h), dir}
	wr.saved()
	return wr
}

// saved is what the preview hears after a change: with whole, every file is
// read at once, without, as it is opened.
func (w *writing) saved() {
	w.t.Helper()
	c, err := course.LoadLesson(w.dir, claimDir)
	if err == nil {
		w.send(tui.Drafted(tui.Draft{Course: c}))
		return
	}
	w.send(tui.Drafted(tui.Draft{Faults: err.(course.Faults)}))
}

// edit changes a file of the lesson and saves it.
func (w *writing) edit(file, old, new string) {
	w.t.Helper()
	name := filepath.Join(w.dir, claimDir, file)
	data, err := os.ReadFile(name)
	if err != nil {
		w.t.Fatal(err)
	}
	after := strings.Replace(string(data), old, new, 1)
	if after == string(data) {
		w.t.Fatalf("%s has no %q", file, old)
	}
	if err := os.WriteFile(name, []byte(after), 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.saved()
}

// top is the first line of the text.
func (w *writing) top() string {
	for _, line := range strings.Split(w.screen(), "\n")[2:] {
		if text := strings.TrimSpace(line); text != "" {
			return text
		}
	}
	return ""
}

// TestPreviewKeepsThePlace changes text above and below what is read.
func TestPreviewKeepsThePlace(t *testing.T) {
	t.Parallel()
	for _, lang := range course.Langs {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			w := write(t, lang, 80, 14)
			w.press("n", "down", "down", "down", "down", "down")
			file, before, page := string(lang)+".md", w.top(), "2/"
			w.shows(page)
			heading := secondHeading(t, filepath.Join(w.dir, claimDir, file))
			w.edit(file, heading, heading+"\n\nA new paragraph.\n\nAnd another one.")
			if w.top() != before {
				t.Errorf("%q stood at the top, now %q does:\n%s", before, w.top(), w.screen())
			}
			w.shows(page)
			w.press("up", "up", "up", "up", "up", "up", "up", "up")
			w.shows("A new paragraph.", "And another one.")
		})
	}
}

func secondHeading(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "## ") {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found[1]
}

// TestPreviewShowsFaults breaks the lesson, and mends it.
func TestPreviewShowsFaults(t *testing.T) {
	t.Parallel()
	w := write(t, course.English, 100, 24)
	w.press("n")
	before := w.screen()
	w.edit("lesson.yaml", "level: core", "level: hard")
	w.shows("Faults: 1.", "lesson.yaml:4:8", `"hard" is no level`, "→ write intro, core or advanced")
	w.press("space", "enter", "tab", "esc", "o")
	w.shows("Faults: 1.")
	w.press("L")
	w.shows("有 1 个问题", "lesson.yaml:4:8")
	w.press("L")
	w.edit("lesson.yaml", "level: hard", "level: core")
	if w.screen() != before {
		t.Errorf("it was\n%s\nand is now\n%s", before, w.screen())
	}
	w.edit("en.md", "## ", "<!-- a comment -->\n## ")
	w.shows("en.md:", "directive")
	w.press("q")
	if !w.quit {
		t.Error("q does not quit while faults are shown")
	}
}

// TestPreviewOfPanels keeps a question and a lab open.
func TestPreviewOfPanels(t *testing.T) {
	t.Parallel()
	w := write(t, course.English, 80, 24)
	w.press("space")
	w.press("down")
	w.shows("A question", "( )")
	before := w.screen()
	w.edit("zh.md", "# ", "# 新：")
	if up := func(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "▸", " "), " ", "") }; up(w.screen()) != up(before) {
		t.Errorf("the question was open:\n%s\nand now there is\n%s", before, w.screen())
	}
}

// TestPreviewLosesPages takes away the page that is read, and the lesson.
func TestPreviewLosesPages(t *testing.T) {
	t.Parallel()
	w := write(t, course.English, 80, 24)
	for range 9 {
		w.press("n")
	}
	c, err := course.LoadDir(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	body := inside(t, c, claim)
	for _, lang := range course.Langs {
		body.Pages[lang] = body.Pages[lang][:1]
	}
	w.send(tui.Drafted(tui.Draft{Course: c}))
	w.shows("1/1")
	w.send(tui.Drafted(tui.Draft{Course: &course.Course{}}))
	w.hides("1/1")
}

// TestPreviewOfACourse opens lessons from the list, reading them then.
func TestPreviewOfACourse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/course")); err != nil {
		t.Fatal(err)
	}
	o := options(t)
	o.Course, o.Lab = nil, nil
	w := &writing{newSim(t, o, 80, 24), dir}
	open := func() {
		c, err := course.OpenDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		w.send(tui.Drafted(tui.Draft{Course: c}))
	}
	open()
	w.press("enter")
	w.shows("1/")
	if err := os.Remove(filepath.Join(dir, claimDir, "zh.md")); err != nil {
		t.Fatal(err)
	}
	open()
	w.shows("zh.md", "there is no such file")
}

// TestDraftsAreAwaited hears of drafts until there are no more.
func TestDraftsAreAwaited(t *testing.T) {
	t.Parallel()
	drafts := make(chan tui.Draft, 2)
	drafts <- tui.Draft{Faults: course.Faults{{File: "a.yaml", Message: "first"}}}
	drafts <- tui.Draft{Faults: course.Faults{{File: "b.yaml", Message: "second"}}}
	close(drafts)
	o := small(t)
	o.Drafts = drafts
	newSim(t, o, 80, 24).shows("second")
}

func TestGoldenFaults(t *testing.T) {
	t.Parallel()
	faults := course.Faults{
		{File: "lessons/storage/pv-pvc-matching/zh.md", Line: 12, Column: 3, Message: "U+001B 是转义序列的开头 is the beginning of an escape sequence", Mend: "remove it"},
		{File: "lessons/storage/pv-pvc-matching/labs/bind-claim/lab.yaml", Line: 9, Column: 11, Message: `unknown key "tilte"`, Mend: `do you mean "title"?`},
		{File: "lessons/storage/track.yaml", Message: "cannot be read"},
	}
	for _, size := range [][2]int{{40, 16}, {80, 24}, {160, 40}} {
		for _, lang := range course.Langs {
			t.Run(fmt.Sprintf("%d-%s", size[0], lang), func(t *testing.T) {
				t.Parallel()
				o := small(t)
				o.Lang = lang
				s := newSim(t, o, size[0], size[1])
				s.send(tui.Drafted(tui.Draft{Faults: faults}))
				golden.RequireEqual(t, s.screen())
				for w := 20; w < 200; w += 7 {
					s.send(tea.WindowSizeMsg{Width: w, Height: 10 + w%30})
					fits(t, s, w, 10+w%30)
				}
			})
		}
	}
}
