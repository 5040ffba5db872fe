package gateway

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	secret    = "\n---\nkind: Secret\nmetadata: {name: pair, namespace: shop}\ntype: kubernetes.io/tls\ndata: PAIR\n"
	elsewhere = "\n---\nkind: Secret\nmetadata: {name: pair, namespace: other}\ntype: kubernetes.io/tls\ndata: PAIR\n"
	broken    = "\n---\nkind: Secret\nmetadata: {name: broken, namespace: shop}\ntype: kubernetes.io/tls\ndata: {tls.crt: eA==, tls.key: eA==}\n"
	authority = "\n---\nkind: ConfigMap\nmetadata: {name: ca, namespace: shop}\ndata: AUTHORITY\n"
	nonsense  = "\n---\nkind: ConfigMap\nmetadata: {name: nonsense, namespace: shop}\ndata: {ca.crt: nonsense}\n"
)

// grant allows a kind of shop an object kind of other.
func grant(kind, to string) string {
	return "\n---\nkind: ReferenceGrant\nmetadata: {name: g, namespace: other}\nspec: {from: [{group: gateway.networking.k8s.io, kind: " + kind +
		", namespace: shop}], to: [{group: \"\", kind: " + to + "}]}\n"
}

// gatewayWith is a Gateway with listeners and more, in flow style.
func gatewayWith(listeners, more string) string {
	return "\n---\nkind: Gateway\nmetadata: {name: web, namespace: shop, generation: 1}\nspec: {gatewayClassName: kubetutor, listeners: [" + listeners + "]" + more + "}\n"
}

const up = `
---
kind: Service
metadata: {name: web-gateway, namespace: shop}
spec: {type: LoadBalancer, ports: [{port: 80}]}
status: {loadBalancer: {ingress: [{ip: 172.30.200.1}]}}
---
kind: Deployment
metadata: {name: web-gateway, namespace: shop}
status: {availableReplicas: 1}
`

func https(more string) string {
	return "{name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [" + more + "]}}"
}

