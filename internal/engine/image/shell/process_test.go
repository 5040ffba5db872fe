package shell

import (
	"context"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/engine/kernel"
)

// start starts a shell script as the main process of a container.
func start(t *testing.T, script string) (*kernel.Process, *buffer) {
	t.Helper()
	out := &buffer{}
	c := newContainer(t, kernel.Config{})
	p, err := c.Start(kernel.Spec{Args: []string{"sh", "-c", script}, Env: []string{"PATH=/bin"}, Stdout: out, Stderr: out})
	if err != nil {
		t.Fatal(err)
	}
	return p, out
}

func status(t *testing.T, p *kernel.Process) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s, err := p.Wait(ctx)
	if err != nil {
		t.Fatalf("%q does not end", p.Args())
	}
	return s.ExitCode()
}

func TestTrapEndsWait(t *testing.T) {
	t.Parallel()
	p, out := start(t, `trap 'echo bye; exit 7' TERM; echo ready; sleep 1000 & wait`)
	out.waitFor(t, "ready")
	_ = p.Signal(kernel.SIGTERM)
	if code := status(t, p); code != 7 || !strings.Contains(out.String(), "bye") {
		t.Errorf("code %d, output %q", code, out.String())
	}
}

func TestTrapWaitsForForeground(t *testing.T) {
	t.Parallel()
	p, out := start(t, `trap 'echo got' USR1; echo ready; sleep 0.3; echo after`)
	out.waitFor(t, "ready")
	_ = p.Signal(kernel.SIGUSR1)
	if code := status(t, p); code != 0 || out.String() != "ready\ngot\nafter\n" {
		t.Errorf("code %d, output %q", code, out.String())
	}
}

func TestFirstProcessIgnoresTERM(t *testing.T) {
	t.Parallel()
	p, out := start(t, `echo ready; sleep 0.3; echo still`)
	out.waitFor(t, "ready")
	_ = p.Signal(kernel.SIGTERM)
	if code := status(t, p); code != 0 || out.String() != "ready\nstill\n" {
		t.Errorf("code %d, output %q", code, out.String())
	}
}

func TestExecKeepsNumberAndGetsSignals(t *testing.T) {
	t.Parallel()
	p, out := start(t, `exec sh -c 'trap "echo inner; exit 3" TERM; echo pid $$; while :; do sleep 0.01; done'`)
	out.waitFor(t, "pid 1")
	_ = p.Signal(kernel.SIGTERM)
	if code := status(t, p); code != 3 || !strings.Contains(out.String(), "inner") {
		t.Errorf("code %d, output %q", code, out.String())
	}
}

func TestBusyLoopIsThrottled(t *testing.T) {
	t.Parallel()
	began := time.Now()
	p, _ := start(t, `while :; do :; done`)
	for p.Container().Usage().CPU < 50*time.Millisecond {
		if time.Since(began) > patience {
			t.Fatal("an endless loop uses no CPU time")
		}
		time.Sleep(time.Millisecond)
	}
	used := p.Container().Usage().CPU
	if passed := time.Since(began); used > passed+10*time.Millisecond {
		t.Errorf("used %v of %v on one core", used, passed)
	}
	_ = p.Signal(kernel.SIGKILL)
	status(t, p)
}

func TestGrowingVariableIsOOMKilled(t *testing.T) {
	t.Parallel()
	var out buffer
	c := newContainer(t, kernel.Config{Limits: kernel.Limits{Memory: 32 << 20}})
	p, err := c.Start(kernel.Spec{Args: []string{"sh", "-c", "x=xxxxxxxx; while :; do x=$x$x; done"}, Env: []string{"PATH=/bin"}, Stdout: &out, Stderr: &out})
	if err != nil {
		t.Fatal(err)
	}
	if code := status(t, p); code != 137 || !c.OOMKilled() {
		t.Errorf("code %d, OOM killed %v, output %q", code, c.OOMKilled(), out.String())
	}
}

func TestBackgroundJobHasItsOwnNumber(t *testing.T) {
	t.Parallel()
	p, out := start(t, `sleep 100 & ps -o pid,args; echo last $!; kill $!; wait`)
	if status(t, p); !strings.Contains(out.String(), "sleep 100") {
		t.Errorf("%q", out.String())
	}
}
