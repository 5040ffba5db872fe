package cli

import (
	"context"

	"kubetutor/internal/course"
	"kubetutor/internal/tui"
	"kubetutor/lessons"
)

// runTUI opens the tutor's screen, at a lesson if one is named.
func runTUI(ctx context.Context, f *Factory, lesson string) error {
	c, whole, err := f.outline(lesson)
	if err != nil {
		return err
	}
	store, err := f.Store()
	if err != nil {
		return err
	}
	labs, err := f.Labs()
	if err != nil {
		return err
	}
	return tui.Run(ctx, tui.Options{
		Course: c, Whole: whole, Store: store, Lab: labs, Grader: lateGrader{f}, Lang: f.Lang(), Theme: f.flags.theme,
		NoColor: f.Env("NO_COLOR") != "", ASCII: f.ascii(), Lesson: lesson, Version: version(f.Build),
	}, f.IO.In, f.IO.Out, f.Environ)
}

// atHome tells whether the tutor opens with the home page of the built-in
// course. That needs no more than the outline, so the first frame does not wait
// for the whole course. Other courses are read before: they may have faults.
func (f *Factory) atHome(lesson string) bool {
	return lesson == "" && f.flags.lessons == "" && !f.plain()
}

// outline is the course for the first frame, and what loads the rest of it; nil
// where that is all of it.
func (f *Factory) outline(lesson string) (*course.Course, func() (*course.Course, error), error) {
	if !f.atHome(lesson) {
		c, err := f.Course()
		return c, nil, err
	}
	c, err := course.Outline(lessons.FS)
	return c, f.Course, err
}
