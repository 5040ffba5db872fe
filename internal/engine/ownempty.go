package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"kubetutor/internal/engine/controlplane"
	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/engine/fleet"
)

const (
	// emptyLimit is how long kubelets may take to hear which Pods are gone: some
	// milliseconds, unless the machine is very busy.
	emptyLimit = 10 * time.Second
	// emptyPause lies between two looks.
	emptyPause = 15 * time.Millisecond
	// emptyRounds is how often the nodes are emptied at most. What ends later than
	// that, after about a second, its kubelet ends in its own time.
	emptyRounds = 60
)

// empty removes the containers of all Pods but those of the baseline, once the
// kubelets know that the others are gone: they would start them again. What a
// kubelet had in hand just then is removed by another round.
func (c *ownCluster) empty(ctx context.Context, f *fleet.Fleet) error {
	ctx, cancel := context.WithTimeoutCause(ctx, emptyLimit, errAsleep)
	defer cancel()
	keep, err := c.BaselinePods()
	if err != nil {
		return err
	}
	if err := c.awaitHeard(ctx, f, keep); err != nil {
		return err
	}
	reset := control.Reset{Keep: keep, Gone: c.RemovedPods()}
	for calm, round := 0, 0; calm < 2 && round < emptyRounds; round++ {
		if err := f.Runtime().Reset(ctx, reset); err != nil {
			return fmt.Errorf("emptying the nodes: %w", err)
		}
		if err := pause(ctx); err != nil {
			return err
		}
		if calm++; busy(ctx, f, len(keep)) {
			calm = 0
		}
	}
	return nil
}

// pause waits a moment, or says why there is no time for that.
func pause(ctx context.Context) error {
	select {
	case <-time.After(emptyPause):
		return nil
	case <-ctx.Done():
		return fmt.Errorf("emptying the nodes: %w", context.Cause(ctx))
	}
}

// busy says whether more processes run than those of the baseline's Pods, which
// have one each.
func busy(ctx context.Context, f *fleet.Fleet, pods int) bool {
	count := 0
	for _, node := range f.Names() {
		if u, err := f.Runtime().Usage(ctx, node); err == nil {
			count += u.PIDs
		}
	}
	return count > pods
}

// awaitHeard waits until no kubelet knows of other Pods than those in keep.
func (c *ownCluster) awaitHeard(ctx context.Context, f *fleet.Fleet, keep []string) error {
	client, err := kubernetes.NewForConfig(c.Config(controlplane.SetupUser))
	if err != nil {
		return err
	}
	for _, node := range f.Names() {
		for !knowsOnly(ctx, client, node, keep) {
			if err := pause(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// knowsOnly asks a node's kubelet for its Pods. No answer is a no.
func knowsOnly(ctx context.Context, client kubernetes.Interface, node string, keep []string) bool {
	raw, err := client.CoreV1().RESTClient().Get().AbsPath("/api/v1/nodes", node, "proxy/pods").DoRaw(ctx)
	if err != nil {
		return false
	}
	var pods metav1.PartialObjectMetadataList
	if err := json.Unmarshal(raw, &pods); err != nil {
		return false
	}
	return !slices.ContainsFunc(pods.Items, func(p metav1.PartialObjectMetadata) bool {
		return !slices.Contains(keep, string(p.UID))
	})
}
