package cli

import (
	"context"
	"strings"

	"kubetutor/internal/review"
	"kubetutor/internal/tui"
)

// runTUI opens the tutor's screen, at a lesson if one is named.
func runTUI(ctx context.Context, f *Factory, lesson string) error {
	return runScreen(ctx, f, func(o *tui.Options) { o.Lesson = lesson })
}

// runReviewScreen opens it with a session of reviews.
func runReviewScreen(ctx context.Context, f *Factory, asked review.Options) error {
	return runScreen(ctx, f, func(o *tui.Options) { o.Asked = &asked })
}

// runScreen opens it at what at says.
func runScreen(ctx context.Context, f *Factory, at func(*tui.Options)) error {
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
	desk, err := f.Desk()
	if err != nil {
		return err
	}
	o := f.screen()
	reviews := tui.NewReviewDesk(desk)
	o.Course, o.Store, o.Lab, o.Review, o.Insights, o.Notice = c, store, labs, tui.ReviewsAt(reviews), tui.InsightsOf(reviews), f.notice()
	at(&o)
	return tui.Run(ctx, o, f.IO.In, f.IO.Out, f.screenEnviron())
}

// screen are the options of a screen that follow from flags, environment and
// settings.
func (f *Factory) screen() tui.Options {
	themeName, _ := f.themeName()
	mouse, _ := f.mouse()
	ascii, _ := f.ascii()
	return tui.Options{
		Grader: lateGrader{f}, Lang: f.Lang(), Theme: themeName, NoColor: f.noColor(),
		ASCII: ascii, Mouse: mouse, Keys: f.keys(), Settings: settingsFile{f}, Version: version(f.Build),
		Search: lateSearch{f}, Clipboard: f.clipboard(),
	}
}

// screenEnviron is the environment without what a flag overrules: Bubble Tea
// reads NO_COLOR too.
func (f *Factory) screenEnviron() []string {
	if f.flags.theme != "" {
		return without(f.Environ, "NO_COLOR")
	}
	return f.Environ
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
