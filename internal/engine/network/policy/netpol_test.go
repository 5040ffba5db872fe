package policy_test

import (
	"fmt"
	"path"
	"strings"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/yaml"

	"kubetutor/internal/engine/fabric"
)

// netpol is one of the cases by which upstream judges an implementation
// (k8s.io/kubernetes/test/e2e/network/netpol), by its name there.
type netpol struct {
	name  string
	pods  string // those of the case, "x/a"
	turns []turn
}

// turn is a change, and who reaches whom after it.
type turn struct {
	policies []string          // to be created or replaced, as specs: see netpolOf
	without  bool              // after all policies have been deleted
	label    map[string]string // further labels of label["of"], "x/a" or a namespace
	port     uint16            // 80 if it is 0
	network  string            // "tcp" if it is empty
	expect   []string          // "FROM TO +" or "-", with patterns; later ones count. All else is reached
}

// TestUpstreamsCases runs the cases of upstream's e2e suite in miniature.
func TestUpstreamsCases(t *testing.T) {
	t.Parallel()
	for _, c := range append(netpolCases(), netpolUDPCases()...) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, strings.Fields(c.pods)...)
			for n, turn := range c.turns {
				w.take(turn)
				w.expect(fmt.Sprintf("turn %d", n+1), turn)
			}
		})
	}
}

// take makes the change of a turn.
func (w *world) take(turn turn) {
	w.Helper()
	if turn.without {
		w.policies = nil
	}
	for _, text := range turn.policies {
		w.apply(netpolOf(w, text))
	}
	w.relabel(turn.label)
	w.push()
}

// expect compares who reaches whom with the table of a turn. Pods that connect to
// themselves are left out, as upstream does.
func (w *world) expect(when string, turn turn) {
	w.Helper()
	network, port := turn.network, turn.port
	if network == "" {
		network = "tcp"
	}
	if port == 0 {
		port = 80
	}
	for _, from := range w.pods {
		for _, to := range w.pods {
			if from == to {
				continue
			}
			want, r := reached(turn.expect, nameOf(from), nameOf(to)), w.explain(from, network, to, port)
			if got := r.Verdict == fabric.Connected; got != want {
				w.Errorf("%s: %s reaches %s at %s/%d: %v, should be %v: %+v", when, nameOf(from), nameOf(to), network, port, got, want, r.Steps)
			}
			if !want && r.Verdict != fabric.Dropped {
				w.Errorf("%s: %s to %s: %s, should be silence", when, nameOf(from), nameOf(to), r.Verdict)
			}
		}
	}
}

// reached reads a table of who reaches whom.
func reached(table []string, from, to string) bool {
	yes := true
	for _, line := range table {
		f := strings.Fields(line)
		if matches(f[0], from) && matches(f[1], to) {
			yes = f[2] == "+"
		}
	}
	return yes
}

