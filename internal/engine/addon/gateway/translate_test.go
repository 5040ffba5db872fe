package gateway

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	gw "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/yaml"

	"kubetutor/internal/engine/addon/gateway/proxy"
)

// base is a cluster in which everything is in order: a class, two namespaces, and
// a Service with an endpoint in each. Tables add to it.
const base = `
kind: GatewayClass
metadata: {name: kubetutor}
spec: {controllerName: kubetutor.io/gateway-controller}
---
kind: Namespace
metadata: {name: shop, labels: {team: shop}}
---
kind: Namespace
metadata: {name: other, labels: {team: other}}
---
kind: Service
metadata: {name: web, namespace: shop}
spec: {ports: [{name: http, port: 80, protocol: TCP}, {name: udp, port: 53, protocol: UDP}, {name: odd, port: 81, protocol: TCP, appProtocol: example.com/odd}]}
---
kind: EndpointSlice
metadata: {name: web-1, namespace: shop, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: 8080, protocol: TCP}, {name: udp, port: 5353, protocol: UDP}]
endpoints:
- {addresses: [10.244.1.2], conditions: {ready: true}}
- {addresses: [10.244.1.3], conditions: {ready: false}}
---
kind: Service
metadata: {name: api, namespace: other}
spec: {ports: [{port: 80, protocol: TCP}]}
---
kind: EndpointSlice
metadata: {name: api-1, namespace: other, labels: {kubernetes.io/service-name: api}}
addressType: IPv4
ports: [{name: "", port: 8080, protocol: TCP}]
endpoints: [{addresses: [10.244.2.2]}]
`

// gatewayHTTP is a Gateway with one listener.
const gatewayHTTP = `
---
kind: Gateway
metadata: {name: web, namespace: shop, generation: 1}
spec:
  gatewayClassName: kubetutor
  listeners: [{name: http, port: 80, protocol: HTTP}]
`

// route is an HTTPRoute to the Service of its namespace.
func httpRoute(name, spec string) string {
	return fmt.Sprintf("\n---\nkind: HTTPRoute\nmetadata: {name: %s, namespace: shop, generation: 1}\nspec: %s\n", name, spec)
}

const toWeb = `rules: [{backendRefs: [{name: web, port: 80}]}]`

// decode reads objects as a cluster would hold them.
func decode(t *testing.T, text string) *Objects {
	t.Helper()
	o := &Objects{Now: time.Unix(1_800_000_000, 0), BundleVersion: SupportedVersion, Namespaces: map[string]*corev1.Namespace{}, Services: map[Name]*corev1.Service{},
		Slices: map[Name][]*discoveryv1.EndpointSlice{}, Secrets: map[Name]*corev1.Secret{}, ConfigMaps: map[Name]*corev1.ConfigMap{}, Proxies: map[Name]*appsv1.Deployment{}}
	documents := utilyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(text)))
	for {
		document, err := documents.Read()
		if err == io.EOF {
			return o
		}
		if err != nil {
			t.Fatal(err)
		}
		var kind metav1.TypeMeta
		if err := yaml.Unmarshal(document, &kind); err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		if kind.Kind != "" {
			o.add(t, kind.Kind, document)
		}
	}
}

func (o *Objects) add(t *testing.T, kind string, document []byte) {
	t.Helper()
	switch kind {
	case "GatewayClass":
		o.Classes = append(o.Classes, read[gw.GatewayClass](t, document))
	case "Gateway":
		o.Gateways = append(o.Gateways, read[gw.Gateway](t, document))
	case "ListenerSet":
		o.ListenerSets = append(o.ListenerSets, read[gw.ListenerSet](t, document))
	case "HTTPRoute":
		o.HTTPRoutes = append(o.HTTPRoutes, read[gw.HTTPRoute](t, document))
	case "GRPCRoute":
		o.GRPCRoutes = append(o.GRPCRoutes, read[gw.GRPCRoute](t, document))
	case "TLSRoute":
		o.TLSRoutes = append(o.TLSRoutes, read[gw.TLSRoute](t, document))
	case "TCPRoute":
		o.TCPRoutes = append(o.TCPRoutes, read[gw.TCPRoute](t, document))
	case "UDPRoute":
		o.UDPRoutes = append(o.UDPRoutes, read[gw.UDPRoute](t, document))
	case "ReferenceGrant":
		o.Grants = append(o.Grants, read[gw.ReferenceGrant](t, document))
	case "BackendTLSPolicy":
		o.Policies = append(o.Policies, read[gw.BackendTLSPolicy](t, document))
	case "Namespace":
		n := read[corev1.Namespace](t, document)
		o.Namespaces[n.Name] = n
	case "Service":
		s := read[corev1.Service](t, document)
		o.Services[nameOf(s)] = s
	case "EndpointSlice":
		s := read[discoveryv1.EndpointSlice](t, document)
		of := Name{Namespace: s.Namespace, Name: s.Labels[discoveryv1.LabelServiceName]}
		o.Slices[of] = append(o.Slices[of], s)
	case "Secret":
		s := read[corev1.Secret](t, document)
		o.Secrets[nameOf(s)] = s
	case "ConfigMap":
		m := read[corev1.ConfigMap](t, document)
		o.ConfigMaps[nameOf(m)] = m
	case "Deployment":
		d := read[appsv1.Deployment](t, document)
		o.Proxies[nameOf(d)] = d
	default:
		t.Fatalf("the test knows no %s", kind)
	}
}

