package nodes

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/engine/enginetest"
	"kubetutor/internal/lab/protocol"
)

// TestResetWithNodes spoils a cluster in every way that a learner has, and finds
// it as it was after a reset.
func TestResetWithNodes(t *testing.T) {
	t.Parallel()
	e, s := runningCluster(t, course.ProfileNodes)
	before := e.nodesAsListed(s)
	t.Run("pods", func(t *testing.T) {
		for range 3 {
			s = e.Console()
			s.Must("kubectl create deployment web --image=nginx --replicas=20")
			s.Must("kubectl rollout status deployment/web --timeout=60s")
			begin := time.Now()
			e.toBaseline()
			t.Logf("20 Pods gone after %v", time.Since(begin))
			e.expectNoPods()
		}
	})
	t.Run("a Pod that will not end", func(t *testing.T) {
		s = e.Console()
		s.Must(`kubectl run stubborn --image=busybox --grace-period=60 -- sh -c 'trap "" TERM; while true; do sleep 1; done'`)
		s.Must("kubectl wait --for=condition=Ready pod/stubborn --timeout=30s")
		s.Must("kubectl delete pod stubborn --wait=false")
		e.toBaseline()
		e.expectNoPods()
	})
	t.Run("node objects", func(t *testing.T) {
		s = e.Console()
		s.Must("kubectl cordon node1; kubectl label node node1 disk=ssd; kubectl taint node node2 a=b:NoExecute; kubectl delete node node3")
		e.toBaseline()
		e.expectNodes(before)
	})
	t.Run("disks", func(t *testing.T) { spoilsDisks(t, e) })
	t.Run("machines", func(t *testing.T) {
		e.stopNode("node1")
		if n, err := e.NodeAdd(e.Context(), protocol.AddNode{}, func(protocol.Stage) {}); err != nil || n.Name != "node4" || n.State != protocol.NodeReady {
			t.Fatalf("added %+v, %v", n, err)
		}
		if _, err := e.NodePressure(e.Context(), protocol.Pressure{Name: "node2", Resource: protocol.PressureMemory}); err != nil {
			t.Fatal(err)
		}
		s = e.Console()
		s.Must("kubectl wait --for=condition=MemoryPressure node/node2 --timeout=60s")
		e.toBaseline()
		e.expectNodes(before)
	})
	t.Run("components", func(t *testing.T) { pausesComponents(t, e, before) })
}

// toBaseline goes there as stopping a lab does.
func (e cluster) toBaseline() {
	e.T.Helper()
	if err := e.LabStop(e.Context()); err != nil {
		e.Fatal("going back to the baseline", err)
	}
	log, _ := os.ReadFile(filepath.Join(e.State, "kubelab.log"))
	for line := range strings.Lines(string(log)) {
		if strings.Contains(line, "starting the cluster anew") {
			e.T.Logf("the way back was too long: %s", line)
		}
	}
}

// nodesAsListed is what kubectl tells of the nodes, without their ages.
func (e cluster) nodesAsListed(s enginetest.Shell) string {
	e.T.Helper()
	return s.Must(`kubectl get nodes -o jsonpath='{range .items[*]}{.metadata.name} {.metadata.uid} {.metadata.labels} {.spec} {.status.addresses}{"\n"}{end}'`)
}

func (e cluster) expectNodes(want string) {
	e.T.Helper()
	if got := e.nodesAsListed(e.Console()); got != want {
		e.T.Errorf("the nodes are\n%s\nand were\n%s", got, want)
	}
	list, err := e.Nodes(e.Context())
	if err != nil {
		e.Fatal("nodes", err)
	}
	for _, n := range list.Nodes {
		if n.State != protocol.NodeReady || len(n.Pressure) > 0 || n.Added {
			e.T.Errorf("a node is %+v", n)
		}
	}
}

// expectNoPods finds none in the API but those of the baseline, and soon no process
// on the nodes but theirs, one for each: what a kubelet was starting just as its Pod
// went, it ends by itself.
func (e cluster) expectNoPods() {
	e.T.Helper()
	own := len(strings.Fields(e.Console().Must("kubectl get pods -n kube-system -l 'k8s-app in (kube-proxy, kube-dns)' -o name")))
	runtime := control.NewClient(filepath.Join(e.Sockets, "main", control.SocketName))
	defer runtime.Close()
	calm := time.Now() // since when nothing runs
	e.Await("the nodes to be empty", func() bool {
		count := 0
		for _, node := range []string{"node1", "node2", "node3"} {
			u, err := runtime.Usage(e.Context(), node)
			if err != nil {
				e.T.Fatal(err)
			}
			count += u.PIDs
		}
		if count != own {
			calm = time.Now()
		}
		return time.Since(calm) > time.Second
	})
	if said := e.Console().Must("kubectl get pods -A -o name"); len(strings.Fields(said)) != own || own != 5 {
		e.T.Errorf("there are Pods of others than the %d of the baseline: %s", own, said)
	}
}

