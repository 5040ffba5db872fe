package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// runner takes a lab through its life: start, reset, stop, resume and proof. One
// of these runs at a time.
type runner struct {
	workspace workspace
	labFile   string
	console   Console
	rules     Rules
	learner   *Kubeconfig
	log       *slog.Logger
	hub       *hub
	gate      gate

	mu       sync.Mutex
	score    *score // of the active lab, nil without one
	unfollow func() // ends following and waits for its end
}

func newRunner(o Options) *runner {
	return &runner{
		workspace: workspace{o.Home.Workspace()}, labFile: o.Home.labFile(),
		console: o.Console, rules: o.Rules, learner: o.Learner, log: o.Log,
		hub: newHub(), gate: newGate(), unfollow: func() {},
	}
}

// start begins an attempt at a lab.
func (r *runner) start(ctx context.Context, s *session, req protocol.StartLab, stage func(protocol.Stage)) (*protocol.Attempt, error) {
	ctx, cancel := whileBoth(ctx, s.ctx)
	defer cancel()
	leave, err := r.gate.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	if err := acceptable(s.cluster, &req.Lab); err != nil {
		return nil, err
	}
	if err := confirmed(s.cluster, req.Confirmed); err != nil {
		return nil, err
	}
	if req.AfterSolution && s.cluster.Foreign() != "" {
		// A pack's script would have all the rights that the learner has there.
		return nil, failf(protocol.CodeUnsupported, "look at it with `kubetutor solution LESSON/LAB` and run it yourself",
			"a solution is not run on your own cluster")
	}
	rec := &record{
		Format: recordFormat, Seed: req.Seed, Lab: req.Lab,
		Attempt: protocol.Attempt{
			Lab: req.Lab.Path(), Number: max(1, req.Number), Hash: r.rules.Hash(&req.Lab), Jumped: req.AfterSolution,
		},
	}
	if err := r.begin(ctx, s, rec, stage); err != nil {
		return nil, err
	}
	return r.attempt(), nil
}

// again begins the active lab once more, as attempt n+1.
func (r *runner) again(ctx context.Context, s *session, stage func(protocol.Stage)) (*protocol.Attempt, error) {
	ctx, cancel := whileBoth(ctx, s.ctx)
	defer cancel()
	leave, err := r.gate.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	old := r.scoring()
	if old == nil {
		return nil, errNoLab()
	}
	rec := old.record()
	rec.Seed++ // other variables, as for any new attempt
	rec.Attempt = protocol.Attempt{Lab: rec.Attempt.Lab, Number: rec.Attempt.Number + 1, Hash: rec.Attempt.Hash}
	if err := r.begin(ctx, s, &rec, stage); err != nil {
		return nil, err
	}
	return r.attempt(), nil
}

func errNoLab() error {
	return failf(protocol.CodeConflict, "start one with `kubetutor lab start LESSON/LAB`", "no lab is active")
}

// begin goes back to the baseline, lays the lab out, and lets the attempt begin;
// one that jumps, after the solution has been run as the learner. What the record
// says of earlier passes is kept. If it fails, no lab is active.
func (r *runner) begin(ctx context.Context, s *session, rec *record, stage func(protocol.Stage)) error {
	if err := r.drop(); err != nil {
		return err
	}
	rec.ID = ulid.Make().String()
	rec.Attempt.Vars = course.Draw(rec.Lab.Vars, rec.Seed)
	sc := rec.scene()
	rec.Attempt.Namespace = sc.namespace()
	if err := r.layOut(ctx, s.cluster, sc, stage); err != nil {
		return errors.Join(err, undo(ctx, s.cluster))
	}
	rec.Attempt.Started = time.Now()
	if err := rec.save(r.labFile); err != nil {
		return err
	}
	r.follow(s, rec, false)
	if !rec.Attempt.Jumped {
		return nil
	}
	err := timed(stage, "solution", func(func(string)) error {
		return r.script(ctx, s.cluster, sc, rec.Lab.Solution, sc.learner())
	})
	if err != nil {
		return errors.Join(err, r.drop())
	}
	return nil
}

// undo takes what a beginning that failed has made out of a cluster that is not
// our own. Our own stays as it is: it shows what went wrong.
func undo(ctx context.Context, c Cluster) error {
	if c.Foreign() == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoLimit)
	defer cancel()
	return c.Reset(ctx)
}

// undoLimit is how long a client that has its error already waits for undo.
const undoLimit = 30 * time.Second

// stop ends the active lab and goes back to the baseline.
func (r *runner) stop(ctx context.Context, s *session) error {
	ctx, cancel := whileBoth(ctx, s.ctx)
	defer cancel()
	leave, err := r.gate.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if err := r.drop(); err != nil {
		return err
	}
	return r.clear(ctx, s.cluster, nil)
}

