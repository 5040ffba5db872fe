package fleet

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// process is a child of this engine.
type process struct {
	cmd   *exec.Cmd
	stdin io.Closer     // nil: none
	done  chan struct{} // closed when it has ended and was reaped
	err   error         // how it ended; to be read when done
}

// child says what to start.
type child struct {
	program string
	args    []string
	dir     string
	log     string // file that output is appended to
	leashed bool   // it ends with this process, by its standard input and where the system can by a signal
}

// start starts a child. It has a group of its own, no environment of ours, and
// writes to a file, so that it needs nobody who reads.
func (c child) start() (*process, error) {
	log, err := os.OpenFile(c.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the log of a process: %w", err)
	}
	defer log.Close()
	p := &process{done: make(chan struct{})}
	p.cmd = exec.Command(c.program, c.args...)
	p.cmd.Env, p.cmd.Dir = environment(c.dir), c.dir
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.SysProcAttr = attributes(c.leashed)
	if c.leashed {
		if p.stdin, err = p.cmd.StdinPipe(); err != nil {
			return nil, err
		}
	}
	started := make(chan error)
	go p.live(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s %s: %w", c.program, c.args[0], err)
	}
	return p, nil
}

// live starts the process and waits for its end, both on one thread of the
// system: a process that is to die with its parent dies with the thread that
// started it (prctl(2), PR_SET_PDEATHSIG).
func (p *process) live(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	p.err = p.cmd.Wait()
	close(p.done)
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// kill ends the process and all of its group at once, and waits for that.
func (p *process) kill() {
	select {
	case <-p.done:
		return
	default:
	}
	killGroup(p.pid())
	<-p.done
}

// environment is all that a child gets to know of ours: nothing. Its home is the
// cluster's state.
func environment(home string) []string {
	env := []string{"HOME=" + home, "GOTRACEBACK=single"}
	for _, name := range []string{"TZ", "SYSTEMROOT"} { // the second is what Windows cannot start a program without
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// The waits between attempts to keep something running.
const (
	firstWait   = 200 * time.Millisecond
	longestWait = 10 * time.Second
	// healthyAfter is how long something ran that did not fail at its start: the
	// next wait is the first again.
	healthyAfter = 30 * time.Second
)

// backoff doubles the wait from attempt to attempt.
type backoff struct{ next time.Duration }

// wait waits before the next attempt, the last of which lasted for ran. It says
// whether there is to be one.
func (b *backoff) wait(ctx context.Context, ran time.Duration) bool {
	if ran >= healthyAfter || b.next == 0 {
		b.next = firstWait
	}
	timer := time.NewTimer(b.next)
	defer timer.Stop()
	b.next = min(2*b.next, longestWait)
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
