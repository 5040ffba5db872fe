package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
	cloudapi "k8s.io/cloud-provider/api"
)

// placement is what a cloud knows of a machine.
type placement struct {
	ip         string
	providerID string
	labels     map[string]string
}

func labels(r record) map[string]string {
	all := map[string]string{
		corev1.LabelTopologyRegion:     Region,
		corev1.LabelTopologyZone:       r.Zone,
		corev1.LabelInstanceTypeStable: nodeType,
	}
	maps.Copy(all, r.Labels)
	return all
}

func providerID(r record) string {
	return fmt.Sprintf("%s://%s/%s", providerName, r.Zone, r.Name)
}

// placement tells the cloud where a node is.
func (f *Fleet) placement(name string) (placement, bool) {
	m, err := f.find(name)
	if err != nil {
		return placement{}, false
	}
	r := m.snapshot()
	return placement{ip: ipOf(r.Number).String(), providerID: providerID(r), labels: labels(r)}, true
}

// cloud does what a cloud's node controller does (k8s.io/cloud-provider,
// controllers/node): kubelets run with cloud-provider=external, because one that
// finds its own address refuses addresses that no interface of the machine has.
// It also keeps a view of all nodes.
type cloud struct {
	client   kubernetes.Interface
	log      *slog.Logger
	place    func(name string) (placement, bool)
	informer cache.SharedIndexInformer
	nodes    corelisters.NodeLister
	queue    workqueue.TypedRateLimitingInterface[string]

	mu      sync.Mutex
	changed chan struct{} // closed at the next change of a node; nil: nobody waits
}

// The waits before something is tried again that failed for another reason than
// that somebody was faster.
const (
	firstRetry   = 20 * time.Millisecond
	longestRetry = 2 * time.Second
)

func newCloud(client kubernetes.Interface, log *slog.Logger, place func(string) (placement, bool)) *cloud {
	nodes := informers.NewSharedInformerFactory(client, 0).Core().V1().Nodes()
	c := &cloud{
		client: client, log: log, place: place, informer: nodes.Informer(), nodes: nodes.Lister(),
		queue: workqueue.NewTypedRateLimitingQueue(workqueue.NewTypedItemExponentialFailureRateLimiter[string](firstRetry, longestRetry)),
	}
	// The informer has not been started: no error is possible.
	_, _ = c.informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    c.seen,
		UpdateFunc: func(_, now any) { c.seen(now) },
		DeleteFunc: func(any) { c.broadcast() },
	})
	return c
}

func (c *cloud) seen(obj any) {
	c.queue.Add(obj.(*corev1.Node).Name)
	c.broadcast()
}

// run works until ctx ends.
func (c *cloud) run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { c.informer.Run(ctx.Done()) })
	wg.Go(func() { c.work(ctx) })
	<-ctx.Done()
	c.queue.ShutDown()
	wg.Wait()
}

func (c *cloud) work(ctx context.Context) {
	for {
		name, ended := c.queue.Get()
		if ended {
			return
		}
		c.settle(name, c.initialise(ctx, name))
	}
}

// settle decides what becomes of a node after an attempt. Somebody who was faster
// has caused an event, with which it is tried again.
func (c *cloud) settle(name string, err error) {
	defer c.queue.Done(name)
	if err == nil || apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
		c.queue.Forget(name)
		return
	}
	c.log.Warn("initialising a node", "node", name, "error", err)
	c.queue.AddRateLimited(name)
}

// initialise makes a node known to its cluster as the machine that it is.
func (c *cloud) initialise(ctx context.Context, name string) error {
	node, err := c.nodes.Get(name)
	if err != nil {
		return err
	}
	p, ours := c.place(name)
	if !ours {
		return nil // a Node object that somebody wrote
	}
	if want := addresses(name, p.ip); !slices.Equal(node.Status.Addresses, want) {
		node, err = c.patch(ctx, node, map[string]any{"status": map[string]any{"addresses": want}}, "status")
		if err != nil {
			return fmt.Errorf("giving node %s its address: %w", name, err)
		}
	}
	if !slices.ContainsFunc(node.Spec.Taints, uninitialised) {
		return nil
	}
	if _, err := c.patch(ctx, node, welcome(node, p)); err != nil {
		return fmt.Errorf("letting pods onto node %s: %w", name, err)
	}
	return nil
}

func addresses(name, ip string) []corev1.NodeAddress {
	return []corev1.NodeAddress{
		{Type: corev1.NodeInternalIP, Address: ip},
		{Type: corev1.NodeHostName, Address: name},
	}
}

func uninitialised(t corev1.Taint) bool { return t.Key == cloudapi.TaintExternalCloudProvider }

// welcome takes away the taint of nodes that a cloud has not seen. It names the
// version that it has read, because it replaces all taints.
func welcome(node *corev1.Node, p placement) map[string]any {
	return map[string]any{
		"metadata": map[string]any{"labels": p.labels, "resourceVersion": node.ResourceVersion},
		"spec": map[string]any{
			"providerID": p.providerID,
			"taints":     slices.DeleteFunc(slices.Clone(node.Spec.Taints), uninitialised),
		},
	}
}

func (c *cloud) patch(ctx context.Context, node *corev1.Node, patch map[string]any, subresources ...string) (*corev1.Node, error) {
	data, err := json.Marshal(patch)
	if err != nil {
		return nil, err
	}
	return c.client.CoreV1().Nodes().Patch(ctx, node.Name, types.MergePatchType, data, metav1.PatchOptions{}, subresources...)
}

// next returns a channel that is closed when a node changes.
func (c *cloud) next() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changed == nil {
		c.changed = make(chan struct{})
	}
	return c.changed
}

func (c *cloud) broadcast() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}
