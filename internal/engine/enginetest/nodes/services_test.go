package nodes

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/engine/enginetest"
)

// TestServices reaches three Pods in every way that a Service can be reached, and
// goes on when Pods, kube-proxy and the runtime go.
func TestServices(t *testing.T) {
	t.Parallel()
	e := onOneCluster(t, course.ProfileNodes,
		part{"every way", reachesServices},
		part{"a client stays", staysWithOne},
		part{"rolling update", rollsUnnoticed},
		part{"through the API server", reachesThroughAPI},
	)
	t.Run("kube-proxy is lost", func(t *testing.T) { losesKubeProxy(t, e) })
}

const agnhost = "registry.k8s.io/e2e-test-images/agnhost:2.63.0"

// webOf are three Pods on three nodes that say their names, and a client.
const webOf = `kubectl apply -f - <<'Y'
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 5
      topologySpreadConstraints:
      - {maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: web}}, matchLabelKeys: [pod-template-hash]}
      containers:
      - name: web
        image: ` + agnhost + `
        args: [netexec, --http-port=8080]
        readinessProbe: {httpGet: {path: /healthz, port: 8080}, periodSeconds: 1}
        lifecycle: {preStop: {sleep: {seconds: 2}}}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: c, image: "` + agnhost + `"}], terminationGracePeriodSeconds: 0}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080, nodePort: 30080}]}
---
apiVersion: v1
kind: Service
metadata: {name: here}
spec: {type: LoadBalancer, externalTrafficPolicy: Local, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: each}
spec: {clusterIP: None, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: none}
spec: {selector: {app: none}, ports: [{port: 80}]}
Y
kubectl wait --for=condition=Ready pod/client --timeout=30s
kubectl rollout status deployment/web --timeout=60s
`

// asks sends n requests from the client, and counts who answered.
func asks(s enginetest.Shell, n int, address string) map[string]int {
	said := s.Must(fmt.Sprintf(`kubectl exec client -- sh -c 'for i in $(seq %d); do curl -s --max-time 2 http://%s/hostname || echo failed; echo; done'`, n, address))
	count := map[string]int{}
	for _, name := range strings.Fields(said) {
		count[name]++
	}
	return count
}

// reachesServices: by name, by every address, from Pods and from outside.
func reachesServices(t *testing.T, s enginetest.Shell) {
	s.Must(webOf)
	ip := func(service, path string) string {
		return s.Must("kubectl get service " + service + " -o jsonpath='{" + path + "}'")
	}
	s.Engine.Await("an address of the balancer", func() bool {
		return ip("web", ".status.loadBalancer.ingress[0].ip") != "" && ip("here", ".status.loadBalancer.ingress[0].ip") != ""
	})
	s.Engine.Await("rules for all Pods", func() bool { return len(asks(s, 3, "web")) == 3 })
	balancer := ip("web", ".status.loadBalancer.ingress[0].ip")
	for _, address := range []string{"web", ip("web", ".spec.clusterIP"), "172.30.0.11:30080", "172.30.0.13:30080", balancer, "each:8080"} {
		if count := asks(s, 9, address); count["failed"] > 0 || len(count) < 2 || !strings.HasPrefix(address, "each") && len(count) != 3 {
			t.Errorf("at %s answer %v", address, count)
		}
	}
	if said, _ := s.Try("kubectl exec client -- curl -s --max-time 2 http://none"); !strings.Contains(said, "exit code 7") {
		t.Errorf("a Service without endpoints is not refused: %s", said)
	}
	for _, address := range []string{"172.30.0.12:30080", balancer + ":80"} {
		if from, err := clientOf(s.Engine, address); err != nil || !strings.HasPrefix(from, "172.30.0.1") || from == "172.30.0.1" {
			t.Errorf("from outside %s sees the client %q, %v, and should see a node", address, from, err)
		}
	}
	local := ip("here", ".status.loadBalancer.ingress[0].ip") + ":80"
	s.Engine.Await("a balancer that keeps the client's address", func() bool {
		from, err := clientOf(s.Engine, local)
		return err == nil && from == "172.30.0.1"
	})
}

