package cli

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/class"
	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/progress"
)

// quietSeat takes what a learner says.
type quietSeat struct {
	calls []class.Call
	read  chan string
}

func (*quietSeat) Follow(context.Context, func(class.Sight) error) error { return nil }
func (s *quietSeat) Raise(_ context.Context, c class.Call) error {
	s.calls = append(s.calls, c)
	return nil
}
func (s *quietSeat) Read(_ context.Context, id string) error      { s.read <- id; return nil }
func (*quietSeat) Allow(context.Context, string, bool) error      { return nil }
func (*quietSeat) Recorded(context.Context, progress.Event) error { return nil }
func (*quietSeat) Checks(context.Context, class.Standing) error   { return nil }
func newClassmate(seat class.Seat) (m *classmate, out *strings.Builder) {
	out = &strings.Builder{}
	f := &Factory{Words: i18n.CLIWords(course.English), IO: IOStreams{Out: out}}
	return &classmate{f: f, seat: seat}, out
}

// TestClassmateHearsEachThingOnce holds that what the class says is said as it
// comes, and not again with the next sight.
func TestClassmateHearsEachThingOnce(t *testing.T) {
	t.Parallel()
	seat := &quietSeat{read: make(chan string, 9)}
	m, out := newClassmate(seat)
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.Local)
	first := class.Message{ID: "01", Text: "look at page 2"}
	hint := class.Message{ID: "02", Kind: class.MessageHint, Lab: "pv-pvc-matching/bind-claim", Hint: 2}
	for _, tt := range []struct {
		sight class.Sight
		says  []string
	}{
		{class.Sight{Me: "Li", Resume: "ABCD-EFGH"}, []string{"You are Li", "ABCD-EFGH"}},
		{class.Sight{Me: "Li", Messages: []class.Message{first}}, []string{"The instructor: look at page 2"}},
		{class.Sight{Me: "Li", Messages: []class.Message{first}}, nil}, // not known to be read yet
		{class.Sight{Me: "Li", Messages: []class.Message{first, hint}, Read: "01"}, []string{"Hint 2 for the lab pv-pvc-matching/bind-claim"}},
		{class.Sight{Me: "Li", Recall: &class.Recall{ID: "1", To: class.Place{Lesson: "volumes", Page: 3}}}, []string{"the lesson volumes, page 3"}},
		{class.Sight{Me: "Li", Recall: &class.Recall{ID: "1", To: class.Place{Lesson: "volumes", Page: 3}}}, nil},
		{class.Sight{Me: "Li", Countdown: &class.Countdown{Until: noon, Of: "the break"}, Skew: time.Hour}, []string{"11:00:00", "the break"}},
		{class.Sight{Me: "Li", Lost: true}, []string{"cannot be reached"}},
		{class.Sight{Me: "Li", Lost: true}, nil},
		{class.Sight{Me: "Li", Over: true}, []string{"has been ended"}},
	} {
		out.Reset()
		if err := m.follow(tt.sight); err != nil {
			t.Fatal(err)
		}
		for _, want := range tt.says {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%+v says %q, not %q", tt.sight, out, want)
			}
		}
		if len(tt.says) == 0 && out.Len() > 0 {
			t.Errorf("%+v says again %q", tt.sight, out)
		}
	}
	for range 3 { // twice the first, while it is not known that the class has been told
		if got := <-seat.read; got != "01" && got != "02" {
			t.Errorf("read is %q", got)
		}
	}
}

// TestClassmateRaisesTheHand holds that the hand goes up with a reason, and down
// without one.
func TestClassmateRaisesTheHand(t *testing.T) {
	t.Parallel()
	seat := &quietSeat{}
	m, _ := newClassmate(seat)
	for _, step := range []struct {
		up   bool // before
		why  string
		want class.Call
	}{
		{false, "", class.Call{Up: true}},
		{false, "which class", class.Call{Up: true, Text: "which class"}},
		{true, "still", class.Call{Up: true, Text: "still"}},
		{true, "", class.Call{}},
	} {
		m.sight.Hand = step.up
		if err := m.hand(t.Context(), step.why, io.Discard); err != nil {
			t.Fatal(err)
		}
		if got := seat.calls[len(seat.calls)-1]; got != step.want {
			t.Errorf("hand %q with the hand up %v: %+v, want %+v", step.why, step.up, got, step.want)
		}
	}
}
