package fit

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

// forgetful are weights of one who forgets sooner than the defaults say.
func forgetful() Weights {
	w := Default()
	w[0], w[1], w[2], w[3] = 0.15, 0.4, 1, 3
	w[8], w[10], w[20] = 1.3, 0.6, 0.35
	return w
}

func fitted(t *testing.T, histories []History, o Options) Result {
	t.Helper()
	r, err := Fit(t.Context(), histories, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestFitFinds fits the reviews of a learner whose weights are known: the
// result must predict other reviews of the same learner nearly as well as the
// truth, from 150 cards and from 1500.
func TestFitFinds(t *testing.T) {
	t.Parallel()
	unseen := newLearner(forgetful(), 9).study(2000, 200)
	truth, usual := Loss(forgetful(), unseen), Loss(Default(), unseen)
	for cards, off := range map[int]float64{150: 0.012, 1500: 0.003} {
		r := fitted(t, newLearner(forgetful(), 3).study(cards, 200), Options{})
		got := Loss(r.Weights, unseen)
		t.Logf("%d cards, %d reviews: %.4f, truth %.4f, defaults %.4f", cards, r.Reviews, got, truth, usual)
		if got-truth > off || usual-got < off {
			t.Errorf("%d cards: the loss is %.4f, of the truth %.4f, of the defaults %.4f", cards, got, truth, usual)
		}
	}
}

// TestFitFew is that few reviews of a learner who is as the defaults say do not
// lead astray: their chance must not be taken for the learner.
func TestFitFew(t *testing.T) {
	t.Parallel()
	unseen := newLearner(Default(), 9).study(1000, 200)
	truth := Loss(Default(), unseen)
	for seed := range uint64(10) {
		r := fitted(t, newLearner(Default(), 20+seed).study(110, 200), Options{})
		if off := Loss(r.Weights, unseen) - truth; off > 0.007 {
			t.Errorf("%d reviews of learner %d are off by %.4f", r.Reviews, seed, off)
		}
	}
}

// TestFitNeverWorse is that the result is never worse than what was before, be
// that the truth, the defaults, an older fit or anything.
func TestFitNeverWorse(t *testing.T) {
	t.Parallel()
	random := testRandom(4)
	kept := 0
	for seed := range uint64(3) {
		histories := newLearner(forgetful(), seed).study(250, 150)
		once := fitted(t, histories, Options{})
		for _, before := range []Weights{{}, forgetful(), once.Weights, randomWeights(random)} {
			r := fitted(t, histories, Options{Before: before})
			if before == (Weights{}) {
				before = Default()
			}
			if r.Loss > r.Before || r.Loss != Loss(r.Weights, histories) || r.Before != Loss(before, histories) {
				t.Errorf("%+v; the losses are %v and %v", r, Loss(r.Weights, histories), Loss(before, histories))
			}
			if r.Weights == before {
				kept++
			}
			if !r.Weights.valid() {
				t.Errorf("%v are out of bounds", r.Weights)
			}
		}
	}
	if kept < 3 {
		t.Errorf("weights were kept %d times, not for each that were fitted already", kept)
	}
}

// TestFitOrders is that a better first rating is never taken to mean a lower
// stability, not even where the reviews say so.
func TestFitOrders(t *testing.T) {
	t.Parallel()
	w := forgetful()
	w[0], w[1], w[2], w[3] = 2, 0.4, 1.5, 1
	histories := newLearner(w, 1).study(600, 150)
	r := fitted(t, histories, Options{})
	if !slices.IsSorted(r.Weights[:4]) || r.Weights == Default() {
		t.Errorf("%v", r.Weights)
	}
}

// TestFitSame is that a fit is the same each time, and leaves what it was given.
func TestFitSame(t *testing.T) {
	t.Parallel()
	histories := newLearner(forgetful(), 5).study(300, 200)
	given := make([]History, len(histories))
	for i, h := range histories {
		given[i] = slices.Clone(h)
	}
	first, second := fitted(t, histories, Options{}), fitted(t, histories, Options{})
	if first != second {
		t.Errorf("%+v, and then %+v", first, second)
	}
	for i := range given {
		if !slices.Equal(given[i], histories[i]) {
			t.Fatalf("history %d was changed", i)
		}
	}
}

// TestFitPrefersRecent is a learner who became better: weights that know when
// reviews were predict the next ones better.
func TestFitPrefersRecent(t *testing.T) {
	t.Parallel()
	histories := newLearner(forgetful(), 6).study(400, 200)
	for _, h := range newLearner(Default(), 7).study(400, 200) {
		for i := range h {
			h[i].At = h[i].At.AddDate(1, 0, 0)
		}
		histories = append(histories, h)
	}
	plain := undated(histories)
	next := newLearner(Default(), 8).study(1000, 200)
	recent, all := fitted(t, histories, Options{}), fitted(t, plain, Options{})
	if Loss(recent.Weights, next)+0.001 > Loss(all.Weights, next) {
		t.Errorf("the loss is %v, and %v without dates", Loss(recent.Weights, next), Loss(all.Weights, next))
	}
}

func TestFitTooFew(t *testing.T) {
	t.Parallel()
	h := History{{Rating: good}, {Rating: good}, {Rating: good, Days: 1}, {Rating: again, Days: 3}, {Rating: good}}
	_, err := Fit(t.Context(), []History{h, h, {}, {{Rating: easy}}}, Options{})
	var few *TooFewError
	if !errors.As(err, &few) || few.Have != 4 || few.Need != MinReviews {
		t.Errorf("%v", err)
	}
	if !strings.Contains(err.Error(), "512") || !strings.Contains(err.Error(), "there are 4") {
		t.Errorf("%q does not say how many", err)
	}
	enough := slices.Repeat([]History{h}, MinReviews/2)
	if _, err = Fit(t.Context(), enough, Options{}); err != nil {
		t.Errorf("with %d reviews: %v", MinReviews, err)
	}
}

func TestFitEnds(t *testing.T) {
	t.Parallel()
	ctx, end := context.WithCancel(t.Context())
	end()
	if r, err := Fit(ctx, newLearner(Default(), 1).study(300, 200), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestFitRefuses(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	fine := History{{Rating: good}, {Rating: good, Days: 1}}
	for name, h := range map[string]History{
		"history 2: review 2: the rating 5": {{Rating: good}, {Rating: 5, Days: 1}},
		"history 2: review 1: the rating 0": {{Rating: 0}, {Rating: good, Days: 1}},
		"history 2: review 3: it was -1":    {{Rating: good}, {Rating: good, Days: 1}, {Rating: good, Days: -1}},
		"history 2: review 2: it was NaN":   {{Rating: good}, {Rating: good, Days: nan}},
		"history 2: review 2: it was -Inf":  {{Rating: good}, {Rating: good, Days: math.Inf(-1)}},
	} {
		histories := []History{fine, h}
		if _, err := Fit(t.Context(), histories, Options{}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not say: %s", err, name)
		}
		if _, err := Evaluate(Default(), histories); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not say: %s", err, name)
		}
		if loss := Loss(Default(), histories); !math.IsNaN(loss) {
			t.Errorf("%s: the loss is %v", name, loss)
		}
	}
	if _, err := Fit(t.Context(), []History{fine}, Options{Before: Weights{nan}}); err == nil {
		t.Error("weights that are no numbers were taken")
	}
	if _, err := Evaluate(Default(), []History{{{Rating: good}}}); err == nil {
		t.Error("nothing was measured")
	}
}

// TestLongHistory is that what comes after a card's first reviews does not
// count, not even when it is a million.
func TestLongHistory(t *testing.T) {
	t.Parallel()
	h := make(History, 1_000_000)
	for i := range h {
		h[i] = Review{Rating: 1 + i%4, Days: float64(i % 3)}
	}
	histories := slices.Repeat([]History{h}, 4)
	if r := fitted(t, histories, Options{}); r.Reviews != 4*170 {
		t.Errorf("%d reviews", r.Reviews)
	}
	if a, b := Loss(Default(), []History{h}), Loss(Default(), []History{h[:longest]}); a != b {
		t.Errorf("the loss is %v, and %v of what counts", a, b)
	}
}

// TestUsual is which groups go: the rarest up to 20 cards, small ones, and
// those that waited long.
func TestUsual(t *testing.T) {
	t.Parallel()
	of := func(rating int, pairs ...float64) []group {
		var groups []group
		for i := 0; i < len(pairs); i += 2 {
			groups = append(groups, group{beginning: beginning{rating, pairs[i]}, seen: pairs[i+1]})
		}
		return groups
	}
	for _, c := range []struct{ given, want []group }{
		{of(good, 1, 100, 2, 50, 3, 19), of(good, 2, 50, 1, 100)},
		{of(good, 1, 100, 2, 20), of(good, 2, 20, 1, 100)},
		{of(good, 1, 8, 2, 9), nil},
		{of(good, 1, 15, 2, 4, 3, 5), of(good, 1, 15)},
		{of(good, 100, 30, 101, 31), of(good, 100, 30)},
		{of(easy, 365, 30, 366, 31), of(easy, 365, 30)},
		{of(good, 1, 1000, 2, 30, 3, 25), of(good, 2, 30, 1, 1000)},
	} {
		if got := usual(c.given); !slices.Equal(got, c.want) {
			t.Errorf("of %v stay %v, not %v", c.given, got, c.want)
		}
	}
}

// TestOutliers is that cards that began oddly are left out, unless they are most.
func TestOutliers(t *testing.T) {
	t.Parallel()
	var histories []History
	for range 100 {
		histories = append(histories, History{{Rating: good}, {Rating: good, Days: 2}, {Rating: good, Days: 5}})
	}
	histories = append(histories, History{{Rating: good}, {Rating: again, Days: 300}, {Rating: good, Days: 5}})
	d, err := read(histories)
	if err != nil {
		t.Fatal(err)
	}
	some, groups := d.withoutOutliers()
	if len(some.cards) != 100 || some.scored != 200 || len(groups) != 1 || groups[0] != (group{beginning{good, 2}, 100, 100}) {
		t.Errorf("%d cards, %d reviews and %v are left", len(some.cards), some.scored, groups)
	}
	d, err = read(histories[90:])
	if err != nil {
		t.Fatal(err)
	}
	if all, groups := d.withoutOutliers(); len(all.cards) != 11 || len(groups) != 2 {
		t.Errorf("%d of 11 cards and %v are left", len(all.cards), groups)
	}
}

// TestLoss is by hand: two reviews of one card, the second weighing four times
// the first when they say when they were.
func TestLoss(t *testing.T) {
	t.Parallel()
	h := History{{Rating: good}, {Rating: good, Days: 2}, {Rating: good}, {Rating: again, Days: 9}}
	m := newModel(Default())
	p := m.recall(2, 2.3065)
	q := m.recall(9, play(&m, []int{3, 3, 3}, []float64{0, 2, 0}).stability)
	near(t, "loss", Loss(Default(), []History{h}), -(math.Log(p)+math.Log(1-q))/2, 1e-12)
	for i := range h {
		h[i].At = testDay(float64(i))
	}
	near(t, "dated loss", Loss(Default(), []History{h}), -(math.Log(p)/4+math.Log(1-q))/1.25, 1e-12)
	if !math.IsNaN(Loss(Default(), nil)) {
		t.Error("nothing has a loss")
	}
}

// TestEvaluate is that the truth is off by little, and the defaults by more.
func TestEvaluate(t *testing.T) {
	t.Parallel()
	histories := newLearner(forgetful(), 2).study(1500, 200)
	truth, err := Evaluate(forgetful(), histories)
	if err != nil {
		t.Fatal(err)
	}
	usual, err := Evaluate(Default(), histories)
	if err != nil {
		t.Fatal(err)
	}
	if truth.RMSE > 0.04 || usual.RMSE < 0.07 || truth.Loss >= usual.Loss || truth.Reviews != usual.Reviews {
		t.Errorf("the truth: %+v; the defaults: %+v", truth, usual)
	}
	// A kind of one review is off by all that it was not predicted.
	one := []History{{{Rating: good}, {Rating: good, Days: 3}}}
	got, err := Evaluate(Default(), one)
	if err != nil {
		t.Fatal(err)
	}
	m := newModel(Default())
	near(t, "RMSE", got.RMSE, 1-m.recall(3, 2.3065), 1e-12)
}

// TestBins is which reviews are compared: by wait, reviews so far, and lapses.
func TestBins(t *testing.T) {
	t.Parallel()
	m, b := newModel(Default()), Bins{}
	var c card
	for i, days := range []float64{0, 3, 3, 0, 3, 1, 1, 1} {
		c.reviews = append(c.reviews, review{rating: []int{3, 3, 3, 3, 3, 1, 1, 3}[i], days: days, weight: days})
	}
	b.card(&m, c)
	var counts []float64
	for _, one := range b.all {
		counts = append(counts, one.count)
	}
	// The second and third review; the next two; after one lapse; after two.
	if want := []float64{2, 2, 1, 1}; !slices.Equal(counts, want) {
		t.Errorf("reviews are in bins of %v, not %v", counts, want)
	}
}
