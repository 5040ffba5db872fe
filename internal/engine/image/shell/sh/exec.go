package sh

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/pattern"
	"mvdan.cc/sh/v3/syntax"

	"kubetutor/internal/engine/kernel"
)

// list runs statements, one after the other, until something unwinds.
func (s *shell) list(stmts []*syntax.Stmt) int {
	for _, st := range stmts {
		if s.unwinding() {
			break
		}
		s.statement(st)
	}
	return s.status
}

// statement runs one statement with its redirections, and sets $?.
func (s *shell) statement(st *syntax.Stmt) {
	if s.opts.noexec && !s.opts.interactive {
		return
	}
	s.depth++
	defer func() { s.depth-- }()
	if s.depth > maxDepth {
		s.fatalf(2, "nested too deeply")
		return
	}
	s.meter.step()
	s.line = st.Pos().Line()
	if st.Background {
		s.status = s.background(st)
		return
	}
	if st.Negated {
		s.negated(st)
	} else {
		s.status = s.redirected(st)
	}
	s.runTraps()
}

func (s *shell) negated(st *syntax.Stmt) {
	s.tested++
	code := s.redirected(st)
	s.tested--
	s.status = 0
	if code == 0 {
		s.status = 1
	}
}

// redirected runs the command of a statement.
func (s *shell) redirected(st *syntax.Stmt) int {
	if call, ok := st.Cmd.(*syntax.CallExpr); ok {
		return s.checked(s.simple(call, st.Redirs))
	}
	undo, err := s.redirect(st.Redirs)
	defer undo()
	if err != nil {
		return s.checked(s.redirectFailed(err))
	}
	return s.command(st.Cmd)
}

func (s *shell) redirectFailed(err error) int {
	if _, unset := err.(expand.UnsetParameterError); unset {
		return s.expansionFailed(err)
	}
	return s.errorf("%v", err)
}

// checked is what set -e and the ERR trap make of a command's failure.
func (s *shell) checked(code int) int {
	if code == 0 || s.tested > 0 || s.flow != flowNone {
		return code
	}
	s.status = code
	if s.traps.err != "" {
		action := s.traps.err
		s.traps.err = ""
		s.eval(action)
		s.traps.err = action
		s.status = code
	}
	if s.opts.errexit {
		s.unwind(flowExit)
	}
	return code
}

// command runs a compound command.
func (s *shell) command(cmd syntax.Command) int {
	switch c := cmd.(type) {
	case nil:
		return 0
	case *syntax.Block:
		return s.group(c.Stmts)
	case *syntax.Subshell:
		return s.checked(s.runSubshell(c))
	case *syntax.BinaryCmd:
		return s.binary(c)
	case *syntax.IfClause:
		return s.ifClause(c)
	case *syntax.WhileClause:
		return s.while(c)
	case *syntax.ForClause:
		return s.forClause(c)
	case *syntax.CaseClause:
		return s.caseClause(c)
	case *syntax.FuncDecl:
		if c.Name == nil || c.Body == nil {
			return s.fatalf(2, "syntax error: unexpected \"(\"")
		}
		s.funcs[c.Name.Value] = c.Body
		return 0
	case *syntax.TestClause:
		return s.checked(s.testClause(c))
	case *syntax.ArithmCmd:
		return s.checked(s.arithmetic(c.X))
	case *syntax.LetClause:
		return s.checked(s.let(c))
	case *syntax.DeclClause:
		return s.checked(s.declare(c))
	case *syntax.TimeClause:
		return s.time(c)
	}
	return s.fatalf(2, "syntax error: %T is not supported", cmd)
}

func (s *shell) group(stmts []*syntax.Stmt) int {
	s.status = 0
	return s.list(stmts)
}

func (s *shell) runSubshell(c *syntax.Subshell) int {
	j, err := s.forkList(c.Stmts, forkOptions{})
	if err != nil {
		return s.errorf("%v", err)
	}
	return s.await(j)
}

func (s *shell) binary(c *syntax.BinaryCmd) int {
	if c.Op == syntax.Pipe || c.Op == syntax.PipeAll {
		return s.checked(s.pipeline(c))
	}
	s.tested++
	s.statement(c.X)
	s.tested--
	if s.unwinding() || (s.status == 0) != (c.Op == syntax.AndStmt) {
		return s.status
	}
	s.statement(c.Y)
	return s.status
}

