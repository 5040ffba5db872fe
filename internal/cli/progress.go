package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"kubetutor/internal/course"
	"kubetutor/internal/stats"
)

// newCmdProgress tells what was learnt, and carries it elsewhere.
func newCmdProgress(f *Factory) *cobra.Command {
	var asJSON bool
	w := f.Words
	cmd := &cobra.Command{
		Use: "progress", Short: w.Progress, Long: w.ProgressLong, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runProgress(cmd.Context(), f, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, w.FlagJSON)
	cmd.AddCommand(&cobra.Command{
		Use: "export FILE", Short: w.ProgressExport, Args: exactly(1, f),
		RunE: func(cmd *cobra.Command, args []string) error { return runExport(cmd.Context(), f, args[0]) },
	}, &cobra.Command{
		Use: "import FILE", Short: w.ProgressImport, Args: exactly(1, f),
		RunE: func(cmd *cobra.Command, args []string) error { return runImport(cmd.Context(), f, args[0]) },
	})
	return cmd
}

// lessonProgress is a lesson in `progress --json`.
type lessonProgress struct {
	ID        string     `json:"id"`
	Track     string     `json:"track"`
	Title     string     `json:"title"`
	Opened    *time.Time `json:"opened,omitempty"`
	Page      int        `json:"page"` // furthest page reached, from 1; 0 while unopened
	Pages     int        `json:"pages"`
	Answered  int        `json:"answered"` // questions answered right at least once
	Questions int        `json:"questions"`
	Passed    int        `json:"passed"` // labs
	Labs      int        `json:"labs"`
	Spent     float64    `json:"spentSeconds"`
}

func runProgress(ctx context.Context, f *Factory, asJSON bool) error {
	s, facts, err := f.stats(ctx, 0)
	if err != nil {
		return err
	}
	all := lessonsProgress(s, facts, f.Lang())
	if asJSON {
		return f.json(map[string]any{"lessons": all})
	}
	for _, l := range all {
		f.printf("%-24s %s\n", l.ID, fmt.Sprintf(f.Words.ProgressLine, l.Page, l.Pages, l.Answered, l.Questions, l.Passed, l.Labs))
	}
	return nil
}

func lessonsProgress(s stats.Stats, facts stats.Facts, lang course.Lang) []lessonProgress {
	all := []lessonProgress{}
	for _, t := range s.Tracks {
		for _, l := range t.Lessons {
			p := lessonProgress{
				ID: l.ID, Track: t.ID, Title: l.Title.In(lang), Pages: l.Pages.All, Answered: l.Questions.Done, Questions: l.Questions.All,
				Passed: l.Labs.Done, Labs: l.Labs.All, Spent: l.Spent.Seconds(),
			}
			if read, ok := facts.Lessons[l.ID]; ok {
				p.Page, p.Opened = read.Page+1, &read.Opened
			}
			all = append(all, p)
		}
	}
	return all
}

// runExport writes every event as a JSON line to a new file, or to standard
// output for "-".
func runExport(ctx context.Context, f *Factory, name string) error {
	store, err := f.Store()
	if err != nil {
		return err
	}
	if name == "-" {
		_, err := store.Export(ctx, f.IO.Out)
		return err
	}
	var n int
	err = f.create(name, func(w io.Writer) error {
		n, err = store.Export(ctx, w)
		return err
	})
	if err != nil {
		return err
	}
	f.printf(f.Words.Exported+"\n", n, name)
	return nil
}

// create writes a new file. One that is there already is left as it is.
func (f *Factory) create(name string, write func(io.Writer) error) error {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf(f.Words.FileExists, name)
	}
	if err == nil {
		if err = errors.Join(write(file), file.Sync(), file.Close()); err != nil {
			_ = os.Remove(name) // half an export looks like a whole one
		}
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

// runImport adds the events of an export that are not there yet.
func runImport(ctx context.Context, f *Factory, name string) error {
	store, err := f.Store()
	if err != nil {
		return err
	}
	in, closeIn, err := f.open(name)
	if err != nil {
		return fmt.Errorf("importing progress: %w", err)
	}
	defer closeIn()
	n, err := store.Import(ctx, in)
	if err != nil {
		return fmt.Errorf("importing progress from %s: %w", name, err)
	}
	f.printf(f.Words.Imported+"\n", n, name)
	return nil
}

// open opens a file, or standard input for "-".
func (f *Factory) open(name string) (io.Reader, func(), error) {
	if name == "-" {
		return f.IO.In, func() {}, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	return file, func() { _ = file.Close() }, nil
}
