package nodes

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/engine/enginetest"
	"kubetutor/internal/lab/protocol"
)

// TestKubelet does on one cluster what only the kubelet decides: volumes, static
// Pods, resizes, hooks and probes, eviction.
func TestKubelet(t *testing.T) {
	t.Parallel()
	onOneCluster(t, course.ProfileNodesFast,
		part{"registration", registers},
		part{"field managers", signsItsWrites},
		part{"hostPath", staysOnTheNode},
		part{"claims", keepsData},
		part{"subPath", freezesSubPath},
		part{"static Pods", runsStaticPods},
		part{"resize", resizes},
		part{"hooks and probes", connectsInTheLab},
		part{"node proxy", answersForTheNode},
		part{"eviction", evicts},
	)
}

// pod is a Pod on node1 that sleeps, with more lines for its spec and for its
// container.
func pod(name, spec, container string) string {
	return fmt.Sprintf(`kubectl apply -f - <<'Y'
apiVersion: v1
kind: Pod
metadata: {name: %s}
spec:
  terminationGracePeriodSeconds: 0
  %s
  containers:
  - name: c
    image: busybox:1.37
    command: [sleep, 1d]
    %s
Y
`, name, spec, container)
}

// on1 puts a Pod on node1.
const on1 = `nodeSelector: {kubernetes.io/hostname: node1}`

// registers: each kubelet says itself where its node is, and no cloud has to
// come by before Pods do.
func registers(t *testing.T, s enginetest.Shell) {
	said := s.Must(`kubectl get nodes -o jsonpath='{range .items[*]}{.metadata.name} {.spec.providerID} {.status.addresses[*].address}` +
		` {.metadata.labels.topology\.kubernetes\.io/region} {.metadata.labels.topology\.kubernetes\.io/zone} {.metadata.labels.node\.kubernetes\.io/instance-type}` +
		` {.spec.taints}{"\n"}{end}'`)
	want := ""
	for i, zone := range []string{"zone-a", "zone-b", "zone-c"} {
		want += fmt.Sprintf("node%d sim://%[2]s/node%[1]d 172.30.0.1%[1]d node%[1]d sim %[2]s sim.large \n", i+1, zone)
	}
	if said != want {
		t.Errorf("the nodes are %q, not %q", said, want)
	}
}

// signsItsWrites: every component is named in what it wrote, as on a real cluster.
func signsItsWrites(t *testing.T, s enginetest.Shell) {
	s.Must("kubectl create deployment web --image=nginx; kubectl rollout status deployment/web --timeout=30s")
	said := s.Must(`kubectl get deployments,replicasets,pods,nodes,services -o json --show-managed-fields |
		jq -r '.items[] | .kind as $kind | .metadata.managedFields[] | "\($kind) \(.manager) \(.subresource // "")"' | sort -u`)
	for _, want := range []string{
		"Deployment kube-controller-manager status", "ReplicaSet kube-controller-manager ", "Pod kube-controller-manager ",
		"Pod kubelet status", "Node kubelet ", "Service kube-apiserver ", "Deployment kubectl-create ",
	} {
		if !slices.Contains(strings.Split(said, "\n"), want) {
			t.Errorf("%q is not among the writers\n%s", want, said)
		}
	}
	if strings.Contains(said, "kubelab") {
		t.Errorf("the engine's program is among the writers\n%s", said)
	}
	s.Must("kubectl delete deployment web --cascade=foreground")
}

