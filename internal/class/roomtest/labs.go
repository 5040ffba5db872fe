package roomtest

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/attempt"
)

// lab begins a lab of a lesson, waits for its turn, types some commands, and
// sometimes solves it.
func (l *learner) lab(ctx context.Context) error {
	b, err := l.lesson(func(b *course.Body) bool { return len(b.Labs) > 0 && !slices.ContainsFunc(b.Labs, heavy) })
	if err != nil {
		return err
	}
	if err := l.open(ctx, b); err != nil {
		return err
	}
	if _, err := l.try(ctx, "g"); err != nil {
		return err
	}
	if err := l.press(ctx, "tab"); err != nil {
		return err
	}
	l.count(func(t *tally) { t.Labs++ })
	if !l.prompted(l.t.Text()) {
		if err := l.start(ctx); err != nil {
			return err
		}
	}
	for range 3 + l.rand.IntN(4) {
		if err := l.command(ctx); err != nil {
			return err
		}
	}
	return l.solve(ctx, b)
}

// solve pastes the solution of the lab that runs, with the values of this attempt,
// and waits until the lab is passed.
func (l *learner) solve(ctx context.Context, b *course.Body) error {
	if err := l.press(ctx, "shift+tab"); err != nil {
		return err
	}
	lab, number := l.running(l.t.Text(), b)
	if lab == nil {
		return nil
	}
	if err := l.press(ctx, "tab"); err != nil {
		return err
	}
	script := course.Substitute(lab.Files[lab.Solution], attempt.Vars(lab, number))
	if err := l.t.Paste(strings.TrimRight(script, "\n") + "\n"); err != nil {
		return err
	}
	if _, err := l.await("the prompt", l.prompted); err != nil {
		return err
	}
	if err := l.press(ctx, "shift+tab"); err != nil {
		return err
	}
	if _, err := l.await("the end of the lab", func(text string) bool { return strings.Contains(text, signPass+" "+l.words.Passed) }); err != nil {
		return err
	}
	l.ledger.pass(lab.Path())
	l.count(func(t *tally) { t.Solved++ })
	return nil
}

// running is the lab on the screen, and the number of its attempt; nil: there is
// none.
func (l *learner) running(text string, b *course.Body) (lab *course.Lab, number int) {
	seen := letters(text)
	for _, lab := range b.Labs {
		if !strings.Contains(seen, letters(fmt.Sprintf(l.words.LabTitle, lab.Title.In(l.lang)))) {
			continue
		}
		for n := 50; n > 0; n-- { // "attempt 1" is the beginning of "attempt 12"
			if strings.Contains(text, fmt.Sprintf(l.words.Attempt, n)) {
				return lab, n
			}
		}
	}
	return nil, 0
}

// heavy tells whether a lab needs nodes: three clusters with nodes would measure the
// machine and not the class.
func heavy(l *course.Lab) bool { return l.ClusterProfile() != course.ProfileControlPlane }

// labPatience is how long a learner waits for a place and a cluster before they go
// on reading.
const labPatience = 2 * time.Minute

// start begins the lab that is shown, and waits for the console's prompt.
func (l *learner) start(ctx context.Context) error {
	if err := l.press(ctx, "enter"); err != nil {
		return err
	}
	limit := min(labPatience, time.Until(l.leave))
	_, err := l.t.Await(limit, l.prompted)
	if err != nil && time.Now().After(l.leave) {
		return errLeave // perhaps in the queue, perhaps while the cluster starts
	}
	if err != nil {
		return fmt.Errorf("%w: waited for the console", errStray)
	}
	l.count(func(t *tally) { t.Consoles++ })
	return nil
}

var prompt = regexp.MustCompile(`^\s*\S+ \$\s*$`)

// prompted tells whether the console waits for a line.
func (l *learner) prompted(text string) bool {
	for line := range strings.Lines(text) {
		if prompt.MatchString(line[strings.LastIndex(line, "│")+1:]) {
			return true
		}
	}
	return false
}

// command types a line into the console and waits until it has run.
func (l *learner) command(ctx context.Context) error {
	if !l.prompted(l.t.Text()) {
		return nil
	}
	line := []string{
		"kubectl get pods -A", "kubectl get ns", "kubectl create configmap " + l.token() + " -n default", "kubectl get cm -n default", "echo " + l.token(),
	}[l.rand.IntN(5)]
	if err := l.write(ctx, line); err != nil {
		return err
	}
	if err := l.press(ctx, "enter"); err != nil {
		return err
	}
	l.count(func(t *tally) { t.Commands++ })
	_, err := l.await("the prompt", l.prompted)
	return err
}
