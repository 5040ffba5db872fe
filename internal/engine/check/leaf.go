package check

import (
	"fmt"
	"strconv"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/parser"
)

// A leaf is one conjunct of a condition: a && b && c has three. The first one
// that does not hold is what a learner is told of.
type leaf struct {
	cond *program
	form form
	op   string   // of compared, as written between value and constant
	neg  bool     // of contains, present and truth: the negation is wanted
	path string   // the field that is looked at, without `object.`
	root string   // the variable that the path begins with
	left *program // its value; the container of contains
	want *program // the constant that it is held against

	shares []string // keys of `shares` that it reads

	onlyStatus bool // every field that it reads is part of a status
	filledIn   bool // the field is in a spec, but a controller sets it
}

// form is what kind of sentence a leaf is.
type form int

const (
	opaque   form = iota // none of these: the check says itself what it wants
	compared             // value op constant
	contains             // constant in value
	present              // has(path)
	truth                // path alone
)

// splitter takes a condition apart. It works on the tree before type checking,
// and compiles each part by itself.
type splitter struct {
	env  *cel.Env
	info *ast.SourceInfo
}

// split returns the conjuncts of a condition that is known to compile.
func split(env *cel.Env, text string) ([]leaf, error) {
	parsed, issues := env.Parse(text)
	if err := issues.Err(); err != nil {
		return nil, err
	}
	tree := parsed.NativeRep()
	s := splitter{env, tree.SourceInfo()}
	var leaves []leaf
	for _, e := range conjuncts(tree.Expr()) {
		l, err := s.leaf(e)
		if err != nil {
			return nil, err
		}
		leaves = append(leaves, l)
	}
	return leaves, nil
}

func conjuncts(e ast.Expr) []ast.Expr {
	if !isCall(e, operators.LogicalAnd) {
		return []ast.Expr{e}
	}
	var all []ast.Expr
	for _, arg := range e.AsCall().Args() {
		all = append(all, conjuncts(arg)...)
	}
	return all
}

func (s splitter) leaf(e ast.Expr) (leaf, error) {
	l := leaf{onlyStatus: readsOnlyStatus(e), shares: sharesIn(e)}
	var err error
	if l.cond, err = s.compile(e); err != nil {
		return l, err
	}
	neg := false
	for isCall(e, operators.LogicalNot) {
		e, neg = e.AsCall().Args()[0], !neg
	}
	return l, s.describe(&l, e, neg)
}

// describe finds the leaf's form; err is a part that does not compile alone.
func (s splitter) describe(l *leaf, e ast.Expr, neg bool) error {
	if isCall(e, "contains") && e.AsCall().IsMemberFunction() && isConstant(e.AsCall().Args()[0]) {
		l.form, l.neg = contains, neg
		return s.compareWith(l, e.AsCall().Target(), e.AsCall().Args()[0])
	}
	if e.Kind() == ast.CallKind && len(e.AsCall().Args()) == 2 && !e.AsCall().IsMemberFunction() {
		return s.binary(l, e.AsCall(), neg)
	}
	if path, root, ok := pathOf(e); ok {
		l.form, l.neg = truth, neg
		if e.Kind() == ast.SelectKind && e.AsSelect().IsTestOnly() {
			l.form = present
		}
		return s.value(l, e, path, root)
	}
	return nil
}

func (s splitter) binary(l *leaf, call ast.CallExpr, neg bool) error {
	op, known := comparisons()[call.FunctionName()]
	if !known {
		if path, root, ok := pathOf(s.rebuilt(call)); ok {
			l.form, l.neg = truth, neg
			return s.value(l, s.rebuilt(call), path, root)
		}
		return nil
	}
	left, right := call.Args()[0], call.Args()[1]
	switch {
	case isConstant(right) && !isConstant(left):
	case isConstant(left) && !isConstant(right) && op.name == "in":
		l.form, l.neg = contains, neg
		return s.compareWith(l, right, left)
	case isConstant(left) && !isConstant(right):
		left, right, op.name, op.negated = right, left, op.flipped, comparisons()[op.flippedFunc].negated
	default:
		return nil
	}
	l.form, l.op = compared, op.name
	if neg {
		l.op = op.negated
	}
	return s.compareWith(l, left, right)
}

// rebuilt gives a call (an index) back as an expression.
func (splitter) rebuilt(call ast.CallExpr) ast.Expr {
	return ast.NewExprFactory().NewCall(0, call.FunctionName(), call.Args()...)
}

