package model_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"kubetutor/internal/engine/addon/ingress/annotation"
	"kubetutor/internal/engine/addon/ingress/model"
	"kubetutor/internal/engine/addon/ingress/setting"
)

// cluster is what Ingresses of the tests name: Services shop/a and shop/b with two
// ports, one of which has another number in its pods.
type cluster struct {
	services  map[string]*corev1.Service
	slices    map[string][]*discoveryv1.EndpointSlice
	ingresses []*model.Ingress
	warnings  []string
	options   model.Options
}

func newCluster() *cluster {
	c := &cluster{services: map[string]*corev1.Service{}, slices: map[string][]*discoveryv1.EndpointSlice{}, options: model.Options{DefaultPort: 8181}}
	for i, name := range []string{"a", "b"} {
		c.services["shop/"+name] = &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name},
			Spec: corev1.ServiceSpec{ClusterIP: fmt.Sprintf("10.96.0.%d", 10+i), Ports: []corev1.ServicePort{
				{Name: "http", Port: 80, TargetPort: intstr.FromInt32(8080)}, {Name: "admin", Port: 81, TargetPort: intstr.FromString("admin")}}}}
		c.slices["shop/"+name] = []*discoveryv1.EndpointSlice{{Ports: []discoveryv1.EndpointPort{port("http", 8080), port("admin", 9000)}, Endpoints: []discoveryv1.Endpoint{
			{Addresses: []string{fmt.Sprintf("10.244.%d.2", i)}}, {Addresses: []string{fmt.Sprintf("10.244.%d.3", i)},
				Conditions: discoveryv1.EndpointConditions{Ready: new(bool)}}}}}
	}
	return c
}

func port(name string, number int32) discoveryv1.EndpointPort {
	protocol := corev1.ProtocolTCP
	return discoveryv1.EndpointPort{Name: &name, Port: &number, Protocol: &protocol}
}

func (c *cluster) service(key string) (*corev1.Service, error) {
	if s := c.services[key]; s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("no object matching key %q in local store", key)
}

// add adds an Ingress with one rule.
func (c *cluster) add(name, host, path string, kind networkingv1.PathType, service string, port networkingv1.ServiceBackendPort, config annotation.Config) *model.Ingress {
	ing := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, CreationTimestamp: metav1.Unix(int64(len(c.ingresses)), 0)}}
	ing.Spec.Rules = []networkingv1.IngressRule{{Host: host,
		IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{Paths: []networkingv1.HTTPIngressPath{
			{Path: path, PathType: &kind, Backend: networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: service, Port: port}}}}}}}}
	m := &model.Ingress{Ingress: ing, Config: &config}
	c.ingresses = append(c.ingresses, m)
	return m
}

func (c *cluster) build() *model.Configuration {
	s := setting.Default()
	return model.Build(model.Source{Ingresses: c.ingresses, Service: c.service, Slices: func(key string) []*discoveryv1.EndpointSlice { return c.slices[key] }, Settings: &s,
		Certificate: func(key string) (*model.Certificate, error) {
			return nil, fmt.Errorf("local SSL certificate %v was not found", key)
		},
		ConfigMap: func(key string) (*corev1.ConfigMap, error) { return nil, fmt.Errorf("no %s", key) },
		Default:   &model.Certificate{}, Options: c.options, Warn: func(format string, args ...any) { c.warnings = append(c.warnings, fmt.Sprintf(format, args...)) }})
}

// order is the locations of a host as nginx.conf has them.
func order(c *model.Configuration, host string) (list []string) {
	for _, s := range c.Servers {
		if s.Name != host {
			continue
		}
		for _, l := range s.Locations {
			text := l.Path + " " + l.Upstream
			if l.Type == networkingv1.PathTypeExact {
				text = "= " + text
			}
			list = append(list, text)
		}
	}
	return list
}

func number(n int32) networkingv1.ServiceBackendPort {
	return networkingv1.ServiceBackendPort{Number: n}
}

const (
	exact  = networkingv1.PathTypeExact
	prefix = networkingv1.PathTypePrefix
)

