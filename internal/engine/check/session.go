package check

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

const (
	// burst is how long verdicts wait for company once one was given: a
	// controller that writes ten times makes one line, not ten.
	burst = 10 * time.Millisecond
	// patience is how long the first verdicts wait for a kind that the cluster
	// does not answer for; then its checks are unjudged until it does.
	patience = 3 * time.Second
)

// session judges one lab's checks for one attempt. What feeds it calls moved
// under the lock for every single state, so that always and never miss none.
type session struct {
	checker   *Checker
	rules     []*watched
	hints     []watchedHint // with a condition
	namespace string
	vars      map[string]string
	since     time.Time
	began     time.Time
	gap       bool

	objects []*objectSource
	access  []*accessSource
	files   []*fileSource
	audits  []*auditSource
	samples []*sampler
	feeds   map[feedKey]*feed

	wake     chan struct{} // something may have changed
	review   chan struct{} // permissions may have changed
	discover chan struct{} // kinds may have changed

	reading sync.Mutex // of the files

	mu        sync.Mutex
	ctx       context.Context // of run; for feeds that begin later
	group     *errgroup.Group
	impatient bool
	begun     bool // every source has been known once
	last      []protocol.Verdict
	lastHints []int
	lastMove  time.Time
	passed    time.Time // since when all rules have passed; see moment.go
	ruled     time.Time // when a role or a binding last changed
}

// watched is a rule with what it looks at.
type watched struct {
	*rule
	subject source
	with    map[string]source
	failed  *protocol.Verdict // of always and never: for the rest of the attempt
}

// source is where a value comes from. Its methods are called under the
// session's lock.
type source interface {
	// read returns the present value. A zero reading with pending set is not
	// known yet.
	read() reading
}

// reading is a source's value.
type reading struct {
	value    any
	samples  []sample // in place of a value, of what is looked at in several containers
	there    bool
	pending  bool        // not known yet
	have     course.Text // why it is not there
	unjudged course.Text // why nothing can be said
}

// session judges an attempt at a lab, its hints included.
func (c *Checker) session(lab *course.Lab, vars map[string]string, since time.Time, gap bool) *session {
	s := c.conditions(lab.Checks, lab.Namespace, vars, since, gap, c.begunAt(idOf(lab, since)))
	for _, h := range s.compiler().hints(lab, vars) {
		s.hints = append(s.hints, s.watchHint(h))
	}
	return s
}

// conditions judges what must hold. Before began something may have happened on the
// network that is not known of.
func (c *Checker) conditions(checks []course.Check, namespace string, vars map[string]string, since time.Time, gap bool, began time.Time) *session {
	s := &session{
		checker: c, vars: vars, since: since, gap: gap, began: began,
		namespace: course.Substitute(namespace, vars),
		feeds:     make(map[feedKey]*feed),
		wake:      make(chan struct{}, 1),
		review:    make(chan struct{}, 1),
		discover:  make(chan struct{}, 1),
	}
	for _, r := range s.compiler().rules(checks, vars) {
		s.rules = append(s.rules, s.watch(r))
	}
	return s
}

func (s *session) compiler() *compiler {
	return newCompiler(slices.AppendSeq([]string{}, maps.Keys(s.vars))) // never nil: a lab without variables has none
}

// watch finds the sources of a rule.
func (s *session) watch(r *rule) *watched {
	w := &watched{rule: r, with: make(map[string]source)}
	switch c := r.check; {
	case r.broken != nil:
	case c.Object != nil:
		w.subject = s.object(*c.Object)
	case c.Absent != nil:
		w.subject = s.object(*c.Absent)
	case c.List != nil:
		w.subject = s.list(*c.List)
	case c.Access != nil:
		w.subject = s.accessTo(*c.Access)
	case c.File != nil:
		w.subject = s.file(*c.File)
	case c.Audit != nil:
		w.subject = s.audit(*c.Audit)
	case r.isSampled():
		w.subject = s.sampled(w)
	}
	for name, ref := range r.check.With {
		w.with[name] = s.object(ref)
	}
	return w
}

// run follows the sources and reports until ctx ends.
func (s *session) run(ctx context.Context, changed func(checks []protocol.Verdict, hints []int)) error {
	group, inner := errgroup.WithContext(ctx)
	s.mu.Lock()
	s.ctx, s.group = inner, group
	s.mu.Unlock()
	group.Go(func() error { return s.followKinds(inner) })
	group.Go(func() error { return s.followAccess(inner) })
	group.Go(func() error { return s.followFiles(inner) })
	group.Go(func() error { return s.followAudit(inner) })
	for _, p := range s.samples {
		group.Go(func() error { return p.follow(inner) })
	}
	group.Go(func() error { return s.report(inner, changed) })
	err := group.Wait()
	if ctx.Err() != nil || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// report tells of verdicts as they change. The first event of a burst is
// judged at once; the rest of it, after the burst.
func (s *session) report(ctx context.Context, changed func(checks []protocol.Verdict, hints []int)) error {
	patient := time.AfterFunc(patience, func() {
		s.mu.Lock()
		s.impatient = true
		s.mu.Unlock()
		s.nudge()
	})
	defer patient.Stop()
	s.nudge()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.wake:
		}
		if n, isNew := s.update(); isNew && s.proven(ctx, n) {
			s.tell(n)
			changed(n.verdicts, n.hints)
		}
		if !pause(ctx, burst) {
			return ctx.Err()
		}
	}
}

