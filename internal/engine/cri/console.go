package cri

import (
	"io"
	"sync"

	"kubetutor/internal/engine/cri/logfile"
	"kubetutor/internal/engine/kernel"
)

// console is what a container's main process reads from and writes to: its log,
// and whoever is attached.
type console struct {
	wantTTY, wantStdin bool

	tty     *kernel.TTY        // nil without a terminal
	input   *kernel.PipeWriter // nil with a terminal, or without stdin
	outputs []*output
	shown   chan struct{} // closed when all that the terminal showed has been passed on
}

// open fills in where a process reads and writes. It is called once, before the
// process starts and anybody attaches.
func (c *console) open(spec *kernel.Spec, log *logfile.File) {
	stdout := &output{log: log.Stream("stdout")}
	if c.wantTTY {
		c.outputs = []*output{stdout}
		c.openTTY(spec, stdout)
		return
	}
	stderr := &output{log: log.Stream("stderr")}
	c.outputs = []*output{stdout, stderr}
	spec.Stdout, spec.Stderr = stdout, stderr
	if c.wantStdin {
		var r *kernel.PipeReader
		r, c.input = kernel.Pipe()
		spec.Stdin = r
	}
}

func (c *console) openTTY(spec *kernel.Spec, stdout io.Writer) {
	c.tty = kernel.NewTTY(kernel.Size{})
	c.shown = make(chan struct{})
	spec.TTY = c.tty
	go func() {
		defer close(c.shown)
		_, _ = io.Copy(stdout, c.tty.Master()) // an output takes everything
	}()
}

// close passes on what is left and ends the outputs. The process has ended.
func (c *console) close() {
	if c.tty != nil {
		_ = c.tty.Master().Close()
		<-c.shown
	}
	if c.input != nil {
		_ = c.input.Close()
	}
	for _, o := range c.outputs {
		o.close()
	}
}

// stdin returns where attached people's input goes, nil where to nowhere.
func (c *console) stdin() io.Writer {
	switch {
	case !c.wantStdin:
		return nil
	case c.tty != nil:
		return c.tty.Master()
	case c.input != nil:
		return c.input
	}
	return nil
}

// closeStdin says that no more input comes. A terminal stays open: its input
// ends when somebody types ^D.
func (c *console) closeStdin() {
	if c.input != nil {
		_ = c.input.Close()
	}
}

// output is one stream of a process: everything goes to the log and to those
// who look on. Who looks on slowly slows the process down, as with any runtime.
type output struct {
	log *logfile.Stream

	mu      sync.Mutex
	viewers map[*viewer]struct{}
}

// viewer is one attached person's end of an output.
type viewer struct{ w io.Writer }

// Write takes everything.
func (o *output) Write(p []byte) (int, error) {
	_, _ = o.log.Write(p)
	for _, v := range o.looking() {
		if _, err := v.w.Write(p); err != nil {
			o.leave(v)
		}
	}
	return len(p), nil
}

func (o *output) looking() []*viewer {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.viewers) == 0 {
		return nil
	}
	list := make([]*viewer, 0, len(o.viewers))
	for v := range o.viewers {
		list = append(list, v)
	}
	return list
}

// join lets w see what is written from now on, until the function that it
// returns is called.
func (o *output) join(w io.Writer) (leave func()) {
	v := &viewer{w}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.viewers == nil {
		o.viewers = map[*viewer]struct{}{}
	}
	o.viewers[v] = struct{}{}
	return func() { o.leave(v) }
}

func (o *output) leave(v *viewer) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.viewers, v)
}

func (o *output) close() {
	_ = o.log.Close()
}
