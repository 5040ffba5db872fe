package author

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// canCompile tells whether there is an engine for expressions, and says so once
// if there is none.
func (l *linter) canCompile() bool {
	if l.o.Judge == nil && !l.skipped {
		l.skip("the expressions of checks: there is no engine to compile them")
		l.skipped = true
	}
	return !l.skipped
}

// expressions lets the engine compile every expression of a lesson.
func (l *linter) expressions(ctx context.Context, lesson *course.Body) error {
	quiz := path.Join(lesson.Dir, "quiz.yaml")
	for i, q := range lesson.Questions {
		if err := l.compile(ctx, quiz, q.Checks, []string{}, "questions", i, "checks"); err != nil {
			return err
		}
	}
	for _, lab := range lesson.Labs {
		file := path.Join(lesson.Dir, "labs", lab.ID, "lab.yaml")
		vars := slices.AppendSeq([]string{}, maps.Keys(lab.Vars)) // never nil: a lab without variables has none
		if err := l.compile(ctx, file, lab.Settled, vars, "settled"); err != nil {
			return err
		}
		if err := l.compile(ctx, file, lab.Checks, vars, "checks"); err != nil {
			return err
		}
		if err := l.conditions(ctx, file, lab, vars); err != nil {
			return err
		}
	}
	return nil
}

// conditions judges when the hints of a lab are offered.
func (l *linter) conditions(ctx context.Context, file string, lab *course.Lab, vars []string) error {
	if !slices.ContainsFunc(lab.Hints, func(h course.Hint) bool { return h.When != "" }) {
		return nil
	}
	ids := make([]string, len(lab.Checks))
	for i, c := range lab.Checks {
		ids[i] = c.ID
	}
	answer, err := l.judge(ctx, file, protocol.Judge{Hints: lab.Hints, CheckIDs: ids, Vars: vars})
	for _, f := range answer.Hints {
		l.yaml(file).fault("write it in CEL, as in lessons/GUIDE.md under Hints", "the condition of a hint does not compile: %s", f.Reason.EN)("hints", f.Hint-1, f.Key)
	}
	return err
}

// compile judges the checks that stand under a key of a file. They are numbered
// for the engine: not every check has an id.
func (l *linter) compile(ctx context.Context, file string, checks []course.Check, vars []string, at ...any) error {
	if len(checks) == 0 {
		return nil
	}
	numbered := make([]course.Check, len(checks))
	byID := map[string]int{}
	for i, c := range checks {
		c.ID = fmt.Sprint(i)
		numbered[i], byID[c.ID] = c, i
	}
	answer, err := l.judge(ctx, file, protocol.Judge{Checks: numbered, Vars: vars})
	for _, v := range answer.Verdicts {
		if i, ok := byID[v.Check]; ok && v.Result != protocol.Pass {
			l.yaml(file).fault("write it in CEL, as in lessons/GUIDE.md under Checks", "an expression does not compile: %s", v.Reason.EN)(append(at, i, keyOf(checks[i]))...)
		}
	}
	return err
}

// judge lets the engine compile. Where there is none, or it refuses, that is noted
// once, and nothing is found.
func (l *linter) judge(ctx context.Context, file string, req protocol.Judge) (protocol.Judgement, error) {
	if !l.canCompile() {
		return protocol.Judgement{}, nil
	}
	req.Compile = true
	answer, err := l.o.Judge.Judge(ctx, req)
	var refused *protocol.Error
	switch {
	case errors.As(err, &refused):
		l.skip("the expressions of checks: %s", refused.Message)
		l.skipped = true
		return protocol.Judgement{}, nil
	case err != nil:
		return protocol.Judgement{}, fmt.Errorf("compiling the expressions of %s: %w", file, err)
	}
	return answer, nil
}

// keyOf is the key of a check's main expression.
func keyOf(c course.Check) string {
	switch {
	case c.Always != "":
		return "always"
	case c.Never != "":
		return "never"
	}
	return "expect"
}
