package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"kubetutor/internal/course"
	"kubetutor/internal/plain"
	"kubetutor/internal/progress"
	"kubetutor/internal/review"
)

// newCmdReviewList lists the learner's cards.
func newCmdReviewList(f *Factory) *cobra.Command {
	var asJSON bool
	o := &filterFlags{}
	cmd := &cobra.Command{
		Use: "list", Short: f.Words.ReviewList, Long: f.Words.ReviewListLong, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runReviewList(cmd.Context(), f, o, asJSON) },
	}
	o.add(cmd, f)
	cmd.Flags().BoolVar(&asJSON, "json", false, f.Words.FlagJSON)
	return cmd
}

func runReviewList(ctx context.Context, f *Factory, o *filterFlags, asJSON bool) error {
	desk, err := f.Desk()
	if err != nil {
		return err
	}
	filter, err := o.filter(f, desk.Course)
	if err != nil {
		return err
	}
	cards, err := desk.List(ctx, filter)
	if err != nil {
		return err
	}
	if asJSON {
		return f.json(each(cards, newCardJSON))
	}
	if len(cards) == 0 {
		fmt.Fprintln(f.IO.Err, f.Words.CardsNone)
		return nil
	}
	plain.Cards(f.IO.Out, cards, time.Now(), f.Words)
	return nil
}

// cardJSON is a card in `review list --json` and `review --json`. Fields are
// added, never taken away or changed.
type cardJSON struct {
	ID          review.ID   `json:"id"`
	Kind        review.Kind `json:"kind"`
	Track       string      `json:"track"`
	Lesson      string      `json:"lesson"`
	Page        int         `json:"page"` // 1 is the first; 0 where that is not known
	Tags        []string    `json:"tags"`
	Stage       string      `json:"stage"` // new, learning, review or relearning
	Due         *time.Time  `json:"due"`
	Last        *time.Time  `json:"last"`       // when it was rated last
	Stability   float64     `json:"stability"`  // days
	Difficulty  float64     `json:"difficulty"` // 1 to 10
	Reps        int         `json:"reps"`
	Lapses      int         `json:"lapses"`
	Suspended   bool        `json:"suspended"`
	Leech       bool        `json:"leech"`
	BuriedUntil *time.Time  `json:"buriedUntil"`
}

func newCardJSON(e review.Entry) cardJSON {
	j := stateJSON(e.Card, e.State)
	j.Suspended, j.Leech, j.BuriedUntil = e.Suspended, e.Leech, timeJSON(e.Buried)
	return j
}

// stateJSON is a card without its marks.
func stateJSON(c review.Card, s progress.CardState) cardJSON {
	stage := string(s.Stage)
	if s.Stage == progress.StageNew {
		stage = "new"
	}
	return cardJSON{
		ID: c.ID, Kind: c.ID.Kind(), Track: c.Track, Lesson: c.ID.Lesson(), Page: c.Page + 1, Tags: append([]string{}, c.Tags...),
		Stage: stage, Due: timeJSON(s.Due), Last: timeJSON(s.Last), Stability: s.Stability, Difficulty: s.Difficulty, Reps: s.Reps, Lapses: s.Lapses,
	}
}

// timeJSON is null for a time that is none.
func timeJSON(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// marking is a command that puts a mark on cards.
type marking struct {
	name, about string
	said        string // afterwards, given how many cards
	mark        progress.Mark
}

func newCmdsReviewMark(f *Factory) []*cobra.Command {
	w := f.Words
	return each([]marking{
		{"suspend", w.ReviewSuspend, w.CardsSuspended, progress.MarkSuspend},
		{"unsuspend", w.ReviewUnsuspend, w.CardsUnsuspended, progress.MarkUnsuspend},
		{"bury", w.ReviewBury, w.CardsBuried, progress.MarkBury},
		{"unbury", w.ReviewUnbury, w.CardsUnburied, progress.MarkUnbury},
		{"forget", w.ReviewForget, w.CardsForgotten, progress.MarkForget},
	}, func(m marking) *cobra.Command {
		return &cobra.Command{
			Use: m.name + " CARD...", Short: m.about, Args: between(1, math.MaxInt, f), ValidArgsFunction: f.completeCards,
			RunE: func(cmd *cobra.Command, args []string) error { return runReviewMark(cmd.Context(), f, m, args) },
		}
	})
}

func runReviewMark(ctx context.Context, f *Factory, m marking, named []string) error {
	desk, err := f.Desk()
	if err != nil {
		return err
	}
	ids, err := f.cards(ctx, desk, named)
	if err != nil {
		return err
	}
	if err := desk.Mark(ctx, ids, m.mark, time.Time{}); err != nil {
		return err
	}
	f.printf(m.said+"\n", len(ids))
	return nil
}

// cards finds the learner's cards that are named; one that they do not have is an
// error that names the nearest.
func (f *Factory) cards(ctx context.Context, desk *review.Desk, named []string) (ids []review.ID, err error) {
	have, err := desk.List(ctx, review.Filter{})
	if err != nil {
		return nil, err
	}
	if len(have) == 0 {
		return nil, errors.New(f.Words.NoCards)
	}
	all := each(have, func(e review.Entry) string { return string(e.ID) })
	for _, name := range named {
		if !slices.Contains(all, name) {
			return nil, usageError{fmt.Errorf(f.Words.UnknownCard, name, f.similar(name, all))}
		}
		if id := review.ID(name); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// completeCards offers the cards to the shell.
func (f *Factory) completeCards(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	desk, err := f.Desk()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	cards, err := desk.List(cmd.Context(), review.Filter{})
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var offers []string
	for _, c := range cards {
		if id := string(c.ID); !slices.Contains(args, id) {
			offers = append(offers, id+"\t"+lessonTitle(c.Card, f.Lang()))
		}
	}
	return offers, cobra.ShellCompDirectiveNoFileComp
}

// lessonTitle names the lesson of a card.
func lessonTitle(c review.Card, lang course.Lang) string {
	if c.Lesson == nil {
		return c.ID.Lesson()
	}
	return c.Lesson.Title.In(lang)
}