func TestGatewayConditions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"a class of ours": {"", []string{"class kubetutor Accepted=True Accepted", "class kubetutor SupportedVersion=True SupportedVersion"}},
		"a class of others": {"\n---\nkind: GatewayClass\nmetadata: {name: theirs}\nspec: {controllerName: example.com/x}\n---\nkind: Gateway\nmetadata: {name: g, " +
			"namespace: shop}\nspec: {gatewayClassName: theirs, listeners: [{name: http, port: 80, protocol: HTTP}]}",
			[]string{"not class theirs", "not gateway g"}},
		"parameters of a class": {"\n---\nkind: GatewayClass\nmetadata: {name: odd}\nspec: {controllerName: kubetutor.io/gateway-controller, parametersRef: {group: \"\", " +
			"kind: ConfigMap, name: x}}",
			[]string{"class odd Accepted=False InvalidParameters"}},
		"no address yet": {gatewayHTTP, []string{"gateway web Accepted=True Accepted", "gateway web Programmed=False AddressNotAssigned", "gateway web ResolvedRefs=True ResolvedRefs",
			"listener web/http Accepted=True Accepted", "listener web/http Programmed=True Programmed", "listener web/http ResolvedRefs=True", "listener web/http " +
				"Conflicted=False NoConflicts", "listener web/http attached=0"}},
		"no pods yet":   {gatewayHTTP + strings.Replace(up, "availableReplicas: 1", "availableReplicas: 0", 1), []string{"gateway web Programmed=False Pending"}},
		"up":            {gatewayHTTP + up, []string{"gateway web Programmed=True Programmed"}},
		"static, given": {gatewayWith("{name: http, port: 80, protocol: HTTP}", ", addresses: [{value: 172.30.200.1}]") + up, []string{"gateway web Programmed=True"}},
		"static, not given": {gatewayWith("{name: http, port: 80, protocol: HTTP}", ", addresses: [{value: 192.0.2.1}]") + up,
			[]string{"gateway web Programmed=False AddressNotUsable"}},
		"any address": {gatewayWith("{name: http, port: 80, protocol: HTTP}", ", addresses: [{type: IPAddress}]") + up, []string{"gateway web Programmed=True"}},
		"host name": {gatewayWith("{name: http, port: 80, protocol: HTTP}", ", addresses: [{type: Hostname, value: x.example.com}]") + up,
			[]string{"gateway web Accepted=False UnsupportedAddress", "gateway web Programmed=False Invalid"}},
		"parameters": {gatewayWith("{name: http, port: 80, protocol: HTTP}", ", infrastructure: {parametersRef: {group: x, kind: y, name: z}}"),
			[]string{"gateway web Accepted=False InvalidParameters"}},

		"unknown protocol": {gatewayWith("{name: odd, port: 80, protocol: example.com/x}", ""),
			[]string{"gateway web Accepted=False ListenersNotValid", "listener web/odd Accepted=False UnsupportedProtocol", "listener web/odd Programmed=False Invalid"}},
		"one unknown protocol": {gatewayWith("{name: odd, port: 80, protocol: example.com/x}, {name: http, port: 81, protocol: HTTP}", ""),
			[]string{"gateway web Accepted=True ListenersNotValid", "listener web/http Accepted=True"}},
		"a port of the proxies": {gatewayWith("{name: http, port: 15021, protocol: HTTP}, {name: udp, port: 15021, protocol: UDP}", ""),
			[]string{"listener web/http Accepted=False PortUnavailable", "listener web/udp Accepted=True"}},
		"kinds": {gatewayWith("{name: http, port: 80, protocol: HTTP, allowedRoutes: {kinds: [{kind: HTTPRoute}, {kind: TCPRoute}]}}", ""),
			[]string{"listener web/http ResolvedRefs=False InvalidRouteKinds", "listener web/http Programmed=True", "gateway web ResolvedRefs=False ListenersNotResolved"}},
		"no kinds": {gatewayWith("{name: http, port: 80, protocol: HTTP, allowedRoutes: {kinds: [{kind: TCPRoute}]}}", ""),
			[]string{"listener web/http Programmed=False Invalid"}},
		"protocols in conflict": {gatewayWith("{name: a, port: 80, protocol: HTTP}, {name: b, port: 80, protocol: TCP}, {name: c, port: 80, protocol: UDP}", ""),
			[]string{"listener web/a Conflicted=True ProtocolConflict", "listener web/b Conflicted=True ProtocolConflict", "listener web/a Accepted=False ProtocolConflict",
				"listener web/c Conflicted=False", "gateway web Accepted=True ListenersNotValid"}},
		"TLS and HTTPS on a port": {gatewayWith(https("{name: pair}")+", {name: tls, port: 443, hostname: a.example.com, protocol: TLS, tls: {mode: Passthrough}}", "") + secret,
			[]string{"listener web/https Conflicted=False", "listener web/tls Conflicted=False", "not listener web/tls OverlappingTLSConfig"}},
		"host names that overlap": {gatewayWith(https("{name: pair}")+", {name: b, port: 443, hostname: a.example.com, protocol: HTTPS, tls: {certificateRefs: [{name: "+
			"pair}]}}", "") + secret,
			[]string{"listener web/https OverlappingTLSConfig=True OverlappingHostnames", "listener web/b OverlappingTLSConfig=True", "listener web/b Accepted=True"}},

		"a certificate": {gatewayWith(https("{name: pair}"), "") + secret, []string{"listener web/https ResolvedRefs=True", "listener web/https Programmed=True"}},
		"no certificate": {gatewayWith(https("{name: none}"), ""),
			[]string{"listener web/https ResolvedRefs=False InvalidCertificateRef", "listener web/https Programmed=False Invalid", "listener web/https Accepted=True",
				"gateway web Accepted=True Accepted"}},
		"a broken certificate":   {gatewayWith(https("{name: broken}"), "") + broken, []string{"listener web/https ResolvedRefs=False InvalidCertificateRef"}},
		"a certificate in a Pod": {gatewayWith(https("{kind: Pod, name: pair}"), "") + secret, []string{"listener web/https ResolvedRefs=False InvalidCertificateRef"}},
		"no certificates":        {gatewayWith("{name: https, port: 443, protocol: HTTPS}", ""), []string{"listener web/https ResolvedRefs=False InvalidCertificateRef"}},
		"elsewhere, not granted": {gatewayWith(https("{name: pair, namespace: other}"), "") + elsewhere, []string{"listener web/https ResolvedRefs=False RefNotPermitted"}},
		"elsewhere, granted": {gatewayWith(https("{name: pair, namespace: other}"), "") + elsewhere + grant("Gateway", "Secret"),
			[]string{"listener web/https ResolvedRefs=True"}},
		"elsewhere, others' grant": {gatewayWith(https("{name: pair, namespace: other}"), "") + elsewhere + grant("HTTPRoute", "Secret"),
			[]string{"listener web/https ResolvedRefs=False RefNotPermitted"}},

		"clients": {gatewayWith(https("{name: pair}"), ", tls: {frontend: {default: {validation: {caCertificateRefs: [{group: \"\", kind: ConfigMap, name: ca}]}}}}") +
			secret + authority,
			[]string{"listener web/https Accepted=True", "not gateway web InsecureFrontendValidationMode"}},
		"clients, insecure": {gatewayWith(https("{name: pair}"), ", tls: {frontend: {default: {validation: {mode: AllowInsecureFallback, caCertificateRefs: [{group: \"\", "+
			"kind: ConfigMap, name: ca}]}}}}") + secret + authority,
			[]string{"gateway web InsecureFrontendValidationMode=True ConfigurationChanged"}},
		"clients, no ref": {gatewayWith(https("{name: pair}"), ", tls: {frontend: {default: {validation: {caCertificateRefs: [{group: \"\", kind: ConfigMap, name: "+
			"none}]}}}}") + secret,
			[]string{"listener web/https Accepted=False NoValidCACertificate", "listener web/https ResolvedRefs=False InvalidCACertificateRef"}},
		"clients, of a port": {gatewayWith(https("{name: pair}"), ", tls: {frontend: {default: {}, perPort: [{port: 443, tls: {validation: {caCertificateRefs: [{group: "+
			"\"\", kind: Pod, name: x}]}}}]}}") + secret,
			[]string{"listener web/https ResolvedRefs=False InvalidCACertificateKind"}},
		"clients, not granted": {gatewayWith(https("{name: pair}"), ", tls: {frontend: {default: {validation: {caCertificateRefs: [{group: \"\", kind: ConfigMap, name: x, "+
			"namespace: other}]}}}}") + secret,
			[]string{"listener web/https ResolvedRefs=False RefNotPermitted"}},

		"own certificate": {gatewayWith("{name: http, port: 80, protocol: HTTP}", ", tls: {backend: {clientCertificateRef: {name: pair}}}") + secret,
			[]string{"gateway web ResolvedRefs=True"}},
		"own certificate, none": {gatewayWith("{name: http, port: 80, protocol: HTTP}", ", tls: {backend: {clientCertificateRef: {name: pair}}}"),
			[]string{"gateway web ResolvedRefs=False InvalidClientCertificateRef", "gateway web Accepted=True Accepted"}},
		"own certificate, not granted": {gatewayWith("{name: http, port: 80, protocol: HTTP}", ", tls: {backend: {clientCertificateRef: {name: pair, namespace: other}}}") +
			elsewhere,
			[]string{"gateway web ResolvedRefs=False RefNotPermitted"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expect(t, c.text, c.want...)
		})
	}
}