// spoilsDisks leaves a static Pod's manifest and the files of a hostPath volume.
func spoilsDisks(t *testing.T, e cluster) {
	root := filepath.Join(e.State, "nodes", "nodes", "node1", "root")
	manifest := filepath.Join(root, "etc", "kubernetes", "manifests", "fixed.yaml")
	text := "apiVersion: v1\nkind: Pod\nmetadata: {name: fixed}\nspec:\n  containers: [{name: c, image: nginx, volumeMounts: [{name: d, mountPath: /data}]}]\n" +
		"  volumes: [{name: d, hostPath: {path: /srv/data, type: DirectoryOrCreate}}]\n"
	if err := os.WriteFile(manifest, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := e.Console()
	e.Await("the mirror Pod", func() bool { _, code := s.Try("kubectl get pod fixed-node1"); return code == 0 })
	s.Must("kubectl wait --for=condition=Ready pod/fixed-node1 --timeout=30s")
	e.toBaseline()
	e.expectNoPods()
	for _, path := range []string{manifest, filepath.Join(root, "srv")} {
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left: %v", path, err)
		}
	}
}

// pausesComponents pauses each, sees what is missing, and resets.
func pausesComponents(t *testing.T, e cluster, before string) {
	s := e.Console()
	pause := func(name string) {
		t.Helper()
		if c, err := e.ComponentPause(e.Context(), name); err != nil || c.State != protocol.ComponentPaused {
			e.Fatal("pausing "+name, err)
		}
	}
	pause("scheduler")
	s.Must("kubectl run waits --image=nginx")
	if said := s.Must("kubectl get pod waits -o jsonpath='{.status.phase}/{.spec.nodeName}'"); said != "Pending/" {
		t.Errorf("without a scheduler: %s", said)
	}
	if _, err := e.ComponentResume(e.Context(), "kube-scheduler"); err != nil {
		t.Fatal(err)
	}
	s.Must("kubectl wait --for=condition=Ready pod/waits --timeout=30s")
	pause("controller-manager")
	pause("apiserver")
	if said, code := s.Try("kubectl get pods"); code == 0 || !strings.Contains(said, "refused") {
		t.Errorf("without an API server: %d, %s", code, said)
	}
	if _, err := e.ComponentPause(e.Context(), "etcd"); err == nil {
		t.Error("etcd was paused")
	}
	begin := time.Now()
	e.toBaseline()
	t.Logf("everything runs again after %v", time.Since(begin))
	e.expectNodes(before)
	e.expectNoPods()
	s = e.Console()
	s.Must("kubectl create deployment web --image=nginx --replicas=3; kubectl rollout status deployment/web --timeout=30s")
	e.toBaseline()
}

func (e cluster) stopNode(name string) {
	e.T.Helper()
	if n, err := e.NodeStop(e.Context(), name); err != nil || n.State != protocol.NodeStopped {
		e.Fatal("stopping "+name, err)
	}
}

// TestProfiles leads a cluster through them, by labs as learners do.
func TestProfiles(t *testing.T) {
	t.Parallel()
	e := newCluster(t)
	e.Start()
	if st := e.Up(); st.Profile != course.ProfileControlPlane || st.Nodes != 0 {
		t.Errorf("status %+v", st)
	}
	server := e.status().Server
	for _, profile := range []string{course.ProfileNodes, course.ProfileNodesFast, course.ProfileControlPlane, course.ProfileNodes} {
		l := enginetest.SettingsLab()
		l.Scope, l.Profile = "", profile
		begin := time.Now()
		e.StartLab(l, 1)
		t.Logf("a lab of profile %s began after %v", profile, time.Since(begin))
		st := e.status()
		want := 3
		if profile == course.ProfileControlPlane {
			want = 0
		}
		if st.Profile != profile || st.Nodes != want || st.Server != server {
			t.Errorf("%s: status %+v", profile, st)
		}
		sh := e.Console()
		sh.Must("kubectl create configmap settings")
		e.AwaitVerdicts("the pass", enginetest.Passed)
		if got := len(e.Parts("node")); got != want {
			t.Errorf("%s: there are %d kubelets", profile, got)
		}
		sh.Must(fmt.Sprintf("[ $(kubectl get nodes -o name | wc -l) -eq %d ]", want))
	}
	if _, err := e.ClusterDown(e.Context()); err != nil {
		t.Fatal(err)
	}
	e.Gone()
	e.NoOrphans()
}

func (e cluster) status() protocol.Status {
	e.T.Helper()
	st, err := e.ClusterStatus(e.Context())
	if err != nil {
		e.Fatal("status", err)
	}
	return st
}

