package yard

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"kubetutor/internal/i18n"
	"kubetutor/internal/lab/protocol"
)

const (
	// sleepLimit is how long a lab may take to fall asleep: a second, unless the
	// machine is very busy.
	sleepLimit = 60 * time.Second
	// killLimit is how long the end of a killed engine may take.
	killLimit = 10 * time.Second
	// askLimit is how long an engine may take to say that it is there.
	askLimit = 10 * time.Second
	// watchEvery is how often engines that should run are looked for.
	watchEvery = 5 * time.Second
	// mostSilences is how often in a row an engine may leave that question open: a
	// machine that is very busy recovers, one that hangs does not.
	mostSilences = 6
)

// enter begins a call of a service: its context ends with the yard. The yard waits
// for leave when it is closed.
func (y *Yard) enter(ctx context.Context) (bound context.Context, leave func(), err error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.closed {
		return nil, nil, errClosed
	}
	y.work.Add(1)
	bound, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(y.ending, func() { cancel(errClosed) })
	return bound, func() {
		stop()
		cancel(nil)
		y.work.Done()
	}, nil
}

// hold takes a place for a plot, waiting in the queue if need be, and keeps it until
// done.
func (y *Yard) hold(ctx context.Context, p *plot, stage func(protocol.Stage)) error {
	for {
		t, slept, err := y.ask(p)
		switch {
		case err != nil:
			return err
		case t != nil:
			return y.wait(ctx, t, stage)
		case slept == nil:
			return nil
		}
		if err := await(ctx, slept); err != nil {
			return err
		}
	}
}

// ask asks for a place. The answer is none of its three where the plot has one
// already, a ticket to wait with, what to wait for before it is asked again, or why
// there will be none now.
func (y *Yard) ask(p *plot) (t *ticket, slept <-chan struct{}, err error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	switch p.phase {
	case awake, starting:
		p.busy++
		return nil, nil, nil
	case settling:
		return nil, p.slept, nil
	}
	if err := p.faults.refusal(time.Now()); err != nil {
		return nil, nil, err
	}
	t = y.line(p)
	y.move()
	return t, nil, nil
}

