package controlplane

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app"
	"k8s.io/kubernetes/cmd/kube-controller-manager/names"
)

// rangeSize is the prefix length of a node's range of Pod addresses.
const rangeSize = 24

// ranges gives nodes their range of Pod addresses. Upstream's node-ipam
// controller takes the first free one, so that it depends on who registers
// first; here node2 always has 10.244.2.0/24, as a reader expects.
type ranges struct {
	client kubernetes.Interface
	nodes  v1.NodeLister
	synced cache.InformerSynced
	queue  workqueue.TypedRateLimitingInterface[string]
	given  map[string]string // by node: what the lister may not know yet
}

func (s *controllerSet) rangeController() (app.Controller, error) {
	client, err := s.context.NewClient("node-controller")
	if err != nil {
		return nil, err
	}
	informer := s.context.InformerFactory.Core().V1().Nodes()
	r := &ranges{
		client: client, nodes: informer.Lister(), synced: informer.Informer().HasSynced, given: map[string]string{},
		queue: workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[string]()),
	}
	_, err = informer.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    r.notice,
		UpdateFunc: func(_, now any) { r.notice(now) },
	})
	if err != nil {
		return nil, fmt.Errorf("watching nodes for their ranges: %w", err)
	}
	return loop{names.NodeIpamController, r.run}, nil
}

// notice queues a node without a range.
func (r *ranges) notice(obj any) {
	if n, ok := obj.(*corev1.Node); ok && n.Spec.PodCIDR == "" {
		r.queue.Add(n.Name)
	}
}

// run gives ranges, one node at a time, until ctx is done.
func (r *ranges) run(ctx context.Context) {
	defer context.AfterFunc(ctx, r.queue.ShutDown)()
	if !cache.WaitForCacheSync(ctx.Done(), r.synced) {
		return
	}
	for r.next(ctx) {
	}
}

func (r *ranges) next(ctx context.Context) bool {
	name, down := r.queue.Get()
	if down {
		return false
	}
	defer r.queue.Done(name)
	if err := r.give(ctx, name); err != nil {
		klog.ErrorS(err, "Giving a node its range of Pod addresses", "node", name)
		r.queue.AddRateLimited(name)
		return true
	}
	r.queue.Forget(name)
	return true
}

// give sets a node's range, unless it has one or is gone.
func (r *ranges) give(ctx context.Context, name string) error {
	all, err := r.nodes.List(labels.Everything())
	if err != nil {
		return err
	}
	taken := map[string]bool{}
	var node *corev1.Node
	for _, n := range all {
		taken[n.Spec.PodCIDR], taken[r.given[n.Name]] = true, true
		if n.Name == name {
			node = n
		}
	}
	if node == nil || node.Spec.PodCIDR != "" {
		return nil
	}
	delete(taken, r.given[name]) // of a node of that name that is gone, or not written
	free, err := freeRange(name, taken)
	if err != nil {
		return err
	}
	return r.patch(ctx, node, free)
}

// patch writes the range; a range that somebody else has given meanwhile stays.
func (r *ranges) patch(ctx context.Context, n *corev1.Node, free string) error {
	patch, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"uid": n.UID},
		"spec":     map[string]any{"podCIDR": free, "podCIDRs": []string{free}},
	})
	if err != nil {
		return err
	}
	if _, err = r.client.CoreV1().Nodes().Patch(ctx, n.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}); err == nil {
		r.given[n.Name] = free
	}
	return err
}

// freeRange is the one with the node's number, if it has one and that is free,
// else the highest that is.
func freeRange(node string, taken map[string]bool) (string, error) {
	if number, err := strconv.Atoi(strings.TrimPrefix(node, "node")); err == nil && number > 0 && number < 256 {
		if r := rangeNumber(number); !taken[r] {
			return r, nil
		}
	}
	for number := 255; number > 0; number-- {
		if r := rangeNumber(number); !taken[r] {
			return r, nil
		}
	}
	return "", fmt.Errorf("every range of %s is taken", podRange)
}

func rangeNumber(n int) string {
	all := netip.MustParsePrefix(podRange)
	address := all.Addr().As4()
	address[2] = byte(n)
	return netip.PrefixFrom(netip.AddrFrom4(address), rangeSize).String()
}
