package stress

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"kubetutor/internal/engine/kernel"
)

// load is what stress and stress-ng are asked to do.
type load struct {
	name    string // as messages begin
	cpu     int
	percent float64 // of each CPU worker
	io      int
	vm      int
	vmBytes string
	hang    string // seconds that a vm worker holds its memory; "": it touches it without end
	keep    bool
	timeout string
	quiet   bool
	help    bool
	ng      bool
}

// Classic is the stress of Amos Waterland, which polinux/stress holds.
func Classic(version string) kernel.Program {
	return func(ctx context.Context, p *kernel.Process) int {
		l := &load{name: "stress", percent: 100}
		flags := pflag.NewFlagSet("stress", pflag.ContinueOnError)
		flags.SetOutput(io.Discard)
		flags.IntVarP(&l.cpu, "cpu", "c", 0, "spawn N workers spinning on sqrt()")
		flags.IntVarP(&l.io, "io", "i", 0, "spawn N workers spinning on sync()")
		flags.IntVarP(&l.vm, "vm", "m", 0, "spawn N workers spinning on malloc()/free()")
		flags.StringVar(&l.vmBytes, "vm-bytes", "256M", "malloc B bytes per vm worker (default is 256MB)")
		flags.StringVar(&l.hang, "vm-hang", "", "sleep N secs before free (default none, 0 is inf)")
		flags.BoolVar(&l.keep, "vm-keep", false, "redirty memory instead of freeing and reallocating")
		flags.StringVarP(&l.timeout, "timeout", "t", "", "timeout after N seconds")
		flags.BoolVarP(&l.quiet, "quiet", "q", false, "be quiet")
		flags.BoolP("verbose", "v", false, "be verbose")
		return l.start(ctx, p, flags, version)
	}
}

// NG is stress-ng, as far as CPU and memory go.
func NG(version string) kernel.Program {
	return func(ctx context.Context, p *kernel.Process) int {
		l := &load{name: "stress-ng", ng: true}
		flags := pflag.NewFlagSet("stress-ng", pflag.ContinueOnError)
		flags.SetOutput(io.Discard)
		flags.IntVarP(&l.cpu, "cpu", "c", 0, "start N workers that perform CPU only loading")
		flags.Float64VarP(&l.percent, "cpu-load", "l", 100, "load CPU by P %%")
		flags.IntVarP(&l.vm, "vm", "m", 0, "start N workers spinning on anonymous mmap")
		flags.StringVar(&l.vmBytes, "vm-bytes", "256M", "allocate N bytes per vm worker (default 256MB)")
		flags.StringVar(&l.hang, "vm-hang", "", "sleep N seconds before freeing memory")
		flags.BoolVar(&l.keep, "vm-keep", false, "redirty memory instead of reallocating")
		flags.StringVarP(&l.timeout, "timeout", "t", "1d", "timeout after T seconds")
		flags.BoolVarP(&l.quiet, "quiet", "q", false, "quiet output")
		flags.String("cpu-method", "all", "")
		flags.String("vm-method", "all", "")
		flags.Bool("metrics-brief", false, "")
		flags.Bool("metrics", false, "")
		flags.BoolP("verbose", "v", false, "")
		return l.start(ctx, p, flags, version)
	}
}

func (l *load) start(ctx context.Context, p *kernel.Process, flags *pflag.FlagSet, version string) int {
	show := flags.Bool("version", false, "show version statement")
	flags.BoolVarP(&l.help, "help", "?", false, "show this help statement")
	if err := flags.Parse(p.Args()[1:]); err != nil {
		l.say(p, p.Stderr(), "FAIL", "unrecognized option: %v", err)
		return 1
	}
	switch {
	case *show:
		fmt.Fprintf(p.Stdout(), "%s %s\n", l.name, version)
		return 0
	case l.help || len(p.Args()) < 2:
		fmt.Fprintf(p.Stdout(), "`%s' imposes certain types of compute stress on your system\n\nUsage: %s [OPTION [ARG]] ...\n%s", l.name, l.name, flags.FlagUsages())
		return 0
	}
	return l.run(ctx, p)
}

