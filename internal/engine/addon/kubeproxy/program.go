// Package kubeproxy is kube-proxy for nodes whose network is in memory: a program of
// a container that runs in the DaemonSet kube-proxy as kubeadm makes it.
//
// Upstream's own packages follow Services and EndpointSlices (pkg/proxy/config,
// its trackers), choose endpoints by traffic policy, topology and state
// (CategorizeEndpoints), and judge health. In place of rules for the kernel of the
// machine, their picture becomes a [fabric.Forwarding] of the node. Those rules stay
// when the program ends, as a kernel's do.
package kubeproxy

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"

	"kubetutor/internal/engine/addon/incluster"
	"kubetutor/internal/engine/controlplane/release"
	"kubetutor/internal/engine/kernel"
)

// name is the program's.
const name = "kube-proxy"

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitSignal = 2 // a program of Go as process 1, which no signal kills
)

// Program is kube-proxy. It ends when its configuration is bad, when the node's
// address changes, or when the node is removed; its container is started again then.
// As upstream's it does not see that its ConfigMap has changed.
func Program(ctx context.Context, p *kernel.Process) int {
	o, err := parse(p.Args()[1:])
	if err != nil {
		fmt.Fprintf(p.Stderr(), "Error: %v\n", err)
		return exitFailed
	}
	if o.version {
		fmt.Fprintf(p.Stdout(), "Kubernetes %s\n", release.Version)
		return exitOK
	}
	ctx, stop := untilSignal(ctx, p)
	defer stop(nil)
	log := incluster.Log(p, o.verbosity)
	err = run(klog.NewContext(ctx, log), p, o, log)
	switch {
	case errors.Is(context.Cause(ctx), errSignal):
		return exitSignal
	case err != nil && ctx.Err() == nil:
		log.Error(err, "command failed")
	}
	return exitFailed
}

// errSignal means that a signal ended the program.
var errSignal = errors.New("signal")

// untilSignal ends a context at the signals that end a program of Go, which upstream
// does not handle.
func untilSignal(ctx context.Context, p *kernel.Process) (context.Context, context.CancelCauseFunc) {
	ctx, stop := context.WithCancelCause(ctx)
	signals := p.Notify(kernel.SIGTERM, kernel.SIGINT)
	go func() {
		select {
		case <-signals:
			stop(errSignal)
		case <-ctx.Done():
		}
	}()
	return ctx, stop
}

// run runs kube-proxy until something ends it, and says what.
func run(ctx context.Context, p *kernel.Process, o options, log logr.Logger) error {
	c, err := load(p, o, log)
	if err != nil {
		return err
	}
	if level := int(c.Logging.Verbosity); o.verbosity == 0 && level > 0 {
		log = incluster.Log(p, level)
		ctx = klog.NewContext(ctx, log)
	}
	client, err := newClient(p, c)
	if err != nil {
		return err
	}
	return newServer(p, c, client, log).run(ctx)
}
