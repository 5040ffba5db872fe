package insight

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	fsrs "github.com/open-spaced-repetition/go-fsrs/v4"

	"kubetutor/internal/course"
	"kubetutor/internal/progress"
	"kubetutor/internal/review"
	"kubetutor/internal/stats"
)

// theCourse has two tracks with a lesson each.
func theCourse() *course.Course {
	storage, access := &course.Track{ID: "storage"}, &course.Track{ID: "access"}
	storage.Lessons = []*course.Lesson{{ID: "pv", Track: storage}}
	access.Lessons = []*course.Lesson{{ID: "rbac", Track: access}}
	return &course.Course{Tracks: []*course.Track{storage, access}}
}

func shanghai(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Skip(err)
	}
	return loc
}

func at(text string, loc *time.Location) time.Time {
	moment, err := time.ParseInLocation("2006-01-02 15:04", text, loc)
	if err != nil {
		panic(err)
	}
	return moment
}

func TestDaysEndAtTheRollover(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err)
	}
	for _, tt := range []struct {
		at       string
		loc      *time.Location
		rollover int
		want     string
	}{
		{"2026-11-20 03:59", time.UTC, 4, "2026-11-19"}, {"2026-11-20 04:00", time.UTC, 4, "2026-11-20"},
		{"2026-11-20 00:00", time.UTC, 0, "2026-11-20"}, {"2026-11-20 22:59", time.UTC, 23, "2026-11-19"},
		{"2026-11-20 03:00", shanghai(t), 4, "2026-11-19"}, {"2026-11-20 04:00", shanghai(t), 4, "2026-11-20"},
		{"2026-03-29 03:30", berlin, 4, "2026-03-28"}, {"2026-03-29 04:00", berlin, 4, "2026-03-29"}, // put forward at 2
		{"2026-10-25 02:30", berlin, 3, "2026-10-24"}, {"2026-10-25 03:00", berlin, 3, "2026-10-25"}, // put back at 3
		{"1969-12-31 23:00", time.UTC, 4, "1969-12-31"}, {"1969-12-31 03:00", time.UTC, 4, "1969-12-30"},
	} {
		moment := at(tt.at, tt.loc)
		c := Clock{moment, tt.rollover}
		if got := c.Today().Date().Format(time.DateOnly); got != tt.want {
			t.Errorf("%s in %s, rollover %d: %s, want %s", tt.at, tt.loc, tt.rollover, got, tt.want)
		}
		begins := c.Begins(c.Today())
		if begins.After(moment) || c.Day(begins) != c.Today() || c.Day(begins.Add(-time.Second)) != c.Today()-1 {
			t.Errorf("%s in %s: the day begins at %s", tt.at, tt.loc, begins)
		}
	}
}

// rated is a review of a card that had been rated so many days before.
func rated(card string, when time.Time, rating, days int, stability float64) progress.Review {
	return progress.Review{
		Reviewed: progress.Reviewed{Card: card, At: when, Rating: rating, Source: progress.SourceSession, Took: 10 * time.Second},
		Before:   progress.CardState{Stage: progress.StageReview, Stability: stability, Last: when.AddDate(0, 0, -days)},
	}
}

func logOf(t testing.TB, now time.Time, reviews []progress.Review, cards ...review.Entry) *Log {
	t.Helper()
	l := newLog(theCourse(), Clock{now, 4}, 0.9)
	schedule, err := review.NewScheduler(review.DefaultConfig(), review.DefaultWeights(), now.Location())
	if err != nil {
		t.Fatal(err)
	}
	r := l.reader(schedule.Recall)
	for _, p := range reviews {
		if err := r.take(p); err != nil {
			t.Fatal(err)
		}
	}
	l.cards = cards
	return l
}

func TestWhatCounts(t *testing.T) {
	t.Parallel()
	now := at("2026-11-20 20:00", time.UTC)
	first := rated("question:pv/a", now.AddDate(0, 0, -2), 3, 0, 0)
	first.Before = progress.CardState{}
	mistake := rated("question:pv/a", now, 1, 5, 5)
	mistake.Source = progress.SourceQuiz
	imported := rated("question:gone/a", now.AddDate(0, -2, 0), 2, 5, 5)
	imported.Source = progress.SourceImport
	i := logOf(t, now, []progress.Review{
		imported, first,
		rated("question:pv/a", now.AddDate(0, 0, -1), 3, 1, 2),
		rated("question:pv/a", now.AddDate(0, 0, -1), 1, 0, 2), // on the same day
		rated("cloze:rbac/b", now, 1, 9, 10),
		mistake,
	}).Of("")
	if want := (Sum{Reviews: 5, Again: 2, Spent: 50 * time.Second}); i.Total != want {
		t.Errorf("total %+v, want %+v", i.Total, want)
	}
	if want := (Recall{Asked: 3, Recalled: 2}); i.Recall != want {
		t.Errorf("recall %+v, want %+v", i.Recall, want)
	}
	if want := []Group{{"storage", Recall{1, 1}}, {"access", Recall{1, 0}}}; !slices.Equal(i.Tracks, want) {
		t.Errorf("tracks %+v, want %+v", i.Tracks, want)
	}
	if want := []Group{{"2026-09", Recall{1, 1}}, {"2026-11", Recall{2, 1}}}; !slices.Equal(i.Months, want) {
		t.Errorf("months %+v, want %+v", i.Months, want)
	}
	if i.Streak != (stats.Run{Days: 3}) || i.Studied != 4 {
		t.Errorf("streak %+v, studied on %d days", i.Streak, i.Studied)
	}
	if last := i.Days[len(i.Days)-1]; last.Reviews != 1 || last.Date().Format(time.DateOnly) != "2026-11-20" || i.Days[0].Date().Weekday() != time.Monday {
		t.Errorf("days from %s to %+v", i.Days[0].Date(), last)
	}
}

