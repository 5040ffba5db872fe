package enginetest

import (
	"slices"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// jumpLimit is how long a jump past a simple lab may take on a cluster that is up.
const jumpLimit = 2 * time.Second

// Hints of the lab configmap-create/from-literals, by what they are about.
const hintComma, hintLineBreak, hintExists = 2, 3, 5

// offering says whether just these of the hints with a condition apply.
func offering(hints ...int) func(protocol.Verdicts) bool {
	return func(v protocol.Verdicts) bool { return len(v.Checks) > 0 && slices.Equal(v.Hints, hints) }
}

// TestHintsAndAJump makes what a lab's hints are for, one after the other, and then
// jumps past the lab. The cluster forgets nothing of that when it sleeps.
func TestHintsAndAJump(t *testing.T) {
	t.Parallel()
	e := New(t)
	e.Start()
	e.Up()
	l := LabOf(t, "configmap-create/from-literals")
	a := e.StartLab(l, 1)
	e.AwaitVerdicts("no hint in the beginning", offering())
	sh := e.Console()
	again := "kubectl delete configmap settings --ignore-not-found; kubectl create configmap settings "
	sh.Must(again + "--from-literal=host=a,port=b")
	e.AwaitVerdicts("the hint about commas", offering(hintComma, hintExists))
	sh.Must("echo " + a.Vars["host"] + " > host; " + again + "--from-file=host")
	e.AwaitVerdicts("the hint about line breaks", offering(hintLineBreak, hintExists))
	sh.Must("kubectl delete configmap settings")
	e.AwaitVerdicts("no hint about what is gone", offering())

	began := time.Now()
	a, err := e.LabStart(e.Context(), protocol.StartLab{Lab: *l, Number: 2, Seed: 2, AfterSolution: true}, func(protocol.Stage) {})
	if err != nil {
		e.Fatal("lab start", err)
	}
	took := time.Since(began)
	t.Logf("the jump took %s", took)
	if took > jumpLimit {
		t.Errorf("it may take %s", jumpLimit)
	}
	isJump(t, e, a.Number)
	e.Sleep()
	e.Start()
	e.Up()
	isJump(t, e, a.Number)
	next := e.StartLab(LabOf(t, "configmap-create/from-files"), 1)
	if next.Jumped {
		t.Errorf("the next lab is jumped over as well: %+v", next)
	}
	e.AwaitVerdicts("the next lab", func(v protocol.Verdicts) bool { return len(v.Checks) > 0 && !Holds("files-keys")(v) })
}

// isJump finds the state after the solution, and nothing passed.
func isJump(t *testing.T, e *Engine, number int) {
	t.Helper()
	v := e.AwaitVerdicts("all checks to hold", func(v protocol.Verdicts) bool {
		fails := func(c protocol.Verdict) bool { return c.Result != protocol.Pass }
		return len(v.Checks) > 0 && !slices.ContainsFunc(v.Checks, fails)
	})
	if a := v.Attempt; !a.Jumped || a.Number != number || !a.Passed.IsZero() || len(a.PassedEver) > 0 {
		t.Errorf("after the jump: %+v", a)
	}
}

// TestValuesReachEverything draws a value that stands wherever one may stand.
func TestValuesReachEverything(t *testing.T) {
	t.Parallel()
	e := New(t)
	e.Start()
	e.Up()
	l := &course.Lab{
		ID: "values", Lesson: "test", Namespace: "shop-@{n}", Vars: map[string]course.Var{"n": {Min: 100, Max: 999}},
		Setup: []string{"ns.yaml", "more.console"}, Given: []string{"given.txt"}, Solution: "solve.console",
		Settled: []course.Check{{Object: &course.ObjectRef{APIVersion: "v1", Kind: "ConfigMap", Name: "made-@{n}"}}},
		Checks: []course.Check{
			{ID: "pod", Object: &course.ObjectRef{APIVersion: "v1", Kind: "ConfigMap", Name: "asked-@{n}"}, Expect: "object.data.n == vars.n"},
			{ID: "given", File: &course.FileRef{Path: "copy-@{n}"}, Expect: `file == "n is " + vars.n`},
			{ID: "asked", Audit: &course.AuditRef{Verb: "get", Resource: "configmaps", Name: "made-@{n}"}},
			{ID: "may", Access: &course.AccessRef{User: "reader-@{n}", Verb: "get", Resource: "pods", Namespace: "shop-@{n}"}},
			{ID: "none", Absent: &course.ObjectRef{APIVersion: "v1", Kind: "ConfigMap", Name: "made-@{n}"}},
		},
		Hints: []course.Hint{{EN: "@{n}", When: `made.metadata.name == "made-" + vars.n && checks.none == "fail"`,
			With: map[string]course.ObjectRef{"made": {APIVersion: "v1", Kind: "ConfigMap", Name: "made-@{n}"}}}},
		NearMisses: []course.NearMiss{{Script: "miss.console", Fails: []string{"pod", "given", "asked", "may"}}},
		Files: map[string]string{
			"ns.yaml":       "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop-@{n}}\n",
			"more.console":  "kubectl create configmap made-@{n}",
			"given.txt":     "n is @{n}",
			"miss.console":  "kubectl delete configmap made-@{n} --wait=false", // waiting, it would get it
			"solve.console": "kubectl create configmap asked-@{n} --from-literal=n=@{n}\ncp given.txt copy-@{n}\nkubectl get configmap made-@{n}\nkubectl delete configmap made-@{n}\nkubectl create role r --verb=get --resource=pods\nkubectl create rolebinding r --role=r --user=reader-@{n}\n",
		},
	}
	steps, offered := 0, 0
	err := e.Prove(e.Context(), protocol.Prove{Lab: *l, Seeds: []uint64{1, 2, 3}}, func(p protocol.ProofStep) {
		ReportProof(t, p)
		steps++
		if slices.Equal(p.Hints, []int{1}) != (p.Step == "untouched") {
			t.Errorf("%s, seed %d: hints %v", p.Step, p.Seed, p.Hints)
		}
		offered += len(p.Hints)
	})
	if err != nil {
		e.Fatal("prove", err)
	}
	if steps != 9 || offered != 3 {
		t.Errorf("%d steps, %d hints", steps, offered)
	}
}
