package exchange

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kubetutor/internal/progress"
	"kubetutor/internal/review"
)

// fuzzing takes files in, into one place, and finds that nothing that would come
// of them makes no sense.
func fuzzing(f *testing.F, format Format) {
	all := newWorld(f)
	id := string(all.firstQuestion())
	all.rated(all.firstQuestion(), all.now.AddDate(0, 0, -3))
	f.Add(all.export(format))
	f.Add([]byte(`{"card":"` + id + `","at":"2026-11-20T08:00:00Z","rating":3,"tookMs":9,"right":true,"state":{"stage":"review","stability":5,"difficulty":5,"due":"2026-12-01T00:00:00Z","reps":1}}`))
	f.Add([]byte("id,marks,due,stability,difficulty\r\n" + id + ",suspended,2027-01-31,5.5,7\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		w := *all
		w.TB = t
		r, err := w.take(format, b, true)
		if err != nil {
			return
		}
		for _, c := range r.Changes {
			sensible(t, &w, c.Card, c.After)
		}
	})
}

// sensible finds numbers in a card's state that the schedule can go on with.
func sensible(t *testing.T, w *world, id review.ID, s progress.CardState) {
	switch {
	case s.Stage == progress.StageNew:
	case !(s.Stability >= minStability && s.Stability <= maxStability && s.Difficulty >= minDifficulty && s.Difficulty <= maxDifficulty):
		t.Errorf("%s: the memory is %+v", id, s)
	case s.Due.Before(time.Unix(0, 0)) || s.Due.After(w.now.Add(w.desk.Config.Max+2*slack)) || s.Last.After(w.now.Add(slack)):
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
