package enginetest

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// upWithNodes brings a cluster up whose nodes run Pods.
func (e *engineUnderTest) upWithNodes() protocol.Status {
	e.t.Helper()
	st, err := e.ClusterUp(e.ctx(), protocol.Up{Profile: course.ProfileNodes}, func(protocol.Stage) {})
	if err != nil {
		e.fatal("cluster up", err)
	}
	return st
}

// TestPods does on one cluster what learners do with Pods, by the console.
func TestPods(t *testing.T) {
	e := newEngine(t)
	e.start()
	if st := e.upWithNodes(); st.Nodes != 3 {
		t.Fatalf("a cluster with %d nodes came up", st.Nodes)
	}
	s := e.console()
	for _, part := range []struct {
		name string
		does func(*testing.T, shell)
	}{
		{"deployment", rollsOut},
		{"logs", readsLogs},
		{"exec", executes},
		{"copy", copies},
		{"debug", debugs},
		{"port-forward", forwards},
		{"failures", failsAsPodsDo},
		{"probes", probes},
		{"volumes", mounts},
		{"tokens", asksTheAPI},
		{"drain", drains},
	} {
		t.Run(part.name, func(t *testing.T) {
			of := *e // the same engine, for this part's failures
			of.t = t
			part.does(t, shell{&of, s.Console})
		})
	}
	if _, err := e.ClusterDown(e.ctx()); err != nil {
		t.Fatal(err)
	}
	e.gone()
	noOrphans(t, e)
}

// rollsOut: a Deployment becomes available, is updated and rolled back.
func rollsOut(t *testing.T, s shell) {
	s.must("kubectl create deployment web --image=nginx:1.28 --replicas=3")
	s.must("kubectl rollout status deployment/web --timeout=30s")
	s.must("kubectl set image deployment/web nginx=nginx:1.29")
	s.must("kubectl rollout status deployment/web --timeout=60s")
	s.e.await("the old Pods to be gone", func() bool {
		return !strings.Contains(s.must("kubectl get pods -l app=web -o jsonpath='{..image}'"), "1.28")
	})
	s.must("kubectl rollout undo deployment/web")
	s.must("kubectl rollout status deployment/web --timeout=60s")
	if said := s.must("kubectl get deployment web -o jsonpath='{..image}'"); said != "nginx:1.28" {
		t.Errorf("rolled back to %q", said)
	}
}

func readsLogs(t *testing.T, s shell) {
	s.must(`kubectl run talker --image=busybox:1.37 --restart=Never -- sh -c 'for i in 1 2 3; do echo "line $i"; done; echo oops >&2; exit 4'`)
	s.must("kubectl wait --for=jsonpath='{.status.phase}'=Failed pod/talker --timeout=30s")
	if said := s.must("kubectl logs talker"); said != "line 1\nline 2\nline 3\noops\n" {
		t.Errorf("the log is %q", said)
	}
	if said := s.must("kubectl logs talker --tail=1"); said != "oops\n" {
		t.Errorf("its last line is %q", said)
	}
	if said := s.must("kubectl get pod talker -o jsonpath='{..exitCode}'"); said != "4" {
		t.Errorf("the exit code is %q", said)
	}
}

func executes(t *testing.T, s shell) {
	if said := s.must("kubectl exec deploy/web -- nginx -v 2>&1"); !strings.Contains(said, "nginx/1.28") {
		t.Errorf("nginx -v says %q", said)
	}
	if said, code := s.run("kubectl exec deploy/web -- sh -c 'exit 7'"); code != 7 {
		t.Errorf("exit code %d: %s", code, said)
	}
	if said := s.must("echo hello | kubectl exec -i deploy/web -- tr a-z A-Z"); said != "HELLO\n" {
		t.Errorf("through standard input came %q", said)
	}
	if said, code := s.run("kubectl exec deploy/web -- nothing-here"); code == 0 || !strings.Contains(said, "not found") {
		t.Errorf("a missing program: code %d, %q", code, said)
	}
}

func copies(t *testing.T, s shell) {
	pod := s.must("kubectl get pods -l app=web -o jsonpath='{.items[0].metadata.name}'")
	s.must("echo '<h1>mine</h1>' > index.html")
	s.must("kubectl cp index.html " + pod + ":/usr/share/nginx/html/index.html")
	if said := s.must("kubectl exec " + pod + " -- curl -s localhost"); said != "<h1>mine</h1>\n" {
		t.Errorf("the page is %q", said)
	}
	s.must("kubectl cp " + pod + ":/etc/nginx/nginx.conf copied.conf")
	if said := s.must("cat copied.conf"); !strings.Contains(said, "worker_processes") {
		t.Errorf("copied %q", said)
	}
}

