package awk

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/kernel"
)

// interpreter runs a program.
type interpreter struct {
	*tool.Call
	prog    *program
	globals map[string]*cell
	frames  [][]*cell
	fields  []string // from $1 on
	record  string
	valid   bool // fields and NF are those of record
	argAt   int
	current *bufio.Reader
	closer  io.Closer
	used    bool // a file was read, so standard input is not
	streams map[string]*stream
	regexps map[string]*regexp.Regexp
	random  *rand.Rand
	seed    float64
	steps   int
	held    int
	code    int
	value   value // of return
	exiting bool
}

// stream is a file or a command that is read or written.
type stream struct {
	in    *bufio.Reader
	out   *bufio.Writer
	close func() int
}

// signal is what ends a list of statements early.
type signal int

const (
	goOn signal = iota
	doBreak
	doContinue
	doNext
	doNextFile
	doExit
	doReturn
)

func newInterpreter(c *tool.Call, prog *program) *interpreter {
	i := &interpreter{
		Call: c, prog: prog, globals: map[string]*cell{}, streams: map[string]*stream{}, regexps: map[string]*regexp.Regexp{},
		random: rand.New(rand.NewPCG(1, 1)),
	}
	for name, v := range map[string]string{"FS": " ", "OFS": " ", "ORS": "\n", "RS": "\n", "SUBSEP": "\x1c", "CONVFMT": "%.6g", "OFMT": "%.6g"} {
		i.global(name).v = text(v)
	}
	for _, name := range []string{"NR", "FNR", "NF", "RSTART"} {
		i.global(name).v = number(0)
	}
	i.global("RLENGTH").v = number(-1)
	env := i.global("ENVIRON").elements()
	for _, pair := range c.Env() {
		name, v, _ := strings.Cut(pair, "=")
		env[name] = input(v)
	}
	return i
}

func (i *interpreter) global(name string) *cell {
	c := i.globals[name]
	if c == nil {
		c = &cell{}
		i.globals[name] = c
	}
	return c
}

func (i *interpreter) cell(e *expr) *cell {
	if e.local >= 0 {
		return i.frames[len(i.frames)-1][e.local]
	}
	return i.global(e.name)
}

func (i *interpreter) str(v value) string { return v.string(i.setting("CONVFMT")) }

func (i *interpreter) setting(name string) string {
	v := i.globals[name].v
	if v.kind == isNumber {
		return v.string("%.6g")
	}
	return v.str
}

// run runs the whole program and returns the exit status.
func (i *interpreter) run() int {
	s := goOn
	for _, b := range i.prog.begin {
		if s = i.list(b.body); s == doExit {
			break
		}
	}
	if s != doExit && (len(i.prog.rules) > 0 || len(i.prog.end) > 0) {
		s = i.records()
	}
	if !i.exiting || s == doExit {
		i.exiting = true
		for _, b := range i.prog.end {
			if i.list(b.body) == doExit {
				break
			}
		}
	}
	i.closeAll()
	return i.code
}

func (i *interpreter) records() signal {
	for {
		record, ok := i.nextRecord()
		if !ok {
			return goOn
		}
		i.setRecord(record)
		if i.rules() == doExit {
			return doExit
		}
	}
}

func (i *interpreter) rules() signal {
	for _, r := range i.prog.rules {
		if !i.applies(r) {
			continue
		}
		if r.bare {
			_, _ = i.Out.WriteString(i.record + i.setting("ORS"))
			continue
		}
		switch s := i.list(r.body); s {
		case doExit, doNext:
			return s
		case doNextFile:
			i.endFile()
			return s
		}
	}
	return goOn
}

func (i *interpreter) applies(r *rule) bool {
	switch {
	case r.from == nil:
		return true
	case r.to == nil:
		return i.eval(r.from).isTrue()
	case !r.active && !i.eval(r.from).isTrue():
		return false
	}
	r.active = !i.eval(r.to).isTrue()
	return true
}

// step charges CPU time, and memory that values took.
func (i *interpreter) step() {
	if i.steps++; i.steps%1024 == 0 {
		i.Spend(1024 * 300)
	}
}

func (i *interpreter) list(list []*statement) signal {
	for _, s := range list {
		i.step()
		if sig := i.statement(s); sig != goOn {
			return sig
		}
	}
	return goOn
}

func (i *interpreter) statement(s *statement) signal {
	switch s.op {
	case "expr":
		i.eval(s.a)
	case "print", "printf":
		i.print(s)
	case "if":
		if i.eval(s.a).isTrue() {
			return i.list(s.body)
		}
		return i.list(s.rest)
	case "while", "do", "for":
		return i.loop(s)
	case "forin":
		return i.forIn(s)
	case "block":
		return i.list(s.body)
	case "next":
		return doNext
	case "nextfile":
		return doNextFile
	case "break":
		return doBreak
	case "continue":
		return doContinue
	case "exit":
		if s.a != nil {
			i.code = int(i.eval(s.a).float()) & 0xff
		}
		return doExit
	case "return":
		i.value = value{}
		if s.a != nil {
			i.value = i.eval(s.a)
		}
		return doReturn
	case "delete":
		i.delete(s)
	}
	return goOn
}

