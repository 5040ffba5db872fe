package tui_test

import (
	"os"
	"path/filepath"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/tui"
)

// faulty is a course whose lesson is found broken when it is opened.
func faulty(t *testing.T) tui.Options {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/course")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "storage", claim, "zh.md")); err != nil {
		t.Fatal(err)
	}
	c, err := course.OpenDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	o := options(t)
	o.Course = c
	return o
}

func TestALessonThatCannotBeOpenedSaysWhy(t *testing.T) {
	t.Parallel()
	s := newSim(t, faulty(t), 80, 24)
	s.press("enter")
	s.shows("Good evening.", "opening the lesson "+claim)
	s.press("down")
	s.hides("opening the lesson")
}

func TestAFaultyLessonIsNotBegunWith(t *testing.T) {
	t.Parallel()
	o := faulty(t)
	o.Lesson = claim
	if _, err := tui.New(o); err == nil {
		t.Error("it opens at a lesson that cannot be read")
	}
}
