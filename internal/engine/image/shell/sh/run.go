package sh

import (
	"bufio"
	"context"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/kernel"
)

// Programs are the shells, and the programs that are builtins of a shell too.
func Programs() kernel.Programs {
	programs := kernel.Programs{
		"sh": program(false), "ash": program(false), "dash": program(false), "bash": program(true),
	}
	for name, c := range commands() {
		programs[name] = c.Program()
	}
	return programs
}

// commands are builtins as programs.
func commands() map[string]tool.Command {
	return map[string]tool.Command{
		"true":  {Raw: true, Run: func(*tool.Call) int { return 0 }},
		"false": {Raw: true, Run: func(*tool.Call) int { return 1 }},
		"echo": {Raw: true, Run: func(c *tool.Call) int {
			_, _ = c.Out.WriteString(echo(c.Args, false))
			return 0
		}},
		"printf": {Raw: true, Usage: "FORMAT [ARG]...", Min: 1, Run: runPrintf},
		"test":   {Raw: true, Run: runTest},
		"[":      {Raw: true, Run: runTest},
		"kill":   {Raw: true, Usage: "[-l] [-SIG] PID...", Run: runKill},
		"pwd": {Flags: "LP", Run: func(c *tool.Call) int {
			_, _ = c.Out.WriteString(c.Dir() + "\n")
			return 0
		}},
	}
}

func runPrintf(c *tool.Call) int {
	text, errs := printf(c.Args[0], c.Args[1:])
	_, _ = c.Out.WriteString(text)
	for _, e := range errs {
		c.Warnf("%s", e)
	}
	return c.Failed()
}

func runTest(c *tool.Call) int {
	args := c.Args
	if c.Name == "[" {
		if len(args) == 0 || args[len(args)-1] != "]" {
			c.Errorf("missing ]")
			return 2
		}
		args = args[:len(args)-1]
	}
	files := []any{c.Stdin(), c.Stdout(), c.Stderr()}
	t := &tester{p: c.Process, args: args, file: func(fd int) any {
		if fd < 0 || fd >= len(files) {
			return nil
		}
		return files[fd]
	}}
	code, why := t.test()
	if why != "" {
		c.Errorf("%s", why)
	}
	return code
}

func runKill(c *tool.Call) int {
	return killCall{
		p: c.Process, print: func(line string) { _, _ = c.Out.WriteString(line + "\n") },
		complain: func(text string) { c.Errorf("%s", text) },
	}.run(c.Args)
}

func program(bash bool) kernel.Program {
	return func(ctx context.Context, p *kernel.Process) int {
		return newShell(ctx, p, bash).main(p.Args())
	}
}

// main runs a shell as it was called.
func (s *shell) main(args []string) int {
	s.name = args[0]
	s.opts.login = strings.HasPrefix(args[0], "-")
	s.name = strings.TrimPrefix(s.name, "-")
	args, ok := s.startOptions(args[1:])
	if !ok {
		return 2
	}
	switch {
	case s.opts.command:
		return s.mainCommand(args)
	case len(args) > 0 && !s.opts.stdin:
		return s.mainFile(args)
	}
	s.params = args
	s.opts.stdin = true
	if s.opts.interactive || onTerminal(s.stdin()) && onTerminal(s.stderr()) {
		return s.interact()
	}
	s.profile()
	return s.mainStdin()
}

// startOptions takes the options of the call.
func (s *shell) startOptions(args []string) (rest []string, ok bool) {
	for len(args) > 0 && len(args[0]) > 1 && (args[0][0] == '-' || args[0][0] == '+') {
		word := args[0]
		args = args[1:]
		if word == "--" {
			return args, true
		}
		if strings.HasPrefix(word, "--") {
			s.opts.login = s.opts.login || word == "--login"
			if word == "--version" && s.bash {
				_, _ = io.WriteString(s.stdout(), "GNU bash, version 5.2.37(1)-release (x86_64-pc-linux-gnu)\n")
				return nil, false
			}
			continue
		}
		var own []byte
		for _, letter := range []byte(word[1:]) {
			switch letter {
			case 'c':
				s.opts.command = true
			case 'l':
				s.opts.login = true
			default:
				own = append(own, letter)
			}
		}
		if len(own) == 0 {
			continue
		}
		option := []string{word[:1] + string(own)}
		if slices.Contains(own, 'o') && len(args) > 0 {
			option, args = append(option, args[0]), args[1:]
		}
		if _, _, bad := s.setOptions(option); bad != "" {
			s.errorf("illegal option %s", bad)
			return nil, false
		}
	}
	return args, true
}

func (s *shell) mainCommand(args []string) int {
	if len(args) == 0 {
		s.errorf("-c requires an argument")
		return 2
	}
	if len(args) > 1 {
		s.name, s.params = args[1], args[2:]
	}
	s.profile()
	if s.opts.interactive {
		s.interactiveSignals()
	}
	s.line = 0
	if s.bash {
		s.lastCommand(args[0])
	}
	return s.runText(args[0])
}

// lastCommand lets bash replace itself by the command of -c, if there is only one.
func (s *shell) lastCommand(text string) {
	file, err := parse(text)
	if err != nil {
		return
	}
	if s.current = lastCall(file.Stmts); s.current != nil && !file.Stmts[0].Background {
		s.only = true
	}
}