func await(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// try is hold for what is not worth waiting for: it takes the plot's own place, or
// for a lab that was awake before one that is free.
func (y *Yard) try(p *plot) bool {
	y.mu.Lock()
	defer y.mu.Unlock()
	switch {
	case p.phase == awake, p.phase == starting:
	case p.phase == asleep && p.kept && len(y.queue) == 0 && y.room() && p.faults.refusal(time.Now()) == nil:
		p.begin()
	default:
		return false
	}
	p.busy++
	y.move()
	return true
}

// done ends a call that held a place, with what it ended with. After a failure it
// looks whether the engine still runs, so that the next call starts it if need be.
func (y *Yard) done(p *plot, err error) {
	if life, unsure := y.release(p, err); unsure {
		y.inspect(p, life, err)
	}
}

// release ends the call as such, and tells whether its engine has to be looked for.
func (y *Yard) release(p *plot, err error) (life int, unsure bool) {
	y.mu.Lock()
	defer y.mu.Unlock()
	p.busy--
	p.used = time.Now()
	if p.phase == starting && err == nil {
		p.phase, p.kept = awake, true
	}
	y.move()
	return p.life, p.phase == starting && p.busy == 0 || p.phase == awake && isFault(err)
}

// inspect looks whether an engine runs after a call failed, and gives its place away
// if it does not. One that did not start well is put to sleep.
func (y *Yard) inspect(p *plot, life int, why error) {
	runs, unsure := p.runs(y.ending)
	runs = runs || unsure != nil
	y.mu.Lock()
	defer y.mu.Unlock()
	began := p.phase == starting && p.busy == 0
	if y.closed || p.life != life || !began && p.phase != awake {
		return // somebody else has found out
	}
	switch {
	case began && isFault(why):
		y.fail(p, why)
		if p.over(); runs {
			y.settle(p)
		}
	case began && runs:
		p.phase, p.kept = awake, true
	case began:
		p.over()
	case !runs:
		y.fail(p, why)
		p.over()
	}
	y.move()
}

// fail counts a failure and tells the instructor's log.
func (y *Yard) fail(p *plot, why error) {
	p.faults.add(time.Now())
	y.log.Warn("a lab has failed", "learner", p.who, "times", p.faults.count, "cause", why)
}

// rested ends settling. A lab that could not be put to sleep has its place until it
// can.
func (y *Yard) rested(p *plot, err error) {
	if p.over(); err != nil {
		y.log.Error("a lab does not fall asleep", "learner", p.who, "cause", err)
		p.phase, p.used = awake, time.Now().Add(y.options.Grace-y.options.Idle)
	}
	close(p.slept)
}

// watch looks for engines that should run and do not, and for labs that take too much
// of the disk.
func (y *Yard) watch() {
	every := time.NewTicker(watchEvery)
	defer every.Stop()
	for {
		select {
		case <-y.ending.Done():
			return
		case <-every.C:
		}
		for p, life := range y.lives() {
			switch runs, err := p.runs(y.ending); {
			case err != nil:
				y.silent(p, life, err)
			case !runs:
				y.inspect(p, life, errGone)
			default:
				y.heard(p)
			}
		}
		y.weigh()
	}
}

// heard notes that an engine answers.
func (y *Yard) heard(p *plot) {
	y.mu.Lock()
	defer y.mu.Unlock()
	p.mute = 0
}

// silent counts how often an engine did not answer, and ends one that seems never to
// do so again.
func (y *Yard) silent(p *plot, life int, err error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if p.life != life || p.phase != awake {
		return
	}
	if p.mute++; p.mute >= mostSilences {
		y.fail(p, err)
		y.settle(p)
		y.move()
	}
}

// lives are the labs that are awake, and which life of theirs it is.
func (y *Yard) lives() map[*plot]int {
	y.mu.Lock()
	defer y.mu.Unlock()
	lives := map[*plot]int{}
	for _, p := range y.plots {
		if p.phase == awake {
			lives[p] = p.life
		}
	}
	return lives
}

// runs asks whether the engine runs.
func (p *plot) runs(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	return p.lab.Awake(ctx)
}

// sleep puts the lab to sleep and waits until it is. One that does not fall asleep is
// ended as by a crash, which loses nothing that was on the disk.
func (y *Yard) sleep(p *plot) error {
	ctx, cancel := context.WithTimeout(context.Background(), sleepLimit)
	defer cancel()
	return p.end(ctx, y.log)
}

// end does so within the time of a context, or a bit longer.
func (p *plot) end(ctx context.Context, log *slog.Logger) error {
	_, err := p.lab.Sleep(ctx)
	if err == nil {
		return nil
	}
	log.Warn("a lab is ended that does not fall asleep", "learner", p.who, "cause", err)
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), killLimit)
	defer cancel()
	return p.lab.Kill(late)
}

// errGone is the failure of a lab that was not asked for anything when it ended.
var errGone = errors.New("its engine is gone")

// asleepError refuses what needs a lab that is awake.
func asleepError() error { return trouble(protocol.CodeConflict, i18n.LabAsleep()) }

// quiet begins a sleep that the learner wants: who waits for a place on their behalf
// goes on waiting. A lab that sleeps already is left so.
func (y *Yard) quiet(ctx context.Context, p *plot) error {
	for {
		y.mu.Lock()
		slept := p.slept
		if p.phase != settling {
			if p.phase != asleep {
				p.phase, p.slept = settling, make(chan struct{})
			}
			y.mu.Unlock()
			return nil
		}
		y.mu.Unlock()
		if err := await(ctx, slept); err != nil {
			return err
		}
	}
}

// quieted ends it: kept says whether the state is still there.
func (y *Yard) quieted(p *plot, kept bool, err error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if p.phase == settling {
		y.rested(p, err)
	}
	p.kept = p.kept && (kept || err != nil)
	y.move()
}

// touch notes that a learner uses the lab.
func (y *Yard) touch(p *plot) {
	y.mu.Lock()
	defer y.mu.Unlock()
	p.used = time.Now()
}

// isUp tells whether the cluster has been up in this life of the lab.
func (y *Yard) isUp(p *plot) bool {
	y.mu.Lock()
	defer y.mu.Unlock()
	return p.up
}

// isUpNow notes that it is.
func (y *Yard) isUpNow(p *plot) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if p.phase == awake || p.phase == starting {
		p.up, p.kept = true, true
	}
}

// isKept tells whether there is a state to wake.
func (y *Yard) isKept(p *plot) bool {
	y.mu.Lock()
	defer y.mu.Unlock()
	return p.kept
}

// lifeOf is which life of the lab this is, whose cluster is up; 0 for none.
func (y *Yard) lifeOf(p *plot) int {
	y.mu.Lock()
	defer y.mu.Unlock()
	if !p.up {
		return 0
	}
	return p.life
}
