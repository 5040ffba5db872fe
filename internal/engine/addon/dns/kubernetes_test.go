package dns_test

import (
	"strings"
	"testing"

	mdns "github.com/miekg/dns"
	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"kubetutor/assets/addons"
)

// shipped is the Corefile of the manifest.
func shipped(t testing.TB) string {
	t.Helper()
	manifest, err := addons.Manifest("coredns")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(manifest), "  Corefile: |\n")
	text, _, _ = strings.Cut(text, "---")
	return strings.ReplaceAll(text, "\n    ", "\n")
}

func object(namespace, name string) meta.ObjectMeta {
	return meta.ObjectMeta{Namespace: namespace, Name: name, ResourceVersion: "1"}
}

func service(name, ip string, ports ...core.ServicePort) *core.Service {
	return &core.Service{ObjectMeta: object("shop", name), Spec: core.ServiceSpec{ClusterIP: ip, ClusterIPs: []string{ip}, Ports: ports}}
}

func slice(service string, ports []discovery.EndpointPort, endpoints ...discovery.Endpoint) *discovery.EndpointSlice {
	s := &discovery.EndpointSlice{ObjectMeta: object("shop", service+"-x"), AddressType: discovery.AddressTypeIPv4, Endpoints: endpoints, Ports: ports}
	s.Labels = map[string]string{discovery.LabelServiceName: service}
	return s
}

func endpoint(ip, hostname string, ready bool) discovery.Endpoint {
	e := discovery.Endpoint{Addresses: []string{ip}, Conditions: discovery.EndpointConditions{Ready: &ready}}
	if hostname != "" {
		e.Hostname = &hostname
	}
	return e
}

// shop are a few Services of every kind.
func shop() []runtime.Object {
	web, number, tcp := "http", int32(8080), core.ProtocolTCP
	ports := []discovery.EndpointPort{{Name: &web, Port: &number, Protocol: &tcp}}
	pending := service("pending", "None", core.ServicePort{Name: web, Port: 80, Protocol: tcp})
	pending.Spec.PublishNotReadyAddresses = true
	return []runtime.Object{
		&core.Namespace{ObjectMeta: object("", "shop")}, &core.Namespace{ObjectMeta: object("", "default")},
		service("web", "10.96.3.4", core.ServicePort{Name: web, Port: 80, Protocol: tcp}),
		service("db", "None", core.ServicePort{Name: web, Port: 8080, Protocol: tcp}), pending,
		&core.Service{ObjectMeta: object("shop", "out"), Spec: core.ServiceSpec{Type: core.ServiceTypeExternalName, ExternalName: "web.shop.svc.cluster.local"}},
		slice("web", ports, endpoint("10.244.2.3", "", true)),
		slice("db", ports, endpoint("10.244.1.7", "db-0", true), endpoint("10.244.2.7", "db-1", true), endpoint("10.244.3.7", "db-2", false)),
		slice("pending", ports, endpoint("10.244.3.8", "", true)),
	}
}

// TestSpecification asks for everything that Kubernetes' DNS specification has.
func TestSpecification(t *testing.T) {
	t.Parallel()
	w := newWorld(t, shop()...)
	c := w.run("10.244.1.10", shipped(t)).up()
	for _, test := range []struct {
		name string
		kind uint16
		want string
	}{
		{"web.shop.svc.cluster.local", mdns.TypeA, "NOERROR web.shop.svc.cluster.local. 0 IN A 10.96.3.4"},
		{"WEB.shop.svc.cluster.local", mdns.TypeA, "NOERROR WEB.shop.svc.cluster.local. 0 IN A 10.96.3.4"},
		{"web.shop.svc.cluster.local", mdns.TypeAAAA, "NOERROR "},
		{"_http._tcp.web.shop.svc.cluster.local", mdns.TypeSRV, "NOERROR _http._tcp.web.shop.svc.cluster.local. 0 IN SRV 0 100 80 web.shop.svc.cluster.local."},
		{"db-1.db.shop.svc.cluster.local", mdns.TypeA, "NOERROR db-1.db.shop.svc.cluster.local. 0 IN A 10.244.2.7"},
		{"db-2.db.shop.svc.cluster.local", mdns.TypeA, "NXDOMAIN "},
		{"pending.shop.svc.cluster.local", mdns.TypeA, "NOERROR pending.shop.svc.cluster.local. 0 IN A 10.244.3.8"},
		{"out.shop.svc.cluster.local", mdns.TypeA, "NOERROR out.shop.svc.cluster.local. 0 IN CNAME web.shop.svc.cluster.local.; web.shop.svc.cluster.local. 0 IN A 10.96.3.4"},
		{"10-244-1-7.shop.pod.cluster.local", mdns.TypeA, "NOERROR 10-244-1-7.shop.pod.cluster.local. 0 IN A 10.244.1.7"},
		{"4.3.96.10.in-addr.arpa", mdns.TypePTR, "NOERROR 4.3.96.10.in-addr.arpa. 0 IN PTR web.shop.svc.cluster.local."},
		{"7.1.244.10.in-addr.arpa", mdns.TypePTR, "NOERROR 7.1.244.10.in-addr.arpa. 0 IN PTR db-0.db.shop.svc.cluster.local."},
		{"nothing.shop.svc.cluster.local", mdns.TypeA, "NXDOMAIN "},
		{"web.nothing.svc.cluster.local", mdns.TypeA, "NXDOMAIN "},
		{"shop.svc.cluster.local", mdns.TypeA, "NOERROR "},
		{"dns-version.cluster.local", mdns.TypeTXT, `NOERROR dns-version.cluster.local. 0 IN TXT "1.1.0"`},
	} {
		if got := answers(c.ask(test.name, test.kind)); got != test.want {
			t.Errorf("%s %s: %s, want %s", test.name, mdns.TypeToString[test.kind], got, test.want)
		}
	}
	headless := answers(c.ask("db.shop.svc.cluster.local", mdns.TypeA))
	if !strings.Contains(headless, "10.244.1.7") || !strings.Contains(headless, "10.244.2.7") || strings.Contains(headless, "10.244.3.7") {
		t.Errorf("a headless service: %s", headless)
	}
	if srv := c.ask("_http._tcp.db.shop.svc.cluster.local", mdns.TypeSRV); len(srv.Answer) != 2 || len(srv.Extra) != 2 {
		t.Errorf("SRV of a headless service: %v", srv)
	}
}

// TestWatch: what comes and goes in the cluster comes and goes in its names.
func TestWatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, shop()...)
	c := w.run("10.244.1.10", shipped(t)).up()
	late := service("late", "10.96.5.5", core.ServicePort{Name: "http", Port: 80, Protocol: core.ProtocolTCP})
	is := func(rcode int) func() bool {
		return func() bool { return c.ask("late.shop.svc.cluster.local", mdns.TypeA).Rcode == rcode }
	}
	w.api.awaitWatchers(3)
	w.api.tell("ADDED", named(t, late))
	c.eventually("a new Service to have a name", is(mdns.RcodeSuccess))
	w.api.tell("DELETED", late)
	c.eventually("it to lose the name", is(mdns.RcodeNameError))
}
