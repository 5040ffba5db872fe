package course_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"kubetutor/internal/course"
)

// noted is the small course with speaker notes.
func noted(t *testing.T, en, zh string) fstest.MapFS {
	t.Helper()
	files := pack(t)
	for name, text := range map[string]string{"notes.en.md": en, "notes.zh.md": zh} {
		if text != "" {
			files["basics/first/"+name] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return files
}

// titles are those of the first lesson's pages.
func titles(t *testing.T, lang course.Lang) (list []string) {
	t.Helper()
	for _, p := range first(t, pack(t)).Pages[lang] {
		list = append(list, p.Title)
	}
	return list
}

func first(t *testing.T, files fstest.MapFS) *course.Body {
	t.Helper()
	c, err := course.Open(files)
	if err != nil {
		t.Fatal(err)
	}
	l, ok := c.Lesson("first")
	if !ok {
		t.Fatal("there is no lesson first")
	}
	return inside(t, l)
}

func TestNotesAreThoseOfPages(t *testing.T) {
	t.Parallel()
	en, zh := titles(t, course.English), titles(t, course.Chinese)
	last := len(en) - 1
	files := noted(t,
		"# Notes\n\nAll of it.\n\n## "+en[last]+"\n\nAsk the room.\n\n```sh\n## no heading\n```\n",
		"# 备注\n\n整课。\n\n## "+zh[last]+"\n\n先提问。\n")
	l := first(t, files)
	n, err := l.Notes(course.English)
	if err != nil {
		t.Fatal(err)
	}
	if n.Whole != "All of it." || len(n.Pages) != len(en) || n.Pages[last] != "Ask the room.\n\n```sh\n## no heading\n```" {
		t.Errorf("%+v", n)
	}
	if n, err = l.Notes(course.Chinese); err != nil || n.Whole != "整课。" || n.Pages[last] != "先提问。" {
		t.Errorf("%+v, %v", n, err)
	}
	if _, err := course.Load(files); err != nil {
		t.Error(err)
	}
}

func TestLessonNeedsNoNotes(t *testing.T) {
	t.Parallel()
	if n, err := first(t, pack(t)).Notes(course.English); err != nil || !n.IsZero() {
		t.Errorf("%+v, %v", n, err)
	}
}

// Notes are the instructor's: what learners are judged by does not change with
// them.
func TestNotesDoNotCount(t *testing.T) {
	t.Parallel()
	before, err := first(t, pack(t)).Hash()
	if err != nil {
		t.Fatal(err)
	}
	after, err := first(t, noted(t, "# A\n\na\n", "# 甲\n\n甲\n")).Hash()
	if err != nil || before != after {
		t.Errorf("the hash went from %s to %s, %v", before, after, err)
	}
}

func TestFaultsOfNotes(t *testing.T) {
	t.Parallel()
	en, zh := titles(t, course.English)[0], titles(t, course.Chinese)[0]
	for name, tt := range map[string]struct{ en, zh, want string }{
		"one language":     {"# A\n\na\n", "", "there are speaker notes in one language only"},
		"no title":         {"a\n", "# 甲\n\n甲\n", "the notes have no title"},
		"unknown page":     {"# A\n\n## " + en + "x\n\na\n", "# 甲\n\n甲\n", "there is no page \""},
		"twice":            {"# A\n\n## " + en + "\n\na\n\n## " + en + "\n\nb\n", "# 甲\n\n## " + zh + "\n\n甲\n", "there is no page"},
		"empty":            {"# A\n\n## " + en + "\n", "# 甲\n\n甲\n", "nothing is said about the page \""},
		"other pages":      {"# A\n\n## " + en + "\n\na\n", "# 甲\n\n甲\n", "page 1 has notes in one language"},
		"comment":          {"# A\n\n<!-- quiz: x -->\n", "# 甲\n\n甲\n", "comments are not allowed in notes"},
		"open fence":       {"# A\n\n```sh\nls\n", "# 甲\n\n甲\n", "never ends"},
		"escape sequence":  {"# A\n\n\x1b[2J\n", "# 甲\n\n甲\n", "notes.en.md:3"},
		"hidden reference": {"# A\n\n&#27;\n", "# 甲\n\n甲\n", "notes.en.md:3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := noted(t, tt.en, tt.zh)
			_, err := course.Load(files)
			var faults course.Faults
			if !errors.As(err, &faults) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("loading says %v, want %q", err, tt.want)
			}
			if _, err := first(t, files).Notes(course.English); err == nil {
				t.Error("opening says nothing")
			}
		})
	}
}

// Whatever notes hold, reading them ends, and nothing that was said is lost.
func FuzzNotes(f *testing.F) {
	for _, seed := range []string{"# A\n\na\n", "", "##", "# A\n```\n## x\n", "# A\n## x\n<!-- a -->\n", "\x1b", "# \n\n~~~\n~~~\n## "} {
		f.Add(seed)
	}
	files := fstest.MapFS{}
	for name, file := range pack(f) {
		files[name] = file
	}
	f.Fuzz(func(t *testing.T, text string) {
		all := fstest.MapFS{"basics/first/notes.en.md": {Data: []byte(text)}, "basics/first/notes.zh.md": {Data: []byte("# 甲\n\n甲\n")}}
		for name, file := range files {
			all[name] = file
		}
		n, err := first(t, all).Notes(course.English)
		if err != nil {
			return
		}
		said := n.Whole + strings.Join(n.Pages, "")
		for _, line := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")[1:] {
			if line = strings.TrimSpace(line); !strings.HasPrefix(line, "##") && !strings.Contains(said, line) {
				t.Errorf("%q is lost of %q", line, text)
			}
		}
	})
}
