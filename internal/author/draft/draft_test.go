package draft_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kubetutor/internal/author"
	"kubetutor/internal/author/draft"
	"kubetutor/internal/course"
)

func scaffold(t *testing.T, s draft.Scaffold) draft.Lesson {
	t.Helper()
	s.Kubernetes = author.Kubernetes
	l, err := draft.New(s)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func write(t *testing.T, dir string, lessons ...draft.Lesson) draft.Report {
	t.Helper()
	r, err := draft.Write(dir, lessons)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func read(t *testing.T, elem ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(elem...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// tree lists the files below a directory.
func tree(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestScaffold wants a lesson that loads, and of which the linter says nothing
// but what is not written yet.
func TestScaffold(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]draft.Scaffold{
		"with a lab":    {Track: "team", ID: "first", Lab: "paint", Title: course.Text{EN: `He said: "no" \o/ # 1`, ZH: "第一课：'甲'"}},
		"without a lab": {Track: "team", ID: "first"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, dir, scaffold(t, s))
			if _, err := course.LoadDir(dir); err != nil {
				t.Fatalf("it does not load:\n%v", err)
			}
			r, err := author.Lint(context.Background(), author.Options{Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range r.Faults {
				if !strings.HasPrefix(f.Message, "this is not written yet: ") || f.Line == 0 || f.Column == 0 || f.Mend == "" {
					t.Error(f)
				}
			}
			if len(r.Faults) < 30 {
				t.Errorf("only %d things are not written yet", len(r.Faults))
			}
		})
	}
}

// TestWritten fills the scaffold in by taking the marks away: then nothing is
// left to say.
func TestWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, scaffold(t, draft.Scaffold{Track: "team", ID: "first", Lab: "paint"}))
	for _, name := range tree(t, dir) {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(read(t, file), draft.Mark+" ", "")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := author.Lint(context.Background(), author.Options{Dir: dir})
	if err != nil || len(r.Faults) > 0 {
		t.Errorf("%v\n%s", err, r.Format())
	}
}

func TestListsGetLonger(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ before, after string }{
		"flow":         {"lessons: [a, b] # in order\n", "lessons: [a, b, new] # in order\n"},
		"empty":        {"lessons: []\n", "lessons: [new]\n"},
		"block":        {"lessons: # all\n- a   # first\n- b\n\n# end\n", "lessons: # all\n- a   # first\n- b\n- new\n\n# end\n"},
		"indented":     {"lessons:\n    - a\n    - \"b\"\nid: x\n", "lessons:\n    - a\n    - \"b\"\n    - new\nid: x\n"},
		"quoted":       {"lessons: ['a', \"b\"]\n", "lessons: ['a', \"b\", new]\n"},
		"over lines":   {"lessons: [a,\n  b]\n", "lessons: [a,\n  b, new]\n"},
		"no newline":   {"lessons:\n- a", "lessons:\n- a\n- new\n"},
		"without":      {"id: x\n", "id: x\nlessons: [new]\n"},
		"there":        {"lessons: [new]\n", "lessons: [new]\n"},
		"another kind": {"lessons: {a: b}\n", ""},
		"no YAML":      {"lessons: [a\n", ""},
		"an alias":     {"a: &l [x]\nlessons: *l\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, "team", "track.yaml")
			if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(tc.before), 0o600); err != nil {
				t.Fatal(err)
			}
			r, err := draft.Write(dir, []draft.Lesson{scaffold(t, draft.Scaffold{Track: "team", ID: "new"})})
			if tc.after == "" {
				if err == nil || read(t, file) != tc.before || len(tree(t, dir)) != 1 {
					t.Errorf("%v: %v, %q", err, tree(t, dir), read(t, file))
				}
				return
			}
			if err != nil || read(t, file) != tc.after || (len(r.Changed) == 1) != (tc.before != tc.after) {
				t.Errorf("%v, %v: %q, want %q", err, r.Changed, read(t, file), tc.after)
			}
		})
	}
}

func TestNothingIsOverwritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := scaffold(t, draft.Scaffold{Track: "team", ID: "first", Lab: "paint"})
	write(t, dir, l)
	before := tree(t, dir)
	second := scaffold(t, draft.Scaffold{Track: "team", ID: "second"})
	var exists *draft.ExistsError
	if _, err := draft.Write(dir, []draft.Lesson{second, l}); !errors.As(err, &exists) {
		t.Errorf("overwritten: %v", err)
	}
	if after := tree(t, dir); !slices.Equal(before, after) || strings.Contains(read(t, dir, "team/track.yaml"), "second") {
		t.Errorf("something was written: %v", after)
	}
}

// TestAFurtherLab adds a lab to a lesson that is there.
func TestAFurtherLab(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, scaffold(t, draft.Scaffold{Track: "team", ID: "first", Lab: "paint"}))
	l, err := draft.NewLab(draft.Scaffold{Track: "team", ID: "first", Lab: "again"})
	if err != nil {
		t.Fatal(err)
	}
	r := write(t, dir, l)
	if !slices.Equal(r.Changed, []string{"team/first/lesson.yaml"}) || !strings.Contains(read(t, dir, "team/first/lesson.yaml"), "labs: [paint, again]") {
		t.Errorf("%+v\n%s", r, read(t, dir, "team/first/lesson.yaml"))
	}
}

func TestNothingIsWrittenOutside(t *testing.T) {
	t.Parallel()
	above := t.TempDir()
	dir := filepath.Join(above, "course")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(above, filepath.Join(dir, "out")); err != nil {
		t.Skip(err)
	}
	for _, l := range []draft.Lesson{
		{Track: "..", ID: "x"}, {Track: "a/b", ID: "x"}, {Track: "a", ID: "../x"}, {Track: "", ID: "x"},
		{Track: "out", ID: "x", Files: map[string]string{"en.md": ""}},
		{Track: "a", ID: "x", Files: map[string]string{"../../../y": ""}},
	} {
		if _, err := draft.Write(dir, []draft.Lesson{l}); err == nil {
			t.Errorf("%+v was written", l)
		}
	}
	if names := tree(t, above); len(names) > 0 && !slices.Equal(names, []string{"course/out"}) {
		t.Errorf("there is now %v", names)
	}
}

// TestUndo fails while lists are written, and wants everything as it was.
func TestUndo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, scaffold(t, draft.Scaffold{Track: "team", ID: "first"}))
	if err := os.Mkdir(filepath.Join(dir, "team", "track.yaml.new"), 0o700); err != nil {
		t.Fatal(err)
	}
	before := tree(t, dir)
	if _, err := draft.Write(dir, []draft.Lesson{scaffold(t, draft.Scaffold{Track: "team", ID: "second"})}); err == nil {
		t.Fatal("it was written")
	}
	if _, err := os.Stat(filepath.Join(dir, "team", "second")); err == nil || !slices.Equal(before, tree(t, dir)) {
		t.Errorf("left behind: %v", tree(t, dir))
	}
}
