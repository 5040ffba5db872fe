package gateway

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	gw "sigs.k8s.io/gateway-api/apis/v1"
)

// referrer is who refers to an object: of a kind of Gateway API, in a namespace.
type referrer struct{ kind, namespace string }

// permitted says whether a reference to an object of the core group may cross
// namespaces.
func (t *translation) permitted(from referrer, kind string, to Name) bool {
	if from.namespace == to.Namespace {
		return true
	}
	for _, g := range t.Grants {
		if g.Namespace == to.Namespace && grants(g, from, kind, to.Name) {
			return true
		}
	}
	return false
}

func grants(g *gw.ReferenceGrant, from referrer, kind, name string) bool {
	for _, f := range g.Spec.From {
		if f.Group != gw.GroupName || string(f.Kind) != from.kind || string(f.Namespace) != from.namespace {
			continue
		}
		for _, to := range g.Spec.To {
			if to.Group == corev1.GroupName && string(to.Kind) == kind && (to.Name == nil || string(*to.Name) == name) {
				return true
			}
		}
	}
	return false
}

// allows says whether objects of a namespace may attach to those of another, by
// a listener's or a Gateway's rule; selector counts if from says so.
func (t *translation) allows(from gw.FromNamespaces, selector *metav1.LabelSelector, home, namespace string) bool {
	switch from {
	case gw.NamespacesFromAll:
		return true
	case gw.NamespacesFromSame:
		return home == namespace
	case gw.NamespacesFromSelector:
		s, err := metav1.LabelSelectorAsSelector(selector)
		ns := t.Namespaces[namespace]
		return err == nil && ns != nil && s.Matches(labels.Set(ns.Labels))
	}
	return false
}
