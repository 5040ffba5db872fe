package nodes

import (
	"strings"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/engine/enginetest"
)

// TestNames resolves the names of Services and Pods in Pods, in every way that a
// Pod can be told to, and changes, breaks and mends the cluster's name server.
func TestNames(t *testing.T) {
	t.Parallel()
	onOneCluster(t, course.ProfileNodes,
		part{"specification", resolvesNames},
		part{"policies", followsPolicies},
		part{"Corefile", reloadsCorefile},
		part{"broken and mended", mendsNames},
	)
}

// namesOf are Services of every kind with their Pods, a client, and a Pod for each
// way to configure DNS. Dns is a name server of its own for lab.test.
const namesOf = `kubectl apply -f - <<'Y'
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  serviceName: db
  replicas: 2
  podManagementPolicy: Parallel
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: c, image: busybox:1.36, command: [httpd, -f, -p, "8080"]}], terminationGracePeriodSeconds: 0}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {clusterIP: None, selector: {app: db}, ports: [{name: http, port: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {clusterIP: 10.96.7.7, selector: {app: db}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: out, namespace: shop}
spec: {type: ExternalName, externalName: web.shop.svc.cluster.local}
---
apiVersion: v1
kind: Service
metadata: {name: never, namespace: shop}
spec: {clusterIP: None, selector: {app: never}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: anyway, namespace: shop}
spec: {clusterIP: None, publishNotReadyAddresses: true, selector: {app: never}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: never, namespace: shop, labels: {app: never}}
spec: {hostname: one, subdomain: anyway, containers: [{name: c, image: busybox:1.36, command: [sleep, "10000"], readinessProbe: {exec: {command: ["false"]}}}], terminationGracePeriodSeconds: 0}
---
apiVersion: v1
kind: Pod
metadata: {name: client, namespace: shop}
spec: {containers: [{name: c, image: nicolaka/netshoot, command: [sleep, "10000"]}], terminationGracePeriodSeconds: 0}
---
apiVersion: v1
kind: Pod
metadata: {name: host, namespace: shop}
spec: {hostNetwork: true, containers: [{name: c, image: busybox:1.36, command: [sleep, "10000"]}], terminationGracePeriodSeconds: 0}
---
apiVersion: v1
kind: Pod
metadata: {name: hostfirst, namespace: shop}
spec: {hostNetwork: true, dnsPolicy: ClusterFirstWithHostNet, containers: [{name: c, image: busybox:1.36, command: [sleep, "10000"]}], terminationGracePeriodSeconds: 0}
---
apiVersion: v1
kind: Pod
metadata: {name: none, namespace: shop}
spec:
  dnsPolicy: None
  dnsConfig: {nameservers: [10.96.0.10], searches: [shop.svc.cluster.local], options: [{name: ndots, value: "2"}]} # one: the kubelet writes several in any order
  hostAliases: [{ip: 10.1.2.3, hostnames: [alias.test, alias]}]
  containers: [{name: c, image: "debian:12", command: [sleep, "10000"]}]
  terminationGracePeriodSeconds: 0
---
apiVersion: v1
kind: ConfigMap
metadata: {name: dns, namespace: shop}
data: {Corefile: ".:53 {\n  log\n  hosts {\n    192.0.2.8 www.lab.test\n  }\n}\n"}
---
apiVersion: v1
kind: Pod
metadata: {name: dns, namespace: shop, labels: {app: dns}}
spec:
  containers: [{name: c, image: "registry.k8s.io/coredns/coredns:v1.15.0", args: [-conf, /etc/coredns/Corefile], volumeMounts: [{name: f, mountPath: /etc/coredns}]}]
  volumes: [{name: f, configMap: {name: dns}}]
  terminationGracePeriodSeconds: 0
---
apiVersion: v1
kind: Service
metadata: {name: dns, namespace: shop}
spec: {clusterIP: 10.96.7.53, selector: {app: dns}, ports: [{name: udp, port: 53, protocol: UDP}, {name: tcp, port: 53}]}
Y
kubectl rollout status -n shop statefulset/db --timeout=30s
kubectl wait -n shop --for=condition=Ready pod/client pod/host pod/hostfirst pod/none pod/dns --timeout=30s`

// says runs a command in a Pod of the shop until it prints what is wanted.
func says(t *testing.T, s enginetest.Shell, pod, command, want string) {
	t.Helper()
	var said string
	s.Engine.Await(pod+": "+command+" to say "+want, func() bool {
		said, _ = s.Try("kubectl exec -n shop " + pod + " -- " + command)
		return strings.TrimSpace(said) == want
	})
}

