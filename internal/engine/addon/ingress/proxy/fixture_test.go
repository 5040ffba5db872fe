package proxy_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"kubetutor/internal/engine/addon/ingress/annotation"
	"kubetutor/internal/engine/addon/ingress/model"
	"kubetutor/internal/engine/addon/ingress/proxy"
	"kubetutor/internal/engine/addon/ingress/setting"
	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/engine/transcript"
)

// world is a proxy with backends in a network, and the objects that it serves.
type world struct {
	t        testing.TB
	fabric   *fabric.Fabric
	proxy    *proxy.Proxy
	address  netip.Addr
	client   *fabric.Namespace
	access   transcript.Buffer
	errors   transcript.Buffer
	next     byte
	settings map[string]string

	services     map[string]*corev1.Service
	slices       map[string][]*discoveryv1.EndpointSlice
	secrets      map[string]*corev1.Secret
	configMaps   map[string]*corev1.ConfigMap
	certificates map[string]*model.Certificate
	ingresses    []*networkingv1.Ingress
	names        map[string]netip.Addr
	warnings     []string
	fake         *model.Certificate
	options      model.Options
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, fabric: fabric.New(), next: 10, services: map[string]*corev1.Service{}, slices: map[string][]*discoveryv1.EndpointSlice{},
		secrets: map[string]*corev1.Secret{}, configMaps: map[string]*corev1.ConfigMap{}, certificates: map[string]*model.Certificate{}, names: map[string]netip.Addr{},
		settings: map[string]string{}, fake: certificate(t, "Kubernetes Ingress Controller Fake Certificate"),
		options: model.Options{HTTPPort: 80, HTTPSPort: 443, DefaultPort: 8181, StatusPort: 10246, HealthPath: "/healthz"}}
	own := w.namespace("ingress-nginx/controller")
	w.address, w.client = own.IP(), w.namespace("shop/client")
	w.proxy = proxy.New(proxy.Options{Net: own, Access: &w.access, Errors: &w.errors, Seed: 7, PID: 33,
		Lookup: func(_ context.Context, host string) ([]netip.Addr, error) {
			if a, ok := w.names[host]; ok {
				return []netip.Addr{a}, nil
			}
			return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
		}})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		w.proxy.Shutdown(ctx)
	})
	return w
}

func (w *world) namespace(name string) *fabric.Namespace {
	w.t.Helper()
	w.next++
	n, err := w.fabric.Attach(name, netip.AddrFrom4([4]byte{10, 244, 1, w.next}))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { n.Close() })
	return n
}

// echo is what a backend of the tests says of a request.
type echo struct {
	Pod, Method, Path, Host string
	Header                  http.Header
	Body                    string
}

// serve adds a Service with pods that tell what they were asked.
func (w *world) serve(name string, pods int) {
	w.serveBy(name, pods, func(pod string) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			rw.Header().Set("Server", "echo")
			rw.Header().Set("X-Pod", pod)
			_ = json.NewEncoder(rw).Encode(echo{Pod: pod, Method: r.Method, Path: r.RequestURI, Host: r.Host, Header: r.Header, Body: string(body)})
		})
	})
}

// serveBy adds a Service shop/name, port 80 named http, whose pods listen on 8080.
func (w *world) serveBy(name string, pods int, handler func(pod string) http.Handler) {
	w.t.Helper()
	w.serveTLS(name, pods, nil, handler)
}

func (w *world) serveTLS(name string, pods int, config *tls.Config, handler func(pod string) http.Handler) {
	w.t.Helper()
	slice := w.service(name)
	for i := range pods {
		n := w.namespace(fmt.Sprintf("shop/%s-%d", name, i))
		l, err := n.Listen("tcp", ":8080")
		if err != nil {
			w.t.Fatal(err)
		}
		if config != nil {
			l = tls.NewListener(l, config)
		}
		server := &http.Server{Handler: handler(fmt.Sprintf("%s-%d", name, i)), Protocols: new(http.Protocols)}
		server.Protocols.SetHTTP1(true)
		server.Protocols.SetHTTP2(true)
		server.Protocols.SetUnencryptedHTTP2(true)
		go server.Serve(l)
		w.t.Cleanup(func() { server.Close() })
		slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{Addresses: []string{n.IP().String()}})
	}
}

// service adds a Service and its empty slice.
func (w *world) service(name string) *discoveryv1.EndpointSlice {
	key, portName, port, protocol := "shop/"+name, "http", int32(8080), corev1.ProtocolTCP
	w.services[key] = &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name},
		Spec: corev1.ServiceSpec{ClusterIP: "10.96.0.77", Ports: []corev1.ServicePort{{Name: portName, Port: 80, TargetPort: intstr.FromInt32(8080)}}}}
	slice := &discoveryv1.EndpointSlice{Ports: []discoveryv1.EndpointPort{{Name: &portName, Port: &port, Protocol: &protocol}}}
	w.slices[key] = []*discoveryv1.EndpointSlice{slice}
	return slice
}