// pause waits; it returns false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// nudge has the verdicts looked at again. It never blocks and takes no lock.
func (s *session) nudge() { notify(s.wake) }

func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it will look anyway
	}
}

// moved is called, under the lock, after each change of a source.
func (s *session) moved() {
	s.lastMove = time.Now()
	s.begun = s.begun || !slices.ContainsFunc(s.rules, s.isPending)
	for _, p := range s.samples {
		p.podsMoved()
	}
	if s.begun {
		for _, w := range s.rules {
			if w.lasting() {
				s.judge(w)
			}
		}
	}
	s.nudge()
}

// lasting tells whether the rule speaks about every moment.
func (r *rule) lasting() bool { return r.mode == modeAlways || r.mode == modeNever }

// update judges everything. It returns false while not everything is known, or
// when nothing is new.
func (s *session) update() (n news, isNew bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	verdicts, known := s.verdicts()
	if !known {
		return news{}, false
	}
	n = news{verdicts: verdicts, hints: s.offered(verdicts)}
	s.claimed(&n)
	return n, s.last == nil || !slices.Equal(verdicts, s.last) || !slices.Equal(n.hints, s.lastHints)
}

// tell remembers what is being told.
func (s *session) tell(n news) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last, s.lastHints = slices.Clone(n.verdicts), slices.Clone(n.hints)
}

// verdicts judges every rule, under the lock. A source that became unknown
// after the beginning (a kind that was just defined) leaves its rules' last
// verdicts as they are.
func (s *session) verdicts() ([]protocol.Verdict, bool) {
	if !s.begun && !s.impatient && slices.ContainsFunc(s.rules, s.isPending) {
		return nil, false
	}
	s.begun = true
	verdicts := make([]protocol.Verdict, len(s.rules))
	for i, w := range s.rules {
		if s.last != nil && s.isPending(w) {
			verdicts[i] = s.last[i]
			continue
		}
		verdicts[i] = s.judge(w)
	}
	return verdicts, true
}

func (s *session) isPending(w *watched) bool {
	if w.subject != nil && w.subject.read().pending {
		return true
	}
	for _, src := range w.with {
		if src.read().pending {
			return true
		}
	}
	return false
}

// judge judges one rule on the present values, under the lock.
func (s *session) judge(w *watched) protocol.Verdict {
	if w.failed != nil {
		return *w.failed
	}
	v := w.judge(s.input(w))
	if w.lasting() && v.Result == protocol.Fail {
		w.failed = &v
	}
	return v
}

func (s *session) input(w *watched) input {
	in := input{values: map[string]any{"vars": s.vars}}
	switch {
	case w.broken != nil:
		return in
	case w.subject == nil:
		in.unjudged = textUnknownSubject()
	case s.gap && w.lasting():
		in.unjudged = textGap()
	default:
		r := s.readings(&in, w)
		in.there, in.have, in.samples = r.there, r.have, r.samples
		if !w.isSampled() {
			in.values[variable(w.check)] = r.value
		}
	}
	return in
}

// readings reads the subject and binds what the rule has besides.
func (s *session) readings(in *input, w *watched) reading {
	subject := w.subject.read()
	in.unjudged = subject.why()
	for name, src := range w.with {
		r := src.read()
		in.values[name] = r.value
		if why := r.why(); in.unjudged.IsZero() {
			in.unjudged = why
		}
	}
	return subject
}

// why says why nothing can be said, where that is so.
func (r reading) why() course.Text {
	if r.pending && r.unjudged.IsZero() {
		return textUnreadable("the cluster", errNoAnswer())
	}
	return r.unjudged
}

func errNoAnswer() error { return errors.New("no answer yet") }

// variable is the name under which a subject is bound.
func variable(c course.Check) string {
	switch {
	case c.List != nil:
		return "items"
	case c.Access != nil:
		return "allowed"
	case c.File != nil:
		return "file"
	case c.Audit != nil:
		return "requests"
	}
	return "object"
}

// atRest waits until nothing has moved for quiet, at most limit, or until the cluster
// is still.
func (s *session) atRest(ctx context.Context, quiet, limit time.Duration) ([]protocol.Verdict, []int, error) {
	deadline := time.Now().Add(limit)
	asked := time.Now()
	calm := lull{session: s, asked: asked}
	for {
		still := calm.lasts(ctx)
		verdicts, hints, moved := s.resting()
		if moved.Before(asked) {
			moved = asked // what was written just before may not have been seen yet
		}
		left := min(quiet-time.Since(moved), time.Until(deadline))
		switch {
		case verdicts != nil && (still || left <= 0 && !s.sampleAgain(moved)):
			return verdicts, hints, nil
		case time.Until(deadline) <= 0:
			return nil, nil, fmt.Errorf("judging at rest: the cluster did not answer within %v", limit)
		}
		if !pause(ctx, calm.next(max(left, burst))) {
			return nil, nil, fmt.Errorf("judging at rest: %w", ctx.Err())
		}
	}
}

// resting are the present verdicts, if what they claim is proven, and when
// something last moved.
func (s *session) resting() ([]protocol.Verdict, []int, time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	verdicts, known := s.verdicts()
	if known && s.claims(verdicts) {
		verdicts = nil // until report has proven it
	}
	return verdicts, s.offered(verdicts), s.lastMove
}
