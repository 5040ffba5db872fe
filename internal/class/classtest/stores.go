package classtest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"kubetutor/internal/class"
	"kubetutor/internal/progress"
)

// TestStore holds an implementation of class.Store to what one must do. For each
// test it calls make for an empty store; open opens that, again and again: as
// several programs do, and the next server after one that was killed. What is
// opened make closes.
func TestStore(t *testing.T, make func(t *testing.T) (open func() class.Store)) {
	for name, test := range map[string]func(*testing.T, func() class.Store){
		"EventsKeepTheirOrder":     eventsKeepTheirOrder,
		"EventsSurviveTheServer":   eventsSurvive,
		"WhoIsBehindMustCatchUp":   behind,
		"OneOfManyWritersIsNext":   manyWriters,
		"AnErrorOfEachEndsIt":      eachFails,
		"ASecretIsMadeOnce":        secretOnce,
		"ASecretThatFailsIsNone":   secretFails,
		"ProgressIsTheLearnersOwn": ownProgress,
		"NoIDLeadsElsewhere":       noPathEscapes,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, make(t))
		})
	}
}

func at(seconds int64) time.Time { return time.Unix(1_800_000_000+seconds, 0).UTC() }

func note(n int) class.Event {
	return class.Event{At: at(int64(n)), Kind: "test", Who: "abcdefgh", Data: fmt.Appendf(nil, `{"n":%d}`, n)}
}

// write appends events after what is there.
func write(t *testing.T, s class.Store, events ...class.Event) (ids []string) {
	t.Helper()
	last := ""
	if all := read(t, s, ""); len(all) > 0 {
		last = all[len(all)-1].ID
	}
	for _, e := range events {
		id, err := s.Append(t.Context(), last, e)
		if err != nil {
			t.Fatalf("appending %s: %v", e.Data, err)
		}
		if id <= last {
			t.Fatalf("the ID %s comes after %s", id, last)
		}
		last = id
		ids = append(ids, id)
	}
	return ids
}

func read(t *testing.T, s class.Store, after string) (list []class.Event) {
	t.Helper()
	if err := s.Events(t.Context(), after, func(e class.Event) error { list = append(list, e); return nil }); err != nil {
		t.Fatal(err)
	}
	return list
}

// eventsKeepTheirOrder goes back in time on its way.
func eventsKeepTheirOrder(t *testing.T, open func() class.Store) {
	s := open()
	want := []class.Event{note(5), note(3), note(3), note(9), {At: at(0), Kind: "bare"}}
	for i, id := range write(t, s, want...) {
		want[i].ID = id
	}
	for after := range want {
		from := ""
		if after > 0 {
			from = want[after-1].ID
		}
		got := read(t, s, from)
		if !slices.EqualFunc(got, want[after:], sameEvent) {
			t.Errorf("after %d: %v, want %v", after, got, want[after:])
		}
	}
}

func sameEvent(a, b class.Event) bool {
	return a.ID == b.ID && a.At.Equal(b.At) && a.Kind == b.Kind && a.Who == b.Who && bytes.Equal(a.Data, b.Data)
}

func eventsSurvive(t *testing.T, open func() class.Store) {
	ids := write(t, open(), note(1), note(2)) // not closed: the server was killed
	second := open()
	if got := read(t, second, ""); len(got) != 2 || got[1].ID != ids[1] {
		t.Errorf("found %v", got)
	}
	write(t, second, note(3))
	if got := read(t, open(), ids[1]); len(got) != 1 {
		t.Errorf("found %v after them", got)
	}
}

func behind(t *testing.T, open func() class.Store) {
	one, other := open(), open()
	ids := write(t, one, note(1), note(2))
	for _, after := range []string{"", ids[0]} {
		if _, err := other.Append(t.Context(), after, note(3)); !errors.Is(err, class.ErrBehind) {
			t.Errorf("after %q: %v", after, err)
		}
	}
	if got := read(t, one, ""); len(got) != 2 {
		t.Errorf("who was behind has written: %v", got)
	}
	if _, err := other.Append(t.Context(), ids[1], note(3)); err != nil {
		t.Error(err)
	}
}

