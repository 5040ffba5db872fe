package plain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/review/insight"
)

// Settings are the learner's settings. Show prints them as they count; Change
// sets one, or without values takes it out of the file, and prints that.
type Settings interface {
	Show(w io.Writer, words *i18n.CLI) error
	Change(w io.Writer, words *i18n.CLI, key string, values ...string) error
}

// settings shows the settings, or changes the one that is named.
func (t *Tutor) settings(ctx context.Context, typed string) error {
	if t.Settings == nil {
		t.say(t.Words.Unclear, "settings")
		return nil
	}
	words := strings.Fields(typed)
	if len(words) == 0 {
		return t.show(ctx, func(w io.Writer) error {
			err := t.Settings.Show(w, t.Words)
			fmt.Fprintf(w, "\n%s\n", t.Words.SettingsHow)
			return errors.Join(err, t.workload(ctx, w))
		})
	}
	if err := t.Settings.Change(t.Out, t.Words, words[0], words[1:]...); err != nil {
		fmt.Fprintln(t.Out, err)
		return nil
	}
	if t.Reviews != nil && t.ReviewConfig != nil { // those of reviews count at once
		desk := *t.Reviews
		desk.Config = t.ReviewConfig()
		t.Reviews = &desk
	}
	if words[0] == "lang" && len(words) > 1 {
		t.setLang(course.Lang(words[1]))
		return errAgain
	}
	return nil
}

// workload prints what desired retentions cost.
func (t *Tutor) workload(ctx context.Context, w io.Writer) error {
	if t.Reviews == nil {
		return nil
	}
	loads, err := insight.Workload(ctx, t.Reviews)
	if err != nil {
		return err
	}
	fmt.Fprintln(w)
	Workload(w, loads, t.Reviews.Config.Retention, t.Words)
	return nil
}