// condition runs a list whose failure is only looked at.
func (s *shell) condition(stmts []*syntax.Stmt) bool {
	s.tested++
	defer func() { s.tested-- }()
	return s.list(stmts) == 0
}

func (s *shell) ifClause(c *syntax.IfClause) int {
	for ; c != nil; c = c.Else {
		// an else is an if without a condition
		if len(c.Cond) == 0 || s.condition(c.Cond) {
			if s.unwinding() {
				return s.status
			}
			return s.group(c.Then)
		}
		if s.unwinding() {
			return s.status
		}
	}
	return 0
}

// loop runs a body; it says whether the loop goes on.
func (s *shell) loop(body []*syntax.Stmt) bool {
	s.meter.step()
	s.list(body)
	if s.levels > 0 && (s.flow == flowBreak || s.flow == flowContinue) {
		s.levels--
		if s.levels > 0 {
			return false
		}
		again := s.flow == flowContinue
		s.flow = flowNone
		return again && !s.unwinding()
	}
	return !s.unwinding()
}

func (s *shell) while(c *syntax.WhileClause) int {
	s.loops++
	defer func() { s.loops-- }()
	code := 0
	for {
		met := s.condition(c.Cond)
		if s.flow == flowBreak || s.flow == flowContinue {
			s.loop(nil)
			return code
		}
		if s.unwinding() {
			return s.status
		}
		if met == c.Until {
			return code
		}
		s.status = 0
		again := s.loop(c.Do)
		code = s.status
		if !again {
			return code
		}
	}
}

func (s *shell) forClause(c *syntax.ForClause) int {
	s.loops++
	defer func() { s.loops-- }()
	if style, ok := c.Loop.(*syntax.CStyleLoop); ok {
		return s.cStyle(style, c.Do)
	}
	iter := c.Loop.(*syntax.WordIter)
	items, err := s.items(iter)
	if err != nil {
		return s.expansionFailed(err)
	}
	s.status = 0
	for _, item := range items {
		if err := s.vars.assign(iter.Name.Value, item); err != nil {
			return s.fatalf(2, "%v", err)
		}
		if !s.loop(c.Do) {
			break
		}
	}
	return s.status
}

func (s *shell) items(iter *syntax.WordIter) ([]string, error) {
	if !iter.InPos.IsValid() {
		return append([]string{}, s.params...), nil
	}
	return s.fields(iter.Items)
}

func (s *shell) cStyle(c *syntax.CStyleLoop, body []*syntax.Stmt) int {
	s.status = 0
	if c.Init != nil {
		s.evaluate(c.Init)
	}
	for !s.unwinding() {
		if c.Cond != nil && s.evaluate(c.Cond) == 0 {
			return 0
		}
		if !s.loop(body) {
			break
		}
		if c.Post != nil {
			s.evaluate(c.Post)
		}
	}
	return s.status
}

// evaluate is the value of an arithmetic expression.
func (s *shell) evaluate(x syntax.ArithmExpr) int {
	defer s.vars.settle()
	n, err := expand.Arithm(s.config(), x)
	if err != nil {
		s.expansionFailed(err)
	}
	return n
}

func (s *shell) arithmetic(x syntax.ArithmExpr) int {
	n := s.evaluate(x)
	if s.unwinding() {
		return s.status
	}
	if n == 0 {
		return 1
	}
	return 0
}

func (s *shell) let(c *syntax.LetClause) (code int) {
	for _, x := range c.Exprs {
		code = s.arithmetic(x)
	}
	return code
}

func (s *shell) caseClause(c *syntax.CaseClause) int {
	value, err := s.literal(c.Word)
	if err != nil {
		return s.expansionFailed(err)
	}
	s.status = 0
	through := false
	for _, item := range c.Items {
		if !through && !s.matchesAny(item.Patterns, value) {
			continue
		}
		if s.unwinding() {
			return s.status
		}
		s.group(item.Stmts)
		if s.flow != flowNone || item.Op == syntax.Break {
			return s.status
		}
		through = item.Op == syntax.Fallthrough
	}
	return s.status
}

func (s *shell) matchesAny(patterns []*syntax.Word, value string) bool {
	for _, word := range patterns {
		p, err := expand.Pattern(s.config(), word)
		if err != nil {
			s.expansionFailed(err)
			return false
		}
		if s.matches(p, value) {
			return true
		}
	}
	return false
}

