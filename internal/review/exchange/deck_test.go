package exchange

import (
	"bytes"
	"testing"
	"time"

	"kubetutor/internal/progress"
	"kubetutor/internal/review/anki"
)

// fromAnki is a deck with one card, as Anki has it.
func (w *world) fromAnki(guid string, c anki.Card) []byte {
	w.Helper()
	var b bytes.Buffer
	p := anki.Package{Made: w.now, Rollover: 4, Notes: []anki.Note{
		{GUID: prefix + guid, Deck: "kubetutor", Fields: [4]string{"front"}, Created: w.now, Card: c},
		{GUID: "another", Deck: "other", Fields: [4]string{"not ours"}, Created: w.now},
		{GUID: prefix + "nonsense", Deck: "other", Fields: [4]string{"not ours either"}, Created: w.now},
	}}
	if err := anki.Write(w.Context(), &b, p); err != nil {
		w.Fatal(err)
	}
	return b.Bytes()
}

// answered is a card that was answered twice in Anki.
func (w *world) answered() anki.Card {
	day := 24 * time.Hour
	return anki.Card{
		Stage: anki.Review, Due: time.Date(2026, 12, 6, 4, 0, 0, 0, zone()), Interval: 20, Reps: 2, Lapses: 0, Stability: 19.5, Difficulty: 4.5, Last: w.now.Add(-5 * day),
		Log: []anki.Rating{
			{At: w.now.Add(-12 * day), Ease: 3, Stage: anki.Learning, Interval: 7 * day},
			{At: w.now.Add(-5 * day), Ease: 3, Stage: anki.Review, Interval: 20 * day, Took: 8 * time.Second},
		},
	}
}

func TestCardsStandAsInAnki(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.firstQuestion()
	r := w.imports(APKG, w.fromAnki(string(id), w.answered()), false)
	if r.Ratings != 2 || r.Cards != 1 || r.Foreign != 2 {
		t.Errorf("the report is %+v", r)
	}
	c := w.card(id)
	if c.Stability != 19.5 || c.Difficulty != 4.5 || c.Reps != 2 || !c.Due.Equal(w.answered().Due) || !c.Last.Equal(w.answered().Log[1].At) {
		t.Errorf("the card is %+v", c)
	}
}

// An Anki without FSRS leaves what another one remembered as it was. Its due date
// counts all the same.
func TestStaleMemoryIsComputedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.firstQuestion()
	stale := w.answered()
	stale.Last = stale.Log[0].At
	w.imports(APKG, w.fromAnki(string(id), stale), false)
	c := w.card(id)
	if c.Stability == 19.5 || c.Stability < 1 || c.Difficulty == 4.5 || !c.Due.Equal(stale.Due) {
		t.Errorf("the card is %+v", c)
	}
}

func TestCardsThatAnkiMadeNewAreNew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.firstQuestion()
	c := w.answered()
	c.Stage, c.Due, c.Reps, c.Stability = anki.New, time.Time{}, 0, 0
	if r := w.imports(APKG, w.fromAnki(string(id), c), false); r.Ratings != 2 {
		t.Errorf("the report is %+v", r)
	}
	if c := w.card(id); c.CardState != (progress.CardState{}) {
		t.Errorf("the card is %+v", c)
	}
}

func TestFaultyDecksChangeNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	file := w.fromAnki(string(w.firstQuestion()), w.answered())
	if _, err := w.take(APKG, file[:len(file)-30], false); err == nil || w.stands() != "" {
		t.Errorf("half a deck: %v, %s", err, w.stands())
	}
}
