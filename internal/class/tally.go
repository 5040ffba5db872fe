package class

import (
	"encoding/json"
	"time"

	"kubetutor/internal/progress"
)

// tally is how far a learner has come, as a board shows it, out of the events of
// their progress. Neither the order in which they are added matters nor how often:
// those of two sessions, and of a machine that was away, come as they come.
type tally struct {
	at       stamped[Place]
	pages    map[Place]mark             // without focus: the first time there
	turned   mark                       // the newest of pages
	furthest map[string]int             // page of each lesson, from 1
	places   map[Place]mark             // with focus: the last time there
	worked   mark                       // the last answer, attempt or check
	success  mark                       // the last right answer or check that held
	failed   map[string]bool            // tries since then that were not, by event
	answered map[string]bool            // LESSON/QUESTION; true: right once
	lately   map[string]stamped[bool]   // whether its newest answer was right
	waiting  map[string]stamped[string] // questions, by answers that wait for a judge
	judged   map[string]progress.Judged // before their answer came
	passed   map[string]bool            // LESSON/LAB
	attempts map[attempt]*going
	newest   stamped[attempt]
}

// mark is an event: which, and when.
type mark struct {
	id string
	at time.Time
}

func (m mark) later(o mark) mark {
	if o.id > m.id {
		return o
	}
	return m
}

// stamped is a value of an event.
type stamped[T any] struct {
	mark
	value T
}

func (s *stamped[T]) set(m mark, v T) {
	if m.id >= s.id {
		s.mark, s.value = m, v
	}
}

// attempt is an attempt at a lab; going is how it goes.
type (
	attempt struct {
		lab    string
		number int
	}
	going struct {
		tries map[string]bool // that failed, by event
		hints map[int]bool
	}
)

// What is kept about a learner, whose own program may claim anything, is bounded: so
// much of each kind, and of one attempt.
const (
	maxKept  = 4096
	maxTries = 256
)

func newTally() *tally {
	return &tally{
		pages: map[Place]mark{}, furthest: map[string]int{}, places: map[Place]mark{}, failed: map[string]bool{},
		answered: map[string]bool{}, lately: map[string]stamped[bool]{}, waiting: map[string]stamped[string]{}, judged: map[string]progress.Judged{},
		passed: map[string]bool{}, attempts: map[attempt]*going{},
	}
}

// addAll counts events; those of a clock that is ahead are of now.
func (t *tally) addAll(events []progress.Event, now time.Time) {
	for _, e := range events {
		if e.At.After(now) {
			e.At = now
		}
		t.add(e)
	}
}

// add counts an event. Kinds that say nothing to a board are passed over; so is
// what cannot be read, which the learner's progress has refused already.
func (t *tally) add(e progress.Event) {
	m := mark{e.ID, e.At}
	switch e.Kind {
	case progress.KindPosition:
		adding(t, m, e, (*tally).position)
	case progress.KindAnswer:
		adding(t, m, e, (*tally).answer)
	case progress.KindJudged:
		adding(t, m, e, (*tally).judge)
	case progress.KindAttempt:
		adding(t, m, e, (*tally).begin)
	case progress.KindCheck:
		adding(t, m, e, (*tally).check)
	case progress.KindPassed:
		adding(t, m, e, (*tally).pass)
	case progress.KindHint:
		adding(t, m, e, (*tally).hint)
	case progress.KindFailed:
		adding(t, m, e, (*tally).fail)
	}
}

func adding[T any](t *tally, m mark, e progress.Event, f func(*tally, mark, T)) {
	var data T
	if json.Unmarshal(e.Data, &data) == nil {
		f(t, m, data)
	}
}

func (t *tally) position(m mark, p progress.Position) {
	at := Place{Lesson: p.Lesson, Page: p.Page + 1, Focus: p.Focus}
	if !focusPattern.MatchString(at.Focus) {
		at.Focus = "" // whatever a later program has open beside the text
	}
	if !at.sound() {
		return
	}
	t.at.set(m, at)
	put(t.places, at, t.places[at].later(m))
	at.Focus = ""
	t.open(at, m)
}

