package server

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// When a proof judges: once nothing has changed for quiet, at the latest after
// restLimit.
const (
	quiet     = 500 * time.Millisecond
	restLimit = 30 * time.Second
)

// proof is one step of a proof: what runs after the lab's beginning, and which
// checks must fail then.
type proof struct {
	step   string
	seed   uint64
	script string // empty: nothing runs
	fails  []string
	any    bool // at least one check must fail, no matter which
	goesOn bool // from where the step before it, in which nothing ran, has left the lab
}

// proofs lists the steps of a lab's proof: for each seed untouched, its solution,
// and the near misses, or those whose turn it is with that seed.
func proofs(req *protocol.Prove) (steps []proof) {
	seeds := seedsFor(req)
	for i, seed := range seeds {
		steps = append(steps, proof{step: "untouched", seed: seed, any: true}, proof{step: "solution", seed: seed, script: req.Lab.Solution, goesOn: true})
		for j, m := range req.Lab.NearMisses {
			if !req.ByTurns || j%len(seeds) == i {
				steps = append(steps, proof{step: m.Script, seed: seed, script: m.Script, fails: m.Fails})
			}
		}
	}
	return steps
}

// prove runs a lab's proof, each step from the lab's beginning, and sends how it
// ended. It refuses to touch a cluster in which somebody works.
func (r *runner) prove(ctx context.Context, s *session, req protocol.Prove, send func(protocol.ProofStep) error) error {
	if f := s.cluster.Foreign(); f != "" {
		return failf(protocol.CodeUnsupported, "leave out --kubeconfig", "labs are not proven on a cluster of your own (context %s)", f)
	}
	ctx, cancel := whileBoth(ctx, s.ctx)
	defer cancel()
	leave, err := r.gate.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if a := r.attempt(); a != nil {
		return failf(protocol.CodeConflict, "stop it with `kubetutor lab stop`, or prove on a cluster of another --name", "the lab %s is active in this cluster", a.Lab)
	}
	if err := acceptable(s.cluster, &req.Lab); err != nil {
		return err
	}
	if err := r.proveAll(ctx, s.cluster, &req, send); err != nil {
		return err
	}
	if err := r.clear(ctx, s.cluster, nil); err != nil {
		return err
	}
	return send(protocol.ProofStep{Done: true})
}

func (r *runner) proveAll(ctx context.Context, c Cluster, req *protocol.Prove, send func(protocol.ProofStep) error) error {
	run := proving{runner: r, cluster: c, lab: &req.Lab}
	for _, p := range proofs(req) {
		step := run.do(ctx, p)
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := send(step); err != nil {
			return err
		}
	}
	return nil
}

// seedsFor returns the seeds to prove with; without variables all are the same.
func seedsFor(req *protocol.Prove) []uint64 {
	seeds := req.Seeds
	if len(seeds) == 0 {
		seeds = []uint64{1}
	}
	if len(req.Lab.Vars) == 0 {
		seeds = seeds[:1]
	}
	return seeds
}

// proving is the proof of one lab while it runs.
type proving struct {
	*runner
	cluster Cluster
	lab     *course.Lab
	scene   scene
	since   time.Time // when the scene was ready; zero if it is not
}

// do runs one step; what goes wrong is part of its result.
func (v *proving) do(ctx context.Context, p proof) protocol.ProofStep {
	began := time.Now()
	out := protocol.ProofStep{Step: p.step, Seed: p.seed, Expected: append([]string{}, p.fails...), Failed: []string{}}
	err := v.begin(ctx, p, &out)
	if err == nil {
		err = v.act(ctx, p, &out)
	}
	if err != nil {
		out.Error, v.since = asError(err), time.Time{}
	}
	out.OK = err == nil && p.holds(out.Failed)
	if out.OK {
		out.Output = ""
	}
	out.Took = time.Since(began)
	return out
}

// begin lays the lab out, unless the step goes on.
func (v *proving) begin(ctx context.Context, p proof, out *protocol.ProofStep) error {
	if p.goesOn && !v.since.IsZero() {
		return nil
	}
	began := time.Now()
	v.scene = scene{lab: v.lab, vars: course.Draw(v.lab.Vars, p.seed), id: ulid.Make().String()}
	if err := v.layOut(ctx, v.cluster, v.scene, noteIn(out)); err != nil {
		return err
	}
	v.since = time.Now()
	out.Start = v.since.Sub(began)
	return nil
}

