package enginetest

import (
	"strings"
	"testing"

	"kubetutor/internal/lab/protocol"
)

// TestEveryLabIsProven runs the proof of each lab of the course: it fails when
// untouched, passes after its solution, and after each near miss exactly the
// named checks fail.
func TestEveryLabIsProven(t *testing.T) {
	e := newEngine(t)
	e.start()
	e.up()
	for _, l := range allLabs(t) {
		t.Run(strings.ReplaceAll(l.Path(), "/", "."), func(t *testing.T) {
			steps := 0
			err := e.Prove(e.ctx(), protocol.Prove{Lab: *l, Seeds: []uint64{1, 2, 3}}, func(p protocol.ProofStep) {
				steps++
				report(t, p)
			})
			if err != nil {
				e.fatal("prove", err)
			}
			if want := 2 + len(l.NearMisses); steps < want {
				t.Errorf("the proof had %d steps, want %d", steps, want)
			}
		})
	}
}

func report(t *testing.T, p protocol.ProofStep) {
	t.Logf("%s, seed %d: begun after %s, %s in all", p.Step, p.Seed, p.Start, p.Took)
	if p.OK {
		return
	}
	t.Errorf("%s, seed %d: expected to fail %v, failed %v, error %+v\n%s", p.Step, p.Seed, p.Expected, p.Failed, p.Error, p.Output)
	for _, v := range p.Verdicts {
		t.Log(describe(v))
	}
}
