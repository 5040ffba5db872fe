package enginetest

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
	"kubetutor/internal/lab/protocol"
)

// TestResetWithNodes spoils a cluster in every way that a learner has, and finds
// it as it was after a reset.
func TestResetWithNodes(t *testing.T) {
	e := newEngine(t)
	e.start()
	e.upWithNodes()
	s := e.console()
	before := e.nodesAsListed(s)
	t.Run("pods", func(t *testing.T) {
		for range 3 {
			s = e.console()
			s.must("kubectl create deployment web --image=nginx --replicas=20")
			s.must("kubectl rollout status deployment/web --timeout=60s")
			begin := time.Now()
			e.toBaseline()
			t.Logf("20 Pods gone after %v", time.Since(begin))
			e.expectNoPods()
		}
	})
	t.Run("a Pod that will not end", func(t *testing.T) {
		s = e.console()
		s.must(`kubectl run stubborn --image=busybox --grace-period=60 -- sh -c 'trap "" TERM; while true; do sleep 1; done'`)
		s.must("kubectl wait --for=condition=Ready pod/stubborn --timeout=30s")
		s.must("kubectl delete pod stubborn --wait=false")
		e.toBaseline()
		e.expectNoPods()
	})
	t.Run("node objects", func(t *testing.T) {
		s = e.console()
		s.must("kubectl cordon node1; kubectl label node node1 disk=ssd; kubectl taint node node2 a=b:NoExecute; kubectl delete node node3")
		e.toBaseline()
		e.expectNodes(before)
	})
	t.Run("disks", func(t *testing.T) { spoilsDisks(t, e) })
	t.Run("machines", func(t *testing.T) {
		e.stopNode("node1")
		if n, err := e.NodeAdd(e.ctx(), protocol.AddNode{}, func(protocol.Stage) {}); err != nil || n.Name != "node4" || n.State != protocol.NodeReady {
			t.Fatalf("added %+v, %v", n, err)
		}
		if _, err := e.NodePressure(e.ctx(), protocol.Pressure{Name: "node2", Resource: protocol.PressureMemory}); err != nil {
			t.Fatal(err)
		}
		e.toBaseline()
		e.expectNodes(before)
	})
	t.Run("components", func(t *testing.T) { pausesComponents(t, e, before) })
}

// toBaseline goes there as stopping a lab does.
func (e *engineUnderTest) toBaseline() {
	e.t.Helper()
	if err := e.LabStop(e.ctx()); err != nil {
		e.fatal("going back to the baseline", err)
	}
}

// nodesAsListed is what kubectl tells of the nodes, without their ages.
func (e *engineUnderTest) nodesAsListed(s shell) string {
	e.t.Helper()
	return s.must(`kubectl get nodes -o jsonpath='{range .items[*]}{.metadata.name} {.metadata.uid} {.metadata.labels} {.spec} {.status.addresses}{"\n"}{end}'`)
}

func (e *engineUnderTest) expectNodes(want string) {
	e.t.Helper()
	if got := e.nodesAsListed(e.console()); got != want {
		e.t.Errorf("the nodes are\n%s\nand were\n%s", got, want)
	}
	list, err := e.Nodes(e.ctx())
	if err != nil {
		e.fatal("nodes", err)
	}
	for _, n := range list.Nodes {
		if n.State != protocol.NodeReady || len(n.Pressure) > 0 || n.Added {
			e.t.Errorf("a node is %+v", n)
		}
	}
}

// expectNoPods finds none in the API, and soon no process on the nodes: what a
// kubelet was starting just as its Pod went, it ends by itself.
func (e *engineUnderTest) expectNoPods() {
	e.t.Helper()
	runtime := control.NewClient(filepath.Join(e.sockets, "main", control.SocketName))
	defer runtime.Close()
	calm := time.Now() // since when nothing runs
	e.await("the nodes to be empty", func() bool {
		for _, node := range []string{"node1", "node2", "node3"} {
			u, err := runtime.Usage(e.ctx(), node)
			if err != nil {
				e.t.Fatal(err)
			}
			if u.PIDs > 0 {
				calm = time.Now()
			}
		}
		return time.Since(calm) > time.Second
	})
	if said := e.console().must("kubectl get pods -A -o name"); said != "" {
		e.t.Errorf("Pods are left: %s", said)
	}
}

