package author

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// seeds are those with which a lab with variables is proven.
var seeds = [...]uint64{1, 2, 3}

// Prover is the part of an engine that proves labs; lab.Service is one. Each
// works on a cluster of its own.
type Prover interface {
	Prove(ctx context.Context, req protocol.Prove, step func(protocol.ProofStep)) error
}

// Event is one step of a proof as it ended, or the end of a lab's proof.
type Event struct {
	Lab   string              `json:"lab"` // LESSON/LAB
	Step  *protocol.ProofStep `json:"step,omitempty"`
	Proof *Proof              `json:"proof,omitempty"` // the last event of a lab
	Again bool                `json:"again,omitempty"` // a proof that failed is repeated alone from here on
}

// Proof is how the proof of one lab ended.
type Proof struct {
	Lab   string               `json:"lab"` // LESSON/LAB
	OK    bool                 `json:"ok"`
	Steps []protocol.ProofStep `json:"steps"`
	Error string               `json:"error,omitempty"` // what kept it from being finished
	Took  time.Duration        `json:"took"`            // nanoseconds
	First *Proof               `json:"first,omitempty"` // that failed beside others; then this one was made alone
}

// Summary is how the proofs of several labs ended, in the order of the labs.
type Summary struct {
	OK          bool          `json:"ok"`
	Proofs      []Proof       `json:"proofs"`
	Steps       int           `json:"steps"`
	FalsePasses []Deviation   `json:"falsePasses,omitempty"` // held where it must fail
	FalseFails  []Deviation   `json:"falseFails,omitempty"`  // failed where it must hold
	UnmetHints  []UnmetHint   `json:"unmetHints,omitempty"`  // no fault, but somebody should know
	OnlyAlone   []string      `json:"onlyAlone,omitempty"`   // labs whose proof failed beside others and held when it was repeated alone; likewise
	Took        time.Duration `json:"took"`                  // nanoseconds
}

// Deviation is a check that said the wrong thing in a step of a proof. Check is
// empty where a lab that nobody has touched passes as a whole.
type Deviation struct {
	Lab   string `json:"lab"`
	Step  string `json:"step"`
	Seed  uint64 `json:"seed"`
	Check string `json:"check,omitempty"`
}

// UnmetHint is a hint whose condition held at the end of no step: what it is for
// was not tried.
type UnmetHint struct {
	Lab  string `json:"lab"`
	Hint int    `json:"hint"` // its place in the lab's list, from 1
	When string `json:"when"`
}

// Plan says how labs are proven.
type Plan struct {
	// ByTurns has each near miss of a lab with variables proven with one of the
	// seeds, in turn; else with all of them.
	ByTurns bool
}

// jobMemory is what a cluster with three nodes may take, and what runs in it.
const jobMemory = 1 << 30 // bytes

// Jobs is how many clusters a machine with so many processors and so much free
// memory (0: not known) proves labs on side by side. A proof waits half of its
// time, for Pods that start and for controllers.
func Jobs(processors int, free int64) int {
	n := max(2, processors+processors/2)
	if free > 0 {
		n = min(n, int(free/jobMemory))
	}
	return max(1, n)
}

// maxRepeats is how many proofs are repeated at most: of more that fail, not the
// machine is the cause.
const maxRepeats = 8

// Prove proves labs on as many clusters side by side as there are provers, those
// that take longest first. Of each step and each lab it tells at once, from one
// goroutine at a time. What fails beside others is repeated once, alone: a machine
// that is too busy is no fault of a lab. That a proof fails is a result; the error
// is the context's, or that there is no prover.
func Prove(ctx context.Context, provers []Prover, labs []*course.Lab, plan Plan, report func(Event)) (Summary, error) {
	if len(provers) == 0 {
		return Summary{}, errors.New("there is no cluster to prove labs on")
	}
	began := time.Now()
	var mu sync.Mutex
	locked := func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		report(e)
	}
	proofs := sideBySide(ctx, provers, labs, plan, locked)
	if len(provers) > 1 {
		repeat(ctx, provers[0], labs, plan, proofs, report)
	}
	s := summarise(proofs, time.Since(began))
	for i, p := range proofs {
		s.UnmetHints = append(s.UnmetHints, unmet(labs[i], p)...)
	}
	return s, ctx.Err()
}

// sideBySide proves labs; the proofs are in the order of the labs.
func sideBySide(ctx context.Context, provers []Prover, labs []*course.Lab, plan Plan, report func(Event)) []Proof {
	proofs := make([]Proof, len(labs))
	work := make(chan int)
	var wg sync.WaitGroup
	for _, p := range provers {
		wg.Go(func() {
			for i := range work {
				proofs[i] = proveOne(ctx, p, labs[i], plan, report)
			}
		})
	}
	for _, i := range longestFirst(labs) {
		work <- i
	}
	close(work)
	wg.Wait()
	return proofs
}