// matches says whether a whole string matches a pattern.
func (s *shell) matches(p, value string) bool {
	if !strings.ContainsAny(p, `*?[\(`) {
		return p == value
	}
	mode := pattern.EntireString
	if s.bash {
		mode |= pattern.ExtendedOperators
	}
	expr, err := pattern.Regexp(p, mode)
	if err != nil {
		return p == value
	}
	re, err := regexp.Compile(expr)
	return err == nil && re.MatchString(value)
}

// pipeline runs all its commands at once, each in a process of its own.
func (s *shell) pipeline(c *syntax.BinaryCmd) int {
	var parts []stage
	parts = appendStages(parts, c)
	running, err := s.startPipeline(parts)
	if err != nil {
		s.errorf("%v", err)
	}
	code := 0
	for i, j := range running {
		status := s.await(j)
		if status != 0 || i == len(running)-1 && !s.opts.pipefail {
			code = status
		} else if !s.opts.pipefail {
			code = 0
		}
	}
	if err != nil {
		return 2
	}
	return code
}

// stage is a command of a pipeline; all says that its standard error goes on too.
type stage struct {
	stmt *syntax.Stmt
	all  bool
}

func appendStages(parts []stage, c *syntax.BinaryCmd) []stage {
	if x, ok := pipeOf(c.X); ok {
		parts = appendStages(parts, x)
	} else {
		parts = append(parts, stage{stmt: c.X})
	}
	parts[len(parts)-1].all = c.Op == syntax.PipeAll
	if y, ok := pipeOf(c.Y); ok {
		return appendStages(parts, y)
	}
	return append(parts, stage{stmt: c.Y})
}

func pipeOf(st *syntax.Stmt) (*syntax.BinaryCmd, bool) {
	b, ok := st.Cmd.(*syntax.BinaryCmd)
	return b, ok && (b.Op == syntax.Pipe || b.Op == syntax.PipeAll) && !st.Negated && len(st.Redirs) == 0
}

func (s *shell) startPipeline(parts []stage) (running []*job, err error) {
	var input any
	for i, part := range parts {
		files := descriptors{}
		if input != nil {
			files[0] = opened(input)
		}
		if i < len(parts)-1 {
			from, to := kernel.Pipe()
			input = from
			files[1] = opened(to)
			if part.all {
				files[2] = files[1].dup()
			}
		}
		j, err := s.forkList([]*syntax.Stmt{part.stmt}, forkOptions{files: files})
		if err != nil {
			return running, err
		}
		running = append(running, j)
	}
	return running, nil
}

func (s *shell) time(c *syntax.TimeClause) int {
	if st, ok := timed(c); ok && !s.bash {
		s.statement(st)
		return s.status
	}
	began, used := time.Now(), s.p.Container().Usage().CPU
	if c.Stmt != nil {
		s.statement(c.Stmt)
	}
	s.meter.settle()
	cpu := s.p.Container().Usage().CPU - used
	form := "real\t%s\nuser\t%s\nsys\t%s\n"
	if s.bash {
		form = "\n" + form
	}
	fmt.Fprintf(s.stderr(), form, minutes(time.Since(began)), minutes(cpu), minutes(0))
	return s.status
}

// timed is a statement in which time is the program of that name, as in ash,
// which has no such word: it measures the first command of a pipeline.
func timed(c *syntax.TimeClause) (*syntax.Stmt, bool) {
	words := []*syntax.Word{literalWord("time")}
	if c.PosixFormat {
		words = append(words, literalWord("-p"))
	}
	if c.Stmt == nil {
		return nil, false
	}
	return withProgram(c.Stmt, words)
}

func withProgram(st *syntax.Stmt, words []*syntax.Word) (*syntax.Stmt, bool) {
	own := *st
	switch cmd := st.Cmd.(type) {
	case *syntax.CallExpr:
		own.Cmd = &syntax.CallExpr{Args: append(words, cmd.Args...)}
		return &own, len(cmd.Args) > 0 && len(cmd.Assigns) == 0
	case *syntax.BinaryCmd:
		first, ok := withProgram(cmd.X, words)
		pipe := *cmd
		pipe.X = first
		own.Cmd = &pipe
		return &own, ok
	}
	return nil, false
}

func literalWord(text string) *syntax.Word {
	return &syntax.Word{Parts: []syntax.WordPart{&syntax.Lit{Value: text}}}
}

func minutes(d time.Duration) string {
	return fmt.Sprintf("%dm%.3fs", int(d.Minutes()), (d % time.Minute).Seconds())
}