// open notes that a page was opened.
func (t *tally) open(page Place, m mark) {
	first, known := t.pages[page]
	if known && first.id <= m.id {
		return
	}
	put(t.pages, page, m)
	put(t.furthest, page.Lesson, max(t.furthest[page.Lesson], page.Page))
	if !known {
		t.turned = t.turned.later(m)
		return
	}
	t.turned = mark{} // it may have been this one, whose time is another now
	for _, first := range t.pages {
		t.turned = t.turned.later(first)
	}
}

// put sets a value where there is room for it.
func put[K comparable, V any](in map[K]V, key K, value V) {
	if _, ok := in[key]; ok || len(in) < maxKept {
		in[key] = value
	}
}

func (t *tally) answer(m mark, a progress.Answer) {
	if !soundPath(a.Question) {
		return
	}
	put(t.answered, a.Question, t.answered[a.Question])
	t.worked = t.worked.later(m)
	if !a.Pending {
		t.result(m, a.Question, a.Right)
		return
	}
	put(t.waiting, m.id, stamped[string]{m, a.Question})
	if j, ok := t.judged[m.id]; ok {
		t.result(m, a.Question, j.Right)
	}
}

// judge counts for the time of the answer, whenever that was.
func (t *tally) judge(_ mark, j progress.Judged) {
	if _, ok := t.judged[j.Answer]; ok {
		return // the first stands
	}
	put(t.judged, j.Answer, j)
	if q, ok := t.waiting[j.Answer]; ok {
		t.result(q.mark, q.value, j.Right)
	}
}

func (t *tally) result(m mark, question string, right bool) {
	last := t.lately[question]
	last.set(m, right)
	put(t.lately, question, last)
	if !right {
		t.failure(m)
		return
	}
	put(t.answered, question, true)
	t.succeed(m)
}

func (t *tally) succeed(m mark) {
	t.worked, t.success = t.worked.later(m), t.success.later(m)
	for id := range t.failed {
		if id <= t.success.id {
			delete(t.failed, id)
		}
	}
}

func (t *tally) failure(m mark) {
	t.worked = t.worked.later(m)
	if m.id > t.success.id {
		put(t.failed, m.id, true)
	}
}

// on is how an attempt goes, which an event names.
func (t *tally) on(m mark, lab string, number int) *going {
	g := &going{tries: map[string]bool{}, hints: map[int]bool{}}
	if !soundPath(lab) {
		return g // it is forgotten at once
	}
	a := attempt{lab, number}
	t.worked = t.worked.later(m)
	t.newest.set(m, a)
	if known := t.attempts[a]; known != nil {
		return known
	}
	put(t.attempts, a, g)
	return g
}

func (t *tally) begin(m mark, a progress.Attempt) { t.on(m, a.Lab, a.Number) }

func (t *tally) check(m mark, c progress.Check) {
	t.on(m, c.Lab, c.Number)
	if soundPath(c.Lab) {
		t.succeed(m)
	}
}

func (t *tally) pass(m mark, p progress.Passed) {
	t.on(m, p.Lab, p.Number)
	if soundPath(p.Lab) {
		put(t.passed, p.Lab, true)
		t.succeed(m)
	}
}

func (t *tally) hint(m mark, h progress.Hint) {
	if g := t.on(m, h.Lab, h.Number); len(g.hints) < maxTries {
		g.hints[h.N] = true
	}
}

// fail counts tries that the learner asked for. A check that was broken and mended
// again is none.
func (t *tally) fail(m mark, f progress.Failed) {
	g := t.on(m, f.Lab, f.Number)
	if !f.Asked || !soundPath(f.Lab) {
		return
	}
	if len(g.tries) < maxTries {
		g.tries[m.id] = true
	}
	t.failure(m)
}

// going is how the newest attempt goes: tries that failed, and hints.
func (t *tally) going() (tries, hints int) {
	g := t.attempts[t.newest.value]
	if g == nil {
		return 0, 0
	}
	return len(g.tries), len(g.hints)
}

// moved is the last progress: a page that was new, an answer, an attempt, a check
// that held.
func (t *tally) moved() time.Time { return t.turned.later(t.worked).at }

// failures counts the tries and answers that were wrong since something was right
// or a page was new.
func (t *tally) failures() (n int) {
	for id := range t.failed {
		if id > t.turned.id {
			n++
		}
	}
	return n
}

// followed tells whether the learner has been at a place since.
func (t *tally) followed(to Place, since time.Time) bool {
	for p, m := range t.places {
		if p.Within(to) && m.at.After(since) {
			return true
		}
	}
	return false
}
