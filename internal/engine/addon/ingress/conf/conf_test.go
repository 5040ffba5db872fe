package conf_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kubetutor/internal/engine/addon/ingress/annotation"
	"kubetutor/internal/engine/addon/ingress/conf"
	"kubetutor/internal/engine/addon/ingress/model"
	"kubetutor/internal/engine/addon/ingress/setting"
)

// written is nginx.conf of one Ingress with these annotations, for /app and *.w.
func written(t *testing.T, config annotation.Config) string {
	t.Helper()
	kind := networkingv1.PathTypePrefix
	path := []networkingv1.HTTPIngressPath{{Path: "/app", PathType: &kind,
		Backend: networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: "web", Port: networkingv1.ServiceBackendPort{Number: 80}}}}}
	ing := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "one"}}
	for _, host := range []string{"a.example.com", "*.w.example.com"} {
		ing.Spec.Rules = append(ing.Spec.Rules, networkingv1.IngressRule{Host: host,
			IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{Paths: path}}})
	}
	s := setting.Default()
	c := model.Build(model.Source{Ingresses: []*model.Ingress{{Ingress: ing, Config: &config}}, Settings: &s, Default: &model.Certificate{}, Warn: func(string, ...any) {},
		Service: func(string) (*corev1.Service, error) { return &corev1.Service{}, nil }, Slices: func(string) []*discoveryv1.EndpointSlice { return nil },
		Options: model.Options{HTTPPort: 80, HTTPSPort: 443, DefaultPort: 8181, HealthPath: "/healthz"}})
	text, err := conf.New().Write(c, "17")
	if err != nil {
		t.Fatal(err)
	}
	if open, closed := strings.Count(string(text), "{"), strings.Count(string(text), "}"); open != closed {
		t.Errorf("%d braces are opened and %d closed", open, closed)
	}
	return string(text)
}

func TestWrite(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		config annotation.Config
		want   []string
	}{
		{annotation.Config{}, []string{"# Configuration checksum: 17", "\t## start server a.example.com\n", `server_name "a.example.com" ;`,
			`location "/app/" {`, `location = "/app" {`, `location "/" {`,
			`server_name "~^(?<subdomain>[\\w-]+)\\.w\\.example\\.com$" ;`, "\t\t\tset $namespace      \"shop\";", `set $service_name   "web";`,
			`set $proxy_upstream_name "shop-web-80";`,
			"proxy_pass http://upstream_balancer;", "listen 8181 default_server"}},
		{annotation.Config{Rewrite: annotation.Rewrite{Target: "/$2"}}, []string{`location ~* "^/app" {`, `rewrite "(?i)/app" /$2 break;`, `location ~* "^/" {`}},
		{annotation.Config{BackendProtocol: "GRPC"}, []string{"grpc_pass grpc://upstream_balancer;", "grpc_set_header Host"}},
		{annotation.Config{Denied: "no secret"}, []string{`# Location denied. Reason: "no secret"`, "return 503;"}},
		{annotation.Config{Allow: []string{"10.0.0.0/8"}}, []string{"allow 10.0.0.0/8;", "deny all;"}},
		{annotation.Config{RateLimit: annotation.RateLimit{ID: "x", PerSecond: annotation.Zone{Name: "z_rps", Limit: 5, Burst: 25}}},
			[]string{"limit_req_zone $limit_x zone=z_rps:5m rate=5r/s;", "limit_req zone=z_rps burst=25 nodelay;"}},
		{annotation.Config{Redirect: annotation.Redirect{URL: "https://b.example.com", Code: 301}}, []string{"return 301 https://b.example.com;"}},
		{annotation.Config{CustomHTTPErrors: []int{404}}, []string{"error_page 404 = @custom_upstream-default-backend_404;",
			"location @custom_upstream-default-backend_404 {"}},
		{annotation.Config{Proxy: annotation.Proxy{NextUpstream: "non_idempotent error"}}, []string{"proxy_next_upstream                     error non_idempotent;"}},
		{annotation.Config{CORS: annotation.CORS{Enabled: true, Origins: []string{"https://*.b.example"}}},
			[]string{`if ($http_origin ~* ((https://[A-Za-z0-9\-]+\.b\.example))$ ) { set $cors 'true'; }`}},
	} {
		text := written(t, tc.config)
		for _, want := range tc.want {
			if !strings.Contains(text, want) {
				t.Errorf("%+v: there is no %q", tc.config, want)
			}
		}
	}
}
