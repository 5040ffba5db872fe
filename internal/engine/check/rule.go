package check

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// mode is when a rule's condition must hold.
type mode int

const (
	modeExists mode = iota // no condition
	modeExpect
	modeAlways
	modeNever
)

// rule is a check that has been compiled.
type rule struct {
	check  course.Check
	mode   mode
	cond   *program // the whole condition; nil in modeExists
	leaves []leaf
	have   *program
	by     *program // what answers of a request are counted by

	broken error // it cannot be judged
	flaw   error // it can, but an author has to mend it
}

// Compile returns a verdict for each check that an author has to mend, with
// the reason; it needs no cluster. A check without an id is named by what it
// is about. Names of variables are verified unless vars is nil.
func Compile(checks []course.Check, vars []string) []protocol.Verdict {
	var faults []protocol.Verdict
	c := newCompiler(vars)
	for _, check := range checks {
		r := c.rule(check)
		if err := errors.Join(r.broken, r.flaw); err != nil {
			faults = append(faults, protocol.Verdict{
				Check:  label(check),
				Result: protocol.Fail,
				Reason: course.Same(err.Error()),
			})
		}
	}
	return faults
}

// CompileAll compiles what a request names: checks, and hints.
func CompileAll(req protocol.Judge) protocol.Judgement {
	return protocol.Judgement{Verdicts: Compile(req.Checks, req.Vars), Hints: CompileHints(req.Hints, req.CheckIDs, req.Vars)}
}

// compiler makes rules. Checks with the same variables share an environment,
// which costs more to make than a program.
type compiler struct {
	vars []string // nil: not verified
	envs map[string]*cel.Env
}

func newCompiler(vars []string) *compiler {
	return &compiler{vars: vars, envs: make(map[string]*cel.Env)}
}

// rules compiles checks, in order, after the variables' values have been put
// into everything that is not an expression.
func (c *compiler) rules(checks []course.Check, vars map[string]string) []*rule {
	rules := make([]*rule, len(checks))
	for i, check := range checks {
		rules[i] = c.rule(substituted(check, vars))
	}
	return rules
}

func (c *compiler) rule(check course.Check) *rule {
	r := &rule{check: check}
	text, err := r.condition()
	r.broken = errors.Join(err, validSubject(check), validWith(check.With))
	if r.broken == nil {
		r.broken = c.expressions(r, text)
	}
	if r.broken == nil {
		r.flaw = errors.Join(r.needsWant(), r.narrow())
	}
	return r
}

// condition finds the mode and the text of the condition.
func (r *rule) condition() (string, error) {
	var text string
	n := 0
	for m, s := range map[mode]string{modeExpect: r.check.Expect, modeAlways: r.check.Always, modeNever: r.check.Never} {
		if s != "" {
			r.mode, text = m, s
			n++
		}
	}
	if n > 1 {
		return "", errors.New("at most one of expect, always and never can be said")
	}
	if r.check.Absent != nil && n > 0 {
		return "", errors.New("absent takes no condition")
	}
	if r.isSampled() && r.lasting() {
		return "", errors.New("this is looked at now and then: it takes expect, not always or never")
	}
	return text, nil
}

func (c *compiler) expressions(r *rule, text string) error {
	env, err := c.env(variablesOf(r.check))
	if err != nil {
		return err
	}
	if r.check.Have != "" {
		if r.have, err = compile(env, r.check.Have, cel.StringType); err != nil {
			return fmt.Errorf("have: %w", err)
		}
	}
	if err := c.by(r); err != nil || text == "" {
		return err
	}
	if r.cond, err = compile(env, text, cel.BoolType); err != nil {
		return err
	}
	if r.leaves, err = split(env, text); err != nil {
		return err
	}
	if err := r.countable(); err != nil {
		return err
	}
	return c.knownVars(env, text, r.check.Have)
}

// variablesOf are those that the expressions of a check know.
func variablesOf(check course.Check) map[string]*cel.Type {
	variables := subjectVariables(check)
	variables["vars"] = cel.MapType(cel.StringType, cel.StringType)
	for name := range check.With {
		variables[name] = cel.DynType
	}
	return variables
}