// noteIn notes stages that are done in a step's result.
func noteIn(out *protocol.ProofStep) func(protocol.Stage) {
	return func(s protocol.Stage) {
		if s.Done {
			out.Stages = append(out.Stages, s)
		}
	}
}

// act runs the step's script and judges at rest. What must have held at every
// moment is judged by following the lab meanwhile.
func (v *proving) act(ctx context.Context, p proof, out *protocol.ProofStep) error {
	overTime := v.watchOverTime(ctx, v.cluster, v.scene, v.since)
	err := v.play(ctx, p, out)
	if err == nil {
		err = timed(noteIn(out), "rest", func(func(string)) (err error) {
			out.Verdicts, out.Hints, err = judgeAtRest(ctx, v.cluster, v.scene, v.since, p)
			return err
		})
	}
	followed := overTime()
	if err != nil {
		return err
	}
	out.Verdicts = merge(v.lab, out.Verdicts, followed)
	out.Failed = failedOf(out.Verdicts)
	return nil
}

// play runs the step's script, if it has one.
func (v *proving) play(ctx context.Context, p proof, out *protocol.ProofStep) error {
	if p.script == "" {
		return nil
	}
	return timed(noteIn(out), "script", func(func(string)) (err error) {
		out.Output, _, err = v.runScript(ctx, v.cluster, v.scene, p.script, v.scene.learner())
		return err
	})
}

// judgeAtRest judges once nothing changes any more. What is waiting may pass
// without anything that is watched having changed before: a Pod that is not ready
// yet changes nothing of its Deployment. And what is unjudged may only want an
// answer of a server that is out of breath. So a step that has not come to what is
// expected of it is judged again while there is such a check.
func judgeAtRest(ctx context.Context, c Cluster, sc scene, since time.Time, p proof) ([]protocol.Verdict, []int, error) {
	for deadline := time.Now().Add(restLimit); ; {
		verdicts, hints, err := c.AtRest(ctx, sc.lab, sc.vars, since, quiet, restLimit)
		waits := func(v protocol.Verdict) bool { return v.Result == protocol.Waiting || v.Result == protocol.Unjudged }
		if err != nil || p.holds(failedOf(verdicts)) || !slices.ContainsFunc(verdicts, waits) || time.Now().After(deadline) {
			return verdicts, hints, err
		}
	}
}

// failedOf names the checks that do not pass.
func failedOf(verdicts []protocol.Verdict) []string {
	failed := []string{}
	for _, v := range verdicts {
		if v.Result != protocol.Pass {
			failed = append(failed, v.Check)
		}
	}
	return failed
}

// watchOverTime follows a lab that has always or never checks; the returned
// function ends that and gives the last verdicts. For other labs it does
// nothing.
func (r *runner) watchOverTime(ctx context.Context, c Cluster, sc scene, since time.Time) func() []protocol.Verdict {
	if !slices.ContainsFunc(sc.lab.Checks, isOverTime) {
		return func() []protocol.Verdict { return nil }
	}
	ctx, cancel := context.WithCancel(ctx)
	var last []protocol.Verdict
	begun, done := make(chan struct{}), make(chan error, 1)
	go func() {
		first := true
		done <- c.Follow(ctx, sc.lab, sc.vars, since, false, func(vs []protocol.Verdict, _ []int) {
			last = slices.Clone(vs)
			if first {
				first = false
				close(begun)
			}
		})
	}()
	select {
	case <-begun:
	case <-ctx.Done():
	case err := <-done:
		done <- errors.Join(err)
	}
	return func() []protocol.Verdict { cancel(); <-done; return last }
}

func isOverTime(c course.Check) bool { return c.Always != "" || c.Never != "" }

// merge takes the verdicts of checks over time from those that were followed.
func merge(lab *course.Lab, verdicts, followed []protocol.Verdict) []protocol.Verdict {
	for i, c := range lab.Checks {
		if isOverTime(c) && i < len(verdicts) && i < len(followed) {
			verdicts[i] = followed[i]
		}
	}
	return verdicts
}

// holds tells whether exactly the expected checks fail.
func (p proof) holds(failed []string) bool {
	if p.any {
		return len(failed) > 0
	}
	want, have := slices.Sorted(slices.Values(p.fails)), slices.Sorted(slices.Values(failed))
	return slices.Equal(want, have)
}