// spoilsDisks leaves a static Pod's manifest and the files of a hostPath volume.
func spoilsDisks(t *testing.T, e *engineUnderTest) {
	root := filepath.Join(e.state, "nodes", "nodes", "node1", "root")
	manifest := filepath.Join(root, "etc", "kubernetes", "manifests", "fixed.yaml")
	text := "apiVersion: v1\nkind: Pod\nmetadata: {name: fixed}\nspec:\n  containers: [{name: c, image: nginx, volumeMounts: [{name: d, mountPath: /data}]}]\n" +
		"  volumes: [{name: d, hostPath: {path: /srv/data, type: DirectoryOrCreate}}]\n"
	if err := os.WriteFile(manifest, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := e.console()
	e.await("the mirror Pod", func() bool { _, code := s.run("kubectl get pod fixed-node1"); return code == 0 })
	s.must("kubectl wait --for=condition=Ready pod/fixed-node1 --timeout=30s")
	e.toBaseline()
	e.expectNoPods()
	for _, path := range []string{manifest, filepath.Join(root, "srv")} {
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left: %v", path, err)
		}
	}
}

// pausesComponents pauses each, sees what is missing, and resets.
func pausesComponents(t *testing.T, e *engineUnderTest, before string) {
	s := e.console()
	pause := func(name string) {
		t.Helper()
		if c, err := e.ComponentPause(e.ctx(), name); err != nil || c.State != protocol.ComponentPaused {
			e.fatal("pausing "+name, err)
		}
	}
	pause("scheduler")
	s.must("kubectl run waits --image=nginx")
	if said := s.must("kubectl get pod waits -o jsonpath='{.status.phase}/{.spec.nodeName}'"); said != "Pending/" {
		t.Errorf("without a scheduler: %s", said)
	}
	if _, err := e.ComponentResume(e.ctx(), "kube-scheduler"); err != nil {
		t.Fatal(err)
	}
	s.must("kubectl wait --for=condition=Ready pod/waits --timeout=30s")
	pause("controller-manager")
	pause("apiserver")
	if said, code := s.run("kubectl get pods"); code == 0 || !strings.Contains(said, "refused") {
		t.Errorf("without an API server: %d, %s", code, said)
	}
	if _, err := e.ComponentPause(e.ctx(), "etcd"); err == nil {
		t.Error("etcd was paused")
	}
	begin := time.Now()
	e.toBaseline()
	t.Logf("everything runs again after %v", time.Since(begin))
	e.expectNodes(before)
	e.expectNoPods()
	s = e.console()
	s.must("kubectl create deployment web --image=nginx --replicas=3; kubectl rollout status deployment/web --timeout=30s")
	e.toBaseline()
}

func (e *engineUnderTest) stopNode(name string) {
	e.t.Helper()
	if n, err := e.NodeStop(e.ctx(), name); err != nil || n.State != protocol.NodeStopped {
		e.fatal("stopping "+name, err)
	}
}

// TestProfiles leads a cluster through them, by labs as learners do.
func TestProfiles(t *testing.T) {
	e := newEngine(t)
	e.start()
	if st := e.up(); st.Profile != course.ProfileControlPlane || st.Nodes != 0 {
		t.Errorf("status %+v", st)
	}
	server := e.profileOf().Server
	for _, profile := range []string{course.ProfileNodes, course.ProfileNodesFast, course.ProfileControlPlane, course.ProfileNodes} {
		l := settingsLab()
		l.Scope, l.Profile = "", profile
		begin := time.Now()
		e.startLab(l, 1)
		t.Logf("a lab of profile %s began after %v", profile, time.Since(begin))
		st := e.profileOf()
		want := 3
		if profile == course.ProfileControlPlane {
			want = 0
		}
		if st.Profile != profile || st.Nodes != want || st.Server != server {
			t.Errorf("%s: status %+v", profile, st)
		}
		sh := e.console()
		sh.must("kubectl create configmap settings")
		e.awaitVerdicts("the pass", passed)
		if got := len(e.parts("node")); got != want {
			t.Errorf("%s: there are %d kubelets", profile, got)
		}
		sh.must(fmt.Sprintf("[ $(kubectl get nodes -o name | wc -l) -eq %d ]", want))
	}
	if _, err := e.ClusterDown(e.ctx()); err != nil {
		t.Fatal(err)
	}
	e.gone()
	noOrphans(t, e)
}

func (e *engineUnderTest) profileOf() protocol.Status {
	e.t.Helper()
	st, err := e.ClusterStatus(e.ctx())
	if err != nil {
		e.fatal("status", err)
	}
	return st
}

