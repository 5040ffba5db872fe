package ingress

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"time"

	"kubetutor/internal/engine/addon/edge"
	"kubetutor/internal/engine/addon/ingress/model"
	"kubetutor/internal/engine/addon/ingress/proxy"
	"kubetutor/internal/engine/kernel"
)

// masterName is what ps shows of nginx.
const masterName = "nginx: master process /usr/bin/nginx -c " + confFile

// pidFile is where nginx leaves the number of its process.
const pidFile = "/tmp/nginx/nginx.pid"

// workersAtMost is how many workers are shown; one proxy does the work of all.
const workersAtMost = 4

// nginx is the processes in which the proxy runs.
type nginx struct {
	controller *controller
	master     *kernel.Process
	proxy      *proxy.Proxy
	ready      chan struct{}
	ending     chan context.Context // asks the master to end in order
}

// startNGINX starts the master process.
func startNGINX(c *controller) (*nginx, error) {
	n := &nginx{controller: c, ready: make(chan struct{}), ending: make(chan context.Context)}
	var err error
	n.master, err = c.p.Fork(kernel.Spec{Args: []string{masterName}, Stdout: c.p.Stdout(), Stderr: c.p.Stderr(), NewGroup: true}, n.run)
	if err != nil {
		return nil, err
	}
	select {
	case <-n.ready:
		return n, nil
	case <-n.master.Done():
		return nil, errors.New("the process ended")
	}
}

// run is the master process: it has the ports, and the workers for show.
func (n *nginx) run(ctx context.Context, p *kernel.Process) int {
	seed := fnv.New64a()
	_, _ = seed.Write([]byte(n.controller.pod.Name))
	pid := p.PID()
	for i := range min(p.Container().CPUs(), workersAtMost) {
		if worker, err := p.Fork(kernel.Spec{Args: []string{"nginx: worker process"}}, idle); err == nil && i == 0 {
			pid = worker.PID()
		}
	}
	n.proxy = proxy.New(proxy.Options{Net: p.Net(), Lookup: p.Lookup, Access: p.Stdout(), Errors: p.Stderr(), Seed: seed.Sum64(), PID: pid})
	_ = p.FS().WriteFile(pidFile, []byte(strconv.Itoa(p.PID())+"\n"), 0o644)
	close(n.ready)
	select {
	case <-ctx.Done():
	case until := <-n.ending:
		n.proxy.Shutdown(until)
	}
	return 0
}

func idle(ctx context.Context, _ *kernel.Process) int {
	<-ctx.Done()
	return 0
}

// apply tests a configuration and serves it. Errors are those of nginx -t.
func (n *nginx) apply(c *model.Configuration) error {
	err := n.proxy.Apply(c)
	var port *edge.PortError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &port):
		return fmt.Errorf("exit status 1\nnginx: [emerg] bind() to 0.0.0.0:%d failed (98: Address in use)", port.Port)
	}
	const line = "-------------------------------------------------------------------------------"
	return fmt.Errorf("\n%s\nError: exit status 1\n%s [emerg] %d#%d: %w in %s\nnginx: [emerg] %w in %s\nnginx: configuration file %s test failed\n\n%s",
		line, time.Now().Format("2006/01/02 15:04:05"), n.master.PID(), n.master.PID(), err, confFile, err, confFile, confFile, line)
}

// gone says whether the process has ended.
func (n *nginx) gone() bool {
	select {
	case <-n.master.Done():
		return true
	default:
		return false
	}
}

// quit ends the process once the requests under way have ended.
func (n *nginx) quit(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, workerShutdown)
	defer cancel()
	select {
	case n.ending <- ctx:
		_, _ = n.master.Wait(ctx)
	case <-n.master.Done():
	}
}

// workerShutdown is how long requests may go on (worker-shutdown-timeout).
const workerShutdown = 240 * time.Second