// listenerSet is a ListenerSet of the Gateway web.
func setOf(name, namespace, listeners string) string {
	return "\n---\nkind: ListenerSet\nmetadata: {name: " + name + ", namespace: " + namespace + ", generation: 1}\nspec: {parentRef: {name: web, namespace: shop}, " +
		"listeners: [" + listeners + "]}\n"
}

func TestListenerSetConditions(t *testing.T) {
	t.Parallel()
	allowing := gatewayWith("{name: http, port: 80, hostname: a.example.com, protocol: HTTP}", ", allowedListeners: {namespaces: {from: Selector, selector: "+
		"{matchLabels: {team: shop}}}}") + up
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"not asked for": {gatewayHTTP + setOf("s", "shop", "{name: x, port: 81, protocol: HTTP}"),
			[]string{"set s Accepted=False NotAllowed", "set s Programmed=False NotAllowed", "gateway web sets=0"}},
		"allowed": {allowing + setOf("s", "shop", "{name: x, port: 81, protocol: HTTP}"),
			[]string{"set s Accepted=True Accepted", "set s Programmed=True Programmed", "listener s/x Accepted=True", "gateway web sets=1"}},
		"not of that team": {allowing + setOf("s", "other", "{name: x, port: 81, protocol: HTTP}"), []string{"set s Accepted=False NotAllowed"}},
		"the Gateway first": {allowing + setOf("s", "shop", "{name: x, port: 80, hostname: a.example.com, protocol: HTTP}"),
			[]string{"listener s/x Conflicted=True HostnameConflict", "listener s/x Programmed=False HostnameConflict", "listener web/http Conflicted=False",
				"set s Accepted=False ListenersNotValid", "gateway web sets=0"}},
		"an older set first": {allowing + setOf("s1", "shop", "{name: x, port: 81, protocol: HTTP}") +
			setOf("s2", "shop", "{name: x, port: 81, protocol: TCP}, {name: y, port: 82, protocol: TCP}"),
			[]string{"listener s1/x Conflicted=False", "listener s2/x Conflicted=True ProtocolConflict", "set s2 Accepted=True ListenersNotValid", "gateway web sets=2"}},
		"its own certificate": {allowing + setOf("s", "shop", "{name: x, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: pair, namespace: other}]}}") + elsewhere +
			grant("Gateway", "Secret"),
			[]string{"listener s/x ResolvedRefs=False RefNotPermitted", "set s Accepted=False ListenersNotValid"}},
		"a grant of its own": {allowing + setOf("s", "shop", "{name: x, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: pair, namespace: other}]}}") + elsewhere +
			grant("ListenerSet", "Secret"),
			[]string{"listener s/x ResolvedRefs=True", "set s Accepted=True"}},
		"routes of the set": {allowing + setOf("s", "shop", "{name: x, port: 81, protocol: HTTP}") + httpRoute("r", "{parentRefs: [{name: s, kind: ListenerSet}, {name: "+
			"web, sectionName: x}], "+toWeb+"}"),
			[]string{"HTTPRoute r Accepted=True", "HTTPRoute r at x Accepted=False NoMatchingParent"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expect(t, c.text, c.want...)
		})
	}
}

