package watch_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/class/watch"
)

// Boards come and keys are pressed in any order: the cursor moves by keys only,
// what is sent to one goes to whom the cursor was on, and all fits the window.
func TestAnyOrderOfKeysAndBoards(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 1))
			s := newSim(t, 80, 24)
			b := many(1 + r.IntN(60))
			s.tell(b)
			for range 150 {
				switch r.IntN(4) {
				case 0:
					s.shuffled(&b, r)
				case 1:
					w, h := 40+r.IntN(160), 12+r.IntN(50)
					s.send(tea.WindowSizeMsg{Width: w, Height: h})
					fits(t, s, w, h)
				case 2:
					s.marked()
				default:
					s.press([]string{"up", "down", "pgup", "pgdown", "g", "G", "space", "a", "f", "s", "enter", "o", "J", "d", "?", "L", "t", "v", "h"}[r.IntN(19)])
				}
				if t.Failed() {
					return
				}
			}
		})
	}
}

// shuffled tells a board in which rows have changed places, and some come or go.
func (s *sim) shuffled(b *class.Board, r *rand.Rand) {
	s.t.Helper()
	before := s.model.Cursor()
	b.Rows = slices.Clone(b.Rows)
	r.Shuffle(len(b.Rows), func(i, j int) { b.Rows[i], b.Rows[j] = b.Rows[j], b.Rows[i] })
	if len(b.Rows) > 1 && r.IntN(4) == 0 {
		b.Rows = b.Rows[1:]
	}
	s.tell(*b)
	gone := !slices.ContainsFunc(b.Rows, func(row class.Row) bool { return row.Learner == before })
	if now := s.model.Cursor(); !gone && now != before || gone && now != "" {
		s.t.Errorf("the cursor went from %q to %q by itself", before, now)
	}
}

// marked marks the attendance of whoever is under the cursor, from the roster and
// with nobody ticked.
func (s *sim) marked() {
	s.t.Helper()
	s.press("esc", "esc", "esc", "esc", "esc", "esc")
	who := s.model.Cursor()
	_, before := s.chair.last()
	s.press("p")
	o, after := s.chair.last()
	switch {
	case who == "" && after != before:
		s.t.Errorf("%+v for nobody", o)
	case who != "" && (after != before+1 || o.Kind != class.OrderAttend || !slices.Equal(o.To, []class.LearnerID{who})):
		s.t.Errorf("%+v for %s (%d orders, then %d)", o, who, before, after)
	}
}

func BenchmarkView(b *testing.B) {
	s := newSim(b, 160, 50)
	s.tell(many(60))
	for b.Loop() {
		_ = s.model.View()
	}
}

// BenchmarkBoard is what a board costs that arrives: four a second at most.
func BenchmarkBoard(b *testing.B) {
	board := many(60)
	for b.Loop() {
		_ = watch.Cleaned(board)
	}
}