func (i *interpreter) loop(s *statement) signal {
	if s.init != nil {
		i.statement(s.init)
	}
	for first := true; ; first = false {
		i.step()
		if (s.op != "do" || !first) && s.a != nil && !i.eval(s.a).isTrue() {
			return goOn
		}
		if sig, over := i.round(s.body); over {
			return sig
		}
		if s.post != nil {
			i.statement(s.post)
		}
	}
}

// round runs a loop's body once, and says whether the loop is over, and with what.
func (i *interpreter) round(body []*statement) (sig signal, over bool) {
	switch sig := i.list(body); sig {
	case goOn, doContinue:
		return goOn, false
	case doBreak:
		return goOn, true
	default:
		return sig, true
	}
}

// forIn visits the keys in the order of their text, so that a lesson shows the
// same each time. Any order is right.
func (i *interpreter) forIn(s *statement) signal {
	array := i.cell(s.b).elements()
	keys := make([]string, 0, len(array))
	for k := range array {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compareKeys)
	for _, k := range keys {
		i.step()
		if _, ok := array[k]; !ok {
			continue
		}
		i.assign(s.a, input(k))
		if sig, over := i.round(s.body); over {
			return sig
		}
	}
	return goOn
}

func compareKeys(a, b string) int {
	x, y := input(a), input(b)
	if x.numeric() && y.numeric() {
		switch {
		case x.float() < y.float():
			return -1
		case x.float() > y.float():
			return 1
		}
	}
	return strings.Compare(a, b)
}

func (i *interpreter) delete(s *statement) {
	array := i.cell(s.a).elements()
	if s.args == nil {
		clear(array)
		return
	}
	delete(array, i.key(s.args))
}

func (i *interpreter) key(args []*expr) string {
	if len(args) == 1 {
		return i.str(i.eval(args[0]))
	}
	parts := make([]string, len(args))
	for k, a := range args {
		parts[k] = i.str(i.eval(a))
	}
	return strings.Join(parts, i.setting("SUBSEP"))
}

func (i *interpreter) print(s *statement) {
	line := ""
	switch {
	case s.op == "printf":
		if len(s.args) == 0 {
			i.fatal("No format given")
		}
		line = i.format(s.args)
	case len(s.args) == 0:
		line = i.record0() + i.setting("ORS")
	default:
		parts := make([]string, len(s.args))
		for k, a := range s.args {
			parts[k] = i.eval(a).string(i.setting("OFMT"))
		}
		line = strings.Join(parts, i.setting("OFS")) + i.setting("ORS")
	}
	if s.redirect == "" {
		_, _ = i.Out.WriteString(line)
		return
	}
	name := i.str(i.eval(s.b))
	_, _ = i.output(s.redirect, name).WriteString(line)
}

func (i *interpreter) fatal(format string, args ...any) {
	i.closeAll()
	i.Errorf("%s", fmt.Sprintf(format, args...))
	i.Exit(2)
}

// regexp is an expression as a regular expression.
func (i *interpreter) regexp(e *expr) *regexp.Regexp {
	if e.op == "re" {
		return e.re
	}
	return i.compile(i.str(i.eval(e)))
}

func (i *interpreter) compile(expr string) *regexp.Regexp {
	if re, ok := i.regexps[expr]; ok {
		return re
	}
	re, err := tool.Regexp(expr, true, false)
	if err != nil {
		i.fatal("%v", err)
	}
	if len(i.regexps) > 500 {
		clear(i.regexps)
	}
	i.regexps[expr] = re
	return re
}

// hold charges memory for strings that have become large.
func (i *interpreter) hold(n int) {
	i.held += n
	if i.held > 64<<10 {
		i.Hold(i.held)
		i.held = 0
	}
}

func (i *interpreter) assign(place *expr, v value) {
	switch place.op {
	case "var":
		c := i.cell(place)
		if len(v.str) > len(c.v.str)+256 {
			i.hold(len(v.str) - len(c.v.str))
		}
		c.v = v
		if place.local < 0 && place.name == "NF" {
			i.setNF(int(v.float()))
		}
	case "index":
		array := i.cell(place.a).elements()
		key := i.key(place.args)
		if _, old := array[key]; !old {
			i.hold(len(key) + len(v.str) + 64)
		}
		array[key] = v
	case "$":
		i.setField(i.fieldIndex(place.a), i.str(v))
	case "paren":
		i.assign(place.a, v)
	}
}

func (i *interpreter) fieldIndex(e *expr) int {
	n := i.eval(e).float()
	if n < 0 || n > 1<<20 || math.IsNaN(n) {
		i.fatal("Access to negative field")
	}
	return int(n)
}

// start starts a command of the program.
func (i *interpreter) start(command string, spec kernel.Spec) *kernel.Process {
	i.flush()
	spec.Args = []string{"sh", "-c", command}
	child, err := i.Start(spec)
	if err != nil {
		_, why := tool.ExecReason(err)
		i.fatal("can't execute 'sh': %s", why)
	}
	return child
}

func (i *interpreter) flush() {
	i.Out.Flush()
	for _, s := range i.streams {
		if s.out != nil {
			_ = s.out.Flush()
		}
	}
}