// drop forgets the active lab, on disk first.
func (r *runner) drop() error {
	r.rest()
	if err := remove(r.labFile); err != nil {
		return fmt.Errorf("forgetting the last lab: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.score != nil {
		r.score = nil
		r.hub.publish(nil, standing{})
	}
	return nil
}

// resume goes on with the lab that was active when the cluster went to sleep or
// died. Where the cluster's state did not survive, the lab begins again, and a
// stage says so; what was passed stays passed. A lab that cannot come back does
// not keep the cluster from coming up.
func (r *runner) resume(ctx context.Context, s *session, stage func(protocol.Stage)) {
	leave, err := r.gate.enter(ctx)
	if err != nil {
		return
	}
	defer leave()
	rec, err := loadRecord(r.labFile)
	if err == nil && rec == nil {
		err = r.hand(s.cluster, defaultUser, "")
	} else if err == nil {
		err = r.bringBack(ctx, s, rec, stage)
	}
	if err != nil {
		r.log.Error("the last lab did not come back", "error", err)
		stage(protocol.Stage{ID: "lab", Done: true, Detail: "the last lab did not come back: " + err.Error()})
	}
}

func (r *runner) bringBack(ctx context.Context, s *session, rec *record, stage func(protocol.Stage)) error {
	mark, err := s.cluster.Marked(ctx)
	if err != nil {
		return err
	}
	if mark != rec.ID && s.cluster.Foreign() != "" {
		// Nothing is made in a cluster of the learner's unless they asked for it now.
		return errors.Join(errors.New("its namespace is gone from your cluster; start the lab again"), remove(r.labFile), r.hand(s.cluster, defaultUser, ""))
	}
	if mark != rec.ID {
		stage(protocol.Stage{ID: "lab", Detail: "the cluster's state did not survive; the lab starts again at its beginning"})
		err := r.begin(ctx, s, rec, func(protocol.Stage) {})
		if err == nil {
			stage(protocol.Stage{ID: "lab", Done: true, Detail: "started again at its beginning, because the cluster's state did not survive"})
		}
		return err
	}
	if err := r.hand(s.cluster, rec.scene().learner(), rec.Attempt.Namespace); err != nil {
		return err
	}
	r.follow(s, rec, true)
	return nil
}

// rest ends following, and waits until what the learner passed is on the disk.
func (r *runner) rest() {
	r.mu.Lock()
	end := r.unfollow
	r.unfollow = func() {}
	r.mu.Unlock()
	end()
}

// follow judges the lab from now on, until unfollow is called or the session
// ends.
func (r *runner) follow(s *session, rec *record, gap bool) {
	sc := newScore(rec, r.labFile, r.hub.publish, r.log)
	ctx, cancel := context.WithCancel(s.ctx)
	var wg sync.WaitGroup
	wg.Go(func() { sc.run(ctx) })
	wg.Go(func() { r.judge(ctx, s.cluster, rec, gap, sc) })
	r.mu.Lock()
	defer r.mu.Unlock()
	r.score = sc
	r.unfollow = func() { cancel(); wg.Wait() }
}

// judge follows the checks; a checker that fails is begun again after a moment,
// with a gap.
func (r *runner) judge(ctx context.Context, c Cluster, rec *record, gap bool, sc *score) {
	for ctx.Err() == nil {
		err := c.Follow(ctx, &rec.Lab, rec.Attempt.Vars, rec.Attempt.Started, gap, sc.judged)
		if ctx.Err() != nil {
			return
		}
		r.log.Error("following the checks", "lab", rec.Attempt.Lab, "error", err)
		gap = true
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
	}
}

func (r *runner) scoring() *score {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.score
}

// attempt returns the active one as it is on disk, nil without one.
func (r *runner) attempt() *protocol.Attempt {
	if sc := r.scoring(); sc != nil {
		return sc.durable()
	}
	return nil
}

// defaultUser is a cluster-admin.
const defaultUser = "learner"

// confirmed refuses to begin on a cluster of the learner's own whose context
// they have not named.
func confirmed(c Cluster, name string) error {
	if c.Foreign() == name || c.Foreign() == "" {
		return nil
	}
	if name == "" {
		return failf(protocol.CodeConflict, "confirm it by the name of its context", "labs would be done on your own cluster, context %s", c.Foreign())
	}
	return failf(protocol.CodeConflict, "confirm the context that is connected, or reconnect with `kubetutor cluster sleep` and start the lab again",
		"the context %s was confirmed, but %s is connected", name, c.Foreign())
}

// acceptable refuses a lab that cannot be done.
func acceptable(c Cluster, lab *course.Lab) error {
	if lab.ID == "" || lab.Lesson == "" || len(lab.Checks) == 0 {
		return failf(protocol.CodeInvalid, "", "this is not a lab: it needs a lesson, an id and checks")
	}
	for _, name := range slices.Concat(lab.Setup, lab.Given) {
		if _, ok := lab.Files[name]; !ok {
			return failf(protocol.CodeInvalid, "", "lab %s: its file %s was not sent", lab.Path(), name)
		}
	}
	return c.Accepts(lab)
}
