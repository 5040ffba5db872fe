package sh

import (
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// variables are a shell's variables. Locals of functions are seen by what the
// function calls, as in every POSIX shell: a call saves the values that it hides
// and puts them back at its end.
type variables struct {
	s      *shell
	values map[string]expand.Variable
	frames []map[string]expand.Variable // what the locals of each running function hide
	passed []string                     // of the environment: what no name of a variable could reach, and programs get all the same

	large int // bytes of large values that the running expansion has taken
}

func newVariables(s *shell, env []string) *variables {
	v := &variables{s: s, values: make(map[string]expand.Variable, len(env)+8)}
	for _, pair := range env {
		name, value, ok := strings.Cut(pair, "=")
		switch {
		case ok && syntax.ValidName(name):
			v.values[name] = expand.Variable{Set: true, Exported: true, Kind: expand.String, Str: value}
		case ok:
			v.passed = append(v.passed, pair)
		}
	}
	v.start("IFS", " \t\n", false)
	v.start("OPTIND", "1", false)
	v.start("PATH", "/sbin:/usr/sbin:/bin:/usr/bin", false)
	v.start("PWD", "", true)
	v.start("PS2", "> ", false)
	v.start("PS4", "+ ", false)
	if s.bash {
		v.start("BASH_VERSION", "5.2.37(1)-release", false)
	}
	pwd := v.values["PWD"]
	pwd.Str = s.p.Dir()
	v.values["PWD"] = pwd
	return v
}

func (v *variables) start(name, value string, exported bool) {
	if _, ok := v.values[name]; !ok || name == "IFS" {
		v.values[name] = expand.Variable{Set: true, Kind: expand.String, Str: value, Exported: exported}
	}
}

func (v *variables) clone(s *shell) *variables {
	return &variables{s: s, values: maps.Clone(v.values), passed: v.passed}
}

// largeValue is from where on using a value is charged as memory.
const largeValue = 64 << 10

// Get is a variable, or a special parameter. A large value is charged while the
// expansion lasts, so that "$x$x$x" meets the memory limit before it is built.
func (v *variables) Get(name string) expand.Variable {
	if value, ok := v.special(name); ok {
		return value
	}
	value := v.values[name]
	if len(value.Str) >= largeValue {
		v.large += 2 * len(value.Str)
		if v.s.hold(2*int64(len(value.Str))) != nil {
			return expand.Variable{}
		}
	}
	return value
}

// settle gives back what Get has charged.
func (v *variables) settle() {
	if v.large > 0 {
		_ = v.s.p.Grow(-int64(v.large))
		v.large = 0
	}
}

func text(value string) expand.Variable {
	return expand.Variable{Set: true, Kind: expand.String, Str: value}
}

func number(n int) expand.Variable { return text(strconv.Itoa(n)) }

func (v *variables) special(name string) (expand.Variable, bool) {
	s := v.s
	switch name {
	case "#":
		return number(len(s.params)), true
	case "@", "*":
		return expand.Variable{Set: true, Kind: expand.Indexed, List: append([]string{}, s.params...)}, true
	case "?":
		return number(s.status), true
	case "$":
		return number(s.jobs.shellPID(s.p)), true
	case "!":
		if s.jobs.last == 0 {
			return expand.Variable{}, true
		}
		return number(s.jobs.last), true
	case "-":
		return text(s.flags()), true
	case "0":
		return text(s.name), true
	case "PPID":
		return number(s.p.PPID()), true
	case "RANDOM":
		return number(rand.IntN(1 << 15)), true
	case "EUID", "UID":
		return number(s.p.Cred().UID), s.bash
	case "BASHPID":
		return number(s.p.PID()), s.bash
	}
	return v.positional(name)
}

func (v *variables) positional(name string) (expand.Variable, bool) {
	if user, ok := strings.CutPrefix(name, "HOME "); ok {
		return text(homeOf(v.s.p.FS(), user)), true
	}
	if name == "" || name[0] < '0' || name[0] > '9' {
		return expand.Variable{}, false
	}
	n, err := strconv.Atoi(name)
	if err != nil || n > len(v.s.params) {
		return expand.Variable{}, true
	}
	return text(v.s.params[n-1]), true
}

// Each calls a function with all variables.
func (v *variables) Each(do func(string, expand.Variable) bool) {
	for _, name := range slices.Sorted(maps.Keys(v.values)) {
		if !do(name, v.values[name]) {
			return
		}
	}
}

var errReadOnly = errors.New("is read only")

// Set sets or unsets a variable.
func (v *variables) Set(name string, value expand.Variable) error {
	if !syntax.ValidName(name) {
		return errors.New("bad variable name")
	}
	old, had := v.values[name]
	switch {
	case value.Kind == expand.KeepValue:
		exported, readonly := value.Exported, value.ReadOnly
		value = old
		value.Exported, value.ReadOnly = exported, readonly
	case had && old.ReadOnly:
		return readOnlyError(name)
	}
	if err := v.s.meter.grow(sizeOf(value) - sizeOf(old)); err != nil {
		return err
	}
	if !value.Declared() {
		delete(v.values, name)
		return nil
	}
	v.values[name] = value
	return nil
}

type readOnlyError string

func (e readOnlyError) Error() string { return string(e) + ": " + errReadOnly.Error() }

func sizeOf(value expand.Variable) int {
	n := len(value.Str)
	for _, e := range value.List {
		n += len(e) + 16
	}
	for k, e := range value.Map {
		n += len(k) + len(e) + 32
	}
	return n
}

// assign sets a string and leaves the other attributes.
func (v *variables) assign(name, value string) error {
	old := v.values[name]
	return v.Set(name, expand.Variable{
		Set: true, Kind: expand.String, Str: value,
		Exported: old.Exported || v.s.opts.allexport, ReadOnly: old.ReadOnly, Local: old.Local,
	})
}

// value is a variable as a string.
func (v *variables) value(name string) string { return v.Get(name).String() }

func (v *variables) unset(name string) error { return v.Set(name, expand.Variable{}) }

// enter begins a function and leave ends it.
func (v *variables) enter() { v.frames = append(v.frames, map[string]expand.Variable{}) }

func (v *variables) leave() {
	last := len(v.frames) - 1
	hidden := v.frames[last]
	v.frames = v.frames[:last]
	for name, old := range hidden {
		_ = v.s.meter.grow(sizeOf(old) - sizeOf(v.values[name]))
		if old.Declared() {
			v.values[name] = old
		} else {
			delete(v.values, name)
		}
	}
}

// local makes a variable the running function's own. It says whether there is one.
func (v *variables) local(name string) bool {
	if len(v.frames) == 0 {
		return false
	}
	frame := v.frames[len(v.frames)-1]
	if _, done := frame[name]; !done {
		frame[name] = v.values[name]
	}
	return true
}

// environ is what programs get.
func (v *variables) environ() []string {
	env := slices.Clone(v.passed)
	v.Each(func(name string, value expand.Variable) bool {
		if value.Exported && value.IsSet() && value.Kind == expand.String {
			env = append(env, name+"="+value.Str)
		}
		return true
	})
	return env
}
