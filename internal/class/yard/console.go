package yard

import (
	"context"
	"strings"
	"sync"

	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
)

// console is a command line that outlives its engine: when the lab has slept, the
// next line wakes it and runs in a new console, in the same directory. Variables of
// the shell are lost, as they are when a line is killed.
type console struct {
	service *service

	mu    sync.Mutex
	req   protocol.OpenConsole
	inner lab.Console
	life  int // of the lab in which inner was opened
	dir   string
}

var _ lab.Console = (*console)(nil)

// open opens the engine's console, of a lab that is awake, unless it is open.
func (c *console) open(ctx context.Context) (lab.Console, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	life := c.service.yard.lifeOf(c.service.plot)
	if c.inner != nil && c.life == life {
		return c.inner, nil
	}
	inner, err := c.service.plot.lab.OpenConsole(ctx, c.req)
	if err != nil {
		return nil, err
	}
	if c.inner != nil { // it has ended with its engine: to close it would close one of the new engine
		c.back(ctx, inner)
	}
	c.inner, c.life = inner, life
	return inner, nil
}

// back goes to the directory in which the console was. One that is gone leaves it
// where consoles begin.
func (c *console) back(ctx context.Context, inner lab.Console) {
	if c.dir == "" || c.dir == inner.Info().Directory {
		return
	}
	_, _, _ = inner.Run(ctx, "cd './"+strings.ReplaceAll(c.dir, "'", `'\''`)+"'", func(protocol.Output) {})
}

// current is the engine's console, nil where the lab has slept since it was opened.
func (c *console) current() lab.Console {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inner == nil || c.life != c.service.yard.lifeOf(c.service.plot) { // 0 while it sleeps
		return nil
	}
	return c.inner
}

// Info is how the console was opened.
func (c *console) Info() protocol.Console {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.inner.Info()
}

// Run runs a line, for which a lab that sleeps is woken.
func (c *console) Run(ctx context.Context, line string, out func(protocol.Output)) (exit protocol.Exit, incomplete bool, err error) {
	err = c.service.wake(ctx, nil, func(ctx context.Context) error {
		inner, err := c.open(ctx)
		if err != nil {
			return err
		}
		exit, incomplete, err = inner.Run(ctx, line, out)
		return err
	})
	if err == nil && !incomplete {
		c.mu.Lock()
		c.dir = exit.Directory
		c.mu.Unlock()
	}
	return exit, incomplete, err
}

// Resize is remembered for the console that comes after a sleep.
func (c *console) Resize(ctx context.Context, columns, rows int) error {
	c.mu.Lock()
	c.req.Columns, c.req.Rows = columns, rows
	c.mu.Unlock()
	return c.with(func(inner lab.Console) error { return inner.Resize(ctx, columns, rows) })
}

// Input is for the line that runs.
func (c *console) Input(ctx context.Context, data []byte, eof bool) error {
	return c.with(func(inner lab.Console) error { return inner.Input(ctx, data, eof) })
}

// Signal is for the line that runs.
func (c *console) Signal(ctx context.Context, name string) error {
	return c.with(func(inner lab.Console) error { return inner.Signal(ctx, name) })
}

// Edited is for the line that runs.
func (c *console) Edited(ctx context.Context, answer protocol.Edited) error {
	return c.with(func(inner lab.Console) error { return inner.Edited(ctx, answer) })
}

// Complete offers nothing while the lab sleeps.
func (c *console) Complete(ctx context.Context, line string, cursor int) (done protocol.Completion, err error) {
	err = c.with(func(inner lab.Console) error {
		done, err = inner.Complete(ctx, line, cursor)
		return err
	})
	return done, err
}

// with does something with the engine's console, if it is still there, and counts
// as activity.
func (c *console) with(do func(lab.Console) error) error {
	inner := c.current()
	if inner == nil {
		return nil
	}
	c.service.yard.touch(c.service.plot)
	return forLearner(do(inner), true)
}

// Close closes the engine's console, if it is still there.
func (c *console) Close() error {
	if inner := c.current(); inner != nil {
		return inner.Close()
	}
	return nil
}
