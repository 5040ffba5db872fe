package yard

import (
	"context"

	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
)

// service is a learner's lab as the learner's sessions have it: the lab's own
// service, before which there is the queue.
type service struct {
	yard *Yard
	plot *plot
}

var _ lab.Service = (*service)(nil)

// use runs a call that needs a place.
func (s *service) use(ctx context.Context, stage func(protocol.Stage), call func(context.Context) error) error {
	ctx, leave, err := s.yard.enter(ctx)
	if err != nil {
		return forLearner(err, false)
	}
	defer leave()
	if err := s.yard.ready(ctx, s.plot); err != nil {
		return forLearner(err, false)
	}
	if err := s.yard.hold(ctx, s.plot, orSilent(stage)); err != nil {
		return forLearner(err, false)
	}
	return s.held(ctx, call)
}

// held runs a call in a place that it gives back.
func (s *service) held(ctx context.Context, call func(context.Context) error) error {
	was := s.yard.isUp(s.plot)
	err := call(ctx)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	s.yard.done(s.plot, err)
	return forLearner(err, was)
}

// wake runs a call on a cluster that is up, for which a lab that sleeps is woken.
func (s *service) wake(ctx context.Context, stage func(protocol.Stage), call func(context.Context) error) error {
	if !s.yard.isKept(s.plot) {
		return asleepError()
	}
	if err := s.yard.small(s.plot); err != nil {
		return err
	}
	return s.use(ctx, stage, func(ctx context.Context) error {
		if err := s.raise(ctx, stage); err != nil {
			return err
		}
		return call(ctx)
	})
}

// raise starts the cluster of a lab that is not known to be up.
func (s *service) raise(ctx context.Context, stage func(protocol.Stage)) error {
	if s.yard.isUp(s.plot) {
		return nil
	}
	if _, err := s.plot.lab.Up(ctx, orSilent(stage)); err != nil {
		return err
	}
	s.yard.isUpNow(s.plot)
	return nil
}

// Engine tells where the engine's program stands.
func (s *service) Engine() lab.Engine {
	if s.yard.engines != nil {
		return shown(s.yard.Engine())
	}
	return s.plot.lab.Engine()
}

// shown is what learners are told of the engine's program: not where it is, nor
// why there is none, which names files of this machine.
func shown(e lab.Engine) lab.Engine {
	e.File, e.Reason = "", ""
	return e
}

// Prepare waits for the engine's program, which all of the class share.
func (s *service) Prepare(ctx context.Context, changed func(lab.Engine)) error {
	if s.yard.engines == nil {
		return s.plot.lab.Prepare(ctx, changed)
	}
	ctx, leave, err := s.yard.enter(ctx)
	if err != nil {
		return forLearner(err, false)
	}
	defer leave()
	return forLearner(s.yard.Prepare(ctx, func(e lab.Engine) { changed(shown(e)) }), false)
}

// Status tells how the lab is. Where its files are is not for learners.
func (s *service) Status(ctx context.Context) (protocol.Status, error) {
	st, err := s.plot.lab.Status(ctx)
	return private(st), err
}

func private(st protocol.Status) protocol.Status {
	st.Kubeconfig, st.Workspace, st.LogFile, st.PID = "", "", "", 0
	return st
}

// Up starts the cluster, in the learner's turn.
func (s *service) Up(ctx context.Context, stage func(protocol.Stage)) (st protocol.Status, err error) {
	err = s.use(ctx, stage, func(ctx context.Context) error {
		st, err = s.plot.lab.Up(ctx, orSilent(stage))
		return s.upAfter(err)
	})
	return private(st), err
}

func orSilent(stage func(protocol.Stage)) func(protocol.Stage) {
	if stage == nil {
		return func(protocol.Stage) {}
	}
	return stage
}

// upAfter remembers that the cluster is up after a call that has brought it up.
func (s *service) upAfter(err error) error {
	if err == nil {
		s.yard.isUpNow(s.plot)
	}
	return err
}

// Sleep puts the lab to sleep because the learner wants it.
func (s *service) Sleep(ctx context.Context) (protocol.Status, error) {
	return s.rest(ctx, s.plot.lab.Sleep, true)
}

