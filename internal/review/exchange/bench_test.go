package exchange

import (
	"bytes"
	"io"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/course/coursetest"
	"kubetutor/internal/i18n"
	"kubetutor/internal/progress"
	"kubetutor/internal/review"
)

// large is a learner with many cards, each of them rated a few times.
func large(b *testing.B, lessons int) *world {
	b.Helper()
	dir := b.TempDir()
	coursetest.Write(b, dir, lessons)
	c, err := course.OpenDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	w := &world{TB: b, now: start()}
	clock := func() time.Time { return w.now }
	if w.db, err = progress.Open(b.TempDir(), progress.WithClock(clock)); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { w.db.Close() })
	w.desk = &review.Desk{Course: c, Store: w.db, Config: review.DefaultConfig(), Now: clock}
	var events []any
	for _, l := range c.Lessons() {
		for _, q := range l.QuestionIDs {
			for n := range 10 {
				at := w.now.AddDate(0, 0, n*7-100)
				events = append(events, progress.Reviewed{Card: string(review.NewID(review.Question, l.ID, q)), Rating: 3, At: at, State: progress.CardState{
					Stage: progress.StageReview, Stability: 20, Difficulty: 5, Last: at, Due: at.AddDate(0, 0, 20), Reps: n + 1,
				}})
			}
		}
	}
	if _, err := w.db.RecordAll(b.Context(), events); err != nil {
		b.Fatal(err)
	}
	return w
}

// BenchmarkDeck takes a deck of 1,800 cards with 18,000 ratings out and in.
func BenchmarkDeck(b *testing.B) {
	w := large(b, 300)
	x := &Exporter{Desk: w.desk, Lang: course.English, Words: &i18n.CLIWords(course.English).ExchangeWords, Now: w.now}
	var file bytes.Buffer
	cards, err := x.Export(b.Context(), &file, APKG, review.Filter{})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("export", func(b *testing.B) {
		for b.Loop() {
			if _, err := x.Export(b.Context(), io.Discard, APKG, review.Filter{}); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(cards), "cards")
	})
	b.Run("import", func(b *testing.B) {
		other := newWorld(b)
		other.desk.Course = w.desk.Course
		for b.Loop() {
			r, err := other.take(APKG, file.Bytes(), true)
			if err != nil || r.Ratings == 0 {
				b.Fatal(r, err)
			}
		}
	})
}
