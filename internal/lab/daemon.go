package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// startTimeout is how long a new daemon may take until it says hello. Its
// program initialises for 140 ms; a cold disk or a busy machine takes longer.
const startTimeout = 30 * time.Second

// exitRunning is the daemon's exit status when another one of that name runs.
const exitRunning = 3

// daemon starts the engine's daemon of one cluster.
type daemon struct {
	program string
	name    string
	state   string // directory of the cluster's state
	sockets string
	args    []string // further arguments
	env     []string
	nice    int // 0: as this process
}

// start starts the daemon and connects to it. It lives on when the tutor ends.
func (d daemon) start(ctx context.Context, socket string) (*Client, error) {
	if err := makeSocketDir(d.sockets); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(d.state, 0o700); err != nil {
		return nil, fmt.Errorf("making the directory of the cluster's state: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	exited, err := d.launch()
	if err != nil {
		return nil, err
	}
	return d.await(ctx, socket, exited)
}

// launch starts the process, detached, and tells when it ended.
func (d daemon) launch() (<-chan error, error) {
	said, err := os.OpenFile(d.stderrFile(), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("starting the engine: %w", err)
	}
	defer said.Close()
	args := append([]string{"serve", "--name", d.name, "--state", d.state, "--sockets", d.sockets}, d.args...)
	cmd := exec.Command(d.program, args...)
	cmd.Dir = string(filepath.Separator)
	cmd.Env = daemonEnv(d.env)
	cmd.Stderr = said
	detached(cmd)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the engine %s: %w", d.program, err)
	}
	if d.nice > 0 {
		nice(cmd, d.nice)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	return exited, nil
}

// stderrFile takes what a daemon says that dies before it has a log. It stands
// beside the state, which only the daemon touches.
func (d daemon) stderrFile() string { return d.state + ".err" }

// daemonEnv is env without what would lead the engine to the learner's own
// clusters.
func daemonEnv(env []string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(v string) bool {
		return strings.HasPrefix(v, "KUBECONFIG=")
	})
}

// await dials until the daemon says hello, it died, or ctx ends.
func (d daemon) await(ctx context.Context, socket string, exited <-chan error) (*Client, error) {
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		c, err := Dial(ctx, socket)
		if err == nil || !errors.Is(err, ErrNoDaemon) {
			return c, err
		}
		select {
		case err := <-exited:
			if status := (*exec.ExitError)(nil); errors.As(err, &status) && status.ExitCode() == exitRunning {
				exited = nil // another tutor was faster: its daemon will answer
				continue
			}
			return nil, d.died(err)
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for the engine to answer: %w%s", context.Cause(ctx), d.lastWords())
		case <-time.After(wait):
		}
	}
}

// died is a daemon that ended before it said hello.
func (d daemon) died(err error) error {
	if err == nil {
		err = errors.New("exit status 0")
	}
	return fmt.Errorf("the engine ended while it was starting: %w%s", err, d.lastWords())
}

// lastWords are the last lines that the daemon said or logged.
func (d daemon) lastWords() string {
	for _, file := range []string{d.stderrFile(), filepath.Join(d.state, "kubelab.log")} {
		data, err := os.ReadFile(file)
		if text := strings.TrimSpace(string(data)); err == nil && text != "" {
			lines := strings.Split(text, "\n")
			return ":\n" + strings.Join(lines[max(0, len(lines)-5):], "\n")
		}
	}
	return ""
}
