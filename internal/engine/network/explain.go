package network

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/engine/network/policy"
	"kubetutor/internal/lab/protocol"
)

// Explain tells what would happen to a connection, step by step, and what would
// change it. The runtime decides, by the same code as for real connections; what is
// added here are names, and why things are as they are. Errors are the learner's
// (*protocol.Error), or those of the runtime.
func (n *Network) Explain(ctx context.Context, q protocol.Explain) (protocol.Explanation, error) {
	now, err := n.objects.scene()
	if err != nil {
		return protocol.Explanation{}, err
	}
	e := &explainer{scene: now, namespace: cmp.Or(q.Namespace, metav1.NamespaceDefault), network: "tcp"}
	if q.UDP {
		e.network = "udp"
	}
	e.askFrom = func(from netip.Addr, network string, to netip.AddrPort) (control.Record, error) {
		return n.runtime.Explain(ctx, from, network, to)
	}
	e.unhealthy = func(p *corev1.Pod) string { return n.unhealthy(ctx, p) }
	return e.explain(q)
}

// scene is what the API says at this moment.
func (o *objects) scene() (s scene, err error) {
	all, errs := labels.Everything(), [7]error{}
	s.namespaces, errs[0] = o.namespaces.List(all)
	s.nodes, errs[1] = o.nodes.List(all)
	s.pods, errs[2] = o.pods.List(all)
	s.services, errs[3] = o.services.List(all)
	s.slices, errs[4] = o.slices.List(all)
	s.policies, errs[5] = o.policies.List(all)
	s.ingresses, errs[6] = o.ingresses.List(all)
	if err := errors.Join(errs[:]...); err != nil {
		return s, fmt.Errorf("reading the objects of the network: %w", err)
	}
	return s, nil
}

// explainer explains one connection.
type explainer struct {
	scene
	namespace string // of what names none
	network   string
	// askFrom tells what becomes of a connection.
	askFrom func(from netip.Addr, network string, to netip.AddrPort) (control.Record, error)
	// unhealthy is what the kubelet said last of a Pod that is not ready.
	unhealthy func(*corev1.Pod) string

	from, to end
	stranger netip.Addr // who connects from outside of the cluster
	port     uint16
	through  *corev1.Service // whose rule sent the connection on
	said     protocol.Explanation
}

func (e *explainer) explain(q protocol.Explain) (protocol.Explanation, error) {
	if err := e.begin(q); err != nil || e.said.Outcome != "" {
		return e.said, err
	}
	record, err := e.ask(e.network, netip.AddrPortFrom(e.to.ip, e.port))
	if err != nil {
		return e.said, fmt.Errorf("asking the runtime what becomes of the connection: %w", err)
	}
	e.said.Outcome, e.stranger = outcome(record.Verdict), record.From.Addr()
	e.narrate(record)
	return e.said, nil
}

// ask asks of what comes from the connection's source.
func (e *explainer) ask(network string, to netip.AddrPort) (control.Record, error) {
	return e.askFrom(e.from.ip, network, to)
}

// begin finds the two ends and says who they are. Where the connection comes to an
// end by that already, the outcome is set.
func (e *explainer) begin(q protocol.Explain) (err error) {
	if e.from, err = e.source(q.From); err != nil {
		return err
	}
	e.said = protocol.Explanation{From: e.from.name, To: q.To, Network: e.network}
	e.introduce()
	if e.said.Outcome != "" {
		return nil
	}
	if e.to, err = e.destination(q.To); err != nil {
		return err
	}
	e.said.To = e.to.name
	if e.said.Outcome != "" {
		return nil
	}
	if e.port, err = e.portNamed(q.Port); err != nil {
		return err
	}
	e.said.Port = e.port
	e.point()
	return nil
}

// introduce says who connects.
func (e *explainer) introduce() {
	f := e.from
	about := []string{"pod", f.name, "node", f.nodeName(), "address", f.ip.String()}
	switch {
	case f.idle():
		e.stop(protocol.OutcomeIdle, protocol.FromIdle, "pod", f.name, "phase", podStatus(f.pod))
	case f.pod != nil && f.pod.Spec.HostNetwork:
		e.step(protocol.FromHostPod, about...)
	case f.pod != nil:
		e.step(protocol.FromPod, about...)
	case f.node != nil:
		e.step(protocol.FromNode, about[2:]...)
	case f.ip.IsValid():
		e.step(protocol.FromAddress, about[4:]...)
	default:
		e.step(protocol.FromOutside)
	}
}