// env returns the environment in which the variables are known.
func (c *compiler) env(variables map[string]*cel.Type) (*cel.Env, error) {
	var key strings.Builder
	for _, name := range sortedKeys(variables) {
		fmt.Fprintf(&key, "%s %s,", name, variables[name])
	}
	if env, made := c.envs[key.String()]; made {
		return env, nil
	}
	env, err := newEnv(variables)
	if err == nil {
		c.envs[key.String()] = env
	}
	return env, err
}

func subjectVariables(check course.Check) map[string]*cel.Type {
	list := cel.ListType(cel.DynType)
	switch {
	case check.Object != nil:
		return map[string]*cel.Type{"object": cel.DynType}
	case check.List != nil:
		return map[string]*cel.Type{"items": list}
	case check.Access != nil:
		return map[string]*cel.Type{"allowed": cel.BoolType}
	case check.File != nil:
		return map[string]*cel.Type{"file": fileType(check.File.As)}
	case check.Audit != nil:
		return map[string]*cel.Type{"requests": list}
	case check.Exec != nil:
		return map[string]*cel.Type{"exit": cel.IntType, "stdout": cel.StringType, "stderr": cel.StringType, "lines": cel.ListType(cel.StringType)}
	case check.Logs != nil:
		return map[string]*cel.Type{"log": cel.StringType, "lines": cel.ListType(cel.StringType)}
	case check.Request != nil && check.Request.Times == 0:
		return map[string]*cel.Type{"response": cel.DynType}
	case check.Request != nil:
		return map[string]*cel.Type{"responses": list, "shares": cel.MapType(cel.StringType, cel.IntType)}
	case check.Resolve != nil:
		return map[string]*cel.Type{"answers": cel.ListType(cel.StringType), "rcode": cel.StringType, "error": cel.StringType}
	case check.Absent != nil:
		return map[string]*cel.Type{}
	}
	return map[string]*cel.Type{"object": cel.DynType, "items": list}
}

func fileType(as string) *cel.Type {
	switch as {
	case "", "text":
		return cel.StringType
	case "lines":
		return cel.ListType(cel.StringType)
	}
	return cel.DynType
}

// knownVars verifies the names after `vars.`.
func (c *compiler) knownVars(env *cel.Env, texts ...string) error {
	if c.vars == nil {
		return nil
	}
	for _, text := range texts {
		name, err := unknownKey(env, text, "vars", c.vars)
		if err != nil {
			return err
		}
		if name != "" {
			return fmt.Errorf("the lab has no variable %q", name)
		}
	}
	return nil
}

// unknownKey finds a key of a map that an expression names and that is not
// known; empty where there is none.
func unknownKey(env *cel.Env, text, of string, known []string) (unknown string, err error) {
	if text == "" {
		return "", nil
	}
	parsed, issues := env.Parse(text)
	if err := issues.Err(); err != nil {
		return "", err
	}
	ast.PreOrderVisit(parsed.NativeRep().Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		chain, root, ok := steps(e)
		if ok && root == of && len(chain) > 0 && !slices.Contains(known, chain[0].field) {
			unknown = chain[0].field
		}
	}))
	return unknown, nil
}

// needsWant complains of a check that cannot say what it wants.
func (r *rule) needsWant() error {
	if !r.check.Want.IsZero() {
		return nil
	}
	if r.mode == modeNever && len(r.leaves) > 1 {
		return errors.New("never with && needs a want")
	}
	for _, l := range r.leaves {
		if l.form == opaque {
			return fmt.Errorf("what %q wants cannot be derived: say it in want", l.cond.text)
		}
	}
	return nil
}

