package progress

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"
)

var ratedAt = time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)

// inReview is a rating after which a card is in review.
func inReview(card string, due time.Time, stability float64) Reviewed {
	return Reviewed{Card: card, Rating: 3, Source: SourceSession, State: CardState{
		Stage: StageReview, Stability: stability, Difficulty: 5, Due: due, Last: ratedAt.AddDate(0, 0, -10), Reps: 1,
	}}
}

func TestCardQueries(t *testing.T) {
	t.Parallel()
	d := open(t, t.TempDir(), WithClock(func() time.Time { return ratedAt }))
	day := func(n int) time.Time { return ratedAt.AddDate(0, 0, n) }
	record(t, d,
		inReview("question:a/1", day(-3), 20), inReview("question:a/2", day(-1), 2), inReview("question:b/1", day(5), 3),
		inReview("cloze:a/1", day(-2), 7), inReview("lab:b/l", day(-9), 90),
		Reviewed{Card: "cloze:b/1", Rating: 1, Source: SourceSession, State: CardState{Stage: StageLearning, Stability: 1, Due: day(0)}},
		Marked{Cards: []string{"question:a/1"}, Mark: MarkBury, Until: day(1)}, Marked{Cards: []string{"lab:b/l"}, Mark: MarkLeech},
		Answer{Question: "a/3", Right: true},
	)
	review := []Stage{StageReview}
	for name, test := range map[string]struct {
		q    CardQuery
		want []string
	}{
		"all":                  {CardQuery{}, []string{"cloze:a/1", "cloze:b/1", "lab:b/l", "question:a/1", "question:a/2", "question:a/3", "question:b/1"}},
		"some":                 {CardQuery{IDs: []string{"lab:b/l", "none", "cloze:b/1"}}, []string{"cloze:b/1", "lab:b/l"}},
		"none":                 {CardQuery{IDs: []string{}}, nil},
		"a lesson":             {CardQuery{Lessons: []string{"b"}}, []string{"cloze:b/1", "lab:b/l", "question:b/1"}},
		"a kind":               {CardQuery{Kinds: []string{"cloze"}}, []string{"cloze:a/1", "cloze:b/1"}},
		"new":                  {CardQuery{Stages: []Stage{StageNew}}, []string{"question:a/3"}},
		"due":                  {CardQuery{Stages: review, Due: day(0), Order: ByDue}, []string{"lab:b/l", "question:a/1", "cloze:a/1", "question:a/2"}},
		"due and asked":        {CardQuery{Stages: review, Due: day(0), Asked: true, At: day(0)}, []string{"cloze:a/1", "question:a/2"}},
		"asked tomorrow":       {CardQuery{Stages: review, Due: day(0), Asked: true, At: day(1)}, []string{"cloze:a/1", "question:a/1", "question:a/2"}},
		"marked":               {CardQuery{Marked: true, At: day(0)}, []string{"lab:b/l", "question:a/1"}},
		"leeches":              {CardQuery{Leeches: true}, []string{"lab:b/l"}},
		"most likely lost":     {CardQuery{Stages: review, Order: ByRecall, At: day(0)}, []string{"question:a/2", "question:b/1", "cloze:a/1", "question:a/1", "lab:b/l"}},
		"the two likeliest":    {CardQuery{Stages: review, Order: ByRecall, At: day(0), Limit: 2}, []string{"question:a/2", "question:b/1"}},
		"hostile":              {CardQuery{Lessons: []string{`b") OR 1=1 --`, `"`}}, nil},
		"of a lesson and kind": {CardQuery{Lessons: []string{"a"}, Kinds: []string{"question"}, Stages: review}, []string{"question:a/1", "question:a/2"}},
	} {
		cards, err := d.Cards(t.Context(), test.q)
		var got []string
		for _, c := range cards {
			got = append(got, c.ID)
		}
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		test.q.Limit = 0
		if n, err := d.CountCards(t.Context(), test.q); err != nil || test.q.Order != ByRecall && n != len(test.want) {
			t.Errorf("%s: counted %d, %v", name, n, err)
		}
	}
	if _, err := d.Cards(t.Context(), CardQuery{Order: "id; DROP TABLE card"}); err == nil {
		t.Error("took an order that there is not")
	}
}

