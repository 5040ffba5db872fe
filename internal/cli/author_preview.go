package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"kubetutor/internal/author"
	"kubetutor/internal/course"
	"kubetutor/internal/plain"
	"kubetutor/internal/progress"
	"kubetutor/internal/tui"
)

// newCmdAuthorPreview shows lessons while they are being written.
func newCmdAuthorPreview(f *Factory) *cobra.Command {
	once := false
	cmd := &cobra.Command{Use: "preview [LESSON|PATH]", Short: f.Words.AuthorPreview, Long: f.Words.AuthorPreviewLong, Args: between(0, 1, f), RunE: func(cmd *cobra.Command, args []string) error {
		p, err := f.previewed(strings.Join(args, ""))
		if err != nil {
			return err
		}
		if once || f.plain() {
			return printDrafts(cmd.Context(), f, p, once)
		}
		return showDrafts(cmd.Context(), f, p)
	}}
	cmd.Flags().BoolVar(&once, "once", false, f.Words.FlagOnce)
	return cmd
}

// previewed is what a path or the id of a lesson names.
func (f *Factory) previewed(name string) (author.Place, error) {
	if _, err := os.Stat(name); name != "" && err == nil {
		return author.FindPlace(name)
	}
	dir := f.flags.lessons
	if dir == "" {
		dir = "lessons"
	}
	dir, _, err := author.Find(dir)
	if err != nil {
		return author.Place{}, err
	}
	if f.flags.lessons == "" {
		f.sayWhere(dir)
	}
	if name == "" {
		return author.Place{Dir: dir}, nil
	}
	p, ok := author.LessonIn(dir, name)
	if !ok {
		return p, fmt.Errorf(f.Words.PreviewNone, name, dir)
	}
	return p, nil
}

// showDrafts shows them on the screen. What the author does there is kept until
// the preview ends, and nowhere else.
func showDrafts(ctx context.Context, f *Factory, p author.Place) error {
	store, done, err := passingStore()
	if err != nil {
		return err
	}
	defer done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	drafts := make(chan tui.Draft)
	go func() {
		defer close(drafts)
		_ = p.Follow(ctx, func(d author.Draft) { // ends with ctx
			select {
			case drafts <- tui.Draft(d):
			case <-ctx.Done():
			}
		})
	}()
	o := f.screen()
	o.Store, o.Lesson, o.Drafts = store, p.ID(), drafts
	o.Seed = func() uint64 { return 1 } // options stay where they are when the files change
	return tui.Run(ctx, o, f.IO.In, f.IO.Out, f.screenEnviron())
}

// passingStore is progress that is forgotten by done.
func passingStore() (store progress.Store, done func(), err error) {
	dir, err := os.MkdirTemp("", "kubetutor-preview-")
	if err != nil {
		return nil, nil, fmt.Errorf("making a place for what is answered in the preview: %w", err)
	}
	db, err := progress.Open(dir)
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	return db, func() {
		_ = db.Close()
		_ = os.RemoveAll(dir)
	}, nil
}

// printDrafts prints a lesson, or all of a course, and again when what would be
// printed has changed.
func printDrafts(ctx context.Context, f *Factory, p author.Place, once bool) error {
	if once {
		faults, err := f.printDraft(f.IO.Out, p.Load())
		if faults > 0 {
			f.code = exitFailed
		}
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	last := ""
	err := p.Follow(ctx, func(d author.Draft) {
		var b strings.Builder
		if _, err := f.printDraft(&b, d); err != nil {
			cancel(err)
			return
		}
		if b.String() == last {
			return
		}
		if last != "" {
			f.printf("\n%s\n\n", f.Words.PreviewAgain)
		}
		last = b.String()
		f.printf("%s\n", last)
		fmt.Fprintf(f.IO.Err, f.Words.PreviewWaits+"\n", p.Dir)
	})
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// printDraft prints the lessons of a draft, or what is wrong with it.
func (f *Factory) printDraft(w io.Writer, d author.Draft) (faults int, err error) {
	if len(d.Faults) > 0 {
		return f.printFaults(w, d.Faults), nil
	}
	for _, l := range d.Course.Lessons() {
		body, err := l.Body()
		if err != nil {
			faults += f.printFaults(w, author.AsFaults(l.Dir, err))
			continue
		}
		if err := plain.Print(w, body, f.Lang(), f.Words, f.style()); err != nil {
			return faults, err
		}
	}
	return faults, nil
}

func (f *Factory) printFaults(w io.Writer, faults course.Faults) int {
	fmt.Fprintln(w, faults.Error())
	fmt.Fprintf(w, f.Words.PreviewFaults+"\n", len(faults))
	return len(faults)
}
