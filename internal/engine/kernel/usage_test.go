package kernel

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"kubetutor/internal/engine/transcript"
)

// near says whether a time is about what it should be. The machine that runs the tests may be busy, so late is less wrong than early.
func near(got, want time.Duration) bool {
	return got >= want*9/10 && got <= want*3+300*time.Millisecond
}

// TestUse: CPU time takes as long as the limit makes it, and is charged exactly.
func TestUse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		limit     int64
		processes int
		node      int64
		want      time.Duration // for 60 ms each
	}{
		{0, 1, 0, 60 * time.Millisecond},
		{0, 3, 0, 60 * time.Millisecond},
		{500, 1, 0, 120 * time.Millisecond},
		{1000, 2, 0, 120 * time.Millisecond},
		{2000, 1, 0, 60 * time.Millisecond},
		{0, 2, 1000, 120 * time.Millisecond},
	} {
		node := NewAccounting(0)
		node.SetCPU(test.node)
		var took time.Duration
		var mu sync.Mutex
		use := func(ctx context.Context, p *Process) int {
			begin := time.Now()
			if err := p.Use(ctx, 60*time.Millisecond); err != nil {
				return 1
			}
			mu.Lock()
			defer mu.Unlock()
			took = max(took, time.Since(begin))
			return 0
		}
		c := newContainer(t, Config{Parent: node, Limits: Limits{CPU: test.limit}, Programs: Programs{"use": use}})
		start(t, c, Spec{Args: []string{"sleep"}})
		var all []*Process
		for range test.processes {
			all = append(all, start(t, c, Spec{Args: []string{"use"}}))
		}
		for _, p := range all {
			if status, err := p.Wait(soon(t)); err != nil || status.Code != 0 {
				t.Fatalf("%v, %v", status, err)
			}
		}
		if !near(took, test.want) {
			t.Errorf("%+v: took %v", test, took)
		}
		u, want := c.Usage(), time.Duration(test.processes)*60*time.Millisecond
		if u.CPU < want*99/100 || u.CPU > want+10*time.Millisecond {
			t.Errorf("%+v: charged %v, want %v", test, u.CPU, want)
		}
		if throttled := u.Throttled > 10*time.Millisecond; throttled != (test.want > 60*time.Millisecond && test.limit > 0) {
			t.Errorf("%+v: throttled %v", test, u.Throttled)
		}
		if held := test.limit > 0 && test.want > cpuPeriod; (u.ThrottledPeriods > 0) != held || u.Periods < u.ThrottledPeriods || test.limit == 0 && u.Periods > 0 {
			t.Errorf("%+v: %d of %d periods throttled", test, u.ThrottledPeriods, u.Periods)
		}
	}
}

// TestBurn: a load lasts as long as it says, and the container is charged what its limit lets it have.
func TestBurn(t *testing.T) {
	t.Parallel()
	burn := func(ctx context.Context, p *Process) int {
		if err := p.Burn(ctx, 2, 100*time.Millisecond); err != nil {
			return 1
		}
		return 0
	}
	c := newContainer(t, Config{Limits: Limits{CPU: 500}, Programs: Programs{"burn": burn}})
	start(t, c, Spec{Args: []string{"sleep"}})
	begin := time.Now()
	p := start(t, c, Spec{Args: []string{"burn"}})
	eventually(t, "it runs", func() bool { return p.state() == 'R' })
	_, err := p.Wait(soon(t))
	took := time.Since(begin)
	if err != nil || !near(took, 100*time.Millisecond) {
		t.Errorf("took %v, %v", took, err)
	}
	if u := c.Usage(); u.CPU < 45*time.Millisecond || u.CPU > took/2+time.Millisecond || u.Throttled < 140*time.Millisecond || u.Throttled > took*3/2+time.Millisecond {
		t.Errorf("%+v in %v", u, took)
	}
	long := start(t, c, Spec{Args: []string{"burn"}})
	_ = long.Signal(SIGKILL)
	eventually(t, "a load ends with its process", func() bool { c.account.mu.Lock(); defer c.account.mu.Unlock(); return len(c.account.busy) == 0 })
}