func TestRouteConditions(t *testing.T) {
	t.Parallel()
	to := func(backends string) string {
		return gatewayHTTP + httpRoute("r", "{parentRefs: [{name: web}], rules: [{backendRefs: ["+backends+"]}]}")
	}
	rules := func(list string) string {
		return gatewayHTTP + httpRoute("r", "{parentRefs: [{name: web}], rules: ["+list+"]}")
	}
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"attached": {to("{name: web, port: 80}"),
			[]string{"HTTPRoute r Accepted=True Accepted", "HTTPRoute r ResolvedRefs=True ResolvedRefs", "listener web/http attached=1", "not HTTPRoute r PartiallyInvalid"}},
		"no such Gateway": {httpRoute("r", "{parentRefs: [{name: web}], "+toWeb+"}"), []string{"not HTTPRoute r Accepted"}},
		"no such section": {gatewayHTTP + httpRoute("r", "{parentRefs: [{name: web, sectionName: x}], "+toWeb+"}"),
			[]string{"HTTPRoute r at x Accepted=False NoMatchingParent", "listener web/http attached=0"}},
		"no such port":     {gatewayHTTP + httpRoute("r", "{parentRefs: [{name: web, port: 81}], "+toWeb+"}"), []string{"HTTPRoute r Accepted=False NoMatchingParent"}},
		"section and port": {gatewayHTTP + httpRoute("r", "{parentRefs: [{name: web, sectionName: http, port: 80}], "+toWeb+"}"), []string{"HTTPRoute r at http Accepted=True"}},
		"another namespace": {gatewayHTTP +
			strings.Replace(httpRoute("r", "{parentRefs: [{name: web, namespace: shop}], rules: [{backendRefs: [{name: api, port: 80}]}]}"), "namespace: shop, gen",
				"namespace: other, gen", 1),
			[]string{"HTTPRoute r Accepted=False NotAllowedByListeners"}},
		"all namespaces": {gatewayWith("{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}", "") +
			strings.Replace(httpRoute("r", "{parentRefs: [{name: web, namespace: shop}], rules: [{backendRefs: [{name: api, port: 80}]}]}"), "namespace: shop, gen",
				"namespace: other, gen", 1),
			[]string{"HTTPRoute r Accepted=True", "HTTPRoute r ResolvedRefs=True"}},
		"a kind not allowed": {gatewayWith("{name: http, port: 80, protocol: HTTP, allowedRoutes: {kinds: [{kind: GRPCRoute}]}}", "") +
			httpRoute("r", "{parentRefs: [{name: web}], "+toWeb+"}"),
			[]string{"HTTPRoute r Accepted=False NotAllowedByListeners"}},
		"no common host": {gatewayWith("{name: http, port: 80, hostname: \"*.example.com\", protocol: HTTP}", "") +
			httpRoute("r", "{parentRefs: [{name: web}], hostnames: [example.com], "+toWeb+"}"),
			[]string{"HTTPRoute r Accepted=False NoMatchingListenerHostname"}},
		"a common host": {gatewayWith("{name: http, port: 80, hostname: \"*.example.com\", protocol: HTTP}", "") +
			httpRoute("r", "{parentRefs: [{name: web}], hostnames: [a.b.example.com], "+toWeb+"}"),
			[]string{"HTTPRoute r Accepted=True"}},

		"no such Service":      {to("{name: none, port: 80}"), []string{"HTTPRoute r Accepted=True", "HTTPRoute r ResolvedRefs=False BackendNotFound"}},
		"no such Service port": {to("{name: web, port: 8080}"), []string{"HTTPRoute r ResolvedRefs=False BackendNotFound"}},
		"a port of UDP":        {to("{name: web, port: 53}"), []string{"HTTPRoute r ResolvedRefs=False BackendNotFound"}},
		"no Service":           {to("{kind: Pod, name: web, port: 80}"), []string{"HTTPRoute r ResolvedRefs=False InvalidKind"}},
		"an odd protocol":      {to("{name: web, port: 81}"), []string{"HTTPRoute r ResolvedRefs=False UnsupportedProtocol"}},
		"not granted":          {to("{name: api, namespace: other, port: 80}"), []string{"HTTPRoute r ResolvedRefs=False RefNotPermitted"}},
		"granted":              {to("{name: api, namespace: other, port: 80}") + grant("HTTPRoute", "Service"), []string{"HTTPRoute r ResolvedRefs=True"}},
		"granted to others":    {to("{name: api, namespace: other, port: 80}") + grant("GRPCRoute", "Service"), []string{"HTTPRoute r ResolvedRefs=False RefNotPermitted"}},

		"a bad expression": {rules("{matches: [{path: {type: RegularExpression, value: \"a(\"}}]}"),
			[]string{"HTTPRoute r Accepted=False UnsupportedValue", "listener web/http attached=0"}},
		"one bad expression": {rules("{matches: [{path: {type: RegularExpression, value: \"a(\"}}]}, {backendRefs: [{name: web, port: 80}]}"),
			[]string{"HTTPRoute r Accepted=True Accepted", "HTTPRoute r PartiallyInvalid=True UnsupportedValue", "listener web/http attached=1"}},
		"an unknown filter": {rules("{filters: [{type: ExtensionRef, extensionRef: {group: x, kind: y, name: z}}]}"), []string{"HTTPRoute r Accepted=False UnsupportedValue"}},
		"redirect, rewrite": {rules("{filters: [{type: RequestRedirect, requestRedirect: {scheme: https}}, {type: URLRewrite, urlRewrite: {hostname: x}}]}"),
			[]string{"HTTPRoute r Accepted=False IncompatibleFilters"}},
		"a mirror to nowhere": {rules("{filters: [{type: RequestMirror, requestMirror: {backendRef: {name: none, port: 80}}}], backendRefs: [{name: web, port: 80}]}"),
			[]string{"HTTPRoute r ResolvedRefs=False BackendNotFound", "HTTPRoute r Accepted=True"}},

		"UDP": {gatewayWith("{name: udp, port: 53, protocol: UDP}", "") + "\n---\nkind: UDPRoute\nmetadata: {name: r, namespace: shop}\nspec: {parentRefs: [{name: web}], " +
			"rules: [{backendRefs: [{name: web, port: 53}]}]}",
			[]string{"UDPRoute r Accepted=True", "UDPRoute r ResolvedRefs=True"}},
		"TCP at HTTP": {gatewayHTTP + "\n---\nkind: TCPRoute\nmetadata: {name: r, namespace: shop}\nspec: {parentRefs: [{name: web}], rules: [{backendRefs: [{name: web, port: 80}]}]}",
			[]string{"TCPRoute r Accepted=False NotAllowedByListeners"}},
		"TLS by name": {gatewayWith("{name: tls, port: 443, protocol: TLS, hostname: a.example.com, tls: {mode: Passthrough}}", "") + "\n---\nkind: TLSRoute\nmetadata: " +
			"{name: r, namespace: shop}\nspec: {parentRefs: [{name: web}], hostnames: [b.example.com], rules: [{backendRefs: [{name: web, port: 80}]}]}",
			[]string{"TLSRoute r Accepted=False NoMatchingListenerHostname"}},
		"gRPC": {gatewayHTTP + "\n---\nkind: GRPCRoute\nmetadata: {name: r, namespace: shop}\nspec: {parentRefs: [{name: web}], rules: [{matches: [{method: {service: s, " +
			"method: m}}], backendRefs: [{name: none, port: 80}]}]}",
			[]string{"GRPCRoute r Accepted=True", "GRPCRoute r ResolvedRefs=False BackendNotFound"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expect(t, c.text, c.want...)
		})
	}
}

