package anki

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"
)

// prefix is that of the GUIDs in tests.
const prefix = "kubetutor:"

// now is when everything in the tests happens.
func now() time.Time {
	return time.Date(2026, 11, 21, 10, 30, 0, 0, time.FixedZone("CST", 8*3600))
}

func options() Options { return Options{Prefix: prefix, Zone: now().Location(), Now: now()} }

// sample is a package with a card in each stage.
func sample() Package {
	at := func(days, minutes int) time.Time {
		return now().AddDate(0, 0, days).Add(time.Duration(minutes) * time.Minute).UTC()
	}
	return Package{
		Made: now(), Rollover: 4, Notice: "Please update Anki.",
		Preset: Preset{
			Name: "kubetutor", Retention: 0.9, Steps: []time.Duration{time.Minute, 10 * time.Minute}, Relearning: []time.Duration{10 * time.Minute},
			NewPerDay: 10, PerDay: 200, Leech: 8,
		},
		Notes: []Note{
			{
				GUID: prefix + "cloze:pvc/class", Model: Cloze, Deck: "kubetutor::存储", Created: at(-1, 0),
				Fields: [4]string{"没有类的申领得到 {{c1::默认}} 类。", "", "PV 与 PVC", "cloze:pvc/class"}, Tags: []string{"cka", "pvc"},
				Card: Card{
					Stage: Learning, Due: at(0, 5).Truncate(time.Second), Left: 1, Reps: 1, Stability: 1.2931, Difficulty: 5.3, Retention: 0.9,
					Last: at(0, -5).Truncate(time.Second),
					Log:  []Rating{{At: at(0, -5), Ease: 3, Stage: Learning, Interval: 10 * time.Minute, Difficulty: 5.5, Took: 4 * time.Second}},
				},
			},
			{
				GUID: prefix + "lab:pvc/bind", Deck: "kubetutor::Storage", Created: at(-30, 0),
				Fields: [4]string{"<p>Bind a claim.</p>", "<pre>kubectl apply</pre>", "", "lab:pvc/bind"},
				Card: Card{
					Stage: Relearning, Due: at(0, -2).Truncate(time.Second), Left: 1, Interval: 3, Reps: 4, Lapses: 1, Stability: 3.25, Difficulty: 7.125, Retention: 0.9,
					Last: at(0, -12).Truncate(time.Second),
					Log: []Rating{
						{At: at(-12, 1), Ease: 4, Stage: Learning, Interval: 11 * day, Difficulty: 3, Took: time.Second},
						{At: at(0, -12), Ease: 1, Stage: Review, Interval: 10 * time.Minute, Before: 11 * day, Difficulty: 7.12, Took: time.Minute},
					},
				},
			},
			{GUID: prefix + "question:pvc/mode", Deck: "kubetutor::Storage", Created: now(), Fields: [4]string{"<p>a &lt; b</p>"}, Card: Card{Suspended: true}},
			{
				GUID: prefix + "question:pvc/size", Deck: "kubetutor::Storage", Created: at(-30, 0), Fields: [4]string{"<p>Which?</p>", "This", "", "question:pvc/size"},
				Card: Card{
					Stage: Review, Due: time.Date(2026, 12, 1, 4, 0, 0, 0, now().Location()), Interval: 12, Reps: 2, Stability: 12.0301, Difficulty: 4.25, Retention: 0.9,
					Last: at(-2, 0).Truncate(time.Second),
					Log: []Rating{
						{At: at(-12, 0), Ease: 3, Stage: Learning, Interval: 10 * day, Difficulty: 5, Took: 3 * time.Second},
						{At: at(-2, 0), Ease: 3, Stage: Review, Interval: 12 * day, Before: 10 * day, Difficulty: 4.2, Took: 2 * time.Second},
					},
				},
			},
		},
	}
}

func written(t testing.TB, p Package) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(t.Context(), &b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(ctx context.Context, b []byte, o Options) (*Found, error) {
	return Read(ctx, bytes.NewReader(b), int64(len(b)), o)
}

// bare is a note as it is read: without what is not.
func bare(n Note) Note {
	n.Model, n.Deck, n.Fields, n.Tags, n.Created = 0, "", [4]string{}, nil, time.Time{}
	n.Card.Log = slices.Clone(n.Card.Log)
	return n
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	p := sample()
	found, err := read(t.Context(), written(t, p), options())
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Notes) != len(p.Notes) || found.Foreign != 0 || found.Skipped != 0 || found.Schema != 11 {
		t.Fatalf("found %+v", found)
	}
	for i, got := range found.Notes {
		sameNote(t, got, bare(p.Notes[i]))
	}
}