func debugs(t *testing.T, s shell) {
	pod := s.must("kubectl get pods -l app=web -o jsonpath='{.items[0].metadata.name}'")
	s.must("kubectl debug " + pod + " --image=busybox:1.37 --target=nginx -c look -- sh -c 'ps; sleep 600'")
	s.e.await("the ephemeral container to see nginx", func() bool {
		said, _ := s.run("kubectl logs " + pod + " -c look")
		return strings.Contains(said, "nginx")
	})
}

// forwards reaches a Pod from a program of this machine.
func forwards(t *testing.T, s shell) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	second := s.e.console()
	go func() {
		// It ends with the console.
		_, _, _ = second.Run(s.e.ctx(), fmt.Sprintf("kubectl port-forward deploy/web %d:80", port), func(protocol.Output) {})
	}()
	s.e.await("the page to come through the port", func() bool {
		client := http.Client{Timeout: 2 * time.Second}
		resp, err := client.Get(fmt.Sprintf("http://127.0.0.1:%d/", port))
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		page, _ := io.ReadAll(resp.Body)
		return resp.StatusCode == http.StatusOK && strings.Contains(string(page), "<h1>")
	})
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

// failsAsPodsDo: each kind of trouble shows its reason.
func failsAsPodsDo(t *testing.T, s shell) {
	s.must(`kubectl run typo --image=nginx:no-such-tag`)
	s.must(`kubectl run crash --image=busybox:1.37 -- sh -c 'exit 1'`)
	s.must(`kubectl run missing --image=busybox:1.37 -- /no/such/program`)
	s.must(`kubectl run greedy --image=polinux/stress --overrides='{"spec":{"containers":[{"name":"greedy","image":"polinux/stress","command":["stress","--vm","1","--vm-bytes","64M","--vm-hang","0"],"resources":{"limits":{"memory":"32Mi"}}}]}}'`)
	s.must(`kubectl run unset --image=busybox:1.37 --overrides='{"spec":{"containers":[{"name":"unset","image":"busybox:1.37","envFrom":[{"configMapRef":{"name":"nowhere"}}]}]}}'`)
	s.must(`kubectl run big --image=busybox:1.37 --overrides='{"spec":{"containers":[{"name":"big","image":"busybox:1.37","resources":{"requests":{"cpu":"64"}}}]}}'`)
	status := "-o jsonpath='{.status.phase} {..state.waiting.reason} {..lastState.terminated.reason} {..lastState.terminated.exitCode} {..conditions[?(@.type==\"PodScheduled\")].reason}'"
	for pod, want := range map[string]string{
		"typo":    `ErrImagePull|ImagePullBackOff`,
		"crash":   `^Running CrashLoopBackOff Error 1`,
		"missing": `(RunContainerError|CrashLoopBackOff) StartError 128`,
		"greedy":  `CrashLoopBackOff OOMKilled 137`,
		"unset":   `^Pending CreateContainerConfigError`,
		"big":     `^Pending .*Unschedulable`,
	} {
		last := ""
		s.e.await(pod+" to show "+want, func() bool {
			last, _ = s.run("kubectl get pod " + pod + " " + status)
			return regexp.MustCompile(want).MatchString(last)
		})
	}
	if said := s.must("kubectl describe pod missing"); !strings.Contains(said, "/no/such/program") {
		t.Errorf("the events do not name the program:\n%s", said)
	}
	s.must("kubectl delete pod typo crash missing greedy unset big talker --now")
}

// probes: readiness keeps a Pod out, liveness restarts a container.
func probes(t *testing.T, s shell) {
	s.must(`kubectl apply -f - <<'Y'
apiVersion: v1
kind: Pod
metadata: {name: probed}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: web
    image: nginx:1.29
    readinessProbe: {httpGet: {path: /ready, port: 80}, periodSeconds: 1}
    livenessProbe: {exec: {command: [test, "!", -e, /tmp/sick]}, periodSeconds: 1, failureThreshold: 1}
Y
`)
	s.must("kubectl wait --for=jsonpath='{.status.containerStatuses[0].started}'=true pod/probed --timeout=30s")
	if said := s.must("kubectl get pod probed -o jsonpath='{.status.containerStatuses[0].ready}'"); said != "false" {
		t.Errorf("ready without its page: %s", said)
	}
	s.must("kubectl exec probed -- touch /usr/share/nginx/html/ready")
	s.must("kubectl wait --for=condition=Ready pod/probed --timeout=30s")
	s.must("kubectl exec probed -- touch /tmp/sick")
	s.must("kubectl wait --for=jsonpath='{.status.containerStatuses[0].restartCount}'=1 pod/probed --timeout=30s")
	s.must("kubectl delete pod probed --now")
}