func TestPolicyConditions(t *testing.T) {
	t.Parallel()
	policy := func(name, ref, more string) string {
		return "\n---\nkind: BackendTLSPolicy\nmetadata: {name: " + name + ", namespace: shop}\nspec: {targetRefs: [{group: \"\", kind: Service, name: web" + more + "}], " +
			"validation: {hostname: a.example.com, " + ref + "}}\n"
	}
	const ca = "caCertificateRefs: [{group: \"\", kind: ConfigMap, name: ca}]"
	routed := gatewayHTTP + httpRoute("r", "{parentRefs: [{name: web}], "+toWeb+"}") + authority + nonsense
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"in force": {routed + policy("p", ca, ""), []string{"policy p for web Accepted=True Accepted", "policy p for web ResolvedRefs=True ResolvedRefs"}},
		"nobody's": {gatewayHTTP + authority + policy("p", ca, ""), []string{"not policy p"}},
		"no authority": {routed + policy("p", "caCertificateRefs: [{group: \"\", kind: ConfigMap, name: none}]", ""),
			[]string{"policy p for web Accepted=False NoValidCACertificate", "policy p for web ResolvedRefs=False InvalidCACertificateRef"}},
		"nonsense": {routed + policy("p", "caCertificateRefs: [{group: \"\", kind: ConfigMap, name: nonsense}]", ""),
			[]string{"policy p for web ResolvedRefs=False InvalidCACertificateRef"}},
		"another kind": {routed + policy("p", "caCertificateRefs: [{group: x, kind: Y, name: ca}]", ""), []string{"policy p for web ResolvedRefs=False InvalidKind"}},
		"the system's": {routed + policy("p", "wellKnownCACertificates: System", ""), []string{"policy p for web Accepted=False Invalid"}},
		"the older":    {routed + policy("p1", ca, "") + policy("p2", ca, ""), []string{"policy p1 for web Accepted=True", "policy p2 for web Accepted=False Conflicted"}},
		"port and Service": {routed + policy("p1", ca, "") + policy("p2", ca, ", sectionName: http"),
			[]string{"policy p1 for web Accepted=True", "policy p2 for web Accepted=True"}},
		"for the same port": {routed + policy("p1", ca, ", sectionName: http") + policy("p2", ca, ", sectionName: http"),
			[]string{"policy p1 for web Accepted=True", "policy p2 for web Accepted=False Conflicted"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expect(t, c.text, c.want...)
		})
	}
}