// say prints a message in the form "stress: info: [1] text".
func (l *load) say(p *kernel.Process, w io.Writer, level, format string, args ...any) {
	if l.ng {
		level = strings.ToLower(level) + ":"
		fmt.Fprintf(w, "%s: %-6s [%d] %s\n", l.name, level, p.PID(), fmt.Sprintf(format, args...))
		return
	}
	fmt.Fprintf(w, "%s: %s: [%d] %s\n", l.name, level, p.PID(), fmt.Sprintf(format, args...))
}

func (l *load) info(p *kernel.Process, format string, args ...any) {
	if !l.quiet {
		l.say(p, p.Stdout(), "info", format, args...)
	}
}

func (l *load) run(ctx context.Context, p *kernel.Process) int {
	timeout := forever
	if l.timeout != "" {
		d, err := parseTime(l.timeout)
		if err != nil {
			l.say(p, p.Stderr(), "FAIL", "%v", err)
			return 1
		}
		timeout = d
	}
	bytes, err := parseBytes(l.vmBytes, 2<<30)
	if err != nil {
		l.say(p, p.Stderr(), "FAIL", "%v", err)
		return 1
	}
	if l.ng {
		bytes /= int64(max(l.vm, 1)) // stress-ng divides it among the workers
		l.info(p, "dispatching hogs: %s", l.hogs())
	} else {
		l.info(p, "dispatching hogs: %d cpu, %d io, %d vm, %d hdd", l.cpu, l.io, l.vm, 0)
	}
	return l.work(ctx, p, bytes, timeout)
}

func (l *load) hogs() string {
	var parts []string
	for _, hog := range []struct {
		n    int
		name string
	}{{l.cpu, "cpu"}, {l.vm, "vm"}} {
		if hog.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", hog.n, hog.name))
		}
	}
	return strings.Join(parts, ", ")
}

// work runs the workers until the time is over, a signal comes or memory is
// refused.
func (l *load) work(ctx context.Context, p *kernel.Process, bytes int64, timeout time.Duration) int {
	start := time.Now()
	stopped, stop := context.WithTimeout(ctx, timeout)
	defer stop()
	signals := p.Notify(kernel.SIGTERM, kernel.SIGINT)
	go func() {
		select {
		case <-signals:
			stop()
		case <-stopped.Done():
		}
	}()
	refused := make(chan struct{}, l.vm)
	var workers sync.WaitGroup
	if cores := float64(l.cpu)*l.percent/100 + float64(l.io)*0.1; cores > 0 {
		workers.Go(func() { burn(stopped, p, cores, timeout) })
	}
	for range l.vm {
		workers.Go(func() {
			if !l.memory(stopped, p, bytes) && stopped.Err() == nil {
				refused <- struct{}{}
				stop()
			}
		})
	}
	workers.Wait()
	if len(refused) > 0 {
		l.say(p, p.Stderr(), "FAIL", "hogvm malloc failed: Cannot allocate memory")
		l.say(p, p.Stderr(), "FAIL", "failed run completed in %ds", int(time.Since(start).Seconds()))
		return 1
	}
	l.info(p, "successful run completed in %ds", int(time.Since(start).Round(time.Second).Seconds()))
	return 0
}

// memory is one vm worker.
func (l *load) memory(ctx context.Context, p *kernel.Process, bytes int64) bool {
	hang := time.Duration(0)
	if l.hang != "" {
		d, err := parseTime(l.hang)
		if err != nil {
			return false
		}
		if hang = d; d == 0 {
			hang = forever
		}
	}
	if l.keep || hang == 0 { // it dirties its memory again and again
		if !grow(ctx, p, bytes) {
			return false
		}
		burn(ctx, p, 1, forever)
		return true
	}
	for ctx.Err() == nil {
		if !hold(ctx, p, bytes, hang) {
			return false
		}
	}
	return true
}
