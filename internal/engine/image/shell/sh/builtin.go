package sh

import (
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"kubetutor/internal/engine/image/shell/tool"
)

// builtin is a command of the shell itself.
type builtin func(s *shell, args []string) int

// bashOnly are builtins that ash does not have.
var bashOnly = map[string]bool{"shopt": true, "declare": true, "typeset": true, "mapfile": true, "readarray": true, "enable": true, "disown": true}

// newBuiltins are the builtins of one shell.
func newBuiltins(bash bool) map[string]builtin {
	table := map[string]builtin{
		":": succeed, "true": succeed, "false": func(*shell, []string) int { return 1 },
		".": builtinSource, "source": builtinSource,
		"[": builtinBracket, "test": builtinTest,
		"alias": builtinAlias, "unalias": builtinUnalias,
		"bg": builtinBg, "fg": builtinFg, "jobs": builtinJobs, "wait": builtinWait, "kill": builtinKill, "disown": succeed,
		"break":    func(s *shell, args []string) int { return s.leaveLoop(flowBreak, args) },
		"continue": func(s *shell, args []string) int { return s.leaveLoop(flowContinue, args) },
		"cd":       builtinCd, "chdir": builtinCd, "pwd": builtinPwd,
		"command": builtinCommand, "builtin": builtinBuiltin, "type": builtinType, "hash": succeed, "help": builtinHelp,
		"echo": builtinEcho, "printf": builtinPrintf, "read": builtinRead,
		"eval": func(s *shell, args []string) int { return s.eval(strings.Join(args, " ")) },
		"exec": builtinExec, "exit": builtinExit, "return": builtinReturn,
		"getopts": builtinGetopts, "history": builtinHistory,
		"set": builtinSet, "shift": builtinShift, "unset": builtinUnset, "shopt": succeed, "enable": succeed,
		"times": builtinTimes, "trap": builtinTrap, "ulimit": builtinUlimit, "umask": builtinUmask,
	}
	if !bash {
		maps.DeleteFunc(table, func(name string, _ builtin) bool { return bashOnly[name] })
	}
	return table
}

func succeed(*shell, []string) int { return 0 }

func builtinSource(s *shell, args []string) int {
	if len(args) == 0 {
		return s.fatalf(2, ".: filename argument required")
	}
	name := args[0]
	if !strings.Contains(name, "/") {
		name = s.findSourced(name)
	}
	text, err := s.p.FS().ReadFile(name)
	if err != nil {
		return s.fatalf(2, "%s: can't open '%s': %s", ".", args[0], tool.Reason(err))
	}
	if len(args) > 1 {
		saved := s.params
		s.params = args[1:]
		defer func() { s.params = saved }()
	}
	s.calls++
	defer func() { s.calls-- }()
	s.eval(string(text))
	if s.flow == flowReturn {
		s.flow = flowNone
	}
	return s.status
}

func (s *shell) findSourced(name string) string {
	for dir := range strings.SplitSeq(s.vars.value("PATH"), ":") {
		file := path.Join(dir, name)
		if info, err := s.p.FS().Stat(file); err == nil && info.Mode().IsRegular() {
			return file
		}
	}
	return name
}

func builtinAlias(s *shell, args []string) int {
	if len(args) == 0 {
		for _, name := range slices.Sorted(maps.Keys(s.alias)) {
			fmt.Fprintf(s.stdout(), "%s=%s\n", name, quoteWord(s.alias[name]))
		}
	}
	code := 0
	for _, a := range args {
		name, value, has := strings.Cut(a, "=")
		switch old, known := s.alias[name]; {
		case has:
			s.alias[name] = value
		case known:
			fmt.Fprintf(s.stdout(), "%s=%s\n", name, quoteWord(old))
		default:
			code = s.errorf("alias: %s not found", name)
		}
	}
	return code
}

func builtinUnalias(s *shell, args []string) int {
	for _, name := range args {
		if name == "-a" {
			clear(s.alias)
		}
		delete(s.alias, name)
	}
	return 0
}