// What others wrote stays; what does not change is not written again; transitions
// keep their time.
func TestStatusesAreMerged(t *testing.T) {
	t.Parallel()
	text := base + gatewayHTTP + up + httpRoute("r", "{parentRefs: [{name: web}], "+toWeb+"}") +
		"status: {parents: [{controllerName: example.com/other, parentRef: {name: theirs}, conditions: [{type: Accepted, status: \"True\", reason: X, message: \"\", " +
		"lastTransitionTime: \"2026-01-01T00:00:00Z\"}]}]}\n"
	o := decode(t, text)
	first := Translate(o)
	if len(first.Statuses.HTTPRoutes) != 1 || len(first.Statuses.HTTPRoutes[0].Status.Parents) != 2 ||
		first.Statuses.HTTPRoutes[0].Status.Parents[0].ControllerName != "example.com/other" {
		t.Fatalf("the route's parents are %+v", first.Statuses.HTTPRoutes[0].Status.Parents)
	}
	then := o.Now
	o.Classes, o.Gateways, o.HTTPRoutes = first.Statuses.Classes, first.Statuses.Gateways, first.Statuses.HTTPRoutes
	o.Now = o.Now.Add(time.Hour)
	if again := Translate(o); len(summary(&again)) > 0 {
		t.Errorf("written again:\n%s", strings.Join(summary(&again), "\n"))
	}
	o.HTTPRoutes[0].Generation = 2
	o.HTTPRoutes[0].Spec.Rules[0].BackendRefs[0].Name = "none"
	second := Translate(o).Statuses.HTTPRoutes[0].Status.Parents[1].Conditions
	for _, c := range second {
		moved := c.LastTransitionTime.Equal(&metav1.Time{Time: o.Now})
		if c.ObservedGeneration != 2 || moved != (c.Type == "ResolvedRefs") || !moved && !c.LastTransitionTime.Equal(&metav1.Time{Time: then}) {
			t.Errorf("after a change: %+v", c)
		}
	}
	o.HTTPRoutes[0].Spec.ParentRefs = nil
	if left := Translate(o).Statuses.HTTPRoutes[0].Status.Parents; len(left) != 1 || left[0].ControllerName != "example.com/other" {
		t.Errorf("a route that left keeps %+v", left)
	}
}