// TestUpdateCPU: a new limit counts at once for who waits already.
func TestUpdateCPU(t *testing.T) {
	t.Parallel()
	use := func(ctx context.Context, p *Process) int { _ = p.Use(ctx, 50*time.Millisecond); return 0 }
	c := newContainer(t, Config{Limits: Limits{CPU: 1}, Programs: Programs{"use": use}})
	p := start(t, c, Spec{Args: []string{"use"}})
	eventually(t, "it runs", func() bool { return p.state() == 'R' })
	c.Update(Limits{CPU: 4000})
	if _, err := p.Wait(soon(t)); err != nil {
		t.Error(err)
	}
}

// TestOOM: who takes more than the limit is killed, and the whole container with him.
func TestOOM(t *testing.T) {
	t.Parallel()
	result := make(chan error, 1)
	grow := func(ctx context.Context, p *Process) int {
		for {
			if err := p.Grow(1 << 20); err != nil {
				result <- err
				return 1
			}
		}
	}
	node := NewAccounting(1 << 30)
	c := newContainer(t, Config{Parent: node, Limits: Limits{Memory: 20 << 20}, Programs: Programs{"grow": grow}})
	main := start(t, c, Spec{Args: []string{"sleep"}})
	p := start(t, c, Spec{Args: []string{"grow"}})
	for _, p := range []*Process{p, main} {
		if status, err := p.Wait(soon(t)); err != nil || status.ExitCode() != 137 {
			t.Errorf("%v, %v", status, err)
		}
	}
	if err := <-result; !errors.Is(err, syscall.ENOMEM) || !c.OOMKilled() {
		t.Errorf("%v, %v", err, c.OOMKilled())
	}
	if u := node.Usage(); u.Memory != 0 {
		t.Errorf("%d bytes are left", u.Memory)
	}
}

func TestMemoryUsage(t *testing.T) {
	t.Parallel()
	hold := func(ctx context.Context, p *Process) int {
		_ = p.Grow(5 << 20)
		_ = p.Grow(-1 << 20)
		_ = p.Grow(-100 << 20) // no less than nothing
		_ = p.Grow(2 << 20)
		fmt.Fprintln(p.Stdout(), p.Usage().Memory)
		<-ctx.Done()
		return 0
	}
	c := newContainer(t, Config{Programs: Programs{"hold": hold}})
	var out transcript.Buffer
	start(t, c, Spec{Args: []string{"hold"}, Stdout: &out})
	eventually(t, "it has its memory", func() bool { return out.String() == "2097152\n" })
	if u := c.Usage(); u.Memory != 2<<20 || u.PIDs != 1 {
		t.Errorf("%+v", u)
	}
	c.Update(Limits{Memory: 1 << 20})
	if !c.OOMKilled() {
		t.Error("a limit below what is used")
	}
}

// TestNodeOOM: a node that is out of memory takes the biggest, unless its class protects it.
func TestNodeOOM(t *testing.T) {
	t.Parallel()
	hold := func(bytes int64) Program {
		return func(ctx context.Context, p *Process) int { _ = p.Grow(bytes); <-ctx.Done(); return 0 }
	}
	node := NewAccounting(100 << 20)
	all := Programs{"big": hold(50 << 20), "small": hold(30 << 20), "last": hold(25 << 20)}
	big := newContainer(t, Config{Parent: node, Limits: Limits{OOMScoreAdj: -997}, Programs: all})
	small := newContainer(t, Config{Parent: node, Limits: Limits{OOMScoreAdj: 1000}, Programs: all})
	last := newContainer(t, Config{Parent: node, Programs: all})
	start(t, big, Spec{Args: []string{"big"}})
	p := start(t, small, Spec{Args: []string{"small"}})
	eventually(t, "both have their memory", func() bool { return node.Usage().Memory > 80<<20 })
	start(t, last, Spec{Args: []string{"last"}})
	if status, err := p.Wait(soon(t)); err != nil || status.ExitCode() != 137 {
		t.Errorf("%v, %v", status, err)
	}
	if big.OOMKilled() || last.OOMKilled() || !small.OOMKilled() {
		t.Errorf("killed: big %v, small %v, last %v", big.OOMKilled(), small.OOMKilled(), last.OOMKilled())
	}
}

// TestChatter: a loop that only prints, or only asks the kernel, is charged for it, so that a limit slows it down.
func TestChatter(t *testing.T) {
	t.Parallel()
	c := newContainer(t, Config{Limits: Limits{CPU: 100}})
	p := start(t, c, Spec{Args: []string{"spin"}})
	eventually(t, "it is throttled", func() bool { return c.Usage().Throttled > 20*time.Millisecond })
	_ = p.Signal(SIGKILL)
}