// clientOf asks from outside of the cluster as whom a Pod sees the client.
func clientOf(e *enginetest.Engine, address string) (string, error) {
	runtime := control.NewClient(filepath.Join(e.Sockets, "main", control.SocketName))
	defer runtime.Close()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, to string) (net.Conn, error) {
		return runtime.Dial(ctx, "", netip.MustParseAddrPort(to))
	}}}
	req, err := http.NewRequestWithContext(e.Context(), http.MethodGet, "http://"+address+"/clientip", http.NoBody)
	if err != nil {
		return "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	said, err := io.ReadAll(resp.Body)
	host, _, _ := strings.Cut(string(said), ":")
	return host, err
}

// staysWithOne: with affinity one Pod answers all that a client asks.
func staysWithOne(t *testing.T, s enginetest.Shell) {
	s.Must(`kubectl patch service web -p '{"spec": {"sessionAffinity": "ClientIP"}}'`)
	s.Engine.Await("the client to stay with one Pod", func() bool { return len(asks(s, 6, "web")) == 1 })
	s.Must(`kubectl patch service web -p '{"spec": {"sessionAffinity": "None"}}'`)
	s.Engine.Await("the client to go on to the others", func() bool { return len(asks(s, 6, "web")) == 3 })
}

// rollsUnnoticed: Pods that are replaced, and leave their Service time to hear of
// it, fail no request.
func rollsUnnoticed(t *testing.T, s enginetest.Shell) {
	result := make(chan string, 1)
	requests := s.Engine.Console()
	go func() {
		said, _ := requests.Try(`kubectl exec client -- sh -c 'n=0; bad=0; while [ ! -e /tmp/stop ]; do curl -sf --max-time 2 -o /dev/null http://web/hostname || bad=$((bad+1)); n=$((n+1)); done; echo $n $bad'`)
		result <- said
	}()
	s.Must("kubectl rollout restart deployment/web; kubectl rollout status deployment/web --timeout=60s")
	s.Must("kubectl exec client -- touch /tmp/stop")
	said := <-result
	var n, bad int
	if _, err := fmt.Sscan(said, &n, &bad); err != nil || n < 20 || bad > 0 {
		t.Errorf("of %d requests %d failed: %s", n, bad, said)
	}
}

// reachesThroughAPI: the API server leads to a Service's endpoints.
func reachesThroughAPI(t *testing.T, s enginetest.Shell) {
	if said := s.Must("kubectl get --raw /api/v1/namespaces/default/services/web:http/proxy/hostname"); !strings.HasPrefix(said, "web-") {
		t.Errorf("through the API server answers %q", said)
	}
}

// losesKubeProxy: a node keeps its rules when kube-proxy goes, a lab finds it back,
// and the rules follow.
func losesKubeProxy(t *testing.T, e cluster) {
	s := e.Console()
	s.Must("kubectl delete daemonset kube-proxy -n kube-system; kubectl wait --for=delete pod -l k8s-app=kube-proxy -n kube-system --timeout=40s")
	if count := asks(s, 3, "web"); count["failed"] > 0 {
		t.Errorf("without kube-proxy answer %v", count)
	}
	s.Must("kubectl delete pod -n kube-system -l k8s-app=kube-dns --wait=false")
	e.toBaseline()
	s = e.Console()
	if said := s.Must("kubectl get pods -n kube-system --no-headers"); strings.Count(said, "1/1") != 5 || strings.Count(said, "\n") != 5 {
		t.Errorf("after the lab there are\n%s", said)
	}
	s.Must(webOf)
	e.Await("the Service to answer", func() bool { count := asks(s, 6, "web"); return len(count) == 3 && count["failed"] == 0 })
}
