package class

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"kubetutor/internal/progress"
)

// happened makes an event out of what was recorded; the number is its time.
func happened(n int, kind progress.Kind, data any) progress.Event {
	raw, _ := json.Marshal(data)
	return progress.Event{ID: fmt.Sprintf("%026d", n), At: time.Unix(int64(n), 0).UTC(), Kind: kind, Data: raw}
}

func page(n int, lesson string, page int) progress.Event {
	return happened(n, progress.KindPosition, progress.Position{Lesson: lesson, Page: page})
}

func answered(n int, question string, right bool) progress.Event {
	return happened(n, progress.KindAnswer, progress.Answer{Question: question, Right: right})
}

func tried(n int, lab string, number int) progress.Event {
	return happened(n, progress.KindFailed, progress.Failed{Lab: lab, Number: number, Checks: []string{"c"}, Asked: true})
}

func held(n int, lab string, number int) progress.Event {
	return happened(n, progress.KindCheck, progress.Check{Lab: lab, Number: number, Check: "c", Of: 2})
}

func tallyOf(events ...progress.Event) *tally {
	t := newTally()
	t.addAll(events, time.Unix(1<<40, 0))
	return t
}

func TestTally(t *testing.T) {
	t.Parallel()
	begin := happened(10, progress.KindAttempt, progress.Attempt{Lab: "a/l", Number: 2})
	for _, c := range []struct {
		name     string
		events   []progress.Event
		failures int
		moved    int64
		tries    int
	}{
		{"nothing", nil, 0, time.Time{}.Unix(), 0},
		{"a page", []progress.Event{page(1, "a", 0)}, 0, 1, 0},
		{"the same page again", []progress.Event{page(1, "a", 0), page(9, "a", 0)}, 0, 1, 0},
		{"a page that was read before", []progress.Event{page(1, "a", 0), page(2, "a", 1), page(9, "a", 0)}, 0, 2, 0},
		{"wrong answers", []progress.Event{page(1, "a", 0), answered(2, "a/q", false), answered(3, "a/q", false)}, 2, 3, 0},
		{"a right one at last", []progress.Event{answered(2, "a/q", false), answered(3, "a/q", true)}, 0, 3, 0},
		{"wrong after right", []progress.Event{answered(2, "a/q", true), answered(3, "a/r", false)}, 1, 3, 0},
		{"reading on after wrong ones", []progress.Event{answered(2, "a/q", false), page(3, "a", 1)}, 0, 3, 0},
		{"tries", []progress.Event{begin, tried(11, "a/l", 2), tried(12, "a/l", 2)}, 2, 12, 2},
		{"tries, and then a check that holds", []progress.Event{begin, tried(11, "a/l", 2), held(12, "a/l", 2), tried(13, "a/l", 2)}, 1, 13, 2},
		{"tries of another attempt", []progress.Event{tried(5, "a/l", 1), begin}, 1, 10, 0},
		{"a check that was broken and mended", []progress.Event{begin, happened(11, progress.KindFailed, progress.Failed{Lab: "a/l", Number: 2})}, 0, 11, 0},
		{"a pass", []progress.Event{begin, tried(11, "a/l", 2), happened(12, progress.KindPassed, progress.Passed{Lab: "a/l", Number: 2})}, 0, 12, 1},
		{"kinds of later versions", []progress.Event{happened(3, "dream", map[string]int{"a": 1})}, 0, time.Time{}.Unix(), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := tallyOf(c.events...)
			tries, _ := got.going()
			if got.failures() != c.failures || got.moved().Unix() != c.moved || tries != c.tries {
				t.Errorf("%d failures, moved at %d, %d tries; want %d, %d, %d", got.failures(), got.moved().Unix(), tries, c.failures, c.moved, c.tries)
			}
		})
	}
}

func TestAPendingAnswerIsJudgedLater(t *testing.T) {
	t.Parallel()
	answer := happened(5, progress.KindAnswer, progress.Answer{Question: "a/q", Pending: true})
	for right, failures := range map[bool]int{true: 0, false: 1} {
		judged := happened(7, progress.KindJudged, progress.Judged{Answer: answer.ID, Right: right})
		for _, events := range [][]progress.Event{{answer, judged}, {judged, answer}, {answer, judged, judged, answer}} {
			got := tallyOf(events...)
			if got.answered["a/q"] != right || got.failures() != failures {
				t.Errorf("judged %v: %v, %d failures", right, got.answered, got.failures())
			}
		}
	}
}

// TestEventsComeInAnyOrder adds events of a learner shuffled and more than once.
func TestEventsComeInAnyOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 3))
		var events []progress.Event
		for n := 1; n < 60; n++ {
			events = append(events, anyEvent(r, n))
		}
		want := tallyOf(events...)
		events = append(events, events[:r.IntN(len(events))]...)
		r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		if got := tallyOf(events...); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: %+v, want %+v", seed, got, want)
		}
	}
}

func anyEvent(r *rand.Rand, n int) progress.Event {
	lesson := []string{"a", "b"}[r.IntN(2)]
	path, number := lesson+"/l", 1+r.IntN(2)
	switch r.IntN(9) {
	case 0, 1:
		return page(n, lesson, r.IntN(5))
	case 2:
		return answered(n, fmt.Sprint(lesson, "/q", r.IntN(3)), r.IntN(2) == 0)
	case 3:
		return tried(n, path, number)
	case 4:
		return held(n, path, number)
	case 5:
		return happened(n, progress.KindAttempt, progress.Attempt{Lab: path, Number: number})
	case 6:
		return happened(n, progress.KindHint, progress.Hint{Lab: path, Number: number, N: r.IntN(3)})
	case 7:
		return happened(n, progress.KindPassed, progress.Passed{Lab: path, Number: number})
	}
	return happened(n, progress.KindAnswer, progress.Answer{Question: lesson + "/p", Pending: true})
}

// TestAProgramMayClaimAnything holds what is kept of a hostile one to its bounds.
func TestAProgramMayClaimAnything(t *testing.T) {
	t.Parallel()
	long := string(make([]byte, 10_000))
	got := tallyOf(page(1, "\x1b[31m", 1), page(2, long, 1), page(3, "a", -5), page(4, "a", 1<<40), answered(5, long, true), tried(6, long, 1))
	if got.at.value != (Place{}) || len(got.answered)+len(got.pages)+len(got.attempts) != 0 {
		t.Errorf("kept %+v", got)
	}
	for n := range 3 * maxKept {
		got.add(page(10+n, fmt.Sprint("l", n), 1))
		got.add(answered(10+n, fmt.Sprint("l/", n), false))
	}
	if len(got.pages) > maxKept || len(got.answered) > maxKept || len(got.failed) > maxKept {
		t.Errorf("kept %d pages, %d answers, %d failures", len(got.pages), len(got.answered), len(got.failed))
	}
}
