package enginetest

import (
	"flag"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// proveAll has every lab proven. Without it a test run proves the labs that were
// changed since the last commit but one, and a part of the others that is another
// one each day: `kubetutor author prove --all`, which CI runs, proves all.
var proveAll = flag.Bool("prove-all", false, "prove every lab, not only those that changed and today's share of the others")

// proofShares is how many days it takes until every lab has had its turn.
const proofShares = 7

// TestLabsAreProven runs proofs of the course's labs: a lab fails when it is
// untouched, passes after its solution, and after each near miss exactly the
// named checks fail.
func TestLabsAreProven(t *testing.T) {
	e := newEngine(t)
	e.start()
	e.up()
	for _, l := range labsToProve(t) {
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

// labsToProve are the changed labs and today's share of the others.
func labsToProve(t *testing.T) (chosen []*course.Lab) {
	changed := changedFiles(t)
	for i, l := range allLabs(t) {
		dir := "/" + l.Lesson + "/labs/" + l.ID + "/"
		isChanged := slices.ContainsFunc(changed, func(file string) bool { return strings.Contains(file, dir) })
		if *proveAll || isChanged || i%proofShares == time.Now().YearDay()%proofShares {
			chosen = append(chosen, l)
		}
	}
	return chosen
}

// changedFiles are those of the lessons that differ from the last commit but
// one; none outside a git checkout.
func changedFiles(t *testing.T) []string {
	out, err := exec.Command("git", "diff", "--name-only", "HEAD~1", "--", "../../../lessons").Output()
	if err != nil {
		t.Logf("which labs changed is not known: %v", err)
	}
	return strings.Fields(string(out))
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
