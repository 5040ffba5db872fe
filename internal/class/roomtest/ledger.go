package roomtest

import (
	"fmt"
	"slices"
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
	passed  map[string]bool // LESSON/LAB whose end was seen
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
		l.passed = map[string]bool{}
	}
	l.passed[lab] = true
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
// store may have some. Both are in the order in which things happened, so they are
// laid beside each other in the way that leaves the fewest faults.
func (l *ledger) settle(stored []progress.Answer, passed []string) (faults []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	cost := l.costs(stored)
	for i, j := 0, 0; i < len(stored) || j < len(l.answers); {
		switch {
		case i < len(stored) && j < len(l.answers) && l.answers[j].is(stored[i]) && cost[i][j] == cost[i+1][j+1]:
			i, j = i+1, j+1
		case j < len(l.answers) && cost[i][j] == cost[i][j+1]+l.answers[j].missed():
			if l.answers[j].shown {
				faults = append(faults, fmt.Sprintf("lost, or otherwise than it was shown: %+v", l.answers[j]))
			}
			j++
		default:
			faults = append(faults, fmt.Sprintf("stored, but given once less or by nobody: %s (right %v)", stored[i].Question, stored[i].Right))
			i++
		}
	}
	return append(faults, l.labs(passed)...)
}

// costs are how many faults there are at least from the i-th stored answer and the
// j-th given one on.
func (l *ledger) costs(stored []progress.Answer) [][]int {
	cost := make([][]int, len(stored)+1)
	for i := len(stored); i >= 0; i-- {
		cost[i] = make([]int, len(l.answers)+1)
		for j := len(l.answers); j >= 0; j-- {
			switch {
			case i == len(stored) && j == len(l.answers):
				continue
			case j == len(l.answers):
				cost[i][j] = cost[i+1][j] + 1
				continue
			case i == len(stored):
				cost[i][j] = cost[i][j+1] + l.answers[j].missed()
				continue
			}
			cost[i][j] = min(cost[i+1][j]+1, cost[i][j+1]+l.answers[j].missed())
			if l.answers[j].is(stored[i]) {
				cost[i][j] = min(cost[i][j], cost[i+1][j+1])
			}
		}
	}
	return cost
}

// missed is how much of a fault it is that an answer is not stored.
func (g given) missed() int {
	if g.shown {
		return 1
	}
	return 0
}

// is tells whether a stored answer is this one.
func (g given) is(a progress.Answer) bool {
	return g.question == a.Question && (!g.shown || g.right == a.Right && g.kept == a.Pending)
}

// labs compares the labs. One may have been passed while nobody looked.
func (l *ledger) labs(passed []string) (faults []string) {
	for lab := range l.passed {
		if !slices.Contains(passed, lab) {
			faults = append(faults, fmt.Sprintf("the lab %s was seen to be passed, and is not stored", lab))
		}
	}
	return faults
}
