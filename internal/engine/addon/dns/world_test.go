package dns_test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	mdns "github.com/miekg/dns"
	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"

	"kubetutor/internal/engine/addon/dns"
	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/engine/kernel"
	"kubetutor/internal/engine/transcript"
)

const patience = 10 * time.Second

// apiAddress is where the fake API server is in the network.
const apiAddress = "10.96.0.1:443"

// world is a network with an API server that has a few objects, and a client.
type world struct {
	t      testing.TB
	fabric *fabric.Fabric
	client *fabric.Namespace
	api    *api
	ca     []byte
}

func newWorld(t testing.TB, objects ...runtime.Object) *world {
	t.Helper()
	w := &world{t: t, fabric: fabric.New(), api: &api{lists: map[string][]runtime.Object{}, watchers: map[chan event]string{}}}
	for _, o := range objects {
		w.api.lists[pathOf(o)] = append(w.api.lists[pathOf(o)], named(t, o))
	}
	at, err := w.fabric.Attach("api", netip.MustParseAddrPort(apiAddress).Addr())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(w.api)
	server.Listener.Close()
	if server.Listener, err = at.Listen("tcp", apiAddress); err != nil {
		t.Fatal(err)
	}
	server.StartTLS()
	w.ca = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if w.client, err = w.fabric.Attach("client", netip.MustParseAddr("10.244.1.2")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.api.close(); server.CloseClientConnections(); server.Close(); at.Close(); w.client.Close() })
	return w
}

// named gives an object the name of its kind, which watches need.
func named(t testing.TB, o runtime.Object) runtime.Object {
	t.Helper()
	kinds, _, err := scheme.Scheme.ObjectKinds(o)
	if err != nil {
		t.Fatal(err)
	}
	o.GetObjectKind().SetGroupVersionKind(kinds[0])
	return o
}

// event is what a watcher is told.
type event struct {
	kind   string
	object runtime.Object
}

// api is the part of an API server that CoreDNS uses: lists and watches.
type api struct {
	mu       sync.Mutex
	lists    map[string][]runtime.Object
	watchers map[chan event]string
	refuse   bool
	closed   bool
}

// pathOf is where objects of a kind are.
func pathOf(o runtime.Object) string {
	switch o.(type) {
	case *core.Service:
		return "/api/v1/services"
	case *core.Namespace:
		return "/api/v1/namespaces"
	case *core.Pod:
		return "/api/v1/pods"
	case *discovery.EndpointSlice:
		return "/apis/discovery.k8s.io/v1/endpointslices"
	}
	panic(fmt.Sprintf("no path for %T", o))
}

func (a *api) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	for c := range a.watchers {
		close(c)
	}
	a.watchers = nil
}

