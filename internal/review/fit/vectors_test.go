package fit

import (
	"math"
	"testing"

	"github.com/open-spaced-repetition/go-fsrs/v4"
)

// The numbers in this file are those that fsrs-rs 6.6.1 holds itself to
// (BSD-3-Clause, Copyright (c) 2023 Open Spaced Repetition;
// github.com/open-spaced-repetition/fsrs-rs at 0cbb9d3), but where another
// source is named. Each test says which of theirs it is. They are float32;
// their own tolerance is 1e-4.

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*max(1, math.Abs(want))) {
		t.Errorf("%s is %.9g, not %.9g", what, got, want)
	}
}

func nearAll(t *testing.T, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d %s, not %d", len(got), what, len(want))
	}
	for i := range got {
		if math.Abs(got[i]-want[i]) > tolerance {
			t.Errorf("%s %d is %.9g, not %.9g", what, i, got[i], want[i])
		}
	}
}

// TestForgettingCurve is test_power_forgetting_curve of model.rs and of
// parameter_initialization.rs; ts-fsrs quotes the second in algorithm.test.ts.
func TestForgettingCurve(t *testing.T) {
	t.Parallel()
	m := newModel(Default())
	for i, want := range []float64{1.0, 0.9403443, 0.9253786, 0.9185229, 0.9, 0.8261359} {
		stability := []float64{1, 2, 3, 4, 4, 2}[i]
		near(t, "recall", m.recall(float64(i), stability), want, 1e-6)
	}
	for i, want := range []float64{1.0, 0.9, 0.8458846447796301, 0.8093881028681906} {
		near(t, "recall", m.recall(float64(i), 1), want, 1e-8) // their decay is a float32
	}
}

// TestInterval is test_next_interval of inference.rs.
func TestInterval(t *testing.T) {
	t.Parallel()
	m := newModel(Default())
	for i, want := range []float64{3116766, 34793, 2508, 387, 90, 27, 9, 3, 1, 1} {
		got := max(1, math.Round(m.interval(1, float64(i+1)/10)))
		near(t, "interval", got, want, 5e-6) // theirs is a float32
	}
}

// TestFirst is test_init_stability and test_init_difficulty of model.rs, and
// "initial stability" of ts-fsrs's algorithm.test.ts (cdec8d2, MIT).
func TestFirst(t *testing.T) {
	t.Parallel()
	m := newModel(Default())
	stabilities := [...]float64{0.212, 1.2931, 2.3065, 8.2956}
	for rating := again; rating <= easy; rating++ {
		got := m.first(rating)
		near(t, "stability", got.stability, stabilities[rating-1], 0)
		want := 6.4133 - math.Exp(float64(rating-1)*0.8334) + 1
		near(t, "difficulty", got.difficulty, clamp(want, 1, 10), 1e-12)
	}
}

// TestNextDifficulty is test_next_difficulty of model.rs; the digits after the
// seventh are those of ts-fsrs's "next_difficulty".
func TestNextDifficulty(t *testing.T) {
	t.Parallel()
	m := newModel(Default())
	moved := [...]float64{8.354889, 6.6774445, 5.0, 3.3225555}
	drifted := [...]float64{8.34176237, 6.66599536, 4.99022837, 3.31446137}
	for i := range moved {
		tr := trace{review: review{rating: i + 1}, state: state{difficulty: 5}}
		near(t, "difficulty", m.difficulty(&tr), drifted[i], 1e-7)
		near(t, "difficulty before it drifts", tr.moved, moved[i], 1e-6)
	}
}

