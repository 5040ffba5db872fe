package nodes

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/engine/enginetest"
)

// TestGateway brings the Gateway API with a lab, and routes: by weights, headers,
// over TLS, and into another namespace as soon as that allows it.
func TestGateway(t *testing.T) {
	t.Parallel()
	e, s := runningCluster(t, course.ProfileNodes)
	e.StartLab(gatewayLab(t), 1)
	s.Must("kubectl wait --for=condition=Programmed gateway/web --timeout=60s")
	address := netip.MustParseAddr(s.Must("kubectl get gateway web -o jsonpath='{.status.addresses[0].value}'"))
	s.Must("kubectl wait --for=condition=Ready pod --all -n shop --timeout=60s; kubectl wait --for=condition=Ready pod --all -n other --timeout=60s")
	for _, p := range []part{
		{"weights", func(t *testing.T, s enginetest.Shell) { splits(t, s, address) }},
		{"headers", func(t *testing.T, s enginetest.Shell) {
			answers(t, s, fmt.Sprintf("-H 'X-Canary: always' http://%s/", address), "version v2")
		}},
		{"TLS", func(t *testing.T, s enginetest.Shell) {
			answers(t, s, fmt.Sprintf("-k --resolve shop.example.com:443:%s https://shop.example.com/", address), "version v1")
		}},
		{"another namespace", func(t *testing.T, s enginetest.Shell) { crossesNamespaces(t, s, address) }},
		{"routes that change", func(t *testing.T, s enginetest.Shell) { followsRoutes(t, s, address) }},
	} {
		t.Run(p.name, func(t *testing.T) { p.does(t, s.For(t)) })
	}
}

// inside runs curl in the Pod client.
func inside(s enginetest.Shell, args string) string {
	said, _ := s.Try("kubectl exec client -- curl -s --max-time 5 " + args)
	return said
}

// answers waits until an address answers so.
func answers(t *testing.T, s enginetest.Shell, args, want string) {
	t.Helper()
	var said string
	s.Engine.Await("curl "+args+" to say "+want, func() bool {
		said = inside(s, args)
		return strings.Contains(said, want)
	})
}

// splits: of a hundred requests ten go to the canary, but for two.
func splits(t *testing.T, s enginetest.Shell, address netip.Addr) {
	answers(t, s, fmt.Sprintf("http://%s/", address), "version v")
	said := s.Must(fmt.Sprintf("kubectl exec client -- sh -c 'for i in $(seq 100); do curl -s --max-time 5 http://%s/; done'", address))
	if v1, v2 := strings.Count(said, "version v1"), strings.Count(said, "version v2"); v1+v2 != 100 || v2 < 8 || v2 > 12 {
		t.Errorf("of 100 requests %d went to v1 and %d to v2", v1, v2)
	}
}

// crossesNamespaces: a Service of another namespace is used when a ReferenceGrant
// there allows it, and no longer than that.
func crossesNamespaces(t *testing.T, s enginetest.Shell, address netip.Addr) {
	url := fmt.Sprintf("-w %%{http_code} http://%s/other", address)
	reason := "kubectl wait --timeout=20s httproute/other --for=jsonpath='{.status.parents[0].conditions[?(@.type==\"ResolvedRefs\")].reason}'="
	s.Must(reason + "RefNotPermitted")
	answers(t, s, url, "500")
	s.Must(`kubectl apply -f - <<'Y'
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: shop, namespace: other}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}]
  to: [{group: "", kind: Service}]
Y
`)
	s.Must(reason + "ResolvedRefs")
	answers(t, s, url, "version v3")
	s.Must("kubectl delete referencegrant shop -n other")
	answers(t, s, url, "500")
}

// followsRoutes: what is written of a route is done soon after.
func followsRoutes(t *testing.T, s enginetest.Shell, address netip.Addr) {
	s.Must(`kubectl patch httproute web --type=json -p '[{"op": "replace", "path": "/spec/rules/1/backendRefs/0/weight", "value": 0}]'`)
	began := time.Now()
	s.Engine.Await("v1 to get nothing any more", func() bool {
		said := inside(s, fmt.Sprintf("http://%s/ http://%[1]s/ http://%[1]s/", address))
		return strings.Count(said, "version v2") == 3
	})
	t.Logf("a route was followed within %v", time.Since(began).Round(time.Millisecond))
}

// gatewayLab has a Gateway with two listeners, two versions of an application, and
// one in another namespace.
func gatewayLab(t *testing.T) *course.Lab {
	l := enginetest.SettingsLab()
	l.ID, l.Scope, l.Namespace, l.Profile, l.AddOns = "gateway", "cluster", "shop", course.ProfileNodes, []string{"gateway"}
	l.Files["setup.yaml"] += "---\n{apiVersion: v1, kind: Namespace, metadata: {name: other}}\n" + app("shop", "v1") + app("shop", "v2") + app("other", "v3") + tlsSecret(t) + `---
apiVersion: v1
kind: Pod
metadata: {name: client, namespace: shop}
spec: {containers: [{name: c, image: "` + agnhost + `"}], terminationGracePeriodSeconds: 0}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: kubetutor
  listeners:
  - {name: http, port: 80, protocol: HTTP}
  - {name: https, port: 443, protocol: HTTPS, hostname: shop.example.com, tls: {certificateRefs: [{name: pair}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: web}]
  rules:
  - matches: [{headers: [{name: X-Canary, value: always}]}]
    backendRefs: [{name: v2, port: 80}]
  - backendRefs: [{name: v1, port: 80, weight: 90}, {name: v2, port: 80, weight: 10}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: other, namespace: shop}
spec:
  parentRefs: [{name: web}]
  rules: [{matches: [{path: {value: /other}}], backendRefs: [{name: v3, namespace: other, port: 80}]}]
`
	return l
}

// tlsSecret is the Secret pair, with a certificate that signed itself.
func tlsSecret(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"shop.example.com"}, NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("---\n{apiVersion: v1, kind: Secret, metadata: {name: pair, namespace: shop}, type: kubernetes.io/tls, stringData: {tls.crt: %q, tls.key: %q}}\n",
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}

// app is an application that says its version, and its Service.
func app(namespace, version string) string {
	return fmt.Sprintf(`---
apiVersion: v1
kind: Pod
metadata: {name: %[2]s, namespace: %[1]s, labels: {app: %[2]s}}
spec: {containers: [{name: c, image: "hashicorp/http-echo:1.0.0", args: ["-text=version %[2]s", "-listen=:8080"]}], terminationGracePeriodSeconds: 0}
---
apiVersion: v1
kind: Service
metadata: {name: %[2]s, namespace: %[1]s}
spec: {selector: {app: %[2]s}, ports: [{port: 80, targetPort: 8080}]}
`, namespace, version)
}
