package ingress

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// status writes the address of the controller into the Ingresses that it serves.
type status struct {
	*controller
	leading atomic.Bool
	changed chan struct{} // holds one
}

// statusPeriod is how often the address is looked at without a reason.
const statusPeriod = 60 * time.Second

func newStatus(c *controller) *status {
	if !c.flags.updateStatus {
		c.journal.warnf("Update of Ingress status is disabled (flag --update-status)")
	}
	return &status{controller: c, changed: make(chan struct{}, 1)}
}

// touch asks for a look at the addresses.
func (s *status) touch() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// start works while this controller is the leader of its kind.
func (s *status) start(ctx context.Context) {
	if !s.flags.updateStatus {
		return
	}
	go s.run(ctx)
	if s.flags.noElection {
		s.lead(ctx)
		return
	}
	lock := &resourcelock.LeaseLock{LeaseMeta: metav1.ObjectMeta{Namespace: s.pod.Namespace, Name: s.flags.electionID}, Client: s.client.CoordinationV1(),
		LockConfig: resourcelock.ResourceLockConfig{Identity: s.pod.Name}}
	ttl := s.flags.electionTTL
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{Lock: lock, LeaseDuration: ttl, RenewDeadline: ttl / 2, RetryPeriod: ttl / 4,
		ReleaseOnCancel: true,
		Callbacks: leaderelection.LeaderCallbacks{OnStartedLeading: s.lead, OnStoppedLeading: func() { s.leading.Store(false) },
			OnNewLeader: func(identity string) { s.journal.Info("New leader elected", "identity", identity) }}})
	if err != nil {
		s.journal.errorf("unexpected error starting leader election: %v", err)
		return
	}
	go func() {
		for ctx.Err() == nil {
			elector.Run(ctx)
		}
	}()
}

func (s *status) lead(context.Context) {
	s.leading.Store(true)
	s.touch()
}

func (s *status) run(ctx context.Context) {
	ticker := time.NewTicker(statusPeriod)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		case <-s.changed:
		}
		if s.leading.Load() {
			s.sync(ctx)
		}
	}
}

// sync gives every Ingress the addresses.
func (s *status) sync(ctx context.Context) {
	addresses, err := s.addresses(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.journal.Error(err, "error obtaining running IP address")
		}
		return
	}
	s.publish(ctx, addresses)
}

func (s *status) publish(ctx context.Context, addresses []networkingv1.IngressLoadBalancerIngress) {
	slices.SortFunc(addresses, func(a, b networkingv1.IngressLoadBalancerIngress) int {
		return strings.Compare(a.Hostname+"\x00"+a.IP, b.Hostname+"\x00"+b.IP)
	})
	for _, ing := range s.store.list() {
		if same(ing.Status.LoadBalancer.Ingress, addresses) {
			continue
		}
		now, err := s.client.NetworkingV1().Ingresses(ing.Namespace).Get(ctx, ing.Name, metav1.GetOptions{})
		if err != nil || same(now.Status.LoadBalancer.Ingress, addresses) {
			continue
		}
		s.journal.Info("updating Ingress status", "namespace", ing.Namespace, "ingress", ing.Name, "currentValue", now.Status.LoadBalancer.Ingress, "newValue", addresses)
		now.Status.LoadBalancer.Ingress = addresses
		if _, err := s.client.NetworkingV1().Ingresses(ing.Namespace).UpdateStatus(ctx, now, metav1.UpdateOptions{}); err != nil && ctx.Err() == nil {
			s.journal.warnf("error updating ingress rule: %v", err)
		}
	}
}

// same compares addresses; their ports are not the controller's.
func same(a, b []networkingv1.IngressLoadBalancerIngress) bool {
	strip := func(list []networkingv1.IngressLoadBalancerIngress) (plain []networkingv1.IngressLoadBalancerIngress) {
		for _, one := range list {
			plain = append(plain, networkingv1.IngressLoadBalancerIngress{IP: one.IP, Hostname: one.Hostname})
		}
		return plain
	}
	return equality.Semantic.DeepEqual(strip(a), strip(b))
}

// list are the Ingresses of the controller.
func (s *store) list() (all []*networkingv1.Ingress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ing := range s.ingresses {
		all = append(all, ing.Ingress)
	}
	return all
}

// addresses are where the controller is reached.
func (s *status) addresses(ctx context.Context) ([]networkingv1.IngressLoadBalancerIngress, error) {
	if text := s.flags.publishAddress; text != "" {
		var list []networkingv1.IngressLoadBalancerIngress
		for _, one := range regexp.MustCompile(`,\s*`).Split(text, -1) {
			list = append(list, address(one))
		}
		return list, nil
	}
	if s.flags.publishService != "" {
		service, err := s.store.Service(s.flags.publishService)
		if err != nil {
			return nil, err
		}
		return ofService(service)
	}
	return s.ofNodes(ctx)
}