func TestOfATrack(t *testing.T) {
	t.Parallel()
	now := at("2026-11-20 20:00", time.UTC)
	entry := func(track string, s float64) review.Entry {
		return review.Entry{Card: review.Card{Track: track}, State: progress.CardState{Stage: progress.StageReview, Stability: s, Due: now}}
	}
	l := logOf(t, now, []progress.Review{rated("question:pv/a", now, 3, 1, 2), rated("lab:rbac/b", now, 1, 1, 2)},
		entry("storage", 5), entry("access", 50), entry("access", 70))
	i := l.Of("access")
	if i.Total.Reviews != 1 || i.Recall != (Recall{1, 0}) || i.Cards.All() != 2 || i.Stability.Median != 70 || i.Forecast.Due() != 2 {
		t.Errorf("access: %+v", i)
	}
	if all := l.Of(""); all.Total.Reviews != 2 || all.Cards != (Cards{Young: 1, Mature: 2}) {
		t.Errorf("all: %+v", all.Cards)
	}
	if none := l.Of("network"); none.Total.Reviews != 0 || none.Calibration.Reviews != 0 || none.Streak.Days != 0 {
		t.Errorf("a track without anything: %+v", none.Total)
	}
}

func TestForecast(t *testing.T) {
	t.Parallel()
	loc := shanghai(t)
	now := at("2026-11-21 02:00", loc) // the evening of the 20th
	entry := func(due string, change func(*review.Entry)) review.Entry {
		e := review.Entry{State: progress.CardState{Stage: progress.StageReview, Stability: 3, Due: at(due, loc)}}
		if change != nil {
			change(&e)
		}
		return e
	}
	i := logOf(t, now, nil,
		entry("2026-11-20 03:00", nil), // of the 19th
		entry("2026-11-20 04:00", nil), // today
		entry("2026-11-21 03:59", func(e *review.Entry) { e.State.Stage = progress.StageLearning }), // today
		entry("2026-11-21 04:00", nil), // tomorrow
		entry("2026-12-19 12:00", nil), // the 30th day
		entry("2026-12-20 12:00", nil), // later
		entry("2026-11-01 12:00", func(e *review.Entry) { e.Buried = at("2026-11-21 04:00", loc) }), // tomorrow
		entry("2026-11-01 12:00", func(e *review.Entry) { e.Suspended, e.Leech = true, true }),
		entry("2026-11-01 12:00", func(e *review.Entry) { e.State = progress.CardState{} }),
	).Of("")
	want := Forecast{Backlog: 1, Later: 1}
	want.Days[0], want.Days[1], want.Days[29] = 2, 2, 1
	if i.Forecast != want {
		t.Errorf("forecast %+v, want %+v", i.Forecast, want)
	}
	if want := (Cards{New: 1, Learning: 1, Young: 6, Suspended: 1, Leeches: 1, Buried: 1}); i.Cards != want {
		t.Errorf("cards %+v, want %+v", i.Cards, want)
	}
	if want := [...]int{2: 6, 8: 0}; i.Stability.Counts != want {
		t.Errorf("stability %v", i.Stability.Counts)
	}
}

func TestStabilityBins(t *testing.T) {
	t.Parallel()
	for days, want := range map[float64]int{0: 0, 0.99: 0, 1: 1, 2.9: 1, 3: 2, 20: 4, 365: 8, 1e9: 8, math.Inf(1): 8} {
		if got := stabilityBin(days); got != want {
			t.Errorf("%v days are in %d, want %d", days, got, want)
		}
	}
}

// By hand: two reviews in one cell, predicted with 0.9 each as their stability is
// as many days as passed; one was forgotten.
func TestCalibrationByHand(t *testing.T) {
	t.Parallel()
	now := at("2026-11-20 20:00", time.UTC)
	c := logOf(t, now, []progress.Review{rated("question:pv/a", now, 3, 5, 5), rated("question:pv/b", now, 1, 5, 5)}).Of("").Calibration
	loss := -(math.Log(0.9) + math.Log(0.1)) / 2
	for name, pair := range map[string][2]float64{
		"predicted": {c.Predicted, 0.9}, "recalled": {c.Recalled, 0.5}, "log loss": {c.LogLoss, loss}, "RMSE": {c.RMSE, 0.4},
	} {
		if math.Abs(pair[0]-pair[1]) > 1e-9 {
			t.Errorf("%s is %v, want %v", name, pair[0], pair[1])
		}
	}
	if len(c.Bins) != 1 || c.Bins[0].Reviews != 2 {
		t.Errorf("bins: %+v", c.Bins)
	}
}