// What is read back is what was recorded, to the millisecond.
func TestCardsKeepTheirState(t *testing.T) {
	t.Parallel()
	d := open(t, t.TempDir(), WithClock(func() time.Time { return ratedAt }))
	right := true
	want := Reviewed{Card: "question:a/1", Rating: 2, Source: SourceSession, Took: 3 * time.Second, Right: &right, State: CardState{
		Stage: StageRelearning, Step: 2, Stability: 1.0 / 3, Difficulty: 1e-17 + 7.1, Due: ratedAt.Add(10 * time.Minute), Last: ratedAt, Reps: 9, Lapses: 4,
	}}
	ids := record(t, d, want)
	c, ok, err := d.Card(t.Context(), "question:a/1")
	if err != nil || !ok || c.CardState != want.State || c.Review != ids[0] {
		t.Errorf("%+v, %v, %v", c, ok, err)
	}
	if _, ok, err := d.Card(t.Context(), "question:a/none"); ok || err != nil {
		t.Errorf("a card that there is not: %v, %v", ok, err)
	}
	want.At = ratedAt
	err = d.Reviews(t.Context(), ratedAt, func(r Review) error {
		if r.ID != ids[0] || !reflect.DeepEqual(r.Reviewed, want) || r.Before != (CardState{}) {
			t.Errorf("%+v", r)
		}
		return errors.ErrUnsupported
	})
	if !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("got %v", err)
	}
	if err := d.Reviews(t.Context(), ratedAt.Add(time.Millisecond), func(Review) error { t.Error("too old"); return nil }); err != nil {
		t.Error(err)
	}
}