// point says what is connected to.
func (e *explainer) point() {
	t := e.to
	about := []string{"pod", t.name, "node", t.nodeName(), "address", t.ip.String()}
	switch {
	case t.pod != nil && t.pod == e.from.pod:
		e.step(protocol.Itself, "pod", t.name)
	case t.idle():
		e.stop(protocol.OutcomeIdle, protocol.ToIdle, "pod", t.name, "phase", podStatus(t.pod))
	case t.pod != nil && t.pod.Spec.HostNetwork:
		e.step(protocol.ToHostPod, about...)
	case t.pod != nil:
		e.step(protocol.ToPod, about...)
	case t.node != nil:
		e.step(protocol.ToNode, about[2:]...)
	case t.service == nil:
		e.step(protocol.ToAddress, about[4:]...)
	case len(e.said.Steps) == 0 || e.last().Code != protocol.NameService: // that has said it all
		e.step(protocol.ToService, "service", nameOf(t.service).String(), "type", string(t.service.Spec.Type), "address", t.ip.String())
	}
}

// portNamed reads a port: a number, or the name that a port of a Service or of a
// Pod's container has.
func (e *explainer) portNamed(said string) (uint16, error) {
	if number, err := strconv.ParseUint(said, 10, 16); err == nil && number > 0 {
		return uint16(number), nil
	}
	if e.to.service != nil {
		for _, p := range e.to.service.Spec.Ports {
			if p.Name == said && e.carries(p.Protocol) {
				return uint16(p.Port), nil
			}
		}
	}
	if e.to.pod != nil {
		for _, c := range policy.Ports(e.to.pod) {
			if c.Name == said && e.carries(c.Protocol) {
				return uint16(c.ContainerPort), nil
			}
		}
	}
	return 0, wrong("%q is neither the number of a port nor the name of one that %s has", "%q 既不是端口号，也不是 %s 的端口名", said, e.to.name)
}

// carries says whether the connection is of a protocol; none is TCP.
func (e *explainer) carries(p corev1.Protocol) bool {
	return strings.EqualFold(string(cmp.Or(p, corev1.ProtocolTCP)), e.network)
}

// slicesOf are the EndpointSlices of a Service.
func (e *explainer) slicesOf(s *corev1.Service) (own []*discoveryv1.EndpointSlice) {
	return drawing{scene: e.scene}.slicesOf(s)
}

// step adds a step; about are pairs of what its words are about.
func (e *explainer) step(code protocol.ExplainCode, about ...string) {
	e.said.Steps = append(e.said.Steps, protocol.ExplainStep{Code: code, About: pairs(about)})
}

// end adds the step at which the connection ends.
func (e *explainer) end(code protocol.ExplainCode, about ...string) {
	e.step(code, about...)
	e.last().Stops = true
}

// stop ends the connection before the network has anything to do with it.
func (e *explainer) stop(o protocol.Outcome, code protocol.ExplainCode, about ...string) {
	e.said.Outcome = o
	e.end(code, about...)
}

func (e *explainer) last() *protocol.ExplainStep { return &e.said.Steps[len(e.said.Steps)-1] }

// advise adds advice, unless it has been given.
func (e *explainer) advise(code protocol.ExplainCode, about ...string) {
	advice := protocol.ExplainStep{Code: code, About: pairs(about)}
	same := func(given protocol.ExplainStep) bool {
		return given.Code == code && fmt.Sprint(given.About) == fmt.Sprint(advice.About)
	}
	if !slices.ContainsFunc(e.said.Advice, same) {
		e.said.Advice = append(e.said.Advice, advice)
	}
}

func pairs(list []string) map[string]string {
	if len(list) == 0 {
		return nil
	}
	all := make(map[string]string, len(list)/2)
	for i := 0; i < len(list); i += 2 {
		all[list[i]] = list[i+1]
	}
	return all
}
