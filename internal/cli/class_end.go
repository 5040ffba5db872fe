package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kubetutor/internal/class"
	"kubetutor/internal/class/host"
	"kubetutor/internal/class/yard"
)

// codeFlags say which code is wanted.
type codeFlags struct {
	renew, instructor, json bool
	valid                   time.Duration
}

// newCmdClassCode tells the join code, or makes another one.
func newCmdClassCode(f *Factory) *cobra.Command {
	o := &codeFlags{}
	cmd := &cobra.Command{
		Use: "code [NAME]", Short: f.Words.ClassCode, Long: f.Words.ClassCodeLong, Args: between(0, 1, f), ValidArgsFunction: f.completeClasses,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runClassCode(cmd.Context(), f, o, optional(args))
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.renew, "renew", false, f.Words.FlagClassRenew)
	flags.DurationVar(&o.valid, "code-valid", defaultValid, f.Words.FlagClassValid)
	flags.BoolVar(&o.instructor, "instructor", false, f.Words.FlagClassInstructor)
	flags.BoolVar(&o.json, "json", false, f.Words.FlagJSON)
	cmd.MarkFlagsMutuallyExclusive("renew", "instructor")
	return cmd
}

func runClassCode(ctx context.Context, f *Factory, o *codeFlags, name string) error {
	if o.valid < minValid || o.valid > maxValid {
		return usageError{errors.New(f.Words.ClassValidWrong)}
	}
	return f.withClass(ctx, name, func(_ classHome, seat chair) error {
		if o.instructor {
			return f.tellInstructorCode(ctx, seat, o.json)
		}
		if o.renew {
			if err := seat.Do(ctx, class.Order{Kind: class.OrderRenew, Time: o.valid, By: f.instructor()}); err != nil {
				return err
			}
		}
		board, err := seat.glance(ctx)
		if err != nil {
			return err
		}
		if o.json {
			return f.json(joinCodeJSON{board.Join.Code, board.Join.Expires})
		}
		f.printf(f.Words.ClassUntil+"\n", board.Join.Code, until(board.Join.Expires, board.At))
		return nil
	})
}

// joinCodeJSON is `class code --json`. Fields are added, never taken away.
type joinCodeJSON struct {
	Code    string    `json:"code"`
	Expires time.Time `json:"expires"`
}

// tellInstructorCode is asked for on purpose: what `class serve` writes may be
// seen by the room.
func (f *Factory) tellInstructorCode(ctx context.Context, seat chair, asJSON bool) error {
	code, err := host.InstructorCode(ctx, seat.store)
	if err != nil {
		return err
	}
	if asJSON {
		return f.json(map[string]string{"instructor": code})
	}
	f.printf("%s\n", code)
	return nil
}

// withClass opens a class as it is on disk.
func (f *Factory) withClass(ctx context.Context, name string, do func(classHome, chair) error) error {
	h, err := f.theClass(name)
	if err != nil {
		return err
	}
	seat, err := f.chairOnDisk(ctx, h)
	if err != nil {
		return err
	}
	defer seat.close()
	return do(h, seat)
}

// newCmdClassEnd ends a class.
func newCmdClassEnd(f *Factory) *cobra.Command {
	yes := false
	cmd := &cobra.Command{
		Use: "end NAME", Short: f.Words.ClassEnd, Long: f.Words.ClassEndLong, Args: exactly(1, f), ValidArgsFunction: f.completeClasses,
		RunE: func(cmd *cobra.Command, args []string) error { return runClassEnd(cmd.Context(), f, args[0], yes) },
	}
	cmd.Flags().BoolVar(&yes, "yes", false, f.Words.FlagClassYes)
	return cmd
}

func runClassEnd(ctx context.Context, f *Factory, name string, yes bool) error {
	return f.withClass(ctx, name, func(h classHome, seat chair) error {
		if err := f.sure(yes, fmt.Sprintf(f.Words.ClassSureEnd, h.name)); err != nil {
			return err
		}
		if err := seat.Do(ctx, class.Order{Kind: class.OrderEnd, By: f.instructor()}); err != nil {
			return err
		}
		f.printf(f.Words.ClassEnded+"\n", h.name)
		return nil
	})
}

// sure asks whether to do what cannot be undone.
func (f *Factory) sure(yes bool, question string) error {
	if yes {
		return nil
	}
	if !f.IO.Terminal() {
		return usageError{errors.New(f.Words.ClassNotAsked)}
	}
	fmt.Fprint(f.IO.Err, question)
	if said := strings.ToLower(readLine(f.IO.In)); !slices.Contains([]string{"y", "yes", "是"}, said) {
		return errors.New(f.Words.ClassLeftAlone)
	}
	return nil
}

// newCmdClassForget removes a class and all that its learners did.
func newCmdClassForget(f *Factory) *cobra.Command {
	yes := false
	cmd := &cobra.Command{
		Use: "forget NAME", Short: f.Words.ClassForget, Long: f.Words.ClassForgetLong, Args: exactly(1, f), ValidArgsFunction: f.completeClasses,
		RunE: func(cmd *cobra.Command, args []string) error { return runClassForget(cmd.Context(), f, args[0], yes) },
	}
	cmd.Flags().BoolVar(&yes, "yes", false, f.Words.FlagClassYes)
	return cmd
}

func runClassForget(ctx context.Context, f *Factory, name string, yes bool) error {
	h, err := f.theClass(name)
	if err != nil {
		return err
	}
	c := f.look(ctx, h)
	if err := f.sure(yes, fmt.Sprintf(f.Words.ClassSureForget, h.name, c.Learners)); err != nil {
		return err
	}
	free, err := h.take()
	if errors.Is(err, errServed) {
		return fmt.Errorf(f.Words.ClassForgetServed, h.name)
	}
	if err != nil {
		return err
	}
	defer free()
	if err := f.removeClass(ctx, h); err != nil {
		return err
	}
	f.printf(f.Words.ClassForgotten+"\n", h.name)
	return nil
}

// removeClass takes a class off the disk, after its labs have ended: a server that
// was killed may have left some awake.
func (f *Factory) removeClass(ctx context.Context, h classHome) error {
	y, err := yard.New(yard.Options{Dir: h.dir, Environ: f.Environ, Kubelab: f.flags.kubelab, EngineID: f.Build.EngineID})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sleepPatience)
	defer cancel()
	if err := y.Close(ctx); err != nil {
		return err
	}
	if err := os.RemoveAll(h.dir); err != nil {
		return fmt.Errorf("removing class %s: %w", h.name, err)
	}
	return nil
}
