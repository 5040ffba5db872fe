package lab

import (
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"kubetutor/internal/lab/protocol"
)

// TestDaemonArguments: what a daemon is told of whom it is for.
func TestDaemonArguments(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		options Options
		want    []string
	}{
		"one's own":  {Options{}, nil},
		"of a guest": {Options{Guest: true, Idle: 15 * time.Minute, Nice: 5}, []string{"--idle", "15m0s", "--guest"}},
	} {
		tt.options.Environ = []string{"HOME=" + t.TempDir()}
		l, err := New(tt.options)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(l.args, tt.want) || l.nice != tt.options.Nice {
			t.Errorf("%s: %q, nice %d", name, l.args, l.nice)
		}
	}
}

// TestKill: an engine that does not answer any more ends all the same, and gives way
// while it runs.
func TestKill(t *testing.T) {
	t.Parallel()
	l := testLabs(t, Options{Nice: 5})
	if err := l.Kill(soon(t)); err != nil {
		t.Errorf("where there is none: %v", err)
	}
	up, err := l.Up(soon(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	own, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0)
	if err != nil {
		t.Fatal(err)
	}
	// The system call of Linux says 20 where the nice value is 0.
	if theirs, err := syscall.Getpriority(syscall.PRIO_PROCESS, up.PID); runtime.GOOS == "linux" && own == 20 && (err != nil || theirs != 15) {
		t.Errorf("its priority is %d, %v", theirs, err)
	}
	if err := syscall.Kill(up.PID, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := l.Kill(soon(t)); err != nil {
		t.Fatal(err)
	}
	if s, err := l.Status(soon(t)); err != nil || s.State != protocol.StateSleeping {
		t.Errorf("%v, %v", s, err)
	}
}
