package progress

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// since reads all that came after a cursor, so many at once.
func since(t *testing.T, d *DB, c Cursor, limit int) (ids []string, end Cursor) {
	t.Helper()
	for {
		list, err := d.Since(t.Context(), c, limit)
		if err != nil || len(list) > limit {
			t.Fatalf("%d at once, %v", len(list), err)
		}
		if len(list) == 0 {
			return ids, c
		}
		for _, a := range list {
			if ids, c = append(ids, a.ID), a.Cursor; a.Cursor.ID != a.ID {
				t.Errorf("%s has the cursor %+v", a.ID, a.Cursor)
			}
		}
	}
}

// What was imported comes after what was there, however old it is.
func TestSinceGoesByArrival(t *testing.T) {
	t.Parallel()
	elsewhere := open(t, t.TempDir(), WithClock(func() time.Time { return ratedAt.AddDate(-1, 0, 0) }))
	old := record(t, elsewhere, Position{Lesson: "a"}, Position{Lesson: "b"})
	d := open(t, t.TempDir(), WithClock(func() time.Time { return ratedAt }))
	if end, err := d.End(t.Context()); err != nil || end != (Cursor{}) {
		t.Errorf("the end of nothing is %+v, %v", end, err)
	}
	if id, err := d.Newest(t.Context()); err != nil || id != "" {
		t.Errorf("the newest of nothing is %q, %v", id, err)
	}
	before := record(t, d, Position{Lesson: "c"}, Position{Lesson: "d"}, Position{Lesson: "e"})
	end, err := d.End(t.Context())
	if err != nil || end.ID != before[2] {
		t.Fatalf("%+v, %v", end, err)
	}
	if _, err := d.Import(t.Context(), strings.NewReader(export(t, elsewhere))); err != nil {
		t.Fatal(err)
	}
	after := record(t, d, Position{Lesson: "f"})
	for limit := 1; limit < 9; limit++ {
		if got, _ := since(t, d, Cursor{}, limit); !slices.Equal(got, slices.Concat(before, old, after)) {
			t.Errorf("all, %d at once: %q", limit, got)
		}
		got, last := since(t, d, end, limit)
		if !slices.Equal(got, slices.Concat(old, after)) || last.ID != after[0] {
			t.Errorf("after %+v, %d at once: %q up to %+v", end, limit, got, last)
		}
	}
	if id, err := d.Newest(t.Context()); err != nil || id != after[0] {
		t.Errorf("the newest is %q, %v", id, err)
	}
}

// A cursor of another file leaves nothing out.
func TestACursorThatDoesNotAgreeIsTheBeginning(t *testing.T) {
	t.Parallel()
	d := open(t, t.TempDir())
	ids := record(t, d, Position{Lesson: "a"}, Position{Lesson: "b"})
	for _, c := range []Cursor{{Row: 2, ID: ids[0]}, {Row: 1, ID: "01KAGZ0000000000000000000A"}, {Row: 99, ID: ids[1]}, {Row: 2}, {ID: ids[1]}} {
		if got, _ := since(t, d, c, 9); !slices.Equal(got, ids) {
			t.Errorf("after %+v: %q", c, got)
		}
	}
}

func TestEventByID(t *testing.T) {
	t.Parallel()
	d := open(t, t.TempDir())
	ids := record(t, d, Answer{Question: "a/1", Right: true})
	e, ok, err := d.Event(t.Context(), ids[0])
	if err != nil || !ok || e.ID != ids[0] || e.Device != d.Device() || e.Kind != KindAnswer {
		t.Fatalf("%+v, %v, %v", e, ok, err)
	}
	if data, err := e.Decode(); err != nil || !reflect.DeepEqual(data, Answer{Question: "a/1", Right: true}) {
		t.Errorf("%+v, %v", data, err)
	}
	if _, ok, err := d.Event(t.Context(), "none"); ok || err != nil {
		t.Errorf("an event that there is not: %v, %v", ok, err)
	}
}

// Every kind that is recorded can be read back as what it was.
func TestDecode(t *testing.T) {
	t.Parallel()
	d := open(t, t.TempDir())
	for _, data := range []any{
		Position{}, Answer{}, Judged{}, Attempt{}, Check{}, Passed{}, Hint{}, Solution{}, Failed{}, Reviewed{}, Unreviewed{}, Marked{}, Rescheduled{}, Fitted{},
	} {
		e, err := d.newEvent(data)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := e.Decode(); err != nil || reflect.TypeOf(got) != reflect.TypeOf(data) {
			t.Errorf("%T is read as %T, %v", data, got, err)
		}
	}
	for _, e := range []Event{{Kind: "shell", Data: []byte("{}")}, {Kind: KindPosition, Data: []byte(`{"page":"x"}`)}} {
		if got, err := e.Decode(); err == nil {
			t.Errorf("%s is read as %+v", e.Data, got)
		}
	}
}

// FuzzImport holds that events come to the same whether they are brought one by one
// as they happen, in pieces in any order, or all at once.
func FuzzImport(f *testing.F) {
	f.Add(uint64(1), uint8(20))
	f.Add(uint64(3), uint8(60))
	f.Fuzz(func(t *testing.T, seed uint64, n uint8) {
		r := rand.New(rand.NewPCG(seed, 4))
		there := open(t, t.TempDir(), WithClock(clock(r)))
		record(t, there, randomEvents(r, int(n))...)
		lines := slices.Collect(strings.Lines(export(t, there)))
		want := look(t, there)
		shuffled := slices.Clone(lines)
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		for name, order := range map[string][]string{"in order": lines, "in any order": shuffled} {
			here := open(t, t.TempDir())
			for rest := order; len(rest) > 0; {
				piece := rest[:1+r.IntN(min(len(rest), 9))]
				rest = rest[len(piece):]
				if added, err := here.Import(t.Context(), strings.NewReader(strings.Join(piece, ""))); err != nil || added != len(piece) {
					t.Fatalf("%s: %d of %d, %v", name, added, len(piece), err)
				}
			}
			if got := look(t, here); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got %s\nwant %s", name, fmt.Sprint(got), fmt.Sprint(want))
			}
		}
	})
}
