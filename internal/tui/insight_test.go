package tui_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/progress"
	"kubetutor/internal/review"
	"kubetutor/internal/tui"
)

// reviewer is the store of somebody who has been reviewing for months, and now
// and then missed a Sunday. The cards are the questions of the lesson.
type reviewer struct{ story }

func (reviewer) Cards(_ context.Context, q progress.CardQuery) (list []progress.Card, err error) {
	if q.Missed {
		return nil, nil
	}
	for i, id := range []string{"scope", "pending-why", "smallest-fit", "write-claim", "default-class"} {
		due := evening().AddDate(0, 0, i*i-1)
		list = append(list, progress.Card{
			ID:        string(review.NewID(review.Question, claim, id)),
			CardState: progress.CardState{Stage: progress.StageReview, Stability: math.Pow(4, float64(i)), Difficulty: 5, Due: due, Last: evening().AddDate(0, 0, -3), Reps: 4},
			Suspended: i == 3, Leech: i == 3,
		})
	}
	return list, nil
}

func (reviewer) Reviews(_ context.Context, since time.Time, f func(progress.Review) error) error {
	for n := 200; n >= 0; n-- {
		day := evening().AddDate(0, 0, -n)
		if day.Weekday() == time.Sunday && n%2 == 0 || day.Before(since) {
			continue
		}
		for i := range 3 + n*7%40 {
			r := progress.Review{Reviewed: progress.Reviewed{
				Card: string(review.NewID(review.Question, claim, "scope")), Rating: 3, Source: progress.SourceSession, Took: 11 * time.Second, At: day.Add(-time.Duration(i) * time.Minute),
			}}
			if (n*31+i*17)%100 < 2+i%20 { // the longer ago, the more often
				r.Rating = 1
			}
			r.Before = progress.CardState{Stage: progress.StageReview, Stability: 1 + float64(i*i%60), Difficulty: 5, Last: day.AddDate(0, 0, -1-i%20), Reps: 3}
			if err := f(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// reviewing are options with reviews of months.
func reviewing(o *tui.Options) {
	o.Store = reviewer{story{&fakeStore{}}}
	o.Insights = tui.InsightsOf(tui.NewReviewDesk(&review.Desk{Course: o.Course, Store: o.Store, Config: review.DefaultConfig(), Now: evening}))
}

func TestInsightFromStatistics(t *testing.T) {
	t.Parallel()
	o := small(t)
	reviewing(&o)
	s := newSim(t, o, 80, 24)
	s.shows("recalled 93 %", "days in a row")
	s.press("S", "tab")
	s.shows("Review statistics", "< all tracks >", "days in a row", "Reviews by day")
	s.press("n", "n")
	s.shows("Due in the next 30 days", "from the days before 1", "later 0")
	s.press("G")
	s.shows("Predicted and recalled", "log loss", "RMSE (bins)", "On the diagonal")
	s.press("p")
	s.shows("Time, the last 30 days")
	s.press("right", "g")
	s.shows("< Storage >", "reviews 4")
	s.press("tab")
	s.shows("By track")
	s.press("esc")
	s.shows("Good evening.")
}

// On a wide screen everything stands in two columns, and is the same.
func TestInsightIsTheSameOnAWideScreen(t *testing.T) {
	t.Parallel()
	o := small(t)
	reviewing(&o)
	s := newSim(t, o, 160, 80)
	s.press("S", "tab")
	s.shows("Reviews by day", "Due in the next 30 days", "Recalled, by track", "Recalled, by month", "Cards", "Stability of", "Time, the last", "Predicted and recalled")
}

func TestInsightInTheOtherLanguage(t *testing.T) {
	t.Parallel()
	o := small(t)
	reviewing(&o)
	s := newSim(t, o, 160, 80)
	s.press("S", "tab", "L")
	s.shows("复习统计", "< 全部系列 >", "每天的复习次数", "记忆保留率，按月", "预测与实际", "欠熟练")
}

func TestInsightWithoutReviews(t *testing.T) {
	t.Parallel()
	o := small(t)
	o.Insights = tui.InsightsOf(tui.NewReviewDesk(&review.Desk{Course: o.Course, Store: o.Store, Config: review.DefaultConfig(), Now: evening}))
	s := newSim(t, o, 80, 24)
	s.press("S", "tab")
	s.shows("There are no reviews yet.")
	s.press("n", "p", "G", "right", "esc")
	s.shows("Good evening.")
	s = newSim(t, small(t), 80, 24)
	s.press("S", "tab")
	s.shows("There are no reviews here.")
}

func TestInsightCannotBeRead(t *testing.T) {
	t.Parallel()
	o := small(t)
	o.Insights = tui.InsightsOf(tui.NewReviewDesk(&review.Desk{Course: o.Course, Store: unlogged{&fakeStore{}}, Config: review.DefaultConfig(), Now: evening}))
	s := newSim(t, o, 80, 24)
	s.press("S", "tab")
	s.shows("the log is gone")
}

type unlogged struct{ *fakeStore }

func (unlogged) Reviews(context.Context, time.Time, func(progress.Review) error) error {
	return errors.New("the log is gone")
}

// The page is scrolled to its end and no further, in every window.
func TestInsightEnds(t *testing.T) {
	t.Parallel()
	o := small(t)
	reviewing(&o)
	for _, size := range [][2]int{{40, 16}, {80, 24}, {160, 50}} {
		s := newSim(t, o, size[0], size[1])
		s.press("S", "tab", "G")
		end := s.screen()
		s.press("space", "n", "down")
		if s.screen() != end {
			t.Errorf("%v: it scrolls beyond its end", size)
		}
		if size[1] < 50 && strings.Contains(end, "all tracks") {
			t.Errorf("%v: the end shows the beginning:\n%s", size, end)
		}
	}
}
