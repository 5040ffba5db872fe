package check

import (
	"slices"
	"strings"

	"github.com/google/cel-go/common/ast"
)

// A reader finds out which fields an expression reads: those of a status only,
// which the cluster writes, or also others, which are the learner's.
type reader struct {
	status, other bool
	vars          map[string]origin // of the comprehensions around
}

// origin is what a comprehension's variable stands for.
type origin int

const (
	ofObject  origin = iota // a whole object: an element of items
	ofStatus                // something below a status
	ofOther                 // something else
	ofNothing               // an accumulator, or an element of a constant
)

// readsOnlyStatus tells whether an expression reads something, and nothing but
// fields below some object's status.
func readsOnlyStatus(e ast.Expr) bool {
	r := reader{vars: map[string]origin{"vars": ofNothing}}
	r.walk(e)
	return r.status && !r.other
}

func (r *reader) walk(e ast.Expr) {
	if chain, root, ok := steps(e); ok {
		r.note(r.originOf(chain, root))
		return
	}
	switch e.Kind() {
	case ast.CallKind:
		r.call(e.AsCall())
	case ast.SelectKind:
		r.walk(e.AsSelect().Operand())
	case ast.ListKind:
		r.walkAll(e.AsList().Elements())
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			r.walkAll([]ast.Expr{entry.AsMapEntry().Key(), entry.AsMapEntry().Value()})
		}
	case ast.ComprehensionKind:
		r.comprehension(e.AsComprehension())
	}
}

func (r *reader) walkAll(es []ast.Expr) {
	for _, e := range es {
		r.walk(e)
	}
}

func (r *reader) call(c ast.CallExpr) {
	if c.IsMemberFunction() {
		r.walk(c.Target())
	}
	r.walkAll(c.Args())
}

func (r *reader) note(o origin) {
	switch o {
	case ofStatus:
		r.status = true
	case ofOther, ofObject:
		r.other = true
	}
}

// originOf classes a chain of fields by its variable and its first field.
func (r *reader) originOf(chain []step, root string) origin {
	o, isVar := r.vars[root]
	switch {
	case isVar && o != ofObject:
		return o
	case isVar && len(chain) == 0: // handed on, as filter does
		return ofNothing
	case root == "items" && len(chain) > 0 && chain[0].index != "":
		chain = chain[1:]
	}
	switch {
	case len(chain) == 0:
		return ofObject
	case chain[0].field == "status" && root != "response": // that of an answer is no part of an object
		return ofStatus
	}
	return ofOther
}

// comprehension walks a macro such as all or filter. Going through items reads
// nothing yet; what matters is what is read of each.
func (r *reader) comprehension(c ast.ComprehensionExpr) {
	element := ofNothing
	chain, root, ok := steps(c.IterRange())
	switch {
	case ok && root == "items" && len(chain) == 0:
		element = ofObject
	case ok:
		element = r.originOf(chain, root)
		r.note(element)
	default:
		r.walk(c.IterRange())
		element = r.elementOf(c.IterRange())
	}
	inner := reader{vars: map[string]origin{c.AccuVar(): ofNothing, c.IterVar(): element}}
	if c.HasIterVar2() {
		inner.vars[c.IterVar()], inner.vars[c.IterVar2()] = ofNothing, element
	}
	for name, o := range r.vars {
		if _, shadowed := inner.vars[name]; !shadowed {
			inner.vars[name] = o
		}
	}
	inner.walkAll([]ast.Expr{c.LoopCondition(), c.LoopStep()})
	r.status, r.other = r.status || inner.status, r.other || inner.other
}

// elementOf says what the elements of a computed list are: items.filter(…)
// still has objects, anything else is what it was made from.
func (r *reader) elementOf(e ast.Expr) origin {
	if e.Kind() != ast.ComprehensionKind {
		return ofNothing
	}
	_, root, ok := steps(e.AsComprehension().IterRange())
	if ok && root == "items" {
		return ofObject
	}
	return ofNothing
}

// isFilledIn tells whether a field outside the status is one that controllers
// set on an object that somebody else made.
func isFilledIn(path string) bool {
	controllers := []string{"spec.volumeName", "spec.nodeName", "spec.claimRef"}
	return slices.ContainsFunc(controllers, func(field string) bool {
		return path == field || strings.HasPrefix(path, field+".")
	})
}