func address(text string) networkingv1.IngressLoadBalancerIngress {
	if net.ParseIP(text) != nil {
		return networkingv1.IngressLoadBalancerIngress{IP: text}
	}
	return networkingv1.IngressLoadBalancerIngress{Hostname: text}
}

// ofService are the addresses of the Service before the controller.
func ofService(service *corev1.Service) (list []networkingv1.IngressLoadBalancerIngress, err error) {
	spec := service.Spec
	switch spec.Type {
	case corev1.ServiceTypeExternalName:
		return []networkingv1.IngressLoadBalancerIngress{{Hostname: spec.ExternalName}}, nil
	case corev1.ServiceTypeClusterIP:
		return []networkingv1.IngressLoadBalancerIngress{{IP: spec.ClusterIP}}, nil
	case corev1.ServiceTypeNodePort:
		if spec.ExternalIPs == nil {
			return []networkingv1.IngressLoadBalancerIngress{{IP: spec.ClusterIP}}, nil
		}
	case corev1.ServiceTypeLoadBalancer:
		for _, one := range service.Status.LoadBalancer.Ingress {
			list = append(list, networkingv1.IngressLoadBalancerIngress{IP: one.IP, Hostname: one.Hostname})
		}
	default:
		return nil, fmt.Errorf("unable to extract IP address/es from service %v/%v", service.Namespace, service.Name)
	}
	for _, ip := range spec.ExternalIPs {
		if !slices.ContainsFunc(list, func(one networkingv1.IngressLoadBalancerIngress) bool { return one.IP == ip }) {
			list = append(list, networkingv1.IngressLoadBalancerIngress{IP: ip})
		}
	}
	return list, nil
}

// ofNodes are the addresses of the nodes that run a ready controller.
func (s *status) ofNodes(ctx context.Context) (list []networkingv1.IngressLoadBalancerIngress, err error) {
	pods, err := s.pods(ctx, s.pod.Labels)
	if err != nil {
		return nil, err
	}
	for _, pod := range pods {
		ready := slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool { return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue })
		if pod.Status.Phase != corev1.PodRunning || !ready {
			continue
		}
		node, err := s.client.CoreV1().Nodes().Get(ctx, pod.Spec.NodeName, metav1.GetOptions{})
		if err != nil {
			return nil, err
		}
		for _, one := range nodeAddresses(node, s.flags.useNodeInternalIP) {
			if to := address(one); !slices.ContainsFunc(list, func(known networkingv1.IngressLoadBalancerIngress) bool {
				return known.IP == to.IP && known.Hostname == to.Hostname
			}) {
				list = append(list, to)
			}
		}
	}
	return list, nil
}

// nodeAddresses are the external addresses of a node, or the internal ones where
// those are asked for or there are no others.
func nodeAddresses(node *corev1.Node, internal bool) []string {
	of := func(kind corev1.NodeAddressType) (list []string) {
		for _, one := range node.Status.Addresses {
			if one.Type == kind && one.Address != "" {
				list = append(list, one.Address)
			}
		}
		return list
	}
	if external := of(corev1.NodeExternalIP); !internal && len(external) > 0 {
		return external
	}
	return of(corev1.NodeInternalIP)
}

func (s *status) pods(ctx context.Context, selector map[string]string) ([]corev1.Pod, error) {
	list, err := s.client.CoreV1().Pods(s.pod.Namespace).List(ctx, metav1.ListOptions{LabelSelector: labels.SelectorFromSet(selector).String()})
	if err != nil {
		return nil, err
	}
	return list.Items, nil
}

var errOthers = errors.New("other controllers run")

// shutdown takes the address out of the Ingresses, if no other controller is left
// to serve them.
func (s *status) shutdown(ctx context.Context) {
	if !s.flags.updateStatus {
		return
	}
	if !s.flags.updateStatusOnShutdown {
		s.journal.warnf("skipping update of status of Ingress rules")
		return
	}
	addresses, err := s.addresses(ctx)
	switch {
	case err != nil:
		s.journal.Error(err, "error obtaining running IP address")
	case len(addresses) > 1:
		s.journal.Info("leaving status update for next leader")
	case errors.Is(s.alone(ctx), errOthers):
	default:
		s.journal.Info("removing value from ingress status", "address", addresses)
		s.publish(ctx, nil)
	}
}

// alone says whether this is the only controller of its deployment.
func (s *status) alone(ctx context.Context) error {
	selector := map[string]string{}
	for name, value := range s.pod.Labels {
		if name != "pod-template-hash" && name != "controller-revision-hash" && name != "pod-template-generation" {
			selector[name] = value
		}
	}
	pods, err := s.pods(ctx, selector)
	if err == nil && len(pods) > 1 {
		return errOthers
	}
	return err
}