// leaveLoop is break and continue.
func (s *shell) leaveLoop(f flow, args []string) int {
	n := 1
	if len(args) > 0 {
		var err error
		if n, err = strconv.Atoi(args[0]); err != nil || n < 1 {
			return s.fatalf(2, "Illegal number: %s", args[0])
		}
	}
	if s.loops == 0 {
		return 0
	}
	s.levels = min(n, s.loops)
	s.unwind(f)
	return 0
}

func builtinCd(s *shell, args []string) int {
	physical := false
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		physical = args[0] == "-P"
		args = args[1:]
	}
	dir, show := s.vars.value("HOME"), false
	if len(args) > 0 {
		dir = args[0]
	}
	if dir == "-" {
		dir, show = s.vars.value("OLDPWD"), true
	}
	if dir == "" {
		return 0
	}
	if physical {
		if real, err := s.p.FS().EvalSymlinks(dir); err == nil {
			dir = real
		}
	}
	if err := s.changeDir(dir); err != nil {
		if s.bash {
			return s.errorf("cd: %s: %s", dir, tool.Reason(err))
		}
		s.errorf("cd: can't cd to %s: %s", dir, tool.Reason(err))
		return 2
	}
	if show {
		fmt.Fprintln(s.stdout(), s.vars.value("PWD"))
	}
	return 0
}

// changeDir changes the directory, as it is written: ".." after a symbolic link
// leads back.
func (s *shell) changeDir(dir string) error {
	old := s.vars.value("PWD")
	target := dir
	if !path.IsAbs(dir) {
		target = path.Join(old, dir)
	}
	target = path.Clean(target)
	if err := s.p.SetDir(target); err != nil {
		return err
	}
	_ = s.vars.assign("OLDPWD", old)
	return s.vars.assign("PWD", target)
}

func builtinPwd(s *shell, args []string) int {
	dir := s.vars.value("PWD")
	if dir == "" || slices.Contains(args, "-P") {
		dir = s.p.Dir()
	}
	fmt.Fprintln(s.stdout(), dir)
	return 0
}

func builtinCommand(s *shell, args []string) int {
	long, short := false, false
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		long = long || args[0] == "-V"
		short = short || args[0] == "-v"
		args = args[1:]
	}
	switch {
	case len(args) == 0:
		return 0
	case long || short:
		return s.describe(args, short, "")
	}
	if run, ok := s.builtins[args[0]]; ok {
		return run(s, args[1:])
	}
	return s.external(nil, args, s.vars.environ())
}

func builtinBuiltin(s *shell, args []string) int {
	if len(args) == 0 {
		return 0
	}
	if run, ok := s.builtins[args[0]]; ok {
		return run(s, args[1:])
	}
	return s.errorf("builtin: %s: not a shell builtin", args[0])
}

func builtinType(s *shell, args []string) int {
	if len(args) > 0 && args[0] == "-t" {
		return s.typeWords(args[1:])
	}
	if len(args) > 0 && args[0] == "-p" {
		args = args[1:]
	}
	return s.describe(args, false, "type: ")
}

func (s *shell) typeWords(names []string) (code int) {
	for _, name := range names {
		switch kind, _ := s.where(name); kind {
		case "":
			code = 1
		case "special builtin":
			fmt.Fprintln(s.stdout(), "builtin")
		default:
			fmt.Fprintln(s.stdout(), kind)
		}
	}
	return code
}

func (s *shell) describe(names []string, short bool, prefix string) (code int) {
	for _, name := range names {
		kind, file := s.where(name)
		text := ""
		switch kind {
		case "":
			code = 127
			if prefix != "" {
				code = 1
			}
			if !short {
				s.notFound(prefix, name)
			}
			continue
		case "alias":
			text = fmt.Sprintf("%s is an alias for %s", name, file)
			if short {
				file = fmt.Sprintf("alias %s=%s", name, quoteWord(file))
			}
		case "file":
			text = fmt.Sprintf("%s is %s", name, file)
		default:
			file, text = name, fmt.Sprintf("%s is a %s", name, kindText(kind))
		}
		if short {
			text = file
		}
		fmt.Fprintln(s.stdout(), text)
	}
	return code
}

