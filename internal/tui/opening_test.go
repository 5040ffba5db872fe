package tui_test

import (
	"errors"
	"os"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/tui"
)

// outlined are options with the outline only; the whole course comes later.
func outlined(t *testing.T) tui.Options {
	t.Helper()
	o := small(t)
	whole := o.Course
	outline, err := course.Outline(os.DirFS("testdata/course"))
	if err != nil {
		t.Fatal(err)
	}
	o.Course, o.Whole = outline, func() (*course.Course, error) { return whole, nil }
	return o
}

func TestKeysTypedBeforeTheCourseIsThereAreNotLost(t *testing.T) {
	t.Parallel()
	m, err := tui.New(outlined(t))
	if err != nil {
		t.Fatal(err)
	}
	s := &sim{t: t, model: m}
	s.shows("Good evening.", "Begin: Storage", "0 of 1 lessons")
	s.press("enter", "n")
	s.shows("Good evening.")
	s.drain(m.Init())
	s.shows("2/3")
}

func TestACourseThatCannotBeLoadedEndsTheProgram(t *testing.T) {
	t.Parallel()
	o := outlined(t)
	o.Whole = func() (*course.Course, error) { return nil, errors.New("no course") }
	if s := newSim(t, o, 80, 24); !s.quit {
		t.Error("the program goes on without a course")
	}
}
