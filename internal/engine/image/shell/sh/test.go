package sh

import (
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"

	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/kernel"
)

// tester evaluates the expressions of test(1) for a process.
type tester struct {
	p    *kernel.Process
	file func(fd int) any // an open file
	args []string
	err  string
}

func (s *shell) tester(args []string) *tester {
	return &tester{p: s.p, args: args, file: func(fd int) any { return s.fds[fd].file }}
}

// test evaluates all operands: 0 is true, 1 false, 2 an error, which why explains.
func (t *tester) test() (code int, why string) {
	if len(t.args) == 0 {
		return 1, ""
	}
	result := t.short()
	if t.err == "" && len(t.args) > 0 {
		t.err = t.args[0] + ": unknown operand"
	}
	switch {
	case t.err != "":
		return 2, t.err
	case result:
		return 0, ""
	}
	return 1, ""
}

// short takes the forms with up to three operands, which POSIX defines by their
// number, so that operands may look like operators.
func (t *tester) short() bool {
	a := t.args
	switch {
	case len(a) == 1:
		t.args = nil
		return a[0] != ""
	case len(a) == 2 && a[0] == "!":
		t.args = nil
		return a[1] == ""
	case len(a) == 3 && binaryOperators[a[1]]:
		t.args = nil
		return t.binary(a[0], a[1], a[2])
	case len(a) == 4 && a[0] == "!" && binaryOperators[a[2]]:
		t.args = nil
		return !t.binary(a[1], a[2], a[3])
	}
	return t.or()
}

func (t *tester) peek() string {
	if len(t.args) == 0 {
		return ""
	}
	return t.args[0]
}

func (t *tester) next() string {
	word := t.peek()
	if len(t.args) > 0 {
		t.args = t.args[1:]
	}
	return word
}

func (t *tester) or() bool {
	result := t.and()
	for t.peek() == "-o" && t.err == "" {
		t.next()
		other := t.and()
		result = result || other
	}
	return result
}

func (t *tester) and() bool {
	result := t.not()
	for t.peek() == "-a" && t.err == "" {
		t.next()
		other := t.not()
		result = result && other
	}
	return result
}

func (t *tester) not() bool {
	result := true
	for t.peek() == "!" && len(t.args) > 1 {
		t.next()
		result = !result
	}
	return t.primary() == result
}

func (t *tester) primary() bool {
	if len(t.args) == 0 {
		t.err = "argument expected"
		return false
	}
	if len(t.args) > 2 && binaryOperators[t.args[1]] {
		a, op, b := t.next(), t.next(), t.next()
		return t.binary(a, op, b)
	}
	word := t.next()
	switch {
	case word == "(" && len(t.args) > 0:
		result := t.or()
		if t.next() != ")" && t.err == "" {
			t.err = "closing paren expected"
		}
		return result
	case len(word) == 2 && word[0] == '-' && strings.Contains(unaryOperators, word[1:]) && len(t.args) > 0:
		return t.unary(word[1], t.next())
	}
	return word != ""
}

const unaryOperators = "bcdefghkLnOpGrsStuwxzN"

var binaryOperators = map[string]bool{
	"=": true, "==": true, "!=": true, "<": true, ">": true, "-eq": true, "-ne": true, "-lt": true,
	"-le": true, "-gt": true, "-ge": true, "-nt": true, "-ot": true, "-ef": true,
}

func (t *tester) unary(op byte, arg string) bool {
	switch op {
	case 'n':
		return arg != ""
	case 'z':
		return arg == ""
	case 't':
		return t.isTTY(arg)
	case 'r', 'w', 'x':
		return t.p.FS().Access(arg, map[byte]uint32{'r': 4, 'w': 2, 'x': 1}[op]) == nil
	case 'h', 'L':
		info, err := t.p.FS().Lstat(arg)
		return err == nil && info.Mode()&fs.ModeSymlink != 0
	}
	info, err := t.p.FS().Stat(arg)
	return err == nil && t.ofFile(op, info)
}

func (t *tester) ofFile(op byte, info fs.FileInfo) bool {
	mode := info.Mode()
	stat, _ := info.Sys().(*kernel.Stat)
	switch op {
	case 'e':
		return true
	case 'f':
		return mode.IsRegular()
	case 'd':
		return mode.IsDir()
	case 's':
		return info.Size() > 0
	case 'p':
		return mode&fs.ModeNamedPipe != 0
	case 'S':
		return mode&fs.ModeSocket != 0
	case 'c':
		return mode&fs.ModeCharDevice != 0
	case 'b':
		return mode&fs.ModeDevice != 0 && mode&fs.ModeCharDevice == 0
	case 'g':
		return mode&fs.ModeSetgid != 0
	case 'u':
		return mode&fs.ModeSetuid != 0
	case 'k':
		return mode&fs.ModeSticky != 0
	case 'O':
		return stat != nil && stat.UID == t.p.Cred().UID
	case 'G':
		return stat != nil && stat.GID == t.p.Cred().GID
	}
	return false
}

func (t *tester) isTTY(arg string) bool {
	fd, err := strconv.Atoi(arg)
	return err == nil && onTerminal(t.file(fd))
}

// onTerminal says whether a file of a process is a terminal.
func onTerminal(file any) bool { return tool.Terminal(file) != nil }

