package network

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"

	"kubetutor/internal/engine/network/policy"
	"kubetutor/internal/lab/protocol"
)

// mostTold is how many of a kind are told of: Pods that are not ready, labels.
const mostTold = 3

// adviseService says why a Service has no endpoint to go to.
func (e *explainer) adviseService(s *corev1.Service) {
	name, all := nameOf(s).String(), e.selected(s)
	alive := slices.DeleteFunc(slices.Clone(all), func(p *corev1.Pod) bool { return p.DeletionTimestamp != nil })
	switch {
	case len(s.Spec.Selector) == 0:
		e.advise(protocol.NoSelector, "service", name)
	case len(all) == 0:
		e.adviseSelector(s)
	case len(alive) == 0:
		e.advise(protocol.AllLeaving, "service", name)
	case e.adviseTarget(s, alive):
	case !slices.ContainsFunc(alive, podReady):
		for _, p := range alive[:min(len(alive), mostTold)] {
			e.adviseUnready(p)
		}
	case !slices.ContainsFunc(e.slicesOf(s), hasReady):
		e.advise(protocol.EndpointsComing, "service", name)
	}
}

func hasReady(slice *discoveryv1.EndpointSlice) bool {
	return slices.ContainsFunc(slice.Endpoints, ready)
}

// selected are the Pods that a Service selects and that have not ended, by name.
func (e *explainer) selected(s *corev1.Service) (list []*corev1.Pod) {
	selector := labels.SelectorFromSet(s.Spec.Selector)
	for _, p := range e.pods {
		if p.Namespace == s.Namespace && !finished(p) && len(s.Spec.Selector) > 0 && selector.Matches(labels.Set(p.Labels)) {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b *corev1.Pod) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// adviseSelector is for a Service that selects no Pod: it tells what Pods of the
// namespace have under the keys of the selector.
func (e *explainer) adviseSelector(s *corev1.Service) {
	about := []string{"service", nameOf(s).String(), "selector", labels.Set(s.Spec.Selector).String(), "namespace", s.Namespace}
	have := map[string]bool{}
	for _, p := range e.pods {
		if p.Namespace != s.Namespace || finished(p) {
			continue
		}
		for key := range s.Spec.Selector {
			if value, ok := p.Labels[key]; ok {
				have[key+"="+value] = true
			}
		}
	}
	if len(have) == 0 {
		e.advise(protocol.SelectsNone, about...)
		return
	}
	e.advise(protocol.SelectsOther, append(about, "labels", listed(slices.Collect(maps.Keys(have))))...)
}

// adviseTarget is for a Service with a target port by a name that no container of
// its Pods has. It says whether there is one.
func (e *explainer) adviseTarget(s *corev1.Service, pods []*corev1.Pod) (found bool) {
	for _, port := range s.Spec.Ports {
		if port.TargetPort.Type != intstr.String || !e.carries(port.Protocol) {
			continue
		}
		var names []string
		for _, p := range pods {
			for _, c := range policy.Ports(p) {
				if c.Name != "" && e.carries(c.Protocol) {
					names = append(names, c.Name)
				}
			}
		}
		if !slices.Contains(names, port.TargetPort.StrVal) {
			e.advise(protocol.TargetUnnamed, "service", nameOf(s).String(), "target", port.TargetPort.StrVal, "names", listed(names))
			found = true
		}
	}
	return found
}

// listed writes the first of a list, each once; "-" if there are none.
func listed(list []string) string {
	slices.Sort(list)
	list, _ = bounded(slices.Compact(list), mostTold)
	return cmp.Or(strings.Join(list, ", "), "-")
}