// TestNodesOutlive: a cluster that slept has its nodes and Pods again; one whose
// engine died finds its containers running.
func TestNodesOutlive(t *testing.T) {
	t.Parallel()
	e, s := runningCluster(t, course.ProfileNodes)
	s.Must("kubectl create deployment web --image=nginx --replicas=3; kubectl rollout status deployment/web --timeout=60s")
	containers := func(s enginetest.Shell) string {
		return s.Must(`kubectl get pods -l app=web -o jsonpath='{range .items[*]}{.metadata.name} {..containerID} {..restartCount}{"\n"}{end}'`)
	}
	before := containers(s)
	e.Kill()
	e.Start()
	e.Up()
	s = e.Console()
	s.Must("kubectl rollout status deployment/web --timeout=60s")
	if after := containers(s); after != before {
		t.Errorf("after the engine's death the containers are\n%sand were\n%s", after, before)
	}
	if st := e.status(); st.Memory < 200<<20 {
		t.Errorf("with an adopted runtime the memory is %d", st.Memory)
	}
	e.Sleep()
	e.NoOrphans()
	e.Start()
	begin := time.Now()
	if st := e.Up(); st.Profile != course.ProfileNodes || st.Nodes != 3 {
		t.Errorf("it woke up as %+v", st)
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("waking up took %v", took)
	}
	s = e.Console()
	s.Must("kubectl rollout status deployment/web --timeout=60s")
	e.Await("the containers to have been started again", func() bool { return !strings.Contains(containers(s), " 0\n") })
	e.toBaseline()
	e.expectNoPods()
}

// TestLostNode pulls a node's plug, with the short clock: it counts as lost, its
// Pods are evicted, and it comes back.
func TestLostNode(t *testing.T) {
	t.Parallel()
	e, s := runningCluster(t, course.ProfileNodesFast)
	s.Must("kubectl create deployment web --image=nginx --replicas=3; kubectl rollout status deployment/web --timeout=60s")
	t.Cleanup(func() {
		if t.Failed() {
			said, _ := s.Try("kubectl get pods -A -o wide; kubectl get nodes; kubectl get node node2 -o jsonpath='{.spec.taints}'; kubectl get events")
			t.Logf("the cluster at the end:\n%s", said)
		}
	})
	begin := time.Now()
	e.stopNode("node2")
	s.Must("kubectl wait --for=condition=Ready=Unknown node/node2 --timeout=60s")
	t.Logf("lost after %v", time.Since(begin))
	e.Await("its Pods to run elsewhere", func() bool {
		said, _ := s.Try("kubectl get pods -l app=web --field-selector=status.phase=Running -o jsonpath='{..nodeName}' | tr ' ' '\n' | grep -vc node2")
		return strings.TrimSpace(said) == "3"
	})
	t.Logf("its Pods run elsewhere after %v", time.Since(begin))
	ctx, cancel := context.WithTimeout(e.Context(), 30*time.Second)
	defer cancel()
	if n, err := e.NodeStart(ctx, "node2", func(protocol.Stage) {}); err != nil || n.State != protocol.NodeReady {
		t.Errorf("started %+v, %v", n, err)
	}
	s.Must("kubectl wait --for=condition=Ready node/node2 --timeout=30s")
	e.Await("the evicted Pods to be gone for good", func() bool {
		return s.Must("kubectl get pods -l app=web -o name | wc -l") == "3\n"
	})
	s.Must("kubectl drain node3 --ignore-daemonsets --timeout=60s")
	if n, err := e.NodeRemove(ctx, protocol.RemoveNode{Name: "node3"}, func(protocol.Stage) {}); err != nil || n.Name != "node3" {
		t.Errorf("removed %+v, %v", n, err)
	}
	if said := s.Must("kubectl get nodes -o name"); strings.Contains(said, "node3") {
		t.Errorf("after its removal: %s", said)
	}
}

// TestWaysIntoTheLab: the API server reaches Pods, Services and kubelets, by
// its proxies and for webhooks, and nothing else.
func TestWaysIntoTheLab(t *testing.T) {
	t.Parallel()
	_, s := runningCluster(t, course.ProfileNodes)
	s.Must("kubectl create deployment web --image=nginx; kubectl expose deployment web --port=80; kubectl rollout status deployment/web --timeout=60s")
	pod := strings.TrimSpace(s.Must("kubectl get pods -l app=web -o jsonpath='{.items[0].metadata.name}'"))
	for _, path := range []string{
		"/api/v1/namespaces/default/pods/" + pod + "/proxy/", "/api/v1/namespaces/default/services/web/proxy/",
	} {
		if said := s.Must("kubectl get --raw " + path); !strings.Contains(said, "nginx") {
			t.Errorf("%s says %q", path, said)
		}
	}
	if said := s.Must("kubectl get --raw /api/v1/nodes/node2/proxy/healthz"); !strings.Contains(said, "ok") {
		t.Errorf("a kubelet says %q", said)
	}
	if said, code := s.Try("kubectl get --raw /api/v1/namespaces/default/pods/" + pod + ":81/proxy/"); code == 0 || !strings.Contains(said, "refused") {
		t.Errorf("a port where nobody listens: %d, %s", code, said)
	}
}
