package sh

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/kernel"
)

// job is a child of a shell: a subshell or a program.
type job struct {
	process *kernel.Process
	pid     int
	number  int    // as "jobs" shows it; 0 for those in the foreground
	text    string // the command
	done    chan struct{}
	status  kernel.Status // once done is closed
	stopped bool
}

// jobs are the background children of a shell.
type jobs struct {
	list []*job
	last int // $!
	root int // $$ of subshells: the number of the shell that they come from
}

func (j *jobs) shellPID(p *kernel.Process) int {
	if j.root == 0 {
		return p.PID()
	}
	return j.root
}

type forkOptions struct {
	files      descriptors // replace those of the shell; fork owns them
	background bool
	caught     bool // its output is caught: a foreground process that nobody sees
	text       string
}

// fork runs a function in a subshell of its own process.
func (s *shell) fork(o forkOptions, run func(*shell)) (*job, error) {
	child := s.clone(s.ctx, s.p) // what the parent does from now on is nothing to it
	for fd, d := range o.files {
		child.fds.put(fd, d)
	}
	s.meter.settle()
	spec := kernel.Spec{
		Args: s.p.Args(), Env: s.p.Env(), Dir: s.p.Dir(),
		Stdin: child.fds.reader(0), Stdout: child.fds.writer(1), Stderr: child.fds.writer(2),
		NewGroup: o.background && s.opts.interactive,
	}
	p, err := s.p.Fork(spec, func(ctx context.Context, p *kernel.Process) int {
		child.adopt(ctx, p)
		if o.background {
			child.detach(o)
		}
		run(child)
		return child.end()
	})
	if err != nil {
		child.fds.close()
		return nil, fmt.Errorf("can't fork: %s", tool.Reason(err))
	}
	return &job{process: p, pid: p.PID(), text: o.text, done: make(chan struct{})}, nil
}

// forkList runs statements in a subshell.
func (s *shell) forkList(stmts []*syntax.Stmt, o forkOptions) (*job, error) {
	return s.fork(o, func(c *shell) {
		c.current = lastCall(stmts)
		c.list(stmts)
	})
}

// adopt makes a clone the shell of its own process.
func (s *shell) adopt(ctx context.Context, p *kernel.Process) {
	if s.jobs.root == 0 {
		s.jobs.root = s.p.PID()
	}
	s.p, s.ctx = p, ctx
	s.traps.process = p
	for fd, file := range []any{p.Stdin(), p.Stdout(), p.Stderr()} {
		d, ok := s.fds[fd]
		if _, closed := d.file.(closedFile); !ok || closed {
			continue
		}
		// The process holds its ends of pipes itself: a kill lets go of them at once.
		if _, isFile := d.file.(*kernel.File); !isFile {
			d.release()
			d.refs = nil
		}
		d.file, d.held = file, d.file
		s.fds[fd] = d
	}
}

// detach makes a subshell a background one: without job control it reads
// nothing, and ^C is not for it.
func (s *shell) detach(o forkOptions) {
	if _, given := o.files[0]; !given && !s.opts.monitor {
		s.fds.put(0, opened(&document{}))
	}
	s.p.Ignore(kernel.SIGINT, kernel.SIGQUIT)
}

// lastCall is the command of a subshell that does nothing else, which replaces
// the subshell instead of becoming its child.
func lastCall(stmts []*syntax.Stmt) *syntax.CallExpr {
	if len(stmts) != 1 || stmts[0].Negated {
		return nil
	}
	call, _ := stmts[0].Cmd.(*syntax.CallExpr)
	return call
}

// await waits for a job in the foreground and returns its status.
func (s *shell) await(j *job) int {
	status, err := j.process.Wait(s.ctx)
	if err != nil {
		return 137 // this shell has been killed
	}
	j.status = status
	s.announce(j)
	return status.ExitCode()
}

// announce says on a terminal what ended a program, as every shell does.
func (s *shell) announce(j *job) {
	switch j.status.Signal {
	case 0, kernel.SIGPIPE:
		return
	case kernel.SIGINT:
		if s.opts.interactive {
			fmt.Fprintln(s.stderr())
		}
		return
	}
	fmt.Fprintln(s.stderr(), signalText(j.status.Signal))
}

