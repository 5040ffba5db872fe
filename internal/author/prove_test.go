package author_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"kubetutor/internal/author"
	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// engine answers with the steps that it has for a lab.
type engine struct {
	steps map[string][]protocol.ProofStep
	err   error
	both  *sync.WaitGroup // set: waits until another engine works as well
	seen  *[]uint64
}

func (e engine) Prove(_ context.Context, req protocol.Prove, step func(protocol.ProofStep)) error {
	if e.both != nil {
		e.both.Done()
		e.both.Wait()
	}
	if e.seen != nil {
		*e.seen = req.Seeds
	}
	for _, s := range e.steps[req.Lab.ID] {
		step(s)
	}
	return e.err
}

func lab(id string, vars map[string]course.Var) *course.Lab {
	return &course.Lab{ID: id, Lesson: "l", Solution: "s", Vars: vars}
}

var (
	untouched = protocol.ProofStep{Step: "untouched", OK: true, Failed: []string{"a"}}
	solved    = protocol.ProofStep{Step: "solution", OK: true}
	done      = protocol.ProofStep{Done: true}
)

func TestProve(t *testing.T) {
	t.Parallel()
	steps := map[string][]protocol.ProofStep{
		"good":     {untouched, solved, done},
		"easy":     {{Step: "untouched"}, solved, done},
		"unsolved": {untouched, {Step: "solution", Failed: []string{"a"}}, done},
		"missed":   {untouched, solved, {Step: "m", Expected: []string{"a"}, Failed: []string{"b"}}, done},
		"broken":   {untouched, {Step: "solution", Error: &protocol.Error{Message: "it broke"}}, done},
		"short":    {untouched},
	}
	labs := []*course.Lab{}
	for _, id := range []string{"good", "easy", "unsolved", "missed", "broken", "short"} {
		labs = append(labs, lab(id, nil))
	}
	var text strings.Builder
	s, err := author.Prove(t.Context(), []author.Prover{engine{steps: steps}}, labs, author.Plan{}, func(e author.Event) { text.WriteString(e.Format()) })
	if err != nil || s.OK {
		t.Fatalf("%+v, %v", s, err)
	}
	var ok []string
	for _, p := range s.Proofs {
		if p.OK {
			ok = append(ok, p.Lab)
		}
	}
	passes := []author.Deviation{{Lab: "l/easy", Step: "untouched"}, {Lab: "l/missed", Step: "m", Check: "a"}}
	fails := []author.Deviation{{Lab: "l/unsolved", Step: "solution", Check: "a"}, {Lab: "l/missed", Step: "m", Check: "b"}}
	if !slices.Equal(ok, []string{"l/good"}) || !slices.Equal(s.FalsePasses, passes) || !slices.Equal(s.FalseFails, fails) || s.Steps != 12 {
		t.Errorf("proven: %v; false passes: %v; false failures: %v; %d steps", ok, s.FalsePasses, s.FalseFails, s.Steps)
	}
	for _, want := range []string{"it broke", "the engine ended before the proof", "should fail: at least one"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not said in\n%s", want, text.String())
		}
	}
	if want := "6 labs, 12 steps: 5 failed; 2 false passes, 2 false failures"; !strings.Contains(s.Format(), want) {
		t.Errorf("the summary is\n%s", s.Format())
	}
}

