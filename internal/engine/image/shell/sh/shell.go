// Package sh is the shell of the containers, a POSIX shell that behaves as
// busybox's ash, and as bash where a script asks for that.
//
// Scripts are parsed and words are expanded by mvdan.cc/sh. What runs them is
// here, because a shell in a container is more than its language: a process
// among others. Subshells, pipes and jobs are processes of their own with
// numbers that kill reaches, "exec" replaces the shell under the same number,
// traps run between commands and wake up "wait", every step costs CPU time and
// every value memory, and no script, however deeply nested, can end more than
// itself.
package sh

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"mvdan.cc/sh/v3/syntax"

	"kubetutor/internal/engine/kernel"
)

// shell is one shell or subshell: a process that interprets commands.
type shell struct {
	p   *kernel.Process
	ctx context.Context

	bash   bool   // called as bash
	name   string // $0
	params []string
	vars   *variables
	funcs  map[string]*syntax.Stmt
	alias  map[string]string

	builtins map[string]builtin // the same for all subshells
	fds      descriptors
	opts     options
	traps    traps
	jobs     jobs
	meter    meter

	status  int  // $?
	flow    flow // what unwinds
	levels  int  // how many loops it still leaves
	loops   int  // how many loops run
	calls   int  // how many functions and sourced files run
	depth   int  // how deeply statements are nested
	tested  int  // > 0: a failure is looked at, so set -e lets it pass
	line    uint // of the command that runs
	current *syntax.CallExpr

	substituted int  // the status of the last command substitution of a command without a name
	replaced    bool // by a program, which has ended
	only        bool // bash runs one command and is replaced by it
	subshell    bool
	blame       string // the builtin that an error names
	running     string // the builtin that runs
	history     []string
	getopt      getoptState
}

// flow is what ends a list of commands early.
type flow int

const (
	flowNone flow = iota
	flowBreak
	flowContinue
	flowReturn
	flowInterrupt // back to the prompt
	flowExit
)

// options are what set changes.
type options struct {
	interactive, command, stdin                  bool // how the shell was started: -i, -c, -s
	login                                        bool
	allexport, errexit, noglob, noexec, nounset  bool
	verbose, xtrace, pipefail, noclobber, notify bool
	monitor, ignoreeof                           bool
}

// maxDepth is how deeply statements, functions and substitutions may be nested.
// A real shell ends by a stack overflow somewhat later.
const maxDepth = 1000

func newShell(ctx context.Context, p *kernel.Process, bash bool) *shell {
	s := &shell{
		p: p, ctx: ctx, bash: bash, name: "sh",
		funcs: map[string]*syntax.Stmt{}, alias: map[string]string{},
		builtins: newBuiltins(bash), fds: standard(p),
	}
	s.meter = meter{s: s}
	s.vars = newVariables(s, p.Env())
	s.traps = newTraps(p)
	return s
}

// clone is the shell that a subshell begins with, in process p.
func (s *shell) clone(ctx context.Context, p *kernel.Process) *shell {
	c := *s
	c.p, c.ctx, c.subshell = p, ctx, true
	c.meter = meter{s: &c}
	c.vars = s.vars.clone(&c)
	c.funcs, c.alias = maps.Clone(s.funcs), maps.Clone(s.alias)
	c.fds = s.fds.dup()
	c.params = slices.Clone(s.params)
	c.traps = s.traps.inherited(p)
	c.jobs = jobs{last: s.jobs.last, root: s.jobs.root}
	c.loops, c.calls, c.flow = 0, s.calls, flowNone
	c.opts.interactive, c.opts.monitor = false, false
	c.history = nil
	return &c
}

func (s *shell) stdin() io.Reader  { return s.fds.reader(0) }
func (s *shell) stdout() io.Writer { return s.fds.writer(1) }
func (s *shell) stderr() io.Writer { return s.fds.writer(2) }

// errorf prints an error as ash does: in a script with the line. It is the
// status 1.
func (s *shell) errorf(format string, args ...any) int {
	text := fmt.Sprintf(format, args...)
	if own, ok := strings.CutPrefix(text, s.running+": "); ok && s.running != "" && !s.bash && !s.opts.interactive {
		line := s.line // ash names the builtin before the line
		if !s.scripted() {
			line = 0
		}
		text = fmt.Sprintf("%s: line %d: %s", s.running, line, own)
	} else if s.scripted() {
		text = fmt.Sprintf("line %d: %s", s.line, text)
	}
	fmt.Fprintf(s.stderr(), "%s: %s\n", s.name, text)
	return 1
}

