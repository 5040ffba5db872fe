package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"kubetutor/internal/lab/protocol"
)

// machine takes the cluster through its states. A daemon brings its cluster up
// at most once at a time, and ends after putting it to sleep or down.
type machine struct {
	backend Backend
	home    *Home
	runner  *runner
	touch   func() // a request of the learner was seen

	ending sync.Mutex // held while the cluster is being stopped

	mu      sync.Mutex
	state   protocol.State
	since   time.Time
	start   *start   // the running or last one, nil before the first
	session *session // set while up
	over    bool     // asked to sleep or to go down: nothing starts any more
}

// start is one go at bringing the cluster up.
type start struct {
	stages *feed[protocol.Stage]
	cancel context.CancelFunc
	done   chan struct{} // closed at the end; err is set then
	err    *protocol.Error
}

// session is a cluster while it is up.
type session struct {
	cluster Cluster
	ctx     context.Context // ends before the cluster does
	end     func()
}

func newMachine(b Backend, h *Home, r *runner, touch func()) *machine {
	m := &machine{backend: b, home: h, runner: r, touch: touch, state: protocol.StateDown, since: time.Now()}
	if _, err := os.Lstat(h.ControlPlane()); err == nil {
		m.state = protocol.StateSleeping
	}
	return m
}

// bringUp starts the cluster if nobody has, a new one with that profile, and
// sends every stage of the start, past ones included, until it has ended. The
// start goes on without the client.
func (m *machine) bringUp(ctx context.Context, profile string, send func(protocol.Stage) error) error {
	s, err := m.ensureStart(profile)
	if err != nil {
		return err
	}
	if err := s.stages.follow(ctx, send); err != nil {
		return err
	}
	<-s.done
	if s.err != nil {
		return s.err
	}
	return nil
}

// ensureStart returns the start to follow: the one that runs, the one that
// brought the cluster up, or a new one.
func (m *machine) ensureStart(profile string) (*start, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.over {
		return nil, errEnding()
	}
	if m.start != nil && m.state != protocol.StateFailed {
		return m.start, nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	m.start = &start{stages: newFeed[protocol.Stage](), cancel: cancel, done: make(chan struct{})}
	m.enter(protocol.StateStarting)
	go m.run(ctx, m.start, profile)
	return m.start, nil
}

func errEnding() error {
	return failf(protocol.CodeConflict, "ask again in a moment", "the cluster is going to sleep")
}

// enter changes the state; the caller holds mu.
func (m *machine) enter(s protocol.State) {
	m.state, m.since = s, time.Now()
}

// run brings the cluster up and its lab back.
func (m *machine) run(ctx context.Context, s *start, profile string) {
	defer close(s.done)
	defer s.stages.close()
	sess, err := m.bring(ctx, s, profile)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil {
		s.err = m.explain(s, err)
		m.enter(protocol.StateFailed)
		return
	}
	m.session = sess
	m.enter(protocol.StateUp)
}

func (m *machine) bring(ctx context.Context, s *start, profile string) (sess *session, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("starting the cluster: %v", p)
		}
	}()
	cluster, err := m.backend.Start(ctx, profile, s.stages.add)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, errors.Join(err, cluster.Stop(context.WithoutCancel(ctx)))
	}
	stopSeeing := cluster.Activity(m.touch)
	sess = &session{cluster: cluster, ctx: ctx, end: func() { stopSeeing(); s.cancel() }}
	m.runner.resume(ctx, sess, s.stages.add)
	return sess, nil
}

// explain makes of a failed start what a learner can use: which stage, why, the
// log's last lines and what to try.
func (m *machine) explain(s *start, err error) *protocol.Error {
	e := *asError(err)
	if e.Code == protocol.CodeConflict && e.Hint != "" {
		return &e // the learner's to mend: neither stage nor log says more
	}
	if i := slices.IndexFunc(unfinished(s.stages), func(protocol.Stage) bool { return true }); i >= 0 {
		e.Message = fmt.Sprintf("starting the cluster failed at %s: %s", unfinished(s.stages)[i].ID, e.Message)
	}
	e.Log = lastLines(m.home.LogFile(), 20)
	if e.Hint == "" {
		e.Hint = "try again; if it stays, `kubetutor cluster down` begins with a fresh cluster, and `kubetutor cluster logs` says more"
	}
	return &e
}

