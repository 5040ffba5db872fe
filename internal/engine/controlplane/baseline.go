package controlplane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	// restFor is how long a new cluster must write nothing to be at rest.
	restFor = 200 * time.Millisecond
	// restLimit is how long it may take to come to rest.
	restLimit = 30 * time.Second
	// baselineFile is the baseline without nodes; that with the nodes of a profile
	// has the profile's name behind it. The nodes are those that are there: it
	// goes with them.
	baselineFile = "baseline"
	// profileFile names the profile of the cluster.
	profileFile = "profile"
)

// openBaseline loads the baseline of a resumed cluster, or takes that of a new
// one. It is the one without nodes.
func (c *ControlPlane) openBaseline(ctx context.Context) (detail string, err error) {
	if c.resumed {
		c.baseline, err = loadKeyspace(c.file(baselineFile))
		return "", err
	}
	if c.baseline, err = c.settle(ctx, 0); err != nil {
		return "", err
	}
	return "", c.baseline.save(c.file(baselineFile))
}

// OpenNodesBaseline makes the cluster with its nodes the baseline, from now on.
// Where n nodes joined since the profile was chosen, it waits until they have
// all that the cluster gives to nodes, all Pods that were asked for are ready and
// nothing is written any more; else it loads what it found then.
func (c *ControlPlane) OpenNodesBaseline(ctx context.Context, n int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	kept, err := loadKeyspace(c.nodesBaseline())
	switch {
	case err == nil:
		c.baseline = kept
		return nil
	case !errors.Is(err, os.ErrNotExist):
		return err
	}
	if kept, err = c.settle(ctx, n); err != nil {
		return err
	}
	c.baseline = kept
	return kept.save(c.nodesBaseline())
}

// HasNodesBaseline says whether the nodes of the profile, and what belongs to them,
// have been there before.
func (c *ControlPlane) HasNodesBaseline() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := os.Stat(c.nodesBaseline())
	return err == nil
}

// BaselinePods are the UIDs of the Pods that belong to the baseline.
func (c *ControlPlane) BaselinePods() (uids []string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, e := range c.baseline {
		if !strings.HasPrefix(key, registry+"pods/") {
			continue
		}
		o, ok := metadataOf(e.Value)
		if !ok {
			return nil, fmt.Errorf("reading %s of the baseline", key)
		}
		uids = append(uids, string(o.UID))
	}
	return uids, nil
}

// settle waits until the cluster has made everything that it makes by itself,
// for so many nodes too, and writes no more.
func (c *ControlPlane) settle(ctx context.Context, nodes int) (found keyspace, err error) {
	var last keyspace
	since := time.Now()
	err = poll(ctx, restLimit, "the cluster to come to rest", func() (bool, error) {
		if err := c.failed(); err != nil {
			return false, err
		}
		if found, err = readKeyspace(ctx, c.store.client); err != nil {
			return false, err
		}
		found.withoutEvents()
		moved, err := found.changes(last, time.Time{})
		if err != nil {
			return false, err
		}
		complete, err := found.complete(nodes)
		if err != nil {
			return false, err
		}
		if len(moved) > 0 || !complete {
			last, since = found, time.Now()
		}
		return time.Since(since) >= restFor, nil
	})
	return found, err
}

// complete says whether the last things that controllers and kubelets make for a
// new cluster are there. Rest alone would not do: they may not have begun.
func (k keyspace) complete(nodes int) (bool, error) {
	for _, ns := range []string{"default", "kube-node-lease", "kube-public", "kube-system"} {
		for _, key := range []string{"serviceaccounts/" + ns + "/default", "configmaps/" + ns + "/kube-root-ca.crt"} {
			if _, ok := k[registry+key]; !ok {
				return false, nil
			}
		}
	}
	there, err := k.nodes()
	settled := 0
	for name, n := range there {
		if _, ok := k[registry+"csinodes/"+name]; ok && settledNode(n) {
			settled++
		}
	}
	if err != nil || settled < nodes {
		return false, err
	}
	missing, err := k.unready()
	return len(missing) == 0, err
}

// failed returns why a component has ended, nil while all of them run.
func (c *ControlPlane) failed() error {
	for _, part := range c.running() {
		if err := part.failed(); err != nil {
			return err
		}
	}
	return nil
}

// Use makes the cluster one of another profile, and goes back to the baseline
// without nodes: the caller has ended those of the old profile, and brings those
// of the new one. Components start anew if their flags differ.
func (c *ControlPlane) Use(ctx context.Context, name string) error {
	p, err := ProfileNamed(name)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.withoutNodes(ctx); err != nil {
		return err
	}
	same := c.profile.sameFlags(p)
	c.profile = p
	if err := c.keepProfile(); err != nil || same {
		return err
	}
	return c.restart(ctx)
}

// keepProfile writes the profile to the disk.
func (c *ControlPlane) keepProfile() error {
	shown := c.profile
	c.shown.Store(&shown)
	if err := writeFile(c.file(profileFile), []byte(c.profile.Name+"\n")); err != nil {
		return fmt.Errorf("keeping the profile: %w", err)
	}
	return nil
}

// withoutNodes goes back to the baseline without nodes, and forgets the one with
// them.
func (c *ControlPlane) withoutNodes(ctx context.Context) (err error) {
	if err := c.forgetNodes(); err != nil {
		return err
	}
	if c.baseline, err = loadKeyspace(c.file(baselineFile)); err != nil {
		return err
	}
	return c.back(ctx)
}

// forgetNodes removes the baselines with nodes.
func (c *ControlPlane) forgetNodes() error {
	old, err := filepath.Glob(c.file(baselineFile + ".*"))
	if err != nil {
		return err
	}
	for _, file := range old {
		if err := os.Remove(file); err != nil {
			return fmt.Errorf("forgetting the nodes: %w", err)
		}
	}
	return nil
}

// keptProfile is the profile of the state on disk, that without nodes where
// there is none.
func keptProfile(dir string) (Profile, error) {
	name, err := os.ReadFile(filepath.Join(dir, profileFile))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return Profile{}, err
	}
	return ProfileNamed(strings.TrimSpace(string(name)))
}
