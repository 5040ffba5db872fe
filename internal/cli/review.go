package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kubetutor/internal/course"
	"kubetutor/internal/review"
)

// reviewFlags say what is reviewed, and how.
type reviewFlags struct {
	filterFlags
	fresh, limit, ahead int
	cram, handsOn, json bool
	box                 time.Duration
	given               func(name string) bool // on the command line
}

// newCmdReview asks what was learnt, before it is forgotten.
func newCmdReview(f *Factory) *cobra.Command {
	o := &reviewFlags{}
	cmd := &cobra.Command{
		Use: "review", Short: f.Words.ReviewShort, Long: f.Words.ReviewLong, Args: f.noSubcommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return runReview(cmd.Context(), f, o) },
	}
	o.add(cmd, f)
	cmd.AddCommand(newCmdReviewExport(f), newCmdReviewImport(f), newCmdReviewList(f), newCmdReviewFit(f), newCmdReviewUndo(f), newCmdReviewStats(f), newCmdReviewWorkload(f))
	cmd.AddCommand(newCmdsReviewMark(f)...)
	return cmd
}

// noSubcommand refuses what is none, and names those that are most similar.
func (f *Factory) noSubcommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	names := each(cmd.Commands(), (*cobra.Command).Name)
	return usageError{fmt.Errorf(f.Words.NoSuchCommand, cmd.Name(), args[0], f.similar(args[0], names))}
}

// similar lists the names that are most similar to a word.
func (f *Factory) similar(word string, names []string) string {
	return strings.Join(course.Similar(word, names, 3), f.Words.ListSeparator)
}

func (o *reviewFlags) add(cmd *cobra.Command, f *Factory) {
	w, flags := f.Words, cmd.Flags()
	o.filterFlags.add(cmd, f)
	flags.IntVar(&o.fresh, "new", 0, w.FlagReviewNew)
	flags.IntVar(&o.limit, "limit", 0, w.FlagReviewLimit)
	flags.IntVar(&o.ahead, "ahead", 0, w.FlagReviewAhead)
	flags.BoolVar(&o.cram, "cram", false, w.FlagReviewCram)
	flags.BoolVar(&o.handsOn, "hands-on", false, w.FlagReviewHandsOn)
	flags.DurationVar(&o.box, "time", 0, w.FlagReviewTime)
	flags.BoolVar(&o.json, "json", false, w.FlagReviewJSON)
	o.given = flags.Changed
}

// The bounds of what flags can say.
const (
	maxCards = 9999
	maxAhead = 365
	minBox   = time.Minute
	maxBox   = 24 * time.Hour
)

// check refuses numbers that make no sense, and modes that exclude each other.
func (o *reviewFlags) check(f *Factory) error {
	for _, n := range []struct {
		flag         string
		is, from, to int
	}{{"new", o.fresh, 0, maxCards}, {"limit", o.limit, 0, maxCards}, {"ahead", o.ahead, 1, maxAhead}} {
		if o.given(n.flag) && (n.is < n.from || n.is > n.to) {
			return usageError{fmt.Errorf(f.Words.ReviewNumber, n.flag, n.from, n.to)}
		}
	}
	if o.given("time") && (o.box < minBox || o.box > maxBox) {
		return usageError{errors.New(f.Words.ReviewBoxFrom)}
	}
	if count([]bool{o.given("ahead"), o.cram, o.handsOn}, func(is bool) bool { return is }) > 1 {
		return usageError{errors.New(f.Words.ReviewOneMode)}
	}
	return nil
}

// options are those of the session that the flags ask for.
func (o *reviewFlags) options(f *Factory, c *course.Course) (review.Options, error) {
	if err := o.check(f); err != nil {
		return review.Options{}, err
	}
	filter, err := o.filter(f, c)
	opts := review.Options{Filter: filter, Days: o.ahead, Box: o.box, HandsOn: o.handsOn}
	switch {
	case o.cram:
		opts.Mode = review.Cram
	case o.ahead > 0:
		opts.Mode = review.Ahead
	}
	return opts, err
}

// limits are a desk's with what the flags change for this time.
func (o *reviewFlags) limits(c review.Config) review.Config {
	if o.given("new") {
		c.New = o.fresh
	}
	if o.given("limit") {
		c.Limit = o.limit
	}
	return c
}

func runReview(ctx context.Context, f *Factory, o *reviewFlags) error {
	f.onScreen = !o.json && !f.plain()
	c, err := f.Course()
	if err != nil {
		return err
	}
	opts, err := o.options(f, c)
	if err != nil {
		return err
	}
	if !o.json {
		if err := f.openOrAsk(); err != nil {
			return err
		}
	}
	desk, err := f.Desk()
	if err != nil {
		return err
	}
	desk.Config = o.limits(desk.Config)
	switch {
	case o.json:
		return runReviewJSON(ctx, f, desk, opts)
	case f.onScreen:
		return runReviewScreen(ctx, f, opts)
	}
	t, err := f.plainTutor(ctx)
	if err != nil {
		return err
	}
	return t.Review(ctx, opts)
}