func kindText(kind string) string {
	switch kind {
	case "keyword":
		return "shell keyword"
	case "builtin":
		return "shell builtin"
	case "special builtin":
		return "special shell builtin"
	}
	return kind
}

func (s *shell) notFound(prefix, name string) {
	if prefix == "" || s.bash {
		s.errorf("%s%s: not found", prefix, name)
		return
	}
	fmt.Fprintf(s.stderr(), "%s: not found\n", name)
}

func builtinHelp(s *shell, _ []string) int {
	fmt.Fprintln(s.stdout(), "Built-in commands:\n------------------")
	names := slices.Sorted(maps.Keys(s.builtins))
	fmt.Fprintln(s.stdout(), "\t"+strings.Join(names, " "))
	return 0
}

func builtinExec(s *shell, args []string) int {
	for len(args) > 0 && (args[0] == "--" || args[0] == "-a") {
		args = args[1:]
	}
	if len(args) == 0 {
		return 0
	}
	saved := s.status
	s.blame = "exec: "
	code := s.execute(args, s.vars.environ())
	s.blame = ""
	if s.replaced {
		return code
	}
	if !s.opts.interactive {
		s.unwind(flowExit)
	} else {
		s.status = saved
	}
	return code
}

func builtinExit(s *shell, args []string) int {
	code := s.status
	if len(args) > 0 {
		n, err := strconv.Atoi(args[0])
		if err != nil {
			return s.fatalf(2, "exit: Illegal number: %s", args[0])
		}
		code = n & 0xff
	}
	s.unwind(flowExit)
	s.status = code
	return code
}

func builtinReturn(s *shell, args []string) int {
	code := s.status
	if len(args) > 0 {
		n, err := strconv.Atoi(args[0])
		if err != nil {
			return s.fatalf(2, "return: Illegal number: %s", args[0])
		}
		code = n & 0xff
	}
	if s.calls == 0 {
		s.unwind(flowExit)
	} else {
		s.unwind(flowReturn)
	}
	s.status = code
	return code
}

func builtinShift(s *shell, args []string) int {
	n := 1
	if len(args) > 0 {
		var err error
		if n, err = strconv.Atoi(args[0]); err != nil || n < 0 {
			return s.fatalf(2, "shift: Illegal number: %s", args[0])
		}
	}
	if n > len(s.params) {
		return 1
	}
	s.params = s.params[n:]
	return 0
}

func builtinTimes(s *shell, _ []string) int {
	cpu := s.p.Usage().CPU
	fmt.Fprintf(s.stdout(), "%s %s\n%s %s\n", minutes(cpu), minutes(0), minutes(0), minutes(0))
	return 0
}

func builtinUmask(s *shell, args []string) int {
	old := s.p.SetUmask(0)
	s.p.SetUmask(old)
	if len(args) == 0 {
		fmt.Fprintf(s.stdout(), "%04o\n", old)
		return 0
	}
	if args[0] == "-S" {
		fmt.Fprintln(s.stdout(), symbolicMask(^old&0o777))
		return 0
	}
	n, err := strconv.ParseUint(args[0], 8, 32)
	if err != nil || n > 0o777 {
		return s.errorf("umask: illegal mode: %s", args[0])
	}
	s.p.SetUmask(os.FileMode(n))
	return 0
}

func symbolicMask(mode os.FileMode) string {
	text := mode.String()[1:]
	parts := []string{}
	for i, who := range []string{"u", "g", "o"} {
		parts = append(parts, who+"="+strings.ReplaceAll(text[3*i:3*i+3], "-", ""))
	}
	return strings.Join(parts, ",")
}

func builtinHistory(s *shell, _ []string) int {
	for i, line := range s.history {
		fmt.Fprintf(s.stdout(), "%4d %s\n", i, line)
	}
	return 0
}

// cutAssign cuts "name=value".
func cutAssign(arg string) (name, value string, has bool) { return strings.Cut(arg, "=") }