// mounts: volumes of every kind that needs no storage outside.
func mounts(t *testing.T, s shell) {
	s.must("kubectl create configmap conf --from-literal=colour=red")
	s.must("kubectl create secret generic key --from-literal=word=sesame")
	s.must(`kubectl apply -f - <<'Y'
apiVersion: v1
kind: Pod
metadata: {name: mounted, labels: {job: mount}}
spec:
  terminationGracePeriodSeconds: 0
  securityContext: {runAsUser: 1000, runAsNonRoot: true, fsGroup: 2000}
  containers:
  - name: c
    image: busybox:1.37
    command: [sleep, 1d]
    volumeMounts:
    - {name: conf, mountPath: /conf}
    - {name: key, mountPath: /key, readOnly: true}
    - {name: scratch, mountPath: /scratch}
    - {name: host, mountPath: /host}
    - {name: info, mountPath: /info}
  volumes:
  - {name: conf, configMap: {name: conf}}
  - {name: key, secret: {secretName: key, defaultMode: 0440}}
  - {name: scratch, emptyDir: {}}
  - {name: host, hostPath: {path: /etc, type: Directory}}
  - {name: info, downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}
Y
`)
	s.must("kubectl wait --for=condition=Ready pod/mounted --timeout=30s")
	for command, want := range map[string]string{
		"cat /conf/colour":                                        "red",
		"cat /key/word":                                           "sesame",
		"cat /info/labels":                                        `job="mount"`,
		"sh -c 'id -u; id -G'":                                    "1000\n0 2000",
		"sh -c 'echo x > /scratch/f; cat /scratch/f'":             "x",
		"sh -c 'echo x > /key/f || echo no'":                      "no",
		"sh -c 'test -e /host/passwd && echo leaks || echo safe'": "",
	} {
		said, _ := s.run("kubectl exec mounted -- " + command)
		if want != "" && !strings.Contains(said, want) {
			t.Errorf("%s says %q, not %q", command, said, want)
		}
	}
	s.must("kubectl patch configmap conf -p '{\"data\":{\"colour\":\"blue\"}}'")
	s.e.await("the changed ConfigMap to reach the Pod", func() bool {
		said, _ := s.run("kubectl exec mounted -- cat /conf/colour")
		return said == "blue"
	})
	s.must("kubectl delete pod mounted --now")
}

// asksTheAPI: a Pod's token is a real one, and RBAC judges it.
func asksTheAPI(t *testing.T, s shell) {
	s.must("kubectl run asker --image=curlimages/curl --command -- sleep 1d")
	s.must("kubectl wait --for=condition=Ready pod/asker --timeout=30s")
	const ask = `kubectl exec asker -- sh -c 'cd /var/run/secrets/kubernetes.io/serviceaccount; curl -s --cacert ca.crt -H "Authorization: Bearer $(cat token)" https://kubernetes.default.svc/api/v1/namespaces/default/pods'`
	if said := s.must(ask); !strings.Contains(said, `"reason": "Forbidden"`) {
		t.Errorf("without rights it got %s", said)
	}
	s.must("kubectl create rolebinding asker --clusterrole=view --serviceaccount=default:default")
	s.e.await("the binding to count", func() bool {
		said, _ := s.run(ask)
		return strings.Contains(said, `"kind": "PodList"`)
	})
	s.must("kubectl delete pod asker --now")
}

// drains empties a node, and its Pods come up elsewhere.
func drains(t *testing.T, s shell) {
	s.must("kubectl drain node2 --ignore-daemonsets --delete-emptydir-data --force --timeout=60s")
	s.must("kubectl rollout status deployment/web --timeout=60s")
	if said := s.must("kubectl get pods -l app=web -o jsonpath='{..nodeName}'"); strings.Contains(said, "node2") {
		t.Errorf("after the drain there are Pods on %s", said)
	}
	s.must("kubectl uncordon node2")
}