// TestNodesOutlive: a cluster that slept has its nodes and Pods again; one whose
// engine died finds its containers running.
func TestNodesOutlive(t *testing.T) {
	e := newEngine(t)
	e.start()
	e.upWithNodes()
	s := e.console()
	s.must("kubectl create deployment web --image=nginx --replicas=3; kubectl rollout status deployment/web --timeout=60s")
	containers := func(s shell) string {
		return s.must(`kubectl get pods -l app=web -o jsonpath='{range .items[*]}{.metadata.name} {..containerID} {..restartCount}{"\n"}{end}'`)
	}
	before := containers(s)
	e.kill()
	e.start()
	e.up()
	s = e.console()
	s.must("kubectl rollout status deployment/web --timeout=60s")
	if after := containers(s); after != before {
		t.Errorf("after the engine's death the containers are\n%sand were\n%s", after, before)
	}
	if st := e.profileOf(); st.Memory < 200<<20 {
		t.Errorf("with an adopted runtime the memory is %d", st.Memory)
	}
	e.sleep()
	noOrphans(t, e)
	e.start()
	begin := time.Now()
	if st := e.up(); st.Profile != course.ProfileNodes || st.Nodes != 3 {
		t.Errorf("it woke up as %+v", st)
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("waking up took %v", took)
	}
	s = e.console()
	s.must("kubectl rollout status deployment/web --timeout=60s")
	e.await("the containers to have been started again", func() bool { return !strings.Contains(containers(s), " 0\n") })
	e.toBaseline()
	e.expectNoPods()
}

// TestLostNode pulls a node's plug, with the short clock: it counts as lost, its
// Pods are evicted, and it comes back.
func TestLostNode(t *testing.T) {
	e := newEngine(t)
	e.start()
	if _, err := e.ClusterUp(e.ctx(), protocol.Up{Profile: course.ProfileNodesFast}, func(protocol.Stage) {}); err != nil {
		e.fatal("cluster up", err)
	}
	s := e.console()
	s.must("kubectl create deployment web --image=nginx --replicas=3; kubectl rollout status deployment/web --timeout=60s")
	begin := time.Now()
	e.stopNode("node2")
	s.must("kubectl wait --for=condition=Ready=Unknown node/node2 --timeout=60s")
	t.Logf("lost after %v", time.Since(begin))
	e.await("its Pods to run elsewhere", func() bool {
		said, _ := s.run("kubectl get pods -l app=web --field-selector=status.phase=Running -o jsonpath='{..nodeName}' | tr ' ' '\n' | grep -vc node2")
		return strings.TrimSpace(said) == "3"
	})
	t.Logf("its Pods run elsewhere after %v", time.Since(begin))
	ctx, cancel := context.WithTimeout(e.ctx(), 30*time.Second)
	defer cancel()
	if n, err := e.NodeStart(ctx, "node2", func(protocol.Stage) {}); err != nil || n.State != protocol.NodeReady {
		t.Errorf("started %+v, %v", n, err)
	}
	s.must("kubectl wait --for=condition=Ready node/node2 --timeout=30s")
	e.await("the evicted Pods to be gone for good", func() bool {
		return s.must("kubectl get pods -l app=web -o name | wc -l") == "3\n"
	})
	s.must("kubectl drain node3 --ignore-daemonsets --timeout=60s")
	if n, err := e.NodeRemove(ctx, protocol.RemoveNode{Name: "node3"}, func(protocol.Stage) {}); err != nil || n.Name != "node3" {
		t.Errorf("removed %+v, %v", n, err)
	}
	if said := s.must("kubectl get nodes -o name"); strings.Contains(said, "node3") {
		t.Errorf("after its removal: %s", said)
	}
}

// TestWaysIntoTheLab: the API server reaches Pods, Services and kubelets, by
// its proxies and for webhooks, and nothing else.
func TestWaysIntoTheLab(t *testing.T) {
	e := newEngine(t)
	e.start()
	e.upWithNodes()
	s := e.console()
	s.must("kubectl create deployment web --image=nginx; kubectl expose deployment web --port=80; kubectl rollout status deployment/web --timeout=60s")
	pod := strings.TrimSpace(s.must("kubectl get pods -l app=web -o jsonpath='{.items[0].metadata.name}'"))
	for _, path := range []string{
		"/api/v1/namespaces/default/pods/" + pod + "/proxy/", "/api/v1/namespaces/default/services/web/proxy/",
	} {
		if said := s.must("kubectl get --raw " + path); !strings.Contains(said, "nginx") {
			t.Errorf("%s says %q", path, said)
		}
	}
	if said := s.must("kubectl get --raw /api/v1/nodes/node2/proxy/healthz"); !strings.Contains(said, "ok") {
		t.Errorf("a kubelet says %q", said)
	}
	if said, code := s.run("kubectl get --raw /api/v1/namespaces/default/pods/" + pod + ":81/proxy/"); code == 0 || !strings.Contains(said, "refused") {
		t.Errorf("a port where nobody listens: %d, %s", code, said)
	}
}