func (t *tester) binary(a, op, b string) bool {
	switch op {
	case "=", "==":
		return a == b
	case "!=":
		return a != b
	case "<":
		return a < b
	case ">":
		return a > b
	case "-nt", "-ot", "-ef":
		return t.compareFiles(a, op, b)
	}
	x, y := t.integer(a), t.integer(b)
	switch op {
	case "-eq":
		return x == y
	case "-ne":
		return x != y
	case "-lt":
		return x < y
	case "-le":
		return x <= y
	case "-gt":
		return x > y
	}
	return x >= y
}

func (t *tester) integer(word string) int64 {
	n, err := strconv.ParseInt(strings.TrimPrefix(strings.TrimSpace(word), "+"), 10, 64)
	if err != nil && t.err == "" {
		t.err = word + ": bad number"
	}
	return n
}

func (t *tester) compareFiles(a, op, b string) bool {
	x, errX := t.p.FS().Stat(a)
	y, errY := t.p.FS().Stat(b)
	switch {
	case op == "-ef":
		return errX == nil && errY == nil && sameFile(x, y)
	case op == "-nt":
		return errX == nil && (errY != nil || x.ModTime().After(y.ModTime()))
	}
	return errY == nil && (errX != nil || x.ModTime().Before(y.ModTime()))
}

func sameFile(x, y fs.FileInfo) bool {
	a, okA := x.Sys().(*kernel.Stat)
	b, okB := y.Sys().(*kernel.Stat)
	return okA && okB && a.Ino == b.Ino && a.Dev == b.Dev
}

// builtinTest is "test" and "[".
func builtinTest(s *shell, args []string) int {
	code, why := s.tester(args).test()
	if why != "" {
		s.applet("test", why)
	}
	return code
}

func builtinBracket(s *shell, args []string) int {
	if len(args) == 0 || args[len(args)-1] != "]" {
		s.applet("[", "missing ]")
		return 2
	}
	return builtinTest(s, args[:len(args)-1])
}

// testClause is "[[ ... ]]".
func (s *shell) testClause(c *syntax.TestClause) int {
	t := s.tester(nil)
	result, err := s.testExpr(t, c.X)
	switch {
	case err != nil:
		return s.expansionFailed(err)
	case t.err != "":
		s.errorf("%s", t.err)
		return 2
	case result:
		return 0
	}
	return 1
}

func (s *shell) testExpr(t *tester, x syntax.TestExpr) (bool, error) {
	switch x := x.(type) {
	case *syntax.Word:
		value, err := s.literal(x)
		return value != "", err
	case *syntax.ParenTest:
		return s.testExpr(t, x.X)
	case *syntax.UnaryTest:
		return s.testUnary(t, x)
	case *syntax.BinaryTest:
		return s.testBinary(t, x)
	}
	return false, fmt.Errorf("syntax error: %T in [[", x)
}

func (s *shell) testUnary(t *tester, x *syntax.UnaryTest) (bool, error) {
	if x.Op == syntax.TsNot {
		result, err := s.testExpr(t, x.X)
		return !result, err
	}
	word, ok := x.X.(*syntax.Word)
	if !ok {
		return false, fmt.Errorf("syntax error: %s", x.Op)
	}
	value, err := s.literal(word)
	switch {
	case err != nil:
		return false, err
	case x.Op == syntax.TsVarSet:
		return s.vars.Get(value).IsSet(), nil
	case x.Op == syntax.TsOptSet:
		field, ok := optionByName(value)
		return ok && *field(&s.opts), nil
	}
	return t.unary(x.Op.String()[1], value), nil
}

func (s *shell) testBinary(t *tester, x *syntax.BinaryTest) (bool, error) {
	if x.Op == syntax.AndTest || x.Op == syntax.OrTest {
		left, err := s.testExpr(t, x.X)
		if err != nil || left == (x.Op == syntax.OrTest) {
			return left, err
		}
		return s.testExpr(t, x.Y)
	}
	left, okX := x.X.(*syntax.Word)
	right, okY := x.Y.(*syntax.Word)
	if !okX || !okY {
		return false, fmt.Errorf("syntax error: %s", x.Op)
	}
	a, err := s.literal(left)
	if err != nil {
		return false, err
	}
	switch x.Op {
	case syntax.TsMatch, syntax.TsMatchShort, syntax.TsNoMatch:
		p, err := expand.Pattern(s.config(), right)
		return s.matches(p, a) == (x.Op != syntax.TsNoMatch), err
	}
	b, err := s.literal(right)
	if err != nil {
		return false, err
	}
	if x.Op == syntax.TsReMatch {
		return s.testRegexp(a, b)
	}
	return t.binary(a, x.Op.String(), b), nil
}

func (s *shell) testRegexp(value, expr string) (bool, error) {
	re, err := regexp.Compile(expr)
	if err != nil {
		return false, fmt.Errorf("syntax error: bad regular expression %q", expr)
	}
	found := re.FindStringSubmatch(value)
	if found != nil && s.bash {
		_ = s.vars.Set("BASH_REMATCH", expand.Variable{Set: true, Kind: expand.Indexed, List: found})
	}
	return found != nil, nil
}
