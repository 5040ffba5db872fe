package insight

import (
	"context"
	"fmt"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/course/coursetest"
	"kubetutor/internal/progress"
	"kubetutor/internal/review"
)

// large is a desk with 100,000 cards and 200,000 reviews, the last ones of now. Of
// the cards 13,000 are of the course, which is as large as one can be; the others
// were.
func large(b *testing.B) *review.Desk {
	b.Helper()
	now := at("2026-11-20 20:00", time.UTC)
	dir := b.TempDir()
	coursetest.Write(b, dir, 1000)
	c, err := course.OpenDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	var ids []string
	for _, l := range c.Lessons() {
		for kind, items := range map[review.Kind][]string{review.Question: l.QuestionIDs, review.Cloze: l.ClozeIDs, review.Lab: l.LabIDs} {
			for _, id := range items {
				ids = append(ids, string(review.NewID(kind, l.ID, id)))
			}
		}
	}
	for n := len(ids); n < 100_000; n++ {
		ids = append(ids, string(review.NewID(review.Question, c.Lessons()[n%1000].ID, fmt.Sprintf("gone-%d", n))))
	}
	store, err := progress.Open(b.TempDir(), progress.WithClock(func() time.Time { return now }))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { store.Close() })
	for round := range 2 {
		for from := 0; from < len(ids); from += 10000 {
			var events []any
			for n, id := range ids[from : from+10000] {
				when := now.AddDate(0, 0, -365*(2-round)+(from+n)*360/len(ids))
				events = append(events, progress.Reviewed{Card: id, Rating: 1 + (n+round)%4, Source: progress.SourceImport, Took: 9 * time.Second, At: when,
					State: progress.CardState{Stage: progress.StageReview, Stability: float64(1 + n%90), Difficulty: 5, Due: when.AddDate(0, 0, 1+n%400), Last: when, Reps: round + 1}})
			}
			if _, err := store.RecordAll(b.Context(), events); err != nil {
				b.Fatal(err)
			}
		}
	}
	return &review.Desk{Course: c, Store: store, Config: review.DefaultConfig(), Now: func() time.Time { return now }}
}

func BenchmarkInsight(b *testing.B) {
	d := large(b)
	log, err := Gather(b.Context(), d)
	if err != nil {
		b.Fatal(err)
	}
	if i := log.Of(""); i.Total.Reviews != 200_000 || i.Cards.All() < 10_000 {
		b.Fatalf("there are %d reviews, %d cards", i.Total.Reviews, i.Cards.All())
	}
	b.Run("reviews", func(b *testing.B) {
		for b.Loop() {
			if err := d.Store.Reviews(b.Context(), time.Time{}, func(progress.Review) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("cards", func(b *testing.B) {
		for b.Loop() {
			if _, err := d.List(b.Context(), review.Filter{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("whole", func(b *testing.B) {
		for b.Loop() {
			benchWhole(b, d)
		}
	})
	b.Run("of", func(b *testing.B) { // as if all cards were of the course
		for len(log.cards) < 100_000 {
			log.cards = append(log.cards, log.cards[:min(len(log.cards), 100_000-len(log.cards))]...)
		}
		for b.Loop() {
			log.Of("")
		}
	})
	b.Run("lately", func(b *testing.B) {
		for b.Loop() {
			if _, err := Recently(context.Background(), d.Store, ClockOf(d)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func benchWhole(b *testing.B, d *review.Desk) {
	log, err := Gather(b.Context(), d)
	if err != nil {
		b.Fatal(err)
	}
	log.Of("")
}