// Taking back goes to the state before, also over what was done since, but not
// over a later rating.
func TestUnreview(t *testing.T) {
	t.Parallel()
	d := open(t, t.TempDir(), WithClock(func() time.Time { return ratedAt }))
	state := func() Card {
		c, _, err := d.Card(t.Context(), "question:a/1")
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := record(t, d, inReview("question:a/1", ratedAt, 1))
	one := state()
	second := record(t, d, inReview("question:a/1", ratedAt, 2))
	record(t, d, Marked{Cards: []string{"question:a/1"}, Mark: MarkSuspend})
	rescheduled := inReview("question:a/1", ratedAt, 77).State
	record(t, d, Rescheduled{Cards: map[string]CardState{"question:a/1": rescheduled}})
	if c := state(); c.Stability != 77 || !c.Suspended {
		t.Fatalf("%+v", c)
	}
	record(t, d, Unreviewed{Event: first[0]})
	if c := state(); c.Stability != 77 || c.Review != second[0] {
		t.Errorf("taking back an older one changed the card: %+v", c)
	}
	record(t, d, Unreviewed{Event: second[0]}, Unreviewed{Event: second[0]})
	one.Suspended = true
	if c := state(); c != one {
		t.Errorf("got %+v\nwant %+v", c, one)
	}
	var log []Review
	if err := d.Reviews(t.Context(), time.Time{}, func(r Review) error { log = append(log, r); return nil }); err != nil || len(log) != 0 {
		t.Errorf("the log has %+v, %v", log, err)
	}
}

// What parameters made of a card does not come over a rating that was made while
// they were computed.
func TestRescheduledWhileRating(t *testing.T) {
	t.Parallel()
	d := open(t, t.TempDir(), WithClock(func() time.Time { return ratedAt }))
	old := inReview("question:a/1", ratedAt, 5)
	record(t, d, old)
	newer := old
	newer.State.Last, newer.State.Reps = ratedAt, 2
	record(t, d, newer)
	old.State.Stability = 99
	record(t, d, Rescheduled{Cards: map[string]CardState{"question:a/1": old.State, "question:a/none": old.State}})
	if c, _, _ := d.Card(t.Context(), "question:a/1"); c.CardState != newer.State {
		t.Errorf("%+v", c)
	}
}

func TestHistoryDoesNotComeOverWhatIsNewer(t *testing.T) {
	t.Parallel()
	d := open(t, t.TempDir(), WithClock(func() time.Time { return ratedAt }))
	r := inReview("question:a/1", ratedAt, 5)
	r.State.Last = ratedAt
	record(t, d, r)
	before, _, _ := d.Card(t.Context(), "question:a/1")
	r.At, r.Source, r.State.Stability = ratedAt.AddDate(-1, 0, 0), SourceImport, 1
	record(t, d, r)
	if c, _, _ := d.Card(t.Context(), "question:a/1"); c != before {
		t.Errorf("%+v", c)
	}
	n := 0
	if err := d.Reviews(t.Context(), time.Time{}, func(r Review) error {
		if n == 0 && r.Source != SourceImport {
			t.Errorf("the oldest is %+v", r)
		}
		n++
		return nil
	}); err != nil || n != 2 {
		t.Errorf("the log has %d, %v", n, err)
	}
}

func TestRecordAllOrNothing(t *testing.T) {
	t.Parallel()
	d := open(t, t.TempDir())
	if _, err := d.RecordAll(t.Context(), []any{inReview("question:a/1", ratedAt, 1), 7}); err == nil {
		t.Error("recorded what is no event")
	}
	ids, err := d.RecordAll(t.Context(), nil)
	if err != nil || len(ids) != 0 || len(export(t, d)) != 0 {
		t.Errorf("%v, %v, %s", ids, err, export(t, d))
	}
	ids, err = d.RecordAll(t.Context(), []any{inReview("question:a/1", ratedAt, 1), inReview("question:a/1", ratedAt, 2)})
	c, _, _ := d.Card(t.Context(), "question:a/1")
	if err != nil || len(ids) != 2 || ids[0] >= ids[1] || c.Review != ids[1] || c.Stability != 2 {
		t.Errorf("%v, %v, %+v", ids, err, c)
	}
}

func TestDecks(t *testing.T) {
	t.Parallel()
	d := open(t, t.TempDir())
	record(t, d, inReview("question:a/1", ratedAt, 1), inReview("question:a/2", ratedAt, 1), inReview("question:a/1", ratedAt, 2), inReview("cloze:a/1", ratedAt, 2))
	decks, err := d.Decks(t.Context())
	if err != nil || decks["question:a"] != DeckOf("question:a/", "2", "1") || decks["cloze:a"].Cards != 1 {
		t.Errorf("%+v, %v", decks, err)
	}
	if decks["question:a"] == DeckOf("question:a/", "1", "3") {
		t.Error("decks of different cards are equal")
	}
	h := fnv.New64a()
	h.Write([]byte("question:a/1"))
	if got := DeckOf("question:a/", "1"); got.Sum != h.Sum64() {
		t.Errorf("hash %x, want %x", got.Sum, h.Sum64())
	}
}

// FuzzFoldReviews holds that folding events one by one, all at once, and from an
// export come to the same, whatever they are.
func FuzzFoldReviews(f *testing.F) {
	f.Add(uint64(1), uint8(30))
	f.Add(uint64(2), uint8(90))
	f.Fuzz(func(t *testing.T, seed uint64, n uint8) {
		r := rand.New(rand.NewPCG(seed, 2))
		d := open(t, t.TempDir(), WithClock(clock(r)))
		var rated []string
		for range n {
			data := randomReview(r, fmt.Sprintf("question:a/%d", r.IntN(4)))
			if len(rated) > 0 && r.IntN(3) == 0 {
				data = Unreviewed{Event: rated[r.IntN(len(rated))]}
			}
			ids := record(t, d, data)
			if _, ok := data.(Reviewed); ok {
				rated = append(rated, ids[0])
			}
		}
		before := look(t, d)
		if err := d.Rebuild(t.Context()); err != nil {
			t.Fatal(err)
		}
		if after := look(t, d); !reflect.DeepEqual(before, after) {
			t.Fatalf("one by one\n%+v\nrebuilt\n%+v", before, after)
		}
	})
}