// manyWriters count up together: each writes the number after the newest.
func manyWriters(t *testing.T, open func() class.Store) {
	const writers, each = 4, 15
	var wg sync.WaitGroup
	for range writers {
		s := open()
		wg.Go(func() {
			for range each {
				countUp(t, s)
			}
		})
	}
	wg.Wait()
	all := read(t, open(), "")
	for i, e := range all {
		if want := fmt.Sprintf(`{"n":%d}`, i); string(e.Data) != want {
			t.Fatalf("event %d is %s", i, e.Data)
		}
	}
	if len(all) != writers*each {
		t.Errorf("%d events of %d", len(all), writers*each)
	}
}

func countUp(t *testing.T, s class.Store) {
	for {
		var last string
		n := 0
		if err := s.Events(t.Context(), "", func(e class.Event) error { last = e.ID; n++; return nil }); err != nil {
			t.Error(err)
			return
		}
		_, err := s.Append(t.Context(), last, note(n))
		if errors.Is(err, class.ErrBehind) {
			continue
		}
		if err != nil {
			t.Error(err)
		}
		return
	}
}

func eachFails(t *testing.T, open func() class.Store) {
	s := open()
	write(t, s, note(1), note(2), note(3))
	stop, seen := errors.New("enough"), 0
	err := s.Events(t.Context(), "", func(class.Event) error {
		if seen++; seen == 2 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || seen != 2 {
		t.Errorf("%d events, then %v", seen, err)
	}
	write(t, s, note(4)) // nothing is left locked
}

func secretOnce(t *testing.T, open func() class.Store) {
	var wg sync.WaitGroup
	found := make([][]byte, 4)
	for i := range found {
		s := open()
		wg.Go(func() {
			data, err := s.Secret(t.Context(), "key", func() ([]byte, error) { return fmt.Appendf(nil, "made by %d\x00", i), nil })
			if err != nil {
				t.Error(err)
			}
			found[i] = data
		})
	}
	wg.Wait()
	for _, data := range found {
		if !bytes.Equal(data, found[0]) || len(data) == 0 {
			t.Errorf("found %q and %q", found[0], data)
		}
	}
	other, err := open().Secret(t.Context(), "other", func() ([]byte, error) { return []byte("o"), nil })
	if err != nil || string(other) != "o" {
		t.Errorf("another one: %q, %v", other, err)
	}
}

func secretFails(t *testing.T, open func() class.Store) {
	s, failed := open(), errors.New("no entropy")
	if _, err := s.Secret(t.Context(), "key", func() ([]byte, error) { return nil, failed }); !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
	if data, err := s.Secret(t.Context(), "key", func() ([]byte, error) { return []byte("k"), nil }); err != nil || string(data) != "k" {
		t.Errorf("then %q, %v", data, err)
	}
}

// ownProgress opens that of one learner twice, and of another.
func ownProgress(t *testing.T, open func() class.Store) {
	s := open()
	one, again, other := opened(t, s, "abcdefgh"), opened(t, s, "abcdefgh"), opened(t, open(), "stvwxyz0")
	id, err := one.Record(t.Context(), progress.Position{Lesson: "pods", Page: 2})
	if err != nil {
		t.Fatal(err)
	}
	if e, ok, err := again.Event(t.Context(), id); err != nil || !ok || e.Kind != progress.KindPosition {
		t.Errorf("beside: %+v, %v, %v", e, ok, err)
	}
	if _, ok, err := other.Last(t.Context()); err != nil || ok {
		t.Errorf("somebody else has it: %v, %v", ok, err)
	}
}

func opened(t *testing.T, s class.Store, who class.LearnerID) class.Progress {
	t.Helper()
	p, err := s.Progress(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func noPathEscapes(t *testing.T, open func() class.Store) {
	s := open()
	for _, who := range []class.LearnerID{"", ".", "..", "../../etc", "/etc/abc", "abcdefg", "abcdefghi", "ABCDEFGH", "abcdefgi", "abc/efgh",
		"abc\\efgh", "abcdefg\n", "abcdefg\x00"} {
		if p, err := s.Progress(t.Context(), who); err == nil {
			p.Close()
			t.Errorf("%q is somebody", who)
		}
	}
}
