package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kubetutor/internal/chart"
	"kubetutor/internal/plain"
	"kubetutor/internal/progress"
	"kubetutor/internal/stats"
)

// newCmdStats shows how far the learner has come.
func newCmdStats(f *Factory) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "stats [TRACK]", Short: f.Words.Stats, Long: f.Words.StatsLong, Args: between(0, 1, f), ValidArgsFunction: f.completeTracks,
		RunE: func(cmd *cobra.Command, args []string) error { return runStats(cmd.Context(), f, args, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, f.Words.FlagJSON)
	return cmd
}

func runStats(ctx context.Context, f *Factory, args []string, asJSON bool) error {
	s, _, err := f.stats(ctx, stats.Weeks)
	if err != nil {
		return err
	}
	if len(args) > 0 {
		return f.trackStats(s, args[0], asJSON)
	}
	if asJSON {
		return f.json(f.statsJSON(s))
	}
	plain.Stats(f.IO.Out, s, f.Lang(), f.Words, f.style())
	return nil
}

// stats are computed from the whole course and all that is known, with the days of
// the last weeks.
func (f *Factory) stats(ctx context.Context, weeks int) (s stats.Stats, facts stats.Facts, err error) {
	c, err := f.Course()
	if err != nil {
		return s, facts, err
	}
	store, err := f.Store()
	if err != nil {
		return s, facts, err
	}
	now := time.Now()
	facts, err = stats.Gather(ctx, store, chart.DaysIn(weeks, now), now)
	return stats.Of(c, facts), facts, err
}

func (f *Factory) trackStats(s stats.Stats, id string, asJSON bool) error {
	t, ok := s.Track(id)
	if !ok {
		return usageError{fmt.Errorf(f.Words.StatsNoTrack, id, strings.Join(s.TrackIDs(), f.Words.ListSeparator))}
	}
	if asJSON {
		return f.json(f.trackJSON(t))
	}
	plain.TrackStats(f.IO.Out, t, f.Lang(), f.Words, f.style())
	return nil
}

// completeTracks offers the ids of tracks to the shell.
func (f *Factory) completeTracks(_ *cobra.Command, args []string, _ string) (offers []string, _ cobra.ShellCompDirective) {
	c, err := f.Course()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	for _, t := range c.Tracks {
		offers = append(offers, t.ID+"\t"+t.Title.In(f.Lang()))
	}
	return offers, cobra.ShellCompDirectiveNoFileComp
}

// The objects of `stats --json`. Fields are added, never taken away.
type (
	statsJSON struct {
		Total      sumJSON           `json:"total"`
		Tracks     []trackStatsJSON  `json:"tracks"`
		Unfinished []lessonStatsJSON `json:"unfinished"`
		Days       []dayJSON         `json:"days"`
	}
	sumJSON struct {
		Lessons   stats.Count `json:"lessons"`
		Pages     stats.Count `json:"pages"`
		Questions stats.Count `json:"questions"`
		Labs      stats.Count `json:"labs"`
		Asked     int         `json:"asked"`
		First     int         `json:"firstRight"`
		Answers   int         `json:"answers"`
		Attempts  int         `json:"attempts"`
		Hints     int         `json:"hints"`
		Solutions int         `json:"solutions"`
		Spent     float64     `json:"spentSeconds"`
	}
	trackStatsJSON struct {
		ID    string `json:"id"`
		Title string `json:"title"`
		sumJSON
		List []lessonStatsJSON `json:"list"` // of the lessons
	}
	lessonStatsJSON struct {
		ID    string `json:"id"`
		Title string `json:"title"`
		State string `json:"state"`
		sumJSON
		Items []itemJSON `json:"items"`
	}
	itemJSON struct {
		ID        string  `json:"id"`
		Kind      string  `json:"kind"` // question or lab
		Done      bool    `json:"done"`
		First     bool    `json:"firstRight"`
		Pending   bool    `json:"pending"`
		Tries     int     `json:"tries"`
		Hints     int     `json:"hints"`
		Solutions int     `json:"solutions"`
		Took      float64 `json:"tookSeconds"`
	}
	dayJSON struct {
		Date    string  `json:"date"`
		Answers int     `json:"answers"`
		Right   int     `json:"right"`
		Labs    int     `json:"labs"`
		Spent   float64 `json:"spentSeconds"`
	}
)

func (f *Factory) statsJSON(s stats.Stats) statsJSON {
	return statsJSON{newSumJSON(s.Sum), each(s.Tracks, f.trackJSON), each(s.Unfinished, f.lessonStats), each(s.Days, newDayJSON)}
}

func count[T any](all []T, is func(T) bool) (n int) {
	for _, one := range all {
		if is(one) {
			n++
		}
	}
	return n
}

// each is never nil, so that JSON has a list in every case.
func each[A, B any](all []A, f func(A) B) []B {
	list := make([]B, len(all))
	for i, one := range all {
		list[i] = f(one)
	}
	return list
}

func newSumJSON(s stats.Sum) sumJSON {
	return sumJSON{s.Lessons, s.Pages, s.Questions, s.Labs, s.Asked, s.First, s.Tries, s.Attempts, s.Hints, s.Solutions, s.Spent.Seconds()}
}

func (f *Factory) trackJSON(t stats.Track) trackStatsJSON {
	return trackStatsJSON{t.ID, t.Title.In(f.Lang()), newSumJSON(t.Sum), each(t.Lessons, f.lessonStats)}
}

func (f *Factory) lessonStats(l stats.Lesson) lessonStatsJSON {
	return lessonStatsJSON{l.ID, l.Title.In(f.Lang()), l.State.String(), newSumJSON(l.Sum), each(l.Items, newItemJSON)}
}

func newItemJSON(i stats.Item) itemJSON {
	kind := "question"
	if i.Lab {
		kind = "lab"
	}
	return itemJSON{i.ID, kind, i.Done, i.First, i.Pending, i.Tries, i.Hints, i.Solutions, i.Took.Seconds()}
}

func newDayJSON(d progress.Day) dayJSON {
	return dayJSON{d.Date.Format(time.DateOnly), d.Answers, d.Right, d.Labs, d.Spent.Seconds()}
}
