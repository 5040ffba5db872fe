package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	gwclient "sigs.k8s.io/gateway-api/pkg/client/clientset/versioned"
)

// Periods of the loop.
const (
	gather    = 5 * time.Millisecond   // changes that come together are looked at together
	retryFrom = 250 * time.Millisecond // after a failure, doubled up to retryMost
	retryMost = 30 * time.Second
)

// Options say for which cluster a controller works.
type Options struct {
	Config *rest.Config
	Image  string // of the proxies
	Log    *slog.Logger
}

// controller carries the objects of a cluster to the translation, and what comes
// of it back.
type controller struct {
	kube    kubernetes.Interface
	api     gwclient.Interface
	image   string
	log     *slog.Logger
	caches  *caches
	applied map[string]applied
}

// Run keeps Gateways running until ctx ends.
func Run(ctx context.Context, o Options) error {
	kube, err := kubernetes.NewForConfig(o.Config)
	if err != nil {
		return err
	}
	api, err := gwclient.NewForConfig(o.Config)
	if err != nil {
		return err
	}
	crds, err := metadata.NewForConfig(o.Config)
	if err != nil {
		return err
	}
	c := &controller{kube: kube, api: api, image: o.Image, log: o.Log, applied: map[string]applied{}}
	if c.caches, err = newCaches(kube, api, crds); err != nil {
		return fmt.Errorf("watching the cluster: %w", err)
	}
	defer c.caches.shutdown()
	if err := c.caches.start(ctx); err != nil {
		return err
	}
	c.log.Info("Gateways are watched", "controllerName", Controller)
	c.loop(ctx)
	return nil
}

// loop translates whenever something changed, and again after a failure.
func (c *controller) loop(ctx context.Context) {
	wait := retryFrom
	retry := time.NewTimer(0)
	defer retry.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.caches.changed:
			pause(ctx, gather)
		case <-retry.C:
		}
		if err := c.reconcile(ctx); err != nil && ctx.Err() == nil {
			c.log.Error("Not all is as it should be; trying again", "err", err, "after", wait)
			retry.Reset(wait)
			wait = min(2*wait, retryMost)
			continue
		}
		wait = retryFrom
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// reconcile makes the cluster what a translation says. A conflict is no failure:
// the newer object is on its way, and will be looked at.
func (c *controller) reconcile(ctx context.Context) error {
	objects, err := c.caches.objects()
	if err != nil {
		return err
	}
	result := Translate(objects)
	var errs []error
	live := map[string]bool{}
	for i := range result.Gateways {
		errs = append(errs, c.applyPlan(ctx, &result.Gateways[i], live))
	}
	for key := range c.applied {
		if !live[key] {
			delete(c.applied, key) // its Gateway is gone, and the garbage collector takes it away
		}
	}
	errs = append(errs, c.writeStatuses(ctx, &result.Statuses))
	return errors.Join(errs...)
}

// ignorable are failures that the next change mends.
func ignorable(err error) bool { return apierrors.IsConflict(err) || apierrors.IsNotFound(err) }
