package insight

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/rivo/uniseg"

	"kubetutor/internal/chart"
	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/progress"
	"kubetutor/internal/review"
	"kubetutor/internal/review/fit"
)

func words(lang course.Lang) Words {
	w := i18n.CLIWords(lang)
	return Words{&w.InsightWords, &w.StatsWords, &w.ReviewTerms}
}

// busy is an insight in which every part has something.
func busy(t testing.TB) Insight {
	now := at("2026-11-20 20:00", time.UTC)
	var reviews []progress.Review
	var cards []review.Entry
	for n := range 300 {
		reviews = append(reviews, rated("question:pv/a", now.AddDate(0, 0, n/3-100), 1+n%4, 1+n%30, float64(1+n%40)))
	}
	for n := range 40 {
		cards = append(cards, review.Entry{Suspended: n == 3, Leech: n == 3, State: progress.CardState{Stage: progress.StageReview, Stability: float64(n * n), Due: now.AddDate(0, 0, n-4)}})
	}
	return logOf(t, now, reviews, append(cards, review.Entry{})...).Of("")
}

func TestSectionsInBothLanguages(t *testing.T) {
	t.Parallel()
	i := busy(t)
	for _, lang := range course.Langs {
		sections := i.Sections(words(lang), theCourse(), lang)
		if len(sections) != 9 {
			t.Errorf("%s: there are %d sections", lang, len(sections))
		}
		for n, s := range sections {
			said := strings.Join(append(append(s.Facts, s.List...), s.Title, s.Key, s.Note), "\n")
			if strings.Contains(said, "%!") || n > 0 && s.Title == "" {
				t.Errorf("%s: section %d says %q", lang, n, said)
			}
			if s.Draw != nil && len(s.List) == 0 && s.Title != sections[7].Title { // the time is in the list of days
				t.Errorf("%s: %q has a drawing and no words for it", lang, s.Title)
			}
		}
	}
}

func TestSectionsFit(t *testing.T) {
	t.Parallel()
	for _, s := range busy(t).Sections(words(course.Chinese), theCourse(), course.Chinese) {
		for w := 0; s.Draw != nil && w < 170; w += 7 {
			for _, l := range s.Draw(chart.Form{Width: w, Height: 9, ASCII: w%2 == 0}) {
				if uniseg.StringWidth(l.String()) > w {
					t.Errorf("%s in %d columns: %q", s.Title, w, l)
				}
			}
		}
	}
}

func TestSectionsOfNothing(t *testing.T) {
	t.Parallel()
	now := at("2026-11-20 20:00", time.UTC)
	for name, l := range map[string]*Log{"nothing": logOf(t, now, nil), "a new card": logOf(t, now, nil, review.Entry{})} {
		for _, s := range l.Of("").Sections(words(course.English), theCourse(), course.English) {
			if s.Draw != nil {
				s.Draw(chart.Form{Width: 60, Height: 9})
			}
			if strings.Contains(strings.Join(s.Facts, " ")+s.Note, "NaN") {
				t.Errorf("%s: %+v", name, s)
			}
		}
	}
}

// pacedLog is a log of reviews and nothing else.
type pacedLog struct {
	progress.Store
	fakeLog
}

func (p *pacedLog) Reviews(ctx context.Context, since time.Time, f func(progress.Review) error) error {
	return p.fakeLog.Reviews(ctx, since, f)
}

func TestPace(t *testing.T) {
	t.Parallel()
	now := at("2026-11-20 20:00", time.UTC)
	p := &pacedLog{}
	for n := range 99 {
		r := rated("question:pv/a", now, 3, 1, 1)
		r.Took = 8 * time.Second
		if n < 20 {
			r.Rating, r.Took = 1, time.Hour // somebody went away
		}
		p.list = append(p.list, r)
	}
	if got, err := pace(t.Context(), p); err != nil || got != ([4]float64{}) {
		t.Errorf("99 reviews: %v, %v", got, err)
	}
	p.list = append(p.list, rated("question:pv/a", now, 3, 1, 1))
	p.list[99].Took = 8 * time.Second
	all := (20*60 + 80*8) / 100.0
	if got, err := pace(t.Context(), p); err != nil || got != [4]float64{60, all, 8, all} {
		t.Errorf("100 reviews: %v, %v", got, err)
	}
}

// The higher the retention, the more is reviewed and known.
func TestWorkloadRises(t *testing.T) {
	t.Parallel()
	loads, err := fit.Simulate(t.Context(), fit.Default(), fit.Deck{Cards: 300, New: 10}, Retentions()...)
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n < len(loads); n++ {
		if loads[n].Retention <= loads[n-1].Retention || loads[n].Reviews <= loads[n-1].Reviews || loads[n].Memorised <= loads[n-1].Memorised {
			t.Errorf("%+v after %+v", loads[n], loads[n-1])
		}
	}
}
