package controlplane

import (
	"context"
	"time"
)

const (
	// restFor is how long a new cluster must write nothing to be at rest.
	restFor = 200 * time.Millisecond
	// restLimit is how long it may take to come to rest.
	restLimit = 30 * time.Second
)

// openBaseline loads the baseline of a resumed cluster, or takes that of a new
// one.
func (c *ControlPlane) openBaseline(ctx context.Context) (detail string, err error) {
	if c.resumed {
		c.baseline, err = loadKeyspace(c.file("baseline"))
		return "", err
	}
	if c.baseline, err = c.settle(ctx); err != nil {
		return "", err
	}
	return "", c.baseline.save(c.file("baseline"))
}

// settle waits until the cluster has made everything that it makes by itself
// and writes no more.
func (c *ControlPlane) settle(ctx context.Context) (found keyspace, err error) {
	var newest int64
	since := time.Now()
	err = poll(ctx, restLimit, "the new cluster to come to rest", func() (bool, error) {
		if err := c.failed(); err != nil {
			return false, err
		}
		if found, err = readKeyspace(ctx, c.store.client); err != nil {
			return false, err
		}
		found.withoutEvents()
		if rev := found.newest(); rev != newest || !found.complete() {
			newest, since = rev, time.Now()
		}
		return time.Since(since) >= restFor, nil
	})
	return found, err
}

// complete says whether the last things that controllers make for a new cluster
// are there. Rest alone would not do: they may not have begun.
func (k keyspace) complete() bool {
	for _, ns := range []string{"default", "kube-node-lease", "kube-public", "kube-system"} {
		for _, key := range []string{"serviceaccounts/" + ns + "/default", "configmaps/" + ns + "/kube-root-ca.crt"} {
			if _, ok := k[registry+key]; !ok {
				return false
			}
		}
	}
	return true
}

// failed returns why a component has ended, nil while all of them run.
func (c *ControlPlane) failed() error {
	for _, part := range []component{c.api.done, c.controllers.done, c.scheduler.done} {
		if err := part.failed(); err != nil {
			return err
		}
	}
	return nil
}
