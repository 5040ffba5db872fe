package cli

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"kubetutor/internal/author"
	"kubetutor/internal/author/draft"
	"kubetutor/internal/author/notes"
	"kubetutor/internal/course"
	"kubetutor/lessons"
)

// importOptions are those of `author import`.
type importOptions struct {
	paths           []string
	to, track, from string
	json            bool
}

// newCmdAuthorImport makes skeletons of lessons from notes.
func newCmdAuthorImport(f *Factory) *cobra.Command {
	o, w := &importOptions{}, f.Words
	cmd := &cobra.Command{Use: "import FILE|DIR... --to DIR", Short: w.AuthorImport, Long: w.AuthorImportLong, RunE: func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usageError{fmt.Errorf(w.ArgumentsWanted, cmd.UseLine())}
		}
		o.paths = args
		return runImportNotes(f, o)
	}}
	cmd.Flags().StringVar(&o.to, "to", "", w.FlagTo)
	cmd.Flags().StringVar(&o.track, "track", "", w.FlagTrack)
	cmd.Flags().StringVar(&o.from, "from", "", w.FlagFrom)
	cmd.Flags().BoolVar(&o.json, "json", false, w.FlagJSON)
	return cmd
}

// importReport is what was made, and what was left out.
type importReport struct {
	draft.Report
	Remarks []string `json:"remarks"`
}

func runImportNotes(f *Factory, o *importOptions) error {
	if err := f.checkImport(o); err != nil {
		return err
	}
	taken, err := f.taken(o.to)
	if err != nil {
		return err
	}
	made, err := notes.Import(o.paths, notes.Options{Track: o.track, Lang: course.Lang(o.from), Kubernetes: author.Kubernetes, Taken: taken})
	if err != nil {
		f.sayRemarks(made.Remarks)
		if errors.Is(err, notes.ErrNothing) {
			return errors.New(f.Words.ImportNothing)
		}
		return err
	}
	report := importReport{Remarks: append([]string{}, made.Remarks...)}
	if report.Report, err = draft.Write(o.to, made.Lessons); err != nil {
		return err
	}
	if o.json {
		return f.json(report)
	}
	f.reportDraft(report.Report)
	f.sayRemarks(made.Remarks)
	f.printf(f.Words.DraftNext+"\n", made.Lessons[0].Dir(), filepath.Clean(o.to))
	return nil
}

func (f *Factory) sayRemarks(remarks []string) {
	for _, r := range remarks {
		fmt.Fprintf(f.IO.Err, f.Words.ImportNotes+"\n", r)
	}
}

func (f *Factory) checkImport(o *importOptions) error {
	switch {
	case o.to == "":
		return usageError{errors.New(f.Words.ImportTo)}
	case o.from != "" && knownLang(o.from) == "":
		return usageError{fmt.Errorf(f.Words.ImportFrom, o.from)}
	case o.track != "" && !draft.ValidID(o.track):
		return usageError{fmt.Errorf(f.Words.DraftPath, o.track+"/…")}
	}
	return nil
}

// taken tells which ids new lessons in a directory cannot have: those of the
// built-in course and those that are there.
func (f *Factory) taken(dir string) (func(id string) bool, error) {
	builtIn, err := course.Open(lessons.FS)
	if err != nil {
		return nil, err
	}
	return func(id string) bool {
		_, there := builtIn.Lesson(id)
		found, err := filepath.Glob(filepath.Join(globEscaped(dir), "*", id, "lesson.yaml"))
		return there || err == nil && len(found) > 0
	}, nil
}
