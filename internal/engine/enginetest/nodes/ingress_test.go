package nodes

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"kubetutor/assets/addons"
	"kubetutor/internal/course"
	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/engine/enginetest"
)

// TestIngress installs ingress-nginx as a learner does, and leads requests from
// outside of the cluster to Pods.
func TestIngress(t *testing.T) {
	t.Parallel()
	onOneCluster(t, course.ProfileNodes,
		part{"install", installsIngress},
		part{"route", routesRequests},
		part{"refuse", refusesIngresses},
		part{"canary", sharesWithCanary},
		part{"configure", configuresIngress},
	)
}

const shop = `kubectl create namespace shop
for v in v1 v2; do
kubectl -n shop create deployment $v --image=` + agnhost + ` -- /agnhost netexec --http-port=80
kubectl -n shop create service clusterip $v --tcp=80:80
done
kubectl -n shop create service clusterip empty --tcp=80:80
kubectl -n shop rollout status deployment/v1 --timeout=60s
kubectl -n shop rollout status deployment/v2 --timeout=60s
`

// installsIngress: the manifest brings a controller that is available, and a webhook
// whose certificate two Jobs have made.
func installsIngress(t *testing.T, s enginetest.Shell) {
	manifest, err := addons.Manifest("ingress-nginx")
	if err != nil {
		t.Fatal(err)
	}
	s.Must("kubectl apply -f - <<'MANIFEST'\n" + string(manifest) + "MANIFEST")
	s.Must(shop)
	s.Must("kubectl -n ingress-nginx rollout status deployment/ingress-nginx-controller --timeout=60s")
	s.Must("kubectl -n ingress-nginx wait --for=condition=Complete job --all --timeout=60s")
	if said := s.Must("kubectl -n ingress-nginx logs deployment/ingress-nginx-controller"); !strings.Contains(said, `"Backend successfully reloaded"`) {
		t.Errorf("the log is\n%s", said)
	}
}

// through asks the Ingress controller from outside of the cluster.
func through(t *testing.T, e *enginetest.Engine, host, path string, headers ...string) (status int, body string) {
	t.Helper()
	runtime := control.NewClient(filepath.Join(e.Sockets, "main", control.SocketName))
	defer runtime.Close()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return runtime.Dial(ctx, "", netip.MustParseAddrPort("172.30.200.1:80"))
	}}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequestWithContext(e.Context(), http.MethodGet, "http://"+host+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(said)
}

// routesRequests: by host and path, with an address in the status and lines in the log.
func routesRequests(t *testing.T, s enginetest.Shell) {
	s.Must(`kubectl -n shop create ingress shop --class=nginx --rule='shop.example.com/*=v1:80' --rule='exact.example.com/=v1:80' --rule='empty.example.com/*=empty:80'`)
	s.Engine.Await("an answer through the Ingress", func() bool {
		status, body := through(t, s.Engine, "shop.example.com", "/hostname")
		return status == http.StatusOK && strings.HasPrefix(body, "v1-")
	})
	for where, want := range map[string]int{"shop.example.com/any/path": 200, "exact.example.com/": 200, "exact.example.com/hostname": 404,
		"empty.example.com/": 503, "nobody.example.com/": 404} {
		host, path, _ := strings.Cut(where, "/")
		if status, body := through(t, s.Engine, host, "/"+path); status != want && !(want == 200 && status == 404 && !strings.Contains(body, "nginx")) {
			t.Errorf("%s answers %d, want %d\n%s", where, status, want, body)
		}
	}
	s.Engine.Await("an address in the status", func() bool {
		return s.Must("kubectl -n shop get ingress shop -o jsonpath='{.status.loadBalancer.ingress[0].ip}'") == "172.30.200.1"
	})
	if said := s.Must("kubectl -n shop describe ingress shop"); !strings.Contains(said, "Scheduled for sync") {
		t.Errorf("there is no event:\n%s", said)
	}
	if said := s.Must("kubectl -n ingress-nginx logs deployment/ingress-nginx-controller"); !strings.Contains(said,
		`"GET /hostname HTTP/1.1" 200 `) || !strings.Contains(said, "[shop-v1-80] []") {
		t.Errorf("the log is\n%s", said)
	}
	said := s.Must("kubectl -n ingress-nginx exec deployment/ingress-nginx-controller -- cat /etc/nginx/nginx.conf")
	if !strings.Contains(said, `server_name "shop.example.com"`) || !strings.Contains(said, `location = "/" {`) && !strings.Contains(said,
		`set $proxy_upstream_name "shop-v1-80";`) {
		t.Errorf("nginx.conf is\n%s", said)
	}
}