func TestOrder(t *testing.T) {
	t.Parallel()
	c := newCluster()
	for i, path := range []string{"/a", "/app/page", "/app", "/zoo"} {
		c.add(fmt.Sprint("i", i), "h", path, prefix, "a", number(80), annotation.Config{})
	}
	c.add("exact", "h", "/app", exact, "b", number(80), annotation.Config{})
	c.add("older wins", "h", "/zoo", prefix, "b", number(80), annotation.Config{})
	want := []string{"/app/page/ shop-a-80", "= /app/page shop-a-80", "/zoo/ shop-a-80", "= /zoo shop-a-80", "/app/ shop-a-80", "= /app shop-b-80",
		"/a/ shop-a-80", "= /a shop-a-80",
		"/ upstream-default-backend"}
	if got := order(c.build(), "h"); !reflect.DeepEqual(got, want) {
		t.Errorf("%q\nwant\n%q", got, want)
	}
	c.ingresses[0].Config.Rewrite.UseRegex = true
	if got := order(c.build(), "h"); got[len(got)-2] != "/a shop-a-80" {
		t.Errorf("an expression is changed: %q", got)
	}
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		port   networkingv1.ServiceBackendPort
		config annotation.Config
		change func(*cluster)
		want   []model.Endpoint
	}{
		{name: "by number", port: number(80), want: []model.Endpoint{{Address: "10.244.0.2", Port: "8080"}}},
		{name: "by name", port: networkingv1.ServiceBackendPort{Name: "admin"}, want: []model.Endpoint{{Address: "10.244.0.2", Port: "9000"}}},
		{name: "by what it is forwarded to", port: number(8080), want: []model.Endpoint{{Address: "10.244.0.2", Port: "8080"}}},
		{name: "that is not there", port: number(82)},
		{name: "the Service itself", port: number(80), config: annotation.Config{ServiceUpstream: true}, want: []model.Endpoint{{Address: "10.96.0.10", Port: "80"}}},
		{name: "a name elsewhere", port: number(80), change: func(c *cluster) {
			s := c.services["shop/a"]
			s.Spec.Type, s.Spec.ExternalName, s.Spec.Ports = corev1.ServiceTypeExternalName, "db.example.com", nil
		}, want: []model.Endpoint{{Address: "db.example.com", Port: "80"}}},
		{name: "oneself", port: number(80), change: func(c *cluster) {
			s := c.services["shop/a"]
			s.Spec.Type, s.Spec.ExternalName = corev1.ServiceTypeExternalName, "127.0.0.1"
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := newCluster()
			if tc.change != nil {
				tc.change(c)
			}
			c.add("i", "h", "/", prefix, "a", tc.port, tc.config)
			port := tc.port.Name
			if port == "" {
				port = fmt.Sprint(tc.port.Number)
			}
			if got := c.build().Upstreams["shop-a-"+port].Endpoints; !reflect.DeepEqual(got, tc.want) {
				t.Errorf("%v, want %v, warnings %q", got, tc.want, c.warnings)
			}
		})
	}
}

func TestOverlap(t *testing.T) {
	t.Parallel()
	canary := func(ing *networkingv1.Ingress) (value, set bool) {
		text, set := ing.Annotations["canary"]
		return text == "true", set
	}
	for _, tc := range []struct{ name, host, path, first, second, want string }{
		{"twice", "h", "/app", "", "", `host "h" and path "/app" is already defined in ingress shop/first`},
		{"without a host", "", "/app", "", "", `host "_" and path "/app" is already defined in ingress shop/first`},
		{"elsewhere", "other", "/app", "", "", ""},
		{"another path", "h", "/other", "", "", ""},
		{"a canary", "h", "/app", "", "true", ""},
		{"a canary that is none", "h", "/app", "", "false", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := newCluster()
			host := "h"
			if tc.host == "" {
				host = ""
			}
			c.add("first", host, "/app", prefix, "a", number(80), annotation.Config{})
			second := c.add("second", tc.host, tc.path, prefix, "b", number(80), annotation.Config{Canary: annotation.Canary{Enabled: tc.second == "true"}})
			if tc.second != "" {
				second.Annotations = map[string]string{"canary": tc.second}
			}
			got := ""
			if err := c.build().Overlap(second.Ingress, canary); err != nil {
				got = err.Error()
			}
			if got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

func TestPathTypes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		path string
		kind networkingv1.PathType
		ok   bool
	}{{"/v1(/|$)(.*)", exact, false}, {"/v1(/|$)(.*)", prefix, false}, {"/v1(/|$)(.*)", networkingv1.PathTypeImplementationSpecific, true},
		{"/a-b_c.d/E1", prefix, true}, {"/a b", exact, false}} {
		c := newCluster()
		err := model.CheckPathTypes(c.add("i", "h", tc.path, tc.kind, "a", number(80), annotation.Config{}).Ingress)
		if (err == nil) != tc.ok || err != nil && err.Error() != fmt.Sprintf("path %s cannot be used with pathType %s", tc.path, tc.kind) {
			t.Errorf("%s %s: %v", tc.kind, tc.path, err)
		}
	}
}

func TestInspect(t *testing.T) {
	t.Parallel()
	for path, ok := range map[string]bool{"/app": true, "/x{root /etc;}": false, "/etc/passwd": false, "/a_by_lua": false, "/var/run/secrets/x": false} {
		c := newCluster()
		if err := model.Inspect(c.add("i", "h", path, prefix, "a", number(80), annotation.Config{}).Ingress); (err == nil) != ok {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestStreams(t *testing.T) {
	t.Parallel()
	c := newCluster()
	c.options.HTTPPort = 80
	c.options.TCPServices = map[string]string{"9000": "shop/a:admin", "80": "shop/a:80", "x": "shop/a:80", "9001": "shop/none:80", "9002": "shop"}
	streams := c.build().Streams
	if len(streams) != 1 || streams[0].Port != 9000 || streams[0].Upstream.Name != "tcp-shop-a-admin" || streams[0].Upstream.Endpoints[0].Port != "9000" {
		t.Errorf("%+v", streams)
	}
	for _, want := range []string{"Port 80 cannot be used for TCP stream services. It is reserved for the Ingress controller.", `"x" is not a valid TCP port number`,
		`Error getting Service "shop/none"`, `Invalid Service reference "shop" for TCP port 9002`} {
		if !strings.Contains(strings.Join(c.warnings, "\n"), want) {
			t.Errorf("no warning %q in %q", want, c.warnings)
		}
	}
}