// scripted says whether errors name the line: those of a file, and all of bash.
func (s *shell) scripted() bool {
	return s.line > 0 && !s.opts.interactive && (s.bash || !s.opts.command && !s.opts.stdin)
}

// fatalf prints an error that ends a shell which is not interactive.
func (s *shell) fatalf(code int, format string, args ...any) int {
	s.errorf(format, args...)
	if s.opts.interactive {
		s.unwind(flowInterrupt)
	} else {
		s.unwind(flowExit)
	}
	s.status = code
	return code
}

func (s *shell) unwind(f flow) {
	if s.flow < f {
		s.flow = f
	}
}

// unwinding says whether the commands that follow are to be left out.
func (s *shell) unwinding() bool {
	if s.flow == flowNone && s.ctx.Err() != nil {
		s.flow, s.status = flowExit, 137
	}
	return s.flow != flowNone
}

// end runs the EXIT trap and closes what the shell holds.
func (s *shell) end() int {
	if !s.replaced && s.ctx.Err() == nil {
		s.exitTrap()
	}
	s.meter.settle()
	s.fds.close()
	return s.status & 0xff
}

const (
	// stepCost is the CPU time that a step of a script declares. A step takes
	// less than a quarter of that on the machine, so that a busy loop, which is
	// held to one core of the declared time, leaves the machine to others.
	stepCost = 8 * time.Microsecond

	stepsAtOnce = 64
)

// meter declares what a shell uses.
type meter struct {
	s     *shell
	steps int
	held  int64 // bytes not declared yet
}

// step is called for each command.
func (m *meter) step() {
	m.steps++
	if m.steps >= stepsAtOnce {
		m.settle()
	}
}

func (m *meter) settle() {
	if m.steps > 0 {
		_ = m.s.p.Use(m.s.ctx, time.Duration(m.steps)*stepCost) // fails when the process ends, which unwinding sees
	}
	m.steps = 0
}

// grow declares memory, in bytes, in pieces that are worth it.
func (m *meter) grow(n int) error {
	m.held += int64(n)
	if m.held < 16<<10 && m.held > -(16<<10) {
		return nil
	}
	n64 := m.held
	m.held = 0
	return m.s.hold(n64)
}

// hold declares memory at once.
func (s *shell) hold(n int64) error {
	if err := s.p.Grow(n); err != nil {
		s.fatalf(2, "out of memory")
		return err
	}
	return s.ctx.Err()
}

// flags is the value of $-.
func (s *shell) flags() string {
	var b strings.Builder
	for _, o := range optionTable {
		if o.letter != 0 && *o.field(&s.opts) {
			b.WriteByte(o.letter)
		}
	}
	return b.String()
}

type optionEntry struct {
	letter byte
	name   string
	field  func(*options) *bool
}

var optionTable = []optionEntry{
	{'a', "allexport", func(o *options) *bool { return &o.allexport }},
	{'e', "errexit", func(o *options) *bool { return &o.errexit }},
	{'f', "noglob", func(o *options) *bool { return &o.noglob }},
	{'I', "ignoreeof", func(o *options) *bool { return &o.ignoreeof }},
	{'i', "interactive", func(o *options) *bool { return &o.interactive }},
	{'m', "monitor", func(o *options) *bool { return &o.monitor }},
	{'n', "noexec", func(o *options) *bool { return &o.noexec }},
	{'s', "stdin", func(o *options) *bool { return &o.stdin }},
	{'x', "xtrace", func(o *options) *bool { return &o.xtrace }},
	{'v', "verbose", func(o *options) *bool { return &o.verbose }},
	{'C', "noclobber", func(o *options) *bool { return &o.noclobber }},
	{'b', "notify", func(o *options) *bool { return &o.notify }},
	{'u', "nounset", func(o *options) *bool { return &o.nounset }},
	{0, "pipefail", func(o *options) *bool { return &o.pipefail }},
}

func findOption(match func(optionEntry) bool) (func(*options) *bool, bool) {
	i := slices.IndexFunc(optionTable, match)
	if i < 0 {
		return nil, false
	}
	return optionTable[i].field, true
}

func optionByLetter(letter byte) (func(*options) *bool, bool) {
	return findOption(func(o optionEntry) bool { return o.letter == letter })
}

func optionByName(name string) (func(*options) *bool, bool) {
	return findOption(func(o optionEntry) bool { return o.name == name })
}