// refusesIngresses: the webhook says why, in the words of ingress-nginx.
func refusesIngresses(t *testing.T, s enginetest.Shell) {
	for rest, want := range map[string]string{
		`--rule='shop.example.com/*=v2:80'`:         `host "shop.example.com" and path "/" is already defined in ingress shop/shop`,
		`--rule='re.example.com/v1(/|$)(.*)=v1:80'`: "path /v1(/|$)(.*) cannot be used with pathType Exact",
		`--rule='a.example.com/*=v1:80' --annotation nginx.ingress.kubernetes.io/configuration-snippet='deny all;'`: "Snippet directives are disabled by the Ingress administrator",
		`--rule='a.example.com/*=v1:80' --annotation nginx.ingress.kubernetes.io/limit-rps=many`:                    "annotation nginx.ingress.kubernetes.io/limit-rps contains invalid value",
	} {
		if said, code := s.Try("kubectl -n shop create ingress bad --class=nginx " + rest); code == 0 || !strings.Contains(said, want) {
			t.Errorf("%s: %s", rest, said)
		}
	}
	s.Must(`kubectl -n shop create ingress other --class=other --rule='shop.example.com/*=v2:80'; kubectl -n shop delete ingress other`)
}

// sharesWithCanary: one request in four goes to the canary, and whoever asks for it.
func sharesWithCanary(t *testing.T, s enginetest.Shell) {
	s.Must(`kubectl -n shop create ingress canary --class=nginx --rule='shop.example.com/*=v2:80' --annotation nginx.ingress.kubernetes.io/canary=true ` +
		`--annotation nginx.ingress.kubernetes.io/canary-weight=25 --annotation nginx.ingress.kubernetes.io/canary-by-header=X-Tester`)
	asked := func(headers ...string) bool {
		_, body := through(t, s.Engine, "shop.example.com", "/hostname", headers...)
		return strings.HasPrefix(body, "v2-")
	}
	s.Engine.Await("the canary", func() bool { return asked("X-Tester", "always") })
	canary := 0
	for range 40 {
		if asked() {
			canary++
		}
		if asked("X-Tester", "never") {
			t.Error("never went to the canary")
		}
	}
	if canary < 8 || canary > 12 {
		t.Errorf("the canary got %d of 40", canary)
	}
	s.Must("kubectl -n shop delete ingress canary")
	s.Engine.Await("the canary's end", func() bool { return !asked("X-Tester", "always") })
}

// configuresIngress: the ConfigMap is followed, and a new controller takes over.
func configuresIngress(t *testing.T, s enginetest.Shell) {
	s.Must(`kubectl -n ingress-nginx patch configmap ingress-nginx-controller -p '{"data": {"block-user-agents": "evil"}}'`)
	s.Engine.Await("the ConfigMap to count", func() bool {
		status, _ := through(t, s.Engine, "shop.example.com", "/hostname", "User-Agent", "evil")
		return status == http.StatusForbidden
	})
	s.Must("kubectl -n ingress-nginx scale deployment/ingress-nginx-controller --replicas=2; kubectl -n ingress-nginx rollout status deployment/ingress-nginx-controller --timeout=60s")
	for range 10 {
		if status, body := through(t, s.Engine, "shop.example.com", "/hostname"); status != http.StatusOK {
			t.Errorf("of two controllers one answers %d %s", status, body)
		}
	}
}