func sameNote(t *testing.T, got, want Note) {
	t.Helper()
	g, w := got.Card, want.Card
	if got.GUID != want.GUID || g.Stage != w.Stage || g.Suspended != w.Suspended || g.Interval != w.Interval || g.Left != w.Left ||
		g.Reps != w.Reps || g.Lapses != w.Lapses || g.Stability != w.Stability || g.Difficulty != w.Difficulty || g.Retention != w.Retention {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if !g.Due.Equal(w.Due) || !g.Last.Equal(w.Last) {
		t.Errorf("%s: due %s, last %s; want %s, %s", got.GUID, g.Due, g.Last, w.Due, w.Last)
	}
	if len(g.Log) != len(w.Log) {
		t.Fatalf("%s: log %+v, want %+v", got.GUID, g.Log, w.Log)
	}
	for i, r := range g.Log {
		if diff := r.Difficulty - w.Log[i].Difficulty; diff > 0.01 || diff < -0.01 {
			t.Errorf("%s: difficulty %f, want %f", got.GUID, r.Difficulty, w.Log[i].Difficulty)
		}
		r.Difficulty = w.Log[i].Difficulty
		if r != w.Log[i] {
			t.Errorf("%s: rating %+v, want %+v", got.GUID, r, w.Log[i])
		}
	}
}

func TestSamePackageSameBytes(t *testing.T) {
	t.Parallel()
	if !bytes.Equal(written(t, sample()), written(t, sample())) {
		t.Error("two packages of the same differ")
	}
}

func TestOthersAreCounted(t *testing.T) {
	t.Parallel()
	p := sample()
	p.Notes[1].GUID = "Hq!x[7f~2b"
	p.Notes[2].GUID = "kubetutor"
	found, err := read(t.Context(), written(t, p), options())
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Notes) != 2 || found.Foreign != 2 {
		t.Errorf("%d notes, %d foreign", len(found.Notes), found.Foreign)
	}
}

func TestRatingsAtTheSameMomentAreKept(t *testing.T) {
	t.Parallel()
	p := sample()
	at := p.Notes[0].Card.Log[0]
	p.Notes[0].Card.Log = []Rating{at, at, at}
	p.Notes[3].Card.Log = append(p.Notes[3].Card.Log, at)
	found, err := read(t.Context(), written(t, p), options())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(found.Notes[0].Card.Log) + len(found.Notes[3].Card.Log); n != 6 {
		t.Errorf("%d ratings", n)
	}
}

func TestDaysOfAnki(t *testing.T) {
	t.Parallel()
	ny, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Skip("no time zones here")
	}
	c := newCalendar(time.Date(2026, 3, 6, 4, 0, 0, 0, ny), 4, ny)
	for at, want := range map[time.Time]int{
		time.Date(2026, 3, 6, 23, 59, 0, 0, ny):  0,
		time.Date(2026, 3, 7, 3, 59, 0, 0, ny):   0,
		time.Date(2026, 3, 7, 4, 0, 0, 0, ny):    1,
		time.Date(2026, 3, 8, 3, 30, 0, 0, ny):   1, // clocks went forward at 2
		time.Date(2026, 3, 8, 4, 0, 0, 0, ny):    2,
		time.Date(2026, 3, 5, 4, 0, 0, 0, ny):    -1,
		time.Date(2027, 3, 6, 12, 0, 0, 0, ny):   365,
		time.Date(2026, 11, 1, 23, 0, 0, 0, ny):  240, // clocks went back at 2
		time.Date(2026, 11, 2, 3, 59, 59, 0, ny): 240,
	} {
		if got := c.number(at); got != want {
			t.Errorf("%s is day %d, want %d", at, got, want)
		}
		if n := c.number(c.begin(want)); n != want {
			t.Errorf("day %d begins on day %d", want, n)
		}
	}
}
