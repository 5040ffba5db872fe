package tui

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/attempt"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/progress"
	"kubetutor/internal/tui/keymap"
	"kubetutor/internal/tui/stream"
)

// labPhase is how a lab stands.
type labPhase int

const (
	labIdle labPhase = iota
	labStarting
	labActive
	labFailed
	labGone // it was active and is no longer
	labLost // it was active, and its cluster has stopped
)

// labPanel is one lab: its task, its checks as they change, hints, solution.
type labPanel struct {
	c        *common
	lab      *course.Lab
	phase    labPhase
	stages   []protocol.Stage
	attempt  protocol.Attempt
	verdicts []protocol.Verdict
	applies  []int // hints, as in protocol.Verdicts
	shown    []int // hints, in the order in which they were shown, by their places in the lab's list
	solution bool
	err      error
	other    string // another lab that is active on the cluster
	fresh    bool   // it begins anew, also where it was not passed yet
	task     int    // number of what runs; older messages are dropped
	cancel   context.CancelFunc

	top           int
	width, height int
}

// Messages of labs. Task says whose they are.
type (
	labStageMsg struct {
		task  int
		stage protocol.Stage
	}
	labStartedMsg struct {
		task    int
		attempt protocol.Attempt
		err     error
	}
	verdictsMsg struct { // they are recorded already
		task     int
		verdicts protocol.Verdicts
	}
	verdictsEndedMsg struct {
		task int
		err  error
	}
	labRunsMsg struct {
		lab   string
		fresh bool // there is something to do in the console: it has just begun
	}
	labKnownMsg struct {
		task    int
		attempt protocol.Attempt
		state   progress.LabState
		asked   bool // the learner wanted to go on
	}
	hintShownMsg struct {
		task   int
		advice attempt.Advice
		err    error
	}
	solutionShownMsg struct {
		task int
		err  error
	}
	restartLabMsg   struct{ lab string }
	jumpLabMsg      struct{ lab string }
	showSolutionMsg struct{ lab string }
)

func newLabPanel(c *common, l *course.Lab) *labPanel {
	return &labPanel{c: c, lab: l}
}

func (p *labPanel) SetSize(w, h int) { p.width, p.height = w, h }
func (p *labPanel) starting() bool   { return p.phase == labStarting }

// scopes are those of the keys in the lab's present state.
func (p *labPanel) scopes() []keymap.Scope {
	switch {
	case p.phase == labActive:
		return []keymap.Scope{keymap.LabRuns, keymap.Lab}
	case p.phase == labStarting || p.c.o.Lab == nil:
		return []keymap.Scope{keymap.Lab}
	}
	return []keymap.Scope{keymap.LabIdle, keymap.Lab}
}

// begin gives a new number to what runs and ends what ran before.
func (p *labPanel) begin() (ctx context.Context, task int) {
	p.leave()
	ctx, p.cancel = context.WithCancel(p.c.ctx)
	p.task = p.c.nextID()
	return ctx, p.task
}

// leave ends what runs on behalf of the panel. The lab goes on.
func (p *labPanel) leave() {
	if p.cancel != nil {
		p.cancel()
	}
}

// end notes that another lab has taken the cluster.
func (p *labPanel) end(other string) {
	p.other = other
	if p.phase == labActive {
		p.leave()
		p.task = p.c.nextID()
		p.phase = labGone
	}
}

func (p *labPanel) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case actMsg:
		return p.act(msg.action)
	case labStageMsg:
		p.stage(msg)
	case labStartedMsg:
		return p.started(msg)
	case labKnownMsg:
		return p.resumed(msg)
	case verdictsMsg:
		return p.judged(msg)
	case verdictsEndedMsg:
		p.ended(msg)
	case restartLabMsg:
		if msg.lab == p.lab.Path() {
			return p.start(false)
		}
	case jumpLabMsg:
		if msg.lab == p.lab.Path() {
			return p.start(true)
		}
	case startLabMsg:
		if msg.lab == p.lab.Path() {
			return p.enter()
		}
	case showSolutionMsg:
		if msg.lab == p.lab.Path() && !p.solution {
			return p.showSolution()
		}
	case hintShownMsg:
		return p.hintShown(msg)
	case solutionShownMsg:
		return p.solutionShown(msg)
	}
	return nil
}

