package check

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/cel/environment"
)

const (
	// evalLimit is how long one expression may take. An expression within the
	// API server's cost limit takes a few milliseconds; this is for a machine
	// that is out of breath.
	evalLimit = time.Second
	// interruptEvery is after how many steps of a comprehension the time is
	// looked at.
	interruptEvery = 100
	// maxExpression is the longest expression, in bytes.
	maxExpression = 16 << 10
)

// errCostly says that an expression went over its limits, which tells nothing
// about the cluster.
var errCostly = errors.New("over the limit")

// newEnv returns the environment of a ValidatingAdmissionPolicy's expressions
// in the Kubernetes release that the engine carries, with maps walked in the
// order of their keys (so that the same object always gives the same text) and
// with the variables named.
func newEnv(variables map[string]*cel.Type) (*cel.Env, error) {
	base := environment.MustBaseEnvSet(version.MajorMinor(1, 37)).NewExpressionsEnv()
	opts := []cel.EnvOption{
		cel.EnableMacroCallTracking(),
		cel.CustomTypeAdapter(ordered{base.CELTypeAdapter()}),
	}
	for name, t := range variables {
		opts = append(opts, cel.Variable(name, t))
	}
	env, err := base.Extend(opts...)
	if err != nil {
		return nil, fmt.Errorf("declaring the variables of a check: %w", err)
	}
	return env, nil
}

// program is a compiled expression.
type program struct {
	text string
	run  cel.Program
}

// compile compiles an expression whose result must have one of the types;
// where its type is known only at run time, that is not checked.
func compile(env *cel.Env, text string, want ...*cel.Type) (*program, error) {
	if len(text) > maxExpression {
		return nil, fmt.Errorf("expression of %d bytes: the limit is %d", len(text), maxExpression)
	}
	checked, issues := env.Compile(text)
	if err := issues.Err(); err != nil {
		return nil, err
	}
	if out := checked.OutputType(); len(want) > 0 && !out.IsExactType(cel.DynType) && !isOneOf(out, want) {
		return nil, fmt.Errorf("expression gives %s, wanted %s", out, want[0])
	}
	run, err := env.Program(checked, cel.InterruptCheckFrequency(interruptEvery))
	if err != nil {
		return nil, fmt.Errorf("planning the expression: %w", err)
	}
	return &program{text: text, run: run}, nil
}

func isOneOf(t *cel.Type, among []*cel.Type) bool {
	for _, a := range among {
		if t.IsExactType(a) {
			return true
		}
	}
	return false
}

// eval evaluates the program. An error that is errCostly says nothing about
// the values; any other is what CEL says about them, such as a missing key.
func (p *program) eval(values map[string]any) (ref.Val, error) {
	ctx, cancel := context.WithTimeout(context.Background(), evalLimit)
	defer cancel()
	out, _, err := p.run.ContextEval(ctx, values)
	if err != nil && isCostly(err) {
		return nil, fmt.Errorf("%w: %w", errCostly, err)
	}
	return out, err
}

// isCostly recognises both limits. cel-go has no error values for them.
func isCostly(err error) bool {
	return strings.Contains(err.Error(), "cost limit exceeded") || strings.Contains(err.Error(), "operation interrupted")
}

// holds evaluates a condition. A value that is not a boolean is an error.
func (p *program) holds(values map[string]any) (bool, error) {
	out, err := p.eval(values)
	if err != nil {
		return false, err
	}
	b, ok := out.(types.Bool)
	if !ok {
		return false, fmt.Errorf("expression gives %s, wanted bool", out.Type().TypeName())
	}
	return bool(b), nil
}

// ordered adapts Go values as the adapter below it does, but its maps are
// walked in the order of their keys.
type ordered struct{ types.Adapter }

// NativeToValue implements types.Adapter.
func (o ordered) NativeToValue(value any) ref.Val {
	switch v := value.(type) {
	case map[string]any:
		return sortedMap{types.NewStringInterfaceMap(o, v), v, o}
	case []any:
		return types.NewDynamicList(o, v)
	}
	return o.Adapter.NativeToValue(value)
}

// sortedMap hides the map's own way to fold itself, which follows Go's random
// order, behind an iterator over sorted keys.
type sortedMap struct {
	traits.Mapper
	values  map[string]any
	adapter types.Adapter
}

// Iterator implements traits.Iterable.
func (m sortedMap) Iterator() traits.Iterator {
	return types.NewStringList(m.adapter, sortedKeys(m.values)).Iterator()
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
