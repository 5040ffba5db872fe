package cli

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"kubetutor/internal/class"
)

// changeFlags say what of a class is to be another.
type changeFlags struct {
	planFlags
	roster   string
	everyone bool
}

// newCmdClassChange changes the plan or the roster of a class, also while it is held.
func newCmdClassChange(f *Factory) *cobra.Command {
	o := &changeFlags{}
	cmd := &cobra.Command{
		Use: "change [NAME]", Short: f.Words.ClassChange, Long: f.Words.ClassChangeLong, Args: between(0, 1, f), ValidArgsFunction: f.completeClasses,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runClassChange(cmd.Context(), f, o, optional(args))
		},
	}
	o.add(cmd, f)
	cmd.Flags().StringVar(&o.roster, "roster", "", f.Words.FlagClassRoster)
	cmd.Flags().BoolVar(&o.everyone, "everyone", false, f.Words.FlagClassEveryone)
	cmd.MarkFlagsMutuallyExclusive("roster", "everyone")
	cmd.MarkFlagsOneRequired("lesson", "track", "minutes", "roster", "everyone")
	return cmd
}

func runClassChange(ctx context.Context, f *Factory, o *changeFlags, name string) error {
	return f.withClass(ctx, name, func(_ classHome, seat chair) error {
		v, err := o.revision(f, seat.room.Class())
		if err != nil {
			return err
		}
		if err := seat.room.Revise(ctx, f.instructor(), v); err != nil {
			return err
		}
		c := seat.room.Class()
		f.printf(f.Words.ClassChanged+"\n", c.Name, len(c.Plan), span(length(c.Plan)))
		if len(c.Roster) > 0 {
			f.printf(f.Words.ClassMayJoin+"\n", len(c.Roster))
		} else {
			f.printf("%s\n", f.Words.ClassAllMayJoin)
		}
		return nil
	})
}

// revision is what the flags change of a class.
func (o *changeFlags) revision(f *Factory, c class.Class) (v class.Revision, err error) {
	switch {
	case o.given("lesson") || o.given("track"):
		v.Plan, err = o.plan(f)
	case o.given("minutes"):
		v.Plan, err = o.retimed(f, slices.Clone(c.Plan))
	}
	if err != nil {
		return v, err
	}
	switch {
	case o.everyone:
		v.Roster = &[]class.Entry{}
	case o.given("roster") && o.roster == "":
		return v, usageError{errors.New(f.Words.ClassEveryone)}
	case o.given("roster"):
		roster, err := f.readRoster(o.roster)
		if err != nil {
			return v, err
		}
		v.Roster = &roster
	}
	return v, nil
}
