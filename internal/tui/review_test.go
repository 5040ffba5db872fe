package tui_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/progress"
	"kubetutor/internal/review"
	"kubetutor/internal/tui"
	"kubetutor/internal/tui/keymap"
)

// reviewScenes are the pages of reviews.
func reviewScenes() []scene {
	plain := func(o *tui.Options, _ *fakeLabs) { withReviews(o) }
	handsOn := func(o *tui.Options, _ *fakeLabs) { withReviews(o, cardID(review.Lab, "bind-claim")) }
	return []scene{
		{name: "due", prep: plain},
		{name: "review", keys: []string{"r", "down", "down", "right"}, prep: plain},
		{name: "card", keys: []string{"r", "enter"}, prep: plain},
		{name: "rating", keys: []string{"r", "enter", "down", "enter"}, prep: plain},
		{name: "card-typed", keys: []string{"r", "enter", "down", "enter", "3", "b", "i", "g"}, prep: plain},
		{name: "card-shown", keys: []string{"r", "enter", "g"}, prep: plain},
		{name: "review-over", keys: []string{"r", "enter", "g", "1", "ctrl+g", "3", "g", "4"}, prep: plain},
		{name: "review-waits", keys: []string{"r", "enter", "g", "1"}, prep: func(o *tui.Options, _ *fakeLabs) {
			f := withReviews(o, cardID(review.Question, "scope"))
			f.steps, f.step = f.deck, 10*time.Minute
		}},
		{name: "history", keys: []string{"r", "enter", "i"}, prep: plain},
		{name: "cards", keys: []string{"r", "down", "down", "down", "down", "enter", "down"}, prep: listed},
		{name: "hands-on", keys: []string{"r", "enter"}, prep: handsOn},
		{name: "hands-on-runs", keys: []string{"r", "enter", "enter"}, prep: handsOn},
		{name: "hands-on-passed", keys: []string{"r", "enter", "enter", "shift+tab"}, prep: func(o *tui.Options, l *fakeLabs) {
			handsOn(o, l)
			l.verdicts = passedClaim()
		}},
	}
}

// listed is a desk with cards in a list.
func listed(o *tui.Options, _ *fakeLabs) {
	f := withReviews(o)
	state := progress.CardState{Stage: progress.StageReview, Stability: 12, Difficulty: 6, Due: evening().Add(40 * time.Hour), Reps: 4, Lapses: 2}
	f.entries = []review.Entry{
		{Card: f.card(cardID(review.Question, "scope")), State: state},
		{Card: f.card(cardID(review.Question, "pending-why")), State: state, Suspended: true, Leech: true},
		{Card: f.card(cardID(review.Cloze, "smallest")), State: progress.CardState{}, Buried: evening().Add(8 * time.Hour)},
		{Card: f.card(cardID(review.Lab, "bind-claim")), State: progress.CardState{Stage: progress.StageLearning, Due: evening().Add(time.Minute), Reps: 1}, Suspended: true},
	}
}

// atCards begins a session with these cards.
func atCards(t *testing.T, deck ...review.ID) (*sim, *fakeReviews) {
	t.Helper()
	o, l := small(t), labs()
	o.Lab = l
	f := withReviews(&o, deck...)
	s := newSim(t, o, 80, 30)
	s.press("r", "enter")
	return s, f
}

func (f *fakeReviews) ratings() (list []review.Rating) {
	for _, r := range f.rated {
		list = append(list, r.rating)
	}
	return list
}

func TestADaysReview(t *testing.T) {
	t.Parallel()
	o := small(t)
	f := withReviews(&o)
	f.better = true
	s := newSim(t, o, 80, 30)
	s.shows("Review        3 due · 2 new · 1 hands-on · about 4 minutes")
	if line := lineWith(s.screen(), "▸"); !strings.Contains(line, "Review") {
		t.Errorf("not first: %q", line)
	}
	s.press("enter")
	s.shows("By track", "By kind", "cloze")
	s.press("enter")
	s.shows("Which of the two", "3 due")
	s.hides("again")
	s.tickLine("The claim only")
	s.press("enter")
	s.shows("Right.", "1 again 10 min", "[3 good 8 days]", "4 easy 2.5 months", "enter takes good")
	s.press("enter")
	s.shows("If several volumes pass, the [1] one wins.", "2 due")
	s.write("biggest")
	s.press("enter")
	s.shows("Right would be: smallest", "[1 again 10 min]")
	s.press("2")
	s.press("g", "space")
	s.shows("Nothing more is due today.", "Rated 3", "recalled 2 of 3, 66 %", "Storage", "Tomorrow 17 are due.", "Days in a row: 3", "follows your own memory")
	if got := f.ratings(); !slices.Equal(got, []review.Rating{review.Good, review.Hard, review.Again}) {
		t.Errorf("rated %v", got)
	}
	first, last := f.rated[0].given, f.rated[2].given
	if first.Right == nil || !*first.Right || first.Took <= 0 || last.Right != nil {
		t.Errorf("given: %+v, and where the answer was shown %+v", first, last)
	}
	if f.fits != 1 {
		t.Errorf("fitted %d times", f.fits)
	}
	if n := len(all[progress.Answer](o.Store.(*fakeStore))); n != 0 {
		t.Errorf("%d answers were kept as those of a lesson", n)
	}
}

