package class_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"kubetutor/internal/class"
	"kubetutor/internal/class/classtest"
)

// TestLaterVersions reads what later programs may have written.
func TestLaterVersions(t *testing.T) {
	t.Parallel()
	store := classtest.NewStore(t)
	append := func(e class.Event) {
		t.Helper()
		last := ""
		if err := store.Events(t.Context(), "", func(e class.Event) error { last = e.ID; return nil }); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Append(t.Context(), last, e); err != nil {
			t.Fatal(err)
		}
	}
	append(class.Event{Kind: "created", Data: []byte(`{"format":1,"class":{"name":"a","mood":"good","plan":[{"lesson":"pods","minutes":5,"room":"B"}]},"more":1}`)})
	append(class.Event{Kind: "applause", Who: "abcdefgh", Data: []byte(`["anything"]`)})
	append(class.Event{Kind: "raised", Who: "abcdefgh", Data: []byte(`{"up":true}`)}) // of nobody
	r := classtest.Open(t, store, class.Options{})
	if c := r.Class(); c.Name != "a" || len(c.Plan) != 1 || len(r.Board().Rows) != 0 {
		t.Errorf("read %+v", c)
	}
	append(class.Event{Kind: "code", Data: []byte(`{"code":7}`)})
	if _, err := class.Open(t.Context(), store, class.Options{}); err == nil {
		t.Error("an event that cannot be read was passed over")
	}
	newer := classtest.NewStore(t)
	if _, err := newer.Append(t.Context(), "", class.Event{Kind: "created", Data: []byte(`{"format":2,"class":{"name":"a"}}`)}); err != nil {
		t.Fatal(err)
	}
	if _, err := class.Open(t.Context(), newer, class.Options{}); !errors.Is(err, class.ErrNewer) {
		t.Errorf("a newer class: %v", err)
	}
}

// torn is a store in which one learner's progress cannot be read.
type torn struct {
	class.Store
	who class.LearnerID
}

func (s torn) Progress(ctx context.Context, who class.LearnerID) (class.Progress, error) {
	if who == s.who {
		return nil, errors.New("the disk has a hole")
	}
	return s.Store.Progress(ctx, who)
}

func TestOneBrokenProgressEndsNoClass(t *testing.T) {
	t.Parallel()
	s := newScene(t, "Ann", "Bob")
	s.turn("Bob", "lesson-0000", 3)
	r := classtest.Open(t, torn{s.store, s.room.Learners()[0].ID}, class.Options{Now: s.clock.now})
	if f := r.Faults(); len(f) != 1 || f[0].Error() != "reading the progress of Ann: the disk has a hole" {
		t.Errorf("faults: %v", f)
	}
	for _, row := range r.Board().Rows {
		if want := map[string]int{"Ann": 0, "Bob": 3}[row.Name]; row.At.Page != want {
			t.Errorf("%s is at %v", row.Name, row.At)
		}
	}
	if f := s.room.Faults(); f != nil {
		t.Errorf("the first one has %v", f)
	}
}

// TestOneBrokenProgressEndsNoExport holds that the others' results are written, and
// that what is missing does not look like nothing done.
func TestOneBrokenProgressEndsNoExport(t *testing.T) {
	t.Parallel()
	s := newScene(t, "Ann", "Bob")
	s.turn("Ann", "lesson-0000", 2)
	s.turn("Bob", "lesson-0000", 3)
	r := classtest.Open(t, torn{s.store, s.room.Learners()[0].ID}, class.Options{Now: s.clock.now, Course: classtest.Course(t)})
	var out bytes.Buffer
	if err := r.Sit("Ms Li").Export(t.Context(), "csv", &out); err != nil {
		t.Fatal(err)
	}
	ann, bob := ",,,18,,6,,,,,,,,,,,", ",0,0,18,0,6,,,3,0,0,0,0,0,0,0,0"
	if lines := strings.Split(out.String(), "\r\n"); len(lines) != 4 || !strings.HasSuffix(lines[1], ann) || !strings.HasSuffix(lines[2], bob) {
		t.Errorf("%q", out.String())
	}
	results, err := r.Results(t.Context())
	if err != nil || results.Learners[0].Fault != "the disk has a hole" || results.Learners[1].Fault != "" {
		t.Errorf("%+v, %v", results.Learners, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Results(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("who does not wait any more gets %v", err)
	}
}
