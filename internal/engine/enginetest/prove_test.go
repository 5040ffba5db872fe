package enginetest

import (
	"flag"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/author"
	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
	"kubetutor/lessons"
)

// proveAll has every lab proven, however long that takes. Without it a test run
// proves the labs that are no longer as lessons/proven.yaml says, then a tenth of the
// others that is another one each day, as many as there is time for:
// `kubetutor author prove --all`, which CI runs, proves all.
var proveAll = flag.Bool("prove-all", false, "prove every lab, not only those that changed and today's share of the others")

const (
	// proofShares is how many days it takes until every lab has had its turn.
	proofShares = 10
	// proofTime is for how long further proofs are begun.
	proofTime = 90 * time.Second
)

// TestLabsAreProven runs proofs of the course's labs: a lab fails when it is
// untouched, passes after its solution, and after each near miss exactly the
// named checks fail.
func TestLabsAreProven(t *testing.T) {
	t.Parallel()
	record, err := author.ReadRecord(lessons.FS)
	if err != nil {
		t.Fatal(err)
	}
	e := New(t)
	e.Start()
	e.Up()
	began := time.Now()
	for _, l := range labsToProve(AllLabs(t), record, began) {
		if time.Since(began) > proofTime && !*proveAll {
			t.Logf("no time is left to prove %s", l.Path())
			continue
		}
		t.Run(strings.ReplaceAll(l.Path(), "/", "."), func(t *testing.T) { proveLab(t, e, l, began) })
	}
}

// proveLab proves a lab with the seed of the day, or with three where all are proven.
func proveLab(t *testing.T, e *Engine, l *course.Lab, now time.Time) {
	seeds := []uint64{uint64(now.YearDay())}
	if *proveAll {
		seeds = []uint64{1, 2, 3}
	}
	steps := 0
	err := e.Prove(e.Context(), protocol.Prove{Lab: *l, Seeds: seeds, ByTurns: true}, func(p protocol.ProofStep) {
		steps++
		ReportProof(t, p)
	})
	if err != nil {
		e.Fatal("prove", err)
	}
	if want := 2 + len(l.NearMisses); steps < want {
		t.Errorf("the proof had %d steps, want %d", steps, want)
	}
}

// labsToProve are first those that are not as they were proven, then the day's share
// of the others. Each begins with another one each day, so that all have their turn
// even where time is short.
func labsToProve(all []*course.Lab, record author.Record, now time.Time) (chosen []*course.Lab) {
	var others []*course.Lab
	day := int(now.Unix() / int64(24*time.Hour/time.Second))
	for i, l := range all {
		switch {
		case *proveAll || !record.Holds(l):
			chosen = append(chosen, l)
		case i%proofShares == day%proofShares:
			others = append(others, l)
		}
	}
	return append(turned(chosen, day), turned(others, day)...)
}

// turned begins a list at another place each day.
func turned(list []*course.Lab, day int) []*course.Lab {
	if len(list) == 0 {
		return nil
	}
	n := day * 7 % len(list) // a day proves more than one
	return append(append([]*course.Lab{}, list[n:]...), list[:n]...)
}

func TestLabsToProve(t *testing.T) {
	t.Parallel()
	var all []*course.Lab
	record := author.Record{}
	for i := range 30 {
		l := &course.Lab{ID: string(rune('a' + i)), Lesson: "l"}
		if all = append(all, l); i != 3 && i != 17 {
			record[l.Path()] = author.Proven{Digest: author.Digest(l)}
		}
	}
	record[all[8].Path()] = author.Proven{Digest: "of another form"}
	seen := map[*course.Lab]bool{}
	for day := range proofShares {
		chosen := labsToProve(all, record, time.Unix(int64(day)*24*3600+3600, 0))
		if len(chosen) < 5 || len(chosen) > 6 {
			t.Errorf("on day %d %d labs are proven", day, len(chosen))
		}
		for i, l := range chosen {
			seen[l] = true
			if changed := l == all[3] || l == all[8] || l == all[17]; changed != (i < 3) {
				t.Errorf("on day %d %s is in place %d", day, l.Path(), i)
			}
		}
	}
	if len(seen) != len(all) {
		t.Errorf("in %d days %d of %d labs had their turn", proofShares, len(seen), len(all))
	}
}
