package kernel

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"
)

// Start starts a process: the first is the container's main process, and when it ends all others are killed; later ones are what exec starts.
// The error is an *ExecError if there is nothing to execute, and says what a container runtime would: `exec: "foo": executable file not found in
// $PATH`. The main process's working directory is made if it is missing.
func (c *Container) Start(spec Spec) (*Process, error) { return c.start(spec, nil) }

// start starts a child of parent, or a process of the runtime if that is nil.
func (c *Container) start(spec Spec, parent *Process) (*Process, error) {
	if c.closed.Load() {
		return nil, fmt.Errorf("starting a process: %w", syscall.ESRCH)
	}
	if len(spec.Args) == 0 || spec.Args[0] == "" && spec.Path == "" {
		return nil, &ExecError{"", syscall.EINVAL}
	}
	p := c.process(&spec, parent)
	f := p.FS()
	if err := c.enterDir(p, spec.Dir, parent); err != nil {
		return nil, err
	}
	img, err := f.resolve(&spec, p.env)
	if err != nil {
		return nil, err
	}
	p.args, p.path, p.name, p.cred = img.args, img.path, img.name, img.cred
	if err := c.launch(p, &spec, img.program); err != nil {
		return nil, err
	}
	return p, nil
}

// launch lets a new process run.
func (c *Container) launch(p *Process, spec *Spec, program Program) error {
	p.fds = p.open(spec)
	if err := c.ns.enter(p, spec.NewGroup); err != nil {
		p.disconnect()
		return fmt.Errorf("fork: %w", err)
	}
	if p.tty != nil {
		p.tty.joined(p, spec.TTY != nil && p.parent == nil)
	}
	if victim := c.account.grow(c, p, baseMemory); victim != nil {
		victim.oom()
	}
	go p.run(program)
	return nil
}

// resolve finds what a Spec executes.
func (f *FS) resolve(spec *Spec, env []string) (image, error) {
	name := spec.Path
	if name == "" {
		name = spec.Args[0]
	}
	file, err := f.lookPath(name, env)
	if err != nil {
		return image{}, err
	}
	img, err := f.exec(file, slices.Clone(spec.Args))
	if err != nil {
		return image{}, &ExecError{name, err}
	}
	return img, nil
}

// process makes a process that has no number yet.
func (c *Container) process(spec *Spec, parent *Process) *Process {
	p := &Process{c: c, ns: c.ns, parent: parent, cred: spec.Cred, env: spec.Env, tty: spec.TTY, done: make(chan struct{}), started: c.now()}
	p.ctx, p.cancel = context.WithCancelCause(context.Background())
	p.bits.Store(0o022)
	dir := "/"
	if parent != nil {
		dir = parent.Dir()
		p.bits.Store(parent.bits.Load())
		p.inherit(parent)
	}
	p.dir.Store(&dir)
	p.env = slices.Clone(p.env)
	if parent == nil && spec.Env == nil {
		p.env = []string{"PATH=" + defaultPath}
	}
	return p
}

// inherit takes from the parent what the Spec left out. Only one who may change users gets another.
func (p *Process) inherit(parent *Process) {
	zero := p.cred.UID == 0 && p.cred.GID == 0 && len(p.cred.Groups) == 0
	if zero || !parent.Capable("SETUID") {
		p.cred = parent.Cred()
	}
	if p.env == nil {
		p.env = parent.environment()
	}
	if p.tty == nil {
		p.tty = parent.tty
	}
	parent.ns.mu.Lock()
	defer parent.ns.mu.Unlock()
	for s, ignored := range parent.ignored {
		if ignored && p.ignored == nil {
			p.ignored = map[Signal]bool{}
		}
		if ignored {
			p.ignored[s] = true
		}
	}
}

// enterDir goes to the directory where a process is to start.
func (c *Container) enterDir(p *Process, dir string, parent *Process) error {
	if dir == "" {
		return nil
	}
	f := &FS{c: c, cred: p.cred, dir: p.Dir()}
	at, err := f.walk(dir, true)
	if errors.Is(err, fs.ErrNotExist) && parent == nil && c.isNew() && strings.HasPrefix(dir, "/") {
		if err = c.FS().MkdirAll(dir, 0o755); err == nil {
			at, err = f.walk(dir, true)
		}
	}
	return p.goTo(f, dir, at, err)
}

// isNew says whether the container has no main process yet.
func (c *Container) isNew() bool {
	c.ns.mu.Lock()
	defer c.ns.mu.Unlock()
	return c.main == nil
}

// open opens the descriptors of a new process, or of a new program.
func (p *Process) open(spec *Spec) [3]stream {
	fds := [3]stream{p.c.reader(spec.Stdin), writer(spec.Stdout), writer(spec.Stderr)}
	if spec.TTY != nil {
		for i, given := range []bool{spec.Stdin != nil, spec.Stdout != nil, spec.Stderr != nil} {
			if !given {
				fds[i] = spec.TTY
			}
		}
	}
	for _, s := range fds {
		if h, ok := s.(holder); ok {
			h.hold()
		}
	}
	return fds
}

// disconnect closes them.
func (p *Process) disconnect() { release(p.descriptors()) }

func release(fds [3]stream) {
	for _, s := range fds {
		if h, ok := s.(holder); ok {
			h.release()
		}
	}
}
