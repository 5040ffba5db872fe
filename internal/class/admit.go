package class

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
)

// Application is what somebody at the door says of themselves.
type Application struct {
	Name   string // as it was typed
	Code   string // the join code, as it was typed
	Resume string // the resume code, as it was typed; empty if none was
	Key    string // the fingerprint (SHA256:…) of a public key that was proven; empty: none
	From   string // the address, without the port
	Own    bool   // with a program and labs of their own machine
}

// Admission is somebody who was let in.
type Admission struct {
	Learner Learner
	// Resume is the code to use the name again with. It is told only now: the room
	// keeps its hash. Empty where they have one from before.
	Resume string
}

// Bounds of a class.
const (
	maxLearners = 1000
	maxAsking   = 32
	maxPerName  = 4   // of those
	maxKey      = 200 // of a fingerprint, in bytes
)

// Admit lets somebody in, by what they have: the key of the name, its resume code,
// or, for a name that nobody has yet, the join code. The errors are ErrCode,
// ErrExpired, *TriesError, ErrName, ErrRoster, ErrTaken (the name has somebody, and
// no resume code came with it), ErrResume, ErrFull, ErrOver, and the store's.
//
// Who has a resume code needs no join code that is still good: a connection that
// drops late in a lesson must not end it.
func (r *Room) Admit(ctx context.Context, a Application) (Admission, error) {
	who, err := r.newID()
	if err != nil {
		return Admission{}, err
	}
	resume, err := draw(r.o.Rand, resumeLength)
	if err != nil {
		return Admission{}, err
	}
	m, err := r.recognise(a)
	if err != nil {
		return Admission{}, err
	}
	if m != nil {
		return r.again(ctx, a, *m, "", "")
	}
	err = r.write(ctx, kindJoined, who, func() (any, error) {
		l, err := r.applicant(a)
		if err != nil {
			return nil, err
		}
		l.ID, l.Resume = who, resumeHash(who, resume)
		return joined{Learner: l}, nil
	})
	if errors.Is(err, ErrTaken) { // somebody was faster
		return r.Admit(ctx, a)
	}
	if err != nil {
		return Admission{}, err
	}
	return r.admitted(who, grouped(resume)), nil
}

func (r *Room) newID() (LearnerID, error) {
	id, err := draw(r.o.Rand, idLength)
	return LearnerID(strings.ToLower(id)), err
}

// admitted is somebody who is let in; a new resume code is shown in their next
// session as well.
func (r *Room) admitted(who LearnerID, resume string) Admission {
	r.mu.Lock()
	defer r.mu.Unlock()
	if resume != "" {
		r.stays[who].resume = resume
	}
	return Admission{Learner: r.state.learners[who].Learner, Resume: resume}
}

// recognise finds whom an application is of, nil for somebody new. It alone looks
// at codes, one try at a time. Resume codes are looked at however many tries there
// were: 80 bits need no limit, and who was dropped comes back while somebody beside
// them attacks.
func (r *Room) recognise(a Application) (*Learner, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	name, err := Name(a.Name)
	known := err == nil
	m := r.state.learners[r.state.names[NameKey(name)]]
	if known && m != nil && (m.hasKey(a.Key) || a.Resume != "" && m.resumedBy(a.Resume)) {
		l := m.Learner // a copy: others may change it
		return &l, nil
	}
	now := r.now()
	if err := r.door.enter(a.From, now); err != nil {
		return nil, err
	}
	standing, err := r.codeStands(a.Code, now)
	switch {
	case err != nil:
		r.door.wrongTry(a.From, now)
		return nil, err
	case !known:
		return nil, ErrName
	case m != nil && a.Resume != "":
		r.door.wrongTry(a.From, now)
		return nil, ErrResume
	case m != nil:
		return nil, ErrTaken
	}
	return nil, standing
}

// codeStands tells how a join code stands: nil where it is good, ErrExpired where
// it was. A code that never was one is the error.
func (r *Room) codeStands(code string, now time.Time) (standing, err error) {
	if sameCode(code, r.state.code.Code) {
		if now.Before(r.state.code.Expires) {
			return nil, nil
		}
		return ErrExpired, nil
	}
	if slices.ContainsFunc(r.state.former, func(old string) bool { return sameCode(code, old) }) {
		return ErrExpired, nil
	}
	return nil, ErrCode
}

// applicant is the learner that somebody new becomes, if they may.
func (r *Room) applicant(a Application) (Learner, error) {
	name, err := Name(a.Name)
	switch {
	case err != nil:
		return Learner{}, err
	case r.state.over:
		return Learner{}, ErrOver
	case r.state.names[NameKey(name)] != "":
		return Learner{}, ErrTaken
	case len(r.state.learners) >= maxLearners:
		return Learner{}, ErrFull
	}
	if len(r.state.class.Roster) > 0 {
		e, ok := r.state.class.entry(name)
		if !ok {
			return Learner{}, ErrRoster
		}
		name = e.Name
	}
	l := Learner{Name: name, Joined: r.now(), Own: a.Own}
	if a.Key != "" && len(a.Key) <= maxKey {
		l.Keys = []string{a.Key}
	}
	return l, nil
}

