package course_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/course/coursetest"
	"kubetutor/lessons"
)

// inside opens a lesson.
func inside(t testing.TB, l *course.Lesson) *course.Body {
	t.Helper()
	b, err := l.Body()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// both are a course that is loaded whole, and one that is only opened.
func both(t *testing.T) (whole, opened *course.Course) {
	t.Helper()
	whole, err := course.Load(lessons.FS)
	if err != nil {
		t.Fatal(err)
	}
	if opened, err = course.Open(lessons.FS); err != nil {
		t.Fatal(err)
	}
	return whole, opened
}

// TestOpened compares what is known at once with the whole course, and then the
// bodies.
func TestOpened(t *testing.T) {
	t.Parallel()
	whole, opened := both(t)
	if len(whole.Lessons()) != len(opened.Lessons()) {
		t.Fatalf("%d lessons, %d opened", len(whole.Lessons()), len(opened.Lessons()))
	}
	for i, l := range opened.Lessons() {
		want, have := inside(t, whole.Lessons()[i]), inside(t, l)
		if !reflect.DeepEqual(want.Pages, have.Pages) || !reflect.DeepEqual(want.Questions, have.Questions) || !reflect.DeepEqual(want.Labs, have.Labs) {
			t.Errorf("%s: the bodies differ", l.ID)
		}
		if l.ID != want.ID || l.Title != want.Title || l.Track.ID != want.Track.ID || l.Minutes != want.Minutes || !reflect.DeepEqual(l.After, want.After) {
			t.Errorf("%s: the heads differ", l.ID)
		}
	}
}

// TestWhatIsKnownAtOnce compares what Open says of questions, labs and pages
// with what is there.
func TestWhatIsKnownAtOnce(t *testing.T) {
	t.Parallel()
	_, c := both(t)
	for _, l := range c.Lessons() {
		b := inside(t, l)
		for lang, pages := range b.Pages {
			if len(pages) != l.PageCount {
				t.Errorf("%s has %d pages in %s, not %d", l.ID, len(pages), lang, l.PageCount)
			}
		}
		for _, id := range l.QuestionIDs {
			if _, ok := b.Question(id); !ok {
				t.Errorf("%s has no question %s", l.ID, id)
			}
		}
		for _, id := range l.LabIDs {
			if _, ok := b.Lab(id); !ok {
				t.Errorf("%s has no lab %s", l.ID, id)
			}
		}
		if len(l.QuestionIDs) != len(b.Questions) || len(l.LabIDs) != len(b.Labs) {
			t.Errorf("%s: %d and %d of %d questions and %d labs", l.ID, len(l.QuestionIDs), len(l.LabIDs), len(b.Questions), len(b.Labs))
		}
	}
}

func TestABodyIsSharedAndLetGo(t *testing.T) {
	t.Parallel()
	_, c := both(t)
	l := c.Lessons()[0]
	b := inside(t, l)
	if again := inside(t, l); again != b {
		t.Error("it was loaded twice")
	}
	gone := make(chan struct{})
	runtime.AddCleanup(b, func(gone chan struct{}) { close(gone) }, gone)
	runtime.GC() // nobody uses it any more
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		t.Error("it is kept for ever")
	}
}

func TestNothingIsOpenedWithoutACourse(t *testing.T) {
	t.Parallel()
	if _, err := course.Open(fstest.MapFS{}); err == nil {
		t.Error("an empty directory is a course")
	}
	if _, err := course.OpenDir(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a directory that is not there: %v", err)
	}
}

// TestFaultsOfABody wants faults in a lesson's files when it is opened, and the
// other lessons unharmed.
func TestFaultsOfABody(t *testing.T) {
	t.Parallel()
	files := many(t, 2)
	files["t0/lesson-0/quiz.yaml"] = &fstest.MapFile{Data: []byte("format: 1\nquestion: []\n")}
	delete(files, "t0/lesson-0/en.md")
	c, err := course.Open(files)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Lessons()[0].Body()
	var faults course.Faults
	if !errors.As(err, &faults) || len(faults) != 2 || !strings.HasPrefix(err.Error(), "opening the lesson lesson-0: t0/lesson-0/en.md: there is no such file") {
		t.Errorf("faults: %v", err)
	}
	inside(t, c.Lessons()[1])
}

// TestADirectoryIsReadWhereItWasNamed wants the place of a fault that is found
// late as the caller named the directory.
func TestADirectoryIsReadWhereItWasNamed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, pack(t)); err != nil {
		t.Fatal(err)
	}
	c, err := course.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	gone := filepath.Join(dir, "basics", "first", "zh.md")
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Lessons()[0].Body(); err == nil || !strings.Contains(err.Error(), filepath.ToSlash(gone)+": there is no such file") {
		t.Errorf("the fault: %v", err)
	}
}

// TestOneLesson loads a lesson in spite of faults in others.
func TestOneLesson(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := many(t, 3)
	files["t0/lesson-1/lesson.yaml"] = &fstest.MapFile{Data: []byte("format: 2\n")}
	files["glossary.yaml"] = &fstest.MapFile{Data: []byte("format: 2\n")}
	if err := os.CopyFS(dir, files); err != nil {
		t.Fatal(err)
	}
	c, err := course.LoadLesson(dir, "t0/lesson-0")
	if err != nil || len(c.Lessons()) != 1 || c.Lessons()[0].ID != "lesson-0" {
		t.Fatalf("%v, %v", c, err)
	}
	inside(t, c.Lessons()[0])
	if _, err := course.LoadLesson(dir, "t0/lesson-1"); err == nil || !strings.Contains(err.Error(), "t0/lesson-1/lesson.yaml:1:9") {
		t.Errorf("a faulty lesson: %v", err)
	}
	change(t, filepath.Join(dir, "t0", "track.yaml"), "lesson-2", "lesson-9")
	if _, err := course.LoadLesson(dir, "t0/lesson-2"); err == nil || !strings.Contains(err.Error(), `the directory "lesson-2" is not in the list`) {
		t.Errorf("a lesson that the track does not list: %v", err)
	}
	for _, none := range []string{"t0/none", "none/none", "../x", "t0"} {
		if c, err := course.LoadLesson(dir, none); err == nil && len(c.Lessons()) > 0 {
			t.Errorf("%s is a lesson", none)
		}
	}
}

func change(t *testing.T, file, old, new string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.Replace(data, []byte(old), []byte(new), 1), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestSyntheticLessonsAreLessons(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	coursetest.Write(t, dir, 12)
	c, err := course.LoadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Lessons()) != 12 {
		t.Errorf("%d lessons", len(c.Lessons()))
	}
}

// BenchmarkOpen opens the built-in course, and synthetic ones of directories.
func BenchmarkOpen(b *testing.B) {
	b.Run("built-in", func(b *testing.B) {
		for b.Loop() {
			if _, err := course.Open(lessons.FS); err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, n := range map[string]int{"300": 300, "3000": 3000} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			coursetest.Write(b, dir, n)
			for b.Loop() {
				if _, err := course.OpenDir(dir); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkBody opens the longest kind of lesson.
func BenchmarkBody(b *testing.B) {
	dir := b.TempDir()
	coursetest.Write(b, dir, 1)
	for b.Loop() {
		c, err := course.OpenDir(dir)
		if err != nil {
			b.Fatal(err)
		}
		inside(b, c.Lessons()[0])
	}
}