// unfinished returns the stages that have begun and are not done.
func unfinished(f *feed[protocol.Stage]) []protocol.Stage {
	lines, _, _ := f.after(0)
	var open []protocol.Stage
	for _, l := range lines {
		open = slices.DeleteFunc(open, func(o protocol.Stage) bool { return o.ID == l.ID })
		if !l.Done {
			open = append(open, l)
		}
	}
	return open
}

// current returns the cluster that is up, or an error that says what to do.
func (m *machine) current() (*session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.session == nil || m.over {
		return nil, failf(protocol.CodeConflict, "start it with `kubetutor cluster up`", "no cluster is up")
	}
	return m.session, nil
}

// sleep stops the cluster and keeps its state. Afterwards the daemon has nothing
// more to do. It may be called again.
func (m *machine) sleep(ctx context.Context) error {
	m.ending.Lock()
	defer m.ending.Unlock()
	sess := m.finish()
	if sess == nil {
		return nil
	}
	if err := m.stop(ctx, sess); err != nil {
		return fmt.Errorf("putting the cluster to sleep: %w", err)
	}
	m.settle(protocol.StateSleeping)
	return nil
}

// down stops the cluster and removes its state.
func (m *machine) down(ctx context.Context) error {
	m.ending.Lock()
	defer m.ending.Unlock()
	sess := m.finish()
	left := m.leave(ctx, sess)
	var err error
	if sess != nil {
		err = m.stop(ctx, sess)
	}
	if left != nil {
		// The state alone knows what was made in a cluster that is not ours.
		m.settle(protocol.StateSleeping)
		return errors.Join(left, err)
	}
	err = errors.Join(err, m.home.Remove())
	m.settle(protocol.StateDown)
	return err
}

// leave takes what was made for labs out of a cluster that stays.
func (m *machine) leave(ctx context.Context, sess *session) error {
	switch {
	case sess == nil:
		return m.backend.Leave(ctx)
	case sess.cluster.Foreign() == "":
		return nil
	}
	m.runner.rest()
	return sess.cluster.Reset(ctx)
}

// finish lets nothing start any more, ends a start that runs, and hands the
// session over, if there is one.
func (m *machine) finish() *session {
	m.mu.Lock()
	m.over = true
	s := m.start
	m.mu.Unlock()
	if s != nil {
		if !m.isUp() {
			s.cancel()
		}
		<-s.done
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	sess := m.session
	m.session = nil
	return sess
}

func (m *machine) isUp() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.session != nil
}

func (m *machine) stop(ctx context.Context, sess *session) error {
	sess.end()
	m.runner.rest()
	return sess.cluster.Stop(ctx)
}

func (m *machine) settle(s protocol.State) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.enter(s)
}

// status tells how the cluster is, and starts nothing.
func (m *machine) status() protocol.Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	st := protocol.Status{
		Name: m.home.Name, State: m.state, Kubernetes: m.backend.Version(), Since: m.since,
		Workspace: m.home.Workspace(), LogFile: m.home.LogFile(), PID: os.Getpid(),
	}
	if m.start != nil {
		st.Stages, _, _ = m.start.stages.after(0)
		st.Stages = latest(st.Stages)
		if m.state == protocol.StateFailed {
			st.Error = m.start.err
		}
	}
	if m.session != nil {
		c := m.session.cluster
		st.Server, st.Foreign, st.Kubernetes = c.Server(), c.Foreign(), c.Version()
		st.Kubeconfig = m.runner.learner.Get()
		st.Lab = m.runner.attempt()
		if site := c.Site(); site != nil {
			st.Profile, st.Nodes = site.Profile()
		}
	}
	return st
}

// latest keeps the last word on each stage, in the order in which they began.
func latest(stages []protocol.Stage) []protocol.Stage {
	var out []protocol.Stage
	for _, s := range stages {
		i := slices.IndexFunc(out, func(o protocol.Stage) bool { return o.ID == s.ID })
		if i < 0 {
			out = append(out, s)
			continue
		}
		out[i] = s
	}
	return out
}