// awaitWatchers waits until so many lists are watched.
func (a *api) awaitWatchers(n int) {
	for {
		a.mu.Lock()
		there := len(a.watchers)
		a.mu.Unlock()
		if there >= n {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// tell tells watchers of an object.
func (a *api) tell(kind string, o runtime.Object) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for c, path := range a.watchers {
		if path == pathOf(o) {
			c <- event{kind, o}
		}
	}
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if a.refused() || r.Header.Get("Authorization") != "Bearer token" {
		w.WriteHeader(http.StatusForbidden)
		_ = json.NewEncoder(w).Encode(meta.Status{TypeMeta: meta.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: "Failure", Code: 403, Reason: "Forbidden",
			Message: "services is forbidden: User \"system:serviceaccount:kube-system:coredns\" cannot list resource \"services\""})
		return
	}
	if r.URL.Query().Get("watch") == "" {
		a.mu.Lock()
		defer a.mu.Unlock()
		_ = json.NewEncoder(w).Encode(map[string]any{"kind": listKind(r.URL.Path), "apiVersion": strings.TrimPrefix(strings.TrimPrefix(path.Dir(r.URL.Path), "/apis/"), "/api/"), "metadata": map[string]string{"resourceVersion": "1"}, "items": a.lists[r.URL.Path]})
		return
	}
	if r.URL.Query().Get("sendInitialEvents") == "true" {
		w.WriteHeader(http.StatusUnprocessableEntity) // as a server without the feature WatchList
		_ = json.NewEncoder(w).Encode(meta.Status{TypeMeta: meta.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: "Failure", Code: 422, Reason: "Invalid"})
		return
	}
	a.watch(w, r)
}

// listKind is the kind of a list.
func listKind(of string) string {
	return map[string]string{"services": "ServiceList", "namespaces": "NamespaceList", "pods": "PodList", "endpointslices": "EndpointSliceList"}[path.Base(of)]
}

func (a *api) refused() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.refuse
}

func (a *api) watch(w http.ResponseWriter, r *http.Request) {
	c := make(chan event, 100)
	a.mu.Lock()
	if a.closed {
		a.mu.Unlock()
		return
	}
	a.watchers[c] = r.URL.Path
	a.mu.Unlock()
	w.(http.Flusher).Flush()
	for {
		select {
		case e, ok := <-c:
			if !ok {
				return
			}
			_ = json.NewEncoder(w).Encode(map[string]any{"type": e.kind, "object": e.object})
			w.(http.Flusher).Flush()
		case <-r.Context().Done():
			a.mu.Lock()
			delete(a.watchers, c)
			a.mu.Unlock()
			return
		}
	}
}

// coredns is a running program.
type coredns struct {
	*kernel.Container
	w    *world
	net  *fabric.Namespace
	main *kernel.Process
	out  transcript.Buffer
}

// run starts CoreDNS in a container at an address.
func (w *world) run(ip, corefile string, files ...string) *coredns {
	w.t.Helper()
	tree := kernel.NewTree()
	tree.File("/coredns", kernel.Executable("coredns"), 0o755, 0, 0)
	const account = "/var/run/secrets/kubernetes.io/serviceaccount/"
	content := map[string]string{
		"/etc/coredns/Corefile": corefile, "/etc/resolv.conf": "nameserver 172.30.0.1\n",
		"/etc/hosts": "127.0.0.1 localhost\n10.96.0.1 example.com\n", account + "token": "token", account + "ca.crt": string(w.ca), account + "namespace": "kube-system",
	}
	for i := 0; i+1 < len(files); i += 2 {
		content[files[i]] = files[i+1]
	}
	for name, text := range content {
		tree.File(name, []byte(text), 0o644, 0, 0)
	}
	ns, err := w.fabric.Attach(ip, netip.MustParseAddr(ip))
	if err != nil {
		w.t.Fatal(err)
	}
	c := &coredns{w: w, net: ns}
	c.Container, err = kernel.New(kernel.Config{ID: fmt.Sprintf("id-%s-%d", ip, rand.Int64()), Hostname: "coredns", Image: tree, Net: ns, Programs: kernel.Programs{"coredns": dns.Program}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { c.Close(); ns.Close() })
	c.main, err = c.Start(kernel.Spec{Args: []string{"/coredns", "-conf", "/etc/coredns/Corefile"}, Stdout: &c.out, Stderr: &c.out,
		Env: []string{"KUBERNETES_SERVICE_HOST=example.com" /* as the certificate of package httptest says */, "KUBERNETES_SERVICE_PORT=443", "ZONE=from.env", "TRICK={$HOME}"}})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// up waits until the program serves.
func (c *coredns) up() *coredns {
	c.w.t.Helper()
	c.says("CoreDNS-1.15.0\nlinux/")
	return c
}

// says waits for a text in the log.
func (c *coredns) says(what string) {
	c.w.t.Helper()
	c.eventually("it says "+what, func() bool { return strings.Contains(c.out.String(), what) })
}

func (c *coredns) eventually(what string, holds func() bool) {
	c.w.t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			c.w.t.Fatalf("not within %v: %s\n%s", patience, what, c.out.String())
		}
	}
}

// ends waits for the end and returns the exit status.
func (c *coredns) ends() int {
	c.w.t.Helper()
	ctx, cancel := context.WithTimeout(c.w.t.Context(), patience)
	defer cancel()
	status, err := c.main.Wait(ctx)
	if err != nil {
		c.w.t.Fatalf("it does not end: %v\n%s", err, c.out.String())
	}
	return status.ExitCode()
}

// write changes the Corefile.
func (c *coredns) write(corefile string) {
	c.w.t.Helper()
	if err := c.FS().WriteFile("/etc/coredns/Corefile", []byte(corefile), 0o644); err != nil {
		c.w.t.Fatal(err)
	}
}

// ask sends a question over UDP, from the client.
func (c *coredns) ask(name string, kind uint16) *mdns.Msg {
	c.w.t.Helper()
	m, err := c.query("udp", name, kind)
	if err != nil {
		c.w.t.Fatalf("asking for %s: %v\n%s", name, err, c.out.String())
	}
	return m
}

func (c *coredns) query(network, name string, kind uint16) (*mdns.Msg, error) {
	ctx, cancel := context.WithTimeout(c.w.t.Context(), patience)
	defer cancel()
	conn, err := c.w.client.Dial(ctx, network, netip.AddrPortFrom(c.net.IP(), 53).String())
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	m, _, err := (&mdns.Client{Net: network, Timeout: patience}).ExchangeWithConn(new(mdns.Msg).SetQuestion(mdns.Fqdn(name), kind), &mdns.Conn{Conn: conn})
	return m, err
}

// answers are the records of an answer as text, without their TTL, and how it ended.
func answers(m *mdns.Msg) string {
	var list []string
	for _, rr := range m.Answer {
		rr.Header().Ttl = 0
		list = append(list, strings.Join(strings.Fields(rr.String()), " "))
	}
	return mdns.RcodeToString[m.Rcode] + " " + strings.Join(list, "; ")
}
