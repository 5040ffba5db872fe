package tui_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/progress"
	"kubetutor/internal/review"
	"kubetutor/internal/tui"
)

// learner is somebody with a real desk and real progress, whose clock the test
// sets.
type learner struct {
	*sim
	options tui.Options
	store   *progress.DB
	time    *clock
}

// newLearner has just read the lesson of the tests.
func newLearner(t *testing.T, lang course.Lang) *learner {
	t.Helper()
	ck := &clock{evening()}
	store, err := progress.Open(t.TempDir(), progress.WithClock(ck.now))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	w := &learner{options: small(t), store: store, time: ck}
	w.options.Lang, w.options.Store, w.options.Lab, w.options.Now = lang, store, labs(), ck.now
	desk := &review.Desk{Course: w.options.Course, Store: store, Config: review.DefaultConfig(), Now: ck.now}
	desk.Config.Bury, desk.Config.Limit = false, 3
	w.options.Review = tui.ReviewsAt(tui.NewReviewDesk(desk))
	if _, err := store.Record(t.Context(), progress.Position{Lesson: claim, Page: 2, Pages: 3}); err != nil {
		t.Fatal(err)
	}
	w.starts(t)
	return w
}

// starts begins the program. Whatever ran before was killed: it said no goodbye.
func (w *learner) starts(t *testing.T) {
	w.sim = newSim(t, w.options, 80, 24)
	w.sim.clock = w.time
}

// rates looks at the answer of the card that is shown and rates it.
func (w *learner) rates(rating string) {
	w.t.Helper()
	if w.typing() {
		w.press("ctrl+g")
	} else {
		w.press("g")
	}
	w.press(rating)
}

// log is how many ratings are on disk.
func (w *learner) log() (n int) {
	w.t.Helper()
	err := w.store.Reviews(w.t.Context(), time.Time{}, func(progress.Review) error { n++; return nil })
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// A day's session on a real desk, killed in the middle; then nothing for a month.
func TestDaysOfReviews(t *testing.T) {
	t.Parallel()
	for _, lang := range course.Langs {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			say := func(en, zh string) string {
				return map[course.Lang]string{course.English: en, course.Chinese: zh}[lang]
			}
			w := newLearner(t, lang)
			w.shows(say("8 new", "8 张新卡片"))
			w.press("r", "enter")
			for n := range 3 {
				w.rates("4")
				if got := w.log(); got != n+1 {
					t.Fatalf("the next card is shown, and %d of %d ratings are on disk", got, n+1)
				}
			}
			w.starts(t)
			w.shows(say("5 new", "5 张新卡片"))
			w.press("r", "enter")
			w.rates("1")
			w.press(map[bool]string{true: "ctrl+r", false: "u"}[w.typing()])
			if got := w.log(); got != 3 {
				t.Fatalf("%d ratings are on disk after one was taken back", got)
			}
			for range 5 {
				w.rates("4")
			}
			w.shows(say("Nothing more is due today.", "今天没有更多到期的卡片。"), say("Rated 5", "评分 5 张"))

			w.time.wait(31 * 24 * time.Hour)
			w.starts(t)
			w.shows(say("▸ Review        3 due", "▸ 复习          3 张到期"))
			w.press("r")
			w.shows(say("5 more are due, beyond the limit of a day", "还有 5 张到期，超出每日上限"))
			w.press("enter")
			for range 3 {
				w.rates("3")
			}
			w.shows(say("Nothing more is due today.", "今天没有更多到期的卡片。"))
			if got := w.log(); got != 11 {
				t.Errorf("%d ratings are on disk, want 11", got)
			}
			w.time.wait(24 * time.Hour)
			w.press("esc", "esc")
			w.shows(say("▸ Review        3 due", "▸ 复习          3 张到期"))
		})
	}
}

// Only steps are left after a card was not known; going on asks it at once, and
// what was shown is what is kept.
func TestStepsOfARealDesk(t *testing.T) {
	t.Parallel()
	w := newLearner(t, course.English)
	w.press("r", "enter")
	for range 8 {
		w.rates("4")
	}
	w.press("u")
	w.rates("1")
	w.shows("What is left is being learnt", "in 1 min")
	w.press("enter")
	w.rates("3")
	w.shows("in 10 min")
	w.press("esc", "esc")
	w.shows("the next is due at 20:")
	w.time.wait(10 * time.Minute)
	w.press("r", "esc")
	w.shows("1 learning")
}

// Every page of a session fits, in every window.
func TestRealCardsFit(t *testing.T) {
	t.Parallel()
	w := newLearner(t, course.Chinese)
	w.press("r", "enter")
	for n := range 8 {
		for i, size := range [][2]int{{40, 10}, {41, 14}, {80, 24}, {160, 50}, {133, 11}} {
			w.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
			fits(t, w.sim, size[0], size[1])
			if i == 2 && strings.Contains(w.screen(), "**") {
				t.Errorf("card %d shows marks of Markdown:\n%s", n, w.screen())
			}
		}
		w.rates(fmt.Sprint(2 + n%3))
	}
}