func resolvesNames(t *testing.T, s enginetest.Shell) {
	s.Must(namesOf)
	ip := func(pod string) string {
		return s.Must("kubectl get pod -n shop " + pod + " -o jsonpath='{.status.podIP}'")
	}
	first, second, never := ip("db-0"), ip("db-1"), ip("never")
	for _, test := range []struct{ command, want string }{
		{"dig +short web.shop.svc.cluster.local", "10.96.7.7"},
		{"dig +short +search web", "10.96.7.7"},
		{"dig +short +search kubernetes.default", "10.96.0.1"},
		{"dig +short db-0.db.shop.svc.cluster.local", first},
		{"dig +short -x 10.96.7.7", "web.shop.svc.cluster.local."},
		{"dig +short -t SRV _http._tcp.web.shop.svc.cluster.local", "0 100 80 web.shop.svc.cluster.local."},
		{"dig +short out.shop.svc.cluster.local", "web.shop.svc.cluster.local.\n10.96.7.7"},
		{"dig +short never.shop.svc.cluster.local", ""},
		{"dig +short one.anyway.shop.svc.cluster.local", never},
		{"dig +short " + strings.ReplaceAll(first, ".", "-") + ".shop.pod.cluster.local", first},
		{"dig +short +tcp @10.96.0.10 web.shop.svc.cluster.local", "10.96.7.7"},
		{"curl -s -o /dev/null -w %{http_code} http://web/", "404"},
	} {
		says(t, s, "client", test.command, test.want)
	}
	if said := s.Must("kubectl exec -n shop client -- dig +short -x " + second); !strings.Contains(said, "db-1.db.shop.svc.cluster.local.") {
		t.Errorf("%s is %s", second, said)
	}
	headless := s.Must("kubectl exec -n shop client -- dig +short db.shop.svc.cluster.local")
	if !strings.Contains(headless, first) || !strings.Contains(headless, second) {
		t.Errorf("a headless Service is at %s", headless)
	}
	if said, _ := s.Try("kubectl exec -n shop client -- dig nothing.shop.svc.cluster.local"); !strings.Contains(said, "status: NXDOMAIN") {
		t.Errorf("a name that nobody has: %s", said)
	}
	if said, _ := s.Try("kubectl exec -n shop client -- dig example.com"); !strings.Contains(said, "status: SERVFAIL") {
		t.Errorf("a name outside: %s", said)
	}
	if said, code := s.Try("kubectl exec -n shop client -- curl -sS http://webb/"); code != 6 || !strings.Contains(said, "Could not resolve host: webb") {
		t.Errorf("curl ends with %d: %s", code, said)
	}
}

func followsPolicies(t *testing.T, s enginetest.Shell) {
	const cluster = "search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5"
	for pod, want := range map[string]string{
		"client": cluster, "hostfirst": cluster, "host": "nameserver 172.30.0.3",
		"none": "search shop.svc.cluster.local\nnameserver 10.96.0.10\noptions ndots:2",
	} {
		says(t, s, pod, "cat /etc/resolv.conf", want)
	}
	says(t, s, "none", "getent hosts alias", "10.1.2.3        alias.test alias")
	says(t, s, "none", "getent hosts web", "10.96.7.7       web.shop.svc.cluster.local")
	says(t, s, "none", "getent hosts node1", "172.30.0.11     node1")
	if said, code := s.Try("kubectl exec -n shop host -- wget -qO- -T 2 http://web"); code == 0 || !strings.Contains(said, "bad address 'web'") {
		t.Errorf("a Pod with the node's resolver finds a Service: %d, %s", code, said)
	}
}

// reloadsCorefile adds a stub domain and a rewritten name, which the kubelets bring
// to the Pods and CoreDNS takes by itself.
func reloadsCorefile(t *testing.T, s enginetest.Shell) {
	s.Must(`kubectl get cm -n kube-system coredns -o jsonpath='{.data.Corefile}' > Corefile
{ printf '.:53 {\n    log\n    rewrite name shop.test web.shop.svc.cluster.local\n'; tail -n +2 Corefile; printf 'lab.test:53 {\n    errors\n    forward . 10.96.7.53\n}\n'; } > New
kubectl create cm coredns -n kube-system --from-file=Corefile=New --dry-run=client -o yaml | kubectl replace -f -`)
	says(t, s, "client", "dig +short shop.test", "10.96.7.7")
	says(t, s, "client", "dig +short www.lab.test", "192.0.2.8")
	s.Engine.Await("both to log queries", func() bool {
		s.Must("kubectl exec -n shop client -- dig +short shop.test")
		said := s.Must("kubectl logs -n kube-system -l k8s-app=kube-dns --prefix --tail=-1")
		return strings.Count(said, "[INFO] Reloading complete") == 2 && strings.Contains(said, ` "A IN shop.test. udp `)
	})
	if said := s.Must("kubectl logs -n shop dns"); !strings.Contains(said, `"A IN www.lab.test. udp `) {
		t.Errorf("the other server says\n%s", said)
	}
	s.Must(`printf '.:53 {\n    nonsense\n}\n' > Wrong
kubectl create cm coredns -n kube-system --from-file=Corefile=Wrong --dry-run=client -o yaml | kubectl replace -f -`)
	s.Engine.Await("the wrong Corefile to be refused", func() bool {
		said := s.Must("kubectl logs -n kube-system -l k8s-app=kube-dns --tail=-1")
		return strings.Contains(said, "[ERROR] plugin/reload: Corefile changed but reload failed: starting with listener file descriptors: /etc/coredns/Corefile:2 - Error during parsing: Unknown directive 'nonsense'")
	})
	says(t, s, "client", "dig +short shop.test", "10.96.7.7")
	s.Must("kubectl create cm coredns -n kube-system --from-file=Corefile --dry-run=client -o yaml | kubectl replace -f -")
}

func mendsNames(t *testing.T, s enginetest.Shell) {
	s.Must("kubectl scale -n kube-system deployment/coredns --replicas=0")
	s.Must("kubectl delete pods -n kube-system -l k8s-app=kube-dns --force --grace-period=0 2>&1")
	s.Engine.Await("names to be lost", func() bool {
		said, code := s.Try("kubectl exec -n shop client -- dig +tries=1 +time=1 web.shop.svc.cluster.local")
		return code == 9 && strings.Contains(said, ";; no servers could be reached")
	})
	if said, code := s.Try("kubectl exec -n shop client -- curl -sS -m 3 http://web/"); code != 6 && code != 28 {
		t.Errorf("without a name server, curl ends with %d: %s", code, said)
	}
	s.Must("kubectl scale -n kube-system deployment/coredns --replicas=2")
	s.Must("kubectl rollout status -n kube-system deployment/coredns --timeout=30s")
	says(t, s, "client", "dig +short web.shop.svc.cluster.local", "10.96.7.7")
}
