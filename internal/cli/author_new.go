package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"kubetutor/internal/author"
	"kubetutor/internal/author/draft"
	"kubetutor/internal/course"
	"kubetutor/lessons"
)

// newOptions are those of `author new`.
type newOptions struct {
	scaffold draft.Scaffold
	json     bool
}

// newCmdAuthorNew begins a lesson or a lab.
func newCmdAuthorNew(f *Factory) *cobra.Command {
	o, w := &newOptions{scaffold: draft.Scaffold{Kubernetes: author.Kubernetes}}, f.Words
	cmd := &cobra.Command{Use: "new TRACK/LESSON", Short: w.AuthorNew, Long: w.AuthorNewLong, Args: one(f), RunE: func(_ *cobra.Command, args []string) error {
		var ok bool
		o.scaffold.Track, o.scaffold.ID, ok = strings.Cut(args[0], "/")
		if !ok || !draft.ValidID(o.scaffold.Track) || !draft.ValidID(o.scaffold.ID) {
			return usageError{fmt.Errorf(w.DraftPath, args[0])}
		}
		return runNew(f, o)
	}}
	cmd.Flags().StringVar(&o.scaffold.Title.EN, "title-en", "", w.FlagTitleEN)
	cmd.Flags().StringVar(&o.scaffold.Title.ZH, "title-zh", "", w.FlagTitleZH)
	cmd.Flags().StringVar(&o.scaffold.Lab, "lab", "", w.FlagNewLab)
	cmd.Flags().BoolVar(&o.json, "json", false, w.FlagJSON)
	return cmd
}

func one(f *Factory) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageError{fmt.Errorf(f.Words.ArgumentsWanted, cmd.UseLine())}
		}
		return nil
	}
}

func runNew(f *Factory, o *newOptions) error {
	dir, err := f.draftDir()
	if err != nil {
		return err
	}
	l, err := f.drafted(dir, o.scaffold)
	if err != nil {
		return err
	}
	r, err := draft.Write(dir, []draft.Lesson{l})
	if err != nil {
		return err
	}
	if o.json {
		return f.json(r)
	}
	f.reportDraft(r)
	if _, fresh := l.Files["lesson.yaml"]; !fresh {
		f.printf(f.Words.DraftLabNext+"\n", o.scaffold.Lab)
	}
	f.printf(f.Words.DraftNext+"\n", l.Dir(), strings.TrimSuffix(dir, "/"))
	return nil
}

// draftDir is where a new lesson goes.
func (f *Factory) draftDir() (string, error) {
	if f.flags.lessons != "" {
		return f.flags.lessons, nil
	}
	if dir, _, err := author.Find("lessons"); err == nil {
		f.sayWhere(dir)
		return dir, nil
	}
	return "", usageError{errors.New(f.Words.DraftWhere)}
}

// drafted is the new lesson, or the new lab of one that is there.
func (f *Factory) drafted(dir string, s draft.Scaffold) (draft.Lesson, error) {
	here := filepath.Join(dir, s.Track, s.ID, "lesson.yaml")
	if _, err := os.Stat(here); err == nil {
		if s.Lab == "" {
			return draft.Lesson{}, &draft.ExistsError{Name: here}
		}
		return draft.NewLab(s)
	}
	if err := f.idsFree(dir, s.Track, s.ID); err != nil {
		return draft.Lesson{}, err
	}
	return draft.New(s)
}

// idsFree makes sure that a new lesson's id, and that of its track where it is
// new, are those of nothing else, here or in the built-in course.
func (f *Factory) idsFree(dir, track, id string) error {
	if others, err := filepath.Glob(filepath.Join(globEscaped(dir), "*", id, "lesson.yaml")); err == nil && len(others) > 0 {
		return fmt.Errorf(f.Words.DraftTaken, id, filepath.Base(filepath.Dir(filepath.Dir(others[0]))))
	}
	builtIn, err := course.Open(lessons.FS)
	if err != nil {
		return err
	}
	if l, taken := builtIn.Lesson(id); taken {
		return fmt.Errorf(f.Words.DraftTaken, id, l.Track.ID)
	}
	if _, err := os.Stat(filepath.Join(dir, track, "track.yaml")); err == nil {
		return nil
	}
	for _, t := range builtIn.Tracks {
		if t.ID == track {
			return fmt.Errorf(f.Words.DraftTrackTaken, track)
		}
	}
	return nil
}

// globEscaped is a directory whose name is no pattern.
func globEscaped(dir string) string {
	return strings.NewReplacer("[", "\\[", "*", "\\*", "?", "\\?").Replace(dir)
}

// reportDraft says what was written.
func (f *Factory) reportDraft(r draft.Report) {
	for _, name := range r.Written {
		f.printf(f.Words.DraftWritten+"\n", name)
	}
	for _, name := range r.Changed {
		f.printf(f.Words.DraftChanged+"\n", name)
	}
}
