package sh

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/kernel"
)

func builtinJobs(s *shell, args []string) int {
	for i, j := range slices.Clone(s.jobs.list) {
		current := i == len(s.jobs.list)-1
		switch {
		case slices.Contains(args, "-p"):
			fmt.Fprintln(s.stdout(), j.pid)
		default:
			fmt.Fprintln(s.stdout(), j.line(current))
		}
		if j.ended() {
			s.jobs.remove(j)
		}
	}
	return 0
}

func builtinWait(s *shell, args []string) int {
	args = slices.DeleteFunc(slices.Clone(args), func(a string) bool { return a == "--" })
	if len(args) == 0 {
		return s.waitAll()
	}
	if args[0] == "-n" {
		return s.waitAny()
	}
	code := 0
	for _, name := range args {
		j, err := s.jobs.find(name)
		if err != nil {
			code = s.unknownJob(name)
			continue
		}
		var interrupted bool
		if code, interrupted = s.waitOne(j); interrupted {
			return code
		}
	}
	return code
}

func (s *shell) unknownJob(name string) int {
	if s.bash {
		s.errorf("wait: pid %s is not a child of this shell", name)
	}
	return 127
}

// waitAny waits for the job that ends first.
func (s *shell) waitAny() int {
	if len(s.jobs.list) == 0 {
		return 127
	}
	first := make(chan struct{})
	quit := make(chan struct{})
	defer close(quit)
	for _, j := range s.jobs.list {
		go func() {
			select {
			case <-j.done:
				select {
				case first <- struct{}{}:
				case <-quit:
				}
			case <-quit:
			}
		}()
	}
	if sig, err := s.traps.waitFor(s.ctx, first); err != nil || sig != 0 {
		if sig != 0 {
			return s.trapped(sig)
		}
		return 137
	}
	for _, j := range s.jobs.list {
		if j.ended() {
			s.jobs.remove(j)
			return j.status.ExitCode()
		}
	}
	return 127
}

func builtinFg(s *shell, args []string) int {
	j, code := s.jobArgument("fg", args)
	if j == nil {
		return code
	}
	fmt.Fprintln(s.stdout(), j.text)
	_ = s.p.Kill(-j.pid, kernel.SIGCONT)
	code, _ = s.waitOne(j)
	return code
}

func builtinBg(s *shell, args []string) int {
	j, code := s.jobArgument("bg", args)
	if j == nil {
		return code
	}
	j.stopped = false
	fmt.Fprintf(s.stdout(), "[%d] %s\n", j.number, j.text)
	_ = s.p.Kill(-j.pid, kernel.SIGCONT)
	return 0
}

func (s *shell) jobArgument(name string, args []string) (*job, int) {
	which := "%%"
	if len(args) > 0 {
		which = args[0]
	}
	j, err := s.jobs.find(which)
	if err != nil {
		s.errorf("%s: %s: no such job", name, which)
		return nil, 2
	}
	return j, 0
}

func builtinKill(s *shell, args []string) int {
	call := killCall{p: s.p, print: func(line string) { fmt.Fprintln(s.stdout(), line) }}
	call.complain = func(text string) { fmt.Fprintf(s.stderr(), "%s: kill: %s\n", s.name, text) }
	if !s.bash {
		call.complain = func(text string) { fmt.Fprintf(s.stderr(), "sh: %s\n", text) }
	}
	call.job = func(name string) (int, error) {
		j, err := s.jobs.find(name)
		if err != nil {
			return 0, err
		}
		return j.pid, nil
	}
	s.meter.settle()
	code := call.run(args)
	s.unwinding()
	return code
}

// killCall is kill(1), as a builtin and as a program.
type killCall struct {
	p        *kernel.Process
	print    func(line string)
	complain func(text string)
	job      func(name string) (pid int, err error) // nil outside of a shell
}

func (k killCall) run(args []string) int {
	if len(args) > 0 && args[0] == "-l" {
		return k.list(args[1:])
	}
	sig, args, bad := killSignal(args)
	if bad != "" {
		k.complain("bad signal name '" + bad + "'")
		return 1
	}
	if len(args) == 0 {
		k.complain("you need to specify whom to kill")
		return 1
	}
	code := 0
	for _, who := range args {
		if !k.one(who, sig) {
			code = 1
		}
	}
	return code
}

// killSignal reads "-9", "-TERM", "-s TERM" and "-n 9".
func killSignal(args []string) (sig kernel.Signal, rest []string, bad string) {
	sig = kernel.SIGTERM
	if len(args) == 0 || len(args[0]) < 2 || args[0][0] != '-' {
		return sig, args, ""
	}
	name, rest := args[0][1:], args[1:]
	if name == "-" {
		return sig, rest, ""
	}
	if (name == "s" || name == "n") && len(rest) > 0 {
		name, rest = rest[0], rest[1:]
	}
	if len(rest) > 0 && rest[0] == "--" {
		rest = rest[1:]
	}
	if name == "0" {
		return 0, rest, ""
	}
	sig, err := kernel.ParseSignal(name)
	if err != nil {
		return 0, nil, name
	}
	return sig, rest, ""
}

func (k killCall) one(who string, sig kernel.Signal) bool {
	pid, err := strconv.Atoi(who)
	if err != nil && k.job != nil && strings.HasPrefix(who, "%") {
		if pid, err = k.job(who); err != nil {
			k.complain("can't kill pid 0: No such process")
			return false
		}
	}
	if err != nil {
		k.complain("invalid number '" + who + "'")
		return false
	}
	if err := k.p.Kill(pid, sig); err != nil {
		k.complain(fmt.Sprintf("can't kill pid %d: %s", pid, tool.Reason(err)))
		return false
	}
	return true
}

func (k killCall) list(args []string) int {
	for _, a := range args {
		n, err := strconv.Atoi(a)
		sig, errName := kernel.ParseSignal(a)
		switch {
		case err == nil && n > 128:
			k.print(strings.TrimPrefix(kernel.Signal(n-128).String(), "SIG"))
		case err == nil:
			k.print(strings.TrimPrefix(kernel.Signal(n).String(), "SIG"))
		case errName == nil:
			k.print(strconv.Itoa(int(sig)))
		default:
			k.complain("unknown signal '" + a + "'")
			return 1
		}
	}
	if len(args) > 0 {
		return 0
	}
	for sig := kernel.SIGHUP; sig <= kernel.SIGSYS; sig++ {
		k.print(fmt.Sprintf("%2d) %s", sig, strings.TrimPrefix(sig.String(), "SIG")))
	}
	return 0
}