// label names a check for people who have no id of it.
func label(c course.Check) string {
	object := func(o *course.ObjectRef) string { return o.Kind + "/" + o.Name }
	switch {
	case c.ID != "":
		return c.ID
	case c.Object != nil:
		return object(c.Object)
	case c.Absent != nil:
		return object(c.Absent)
	case c.List != nil:
		return c.List.Kind
	case c.Access != nil:
		return c.Access.User + " " + c.Access.Verb + " " + c.Access.Resource
	case c.File != nil:
		return c.File.Path
	case c.Audit != nil:
		return c.Audit.Verb + " " + c.Audit.Resource
	case c.Exec != nil:
		return "exec " + cmp.Or(c.Exec.Pod, c.Exec.LabelSelector)
	case c.Logs != nil:
		return "logs " + cmp.Or(c.Logs.Pod, c.Logs.LabelSelector)
	case c.Request != nil:
		return "request " + c.Request.URL
	case c.Resolve != nil:
		return "resolve " + c.Resolve.Name
	}
	return c.Title.EN
}

// validSubject verifies what can be verified of a subject without a cluster.
func validSubject(c course.Check) error {
	n := 0
	for _, set := range []bool{c.Object != nil, c.List != nil, c.Absent != nil, c.Access != nil, c.File != nil, c.Audit != nil, c.Exec != nil, c.Logs != nil, c.Request != nil, c.Resolve != nil} {
		if set {
			n++
		}
	}
	if n > 1 {
		return errors.New("a check has one subject")
	}
	switch {
	case c.Object != nil:
		return validKind(c.Object.APIVersion, c.Object.Kind)
	case c.Absent != nil:
		return validKind(c.Absent.APIVersion, c.Absent.Kind)
	case c.List != nil:
		return validList(c.List)
	case c.Access != nil && (c.Access.User == "" || c.Access.Verb == "" || (c.Access.Resource == "") == (c.Access.Path == "")):
		return errors.New("access needs a user, a verb, and either a resource or a path")
	case c.File != nil:
		return validFile(c.File)
	case c.Exec != nil && (len(c.Exec.Command) == 0 || c.Exec.Command[0] == ""):
		return errors.New("exec needs a command")
	case c.Exec != nil:
		return validPods(c.Exec.Pod, c.Exec.LabelSelector)
	case c.Logs != nil:
		return validPods(c.Logs.Pod, c.Logs.LabelSelector)
	case c.Request != nil:
		return validRequest(c.Request)
	case c.Resolve != nil:
		return validResolve(c.Resolve)
	}
	return nil
}

func validPods(name, selector string) error {
	if (name == "") == (selector == "") {
		return errors.New("either a pod or a labelSelector is needed")
	}
	if _, err := labels.Parse(selector); err != nil {
		return fmt.Errorf("labelSelector: %w", err)
	}
	return nil
}

func validKind(apiVersion, kind string) error {
	if _, err := schema.ParseGroupVersion(apiVersion); err != nil {
		return fmt.Errorf("apiVersion %q: %w", apiVersion, err)
	}
	if apiVersion == "" || kind == "" {
		return errors.New("apiVersion and kind are needed")
	}
	return nil
}

func validList(l *course.ListRef) error {
	if _, err := labels.Parse(l.LabelSelector); err != nil {
		return fmt.Errorf("labelSelector: %w", err)
	}
	if _, err := fields.ParseSelector(l.FieldSelector); err != nil {
		return fmt.Errorf("fieldSelector: %w", err)
	}
	return validKind(l.APIVersion, l.Kind)
}

func validFile(f *course.FileRef) error {
	if f.Path == "" {
		return errors.New("file needs a path")
	}
	if !slices.Contains([]string{"", "text", "yaml", "json", "lines"}, f.As) {
		return fmt.Errorf("a file cannot be read as %q: text, yaml, json or lines", f.As)
	}
	return nil
}

func validWith(objects map[string]course.ObjectRef) error {
	taken := []string{"object", "items", "allowed", "file", "requests", "exit", "stdout", "stderr", "lines", "log",
		"response", "responses", "shares", "answers", "rcode", "error", "vars", "checks"}
	for _, name := range sortedKeys(objects) {
		if slices.Contains(taken, name) || !isName(name) {
			return fmt.Errorf("with: %q cannot be a name here", name)
		}
		if err := validKind(objects[name].APIVersion, objects[name].Kind); err != nil {
			return fmt.Errorf("with %s: %w", name, err)
		}
	}
	return nil
}
