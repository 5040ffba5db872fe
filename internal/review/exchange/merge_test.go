package exchange

import (
	"strings"
	"testing"
	"time"

	"kubetutor/internal/progress"
	"kubetutor/internal/review"
)

func TestImportingOnesOwnChangesNothing(t *testing.T) {
	t.Parallel()
	for _, format := range Formats() {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.reads()
			w.studies(4)
			file, before := w.export(format), w.stands()
			r := w.imports(format, file, false)
			if r.Ratings != 0 || len(r.Changes) != 0 || r.Unknown != 0 || r.Foreign != 0 || r.Skipped != 0 || r.Cards == 0 {
				t.Errorf("the report is %+v", r)
			}
			if after := w.stands(); after != before {
				t.Errorf("before:\n%s\nafter:\n%s", before, after)
			}
		})
	}
}

// What one learner exports, another has after importing it, and once only.
func TestHistoryMovesToAnotherPlace(t *testing.T) {
	t.Parallel()
	for _, format := range []Format{APKG, JSONL} {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.reads()
			w.studies(4)
			file := w.export(format)
			other := newWorld(t)
			other.now = w.now
			dry := other.imports(format, file, true)
			if strings.TrimSpace(other.stands()) != "" {
				t.Fatal("a dry run changed something")
			}
			r := other.imports(format, file, false)
			if r.Ratings == 0 || r.Ratings != dry.Ratings || len(r.Changes) != len(dry.Changes) {
				t.Errorf("%d ratings of %d cards, tried: %d of %d", r.Ratings, len(r.Changes), dry.Ratings, len(dry.Changes))
			}
			w.alike(other)
			stands := other.stands()
			if again := other.imports(format, file, false); again.Ratings != 0 || again.Known != r.Ratings || len(again.Changes) != 0 {
				t.Errorf("a second time brings %+v", again)
			}
			if stands != other.stands() {
				t.Error("a second time changes something")
			}
		})
	}
}

// alike finds the same cards in the same states, as closely as a deck keeps them.
func (w *world) alike(other *world) {
	w.Helper()
	want, err := w.db.Cards(w.Context(), progress.CardQuery{})
	if err != nil {
		w.Fatal(err)
	}
	for _, a := range want {
		b, _, err := other.db.Card(w.Context(), a.ID)
		if err != nil {
			w.Fatal(err)
		}
		if a.Stage != b.Stage || a.Step != b.Step || a.Reps != b.Reps || a.Lapses != b.Lapses || decimal(a.Stability) != decimal(b.Stability) ||
			a.Due.Sub(b.Due).Abs() > time.Second || a.Last.Sub(b.Last).Abs() > time.Second {
			w.Errorf("%s: %+v\nthere: %+v", a.ID, a.CardState, b.CardState)
		}
	}
}

// rated is a card that was rated here once.
func (w *world) rated(id review.ID, at time.Time) progress.CardState {
	w.Helper()
	s, err := w.desk.Scheduler(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	state, err := s.Rate(id, progress.CardState{}, review.Easy, at)
	if err != nil {
		w.Fatal(err)
	}
	_, err = w.db.Record(w.Context(), progress.Reviewed{Card: string(id), Rating: 4, Source: progress.SourceSession, At: at, State: state})
	if err != nil {
		w.Fatal(err)
	}
	return state
}

func (w *world) firstQuestion() review.ID {
	for _, l := range w.desk.Course.Lessons() {
		if len(l.QuestionIDs) > 0 {
			return review.NewID(review.Question, l.ID, l.QuestionIDs[0])
		}
	}
	w.Fatal("no lesson has a question")
	return ""
}

func TestACardThatWasRatedLaterKeepsItsState(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.firstQuestion()
	state := w.rated(id, w.now.Add(-time.Hour))
	r := w.imports(JSONL, []byte(`{"card":"`+string(id)+`","at":"2026-10-01T08:00:00Z","rating":3,"tookMs":4000}`+"\n"), false)
	if r.Ratings != 1 || len(r.Changes) != 1 || r.Changes[0].After != r.Changes[0].Before {
		t.Errorf("the report is %+v", r)
	}
	c, _, err := w.db.Card(w.Context(), string(id))
	if err != nil {
		t.Fatal(err)
	}
	if !c.Due.Equal(state.Due) || c.Stability != state.Stability {
		t.Errorf("the card is %+v, was %+v", c.CardState, state)
	}
}

func TestALaterRatingTakesTheCardOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.firstQuestion()
	before := w.rated(id, w.now.AddDate(0, 0, -20))
	r := w.imports(JSONL, []byte(`{"card":"`+string(id)+`","at":"2026-11-20T08:00:00Z","rating":3}`+"\n"), false)
	if r.Ratings != 1 {
		t.Fatalf("the report is %+v", r)
	}
	c, _, err := w.db.Card(w.Context(), string(id))
	if err != nil {
		t.Fatal(err)
	}
	if c.Reps != 2 || c.Stability <= before.Stability || !c.Due.After(before.Due) || c.CardState != r.Changes[0].After {
		t.Errorf("the card is %+v, the report %+v", c.CardState, r.Changes[0])
	}
}

func TestCardsThatNobodyHasAreLeftOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.imports(JSONL, []byte(`{"card":"question:no-such-lesson/x","at":"2026-11-20T08:00:00Z","rating":3}`+"\n"), false)
	if r.Cards != 1 || r.Unknown != 1 || r.Ratings != 0 || strings.TrimSpace(w.stands()) != "" {
		t.Errorf("the report is %+v", r)
	}
}

func TestRatingsOfASecondAreOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := string(w.firstQuestion())
	line := func(at string) string { return `{"card":"` + id + `","at":"` + at + `","rating":3}` + "\n" }
	r := w.imports(JSONL, []byte(line("2026-11-20T08:00:00Z")+line("2026-11-20T08:00:00.001Z")+line("2026-11-20T08:00:05Z")+line("2026-11-19T08:00:00Z")), false)
	if r.Ratings != 3 || r.Known != 1 {
		t.Errorf("the report is %+v", r)
	}
}

// An interval is in days of the learner's, not in times of 24 hours.
func TestIntervalsAreDays(t *testing.T) {
	t.Parallel()
	x := newWorld(t).exporter()
	evening := time.Date(2026, 11, 16, 23, 0, 0, 0, zone())
	for due, want := range map[time.Time]int{
		time.Date(2026, 11, 17, 4, 0, 0, 0, zone()): 1,
		time.Date(2026, 11, 19, 4, 0, 0, 0, zone()): 3,
		evening: 1,
	} {
		s := progress.CardState{Stage: progress.StageReview, Last: evening.UTC(), Due: due.UTC()}
		if got := x.days(s); got != want || x.interval(s) != time.Duration(want)*24*time.Hour {
			t.Errorf("due %s: %d days, %s", due, got, x.interval(s))
		}
	}
}
