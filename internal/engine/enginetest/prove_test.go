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
const proofShares = 10

// TestLabsAreProven runs proofs of the course's labs: a lab fails when it is
// untouched, passes after its solution, and after each near miss exactly the
// named checks fail.
func TestLabsAreProven(t *testing.T) {
	t.Parallel()
	e := New(t)
	e.Start()
	e.Up()
	for l, seeds := range labsToProve(t) {
		t.Run(strings.ReplaceAll(l.Path(), "/", "."), func(t *testing.T) {
			steps := 0
			err := e.Prove(e.Context(), protocol.Prove{Lab: *l, Seeds: seeds}, func(p protocol.ProofStep) {
				steps++
				ReportProof(t, p)
			})
			if err != nil {
				e.Fatal("prove", err)
			}
			if want := 2 + len(l.NearMisses); steps < want {
				t.Errorf("the proof had %d steps, want %d", steps, want)
			}
		})
	}
}

// labsToProve are the changed labs, with several seeds, and today's share of the
// others, with one.
func labsToProve(t *testing.T) map[*course.Lab][]uint64 {
	changed, chosen, day := changedFiles(t), map[*course.Lab][]uint64{}, time.Now().YearDay()
	for i, l := range AllLabs(t) {
		dir := "/" + l.Lesson + "/labs/" + l.ID + "/"
		isChanged := slices.ContainsFunc(changed, func(file string) bool { return strings.Contains(file, dir) })
		switch {
		case *proveAll || isChanged:
			chosen[l] = []uint64{1, 2, 3}
		case i%proofShares == day%proofShares:
			chosen[l] = []uint64{uint64(day)}
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