func matches(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// netpolOf reads "NAMESPACE NAME SPEC", in which {ip x/b} stands for an address.
func netpolOf(w *world, text string) *networkingv1.NetworkPolicy {
	w.Helper()
	f := strings.SplitN(text, " ", 3)
	p := &networkingv1.NetworkPolicy{}
	p.Namespace, p.Name = f[0], f[1]
	spec := f[2]
	for _, pod := range w.pods {
		spec = strings.ReplaceAll(spec, "ip-"+strings.ReplaceAll(nameOf(pod), "/", "-"), pod.Status.PodIP)
	}
	if err := yaml.UnmarshalStrict([]byte(spec), &p.Spec); err != nil {
		w.Fatalf("%s: %v", text, err)
	}
	return p
}

// Parts of policies that many cases have.
const (
	isolateA   = "{podSelector: {matchLabels: {pod: a}}, policyTypes: [Ingress], ingress: "
	isolateAll = "{podSelector: {}, policyTypes: [Ingress], ingress: "
	holdA      = "{podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress], egress: "
	holdAll    = "{podSelector: {}, policyTypes: [Egress], egress: "
	fromY      = "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: 'y'}}"
	fromNotX   = "namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [x]}]}"
	podB       = "podSelector: {matchLabels: {pod: b}}"
	podBC      = "podSelector: {matchExpressions: [{key: pod, operator: In, values: [b, c]}]}"
)

func netpolCases() []netpol {
	one := func(policy string, expect ...string) []turn {
		return []turn{{policies: []string{policy}, expect: expect}}
	}
	onlyY := []string{"x/* x/a -", "z/* x/a -"}
	return []netpol{
		{"should support a 'default-deny-ingress' policy", "x/a x/b y/a y/b", one("x deny-ingress "+isolateAll+"[]}", "*/* x/* -")},
		{"should support a 'default-deny-all' policy", "x/a x/b y/a",
			one("x deny-all {podSelector: {}, policyTypes: [Ingress, Egress]}", "*/* x/* -", "x/* */* -")},
		{"should enforce policy to allow traffic from pods within server namespace based on PodSelector", "x/a x/b x/c y/a",
			one("x x-a-allows-x-b "+isolateA+"[{from: [{"+podB+"}]}]}", "*/* x/a -", "x/b x/a +")},
		{"should enforce policy to allow ingress traffic for a target", "x/a x/b y/a", []turn{{
			policies: []string{"x deny-all " + isolateAll + "[]}", "x allow-all-to-a " + isolateA + "[{from: [{podSelector: {}, namespaceSelector: {}}]}]}"},
			expect:   []string{"*/* x/b -"},
		}}},
		{"should enforce policy to allow ingress traffic from pods in all namespaces", "x/a x/b y/a z/a",
			one("x allow-from-another-ns " + isolateA + "[{from: [{namespaceSelector: {matchLabels: {}}}]}]}")},
		{"should enforce policy to allow traffic only from a different namespace, based on NamespaceSelector", "x/a x/b y/a z/a",
			one("x allow-client-a-via-ns-selector "+isolateA+"[{from: [{"+fromY+"}]}]}", onlyY...)},
		{"should enforce policy based on PodSelector with MatchExpressions", "x/a x/b y/a",
			one("x x-a-allows-x-b "+isolateA+"[{from: [{podSelector: {matchExpressions: [{key: pod, operator: In, values: [b]}]}}]}]}", "*/* x/a -", "x/b x/a +")},
		{"should enforce policy based on NamespaceSelector with MatchExpressions", "x/a x/b y/a z/a",
			one("x allow-ns-y-match-selector "+isolateA+
				"[{from: [{namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: ['y']}]}}]}]}", onlyY...)},
		{"should enforce policy based on PodSelector or NamespaceSelector", "x/a x/b x/c y/a",
			one("x allow-ns-y-match-selector "+isolateA+"[{from: [{"+fromNotX+"}, {"+podB+"}]}]}", "x/c x/a -")},
		{"should enforce policy based on PodSelector and NamespaceSelector", "x/a x/b y/a y/b z/b",
			one("x allow-ns-y-podselector-and-nsselector "+isolateA+"[{from: [{"+fromNotX+", "+podB+"}]}]}", "*/* x/a -", "y/b x/a +", "z/b x/a +")},
		{"should enforce policy based on Multiple PodSelectors and NamespaceSelectors", "x/a x/b y/a y/b y/c",
			one("x allow-ns-y-z-pod-b-c "+isolateA+"[{from: [{"+fromNotX+", "+podBC+"}]}]}", "x/* x/a -", "y/a x/a -")},
		{"should enforce policy based on any PodSelectors", "x/a x/b x/c",
			one("x allow-ns-x-pod-b-c "+isolateA+"[{from: [{"+podB+"}, {podSelector: {matchLabels: {pod: c}}}]}]}", "*/* x/a -", "x/b x/a +", "x/c x/a +")},
		{"should enforce policy to allow traffic only from a pod in a different namespace based on PodSelector and NamespaceSelector", "x/a x/b y/a y/b z/a",
			one("x allow-ns-y-pod-a-via-namespace-pod-selector "+isolateA+"[{from: [{"+fromY+", podSelector: {matchLabels: {pod: a}}}]}]}", "*/* x/a -", "y/a x/a +")},
		{"should enforce policy based on Ports", "x/a x/b y/a y/b z/a", []turn{{
			policies: []string{"x allow-client-a-via-ns-selector " + isolateA + "[{from: [{" + fromY + "}], ports: [{port: 81, protocol: TCP}]}]}"}, port: 81, expect: onlyY,
		}}},
		{"should enforce multiple, stacked policies with overlapping podSelectors", "x/a x/b y/a y/b z/a", []turn{
			{policies: []string{"x allow-client-a-via-ns-selector " + isolateA + "[{from: [{" + fromY + "}], ports: [{port: 81, protocol: TCP}]}]}"}, port: 81, expect: onlyY},
			{port: 80, expect: []string{"*/* x/a -"}},
			{policies: []string{"x allow-client-a-via-ns-selector-80 " + isolateA + "[{from: [{" + fromY + "}], ports: [{port: 80, protocol: TCP}]}]}"}, port: 80, expect: onlyY},
		}},
		{"should support allow-all policy", "x/a x/b y/a", []turn{{policies: []string{"x allow-all " + isolateAll + "[{}]}"}}, {port: 81}}},
		{"should allow ingress access on one named port", "x/a x/b y/a", []turn{
			{policies: []string{"x allow-all " + isolateAll + "[{ports: [{port: serve-81-tcp}]}]}"}, port: 81},
			{port: 80, expect: []string{"*/* x/* -"}},
		}},
		{"should allow ingress access from namespace on one named port", "x/a x/b y/a z/a", []turn{
			{policies: []string{"x allow-client-a-via-ns-selector-80 " + isolateA + "[{from: [{" + fromY + "}], ports: [{port: serve-80-tcp, protocol: TCP}]}]}"}, expect: onlyY},
			{port: 81, expect: []string{"*/* x/a -"}},
		}},
		{"should allow egress access on one named port", "x/a y/a", []turn{
			{policies: []string{"x allow-egress " + holdAll + "[{ports: [{port: serve-80-tcp}]}]}"}},
			{port: 81, expect: []string{"x/* */* -"}},
		}},
		{"should not allow all ports if it cannot limit to the requested port", "x/a y/a",
			one("x allow-ingress-on-nonexistent-port "+isolateA+"[{ports: [{port: no-such-port, protocol: TCP}]}]}", "*/* x/a -")},
		{"should enforce updated policy", "x/a y/a", []turn{
			{policies: []string{"x allow-all-mutate-to-deny-all " + isolateAll + "[{}]}"}, port: 81},
			{policies: []string{"x allow-all-mutate-to-deny-all " + isolateAll + "[]}"}, port: 81, expect: []string{"*/* x/* -"}},
		}},
		{"should allow ingress access from updated namespace", "x/a y/a", []turn{
			{policies: []string{"x allow-client-a-via-ns-selector " + isolateA + "[{from: [{namespaceSelector: {matchLabels: {ns2: updated}}}]}]}"}, expect: []string{"*/* x/a -"}},
			{label: map[string]string{"of": "y", "ns2": "updated"}, expect: []string{"*/* x/a -", "y/* */* +"}},
		}},
		{"should allow ingress access from updated pod", "x/a x/b", []turn{
			{policies: []string{"x allow-client-a-via-pod-selector " + isolateA + "[{from: [{podSelector: {matchLabels: {pod: b, pod2: updated}}}]}]}"}, expect: []string{"*/* x/a -"}},
			{label: map[string]string{"of": "x/b", "pod2": "updated"}, expect: []string{"*/* x/a -", "x/b x/a +"}},
		}},
		{"should deny ingress from pods on other namespaces", "x/a x/b y/a z/a",
			one("x deny-empty-policy "+isolateAll+"[{from: [{podSelector: {matchLabels: {}}}]}]}", "y/* x/* -", "z/* x/* -")},
		{"should deny ingress access to updated pod", "x/a y/a", []turn{
			{policies: []string{"x deny-ingress-via-label-selector {podSelector: {matchLabels: {target: isolated}}, policyTypes: [Ingress]}"}},
			{label: map[string]string{"of": "x/a", "target": "isolated"}, expect: []string{"*/* x/a -"}},
		}},
		{"should deny egress from pods based on PodSelector", "x/a x/b y/a", one("x deny-egress-pod-a "+holdA+"[]}", "x/a */* -")},
		{"should deny egress from all pods in a namespace", "x/a x/b y/a", one("x deny-egress-ns-x "+holdAll+"[]}", "x/* */* -")},
		{"should work with Ingress, Egress specified together", "x/a x/b x/c y/a", []turn{
			{policies: []string{"x allow-client-a-via-pod-selector {podSelector: {matchLabels: {pod: a}}, policyTypes: [Egress, Ingress], ingress: [{from: [{" + podB +
				"}]}], egress: [{ports: [{port: 80}]}]}"}, expect: []string{"*/* x/a -", "x/b x/a +"}},
			{port: 81, expect: []string{"*/* x/a -", "x/a */* -", "x/b x/a +"}},
		}},
		{"should support denying of egress traffic on the client side (even if the server explicitly allows this traffic)", "x/a y/a y/b", []turn{{
			policies: []string{
				"x allow-to-ns-y-pod-a " + holdA + "[{to: [{" + fromY + ", podSelector: {matchLabels: {pod: a}}}]}]}",
				"y allow-from-xa-on-ya-match-selector " + isolateA + "[{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: x}}, podSelector: {matchLabels: {pod: a}}}]}]}",
				"y allow-from-xa-on-yb-match-selector {podSelector: {matchLabels: {pod: b}}, ingress: [{from: [{namespaceSelector: " +
					"{matchLabels: {kubernetes.io/metadata.name: x}}, podSelector: {matchLabels: {pod: a}}}]}]}",
			},
			expect: []string{"x/a */* -", "*/* y/a -", "x/a y/a +", "*/* y/b -"},
		}}},
		{"should enforce egress policy allowing traffic to a server in a different namespace based on PodSelector and NamespaceSelector", "x/a y/a y/b",
			one("x allow-to-ns-y-pod-a "+holdA+"[{to: [{"+fromY+", podSelector: {matchLabels: {pod: a}}}]}]}", "x/a */* -", "x/a y/a +")},
		{"should enforce ingress policy allowing any port traffic to a server on a specific protocol", "x/a y/a", []turn{
			{policies: []string{"x allow-ingress-by-proto " + isolateA + "[{ports: [{protocol: TCP}]}]}"}},
			{network: "udp", expect: []string{"*/* x/a -"}},
		}},
		{"should enforce multiple ingress policies with ingress allow-all policy taking precedence", "x/a y/a", []turn{
			{policies: []string{"x allow-ingress-port-80 " + isolateAll + "[{ports: [{port: 80}]}]}"}, port: 81, expect: []string{"*/* x/* -"}},
			{policies: []string{"x allow-ingress " + isolateAll + "[{}]}"}, port: 81},
		}},
		{"should enforce multiple egress policies with egress allow-all policy taking precedence", "x/a y/a", []turn{
			{policies: []string{"x allow-egress-port-80 " + holdAll + "[{ports: [{port: 80}]}]}"}, port: 81, expect: []string{"x/* */* -"}},
			{policies: []string{"x allow-egress " + holdAll + "[{}]}"}, port: 81},
		}},
		{"should stop enforcing policies after they are deleted", "x/a y/a", []turn{
			{policies: []string{"x deny-all {podSelector: {}, policyTypes: [Ingress, Egress]}"}, expect: []string{"x/* */* -", "*/* x/* -"}},
			{without: true},
		}},
		{"should allow egress access to server in CIDR block", "x/a y/a y/b",
			one("x allow-client-a-via-cidr-egress-rule "+holdA+"[{to: [{ipBlock: {cidr: ip-y-b/32}}]}]}", "x/a */* -", "x/a y/b +")},
		{"should enforce except clause while egress access to server in CIDR block", "x/a x/b x/c",
			one("x allow-client-a-via-cidr-egress-rule "+holdA+"[{to: [{ipBlock: {cidr: 0.0.0.0/4, except: [ip-x-b/32]}}]}]}", "x/a x/b -")},
		{"should ensure an IP overlapping both IPBlock.CIDR and IPBlock.Except is allowed", "x/a x/b x/c", []turn{
			{policies: []string{"x allow-client-a-via-cidr-egress-rule " + holdA + "[{to: [{ipBlock: {cidr: 0.0.0.0/4, except: [ip-x-b/32]}}]}]}"}, expect: []string{"x/a x/b -"}},
			{policies: []string{"x allow-client-a-via-cidr-egress-rule " + holdA + "[{to: [{ipBlock: {cidr: ip-x-b/32}}]}]}"}, expect: []string{"x/a */* -", "x/a x/b +"}},
		}},
		{"should enforce policies to check ingress and egress policies can be controlled independently based on PodSelector", "x/a x/b y/a", []turn{
			{policies: []string{"x allow-egress-for-target " + holdA + "[{}]}"}},
			{policies: []string{"x deny-ingress-via-label-selector " + isolateA + "[]}"}, expect: []string{"*/* x/a -"}},
		}},
		{"should not mistakenly treat 'protocol: SCTP' as 'protocol: TCP', even if the plugin doesn't support SCTP", "x/a y/a", []turn{{
			policies: []string{"x deny-ingress " + isolateAll + "[]}", "x allow-only-sctp-ingress-on-port-81 " + isolateA + "[{ports: [{port: 81, protocol: SCTP}]}]}"},
			port:     81, expect: []string{"*/* x/* -"},
		}}},
		{"should properly isolate pods that are selected by a policy allowing SCTP, even if the plugin doesn't support SCTP", "x/a y/a", []turn{{
			policies: []string{"x allow-only-sctp-ingress-on-port-80 " + isolateA + "[{ports: [{port: 80, protocol: SCTP}]}]}"}, port: 81, expect: []string{"*/* x/a -"},
		}}},
		{"should not allow access by TCP when a policy specifies only UDP", "x/a y/a", []turn{{
			policies: []string{"x allow-only-udp-ingress-on-port-81 " + isolateA + "[{ports: [{port: 81, protocol: UDP}]}]}"}, port: 81, expect: []string{"*/* x/a -"},
		}}},
		{"should enforce policy to allow traffic based on NamespaceSelector with MatchLabels using default ns label", "x/a x/b y/a z/a",
			one("x allow-client-a-via-ns-selector-for-immutable-ns-label "+isolateA+"[{from: [{"+fromY+"}]}]}", onlyY...)},
		{"should enforce policy based on NamespaceSelector with MatchExpressions using default ns label", "x/a x/b y/a z/a",
			one("x allow-ns-y-match-selector-for-immutable-ns-label "+holdA+
				"[{to: [{namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: ['y']}]}}]}]}", "x/a y/* -")},
	}
}

// netpolUDPCases are those of "NetworkPolicy between server and client using UDP".
func netpolUDPCases() []netpol {
	return []netpol{
		{"UDP should support a 'default-deny-ingress' policy", "x/a x/b y/a y/b",
			[]turn{{policies: []string{"x deny-all " + isolateAll + "[]}"}, network: "udp", expect: []string{"*/* x/* -"}}}},
		{"UDP should enforce policy based on Ports", "x/a x/b y/a z/a", []turn{{
			policies: []string{"x allow-ingress-on-port-81-ns-x " + isolateA + "[{from: [{" + fromY + "}], ports: [{port: 81, protocol: UDP}]}]}"},
			network:  "udp", port: 81, expect: []string{"x/* x/a -", "z/* x/a -"},
		}}},
		{"UDP should enforce policy to allow traffic only from a pod in a different namespace based on PodSelector and NamespaceSelector", "x/a x/b y/a", []turn{{
			policies: []string{"x allow-ns-y-pod-a-via-namespace-pod-selector " + isolateA + "[{from: [{" + fromY + ", podSelector: {matchLabels: {pod: a}}}]}]}"},
			network:  "udp", expect: []string{"*/* x/a -", "y/a x/a +"},
		}}},
	}
}