// staysOnTheNode: a Pod with the node's root directory sees a node, and neither
// the machine nor, by a link that it made there, anything else.
func staysOnTheNode(t *testing.T, s enginetest.Shell) {
	s.Must(pod("root", on1+"\n  volumes: [{name: r, hostPath: {path: /}}]", "volumeMounts: [{name: r, mountPath: /host}]"))
	s.Must("kubectl wait --for=condition=Ready pod/root --timeout=30s")
	if said := s.Must("kubectl exec root -- cat /host/etc/hostname"); said != "node1\n" {
		t.Errorf("the node's name is %q", said)
	}
	s.Must("kubectl exec root -- sh -c 'mkdir /host/data; echo mine > /host/data/f; ln -s ../../../../../../../../../.. /host/up; ln -s /data /host/abs'")
	for path, want := range map[string]string{"/data": "f\n", "/abs": "f\n", "/up/data": "f\n"} {
		name := "at" + strings.ReplaceAll(path, "/", "-")
		s.Must(pod(name, on1+"\n  volumes: [{name: r, hostPath: {path: "+path+", type: Directory}}]", "volumeMounts: [{name: r, mountPath: /host}]"))
		s.Must("kubectl wait --for=condition=Ready pod/" + name + " --timeout=30s")
		if said := s.Must("kubectl exec " + name + " -- ls /host"); said != want {
			t.Errorf("%s holds %q, not %q", path, said, want)
		}
	}
	s.Must(pod("nothing", on1+"\n  volumes: [{name: r, hostPath: {path: /nope, type: Directory}}]", "volumeMounts: [{name: r, mountPath: /host}]"))
	s.Engine.Await("the event that tells what is missing", func() bool {
		said, _ := s.Try("kubectl describe pod nothing")
		return strings.Contains(said, "hostPath type check failed: /nope is not a directory")
	})
	s.Must("kubectl delete pod --all --now")
}

// keepsData: what a Pod writes into a claim is there for the next one, on another
// node, and a local volume is a directory of its node.
func keepsData(t *testing.T, s enginetest.Shell) {
	s.Must(`kubectl apply -f - <<'Y'
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: claim}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: local}
spec:
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOnce]
  storageClassName: none
  local: {path: /data}
  nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [node1]}]}]}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: local}
spec: {accessModes: [ReadWriteOnce], storageClassName: none, volumeName: local, resources: {requests: {storage: 1Gi}}}
Y
`)
	const claim = "volumes: [{name: v, persistentVolumeClaim: {claimName: claim}}]"
	s.Must(pod("first", on1+"\n  volumes: [{name: v, persistentVolumeClaim: {claimName: claim}}, {name: l, persistentVolumeClaim: {claimName: local}}]",
		"volumeMounts: [{name: v, mountPath: /v}, {name: v, mountPath: /sub, subPath: deep/er}, {name: l, mountPath: /l}]"))
	s.Must("kubectl wait --for=condition=Ready pod/first --timeout=60s")
	s.Must("kubectl exec first -- sh -c 'echo kept > /v/f; echo below > /sub/g'")
	if said := s.Must("kubectl exec first -- cat /l/f"); said != "mine\n" {
		t.Errorf("the local volume has %q", said)
	}
	s.Must("kubectl delete pod first --now")
	s.Must(pod("second", "nodeSelector: {kubernetes.io/hostname: node2}\n  "+claim, "volumeMounts: [{name: v, mountPath: /v, readOnly: true}]"))
	s.Must("kubectl wait --for=condition=Ready pod/second --timeout=60s")
	if said := s.Must("kubectl exec second -- cat /v/f /v/deep/er/g"); said != "kept\nbelow\n" {
		t.Errorf("on the other node the volume has %q", said)
	}
	if said, code := s.Try("kubectl exec second -- sh -c 'echo x > /v/f'"); code == 0 {
		t.Errorf("a volume mounted read-only was written: %s", said)
	}
	s.Must("kubectl delete pod second --now")
	s.Must("kubectl delete pvc --all")
}

// freezesSubPath: a key that is mounted by subPath stays as it was.
func freezesSubPath(t *testing.T, s enginetest.Shell) {
	s.Must("kubectl create configmap frozen --from-literal=key=old")
	s.Must(pod("frozen", on1+"\n  volumes: [{name: c, configMap: {name: frozen}}]",
		"volumeMounts: [{name: c, mountPath: /all}, {name: c, mountPath: /one, subPath: key}]"))
	s.Must("kubectl wait --for=condition=Ready pod/frozen --timeout=30s")
	s.Must(`kubectl patch configmap frozen -p '{"data":{"key":"new"}}'`)
	s.Engine.Await("the new key", func() bool {
		said, _ := s.Try("kubectl exec frozen -- cat /all/key")
		return said == "new"
	})
	if said := s.Must("kubectl exec frozen -- cat /one"); said != "old" {
		t.Errorf("by subPath the key is %q", said)
	}
	s.Must("kubectl delete pod frozen --now")
}

