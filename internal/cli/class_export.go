package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kubetutor/internal/class"
)

// newCmdClassExport writes attendance and results.
func newCmdClassExport(f *Factory) *cobra.Command {
	var format, out, learner string
	cmd := &cobra.Command{
		Use: "export [NAME]", Short: f.Words.ClassExport, Long: f.Words.ClassExportLong, Args: between(0, 1, f), ValidArgsFunction: f.completeClasses,
		RunE: func(cmd *cobra.Command, args []string) error {
			if learner != "" {
				return runClassTake(cmd.Context(), f, optional(args), learner, out)
			}
			return runClassExport(cmd.Context(), f, optional(args), format, out)
		},
	}
	cmd.Flags().StringVar(&format, "format", "", f.Words.FlagClassFormat)
	cmd.Flags().StringVarP(&out, "output", "o", "-", f.Words.FlagClassOut)
	cmd.Flags().StringVar(&learner, "learner", "", f.Words.FlagClassLearner)
	cmd.MarkFlagsMutuallyExclusive("learner", "format")
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(classFormats(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func classFormats() []string { return []string{"csv", "json"} }

func runClassExport(ctx context.Context, f *Factory, name, format, out string) error {
	if format == "" {
		format = classFormats()[0]
		if strings.HasSuffix(strings.ToLower(out), ".json") {
			format = "json"
		}
	}
	if !slices.Contains(classFormats(), format) {
		return usageError{fmt.Errorf(f.Words.ClassFormatUnsaid, format)}
	}
	return f.withClass(ctx, name, func(_ classHome, seat chair) error {
		if out == "-" {
			return errors.Join(seat.Export(ctx, format, f.IO.Out), f.missing(seat))
		}
		if err := f.create(out, func(w io.Writer) error { return seat.Export(ctx, format, w) }); err != nil {
			return err
		}
		f.printf(f.Words.ClassExported+"\n", out)
		return f.missing(seat)
	})
}

// missing says what could not be read of a class on disk: an export goes on without
// it, and a script is to notice.
func (f *Factory) missing(seat chair) error {
	if faults := seat.room.Faults(); len(faults) > 0 {
		return fmt.Errorf(f.Words.ClassMissing, errors.Join(faults...))
	}
	return nil
}

// runClassTake writes what a learner did, for `kubetutor progress import` on a
// machine of theirs.
func runClassTake(ctx context.Context, f *Factory, name, learner, out string) error {
	return f.withClass(ctx, name, func(_ classHome, seat chair) error {
		who, err := f.learner(seat.room, learner)
		if err != nil {
			return err
		}
		kept, err := seat.store.Progress(ctx, who.ID)
		if err != nil {
			return fmt.Errorf("opening the progress of %s: %w", who.Name, err)
		}
		defer kept.Close()
		if out == "-" {
			_, err := kept.Export(ctx, f.IO.Out)
			return err
		}
		n := 0
		err = f.create(out, func(w io.Writer) error {
			n, err = kept.Export(ctx, w)
			return err
		})
		if err == nil {
			f.printf(f.Words.Exported+"\n", n, out)
		}
		return err
	})
}

// learner finds who has joined a class, by their name or ID.
func (f *Factory) learner(room *class.Room, name string) (class.Learner, error) {
	var names []string
	for _, l := range room.Learners() {
		if class.NameKey(l.Name) == class.NameKey(name) || string(l.ID) == name {
			return l, nil
		}
		names = append(names, l.Name)
	}
	return class.Learner{}, fmt.Errorf(f.Words.ClassNoLearner, name, f.among(name, names))
}