func TestHintsThatNothingTries(t *testing.T) {
	t.Parallel()
	l := lab("x", nil)
	l.Hints = []course.Hint{{EN: "always"}, {EN: "met", When: "a"}, {EN: "unmet", When: "b"}}
	miss := solved
	miss.Step, miss.Hints = "m", []int{2}
	prove := func(broke error) author.Summary {
		e := engine{steps: map[string][]protocol.ProofStep{"x": {untouched, solved, miss, done}}, err: broke}
		s, err := author.Prove(t.Context(), []author.Prover{e}, []*course.Lab{l}, author.Plan{}, func(author.Event) {})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := prove(nil)
	if want := []author.UnmetHint{{Lab: "l/x", Hint: 3, When: "b"}}; !s.OK || !slices.Equal(s.UnmetHints, want) {
		t.Errorf("got %+v, want %+v", s, want)
	}
	if !strings.Contains(s.Format(), "hint 3 for: l/x") {
		t.Errorf("the summary is\n%s", s.Format())
	}
	if s := prove(errors.New("gone")); len(s.UnmetHints) > 0 {
		t.Errorf("a proof that was not finished says %+v", s.UnmetHints)
	}
}

func TestProveSideBySide(t *testing.T) {
	t.Parallel()
	var both sync.WaitGroup
	both.Add(2) // neither goes on before both have begun
	e := engine{steps: map[string][]protocol.ProofStep{"x": {untouched, solved}, "y": {untouched, solved}}, both: &both}
	s, err := author.Prove(t.Context(), []author.Prover{e, e}, []*course.Lab{lab("x", nil), lab("y", nil)}, author.Plan{}, func(author.Event) {})
	if err != nil || !s.OK || s.Proofs[0].Lab != "l/x" || s.Proofs[1].Lab != "l/y" {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestLabsWithVariablesAreProvenThreeTimes(t *testing.T) {
	t.Parallel()
	var seen []uint64
	e := engine{seen: &seen, steps: map[string][]protocol.ProofStep{"x": {untouched, solved, done}}}
	vars := map[string]course.Var{"v": {OneOf: []string{"a", "b"}}}
	if _, err := author.Prove(t.Context(), []author.Prover{e}, []*course.Lab{lab("x", vars)}, author.Plan{}, func(author.Event) {}); err != nil || len(seen) != 3 {
		t.Errorf("seeds %v, %v", seen, err)
	}
}

func TestProveWithoutEngine(t *testing.T) {
	t.Parallel()
	if _, err := author.Prove(t.Context(), nil, []*course.Lab{lab("x", nil)}, author.Plan{}, func(author.Event) {}); err == nil {
		t.Error("proven without a cluster")
	}
	gone := engine{err: errors.New("the engine is gone")}
	s, err := author.Prove(t.Context(), []author.Prover{gone}, []*course.Lab{lab("x", nil)}, author.Plan{}, func(author.Event) {})
	if err != nil || s.OK || s.Proofs[0].Error != "the engine is gone" {
		t.Errorf("%+v, %v", s, err)
	}
}

// busy fails a lab as long as another engine works on one, or always.
type busy struct {
	mu     *sync.Mutex
	proven map[string]int // how often, by the lab's id
	broken string         // fails always
	order  *[]string
}

func (e busy) Prove(_ context.Context, req protocol.Prove, step func(protocol.ProofStep)) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.proven[req.Lab.ID]++
	*e.order = append(*e.order, req.Lab.ID)
	step(untouched)
	step(protocol.ProofStep{Step: "solution", OK: e.proven[req.Lab.ID] > 1 && req.Lab.ID != e.broken || req.Lab.ID == "good"})
	step(done)
	return nil
}

// TestProofsThatFailAreRepeatedAlone has one lab that fails only beside others, and
// one that always does.
func TestProofsThatFailAreRepeatedAlone(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	e := busy{mu: &sync.Mutex{}, proven: map[string]int{}, broken: "broken", order: &[]string{}}
	labs := []*course.Lab{lab("good", nil), lab("loaded", nil), lab("broken", nil)}
	s, err := author.Prove(t.Context(), []author.Prover{e, e}, labs, author.Plan{}, func(e author.Event) { text.WriteString(e.Format()) })
	if err != nil || s.OK || !s.Proofs[0].OK || !s.Proofs[1].OK || s.Proofs[2].OK {
		t.Fatalf("%+v, %v", s, err)
	}
	if s.Proofs[0].First != nil || s.Proofs[1].First == nil || s.Proofs[1].First.OK || s.Proofs[2].First == nil {
		t.Errorf("the first proofs are not told: %+v", s.Proofs)
	}
	if !slices.Equal(s.OnlyAlone, []string{"l/loaded"}) || !strings.Contains(s.Format(), "only when it was proven alone: l/loaded") {
		t.Errorf("the summary is\n%s", s.Format())
	}
	if !strings.Contains(text.String(), "again, alone: l/broken") {
		t.Errorf("the second go is not told:\n%s", text.String())
	}
	if s, _ := author.Prove(t.Context(), []author.Prover{e}, labs[2:], author.Plan{}, func(author.Event) {}); s.Proofs[0].First != nil {
		t.Error("what was proven alone is repeated")
	}
}

// TestNotTheMachinesFault fails so often that load is not the cause.
func TestNotTheMachinesFault(t *testing.T) {
	t.Parallel()
	e := busy{mu: &sync.Mutex{}, proven: map[string]int{}, order: &[]string{}}
	var labs []*course.Lab
	for i := range 12 {
		labs = append(labs, lab(strings.Repeat("x", i+1), nil))
	}
	s, _ := author.Prove(t.Context(), []author.Prover{e, e}, labs, author.Plan{}, func(author.Event) {})
	for id, n := range e.proven {
		if n != 1 {
			t.Errorf("%s was proven %d times", id, n)
		}
	}
	if s.OK || len(s.OnlyAlone) > 0 {
		t.Errorf("%+v", s)
	}
}

func TestLongestFirst(t *testing.T) {
	t.Parallel()
	short, nodes, fast, long := lab("short", nil), lab("nodes", nil), lab("fast", nil), lab("long", nil)
	nodes.Needs, fast.Profile = []string{"sim-node"}, course.ProfileNodesFast
	long.NearMisses = make([]course.NearMiss, 4)
	e := busy{mu: &sync.Mutex{}, proven: map[string]int{}, order: &[]string{}}
	_, err := author.Prove(t.Context(), []author.Prover{e}, []*course.Lab{short, nodes, fast, long}, author.Plan{}, func(author.Event) {})
	if want := []string{"fast", "nodes", "long", "short"}; err != nil || !slices.Equal(*e.order, want) {
		t.Errorf("proven in the order %v, want %v, %v", *e.order, want, err)
	}
}