// A key that is held down answers or rates nothing that it has brought up.
func TestAHeldKeyRatesNothing(t *testing.T) {
	t.Parallel()
	o := small(t)
	f := withReviews(&o)
	s := newSim(t, o, 80, 30)
	hold := func(k string) {
		s.press(k)
		for range 200 {
			f.clock.wait(33 * time.Millisecond)
			s.send(key(k))
		}
	}
	s.press("r")
	hold("enter") // begins
	s.shows("Which of the two")
	s.hides("again 10 min")
	f.clock.wait(time.Second)
	hold("enter") // ticks the option at the cursor and answers
	s.shows("again 10 min")
	if len(f.rated) > 0 {
		t.Fatalf("rated %v by a key that was held", f.rated)
	}
	hold("3")
	s.shows("the [1] one wins")
	if line := lineWith(s.screen(), "  [1] "); strings.Contains(line, "3") || len(f.rated) != 1 {
		t.Errorf("rated %v, typed %q", f.rated, line)
	}
}

func TestUndoGoesBackToTheFirstCard(t *testing.T) {
	t.Parallel()
	s, f := atCards(t)
	s.press("u")
	s.shows("nothing to take back")
	s.press("g", "1", "ctrl+g", "3", "@")
	s.shows("Nothing more is due today.", "Rated 2")
	s.press("u")
	s.shows("What keeps them apart?", "Taken back.")
	s.press("u")
	s.shows("the [1] one wins")
	s.press("ctrl+r")
	s.shows("Which of the two")
	if len(f.rated) != 0 {
		t.Errorf("still rated: %v", f.rated)
	}
	s.press("g", "4", "ctrl+g", "4", "g", "4")
	s.shows("Rated 3", "recalled 3 of 3, 100 %")
}

func TestACardStaysUntilItsRatingIsKept(t *testing.T) {
	t.Parallel()
	s, f := atCards(t)
	f.fail = errors.New("the disk is full")
	s.press("g", "3")
	s.shows("The rating could not be saved, so the card stays: the disk is full", "Which of the two")
	s.press("@")
	s.shows("That could not be done: the disk is full", "Which of the two")
	s.press("u")
	s.shows("nothing to take back")
	f.fail = nil
	s.press("2")
	s.shows("the [1] one wins")
	s.hides("disk")
	f.fail = errors.New("the disk is full")
	s.press("ctrl+r")
	s.shows("That could not be done: the disk is full", "the [1] one wins")
}

func TestTheNextCardCannotBeRead(t *testing.T) {
	t.Parallel()
	s, f := atCards(t)
	f.readFail = errors.New("the lesson is broken")
	s.press("g", "3")
	s.shows("The card cannot be shown: the lesson is broken", "Rated 1")
	f.readFail = nil
	s.press("enter")
	s.shows("the [1] one wins")
}

func TestACardDealtWithElsewhere(t *testing.T) {
	t.Parallel()
	s, f := atCards(t)
	f.fail = fmt.Errorf("rating: %w", review.ErrElsewhere)
	s.press("g", "3")
	s.shows("Another kubetutor has dealt with that card meanwhile.")
}

// The answer of every kind of question can be asked for, and speaks for again.
func TestGivingUpShowsTheAnswer(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"scope": "( ) The claim only   ✓", "pending-why": "The access mode   ✓", "smallest-fit": "Right would be: loft", "default-class": "Right would be:",
		"describe-claim": "kubectl describe", "way-to-bound": "1. A claim is created", "write-claim": "One right answer:",
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			s, f := atCards(t, cardID(review.Question, id))
			s.send(tea.WindowSizeMsg{Width: 100, Height: 60})
			s.press(map[bool]string{true: "ctrl+g", false: "g"}[s.typing()])
			s.shows("The answer:", want, "[1 again 10 min]", "the answer was shown")
			s.press("enter")
			if got := f.ratings(); !slices.Equal(got, []review.Rating{review.Again}) {
				t.Errorf("rated %v", got)
			}
		})
	}
}