// rule is host and path of an Ingress: "shop.example.com/app" is a Prefix,
// "=shop.example.com/app" Exact, "~shop.example.com/app" ImplementationSpecific.
func (w *world) ingress(name string, annotations map[string]string, rules ...string) *networkingv1.Ingress {
	w.t.Helper()
	ing := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: types.UID("uid-" + name), Annotations: map[string]string{},
		CreationTimestamp: metav1.Unix(int64(1_000_000+len(w.ingresses)), 0)}}
	for key, value := range annotations {
		ing.Annotations[annotation.Prefix+"/"+key] = value
	}
	for _, text := range rules {
		kind := networkingv1.PathTypePrefix
		if rest, ok := strings.CutPrefix(text, "="); ok {
			kind, text = networkingv1.PathTypeExact, rest
		} else if rest, ok := strings.CutPrefix(text, "~"); ok {
			kind, text = networkingv1.PathTypeImplementationSpecific, rest
		}
		where, service, _ := strings.Cut(text, " ")
		host, path, _ := strings.Cut(where, "/")
		ing.Spec.Rules = append(ing.Spec.Rules, networkingv1.IngressRule{Host: host, IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{
			Paths: []networkingv1.HTTPIngressPath{{Path: "/" + path, PathType: &kind, Backend: backend(service)}}}}})
	}
	w.ingresses = append(w.ingresses, ing)
	return ing
}

func backend(service string) networkingv1.IngressBackend {
	return networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: service, Port: networkingv1.ServiceBackendPort{Number: 80}}}
}

// build is the configuration of the objects.
func (w *world) build() *model.Configuration {
	w.t.Helper()
	settings, warnings := setting.Read(w.settings)
	w.warnings = warnings
	warn := func(format string, args ...any) { w.warnings = append(w.warnings, fmt.Sprintf(format, args...)) }
	parser := annotation.NewParser(annotation.Prefix, w, warn)
	source := model.Source{Service: w.Service, Slices: func(key string) []*discoveryv1.EndpointSlice { return w.slices[key] }, ConfigMap: w.ConfigMap,
		Certificate: w.certificate, Settings: &settings, Default: w.fake, Options: w.options, Warn: warn}
	for _, ing := range w.ingresses {
		config, err := parser.Parse(ing, &settings)
		if err != nil {
			w.t.Fatalf("%s: %v", ing.Name, err)
		}
		source.Ingresses = append(source.Ingresses, &model.Ingress{Ingress: ing, Config: config})
	}
	return model.Build(source)
}

// apply serves the objects.
func (w *world) apply() {
	w.t.Helper()
	if err := w.proxy.Apply(w.build()); err != nil {
		w.t.Fatal(err)
	}
}

func find[T any](in map[string]*T, key string) (*T, error) {
	if o := in[key]; o != nil {
		return o, nil
	}
	return nil, fmt.Errorf("no object matching key %q in local store", key)
}

func (w *world) Service(key string) (*corev1.Service, error)     { return find(w.services, key) }
func (w *world) Secret(key string) (*corev1.Secret, error)       { return find(w.secrets, key) }
func (w *world) ConfigMap(key string) (*corev1.ConfigMap, error) { return find(w.configMaps, key) }

func (w *world) certificate(key string) (*model.Certificate, error) {
	if c := w.certificates[key]; c != nil {
		return c, nil
	}
	return nil, fmt.Errorf("local SSL certificate %v was not found", key)
}

func (w *world) CA(key string) ([]byte, error) {
	s, err := w.Secret(key)
	if err != nil {
		return nil, err
	}
	if len(s.Data["ca.crt"]) == 0 {
		return nil, errors.New("no ca.crt")
	}
	return s.Data["ca.crt"], nil
}

// answer is an answer that has been read.
type answer struct {
	*http.Response
	text string
	echo echo
}

// transport dials the proxy, whatever the URL's host is.
func (w *world) transport(config *tls.Config) *http.Transport {
	return &http.Transport{DisableCompression: true, TLSClientConfig: config, ForceAttemptHTTP2: config != nil,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			_, port, _ := net.SplitHostPort(address)
			return w.client.Dial(ctx, network, net.JoinHostPort(w.address.String(), port))
		}}
}

// get asks for a URL; headers are "Name: value".
func (w *world) get(url string, headers ...string) answer {
	w.t.Helper()
	return w.do(http.MethodGet, url, nil, headers...)
}

func (w *world) do(method, url string, body io.Reader, headers ...string) answer {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, url, body)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			r.Host = value
			continue
		}
		r.Header.Add(name, value)
	}
	return w.send(r)
}

func (w *world) send(r *http.Request) answer {
	w.t.Helper()
	transport := w.transport(&tls.Config{InsecureSkipVerify: true})
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(r)
	if err != nil {
		w.t.Fatalf("%s %s: %v\n%s", r.Method, r.URL, err, w.errors.String())
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	a := answer{Response: resp, text: string(text)}
	_ = json.Unmarshal(text, &a.echo)
	return a
}

// certificate makes one for names, signed by itself.
func certificate(t testing.TB, names ...string) *model.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: names[0]}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().AddDate(1, 0, 0), DNSNames: names, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha1.Sum(der)
	return &model.Certificate{Names: names, SHA: hex.EncodeToString(sum[:]), Leaf: leaf, TLS: &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}}
}
