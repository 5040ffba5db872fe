package sh

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"syscall"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"

	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/kernel"
)

// simple runs a simple command: assignments, redirections, and what the first
// word names: a function, a builtin or a file.
func (s *shell) simple(c *syntax.CallExpr, redirs []*syntax.Redirect) int {
	s.substituted = 0
	args, err := s.fields(c.Args)
	if err != nil {
		return s.expansionFailed(err)
	}
	if s.unwinding() {
		return s.status
	}
	if len(args) > 0 && s.aliased(c, args) {
		return s.status
	}
	if len(args) == 0 {
		return s.assignments(c, redirs)
	}
	s.trace(c, args)
	undo, err := s.redirect(redirs)
	keep := args[0] == "exec" && s.funcs["exec"] == nil
	defer func() {
		if !keep {
			undo()
		}
	}()
	if err != nil {
		keep = false
		return s.redirectionOf(args[0], err)
	}
	return s.call(c, args)
}

// redirectionOf reports that a command's redirection failed, which ends a script
// if the command is a special builtin.
func (s *shell) redirectionOf(name string, err error) int {
	if _, unset := errors.AsType[expand.UnsetParameterError](err); unset {
		return s.expansionFailed(err)
	}
	if special(name) && !s.bash && !s.opts.interactive {
		return s.fatalf(2, "%v", err)
	}
	return s.errorf("%v", err)
}

// assignments is a command without a name.
func (s *shell) assignments(c *syntax.CallExpr, redirs []*syntax.Redirect) int {
	undo, err := s.redirect(redirs)
	defer undo()
	if err != nil {
		return s.redirectFailed(err)
	}
	s.trace(c, nil)
	for _, a := range c.Assigns {
		if err := s.assign(a); err != nil {
			return s.assignFailed(err)
		}
	}
	return s.substituted
}

func (s *shell) assignFailed(err error) int {
	if readonly, ok := errors.AsType[readOnlyError](err); ok {
		return s.fatalf(2, "%v", readonly)
	}
	return s.expansionFailed(err)
}

// call runs what args name, with the assignments before it.
func (s *shell) call(c *syntax.CallExpr, args []string) int {
	name := args[0]
	body, isFunc := s.funcs[name]
	run, isBuiltin := s.builtins[name]
	if !isFunc && !isBuiltin {
		env, err := s.temporary(c.Assigns)
		if err != nil {
			return s.assignFailed(err)
		}
		return s.external(c, args, env)
	}
	restore, err := s.prefix(c.Assigns, !isFunc && special(name))
	defer restore()
	if err != nil {
		return s.assignFailed(err)
	}
	if isFunc {
		return s.function(body, args[1:])
	}
	outer := s.running
	s.running = name
	code := run(s, args[1:])
	s.running = outer
	return code
}

// prefix sets the variables before a function or builtin. restore puts back
// what they were, unless they are to stay.
func (s *shell) prefix(assigns []*syntax.Assign, stay bool) (restore func(), err error) {
	saved := map[string]expand.Variable{}
	restore = func() {
		for name, old := range saved {
			s.vars.values[name] = old
			if !old.Declared() {
				delete(s.vars.values, name)
			}
		}
	}
	for _, a := range assigns {
		if !stay {
			saved[a.Name.Value] = s.vars.values[a.Name.Value]
		}
		if err := s.assign(a); err != nil {
			return restore, err
		}
		if v := s.vars.values[a.Name.Value]; !stay {
			v.Exported = true
			s.vars.values[a.Name.Value] = v
		}
	}
	return restore, nil
}

// temporary is the environment of a program with the assignments before it.
func (s *shell) temporary(assigns []*syntax.Assign) ([]string, error) {
	env := s.vars.environ()
	for _, a := range assigns {
		value, err := s.literal(a.Value)
		if err != nil {
			return nil, err
		}
		prefix := a.Name.Value + "="
		env = slices.DeleteFunc(env, func(pair string) bool { return strings.HasPrefix(pair, prefix) })
		env = append(env, prefix+value)
	}
	return env, nil
}

// function calls a function.
func (s *shell) function(body *syntax.Stmt, args []string) int {
	if s.calls >= maxDepth {
		return s.fatalf(2, "function nested too deeply")
	}
	saved, loops, current := s.params, s.loops, s.current
	s.params, s.loops, s.current = args, 0, nil
	s.calls++
	s.vars.enter()
	s.statement(body)
	s.vars.leave()
	s.calls--
	s.params, s.loops, s.current = saved, loops, current
	if s.flow == flowReturn {
		s.flow = flowNone
	}
	return s.status
}

