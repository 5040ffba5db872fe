package kernel

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"
)

// TestChaos lets many goroutines do everything to a few containers of one pod and one node at the same time: nothing hangs, nothing panics (and
// nothing races, when the detector looks), and nothing is left.
func TestChaos(t *testing.T) {
	before := runtime.NumGoroutine()
	node, pids := NewAccounting(400<<20), NewPIDNamespace()
	node.SetCPU(4000)
	family := func(ctx context.Context, p *Process) int {
		for range 3 {
			child, err := p.Start(Spec{Args: []string{"cat"}, Stdin: p.Stdin(), Stdout: p.Stdout(), NewGroup: rand.IntN(2) == 0})
			if err == nil && rand.IntN(2) == 0 {
				_ = child.Signal(SIGTERM)
				_, _ = child.Wait(ctx)
			}
		}
		_ = p.Grow(int64(rand.IntN(8 << 20)))
		_ = p.Use(ctx, 2*time.Millisecond)
		_ = p.FS().WriteFile(fmt.Sprint("/tmp/", rand.IntN(5)), make([]byte, rand.IntN(100_000)), 0o644)
		return 0
	}
	var containers []*Container
	for i := range 4 {
		containers = append(containers, newContainer(t, Config{
			ID: fmt.Sprint(i), Parent: node, PIDs: pids, Programs: Programs{"family": family},
			Limits: Limits{Memory: 300 << 20, CPU: 2000, PIDs: 40}, Mounts: []Mount{{Target: "/cache", Tree: NewTree()}},
		}))
	}
	mains := map[int]bool{}
	for _, c := range containers {
		mains[start(t, c, Spec{Args: []string{"sleep"}}).PID()] = true
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			chaos(rand.New(rand.NewPCG(uint64(i), 1)), containers, mains, time.Now().Add(400*time.Millisecond))
		})
	}
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(wait):
		buf := make([]byte, 1<<20)
		t.Fatalf("it hangs:\n%s", buf[:runtime.Stack(buf, true)])
	}
	for _, c := range containers {
		must(t, c.Close())
	}
	eventually(t, "all goroutines are gone", func() bool { return runtime.NumGoroutine() <= before+1 })
	if u := node.Usage(); u.Memory != 0 || u.PIDs != 0 {
		t.Errorf("left: %+v", u)
	}
}

// chaos does random things until a time.
func chaos(r *rand.Rand, containers []*Container, mains map[int]bool, end time.Time) {
	signals := []Signal{SIGTERM, SIGKILL, SIGSTOP, SIGCONT, SIGCHLD, SIGINT, SIGTSTP, SIGPIPE}
	for time.Now().Before(end) {
		c := containers[r.IntN(len(containers))]
		switch r.IntN(9) {
		case 0, 1:
			_, _ = c.Start(Spec{Args: []string{"family"}, Stdin: stuck{}, Stdout: io.Discard})
		case 2:
			tty := NewTTY(Size{})
			if p, err := c.Start(Spec{Args: []string{"family"}, TTY: tty}); err == nil {
				_, _ = tty.Master().Write([]byte("x\r\x03"))
				tty.Resize(Size{r.IntN(100), 20})
				_ = tty.Master().Close()
				_ = p.Signal(SIGKILL)
			}
		case 3, 4:
			for _, i := range c.Processes() {
				if p := c.ns.find(i.PID); p != nil && !mains[i.PID] && r.IntN(3) == 0 {
					_ = p.Signal(signals[r.IntN(len(signals))])
				}
			}
		case 5:
			c.Update(Limits{Memory: int64(200+r.IntN(20)) << 20, CPU: int64(r.IntN(3000)), PIDs: 40})
		case 6:
			_, _ = c.Usage(), c.account.Usage()
			lookAround(c)
		case 7:
			_ = c.FS().WriteFile(fmt.Sprint("/cache/", r.IntN(5)), make([]byte, r.IntN(200_000)), 0o644)
			_ = c.FS().RemoveAll("/tmp/" + fmt.Sprint(r.IntN(5)))
		case 8:
			if c.id == "3" && r.IntN(50) == 0 {
				c.Kill()
			}
		}
	}
}

// lookAround reads what ps and top read.
func lookAround(c *Container) {
	f := c.FS()
	entries, _ := f.ReadDir("/proc")
	for _, e := range entries {
		_, _ = f.ReadFile("/proc/" + e.Name() + "/stat")
		_, _ = f.ReadFile("/proc/" + e.Name() + "/status")
		_, _ = f.ReadDir("/proc/" + e.Name() + "/fd")
	}
	_, _ = f.ReadDir("/dev/pts")
	_, _ = f.ReadFile("/sys/fs/cgroup/cgroup.procs")
}
