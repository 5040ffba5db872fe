package gateway

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gw "sigs.k8s.io/gateway-api/apis/v1"

	"kubetutor/internal/engine/addon/edge"
	"kubetutor/internal/engine/addon/gateway/proxy"
)

// policies are the BackendTLSPolicies of a cluster.
type policies struct {
	t        *translation
	all      []*policy // by age
	byTarget map[target][]*policy
}

// target is what a policy is for: a Service, or one of its ports by name.
type target struct {
	service Name
	port    string
}

type policy struct {
	object     *gw.BackendTLSPolicy
	tls        *edge.ClientTLS
	accepted   condition
	resolved   condition
	conflicted map[target]bool
	gateways   []*gateway // that speak to its targets
}

func newPolicies(t *translation) *policies {
	p := &policies{t: t, byTarget: map[target][]*policy{}}
	for _, o := range byAge(t.Policies) {
		own := t.policy(o)
		p.all = append(p.all, own)
		for _, ref := range o.Spec.TargetRefs {
			if ref.Group != "" || ref.Kind != "Service" {
				continue
			}
			at := target{Name{Namespace: o.Namespace, Name: string(ref.Name)}, string(or(ref.SectionName, ""))}
			own.conflicted[at] = len(p.byTarget[at]) > 0
			p.byTarget[at] = append(p.byTarget[at], own)
		}
	}
	return p
}

// policy resolves what a policy refers to.
func (t *translation) policy(o *gw.BackendTLSPolicy) *policy {
	const accepted, resolved = gw.PolicyConditionAccepted, gw.BackendTLSPolicyConditionResolvedRefs
	p := &policy{object: o, conflicted: map[target]bool{}, accepted: yes(accepted, gw.PolicyReasonAccepted, "The policy is in force."),
		resolved: yes(resolved, gw.BackendTLSPolicyReasonResolvedRefs, "All references are resolved.")}
	v := &o.Spec.Validation
	if v.WellKnownCACertificates != nil && *v.WellKnownCACertificates != "" {
		p.accepted = no(accepted, gw.PolicyReasonInvalid, "No well-known authorities are at hand: name certificates in caCertificateRefs.")
		return p
	}
	client := &edge.ClientTLS{ServerName: string(v.Hostname)}
	for _, ref := range v.CACertificateRefs {
		if ref.Group != "" || ref.Kind != "ConfigMap" && ref.Kind != "Secret" {
			p.resolved = no(resolved, gw.BackendTLSPolicyReasonInvalidKind, "Authorities are in a ConfigMap or a Secret, not in a "+string(ref.Kind)+".")
			continue
		}
		ca, err := t.authorityData(string(ref.Kind), Name{Namespace: o.Namespace, Name: string(ref.Name)})
		if err != nil {
			p.resolved = no(resolved, gw.BackendTLSPolicyReasonInvalidCACertificateRef, err.Error()+".")
			continue
		}
		client.CA = append(append(client.CA, ca...), '\n')
	}
	if len(client.CA) == 0 {
		p.accepted = no(accepted, gw.BackendTLSPolicyReasonNoValidCACertificate, "No authority is valid: "+p.resolved.message)
		return p
	}
	for _, name := range v.SubjectAltNames {
		if name.Type == gw.URISubjectAltNameType {
			client.Names = append(client.Names, string(name.URI))
		} else {
			client.Names = append(client.Names, string(name.Hostname))
		}
	}
	p.tls = client
	return p
}

// apply makes a backend one that is spoken to in TLS, if a policy says so.
func (p *policies) apply(b *proxy.Backend, service *corev1.Service, port *corev1.ServicePort, g *gateway) {
	name := nameOf(service)
	section, whole := p.byTarget[target{name, port.Name}], p.byTarget[target{name, ""}]
	if port.Name == "" {
		section = nil
	}
	for _, own := range slices.Concat(section, whole) {
		if !slices.Contains(own.gateways, g) {
			own.gateways = append(own.gateways, g)
		}
	}
	chosen := append(slices.Clone(section), whole...)
	if len(chosen) == 0 {
		return
	}
	own := chosen[0]
	if own.tls == nil || own.resolved.status == metav1.ConditionFalse {
		b.Invalid = true // TLS is wanted, and cannot be spoken
		return
	}
	client := *own.tls
	if g.client != nil {
		client.Certificate, client.Key = g.client.Certificate, g.client.Key
	}
	b.TLS = &client
}

// finish writes the status of all policies: what they are for each Gateway that
// speaks to their targets.
func (p *policies) finish() {
	for _, own := range p.all {
		old := own.object.Status.Ancestors
		ancestors := slices.DeleteFunc(slices.Clone(old), func(a gw.PolicyAncestorStatus) bool { return a.ControllerName == Controller })
		for _, g := range own.gateways {
			ancestors = append(ancestors, own.ancestor(p.t, g, old))
		}
		if !same(old, ancestors) {
			updated := own.object.DeepCopy()
			updated.Status.Ancestors = append([]gw.PolicyAncestorStatus{}, ancestors...)
			p.t.out.Statuses.Policies = append(p.t.out.Statuses.Policies, updated)
		}
	}
}

func (own *policy) ancestor(t *translation, g *gateway, old []gw.PolicyAncestorStatus) gw.PolicyAncestorStatus {
	group, kind, namespace := gw.Group(gw.GroupName), gw.Kind("Gateway"), gw.Namespace(g.object.Namespace)
	ref := gw.ParentReference{Group: &group, Kind: &kind, Namespace: &namespace, Name: gw.ObjectName(g.object.Name)}
	var conditions []metav1.Condition
	for _, a := range old {
		if a.ControllerName == Controller && same(a.AncestorRef, ref) {
			conditions = a.Conditions
		}
	}
	accepted := own.accepted
	if own.loses() {
		accepted = no(gw.PolicyConditionAccepted, gw.PolicyReasonConflicted, "An older policy is for the same target.")
	}
	return gw.PolicyAncestorStatus{AncestorRef: ref, ControllerName: Controller, Conditions: merge(conditions, own.object.Generation, t.Now,
		[]string{string(gw.PolicyConditionAccepted), string(gw.BackendTLSPolicyConditionResolvedRefs)}, accepted, own.resolved)}
}

// loses says whether older policies are for all of the policy's targets.
func (own *policy) loses() bool {
	for _, conflicted := range own.conflicted {
		if !conflicted {
			return false
		}
	}
	return len(own.conflicted) > 0
}
