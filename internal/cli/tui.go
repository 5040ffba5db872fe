package cli

import (
	"context"
	"strings"

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
	themeName, _ := f.themeName()
	mouse, _ := f.mouse()
	ascii, _ := f.ascii()
	environ := f.Environ
	if f.flags.theme != "" {
		environ = without(environ, "NO_COLOR") // the flag comes before it, and Bubble Tea reads it too
	}
	return tui.Run(ctx, tui.Options{
		Course: c, Store: store, Lab: labs, Grader: lateGrader{f}, Lang: f.Lang(), Theme: themeName,
		NoColor: f.noColor(), ASCII: ascii, Mouse: mouse, Keys: f.keys(), Notice: f.notice(), Lesson: lesson, Version: version(f.Build),
	}, f.IO.In, f.IO.Out, environ)
}

// notice is what is wrong with the settings and with packs: it was not said yet,
// because a screen comes over it. The course must have been loaded.
func (f *Factory) notice() string {
	said := f.leftOut
	if faulty := f.faulty(); faulty != "" {
		said = append([]string{faulty}, said...)
	}
	return strings.Join(said, "\n")
}
