package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kubetutor/internal/plain"
	"kubetutor/internal/review/insight"
)

// newCmdReviewStats shows how reviews go.
func newCmdReviewStats(f *Factory) *cobra.Command {
	var track string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "stats", Short: f.Words.InsightShort, Long: f.Words.InsightLong, Args: exactly(0, f),
		RunE: func(cmd *cobra.Command, _ []string) error { return runReviewStats(cmd.Context(), f, track, asJSON) },
	}
	cmd.Flags().StringVar(&track, "track", "", f.Words.FlagInsightTrack)
	cmd.Flags().BoolVar(&asJSON, "json", false, f.Words.FlagJSON)
	_ = cmd.RegisterFlagCompletionFunc("track", f.completeTracks)
	return cmd
}

func runReviewStats(ctx context.Context, f *Factory, track string, asJSON bool) error {
	desk, err := f.Desk()
	if err != nil {
		return err
	}
	if ids := trackIDs(desk.Course); track != "" && !slices.Contains(ids, track) {
		return usageError{fmt.Errorf(f.Words.StatsNoTrack, track, strings.Join(ids, f.Words.ListSeparator))}
	}
	log, err := insight.Gather(ctx, desk)
	if err != nil {
		return err
	}
	i := log.Of(track)
	if asJSON {
		return f.json(newInsightJSON(i))
	}
	plain.Insight(f.IO.Out, i, desk.Course, f.Lang(), f.Words, f.style())
	return nil
}

// The objects of `review stats --json`. Fields are added, never taken away.
type (
	insightJSON struct {
		Track       string            `json:"track,omitempty"`
		Today       string            `json:"today"`
		Total       reviewSumJSON     `json:"total"`
		StudiedDays int               `json:"studiedDays"`
		Streak      streakJSON        `json:"streak"`
		Days        []reviewDayJSON   `json:"days"`
		Forecast    forecastJSON      `json:"forecast"`
		Desired     float64           `json:"desiredRetention"`
		Recall      recallJSON        `json:"recall"`
		Tracks      []groupRecallJSON `json:"tracks"`
		Months      []groupRecallJSON `json:"months"`
		Cards       cardCountsJSON    `json:"cards"`
		Stability   stabilityJSON     `json:"stability"`
		Calibration calibrationJSON   `json:"calibration"`
	}
	reviewSumJSON struct {
		Reviews int     `json:"reviews"`
		Again   int     `json:"again"`
		Spent   float64 `json:"spentSeconds"`
	}
	streakJSON struct {
		Days     int `json:"days"`
		Forgiven int `json:"forgiven"`
	}
	reviewDayJSON struct {
		Date string `json:"date"`
		reviewSumJSON
	}
	forecastJSON struct {
		Backlog int          `json:"backlog"`
		Days    []dueDayJSON `json:"days"`
		Later   int          `json:"later"`
	}
	dueDayJSON struct {
		Date string `json:"date"`
		Due  int    `json:"due"`
	}
	recallJSON struct {
		Asked    int      `json:"asked"`
		Recalled int      `json:"recalled"`
		Share    *float64 `json:"share"` // null where nothing was asked
	}
	groupRecallJSON struct {
		ID string `json:"id"`
		recallJSON
	}
	cardCountsJSON struct {
		New       int `json:"new"`
		Learning  int `json:"learning"`
		Young     int `json:"young"`
		Mature    int `json:"mature"`
		Suspended int `json:"suspended"`
		Leeches   int `json:"leeches"`
		Buried    int `json:"buried"`
	}
	stabilityJSON struct {
		Median float64            `json:"medianDays"`
		Counts []stabilityBinJSON `json:"counts"`
	}
	stabilityBinJSON struct {
		From  float64 `json:"fromDays"`
		Cards int     `json:"cards"`
	}
	calibrationJSON struct {
		Reviews   int                  `json:"reviews"`
		Predicted float64              `json:"predicted"`
		Recalled  float64              `json:"recalled"`
		LogLoss   float64              `json:"logLoss"`
		RMSE      float64              `json:"rmseBins"`
		Bins      []calibrationBinJSON `json:"bins"`
	}
	calibrationBinJSON struct {
		Reviews   int     `json:"reviews"`
		Predicted float64 `json:"predicted"`
		Recalled  float64 `json:"recalled"`
	}
)

func newInsightJSON(i insight.Insight) insightJSON {
	return insightJSON{
		Track: i.Track, Today: dateOf(i.Today), Total: newReviewSumJSON(i.Total), StudiedDays: i.Studied,
		Streak:   streakJSON(i.Streak),
		Days:     each(i.Days, func(d insight.Daily) reviewDayJSON { return reviewDayJSON{dateOf(d.Day), newReviewSumJSON(d.Sum)} }),
		Forecast: newForecastJSON(i), Desired: i.Retention, Recall: newRecallJSON(i.Recall),
		Tracks: each(i.Tracks, newGroupJSON), Months: each(i.Months, newGroupJSON),
		Cards: cardCountsJSON(i.Cards), Stability: newStabilityJSON(i.Stability), Calibration: newCalibrationJSON(i.Calibration),
	}
}

func dateOf(d insight.Day) string { return d.Date().Format(time.DateOnly) }

func newReviewSumJSON(s insight.Sum) reviewSumJSON {
	return reviewSumJSON{s.Reviews, s.Again, s.Spent.Seconds()}
}

func newForecastJSON(i insight.Insight) forecastJSON {
	f := forecastJSON{Backlog: i.Forecast.Backlog, Later: i.Forecast.Later}
	for n, due := range i.Forecast.Days {
		f.Days = append(f.Days, dueDayJSON{dateOf(i.Today + insight.Day(n)), due})
	}
	return f
}

func newRecallJSON(r insight.Recall) recallJSON {
	out := recallJSON{Asked: r.Asked, Recalled: r.Recalled}
	if share, ok := r.Share(); ok {
		out.Share = &share
	}
	return out
}

func newGroupJSON(g insight.Group) groupRecallJSON {
	return groupRecallJSON{g.ID, newRecallJSON(g.Recall)}
}

func newStabilityJSON(s insight.Stability) stabilityJSON {
	out := stabilityJSON{Median: s.Median}
	for n, from := range insight.StabilityFrom() {
		out.Counts = append(out.Counts, stabilityBinJSON{from, s.Counts[n]})
	}
	return out
}

func newCalibrationJSON(c insight.Calibration) calibrationJSON {
	bins := each(c.Bins, func(o insight.Outcome) calibrationBinJSON { return calibrationBinJSON(o) })
	return calibrationJSON{c.Reviews, c.Predicted, c.Recalled, c.LogLoss, c.RMSE, bins}
}
