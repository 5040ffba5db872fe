package exchange

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kubetutor/internal/progress"
)

// fuzzing takes files in, one after the other, into one place, and finds that
// nothing in it makes no sense.
func fuzzing(f *testing.F, format Format) {
	all := newWorld(f)
	all.reads()
	all.studies(2)
	f.Add(all.export(format))
	f.Fuzz(func(t *testing.T, b []byte) {
		w := *all
		w.TB = t
		before := w.stands()
		r, err := w.take(format, b, true)
		if w.stands() != before {
			t.Fatal("trying changed something")
		}
		if err != nil {
			return
		}
		for _, c := range r.Changes {
			sensible(t, &w, c.Card, c.After)
		}
	})
}

// sensible finds numbers in a card's state that the schedule can go on with.
func sensible(t *testing.T, w *world, id any, s progress.CardState) {
	switch {
	case s.Stage == progress.StageNew:
	case !(s.Stability >= minStability && s.Stability <= maxStability && s.Difficulty >= minDifficulty && s.Difficulty <= maxDifficulty):
		t.Errorf("%s: the memory is %+v", id, s)
	case s.Due.Before(time.Unix(0, 0)) || s.Due.After(w.now.Add(w.desk.Config.Max+24*time.Hour)) || s.Last.After(w.now):
		t.Errorf("%s: due %s, last %s", id, s.Due, s.Last)
	case s.Step < 0 || s.Reps < 0 || s.Lapses < 0:
		t.Errorf("%s: %+v", id, s)
	}
}

func FuzzTable(f *testing.F) { fuzzing(f, CSV) }

func FuzzLog(f *testing.F) { fuzzing(f, JSONL) }

func FuzzDeck(f *testing.F) {
	for _, name := range []string{"anki-2.1.16.apkg", "schema18.apkg"} {
		b, err := os.ReadFile(filepath.Join("..", "anki", "testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.Clone(b))
	}
	fuzzing(f, APKG)
}