// passed tells whether this attempt has been passed.
func (p *labPanel) passed() bool { return !p.attempt.Passed.IsZero() }

func (p *labPanel) act(a keymap.Action) tea.Cmd {
	switch a {
	case keymap.Start:
		if cmd := p.hindered(startLabMsg{p.lab.Path()}); cmd != nil {
			return cmd
		}
		return p.enter()
	case keymap.Restart:
		if p.phase == labActive {
			if cmd := p.hindered(restartLabMsg{p.lab.Path()}); cmd != nil {
				return cmd
			}
			return say(askMsg{p.c.words.AskRestart, restartLabMsg{p.lab.Path()}})
		}
	case keymap.Hint:
		return p.hint()
	case keymap.Jump:
		return p.askJump()
	case keymap.Solution:
		return p.askSolution()
	case keymap.Up:
		p.top = max(p.bounded(p.rows())-1, 0)
	case keymap.Down:
		p.top = p.bounded(p.rows()) + 1
	}
	return nil
}

// enter starts the lab, or goes on where a cluster stopped.
func (p *labPanel) enter() tea.Cmd {
	switch p.phase {
	case labStarting, labActive:
		return nil
	case labLost:
		return p.goOn()
	}
	if stale := (*lab.StaleError)(nil); errors.As(p.err, &stale) {
		return p.goOn()
	}
	if !p.fresh && p.c.known.Labs[p.lab.Path()].Passed.IsZero() {
		return p.goOn()
	}
	return p.start(false)
}

// goOn wakes the cluster and goes on with the attempt that it was at; where there
// is none, it begins one. An engine of another build is replaced first: its
// cluster's state is kept.
func (p *labPanel) goOn() tea.Cmd {
	if p.c.o.Lab == nil {
		return nil
	}
	stale := (*lab.StaleError)(nil)
	replace := errors.As(p.err, &stale)
	ctx, task := p.starts()
	return stream.Of(ctx, func(send func(tea.Msg) error) tea.Msg {
		stage := func(s protocol.Stage) { _ = send(labStageMsg{task, s}) }
		if replace {
			if _, err := p.c.o.Lab.Sleep(ctx); err != nil {
				return labStartedMsg{task, protocol.Attempt{}, err}
			}
		}
		a, ok, err := p.c.desk.Continue(ctx, p.lab, stage)
		if err == nil && !ok {
			a, err = p.c.desk.Start(ctx, p.lab, false, stage)
		}
		if err != nil || !ok {
			return labStartedMsg{task, a, err}
		}
		state, err := p.c.desk.State(ctx, p.lab)
		if err != nil {
			return labStartedMsg{task, a, err}
		}
		return labKnownMsg{task, a, state, true}
	})
}

// starts shows the panel of a lab that starts.
func (p *labPanel) starts() (ctx context.Context, task int) {
	ctx, task = p.begin()
	p.phase, p.stages, p.err, p.attempt, p.top = labStarting, nil, nil, protocol.Attempt{}, 0
	p.verdicts, p.applies, p.shown, p.solution = nil, nil, nil, false
	return ctx, task
}

// start begins the next attempt, with jump after the solution.
func (p *labPanel) start(jump bool) tea.Cmd {
	if p.c.o.Lab == nil {
		return nil
	}
	ctx, task := p.starts()
	return stream.Of(ctx, func(send func(tea.Msg) error) tea.Msg {
		a, err := p.c.desk.Start(ctx, p.lab, jump, func(s protocol.Stage) { _ = send(labStageMsg{task, s}) })
		return labStartedMsg{task, a, err}
	})
}

