package fit

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"
)

// The review log of py-fsrs 6.3.1 (MIT, Copyright (c) 2022 Open Spaced
// Repetition; github.com/open-spaced-repetition/py-fsrs at 3abe686): 12,580
// reviews of a learner. It is not kept here. To run the tests on it, name the
// file tests/review_logs_josh_1711744352250_to_1728234780857.csv of that
// repository in the environment variable FSRS_REVIEW_LOG.
const (
	logVariable = "FSRS_REVIEW_LOG"
	logSum      = "1cebb655825974579538877d018b5ffc8cc324bb6bb6fda9cbd5da85cfe9e445"
)

// published are the weights that py-fsrs fits to its log: test_optimal_parameters
// of tests/test_optimizer.py.
func published() Weights {
	return Weights{
		0.12340357383516173, 1.2931, 2.397673571899466, 8.2956, 6.686820427099132, 0.45021679958387956,
		3.077875127553957, 0.053520395733247045, 1.6539992229052127, 0.1466206769107436, 0.6300772488850335,
		1.611965002575047, 0.012840136810798864, 0.34853762746216305, 1.8878958285806287, 0.8546376191171063,
		1.8729, 0.6748536823468675, 0.20451266082721842, 0.22622814695113844, 0.46030603398979064,
	}
}

// reviewLog reads the log as py-fsrs does: days are periods of 24 hours.
func reviewLog(t *testing.T) []History {
	t.Helper()
	file := os.Getenv(logVariable)
	if file == "" {
		t.Skipf("%s names no review log", logVariable)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if sum := fmt.Sprintf("%x", sha256.Sum256(b)); sum != logSum {
		t.Fatalf("%s is not the log: its SHA-256 is %s", file, sum)
	}
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var histories []History
	of := map[string]int{}
	for _, row := range rows[1:] {
		i, ok := of[row[0]]
		if !ok {
			i = len(histories)
			of[row[0]] = i
			histories = append(histories, nil)
		}
		histories[i] = append(histories[i], reviewOf(t, row, histories[i]))
	}
	return histories
}

// reviewOf is a row (card, rating, time, duration) after those of its card.
func reviewOf(t *testing.T, row []string, before History) Review {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, row[2])
	if err != nil {
		t.Fatal(err)
	}
	rating, err := strconv.Atoi(row[1])
	if err != nil {
		t.Fatal(err)
	}
	r := Review{Rating: rating, At: at}
	if n := len(before); n > 0 {
		r.Days = float64(at.Sub(before[n-1].At) / (24 * time.Hour))
	}
	return r
}

// undated is histories whose reviews all weigh alike.
func undated(histories []History) []History {
	all := make([]History, len(histories))
	for i, h := range histories {
		for _, r := range h {
			r.At = time.Time{}
			all[i] = append(all[i], r)
		}
	}
	return all
}

// TestReviewLog fits py-fsrs's log. The loss is _compute_batch_loss of
// py-fsrs's optimizer.py: the log has no card of more than 64 reviews, which it
// would cut, and no Hard on a card's day, for which py-fsrs has another formula.
// The two losses below are what py-fsrs's own scheduler.py gives for its log.
func TestReviewLog(t *testing.T) {
	t.Parallel()
	dated := reviewLog(t)
	plain := undated(dated)
	target := Loss(published(), plain)
	near(t, "loss of the defaults", Loss(Default(), plain), 0.4586623533591177, 1e-12)
	near(t, "loss of the published weights", target, 0.4386754589782802, 1e-12)
	for name, histories := range map[string][]History{"all reviews alike": plain, "recent ones first": dated} {
		r := fitted(t, histories, Options{})
		loss := Loss(r.Weights, plain)
		t.Logf("%s: the loss is %.5f after %.5f; of the published weights %.5f", name, loss, Loss(Default(), plain), target)
		if r.Reviews != 5329 {
			t.Errorf("%d reviews were predicted", r.Reviews)
		}
		if loss > target {
			t.Errorf("%s: the loss is %v, of the published weights %v", name, loss, target)
		}
	}
}

// TestReviewLogAhead fits the first part of the log, and predicts the rest
// better than the defaults do: what a learner has of a fit.
func TestReviewLogAhead(t *testing.T) {
	t.Parallel()
	all := reviewLog(t)
	for _, day := range []string{"2024-08-22", "2024-09-01", "2024-09-14"} {
		cut, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		var past []History
		for _, h := range all {
			n := 0
			for n < len(h) && h[n].At.Before(cut) {
				n++
			}
			past = append(past, h[:n])
		}
		r := fitted(t, past, Options{})
		got, usual := lossAfter(t, r.Weights, all, cut), lossAfter(t, Default(), all, cut)
		t.Logf("%s: %d reviews; the rest %.4f, by the defaults %.4f", day, r.Reviews, got, usual)
		if got > usual {
			t.Errorf("fitted before %s, the loss afterwards is %v, of the defaults %v", day, got, usual)
		}
	}
}

// lossAfter is the loss of the reviews from a time on.
func lossAfter(t *testing.T, w Weights, histories []History, from time.Time) float64 {
	t.Helper()
	var d data
	for _, h := range undated(histories) {
		reviews, err := readReviews(h)
		if err != nil {
			t.Fatal(err)
		}
		d.cards = append(d.cards, card{reviews: reviews})
	}
	for i, c := range d.cards {
		for j := range c.reviews {
			if histories[i][j].At.Before(from) {
				c.reviews[j].weight = 0
			}
			d.weight += c.reviews[j].weight
		}
	}
	return d.loss(w)
}