// typing tells whether the screen takes letters as text.
func (s *sim) typing() bool { return s.model.View().Cursor != nil }

func TestWhatNobodyCanJudgeIsRatedByTheLearner(t *testing.T) {
	t.Parallel()
	s, f := atCards(t, cardID(review.Question, "write-claim"))
	s.send(tea.WindowSizeMsg{Width: 100, Height: 60})
	s.press("ctrl+s")
	s.shows("Only a cluster can judge this answer", "One right answer:", "Choose 1 to 4.")
	s.hides("[1 again", "[3 good")
	s.press("enter")
	if len(f.rated) > 0 {
		t.Fatalf("rated %v without a choice", f.rated)
	}
	s.press("3")
	if got := f.rated; len(got) != 1 || got[0].given.Right != nil {
		t.Errorf("rated %+v", got)
	}
}

func TestSuspendAndBury(t *testing.T) {
	t.Parallel()
	s, f := atCards(t)
	s.press("-")
	s.shows("buried until tomorrow", "the [1] one wins")
	s.press("ctrl+g", "@")
	s.shows("The card is suspended.", "What keeps them apart?")
	if !slices.Equal(f.marks, []progress.Mark{progress.MarkBury, progress.MarkSuspend}) {
		t.Errorf("marked %v", f.marks)
	}
}

func TestALeechIsTold(t *testing.T) {
	t.Parallel()
	s, f := atCards(t)
	f.leech = f.deck[0]
	s.press("g", "1")
	s.shows("it was forgotten 2 times")
	s.press("ctrl+g", "3", "g", "3")
	s.shows("Suspended, because it was forgotten too often: How a claim finds its volume", "› scope")
}

func TestOnlyStepsAreLeft(t *testing.T) {
	t.Parallel()
	o := small(t)
	f := withReviews(&o, cardID(review.Question, "scope"))
	f.steps, f.step = []review.ID{cardID(review.Cloze, "smallest")}, 10*time.Minute
	s := newSim(t, o, 80, 30)
	s.press("r", "enter", "g", "1")
	s.shows("the next card comes at 20:25, in 10 min", "Rated 1")
	s.press("esc")
	s.shows("▸ Go on")
	s.press("enter", "enter")
	s.shows("the [1] one wins")
}

// Whoever leaves comes back to the card as it was.
func TestAReviewIsLeftAndGoneOnWith(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ away, back []string }{
		"to the menu":     {[]string{"esc"}, []string{"enter"}},
		"home":            {[]string{"esc", "esc"}, []string{"r", "enter"}},
		"its page":        {[]string{"ctrl+o"}, []string{"backspace"}},
		"its lesson":      {[]string{"ctrl+o", "n", "p"}, []string{"backspace"}},
		"another lesson":  {[]string{"esc", "esc", "down", "enter"}, []string{"esc", "esc", "r", "enter"}},
		"the search":      {[]string{"ctrl+k"}, []string{"esc"}},
		"both languages":  {[]string{"esc", "L"}, []string{"L", "enter"}},
		"the other cards": {[]string{"esc", "down", "down", "down", "down", "down", "enter", "esc"}, []string{"up", "up", "up", "up", "up", "enter"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := atCards(t)
			s.press("g", "3")
			s.write("small")
			before := s.screen()
			s.press(tt.away...)
			s.hides("[1] small")
			s.press(tt.back...)
			s.press("left", "right") // a key takes a notice away
			if got := s.screen(); got != before {
				t.Errorf("before:\n%s\nafter:\n%s", before, got)
			}
			s.write("est")
			s.press("enter")
			s.shows("Right.")
		})
	}
}

// Time that a card is not on the screen is not counted.
func TestTimeAwayIsNotCounted(t *testing.T) {
	t.Parallel()
	s, f := atCards(t)
	s.press("esc")
	f.clock.wait(time.Hour)
	s.press("enter")
	s.tickLine("The claim only")
	s.press("enter", "3")
	if took := f.rated[0].given.Took; took > time.Minute {
		t.Errorf("it took %v", took)
	}
}

