package controlplane

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

const (
	// resetLimit is how long Reset tries: a fraction of a second on an idle
	// machine, seconds on one that builds something at the same time. To start
	// anew costs more than to wait.
	resetLimit = 15 * time.Second
	// resetPause lies between two looks: what a controller had in hand when
	// its objects vanished is written within it.
	resetPause = 15 * time.Millisecond
	// resetWriters is how many transactions are under way at once.
	resetWriters = 16
)

// StuckError means that the cluster did not go back to its baseline in time:
// something kept writing, or a component does not see what is written. The
// remedy is to Stop, to Start again, and to Reset then.
type StuckError struct {
	Keys []string // in etcd, that still differ
}

// Error names some of the keys.
func (e *StuckError) Error() string {
	return fmt.Sprintf("the cluster does not go back to its baseline, %d objects still differ: %s",
		len(e.Keys), strings.Join(e.Keys[:min(5, len(e.Keys))], ", "))
}

// Reset leads the cluster back to its baseline: what is new is deleted, what
// has changed or gone is restored, with its old UID. It writes to etcd past the
// API server (deletion through the API would take seconds, for namespaces and
// finalizers), one transaction for each object, which every watch sees as a
// change like any other. Revisions only grow. It returns when the API server,
// the controllers and the scheduler have seen all of it and two looks in a row
// found nothing more to do: a controller may write once more what it had in hand.
// Paused components run again. Of the nodes it restores what is written about
// them; that they are there and run is the caller's. Pods of the baseline's own
// workloads stay, or are made anew by their controllers; then it waits for them.
//
// A *[StuckError] means that it did not work in 15 s.
func (c *ControlPlane) Reset(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.back(ctx); err != nil {
		return err
	}
	return c.awaitWorkloads(ctx)
}

// back is Reset but for the waiting for Pods; the caller holds mu.
func (c *ControlPlane) back(ctx context.Context) error {
	if err := c.resumeAll(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, resetLimit)
	defer cancel()
	c.removed = nil
	since := time.Now()
	var left []change
	for calm := 0; calm < 2; {
		now, err := readKeyspace(ctx, c.store.client)
		if err != nil {
			return resetError(ctx, left, err)
		}
		if left, err = now.changes(c.baseline, since); err != nil {
			return err
		}
		if calm++; worthWaiting(left) {
			calm = 0
		}
		if err := c.apply(ctx, left); err != nil {
			return resetError(ctx, left, fmt.Errorf("going back to the baseline: %w", err))
		}
		if err := sleep(ctx, resetPause); err != nil {
			return resetError(ctx, left, err)
		}
	}
	return nil
}

// RestoreNodes writes back the Nodes of the baseline that have been deleted; the
// others are left to [ControlPlane.Reset], for which they must be Ready: else the
// controllers would write against it what they think of a node that is not.
func (c *ControlPlane) RestoreNodes(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, err := readPrefix(ctx, c.store.client, nodePrefix)
	if err != nil {
		return err
	}
	var missing []change
	for key, want := range c.baseline {
		if _, ok := now[key]; isNodeKey(key) && !ok {
			missing = append(missing, change{key: key, to: want.Value})
		}
	}
	return c.apply(ctx, missing)
}

// worthWaiting says whether there is more among the changes than events, which
// arrive late and change nothing.
func worthWaiting(list []change) bool {
	return slices.ContainsFunc(list, func(ch change) bool { return !isEvent(ch.key) })
}

// resetError tells a lack of time from other errors.
func resetError(ctx context.Context, left []change, err error) error {
	if ctx.Err() != context.DeadlineExceeded {
		return err
	}
	stuck := &StuckError{}
	for _, ch := range left {
		stuck.Keys = append(stuck.Keys, ch.key)
	}
	slices.Sort(stuck.Keys)
	return stuck
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// apply writes the changes, wave by wave, and waits each time until the
// components have seen them: a ReplicaSet's controller that saw the Pods go first
// would make new ones, and kubelets would start them.
func (c *ControlPlane) apply(ctx context.Context, list []change) error {
	if len(list) == 0 {
		return nil
	}
	for _, wave := range waves(list) {
		written, err := c.write(ctx, wave)
		if err != nil {
			return err
		}
		for _, s := range written {
			if s.gone && s.kind == podKind() {
				c.removed = append(c.removed, s.uid)
			}
		}
		if err := c.observe(ctx, written); err != nil {
			return err
		}
	}
	return nil
}

func podKind() schema.GroupKind { return schema.GroupKind{Kind: "Pod"} }

// RemovedPods lists the UIDs of the Pods that the last [ControlPlane.Reset] removed:
// their kubelets may still be starting them.
func (c *ControlPlane) RemovedPods() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.removed)
}

// waves orders changes so that what makes other objects goes before them, else
// a controller would make them again.
func waves(list []change) [][]change {
	waves := make([][]change, 3)
	for _, ch := range list {
		w := rank(ch.key)
		waves[w] = append(waves[w], ch)
	}
	return waves
}

func rank(key string) int {
	resource, _, _ := strings.Cut(strings.TrimPrefix(key, registry), "/")
	switch resource {
	case "cronjobs", "deployments", "statefulsets", "daemonsets", "horizontalpodautoscalers",
		"validatingwebhookconfigurations", "mutatingwebhookconfigurations", "apiextensions.k8s.io":
		return 0
	case "replicasets", "jobs", "controllers", "services", "namespaces", "apiregistration.k8s.io":
		return 1
	}
	return 2
}

// write makes the changes in etcd. One whose object has been written meanwhile
// is left for the next look.
func (c *ControlPlane) write(ctx context.Context, list []change) ([]sighting, error) {
	seen := make([]sighting, len(list))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(resetWriters)
	for i, ch := range list {
		group.Go(func() (err error) {
			seen[i], err = c.writeOne(ctx, ch)
			return err
		})
	}
	err := group.Wait()
	return slices.DeleteFunc(seen, func(s sighting) bool { return s.kind.Empty() }), err
}

func (c *ControlPlane) writeOne(ctx context.Context, ch change) (sighting, error) {
	op := clientv3.OpPut(ch.key, string(ch.to))
	value := ch.to
	if ch.drop {
		op, value = clientv3.OpDelete(ch.key), ch.from.Value
	}
	r, err := c.store.client.Txn(ctx).If(clientv3.Compare(clientv3.ModRevision(ch.key), "=", ch.from.Rev)).Then(op).Commit()
	if err != nil {
		return sighting{}, fmt.Errorf("writing %s: %w", ch.key, err)
	}
	if !r.Succeeded {
		return sighting{}, nil
	}
	s, ok := identify(value)
	if !ok {
		return sighting{}, nil // an allocation map and the like: nobody watches it
	}
	s.revision, s.gone = r.Header.Revision, ch.drop
	return s, nil
}
