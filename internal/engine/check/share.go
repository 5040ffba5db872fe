package check

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/types"
)

// minRoom is the least that bounds of a share must leave between them. Endpoints
// and backends are chosen by sequences that are spread evenly (see package
// fabric), so that a share differs from the expected by one or two; a learner's
// right way may add a request of somebody else in between.
const minRoom = 6

// by compiles what the answers of a request are counted by.
func (c *compiler) by(r *rule) (err error) {
	if r.check.Request == nil || r.check.Request.By == "" {
		return nil
	}
	env, err := c.env(map[string]*cel.Type{"response": cel.DynType, "vars": cel.MapType(cel.StringType, cel.StringType)})
	if err != nil {
		return err
	}
	if r.by, err = compile(env, r.check.Request.By); err != nil {
		return fmt.Errorf("by: %w", err)
	}
	return c.knownVars(env, r.check.Request.By)
}

// shares counts answers by their value. What expressions ask for is there also if
// it never came.
func (r *rule) shares(answers []answer, vars map[string]string) map[string]any {
	counts := make(map[string]any)
	for _, l := range r.leaves {
		for _, key := range l.shares {
			counts[key] = int64(0)
		}
	}
	if r.by == nil {
		return counts
	}
	for _, a := range answers {
		key := r.shareOf(a, vars)
		n, _ := counts[key].(int64)
		counts[key] = n + 1
	}
	return counts
}

// shareOf is what an answer is counted as: its failure where there is none, and
// "" where it has no value.
func (r *rule) shareOf(a answer, vars map[string]string) string {
	if a.failure != nil {
		return a.failure.kind
	}
	out, err := r.by.eval(map[string]any{"response": a.values, "vars": vars})
	if err != nil {
		return ""
	}
	return plain(out)
}

// others says in brackets what answers were counted as, but for one key.
func others(shares any, but string) string {
	counts, _ := shares.(map[string]any)
	var all []string
	for _, key := range sortedKeys(counts) {
		if key != but {
			all = append(all, fmt.Sprintf("%s: %v", cmp.Or(key, `""`), counts[key]))
		}
	}
	if len(all) == 0 {
		return ""
	}
	return " (" + strings.Join(all, ", ") + ")"
}

// sharesIn are the keys of `shares` that an expression names.
func sharesIn(e ast.Expr) (keys []string) {
	ast.PreOrderVisit(e, ast.NewExprVisitor(func(e ast.Expr) {
		if chain, root, ok := steps(e); ok && root == "shares" && len(chain) > 0 && chain[0].field != "" {
			keys = append(keys, chain[0].field)
		}
	}))
	return keys
}

// bounds are what conditions say of one share.
type bounds struct{ least, most int64 }

// narrow complains of a share that could be missed by chance. None and all are no
// matter of chance.
func (r *rule) narrow() error {
	if r.check.Request == nil || r.by == nil {
		return nil
	}
	all := int64(r.check.Request.Times)
	found := map[string]bounds{}
	for _, l := range r.leaves {
		if l.form != compared || l.root != "shares" || len(l.shares) != 1 {
			continue
		}
		b, known := found[l.shares[0]]
		if !known {
			b = bounds{0, all}
		}
		found[l.shares[0]] = b.within(l)
	}
	for _, key := range sortedKeys(found) {
		b := found[key]
		switch {
		case b.least > b.most:
			return fmt.Errorf("no number of answers is right for shares[%q]", key)
		case b.least > 0 && b.most < all && b.most-b.least < minRoom:
			return fmt.Errorf("shares[%q] may be from %d to %d: leave room for %d at least, for it is a matter of chance", key, b.least, b.most, minRoom)
		}
	}
	return nil
}

// within narrows bounds by a comparison with a number that is known now.
func (b bounds) within(l leaf) bounds {
	out, err := l.want.eval(map[string]any{})
	n, ok := out.(types.Int)
	if err != nil || !ok {
		return b
	}
	number := int64(n)
	switch l.op {
	case "==":
		return bounds{max(b.least, number), min(b.most, number)}
	case ">=":
		b.least = max(b.least, number)
	case ">":
		b.least = max(b.least, number+1)
	case "<=":
		b.most = min(b.most, number)
	case "<":
		b.most = min(b.most, number-1)
	}
	return b
}

// countable complains of expressions over what the request does not bind.
func (r *rule) countable() error {
	if q := r.check.Request; q != nil && q.By == "" {
		for _, l := range r.leaves {
			if len(l.shares) > 0 {
				return errors.New("shares needs `by:`, which says what the answers are counted by")
			}
		}
	}
	return nil
}
