package roomtest

import (
	"fmt"
	"sync"
	"time"

	"kubetutor/internal/progress"
)

// given is an answer that a learner gave.
type given struct {
	question string // LESSON/QUESTION
	at       time.Time
	shown    bool // its verdict was on the screen, or that it is kept
	right    bool // that verdict
	kept     bool // it was kept for a judge
}

// ledger is what a learner may expect to find again.
type ledger struct {
	mu      sync.Mutex
	answers []given
	passed  map[string]int // LESSON/LAB, how often the end of it was seen
}

// submit notes an answer before its key is pressed.
func (l *ledger) submit(question string, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answers = append(l.answers, given{question: question, at: at})
}

// acknowledge notes what the screen said of the last answer.
func (l *ledger) acknowledge(right, kept bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := &l.answers[len(l.answers)-1]
	a.shown, a.right, a.kept = true, right, kept
}

// pass notes that a lab was seen to be passed.
func (l *ledger) pass(lab string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.passed == nil {
		l.passed = map[string]int{}
	}
	l.passed[lab]++
}

// Counts are how many answers were given, and of how many the verdict was seen.
func (l *ledger) counts() (all, shown int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range l.answers {
		if all++; a.shown {
			shown++
		}
	}
	return all, shown
}

// settle compares the ledger with the answers and the labs that a store has. What
// was acknowledged must be there, once and as it was shown; of what was not, the
// store may have some. Both are in the order in which things happened.
func (l *ledger) settle(stored []progress.Answer, passed []string) (faults []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := 0
	for _, a := range stored {
		for at < len(l.answers) && !l.answers[at].shown && !l.answers[at].is(a) {
			at++
		}
		switch {
		case at == len(l.answers):
			faults = append(faults, fmt.Sprintf("stored, but given once less or by nobody: %s", a.Question))
		case !l.answers[at].is(a):
			faults = append(faults, fmt.Sprintf("stored %s (right %v), but shown was %+v", a.Question, a.Right, l.answers[at]))
			at++
		default:
			at++
		}
	}
	for ; at < len(l.answers); at++ {
		if l.answers[at].shown {
			faults = append(faults, fmt.Sprintf("lost: %+v", l.answers[at]))
		}
	}
	return append(faults, l.labs(passed)...)
}

// is tells whether a stored answer is this one.
func (g given) is(a progress.Answer) bool {
	return g.question == a.Question && (!g.shown || g.right == a.Right && g.kept == a.Pending)
}

// labs compares the labs. A lab may have been passed without anybody who looks.
func (l *ledger) labs(passed []string) (faults []string) {
	count := map[string]int{}
	for _, lab := range passed {
		count[lab]++
	}
	for lab, n := range l.passed {
		if count[lab] < n {
			faults = append(faults, fmt.Sprintf("the lab %s was seen to be passed %d times, stored is %d", lab, n, count[lab]))
		}
	}
	return faults
}
