package cli

import (
	"context"

	"kubetutor/internal/tui"
)

// runTUI opens the tutor's screen, at a lesson if one is named.
func runTUI(ctx context.Context, f *Factory, lesson string) error {
	c, err := f.Course()
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
		Course: c, Store: store, Lab: labs, Grader: lateGrader{f}, Lang: f.Lang(), Theme: f.flags.theme,
		NoColor: f.Env("NO_COLOR") != "", ASCII: f.ascii(), Lesson: lesson, Version: version(f.Build),
	}, f.IO.In, f.IO.Out, f.Environ)
}