func (s *shell) mainFile(args []string) int {
	s.name, s.params = args[0], args[1:]
	text, err := s.p.FS().ReadFile(args[0])
	if err != nil && !strings.Contains(args[0], "/") {
		if file, lookErr := s.lookPath(args[0]); lookErr == nil {
			text, err = s.p.FS().ReadFile(file)
		}
	}
	if err != nil {
		s.name = path.Base(s.p.Args()[0])
		if s.bash {
			s.errorf("%s: %s", args[0], tool.Reason(err))
			return 127
		}
		s.errorf("can't open '%s': %s", args[0], tool.Reason(err))
		return 2
	}
	s.profile()
	return s.runText(string(text))
}

// mainStdin reads commands from standard input, each as it is needed, so that
// commands may read what follows them.
func (s *shell) mainStdin() int {
	in := &byLine{from: bufio.NewReaderSize(oneByte{s}, 1)}
	text := ""
	for !s.unwinding() {
		line, err := in.next()
		text += line
		if line == "" && err != nil && text == "" {
			break
		}
		file, perr := parse(text)
		if perr != nil && incomplete(perr) && err == nil {
			continue
		}
		text = ""
		if perr != nil {
			s.status = s.syntaxError(perr)
			break
		}
		s.list(file.Stmts)
		if err != nil {
			break
		}
	}
	return s.end()
}

// byLine reads lines.
type byLine struct{ from *bufio.Reader }

func (b *byLine) next() (string, error) { return b.from.ReadString('\n') }

// oneByte reads a shell's standard input byte by byte, as it is at that time.
type oneByte struct{ s *shell }

func (o oneByte) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	return o.s.stdin().Read(b[:1])
}

// runText runs a whole script and ends the shell. Statements run as they are
// read, so that those before a syntax error have run, as in every shell.
func (s *shell) runText(text string) int {
	s.evalTop(text)
	return s.end()
}

// evalTop runs the text of a script, line by line: what stands before a syntax
// error has run when it is reported. A statement runs when one of a later line
// has been read, because its here-documents follow the end of its line.
func (s *shell) evalTop(text string) {
	if err := tooNested(text); err != nil {
		s.status = s.syntaxError(err)
		return
	}
	r := lineRunner{s: s}
	// The parser may go on after it was told to stop, which a range loop does not forgive.
	newParser().StmtsSeq(strings.NewReader(text))(r.take)
	if !r.stopped {
		s.list(r.waiting)
	}
}

// lineRunner runs the statements of a script.
type lineRunner struct {
	s       *shell
	waiting []*syntax.Stmt // of the line at hand
	stopped bool
}

func (r *lineRunner) take(st *syntax.Stmt, err error) bool {
	if r.stopped {
		return false
	}
	s := r.s
	if err != nil {
		r.stopped = true
		if s.runBefore(r.waiting, errorLine(err)); !s.unwinding() {
			s.status = s.syntaxError(err)
		}
		return false
	}
	if len(r.waiting) > 0 && st.Pos().Line() > r.waiting[len(r.waiting)-1].End().Line() {
		s.list(r.waiting)
		r.waiting = r.waiting[:0]
		r.stopped = s.unwinding()
	}
	r.waiting = append(r.waiting, st)
	return !r.stopped
}

// runBefore runs the statements that end before a line.
func (s *shell) runBefore(stmts []*syntax.Stmt, line uint) {
	for i, st := range stmts {
		if st.End().Line() >= line && line > 0 {
			stmts = stmts[:i]
			break
		}
	}
	s.list(stmts)
}

// eval runs text within the shell, as the eval builtin does.
func (s *shell) eval(text string) int {
	s.depth++
	defer func() { s.depth-- }()
	if s.depth > maxDepth {
		return s.fatalf(2, "nested too deeply")
	}
	saved := s.current
	s.current = nil
	defer func() { s.current = saved }()
	file, err := parse(text)
	if err != nil {
		s.status = s.syntaxError(err)
		if !s.opts.interactive {
			s.unwind(flowExit)
		}
		return s.status
	}
	if len(file.Stmts) == 0 {
		s.status = 0
	}
	return s.list(file.Stmts)
}

// profile reads what a login shell reads first.
func (s *shell) profile() {
	if !s.opts.login {
		return
	}
	for _, name := range []string{"/etc/profile", path.Join(s.vars.value("HOME"), ".profile")} {
		if text, err := s.p.FS().ReadFile(name); err == nil {
			s.eval(string(text))
		}
	}
}

func newParser() *syntax.Parser { return syntax.NewParser(syntax.Variant(syntax.LangBash)) }

func parse(text string) (*syntax.File, error) {
	if err := tooNested(text); err != nil {
		return nil, err
	}
	return newParser().Parse(strings.NewReader(text), "")
}

var errTooNested = errors.New("nested too deeply")

// tooNested refuses a text whose parsing could take more stack than there is.
// What opens without being closed is counted, roughly: no script that a person
// wrote comes near.
func tooNested(text string) error {
	const most = 20000
	if strings.Count(text, "(")+strings.Count(text, "{")+strings.Count(text, "`") < most && strings.Count(text, "if")+strings.Count(text, "do")+strings.Count(text, "!") < most {
		return nil
	}
	open, worst := 0, 0
	for _, r := range text {
		switch r {
		case '(', '{':
			open++
		case ')', '}':
			open = max(open-1, 0)
		}
		worst = max(worst, open)
	}
	if worst > most/10 || strings.Count(text, "if")+strings.Count(text, "do") >= most {
		return errTooNested
	}
	return nil
}
