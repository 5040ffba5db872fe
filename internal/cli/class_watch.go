package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"kubetutor/internal/class"
	"kubetutor/internal/class/join"
	"kubetutor/internal/class/notes"
	"kubetutor/internal/class/watch"
)

// watchFlags say how an instructor comes into a class that is held elsewhere.
type watchFlags struct{ code, fingerprint, by string }

func (o *watchFlags) add(cmd *cobra.Command, f *Factory) {
	cmd.Flags().StringVar(&o.code, "code", "", f.Words.FlagClassCode)
	cmd.Flags().StringVar(&o.fingerprint, "fingerprint", "", f.Words.FlagClassFingerprint)
	cmd.Flags().StringVar(&o.by, "by", "", f.Words.FlagClassBy)
}

// newCmdClassWatch shows a class to its instructor.
func newCmdClassWatch(f *Factory) *cobra.Command {
	o := &watchFlags{}
	cmd := &cobra.Command{
		Use: "watch [NAME|HOST]", Short: f.Words.ClassWatch, Long: f.Words.ClassWatchLong, Args: between(0, 1, f), ValidArgsFunction: f.completeClasses,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runClassWatch(cmd.Context(), f, o, optional(args))
		},
	}
	o.add(cmd, f)
	return cmd
}

func runClassWatch(ctx context.Context, f *Factory, o *watchFlags, where string) error {
	if !f.IO.Terminal() {
		return usageError{errors.New(f.Words.ClassNoTerminal)}
	}
	c, err := f.Course()
	if err != nil {
		return err
	}
	if o.by, err = f.instructorBy(o.by); err != nil {
		return err
	}
	seat, err := f.chair(ctx, o, where)
	if err != nil {
		return err
	}
	defer seat.close()
	themeName, _ := f.themeName()
	ascii, _ := f.ascii()
	return watch.Run(ctx, watch.Options{
		Chair: seat, Course: c, By: o.by, Lang: f.Lang(), Theme: themeName, NoColor: f.noColor(), ASCII: ascii, QR: seat.link,
	}, f.IO.In, f.IO.Out, f.screenEnviron())
}

// chair takes a chair in the class of a name on this machine, which must be
// served, or at a host. A code is for a host: without one, the class is here.
func (f *Factory) chair(ctx context.Context, o *watchFlags, where string) (chair, error) {
	h, err := f.theClass(where)
	switch {
	case err == nil && (where == "" || o.code == ""):
		if !h.served() {
			return chair{}, fmt.Errorf(f.Words.ClassNotServed, h.name)
		}
		return f.chairServed(ctx, h, o.by)
	case where == "", o.code == "" && !f.IO.Terminal():
		return chair{}, err
	}
	return f.chairAt(ctx, join.Options{Host: where, Code: o.code, Fingerprint: o.fingerprint, Name: o.by})
}

// newCmdClassNotes shows what there is to say about a lesson.
func newCmdClassNotes(f *Factory) *cobra.Command {
	o, of := &watchFlags{}, ""
	cmd := &cobra.Command{
		Use: "notes [LESSON]", Short: f.Words.ClassNotes, Long: f.Words.ClassNotesLong, Args: between(0, 1, f), ValidArgsFunction: f.completeLessons,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runClassNotes(cmd.Context(), f, o, of, optional(args))
		},
	}
	o.add(cmd, f)
	cmd.Flags().StringVar(&of, "class", "", f.Words.FlagClassOf)
	return cmd
}

func runClassNotes(ctx context.Context, f *Factory, o *watchFlags, of, lesson string) error {
	if !f.IO.Terminal() {
		return usageError{errors.New(f.Words.ClassNoTerminal)}
	}
	c, err := f.Course()
	if err != nil {
		return err
	}
	if lesson != "" {
		l, err := f.lesson(lesson)
		if err != nil {
			return err
		}
		lesson = l.ID
	}
	if o.by, err = f.instructorBy(o.by); err != nil {
		return err
	}
	follow, leave, err := f.followed(ctx, o, of, lesson)
	if err != nil {
		return err
	}
	defer leave()
	themeName, _ := f.themeName()
	ascii, _ := f.ascii()
	return notes.Run(ctx, notes.Options{
		Course: c, Lesson: lesson, Follow: follow, By: o.by, Lang: f.Lang(), Theme: themeName, NoColor: f.noColor(), ASCII: ascii,
	}, f.IO.In, f.IO.Out, f.screenEnviron())
}

// followed is the class whose place the notes follow: the one that is asked for,
// else the one that is served here. A lesson can be looked at without any.
func (f *Factory) followed(ctx context.Context, o *watchFlags, of, lesson string) (class.Chair, func(), error) {
	seat, err := f.chair(ctx, o, of)
	switch {
	case err == nil:
		return seat, seat.close, nil
	case of == "" && lesson != "":
		return nil, func() {}, nil
	}
	return nil, nil, err
}