// runsStaticPods: a file in the node's directory of manifests is a Pod, and its
// mirror cannot be deleted for long.
func runsStaticPods(t *testing.T, s enginetest.Shell) {
	s.Must(pod("editor", on1+"\n  volumes: [{name: m, hostPath: {path: /etc/kubernetes/manifests}}]", "volumeMounts: [{name: m, mountPath: /m}]"))
	s.Must("kubectl wait --for=condition=Ready pod/editor --timeout=30s")
	s.Must(`kubectl exec editor -- sh -c 'printf "apiVersion: v1\nkind: Pod\nmetadata: {name: fixed}\nspec: {containers: [{name: c, image: nginx}]}\n" > /m/fixed.yaml'`)
	ready := func() bool {
		said, _ := s.Try("kubectl get pod fixed-node1 -o jsonpath='{.status.containerStatuses[0].ready}'")
		return said == "true"
	}
	s.Engine.Await("the static Pod", ready)
	s.Must("kubectl delete pod fixed-node1 --now")
	s.Engine.Await("the mirror to be back", ready)
	s.Must("kubectl exec editor -- rm /m/fixed.yaml")
	s.Engine.Await("the static Pod to be gone", func() bool {
		_, code := s.Try("kubectl get pod fixed-node1")
		return code != 0
	})
	s.Must("kubectl delete pod editor --now")
}

// resizes: a running container gets other limits, and is not started again.
func resizes(t *testing.T, s enginetest.Shell) {
	s.Must(pod("sized", on1, "resources: {requests: {cpu: 100m, memory: 32Mi}, limits: {cpu: 200m, memory: 64Mi}}"))
	s.Must("kubectl wait --for=condition=Ready pod/sized --timeout=30s")
	for _, size := range []struct{ cpu, memory string }{{"300m", "96Mi"}, {"150m", "48Mi"}} {
		s.Must(fmt.Sprintf(`kubectl patch pod sized --subresource resize -p '{"spec":{"containers":[{"name":"c","resources":{"limits":{"cpu":%q,"memory":%q}}}]}}'`, size.cpu, size.memory))
		s.Engine.Await("the resize", func() bool {
			said, _ := s.Try("kubectl get pod sized -o jsonpath='{.status.containerStatuses[0].resources.limits}'")
			return said == fmt.Sprintf(`{"cpu":%q,"memory":%q}`, size.cpu, size.memory)
		})
	}
	if said := s.Must("kubectl get pod sized -o jsonpath='{.status.containerStatuses[0].restartCount}'"); said != "0" {
		t.Errorf("the container was started %s times again", said)
	}
	s.Must("kubectl delete pod sized --now")
}