// longestFirst orders labs, by their places, so that no cluster has a long one left
// when the others are done, and changes its profile seldom: those with nodes take
// several times as long as those without.
func longestFirst(labs []*course.Lab) []int {
	profiles := course.Profiles() // the simplest first
	order := make([]int, len(labs))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := labs[a], labs[b]
		return cmp.Or(
			cmp.Compare(slices.Index(profiles, y.ClusterProfile()), slices.Index(profiles, x.ClusterProfile())),
			cmp.Compare(len(y.NearMisses)+2*len(y.Vars), len(x.NearMisses)+2*len(x.Vars)),
		)
	})
	return order
}

// repeat proves again, one after the other, what failed.
func repeat(ctx context.Context, prover Prover, labs []*course.Lab, plan Plan, proofs []Proof, report func(Event)) {
	var failed []int
	for i, p := range proofs {
		if !p.OK {
			failed = append(failed, i)
		}
	}
	if len(failed) > maxRepeats {
		return
	}
	for _, i := range failed {
		if ctx.Err() != nil {
			return
		}
		first := proofs[i]
		report(Event{Lab: first.Lab, Again: true})
		proofs[i] = proveOne(ctx, prover, labs[i], plan, report)
		proofs[i].First = &first
	}
}

func proveOne(ctx context.Context, p Prover, lab *course.Lab, plan Plan, report func(Event)) Proof {
	began := time.Now()
	proof := Proof{Lab: lab.Path()}
	finished := false
	req := protocol.Prove{Lab: *lab, ByTurns: plan.ByTurns}
	if len(lab.Vars) > 0 {
		req.Seeds = seeds[:]
	}
	err := p.Prove(ctx, req, func(s protocol.ProofStep) {
		switch {
		case s.Done:
			finished = true
		default:
			proof.Steps = append(proof.Steps, s)
			report(Event{Lab: proof.Lab, Step: &s})
		}
	})
	if err == nil && !finished && len(proof.Steps) < steps(req) { // a client may keep the last line to itself
		err = errors.New("the engine ended before the proof")
	}
	if err != nil {
		proof.Error = err.Error()
	}
	proof.OK = err == nil && !slices.ContainsFunc(proof.Steps, func(s protocol.ProofStep) bool { return !s.OK })
	proof.Took = time.Since(began)
	report(Event{Lab: proof.Lab, Proof: &proof})
	return proof
}

// steps is how many steps a proof has: untouched and the solution with each seed,
// and each near miss with each or with one.
func steps(req protocol.Prove) int {
	seeds := max(1, len(req.Seeds))
	if req.ByTurns {
		return 2*seeds + len(req.Lab.NearMisses)
	}
	return (2 + len(req.Lab.NearMisses)) * seeds
}

func summarise(proofs []Proof, took time.Duration) Summary {
	s := Summary{OK: true, Proofs: proofs, Took: took}
	for _, p := range proofs {
		s.OK = s.OK && p.OK
		s.Steps += len(p.Steps)
		if p.OK && p.First != nil {
			s.OnlyAlone = append(s.OnlyAlone, p.Lab)
		}
		for _, step := range p.Steps {
			s.judge(p.Lab, step)
		}
	}
	return s
}

// unmet lists the hints of a lab whose condition never held. A proof that was not
// finished says nothing about them.
func unmet(lab *course.Lab, p Proof) (list []UnmetHint) {
	if p.Error != "" {
		return nil
	}
	for i, h := range lab.Hints {
		met := func(s protocol.ProofStep) bool { return slices.Contains(s.Hints, i+1) }
		if h.When != "" && !slices.ContainsFunc(p.Steps, met) {
			list = append(list, UnmetHint{Lab: p.Lab, Hint: i + 1, When: h.When})
		}
	}
	return list
}

// judge notes the checks that said the wrong thing. A step that broke off says
// nothing about them.
func (s *Summary) judge(lab string, step protocol.ProofStep) {
	if step.OK || step.Error != nil {
		return
	}
	deviation := func(check string) Deviation {
		return Deviation{Lab: lab, Step: step.Step, Seed: step.Seed, Check: check}
	}
	if step.Step == "untouched" && len(step.Failed) == 0 {
		s.FalsePasses = append(s.FalsePasses, deviation(""))
		return
	}
	for _, check := range step.Expected {
		if !slices.Contains(step.Failed, check) {
			s.FalsePasses = append(s.FalsePasses, deviation(check))
		}
	}
	for _, check := range step.Failed {
		if !slices.Contains(step.Expected, check) {
			s.FalseFails = append(s.FalseFails, deviation(check))
		}
	}
}