// again lets somebody use their name again. What is new about them is written down:
// another key, another kind of program, another resume code.
func (r *Room) again(ctx context.Context, a Application, l Learner, resume, instructor string) (Admission, error) {
	change := resumed{by: by{instructor}, Own: a.Own}
	if len(a.Key) <= maxKey && (resume != "" || !l.hasKey(a.Key)) {
		change.Key = a.Key
	}
	if resume != "" {
		change.Resume = resumeHash(l.ID, resume)
	}
	if change.Key != "" || change.Resume != nil || a.Own != l.Own {
		if err := r.write(ctx, kindResumed, l.ID, func() (any, error) { return change, nil }); err != nil {
			return Admission{}, err
		}
	}
	return r.admitted(l.ID, grouped(resume)), nil
}

// Known finds the learner that a key belongs to, if it is exactly one.
func (r *Room) Known(key string) (Learner, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []Learner
	for _, m := range r.state.learners {
		if m.hasKey(key) {
			found = append(found, m.Learner)
		}
	}
	if len(found) != 1 {
		return Learner{}, false
	}
	return found[0], true
}

// asking is somebody who waits for an instructor's consent.
type asking struct {
	Asking
	who    LearnerID
	answer chan answer // of size 1
}

type answer struct {
	yes bool
	by  string
	err error // why there is none
}

// Ask waits for an instructor's consent to take a name again without its resume
// code; the join code must be or have been good, as with Admit. The name then has
// another resume code, of all keys that of who asked, and no session. ErrRefused; ErrFull, where
// so many ask that this one had to go; else the cause of the context's end.
func (r *Room) Ask(ctx context.Context, a Application) (Admission, error) {
	a.Resume = ""
	l, err := r.recognise(a)
	switch {
	case l != nil:
		return r.again(ctx, a, *l, "", "")
	case err == nil:
		return r.Admit(ctx, a)
	case !errors.Is(err, ErrTaken):
		return Admission{}, err
	}
	q, err := r.beginAsking(a)
	if err != nil {
		return Admission{}, err
	}
	defer r.endAsking(q)
	select {
	case <-ctx.Done():
		return Admission{}, context.Cause(ctx)
	case v := <-q.answer:
		return r.consented(ctx, a, q, v)
	}
}

func (r *Room) consented(ctx context.Context, a Application, q *asking, v answer) (Admission, error) {
	if v.err != nil {
		return Admission{}, v.err
	}
	if !v.yes {
		return Admission{}, ErrRefused
	}
	resume, err := draw(r.o.Rand, resumeLength)
	if err != nil {
		return Admission{}, err
	}
	l, _ := r.Learner(q.who)
	admission, err := r.again(ctx, a, l, resume, v.by)
	if err == nil {
		r.handOver(q.who)
	}
	return admission, err
}

// handOver ends the sessions of whoever had a name before: they must not see what its
// owner does from now on.
func (r *Room) handOver(who LearnerID) {
	r.mu.Lock()
	sessions := slices.Clone(r.stays[who].sessions)
	r.mu.Unlock()
	for _, p := range sessions {
		p.given.Store(true)
		p.Leave()
	}
}

func (r *Room) beginAsking(a Application) (*asking, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	name, err := Name(a.Name)
	if err != nil {
		return nil, err
	}
	who := r.state.names[NameKey(name)]
	if who == "" || r.live.closed {
		return nil, ErrFull
	}
	q := &asking{who: who, answer: make(chan answer, 1), Asking: Asking{
		ID: ulid.Make().String(), Name: r.state.learners[who].Name, From: Clean(a.From, 64), At: r.now(),
	}}
	r.live.asking[q.ID] = q
	r.bound(maxPerName, func(o *asking) bool { return o.who == who })
	r.bound(maxAsking, func(*asking) bool { return true })
	r.bell.ring("")
	return q, nil
}

// bound turns somebody away where more ask than may: who has waited longest of the
// address that asks most. So nobody keeps others from asking by asking.
func (r *Room) bound(most int, among func(*asking) bool) {
	var all []*asking
	from := map[string]int{}
	for _, q := range r.live.asking {
		if among(q) {
			all = append(all, q)
			from[network(q.From)]++
		}
	}
	if len(all) <= most {
		return
	}
	q := slices.MinFunc(all, func(a, b *asking) int {
		return cmp.Or(cmp.Compare(from[network(b.From)], from[network(a.From)]), cmp.Compare(a.ID, b.ID))
	})
	delete(r.live.asking, q.ID)
	select {
	case q.answer <- answer{err: ErrFull}:
	default: // an instructor was faster
	}
}

func (r *Room) endAsking(q *asking) {
	r.mu.Lock()
	delete(r.live.asking, q.ID)
	r.mu.Unlock()
	r.bell.ring("")
}