// connectsInTheLab: a hook and a gRPC probe reach their Pod, and no hook or probe
// reaches the machine.
func connectsInTheLab(t *testing.T, s enginetest.Shell) {
	var asked atomic.Int32
	machine := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer machine.Close()
	_, port, err := net.SplitHostPort(machine.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s.Must(`kubectl apply -f - <<'Y'
apiVersion: v1
kind: Pod
metadata: {name: hooked}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: c
    image: nginx:1.29
    lifecycle: {postStart: {httpGet: {port: 80, path: /begun}}}
---
apiVersion: v1
kind: Pod
metadata: {name: remote}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: c
    image: registry.k8s.io/e2e-test-images/agnhost:2.53
    args: [grpc-health-checking, --port=5000]
    readinessProbe: {grpc: {port: 5000}, periodSeconds: 1}
Y
`)
	s.Must("kubectl wait --for=condition=Ready pod/hooked pod/remote --timeout=30s")
	s.Engine.Await("the hook's request", func() bool {
		said, _ := s.Try("kubectl logs hooked")
		return strings.Contains(said, "GET /begun")
	})
	for name, probe := range map[string]string{
		"http":  "livenessProbe: {httpGet: {host: 127.0.0.1, port: " + port + "}, periodSeconds: 1, failureThreshold: 1}",
		"https": "livenessProbe: {httpGet: {host: 127.0.0.1, port: " + port + ", scheme: HTTPS}, periodSeconds: 1, failureThreshold: 1}",
		"tcp":   "livenessProbe: {tcpSocket: {host: 127.0.0.1, port: " + port + "}, periodSeconds: 1, failureThreshold: 1}",
		"hook":  "lifecycle: {postStart: {httpGet: {host: 127.0.0.1, port: " + port + "}}}",
	} {
		s.Must(pod("machine-"+name, on1, probe))
		s.Engine.Await("the "+name+" to fail", func() bool {
			said, _ := s.Try("kubectl get pod machine-" + name + " -o jsonpath='{.status.containerStatuses[0].restartCount}'")
			return said != "" && said != "0"
		})
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("the machine's server was asked %d times", n)
	}
	s.Must("kubectl delete pod --all --now")
}

// answersForTheNode: what the kubelet serves is about the node.
func answersForTheNode(t *testing.T, s enginetest.Shell) {
	for path, want := range map[string]string{
		"healthz":          "ok",
		"metrics/resource": "node_memory_working_set_bytes",
		"metrics/cadvisor": "machine_cpu_cores{",
		"stats/summary":    `"nodeName": "node1"`,
		"configz":          `"kind":"KubeletConfiguration"`,
		"logs/":            "containers/",
	} {
		if said := s.Must("kubectl get --raw /api/v1/nodes/node1/proxy/" + path); !strings.Contains(said, want) {
			t.Errorf("%s has no %s: %.300s", path, want, said)
		}
	}
	if said, code := s.Try("kubectl get --raw /api/v1/nodes/node1/proxy/logs/../../../../etc/passwd"); code == 0 && strings.Contains(said, "root:") {
		t.Errorf("the kubelet shows the machine's files: %.100s", said)
	}
}

// evicts: under pressure a node says so, and Pods go; afterwards it takes Pods
// again. Each node has another kind of it, at the same time.
func evicts(_ *testing.T, s enginetest.Shell) {
	nodes := []pressed{{"node1", "memory", "MemoryPressure"}, {"node2", "disk", "DiskPressure"}, {"node3", "pids", "PIDPressure"}}
	for _, n := range nodes {
		s.Must(pod("victim-"+n.name, "nodeSelector: {kubernetes.io/hostname: "+n.name+"}", ""))
		s.Must("kubectl wait --for=condition=Ready pod/victim-" + n.name + " --timeout=30s")
	}
	for _, n := range nodes {
		n.press(s, false)
	}
	for _, n := range nodes {
		n.says(s, "True")
		s.Engine.Await("the eviction for "+n.resource, func() bool {
			said, _ := s.Try("kubectl get pod victim-" + n.name + " -o jsonpath='{.status.reason}'")
			return said == "Evicted"
		})
	}
	for _, n := range nodes {
		n.press(s, true)
	}
	for _, n := range nodes {
		n.says(s, "False")
		s.Must("kubectl delete pod victim-" + n.name + " --now")
	}
}

// pressed is a node under pressure, and the condition that tells of it.
type pressed struct{ name, resource, condition string }

func (n pressed) press(s enginetest.Shell, off bool) {
	if _, err := s.Engine.NodePressure(s.Engine.Context(), protocol.Pressure{Name: n.name, Resource: n.resource, Off: off}); err != nil {
		s.Engine.Fatal("pressure", err)
	}
}

// says waits until the node's condition has a status.
func (n pressed) says(s enginetest.Shell, status string) {
	s.Must("kubectl wait --for=condition=" + n.condition + "=" + status + " node/" + n.name + " --timeout=30s")
}