// TestNextStability is test_next_stability of model.rs, with the digits of
// "next_stability" of ts-fsrs's algorithm.test.ts.
func TestNextStability(t *testing.T) {
	t.Parallel()
	m := newModel(Default())
	recalled := [...]float64{25.60252118, 28.22657096, 58.65599107, 127.2266925}
	lapsed := [...]float64{1.05253961, 1.18943295, 1.36808387, 1.58498896}
	sameDay := [...]float64{1.596818, 5, 5, 8.12960956}
	for i := range recalled {
		tr := trace{
			review: review{rating: i + 1}, state: state{stability: 5, difficulty: float64(i + 1)},
			recall: 0.9 - 0.1*float64(i), logS: math.Log(5),
		}
		near(t, "stability after recall", m.success(&tr), recalled[i], 1e-8)
		near(t, "stability after a lapse", m.lapse(&tr), lapsed[i], 1e-8)
		near(t, "stability after a same-day review", m.sameDay(&tr), sameDay[i], 1e-8)
	}
}

// play takes a card through reviews, given as ratings and days.
func play(m *model, ratings []int, days []float64) state {
	now := m.first(ratings[0])
	for i := 1; i < len(ratings); i++ {
		now = m.next(now, review{rating: ratings[i], days: days[i]})
	}
	return now
}

// TestMemoryState is test_memory_state and test_memo_state of inference.rs.
func TestMemoryState(t *testing.T) {
	t.Parallel()
	w := Default()
	m := newModel(w)
	ratings, days := []int{1, 3, 3, 3, 3, 3}, []float64{0, 0, 1, 3, 8, 21}
	got := play(&m, ratings, days)
	near(t, "stability", got.stability, 53.62691, 2e-6)
	near(t, "difficulty", got.difficulty, 6.3574867, 1e-6)

	w[17], w[18], w[19] = 0, 0, 0
	m = newModel(w)
	got = play(&m, ratings, days)
	near(t, "stability without same-day memory", got.stability, 53.335106, 2e-6)
	near(t, "difficulty without same-day memory", got.difficulty, 6.3574867, 1e-6)

	// Weights of FSRS-5, as check_and_fill_parameters of model.rs completes
	// them and FSRS::new clips them.
	m = newModel(Weights{
		0.6845422, 1.6790825, 4.7349424, 10.042885, 7.4410233, 0.64219797, 1.071918,
		0.0025195254, 1.432437, 0.1544, 0.8692766, 2.0696752, 0.0953, 0.2975, 2.4691248,
		0.19542035, 3.201072, 0.18046261, 0.121442534, 0.01, 0.5,
	})
	got = play(&m, []int{1, 3, 3, 3, 3}, []float64{0, 1, 3, 8, 21})
	near(t, "stability", got.stability, 31.722992, 2e-6)
	near(t, "difficulty", got.difficulty, 7.382128, 1e-6)
	got = m.next(state{20.925528, 7.005062}, review{rating: good, days: 21})
	near(t, "next stability", got.stability, 40.87456, 2e-6)
	near(t, "next difficulty", got.difficulty, 6.9913807, 1e-6)
}