// Down removes the lab's state.
func (s *service) Down(ctx context.Context) (protocol.Status, error) {
	return s.rest(ctx, s.plot.lab.Down, false)
}

func (s *service) rest(ctx context.Context, rest func(context.Context) (protocol.Status, error), kept bool) (protocol.Status, error) {
	ctx, leave, err := s.yard.enter(ctx)
	if err != nil {
		return protocol.Status{}, forLearner(err, false)
	}
	defer leave()
	if err := s.yard.quiet(ctx, s.plot); err != nil {
		return protocol.Status{}, forLearner(err, false)
	}
	st, err := rest(ctx)
	s.yard.quieted(s.plot, kept, err)
	return private(st), forLearner(err, true)
}

// StartLab begins an attempt, in the learner's turn.
func (s *service) StartLab(ctx context.Context, req protocol.StartLab, stage func(protocol.Stage)) (a protocol.Attempt, err error) {
	err = s.use(ctx, stage, func(ctx context.Context) error {
		a, err = s.plot.lab.StartLab(ctx, req, orSilent(stage))
		return s.upAfter(err)
	})
	return a, err
}

// ResetLab begins the next attempt.
func (s *service) ResetLab(ctx context.Context, stage func(protocol.Stage)) (a protocol.Attempt, err error) {
	err = s.wake(ctx, stage, func(ctx context.Context) error {
		a, err = s.plot.lab.ResetLab(ctx, orSilent(stage))
		return err
	})
	return a, err
}

// StopLab goes back to the baseline.
func (s *service) StopLab(ctx context.Context) error {
	return s.wake(ctx, nil, s.plot.lab.StopLab)
}

// Verdicts follows the active lab. It wakes none and keeps none awake.
func (s *service) Verdicts(ctx context.Context, changed func(protocol.Verdicts) error) error {
	ctx, leave, err := s.yard.enter(ctx)
	if err != nil {
		return forLearner(err, false)
	}
	defer leave()
	return s.plot.lab.Verdicts(ctx, changed)
}

// Network follows the network, likewise.
func (s *service) Network(ctx context.Context, view protocol.NetworkView, changed func(protocol.Network) error) error {
	ctx, leave, err := s.yard.enter(ctx)
	if err != nil {
		return forLearner(err, false)
	}
	defer leave()
	return s.plot.lab.Network(ctx, view, changed)
}

// File reads a file of the workspace.
func (s *service) File(ctx context.Context, path string) (data []byte, err error) {
	err = s.wake(ctx, nil, func(ctx context.Context) error {
		data, err = s.plot.lab.File(ctx, path)
		return err
	})
	return data, err
}

// PutFile writes a file of the workspace.
func (s *service) PutFile(ctx context.Context, path string, data []byte) error {
	return s.wake(ctx, nil, func(ctx context.Context) error { return s.plot.lab.PutFile(ctx, path, data) })
}

// Judge judges where a cluster is up, or can be without waiting; it starts none for
// expressions, which are for authors to compile.
func (s *service) Judge(ctx context.Context, req protocol.Judge) (j protocol.Judgement, err error) {
	ctx, leave, err := s.yard.enter(ctx)
	if err != nil {
		return j, forLearner(err, false)
	}
	defer leave()
	if !s.yard.try(s.plot) {
		return j, asleepError()
	}
	err = s.held(ctx, func(ctx context.Context) error {
		if err := s.raise(ctx, nil); err != nil {
			return err
		}
		j, err = s.plot.lab.Judge(ctx, req)
		return err
	})
	return j, err
}

// Prove runs a lab's proof, in the learner's turn.
func (s *service) Prove(ctx context.Context, req protocol.Prove, step func(protocol.ProofStep)) error {
	return s.use(ctx, nil, func(ctx context.Context) error {
		return s.upAfter(s.plot.lab.Prove(ctx, req, step))
	})
}

// OpenConsole opens a command line, which finds its lab again when that has slept.
func (s *service) OpenConsole(ctx context.Context, req protocol.OpenConsole) (lab.Console, error) {
	c := &console{service: s, req: req}
	if err := s.wake(ctx, nil, func(ctx context.Context) error { _, err := c.open(ctx); return err }); err != nil {
		return nil, err
	}
	return c, nil
}