func (p *labPanel) stage(msg labStageMsg) {
	if msg.task != p.task {
		return
	}
	for i, s := range p.stages {
		if s.ID == msg.stage.ID {
			p.stages[i] = msg.stage
			return
		}
	}
	p.stages = append(p.stages, msg.stage)
}

func (p *labPanel) started(msg labStartedMsg) tea.Cmd {
	if msg.task != p.task {
		return nil
	}
	if msg.err != nil {
		p.phase, p.err = labFailed, msg.err
		return say(openedLabMsg{})
	}
	p.attempt, p.other = msg.attempt, ""
	return tea.Batch(p.follow(), say(labRunsMsg{p.lab.Path(), !p.attempt.Jumped}), p.c.load())
}

// take goes on with an attempt that is running already.
func (p *labPanel) take(a protocol.Attempt) tea.Cmd {
	switch p.phase {
	case labActive, labStarting, labFailed:
		return nil
	}
	ctx, task := p.begin()
	return func() tea.Msg {
		state, err := p.c.desk.State(ctx, p.lab)
		if err != nil {
			return showNoticeMsg{err.Error()}
		}
		return labKnownMsg{task, a, state, false}
	}
}

// resumed takes over what is known of a running attempt.
func (p *labPanel) resumed(msg labKnownMsg) tea.Cmd {
	if msg.task != p.task {
		return nil
	}
	p.attempt = msg.attempt
	if msg.state.Attempts == msg.attempt.Number {
		p.shown, p.solution = msg.state.Hints, msg.state.Solution
	}
	return tea.Batch(p.follow(), say(labRunsMsg{p.lab.Path(), msg.asked}))
}

// follow listens to the verdicts. They are shown once what they say is on disk.
func (p *labPanel) follow() tea.Cmd {
	ctx, task := p.begin()
	p.phase = labActive
	return stream.Of(ctx, func(send func(tea.Msg) error) tea.Msg {
		err := p.c.o.Lab.Verdicts(ctx, func(v protocol.Verdicts) error {
			if err := p.keep(ctx, v, send); err != nil {
				return err
			}
			return send(verdictsMsg{task, v})
		})
		return verdictsEndedMsg{task, err}
	})
}

// keepPause is how long it takes until what could not be recorded is tried again.
const keepPause = time.Second

// keep records what held for the first time. While that fails, it says so and
// tries again, until the context ends.
func (p *labPanel) keep(ctx context.Context, v protocol.Verdicts, send func(tea.Msg) error) error {
	for {
		err := p.c.desk.Keep(p.c.ctx, p.lab, v)
		if err == nil {
			return nil
		}
		if err := send(recordedMsg{err}); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(keepPause):
		}
	}
}

func (p *labPanel) ended(msg verdictsEndedMsg) {
	if msg.task == p.task && msg.err != nil && p.phase == labActive {
		p.phase, p.err = labFailed, msg.err
	}
}

// judged shows verdicts.
func (p *labPanel) judged(msg verdictsMsg) tea.Cmd {
	if msg.task != p.task {
		return nil
	}
	if msg.verdicts.Epoch == "" {
		p.phase = labLost
		return say(openedLabMsg{})
	}
	a := msg.verdicts.Attempt
	if a == nil && p.verdicts == nil {
		return nil // the engine has not judged anything yet
	}
	if a == nil || a.Lab != p.lab.Path() {
		p.phase = labGone
		return nil
	}
	p.phase = labActive
	again := p.passed() || a.Passed.IsZero()
	p.attempt, p.verdicts, p.applies = *a, msg.verdicts.Checks, msg.verdicts.Hints
	if again {
		return say(usedLabMsg{})
	}
	p.top = 0 // where the debrief begins
	return tea.Batch(p.c.load(), say(usedLabMsg{}))
}