func (s splitter) compareWith(l *leaf, value, constant ast.Expr) (err error) {
	if l.want, err = s.compile(constant); err != nil {
		return err
	}
	path, root := measured(value)
	return s.value(l, value, path, root)
}

func (s splitter) value(l *leaf, e ast.Expr, path, root string) (err error) {
	l.path, l.root = path, root
	l.filledIn = isFilledIn(path)
	if e.Kind() == ast.SelectKind && e.AsSelect().IsTestOnly() {
		return nil // has(a.b): there is no value to show
	}
	l.left, err = s.compile(e)
	return err
}

func (s splitter) compile(e ast.Expr) (*program, error) {
	text, err := parser.Unparse(e, s.info)
	if err != nil {
		return nil, fmt.Errorf("writing a part of the expression: %w", err)
	}
	return compile(s.env, text)
}

// comparisonOp is an operator as people write it, with its negation and what
// it becomes when its sides are exchanged.
type comparisonOp struct{ name, negated, flipped, flippedFunc string }

func comparisons() map[string]comparisonOp {
	return map[string]comparisonOp{
		operators.Equals:        {"==", "!=", "==", operators.Equals},
		operators.NotEquals:     {"!=", "==", "!=", operators.NotEquals},
		operators.Less:          {"<", ">=", ">", operators.Greater},
		operators.LessEquals:    {"<=", ">", ">=", operators.GreaterEquals},
		operators.Greater:       {">", "<=", "<", operators.Less},
		operators.GreaterEquals: {">=", "<", "<=", operators.LessEquals},
		operators.In:            {"in", "not in", "", ""},
	}
}

func isCall(e ast.Expr, function string) bool {
	return e.Kind() == ast.CallKind && e.AsCall().FunctionName() == function
}

// isConstant tells whether an expression depends on nothing but the lab's
// variables.
func isConstant(e ast.Expr) bool {
	constant := true
	ast.PreOrderVisit(e, ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() == ast.IdentKind && e.AsIdent() != "vars" {
			constant = false
		}
	}))
	return constant
}

// pathOf writes a chain of fields and constant indexes as a reader of the API
// would, such as metadata.labels["app.kubernetes.io/name"]. The variable
// `object` goes without saying, and so does any other that stands alone.
func pathOf(e ast.Expr) (path, root string, ok bool) {
	steps, root, ok := steps(e)
	if !ok {
		return "", "", false
	}
	if root != "object" && len(steps) > 0 {
		path = root
	}
	for _, s := range steps {
		path += s.within(path)
	}
	return path, root, true
}

// measured is pathOf for what stands on a comparison's left: a size says so,
// and any other function of one path is named by the path.
func measured(e ast.Expr) (path, root string) {
	if path, root, ok := pathOf(e); ok {
		return path, root
	}
	if e.Kind() != ast.CallKind {
		return "", ""
	}
	call := e.AsCall()
	args := call.Args()
	if call.IsMemberFunction() {
		args = append([]ast.Expr{call.Target()}, args...)
	}
	if len(args) != 1 {
		return "", ""
	}
	path, root = measured(args[0])
	if call.FunctionName() == "size" && root != "" {
		path = "size(" + pathOr(path, root) + ")"
	}
	return path, root
}

func pathOr(path, root string) string {
	if path == "" {
		return root
	}
	return path
}

// step is a field's name, or an index into a list.
type step struct {
	field string
	index string // set for an index
}

func (s step) within(before string) string {
	switch {
	case s.index != "":
		return "[" + s.index + "]"
	case !isName(s.field):
		return "[" + quote(s.field) + "]"
	case before == "":
		return s.field
	}
	return "." + s.field
}

// steps follows a chain down to its variable.
func steps(e ast.Expr) (chain []step, root string, ok bool) {
	switch {
	case e.Kind() == ast.IdentKind:
		return nil, e.AsIdent(), true
	case e.Kind() == ast.SelectKind:
		chain, root, ok = steps(e.AsSelect().Operand())
		return append(chain, step{field: e.AsSelect().FieldName()}), root, ok
	case isCall(e, operators.Index) && e.AsCall().Args()[1].Kind() == ast.LiteralKind:
		chain, root, ok = steps(e.AsCall().Args()[0])
		switch key := e.AsCall().Args()[1].AsLiteral().(type) {
		case types.String:
			return append(chain, step{field: string(key)}), root, ok
		case types.Int:
			return append(chain, step{index: strconv.FormatInt(int64(key), 10)}), root, ok
		}
	}
	return nil, "", false
}

// isName tells whether a key can be written as a field.
func isName(s string) bool {
	for i, r := range s {
		letter := r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}