// TestModelOfScheduler holds the model to the one that schedules with the
// weights, go-fsrs's, over all that can happen in a step.
func TestModelOfScheduler(t *testing.T) {
	t.Parallel()
	random := testRandom(1)
	for range 2000 {
		w := randomWeights(random)
		m := newModel(w)
		p := fsrs.DefaultParam()
		p.W = fsrs.Weights(w)
		scheduler := fsrs.NewFSRS(p)
		h := randomHistory(random, 1+random.IntN(8))
		var entries fsrs.ReviewEntries
		for i, r := range h {
			if i == 0 {
				r.Days = 0
			}
			entries = append(entries, fsrs.ReviewEntry{Rating: fsrs.Rating(r.Rating), DeltaT: r.Days})
		}
		want, err := scheduler.MemoryState(entries, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := m.first(h[0].Rating)
		for _, r := range h[1:] {
			got = m.next(got, review{rating: r.Rating, days: r.Days})
		}
		near(t, "stability", got.stability, want.Stability, 1e-9)
		near(t, "difficulty", got.difficulty, want.Difficulty, 1e-9)
		if t.Failed() {
			t.Fatalf("weights %v, history %v", w, h)
		}
	}
}

// batchOfTraining is the batch of test_loss_and_grad in training.rs: of each
// card only the last review is scored.
func batchOfTraining() []card {
	days := [][]float64{
		{0, 0, 0, 0, 1, 3, 4}, {0, 0, 0, 1, 3, 6, 11}, {0, 0, 0, 1, 3, 6, 12}, {0, 0, 1, 3, 5, 12, 23},
	}
	ratings := [][]int{
		{1, 3, 1, 4, 3, 2, 3}, {2, 4, 4, 3, 1, 3, 3}, {3, 2, 4, 3, 3, 3, 3}, {4, 4, 3, 3, 3, 4, 1},
	}
	cards := make([]card, len(days))
	for i := range cards {
		cards[i].scored = 1
		for j := range days[i] {
			cards[i].reviews = append(cards[i].reviews, review{rating: ratings[i][j], days: days[i][j]})
		}
		cards[i].reviews[6].weight = 1
	}
	return cards
}

func lossAndGradient(w Weights, cards []card) (float64, Weights) {
	var grad Weights
	var tp tape
	m, sum := newModel(w), 0.0
	for _, c := range cards {
		sum += tp.gradient(&m, c, &grad)
	}
	return sum, grad
}

// firstGradient and secondGradient are what test_loss_and_grad expects before
// and after the first step.
func firstGradient() Weights {
	return Weights{
		-0.095688485, -0.0051607806, -0.0012249565, 0.007462064, 0.03650761, -0.082112335, 0.0593964,
		-2.1474836, 0.57626534, -2.8751316, 0.7154875, -0.028993709, 0.0099172965, -0.2189217,
		-0.0017800558, -0.089381434, 0.299141, 0.068104014, -0.011605468, -0.25398168, 0.27700496,
	}
}

func secondGradient() Weights {
	return Weights{
		-0.040530164, -0.0041278866, -0.0010157757, 0.007239434, 0.009321215, -0.120117955, 0.039143264,
		-0.8628009, 0.5794302, -2.5713828, 0.7669307, -0.024242667, 0.0, -0.16912507, -0.0017008218,
		-0.061857328, 0.28093633, 0.064058185, 0.0063592787, -0.1903223, 0.6257775,
	}
}

// TestTrainingSteps is test_loss_and_grad of training.rs, and so
// test_host_adam_matches_burn_adam_steps: loss, gradient, a step of Adam, the
// bounds, the pull to the start, and all again.
func TestTrainingSteps(t *testing.T) {
	t.Parallel()
	w, opt := Default(), adam{}
	cards := batchOfTraining()

	loss, grad := lossAndGradient(w, cards)
	near(t, "loss", loss, 4.0466027, 1e-6)
	want := firstGradient()
	nearAll(t, "gradient", grad[:], want[:], 2e-5)
	opt.step(&w, &grad, rate)
	w.clip()
	want = Weights{
		0.252, 1.3331, 2.3464994, 8.2556, 6.3733, 0.87340003, 2.9794, 0.040999997, 1.8322, 0.20660001,
		0.756, 1.5235, 0.021400042, 0.3029, 1.6882998, 0.64140004, 1.8329, 0.5025, 0.13119997, 0.1058, 0.1142,
	}
	nearAll(t, "weight", w[:], want[:], 1e-5)

	// They take a batch of 512 of 1000, and a pull of 2 where ours is 1.
	var pull Weights
	tether(w, Default(), 2*512.0/1000, &pull)
	want = Weights{
		0.0019813816, 0.00087788026, 0.00026506148, -0.000105618295, -0.25213888, 1.0448985, -0.22755535,
		5.688889, -0.5385926, 2.5283954, -0.75225013, 0.9102214, -10.113569, 3.1999993, 0.2521374,
		1.3107208, -0.07721739, -0.85244584, 0.79999936, 4.1795917, -1.1237311,
	}
	nearAll(t, "pull", pull[:], want[:], 1e-4)

	loss, grad = lossAndGradient(w, cards)
	near(t, "second loss", loss, 3.767796, 1e-6)
	want = secondGradient()
	nearAll(t, "second gradient", grad[:], want[:], 2e-5)
	opt.step(&w, &grad, rate)
	w.clip()
	want = Weights{
		0.2882918, 1.3726242, 2.3861322, 8.215636, 6.339965, 0.9130969, 2.940639, 0.07696985, 1.7921946,
		0.2464217, 0.71595186, 1.5631561, 0.001, 0.34230903, 1.7282416, 0.68038, 1.7929853, 0.46258268,
		0.14039303, 0.14509967, 0.1,
	}
	nearAll(t, "second weight", w[:], want[:], 1e-5)
}

// TestAnneal is test_lr_scheduler of cosine_annealing.rs.
func TestAnneal(t *testing.T) {
	t.Parallel()
	for i, want := range []float64{0.04, 0.03618033988749895, 0.026180339887498946, 0.013819660112501051, 0.0038196601125010526, 0} {
		near(t, "rate", anneal(i, 5), want, 1e-12)
	}
}

// TestClip is test_parameter_clipper_works of parameter_clipper.rs, but for the
// lower bound of the first four, which is go-fsrs's.
func TestClip(t *testing.T) {
	t.Parallel()
	w := Default()
	copy(w[:], []float64{0, -1000, 1000, 0, 1000, -1000, 1, 0.25, -0.1})
	w.clip()
	nearAll(t, "weight", w[:9], []float64{0.1, 0.1, 100, 0.1, 10, 0.001, 1, 0.25, 0}, 0)
}

// groupsOfSearch are the groups of test_loss and test_search_parameters in
// parameter_initialization.rs.
func groupsOfSearch() []group {
	recall := []float64{0.86666667, 0.90721649, 0.73015873, 0.76315789, 0.67857143}
	count := []float64{435, 97, 63, 38, 28}
	groups := make([]group, len(recall))
	for i := range groups {
		groups[i] = group{beginning{again, float64(i + 1)}, count[i], count[i] * recall[i]}
	}
	return groups
}

// TestSearch is test_loss and test_search_parameters of
// parameter_initialization.rs.
func TestSearch(t *testing.T) {
	t.Parallel()
	near(t, "loss", firstLoss(groupsOfSearch(), 0.7840586, 0.212), 279.9206961069712, 1e-10)
	near(t, "loss", firstLoss(groupsOfSearch(), 0.7840590622451964, 0.212), 279.9206977311556, 1e-10)
	near(t, "stability", search(groupsOfSearch(), 0.94302857, 0.212), 0.7355089, 1e-6)
}

// TestComplete is test_smooth_and_fill of parameter_initialization.rs, and
// each way in which two ratings are known.
func TestComplete(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ known, want [4]float64 }{
		{[4]float64{0.4, 0, 2.3, 10.9}, [4]float64{0.4, 1.1227008, 2.3, 10.9}},
		{[4]float64{0, 0.35, 0, 0}, [4]float64{0.05738148, 0.35, 0.6242943, 2.2453482}},
		{[4]float64{}, [4]float64{0.212, 1.2931, 2.3065, 8.2956}},
	} {
		got := complete(c.known)
		nearAll(t, "stability", got[:], c.want[:], 1e-6)
	}
	for pair := range 16 {
		var s [4]float64
		for i := range s {
			if pair&(1<<i) != 0 {
				s[i] = []float64{0.5, 1.5, 3, 9}[i]
			}
		}
		got := complete(s)
		for i := range got {
			if s[i] != 0 && got[i] != s[i] || i > 0 && got[i] < got[i-1] {
				t.Errorf("%v became %v", s, got)
			}
		}
	}
}
