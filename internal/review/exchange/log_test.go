package exchange

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"kubetutor/internal/review"
)

func TestLogWithFaultsChangesNothing(t *testing.T) {
	t.Parallel()
	w, id := stood(t)
	before := w.stands()
	good := `{"card":"` + string(id) + `","at":"2026-11-20T08:00:00Z","rating":3}` + "\n"
	for fault, says := range map[string]string{
		"hello":            "line 2: this is no rating",
		`{"card":"hello"}`: `line 2: "hello" names no card`,
		`{"card":"question:a/b","at":"2026-11-20T08:00:00Z"}`:                                      "line 2: rating: 0",
		`{"card":"question:a/b","at":"2026-11-20T08:00:00Z","rating":5}`:                           "line 2: rating: 5",
		`{"card":"question:a/b","rating":3}`:                                                       "line 2: at:",
		`{"card":"question:a/b","at":"9999-11-20T08:00:00Z","rating":3}`:                           "line 2: at:",
		`{"card":"question:a/b","at":"2026-11-20T08:00:00Z","rating":3,"tookMs":-1}`:               "line 2: tookMs",
		`{"card":"question:a/b","at":"2026-11-20T08:00:00Z","rating":3,"tookMs":1000000000000}`:    "line 2: tookMs",
		`{"card":"question:a/b","at":"2026-11-20T08:00:00Z","rating":3,"state":{"stability":NaN}}`: "line 2: this is no rating",
		`{"card":"` + strings.Repeat("x", MaxLine) + `"}`:                                          "line 2 has more than 65536 bytes",
		"\xff": "line 2: this is no UTF-8 text",
	} {
		_, err := w.take(JSONL, []byte(good+fault), false)
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "nothing was imported") {
			t.Errorf("%q: %v, want %q", fault[:min(len(fault), 100)], err, says)
		}
	}
	if w.stands() != before {
		t.Error("something was changed")
	}
}

// A file may say of a card's state what makes no sense: then the schedule says it.
func TestStatesWithoutSenseAreComputed(t *testing.T) {
	t.Parallel()
	want := func() string {
		w := newWorld(t)
		return w.tookIn(w.firstQuestion(), "")
	}()
	for _, state := range []string{
		`{"stage":"review","stability":1e300,"difficulty":5,"due":"2026-11-22T00:00:00Z","reps":1}`,
		`{"stage":"review","stability":5,"difficulty":-5,"due":"1969-11-22T00:00:00Z","reps":1}`,
		`{"stage":"learning","step":-77,"stability":0,"difficulty":5,"due":"9999-11-22T00:00:00Z","reps":1}`,
		`{"stage":"gone","stability":5,"difficulty":5,"due":"2026-11-22T00:00:00Z","reps":1}`,
		`null`,
	} {
		w := newWorld(t)
		got := w.tookIn(w.firstQuestion(), `,"state":`+state)
		if state != `{"stage":"review","stability":1e300,"difficulty":5,"due":"2026-11-22T00:00:00Z","reps":1}` && got != want {
			t.Errorf("%s: %s, want %s", state, got, want)
		}
		if c := w.card(w.firstQuestion()); c.Stability > maxStability || c.Stability < minStability || c.Step < 0 {
			t.Errorf("%s: %+v", state, c)
		}
	}
}

func (w *world) tookIn(id review.ID, rest string) string {
	w.imports(JSONL, []byte(`{"card":"`+string(id)+`","at":"2026-11-20T08:00:00Z","rating":3`+rest+"}\n"), false)
	return w.stands()
}

func TestLogIsDocumentedLines(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.reads()
	w.session()
	lines := bytes.Split(bytes.TrimSpace(w.export(JSONL)), []byte("\n"))
	for _, line := range lines {
		var l Line
		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&l); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if l.Card == "" || l.At.IsZero() || l.Rating < 1 || l.Source != "session" || l.TookMs != 3000 || l.Right == nil || l.State == nil || l.State.Due.IsZero() {
			t.Errorf("a line is %s", line)
		}
	}
	if len(lines) < 5 {
		t.Errorf("there are %d lines", len(lines))
	}
}

func TestTheNewestStateCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.firstQuestion()
	line := func(day int, stability string) string {
		return fmt.Sprintf(`{"card":%q,"at":"2026-11-%02dT08:00:00Z","rating":3,"state":{"stage":"review","stability":%s,"difficulty":5,"due":"2026-12-24T00:00:00Z","reps":3}}`+"\n", id, day, stability)
	}
	w.imports(JSONL, []byte(line(3, "3")+line(20, "20")+line(1, "1")+line(2, "2")), false)
	if c := w.card(id); c.Stability != 20 || c.Last.Day() != 20 {
		t.Errorf("the card is %+v", c)
	}
}