// trace prints a command for set -x.
func (s *shell) trace(c *syntax.CallExpr, args []string) {
	if !s.opts.xtrace {
		return
	}
	s.opts.xtrace = false
	words := []string{}
	for _, a := range c.Assigns {
		if value, err := s.literal(a.Value); err == nil && a.Name != nil {
			words = append(words, a.Name.Value+"="+quoteIfNeeded(value))
		}
	}
	for _, a := range args {
		words = append(words, quoteIfNeeded(a))
	}
	s.opts.xtrace = true
	fmt.Fprintf(s.stderr(), "%s%s\n", s.vars.value("PS4"), strings.Join(words, " "))
}

// external runs a program in a process of its own, or in the place of a
// subshell that has nothing else to do.
func (s *shell) external(c *syntax.CallExpr, args, env []string) int {
	if (s.subshell || s.only) && c != nil && s.current == c && s.traps.exit == "" {
		return s.execute(args, env)
	}
	j, err := s.fork(forkOptions{}, func(child *shell) { child.status = child.execute(args, env) })
	if err != nil {
		return s.errorf("%v", err)
	}
	return s.await(j)
}

// execute replaces the process by a program. If that fails it returns the status.
func (s *shell) execute(args, env []string) int {
	s.meter.settle()
	code, err := s.p.Exec(kernel.Spec{
		Args: args, Env: env, Dir: s.p.Dir(),
		Stdin: s.fds.reader(0), Stdout: s.fds.writer(1), Stderr: s.fds.writer(2),
	})
	if err == nil {
		s.replaced = true
		s.unwind(flowExit)
		s.status = code
		return code
	}
	if errors.Is(err, syscall.ENOEXEC) {
		return s.script(args, env)
	}
	return s.notExecuted(args[0], err)
}

// notExecuted reports why a command cannot be run.
func (s *shell) notExecuted(name string, err error) int {
	code, why := 126, tool.Reason(err)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, kernel.ErrNotFound):
		code, why = 127, "not found"
		if s.bash && !strings.Contains(name, "/") {
			why = "command not found"
		} else if s.bash {
			why = "No such file or directory"
		}
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EISDIR):
		why = "Permission denied"
	}
	s.errorf("%s%s: %s", s.blame, name, why)
	return code
}

// script runs a file without an interpreter line in this process.
func (s *shell) script(args, env []string) int {
	file, err := s.p.LookPath(args[0])
	if err != nil {
		return s.notExecuted(args[0], err)
	}
	text, err := s.p.FS().ReadFile(file)
	if err != nil {
		return s.notExecuted(args[0], err)
	}
	inner := newShell(s.ctx, s.p, s.bash)
	inner.vars = newVariables(inner, env)
	inner.name, inner.params = file, args[1:]
	inner.fds = s.fds.dup()
	code := inner.runText(string(text))
	s.replaced = true
	s.unwind(flowExit)
	s.status = code
	return code
}

// aliased runs a command whose name, as it was typed, is an alias.
func (s *shell) aliased(c *syntax.CallExpr, args []string) bool {
	name := c.Args[0].Lit()
	value, ok := s.alias[name]
	if !ok || name == "" {
		return false
	}
	delete(s.alias, name) // an alias is not replaced within itself
	line := value
	for _, a := range args[1:] {
		line += " " + quoteIfNeeded(a)
	}
	s.eval(line)
	if _, again := s.alias[name]; !again {
		s.alias[name] = value
	}
	return true
}

// where is what a name stands for, in the words of "type" and "command -V".
func (s *shell) where(name string) (kind, file string) {
	switch {
	case s.alias[name] != "":
		return "alias", s.alias[name]
	case syntax.IsKeyword(name):
		return "keyword", ""
	case s.funcs[name] != nil:
		return "function", ""
	case special(name):
		return "special builtin", ""
	case s.builtins[name] != nil:
		return "builtin", ""
	}
	if file, err := s.lookPath(name); err == nil {
		return "file", file
	}
	return "", ""
}

// lookPath finds a program in the shell's own PATH.
func (s *shell) lookPath(name string) (string, error) {
	if strings.Contains(name, "/") {
		return name, s.p.FS().Access(name, 1)
	}
	for dir := range strings.SplitSeq(s.vars.value("PATH"), ":") {
		file := path.Join(dir, name)
		info, err := s.p.FS().Stat(file)
		if err == nil && info.Mode().IsRegular() && s.p.FS().Access(file, 1) == nil {
			return file, nil
		}
	}
	return "", fs.ErrNotExist
}

// special says whether a builtin is one of POSIX's special ones: their
// assignments stay, and their errors end a script.
func special(name string) bool {
	return slices.Contains([]string{".", ":", "break", "continue", "eval", "exec", "exit", "export", "readonly", "return", "set", "shift", "times", "trap", "unset"}, name)
}

// commandNames are all names that can be called, for completion.
func (s *shell) commandNames() []string {
	names := slices.Collect(maps.Keys(s.builtins))
	names = slices.AppendSeq(names, maps.Keys(s.funcs))
	names = slices.AppendSeq(names, maps.Keys(s.alias))
	for dir := range strings.SplitSeq(s.vars.value("PATH"), ":") {
		entries, err := s.p.FS().ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