func read[T any](t *testing.T, document []byte) *T {
	t.Helper()
	var out T
	secret, authority := pair(t)
	document = bytes.ReplaceAll(bytes.ReplaceAll(document, []byte("PAIR"), []byte(secret)), []byte("AUTHORITY"), []byte(authority))
	if err := yaml.UnmarshalStrict(document, &out); err != nil {
		t.Fatalf("%v in\n%s", err, document)
	}
	return &out
}

// pair is the data of a Secret with a certificate, and of a ConfigMap with it as an
// authority.
func pair(t *testing.T) (secret, configMap string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("{tls.crt: %s, tls.key: %s, ca.crt: %[1]s}", b64(certificate), b64(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))),
		fmt.Sprintf("{ca.crt: %q}", certificate)
}

// summary are the conditions that a translation writes, one on a line:
// "kind name [listener or parent] Type=Status Reason".
func summary(r *Result) []string {
	var out []string
	add := func(of string, list []metav1.Condition) {
		for _, c := range list {
			out = append(out, fmt.Sprintf("%s %s=%s %s", of, c.Type, c.Status, c.Reason))
		}
	}
	for _, c := range r.Statuses.Classes {
		add("class "+c.Name, c.Status.Conditions)
	}
	for _, g := range r.Statuses.Gateways {
		add("gateway "+g.Name, g.Status.Conditions)
		for _, l := range g.Status.Listeners {
			of := fmt.Sprintf("listener %s/%s", g.Name, l.Name)
			add(of, l.Conditions)
			out = append(out, fmt.Sprintf("%s attached=%d", of, l.AttachedRoutes))
		}
		out = append(out, fmt.Sprintf("gateway %s sets=%d", g.Name, or(g.Status.AttachedListenerSets, 0)))
	}
	for _, s := range r.Statuses.ListenerSets {
		add("set "+s.Name, s.Status.Conditions)
		for _, l := range s.Status.Listeners {
			add(fmt.Sprintf("listener %s/%s", s.Name, l.Name), l.Conditions)
		}
	}
	parents := func(kind, name string, list []gw.RouteParentStatus) {
		for _, p := range list {
			of := fmt.Sprintf("%s %s", kind, name)
			if p.ParentRef.SectionName != nil {
				of += " at " + string(*p.ParentRef.SectionName)
			}
			add(of, p.Conditions)
		}
	}
	for _, x := range r.Statuses.HTTPRoutes {
		parents("HTTPRoute", x.Name, x.Status.Parents)
	}
	for _, x := range r.Statuses.GRPCRoutes {
		parents("GRPCRoute", x.Name, x.Status.Parents)
	}
	for _, x := range r.Statuses.TLSRoutes {
		parents("TLSRoute", x.Name, x.Status.Parents)
	}
	for _, x := range r.Statuses.TCPRoutes {
		parents("TCPRoute", x.Name, x.Status.Parents)
	}
	for _, x := range r.Statuses.UDPRoutes {
		parents("UDPRoute", x.Name, x.Status.Parents)
	}
	for _, p := range r.Statuses.Policies {
		for _, a := range p.Status.Ancestors {
			add(fmt.Sprintf("policy %s for %s", p.Name, a.AncestorRef.Name), a.Conditions)
		}
	}
	return out
}

// expect runs a translation and looks for lines of its summary; one that begins
// with "not " must not be there.
func expect(t *testing.T, text string, want ...string) Result {
	t.Helper()
	r := Translate(decode(t, base+text))
	got := summary(&r)
	for _, line := range want {
		line, absent := strings.CutPrefix(line, "not ")
		if slices.ContainsFunc(got, func(g string) bool { return strings.HasPrefix(g, line) }) == absent {
			t.Errorf("%q: want %v in\n%s", line, !absent, strings.Join(got, "\n"))
		}
	}
	return r
}

// configOf is the configuration of the first Gateway as JSON.
func configOf(t *testing.T, r Result) (proxy.Config, string) {
	t.Helper()
	if len(r.Gateways) == 0 {
		t.Fatal("no Gateway is run")
	}
	data, err := json.Marshal(r.Gateways[0].Config)
	if err != nil {
		t.Fatal(err)
	}
	return r.Gateways[0].Config, string(data)
}