// A learner whose memory is the curve itself is well calibrated; one who forgets
// twice as often is not.
func TestCalibrationOfLearners(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		forgets  float64 // times as often as predicted
		below    float64 // RMSE
		atLeast  float64
		recalled float64
	}{"as the curve": {1, 0.03, 0, 0}, "twice as forgetful": {2, 1, 0.05, 0}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := logOf(t, at("2026-11-20 20:00", time.UTC), learner(20000, tt.forgets)).Of("").Calibration
			if c.Reviews != 20000 || c.RMSE > tt.below || c.RMSE < tt.atLeast {
				t.Errorf("%d reviews, RMSE %v", c.Reviews, c.RMSE)
			}
			if tt.forgets == 1 && math.Abs(c.Predicted-c.Recalled) > 0.01 {
				t.Errorf("predicted %v, recalled %v", c.Predicted, c.Recalled)
			}
		})
	}
}

// learner makes reviews of 50 cards that were recalled as the curve says, or less.
func learner(n int, forgets float64) (list []progress.Review) {
	random, p := rand.New(rand.NewPCG(7, 7)), fsrs.DefaultParam()
	now := at("2020-01-01 12:00", time.UTC)
	for i := range n {
		stability, days := 1+random.Float64()*50, 1+random.IntN(60)
		rating := 3
		if random.Float64() < forgets*(1-p.ForgettingCurve(float64(days), stability)) {
			rating = 1
		}
		list = append(list, rated(string(review.NewID(review.Question, "pv", string(rune('a'+i%50)))), now.AddDate(0, 0, i/20), rating, days, stability))
	}
	return list
}

// fakeLog has reviews, and notes since when they were asked for.
type fakeLog struct {
	progress.CardReader
	list  []progress.Review
	since []time.Time
}

func (f *fakeLog) Reviews(_ context.Context, since time.Time, each func(progress.Review) error) error {
	f.since = append(f.since, since)
	for _, r := range f.list {
		if r.At.Before(since) {
			continue
		}
		if err := each(r); err != nil {
			return err
		}
	}
	return nil
}

func TestRecently(t *testing.T) {
	t.Parallel()
	now := at("2026-11-20 20:00", time.UTC)
	f := &fakeLog{list: []progress.Review{
		rated("question:pv/a", now.AddDate(0, 0, -7), 3, 3, 3), // eight days ago, today counted
		rated("question:pv/a", now.AddDate(0, 0, -6), 3, 1, 3),
		rated("question:pv/a", now.AddDate(0, 0, -1), 1, 5, 3),
		rated("question:pv/a", now.AddDate(0, 0, -1), 3, 0, 1),
		rated("question:pv/a", now, 3, 1, 1),
	}}
	l, err := Recently(t.Context(), f, Clock{now, 4})
	want := Lately{Days: [7]int{1, 0, 0, 0, 0, 2, 1}, Total: 4, Recall: Recall{3, 2}, Streak: stats.Run{Days: 2}}
	if err != nil || l != want {
		t.Errorf("got %+v, %v, want %+v", l, err, want)
	}
	if len(f.since) != 1 {
		t.Errorf("it was read %d times", len(f.since))
	}
}

// A streak is followed as far as it goes, whatever its length.
func TestRecentlyFollowsAStreak(t *testing.T) {
	t.Parallel()
	now := at("2026-11-20 20:00", time.UTC)
	for _, days := range []int{1, 37, 38, 39, 40, 41, 42, 159, 160, 161, 500} {
		f := &fakeLog{}
		for n := days; n >= 1; n-- {
			f.list = append(f.list, rated("question:pv/a", now.AddDate(0, 0, -n), 3, 1, 1))
		}
		if l, err := Recently(t.Context(), f, Clock{now, 4}); err != nil || l.Streak.Days != days {
			t.Errorf("%d days: %+v, %v", days, l.Streak, err)
		}
	}
}

// A rating that was imported after the card had been rated later says nothing of
// the state that the card had by then.
func TestPutBeforeIsNoTest(t *testing.T) {
	t.Parallel()
	now := at("2026-11-20 20:00", time.UTC)
	put := rated("question:pv/a", now.AddDate(0, 0, -30), 1, -10, 5)
	put.Source = progress.SourceImport
	i := logOf(t, now, []progress.Review{put, rated("question:pv/a", now, 3, 20, 5)}).Of("")
	if i.Total.Reviews != 2 || i.Calibration.Reviews != 1 || i.Calibration.Recalled != 1 || i.Recall.Asked != 1 {
		t.Errorf("%+v, %+v, %+v", i.Total, i.Calibration, i.Recall)
	}
}
