package controlplane

import (
	"context"
	"fmt"

	"k8s.io/client-go/informers"
	"k8s.io/kubernetes/cmd/kube-scheduler/app"
	"k8s.io/kubernetes/cmd/kube-scheduler/app/config"
	"k8s.io/kubernetes/cmd/kube-scheduler/app/options"
	"k8s.io/kubernetes/pkg/scheduler"
)

const schedulerName = "kube-scheduler"

// schedulerPart is kube-scheduler, running.
type schedulerPart struct {
	done      component
	informers informers.SharedInformerFactory
}

// startScheduler runs kube-scheduler without its server and leader election.
// It does not call its Run, which registers a name that cannot be registered
// again in the same process.
func startScheduler(kubeconfig string) (*schedulerPart, error) {
	ctx, cancel := context.WithCancel(context.Background())
	o := options.NewOptions()
	err := parseFlags(schedulerName, o.Flags, map[string]string{
		"kubeconfig":     kubeconfig,
		"leader-elect":   "false",
		"secure-port":    "0",
		"profiling":      "false",
		"kube-api-qps":   "2000",
		"kube-api-burst": "2000",
	})
	if err != nil {
		cancel()
		return nil, err
	}
	c, s, err := app.Setup(ctx, o)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("setting up the scheduler: %w", err)
	}
	return &schedulerPart{informers: c.InformerFactory,
		done: run(schedulerName, cancel, func() error { return schedule(ctx, c, s) })}, nil
}

// schedule runs the scheduler until ctx is done.
func schedule(ctx context.Context, c *config.CompletedConfig, s *scheduler.Scheduler) error {
	c.EventBroadcaster.StartRecordingToSink(ctx.Done())
	defer c.EventBroadcaster.Shutdown()
	c.InformerFactory.Start(ctx.Done())
	c.DynInformerFactory.Start(ctx.Done())
	c.InformerFactory.WaitForCacheSync(ctx.Done())
	c.DynInformerFactory.WaitForCacheSync(ctx.Done())
	if err := s.WaitForHandlersSync(ctx); err != nil {
		return fmt.Errorf("waiting for the scheduler's caches: %w", err)
	}
	s.Run(ctx)
	c.InformerFactory.Shutdown()
	return nil
}
