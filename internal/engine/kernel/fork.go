package kernel

import (
	"fmt"
	"syscall"
)

// Fork starts a child that runs a function of the parent's own program, as fork(2) without execve(2) does: a subshell. No file is looked up.
// Args and what else Spec leaves out come from the parent, but not its Stdin, Stdout and Stderr. The error is EAGAIN when there are too many
// processes.
func (p *Process) Fork(spec Spec, program Program) (*Process, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	child := p.c.process(&spec, p)
	if err := p.c.enterDir(child, spec.Dir, p); err != nil {
		return nil, err
	}
	child.args, child.path, child.name = spec.Args, p.Path(), p.comm()
	if child.args == nil {
		child.args = p.Args()
	}
	if err := p.c.launch(child, &spec, program); err != nil {
		return nil, err
	}
	return child, nil
}

// Exec replaces what the process runs by the program of a file, as execve(2) does: number, parent, group and working directory stay, handled
// signals have their default action again, ignored ones stay ignored. Descriptors that Spec leaves out stay as they are. The new program runs
// within the call, which returns its exit status: the caller must return that at once. The error says why the file cannot be executed, as that of
// Start; nothing has changed then.
func (p *Process) Exec(spec Spec) (int, error) {
	if err := p.enter(); err != nil {
		return 0, err
	}
	if len(spec.Args) == 0 {
		return 0, &ExecError{"", syscall.EINVAL}
	}
	if spec.Env == nil {
		spec.Env = p.environment()
	}
	img, err := p.FS().resolve(&spec, spec.Env)
	if err != nil {
		return 0, err
	}
	if err := p.become(&spec, img); err != nil {
		return 0, fmt.Errorf("exec: %w", err)
	}
	return img.program(p.ctx, p) & 0xff, nil
}

// become makes the process what execve(2) makes of it.
func (p *Process) become(spec *Spec, img image) error {
	fds := p.open(p.standard(spec))
	p.ns.mu.Lock()
	if p.dead.Load() { // and its descriptors are released already
		p.ns.mu.Unlock()
		release(fds)
		return syscall.EINTR
	}
	p.handlers = nil
	p.program.Lock()
	old := p.fds
	p.args, p.env, p.path, p.name, p.fds, p.cred = img.args, spec.Env, img.path, img.name, fds, img.cred
	p.program.Unlock()
	p.ns.mu.Unlock()
	release(old)
	p.c.account.grow(p.c, p, baseMemory-p.Usage().Memory)
	return nil
}

// standard fills in the descriptors that a Spec leaves out.
func (p *Process) standard(spec *Spec) *Spec {
	full := *spec
	if full.Stdin == nil {
		full.Stdin = p.Stdin()
	}
	if full.Stdout == nil {
		full.Stdout = p.Stdout()
	}
	if full.Stderr == nil {
		full.Stderr = p.Stderr()
	}
	return &full
}