func TestResizeAndLanguageKeepTheCard(t *testing.T) {
	t.Parallel()
	o := small(t)
	withReviews(&o)
	s := newSim(t, o, 80, 24)
	s.press("r", "enter", "g", "3")
	s.write("small")
	for _, w := range []int{40, 160, 51, 80} {
		s.send(tea.WindowSizeMsg{Width: w, Height: 20})
		s.shows("[1] small")
	}
	s.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	s.press("ctrl+g")
	s.press("L")
	s.shows("答案：", "1 重来 10 分钟", "2 困难 3 天", "4 简单 2.5 个月")
	s.press("L")
	s.shows("The answer:", "2 hard 3 days")
}

func TestTheHistoryOfACard(t *testing.T) {
	t.Parallel()
	o := small(t)
	withReviews(&o)
	store := o.Store.(*fakeStore)
	for i, rating := range []int{3, 1, 4} {
		at := evening().AddDate(0, 0, i-9)
		r := progress.Reviewed{Card: string(cardID(review.Question, "scope")), Rating: rating, Took: 12 * time.Second, At: at, State: progress.CardState{Due: at.Add(48 * time.Hour)}}
		store.events = append(store.events, r, progress.Reviewed{Card: "question:other/one", Rating: 2, At: at})
	}
	s := newSim(t, o, 80, 30)
	s.press("r", "enter", "i")
	s.shows("History", "stability 7.5 days, difficulty 5.2 of 10, recalled now with 87 %", "ratings 5, lapses 1", "2026-11-13 20:15  easy      12 s        2 days")
	s.hides("hard")
	s.press("esc")
	s.shows("Which of the two")
}

func TestAClickRates(t *testing.T) {
	t.Parallel()
	for _, w := range []int{40, 80} {
		o := small(t)
		o.Mouse = true
		f := withReviews(&o, cardID(review.Question, "scope"))
		s := newSim(t, o, w, 24)
		s.press("r", "enter", "g")
		f.clock.wait(time.Second)
		lines := strings.Split(s.screen(), "\n")
		y := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, "good 8 days") })
		x := len([]rune(lines[y][:strings.Index(lines[y], "good")]))
		s.send(tea.MouseClickMsg{X: x, Y: y - 3, Button: tea.MouseLeft})
		s.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
		if got := f.ratings(); !slices.Equal(got, []review.Rating{review.Good}) {
			t.Errorf("at %d: rated %v", w, got)
		}
	}
}

func TestReviewAtOnce(t *testing.T) {
	t.Parallel()
	o := small(t)
	f := withReviews(&o)
	o.Asked = &review.Options{Mode: review.Cram}
	s := newSim(t, o, 80, 24)
	s.shows("Which of the two", "Cram")
	s.press("g")
	s.shows("nothing is scheduled", "[1 again]")
	s.hides("10 min")
	if len(f.began) != 1 || f.began[0].Mode != review.Cram {
		t.Errorf("began %+v", f.began)
	}
}

func TestOtherKeysRate(t *testing.T) {
	t.Parallel()
	o := rebound(t, small(t), keymap.Change{Scope: keymap.Rating, Action: keymap.Good, Keys: []string{"p"}}, keymap.Change{Scope: keymap.CardAsked, Action: keymap.Reveal, Keys: []string{"f5"}})
	f := withReviews(&o)
	s := newSim(t, o, 80, 24)
	s.press("r", "enter", "f5")
	s.shows("p good 8 days")
	s.press("3", "p")
	if got := f.ratings(); !slices.Equal(got, []review.Rating{review.Good}) {
		t.Errorf("rated %v", got)
	}
}

// Nothing moves when the choices come: the card stands where it stood.
func TestNothingMovesWhenTheChoicesCome(t *testing.T) {
	t.Parallel()
	for _, lang := range course.Langs {
		for w := 40; w <= 160; w += 8 {
			o := small(t)
			o.Lang = lang
			withReviews(&o)
			s := newSim(t, o, w, 24)
			s.press("r", "enter")
			before := strings.Split(s.screen(), "\n")
			s.press("g")
			after := strings.Split(s.screen(), "\n")
			rule := func(lines []string) (at []int) {
				for i, l := range lines {
					if strings.HasPrefix(l, "───") {
						at = append(at, i)
					}
				}
				return at
			}
			if !slices.Equal(rule(before), rule(after)) {
				t.Errorf("%s, %d columns: lines at %v, then at %v\n%s", lang, w, rule(before), rule(after), s.screen())
			}
		}
	}
}
