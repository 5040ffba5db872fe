package author

import (
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
}

// Proof is how the proof of one lab ended.
type Proof struct {
	Lab   string               `json:"lab"` // LESSON/LAB
	OK    bool                 `json:"ok"`
	Steps []protocol.ProofStep `json:"steps"`
	Error string               `json:"error,omitempty"` // what kept it from being finished
	Took  time.Duration        `json:"took"`            // nanoseconds
}

// Summary is how the proofs of several labs ended, in the order of the labs.
type Summary struct {
	OK          bool          `json:"ok"`
	Proofs      []Proof       `json:"proofs"`
	Steps       int           `json:"steps"`
	FalsePasses []Deviation   `json:"falsePasses,omitempty"` // held where it must fail
	FalseFails  []Deviation   `json:"falseFails,omitempty"`  // failed where it must hold
	UnmetHints  []UnmetHint   `json:"unmetHints,omitempty"`  // no fault, but somebody should know
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

// Prove proves labs on as many clusters side by side as there are provers. Of
// each step and each lab it tells at once, from one goroutine at a time. That a
// proof fails is a result; the error is the context's, or that there is no
// prover.
func Prove(ctx context.Context, provers []Prover, labs []*course.Lab, report func(Event)) (Summary, error) {
	if len(provers) == 0 {
		return Summary{}, errors.New("there is no cluster to prove labs on")
	}
	began := time.Now()
	proofs := make([]Proof, len(labs))
	work := make(chan int)
	var mu sync.Mutex
	locked := func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		report(e)
	}
	var wg sync.WaitGroup
	for _, p := range provers {
		wg.Go(func() {
			for i := range work {
				proofs[i] = proveOne(ctx, p, labs[i], locked)
			}
		})
	}
	for i := range labs {
		work <- i
	}
	close(work)
	wg.Wait()
	s := summarise(proofs, time.Since(began))
	for i, p := range proofs {
		s.UnmetHints = append(s.UnmetHints, unmet(labs[i], p)...)
	}
	return s, ctx.Err()
}

func proveOne(ctx context.Context, p Prover, lab *course.Lab, report func(Event)) Proof {
	began := time.Now()
	proof := Proof{Lab: lab.Path()}
	finished := false
	req := protocol.Prove{Lab: *lab}
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
	if err == nil && !finished && len(proof.Steps) < steps(lab, req) { // a client may keep the last line to itself
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

// steps is how many steps the proof of a lab has: untouched, the solution and
// each near miss, for each seed.
func steps(lab *course.Lab, req protocol.Prove) int {
	return (2 + len(lab.NearMisses)) * max(1, len(req.Seeds))
}

func summarise(proofs []Proof, took time.Duration) Summary {
	s := Summary{OK: true, Proofs: proofs, Took: took}
	for _, p := range proofs {
		s.OK = s.OK && p.OK
		s.Steps += len(p.Steps)
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
