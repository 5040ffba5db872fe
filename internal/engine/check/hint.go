package check

import (
	"errors"
	"fmt"

	"github.com/google/cel-go/cel"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// hint is the condition of a lab's hint, compiled.
type hint struct {
	number int // the hint's place in the lab's list, from 1
	with   map[string]course.ObjectRef
	when   *program // nil where it is broken
}

// CompileHints returns a fault for each hint whose condition an author has to
// mend; it needs no cluster. Checks are the IDs that a condition may name. Names
// of variables are verified unless vars is nil.
func CompileHints(hints []course.Hint, checks, vars []string) []protocol.HintFault {
	var faults []protocol.HintFault
	c := newCompiler(vars)
	for i, h := range hints {
		if h.When == "" {
			continue
		}
		key, err := "with", validWith(h.With)
		if err == nil {
			key = "when"
			_, err = c.condition(h, checks)
		}
		if err != nil {
			faults = append(faults, protocol.HintFault{Hint: i + 1, Key: key, Reason: course.Same(err.Error())})
		}
	}
	return faults
}

// hints compiles the conditions of hints. A broken one never holds.
func (c *compiler) hints(lab *course.Lab, vars map[string]string) []*hint {
	checks := make([]string, len(lab.Checks))
	for i, check := range lab.Checks {
		checks[i] = check.ID
	}
	var all []*hint
	for i, h := range lab.Hints {
		if h.When == "" {
			continue
		}
		made := &hint{number: i + 1, with: substitutedRefs(h.With, vars)}
		if validWith(h.With) == nil {
			made.when, _ = c.condition(h, checks)
		}
		all = append(all, made)
	}
	return all
}

// condition compiles when a hint is offered.
func (c *compiler) condition(h course.Hint, checks []string) (*program, error) {
	strings := cel.MapType(cel.StringType, cel.StringType)
	variables := map[string]*cel.Type{"checks": strings, "vars": strings}
	for name := range h.With {
		variables[name] = cel.DynType
	}
	env, err := c.env(variables)
	if err != nil {
		return nil, err
	}
	p, err := compile(env, h.When, cel.BoolType)
	if err != nil {
		return nil, err
	}
	check, err := unknownKey(env, h.When, "checks", checks)
	if err == nil && check != "" {
		err = fmt.Errorf("the lab has no check %q", check)
	}
	return p, errors.Join(err, c.knownVars(env, h.When))
}

// watchedHint is a condition with what it looks at.
type watchedHint struct {
	*hint
	with map[string]source
}

func (s *session) watchHint(h *hint) watchedHint {
	w := watchedHint{hint: h, with: make(map[string]source)}
	for name, ref := range h.with {
		w.with[name] = s.object(ref)
	}
	return w
}

// offered lists the hints whose condition holds, under the lock.
func (s *session) offered(verdicts []protocol.Verdict) []int {
	if len(s.hints) == 0 {
		return nil
	}
	states := make(map[string]string, len(verdicts))
	for _, v := range verdicts {
		states[v.Check] = string(v.Result)
	}
	var numbers []int
	for _, h := range s.hints {
		if h.holds(map[string]any{"vars": s.vars, "checks": states}) {
			numbers = append(numbers, h.number)
		}
	}
	return numbers
}

// holds evaluates the condition. What is not known yet, or has no value, does
// not hold.
func (h watchedHint) holds(values map[string]any) bool {
	if h.when == nil {
		return false
	}
	for name, src := range h.with {
		r := src.read()
		if !r.why().IsZero() {
			return false
		}
		values[name] = r.value
	}
	holds, err := h.when.holds(values)
	return err == nil && holds
}
