package enginetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
	"kubetutor/lessons"
)

// StartLab begins an attempt at a lab.
func (e *Engine) StartLab(l *course.Lab, number int) protocol.Attempt {
	e.T.Helper()
	a, err := e.LabStart(e.Context(), protocol.StartLab{Lab: *l, Number: number, Seed: 1, Confirmed: e.Confirmed}, func(protocol.Stage) {})
	if err != nil {
		e.Fatal("lab start", err)
	}
	return a
}

// Fatal ends the test with all that a protocol error says.
func (e *Engine) Fatal(what string, err error) {
	e.T.Helper()
	var p *protocol.Error
	if errors.As(err, &p) {
		e.T.Fatalf("%s: %v\n%s\n%s", what, err, p.Hint, strings.Join(p.Log, "\n"))
	}
	e.T.Fatalf("%s: %v", what, err)
}

// AwaitVerdicts follows the lab until ok says yes, and returns what it saw last.
func (e *Engine) AwaitVerdicts(what string, ok func(protocol.Verdicts) bool) (last protocol.Verdicts) {
	e.T.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	enough := errors.New("enough")
	err := e.LabVerdicts(ctx, protocol.Since{}, func(v protocol.Verdicts) error {
		last = v
		if ok(v) {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) {
		e.T.Fatalf("waited in vain for %s: %v; last seen: %+v", what, err, last)
	}
	return last
}

// Passed says whether the lab has been passed.
func Passed(v protocol.Verdicts) bool { return v.Attempt != nil && !v.Attempt.Passed.IsZero() }

// Holds returns a function that says whether a check holds.
func Holds(check string) func(protocol.Verdicts) bool {
	return func(v protocol.Verdicts) bool {
		for _, c := range v.Checks {
			if c.Check == check {
				return c.Result == protocol.Pass
			}
		}
		return false
	}
}

// builtIn loads the course that kubetutor ships.
func builtIn(t testing.TB) *course.Course {
	t.Helper()
	c, err := course.Load(lessons.FS)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// LabOf finds a lab by LESSON/LAB.
func LabOf(t testing.TB, path string) *course.Lab {
	t.Helper()
	for _, l := range AllLabs(t) {
		if l.Path() == path {
			return l
		}
	}
	t.Fatalf("no lab %s", path)
	return nil
}

// AllLabs lists the labs of the course that kubetutor ships.
func AllLabs(t testing.TB) (labs []*course.Lab) {
	t.Helper()
	for _, track := range builtIn(t).Tracks {
		for _, lesson := range track.Lessons {
			body, err := lesson.Body()
			if err != nil {
				t.Fatal(err)
			}
			labs = append(labs, body.Labs...)
		}
	}
	if len(labs) == 0 {
		t.Fatal("the course has no labs")
	}
	return labs
}

// Describe says what a verdict says.
func Describe(v protocol.Verdict) string {
	return fmt.Sprintf("%s: %s, want %s, have %s (%s) %s", v.Check, v.Result, v.Want.EN, v.Have.EN, v.Path, v.Reason.EN)
}

// ReportProof logs a step of a proof, and fails the test where the step did.
func ReportProof(t *testing.T, p protocol.ProofStep) {
	t.Logf("%s, seed %d: begun after %s, %s in all", p.Step, p.Seed, p.Start, p.Took)
	if p.OK {
		return
	}
	t.Errorf("%s, seed %d: expected to fail %v, failed %v, error %+v\n%s", p.Step, p.Seed, p.Expected, p.Failed, p.Error, p.Output)
	for _, v := range p.Verdicts {
		t.Log(Describe(v))
	}
}

// SettingsLab is a lab that stays in its namespace.
func SettingsLab() *course.Lab {
	return &course.Lab{
		ID: "settings", Lesson: "test", Scope: "namespace", Namespace: "shop", Setup: []string{"setup.yaml"},
		Checks: []course.Check{
			{ID: "made", Object: &course.ObjectRef{APIVersion: "v1", Kind: "ConfigMap", Name: "settings"}},
			{ID: "asked", Audit: &course.AuditRef{Verb: "create"}},
		},
		Files: map[string]string{"setup.yaml": "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: given}}\n"},
	}
}