// signalText is what strsignal(3) says.
func signalText(sig kernel.Signal) string {
	known := map[kernel.Signal]string{
		kernel.SIGHUP: "Hangup", kernel.SIGQUIT: "Quit", kernel.SIGKILL: "Killed", kernel.SIGTERM: "Terminated",
		kernel.SIGSEGV: "Segmentation fault", kernel.SIGUSR1: "User defined signal 1", kernel.SIGUSR2: "User defined signal 2",
		kernel.SIGABRT: "Aborted", kernel.SIGALRM: "Alarm clock", kernel.SIGINT: "Interrupt", kernel.SIGPIPE: "Broken pipe",
	}
	if text, ok := known[sig]; ok {
		return text
	}
	return sig.String()
}

// background starts "command &".
func (s *shell) background(st *syntax.Stmt) int {
	alone := *st
	alone.Background = false
	j, err := s.forkList([]*syntax.Stmt{&alone}, forkOptions{background: true, text: source(&alone)})
	if err != nil {
		return s.errorf("%v", err)
	}
	s.jobs.add(j)
	go j.watch(s.ctx)
	if s.opts.interactive && s.bash {
		fmt.Fprintf(s.stderr(), "[%d] %d\n", j.number, j.pid)
	}
	return 0
}

// watch waits for a background job.
func (j *job) watch(ctx context.Context) {
	status, err := j.process.Wait(ctx)
	if err != nil {
		return // the shell has ended
	}
	j.status = status
	close(j.done)
}

func (j *jobs) add(one *job) {
	for _, other := range j.list {
		one.number = max(one.number, other.number)
	}
	one.number++
	j.list = append(j.list, one)
	j.last = one.pid
}

func (j *jobs) remove(one *job) {
	j.list = slices.DeleteFunc(j.list, func(o *job) bool { return o == one })
}

func (j *job) ended() bool {
	select {
	case <-j.done:
		return true
	default:
		return false
	}
}

var errNoJob = errors.New("no such job")

// find is a job by "%1", "%%", "%name" or process number.
func (j *jobs) find(name string) (*job, error) {
	if len(j.list) == 0 {
		return nil, errNoJob
	}
	spec, isJob := strings.CutPrefix(name, "%")
	switch spec {
	case "", "%", "+":
		return j.list[len(j.list)-1], nil
	}
	n, err := strconv.Atoi(spec)
	for _, one := range j.list {
		switch {
		case err == nil && isJob && one.number == n, err == nil && !isJob && one.pid == n,
			err != nil && strings.HasPrefix(one.text, spec):
			return one, nil
		}
	}
	return nil, errNoJob
}

// waitAll waits for all background jobs. A trapped signal ends it early.
func (s *shell) waitAll() int {
	for len(s.jobs.list) > 0 {
		j := s.jobs.list[0]
		if code, interrupted := s.waitOne(j); interrupted {
			return code
		}
	}
	return 0
}

// waitOne waits for one job and forgets it.
func (s *shell) waitOne(j *job) (code int, interrupted bool) {
	s.meter.settle()
	sig, err := s.traps.waitFor(s.ctx, j.done)
	switch {
	case err != nil:
		s.unwinding()
		return 137, true
	case sig != 0:
		return s.trapped(sig), true
	}
	s.jobs.remove(j)
	return j.status.ExitCode(), false
}

// report tells which background jobs have ended since the last time.
func (s *shell) report() {
	for _, j := range slices.Clone(s.jobs.list) {
		if j.ended() {
			fmt.Fprintln(s.stderr(), j.line(true))
			s.jobs.remove(j)
		}
	}
}

// line is what "jobs" shows.
func (j *job) line(current bool) string {
	state := "Running"
	switch {
	case !j.ended() && j.stopped:
		state = "Stopped"
	case !j.ended():
	case j.status.Signal != 0:
		state = signalText(j.status.Signal)
	case j.status.Code != 0:
		state = fmt.Sprintf("Done(%d)", j.status.Code)
	default:
		state = "Done"
	}
	mark := ' '
	if current {
		mark = '+'
	}
	return fmt.Sprintf("[%d]%c  %-26s %s", j.number, mark, state, j.text)
}

// source is the text of a statement on one line.
func source(st *syntax.Stmt) string {
	var b strings.Builder
	if syntax.NewPrinter(syntax.SingleLine(true)).Print(&b, st) != nil {
		return ""
	}
	return strings.TrimSpace(b.String())
}
