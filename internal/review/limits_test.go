package review

import (
	"slices"
	"testing"
	"time"

	"kubetutor/internal/course/coursetest"
	"kubetutor/internal/progress"
)

// Each day has its numbers of new cards, reviews and hands-on cards, whatever the
// number of sessions.
func TestLimitsHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 60)
	w.desk.Config.New, w.desk.Config.Limit, w.desk.Config.Labs = 3, 12, 2
	for n := range 60 {
		w.reads(n)
		for q := range 5 {
			w.knows(question(n, q), float64(1+n), -n%7)
		}
		for l := range 2 {
			w.knows(lab(n, l), float64(1+n), -n%7)
		}
	}
	morning := w.now
	for n := range 5 {
		w.now = morning.AddDate(0, 0, n)
		counts := map[string]int{}
		lessons := map[string]bool{}
		count := func(turn Turn) Rating {
			switch {
			case turn.Card.ID.Kind() == Lab:
				counts["labs"]++
				if lessons[turn.Card.ID.Lesson()] {
					t.Error("two labs of a lesson on a day")
				}
				lessons[turn.Card.ID.Lesson()] = true
			case turn.State.Stage == progress.StageNew:
				counts["new"]++
			case turn.State.Stage == progress.StageReview:
				counts["reviews"]++
			}
			return Good
		}
		for _, box := range []time.Duration{time.Minute, time.Minute, 0, 0} {
			w.all(w.begin(Options{Box: box}), count)
			w.now = w.now.Add(time.Hour)
		}
		if counts["new"] != 3 || counts["reviews"] != 12 || counts["labs"] != 2 {
			t.Errorf("asked %v", counts)
		}
	}
}

// Most likely forgotten first, whatever waits longest.
func TestOrderOfReviews(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 6)
	want := []ID{question(3, 0), question(1, 0), question(2, 0), question(0, 0)}
	for i, due := range []int{-40, -3, -30, -10} { // of stabilities 100, 2, 40, 5
		w.knows(question(i, 0), []float64{100, 2, 40, 5}[i], due)
	}
	if got := w.all(w.begin(Options{}), always(Good)); !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

// Siblings of a card that is asked today wait till tomorrow: the questions of a
// page, in this course q-0 and q-5, unless the learner wants them at once.
func TestSiblingsWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	w.knows(question(0, 0), 10, -1)
	w.knows(question(0, 5), 10, -2)
	w.knows(question(0, 1), 10, -2)
	first := w.all(w.begin(Options{}), always(Good))
	if len(first) != 2 || len(w.all(w.begin(Options{}), always(Good))) != 0 {
		t.Fatalf("asked %v", first)
	}
	if got := w.all(w.begin(Options{Filter: Filter{Kinds: []Kind{Question}}}), always(Good)); len(got) != 0 {
		t.Errorf("another session asks %v", got)
	}
	w.now = w.now.Add(24 * time.Hour)
	if got := w.all(w.begin(Options{}), always(Good)); len(got) != 1 || slices.Contains(first, got[0]) {
		t.Errorf("the next day asks %v after %v", got, first)
	}

	w = newWorld(t, 1)
	w.desk.Config.Bury = false
	w.knows(question(0, 0), 10, -1)
	w.knows(question(0, 5), 10, -2)
	if got := w.all(w.begin(Options{}), always(Good)); len(got) != 2 {
		t.Errorf("asked %v", got)
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 60) // lesson 55 is of the second track
	w.reads(0, 1, 55)
	w.knows(question(0, 1), 10, -1)
	w.knows(lab(0, 0), 10, -1)
	for _, test := range []struct {
		name string
		f    Filter
		want Counts
	}{
		{"all", Filter{}, Counts{Due: 1, New: 10, HandsOn: 1}},
		{"a track", Filter{Tracks: []string{"track-001"}}, Counts{New: 10}},
		{"a lesson", Filter{Lessons: []string{coursetest.ID(1)}}, Counts{New: 10}},
		{"a lesson that is not there", Filter{Lessons: []string{"x"}}, Counts{}},
		{"a lesson of another track", Filter{Lessons: []string{coursetest.ID(1)}, Tracks: []string{"track-001"}}, Counts{}},
		{"clozes", Filter{Kinds: []Kind{Cloze}}, Counts{New: 10}},
		{"questions of a lesson", Filter{Kinds: []Kind{Question}, Lessons: []string{coursetest.ID(0)}}, Counts{Due: 1, New: 4}},
		{"labs", Filter{Kinds: []Kind{Lab}}, Counts{HandsOn: 1}},
		{"a tag", Filter{Tags: []string{"cka", "other"}}, Counts{Due: 1, New: 10, HandsOn: 1}},
		{"another tag", Filter{Tags: []string{"other"}}, Counts{}},
	} {
		s, err := w.desk.Summary(t.Context(), test.f)
		if err != nil || s.Counts != test.want {
			t.Errorf("%s: %+v, %v, want %+v", test.name, s, err, test.want)
		}
		got := w.begin(Options{Filter: test.f})
		if n := got.counts(); n != test.want {
			t.Errorf("%s: a session of %+v", test.name, n)
		}
	}
}

// A question that was taken out of the course, and one of a pack that is not
// there, are not asked, and take no place of others.
func TestWhatTheCourseHasNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	w.desk.Config.Limit = 3
	for n := range 300 {
		w.knows(ID("question:gone/q"+string(rune('a'+n%26))+string(rune('a'+n/26))), 1, -30)
	}
	for n := range 3 {
		w.knows(question(n, 1), 50, 0)
	}
	if got := w.all(w.begin(Options{}), always(Good)); len(got) != 3 {
		t.Errorf("asked %v", got)
	}
	if list, err := w.desk.List(t.Context(), Filter{}); err != nil || len(list) != 3 {
		t.Errorf("listed %d, %v", len(list), err)
	}
	s, err := w.desk.Summary(t.Context(), Filter{})
	if err != nil || s.All() != 0 || s.Next.Before(w.now.Add(day)) {
		t.Errorf("%+v, %v", s, err)
	}
}

// A machine that slept for a month finds everything due; the day's limit holds.
func TestSleptAMonth(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 20)
	w.desk.Config.Limit = 30
	for n := range 20 {
		for q := range 5 {
			w.knows(question(n, q), 5, n%5)
		}
	}
	w.now = w.now.AddDate(0, 1, 0)
	s, err := w.desk.Summary(t.Context(), Filter{})
	if err != nil || s.Due != 30 || s.Waiting != 70 {
		t.Fatalf("%+v, %v", s, err)
	}
	seen := map[ID]bool{}
	for range 4 {
		for _, id := range w.all(w.begin(Options{}), always(Good)) {
			seen[id] = true
		}
		w.now = w.now.Add(24 * time.Hour)
	}
	if len(seen) != 100 {
		t.Errorf("%d of 100 cards were asked in four days", len(seen))
	}
}
