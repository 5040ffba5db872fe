package exchange

import (
	"context"
	"maps"
	"slices"
	"time"

	"kubetutor/internal/progress"
	"kubetutor/internal/review"
)

// history is what a file says of a card.
type history struct {
	ratings []rating
	newest  time.Time           // of them, for a log
	last    *progress.CardState // how the card stands after the newest; nil where the file does not say
}

// rating is one that a file has, or one that is here.
type rating struct {
	progress.Reviewed
	here bool
}

// merge takes in the ratings that are not here yet.
func (m *Importer) merge(ctx context.Context, in map[review.ID]*history, r *Report, dry bool) error {
	known, err := m.known(ctx, in, r)
	if err != nil {
		return err
	}
	if err := m.besides(ctx, in); err != nil {
		return err
	}
	s, err := m.Desk.Scheduler(ctx)
	if err != nil {
		return err
	}
	var events []any
	for _, id := range slices.Sorted(maps.Keys(in)) {
		added, err := m.mergeCard(s, id, in[id], known[string(id)], r)
		if err != nil {
			return err
		}
		events = append(events, added...)
	}
	slices.SortStableFunc(events, func(a, b any) int {
		return a.(progress.Reviewed).At.Compare(b.(progress.Reviewed).At)
	})
	return m.record(ctx, events, dry)
}

// known leaves out the cards that neither the course nor the learner has, and
// returns how the others stand.
func (m *Importer) known(ctx context.Context, in map[review.ID]*history, r *Report) (map[string]progress.CardState, error) {
	cards, err := m.Desk.Store.Cards(ctx, progress.CardQuery{})
	if err != nil {
		return nil, err
	}
	states := make(map[string]progress.CardState, len(cards))
	for _, c := range cards {
		states[c.ID] = c.CardState
	}
	all := len(in)
	maps.DeleteFunc(in, func(id review.ID, _ *history) bool {
		_, rated := states[string(id)]
		return !rated && !m.inCourse(id)
	})
	r.Cards, r.Unknown = r.Cards+all, r.Unknown+all-len(in)
	return states, nil
}

func (m *Importer) inCourse(id review.ID) bool {
	l, ok := m.Desk.Course.Lesson(id.Lesson())
	if !ok {
		return false
	}
	switch id.Kind() {
	case review.Question:
		return slices.Contains(l.QuestionIDs, id.Item())
	case review.Cloze:
		return slices.Contains(l.ClozeIDs, id.Item())
	}
	return slices.Contains(l.LabIDs, id.Item())
}

// besides puts the ratings that are here beside those of the file.
func (m *Importer) besides(ctx context.Context, in map[review.ID]*history) error {
	err := m.Desk.Store.Reviews(ctx, time.Time{}, func(r progress.Review) error {
		if h := in[review.ID(r.Card)]; h != nil {
			h.ratings = append(h.ratings, rating{r.Reviewed, true})
		}
		return nil
	})
	for _, h := range in {
		slices.SortStableFunc(h.ratings, inTime)
	}
	return err
}

// inTime puts the earlier rating first; of two at a time, the one that is here.
func inTime(a, b rating) int {
	if d := a.At.Compare(b.At); d != 0 || a.here == b.here {
		return d
	}
	if a.here {
		return -1
	}
	return 1
}

// same is how close two ratings of a card are that are one: Anki keeps times in
// milliseconds, but moves a rating on where two cards have the same.
const same = time.Second

// mergeCard returns the events of the ratings that a card gains.
func (m *Importer) mergeCard(s *review.Scheduler, id review.ID, h *history, now progress.CardState, r *Report) ([]any, error) {
	all := h.ratings
	h.ratings = distinct(all)
	r.Known += count(all, false) - count(h.ratings, false)
	fresh := count(h.ratings, false)
	if fresh == 0 {
		return nil, nil
	}
	states, err := replayed(s, id, h.ratings)
	if err != nil {
		return nil, err
	}
	last := len(states) - 1
	if !h.ratings[last].here && h.last != nil {
		states[last] = m.settled(*h.last, states[last])
	}
	change := Change{Card: id, Ratings: fresh, Before: now, After: now}
	if !h.ratings[last].here && !h.ratings[last].At.Before(now.Last) {
		change.After = states[last]
	}
	r.Ratings += fresh
	r.Changes = append(r.Changes, change)
	return gained(h.ratings, states), nil
}

// distinct leaves out ratings that are there already. The list is sorted by time,
// with what is here first.
func distinct(list []rating) []rating {
	here := slices.DeleteFunc(slices.Clone(list), func(r rating) bool { return !r.here })
	var kept []rating
	taken := func(at time.Time) bool {
		i, _ := slices.BinarySearchFunc(here, at.Add(-same), func(r rating, t time.Time) int { return r.At.Compare(t) })
		if i < len(here) && here[i].At.Sub(at) <= same {
			return true
		}
		n := len(kept)
		return n > 0 && at.Sub(kept[n-1].At) <= same
	}
	for _, r := range list {
		if r.here || !taken(r.At) {
			kept = append(kept, r)
		}
	}
	return kept
}

func count(list []rating, here bool) (n int) {
	for _, r := range list {
		if r.here == here {
			n++
		}
	}
	return n
}

// replayed says how the card stands after each rating, by the schedule.
func replayed(s *review.Scheduler, id review.ID, list []rating) ([]progress.CardState, error) {
	ratings, at := make([]review.Rating, len(list)), make([]time.Time, len(list))
	for i, r := range list {
		ratings[i], at[i] = review.Rating(r.Rating), r.At
	}
	return s.Replay(id, ratings, at)
}

// gained are the events of the ratings that are not here.
func gained(list []rating, states []progress.CardState) (events []any) {
	for i, r := range list {
		if !r.here {
			r.Source, r.State = progress.SourceImport, states[i]
			events = append(events, r.Reviewed)
		}
	}
	return events
}

// The bounds of what a file may say of a card's memory. FSRS knows no stability
// outside of them.
const (
	minStability  = 0.001
	maxStability  = 36500 // days
	minDifficulty = 1
	maxDifficulty = 10
)

// settled is a state from a file with what makes no sense in it, or is missing,
// as computed.
func (m *Importer) settled(s, computed progress.CardState) progress.CardState {
	if s.Stage == progress.StageNew { // it was made new again
		return progress.CardState{}
	}
	if !(s.Stability >= minStability && s.Stability <= maxStability && s.Difficulty >= minDifficulty && s.Difficulty <= maxDifficulty) {
		s.Stability, s.Difficulty = computed.Stability, computed.Difficulty
	}
	s.Last = computed.Last
	if s.Due.Before(s.Last) || s.Due.After(s.Last.Add(m.Desk.Config.Max+24*time.Hour)) {
		s.Due, s.Stage, s.Step = computed.Due, computed.Stage, computed.Step
	}
	s.Step = min(max(s.Step, 0), max(len(m.steps(s.Stage))-1, 0))
	s.Reps, s.Lapses = max(s.Reps, 0), min(max(s.Lapses, 0), max(s.Reps, 0))
	return s
}

// steps are those of a stage.
func (m *Importer) steps(s progress.Stage) []time.Duration {
	switch s {
	case progress.StageLearning:
		return m.Desk.Config.Steps
	case progress.StageRelearning:
		return m.Desk.Config.Relearning
	}
	return nil
}
