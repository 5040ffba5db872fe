package nodes

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
	"kubetutor/internal/engine/enginetest"
	"kubetutor/internal/lab/protocol"
)

// TestPods does on one cluster what learners do with Pods, by the console.
func TestPods(t *testing.T) {
	t.Parallel()
	e := onOneCluster(t, course.ProfileNodes,
		part{"deployment", rollsOut},
		part{"logs", readsLogs},
		part{"exec", executes},
		part{"copy", copies},
		part{"debug", debugs},
		part{"port-forward", forwards},
		part{"failures", failsAsPodsDo},
		part{"probes", probes},
		part{"volumes", mounts},
		part{"tokens", asksTheAPI},
		part{"drain", drains},
	)
	if _, err := e.ClusterDown(e.Context()); err != nil {
		t.Fatal(err)
	}
	e.Gone()
	e.NoOrphans()
}

// rollsOut: a Deployment becomes available, is updated and rolled back.
func rollsOut(t *testing.T, s enginetest.Shell) {
	s.Must("kubectl create deployment web --image=nginx:1.28 --replicas=3")
	s.Must("kubectl rollout status deployment/web --timeout=30s")
	s.Must("kubectl set image deployment/web nginx=nginx:1.29")
	s.Must("kubectl rollout status deployment/web --timeout=60s")
	s.Engine.Await("the old Pods to be gone", func() bool {
		return !strings.Contains(s.Must("kubectl get pods -l app=web -o jsonpath='{..image}'"), "1.28")
	})
	s.Must("kubectl rollout undo deployment/web")
	s.Must("kubectl rollout status deployment/web --timeout=60s")
	if said := s.Must("kubectl get deployment web -o jsonpath='{..image}'"); said != "nginx:1.28" {
		t.Errorf("rolled back to %q", said)
	}
}

func readsLogs(t *testing.T, s enginetest.Shell) {
	s.Must(`kubectl run talker --image=busybox:1.37 --restart=Never -- sh -c 'for i in 1 2 3; do echo "line $i"; done; echo oops >&2; exit 4'`)
	s.Must("kubectl wait --for=jsonpath='{.status.phase}'=Failed pod/talker --timeout=30s")
	if said := s.Must("kubectl logs talker"); said != "line 1\nline 2\nline 3\noops\n" {
		t.Errorf("the log is %q", said)
	}
	if said := s.Must("kubectl logs talker --tail=1"); said != "oops\n" {
		t.Errorf("its last line is %q", said)
	}
	if said := s.Must("kubectl get pod talker -o jsonpath='{..exitCode}'"); said != "4" {
		t.Errorf("the exit code is %q", said)
	}
}

func executes(t *testing.T, s enginetest.Shell) {
	if said := s.Must("kubectl exec deploy/web -- nginx -v 2>&1"); !strings.Contains(said, "nginx/1.28") {
		t.Errorf("nginx -v says %q", said)
	}
	if said, code := s.Try("kubectl exec deploy/web -- sh -c 'exit 7'"); code != 7 {
		t.Errorf("exit code %d: %s", code, said)
	}
	if said := s.Must("echo hello | kubectl exec -i deploy/web -- tr a-z A-Z"); said != "HELLO\n" {
		t.Errorf("through standard input came %q", said)
	}
	if said, code := s.Try("kubectl exec deploy/web -- nothing-here"); code == 0 || !strings.Contains(said, "not found") {
		t.Errorf("a missing program: code %d, %q", code, said)
	}
}

func copies(t *testing.T, s enginetest.Shell) {
	pod := s.Must("kubectl get pods -l app=web -o jsonpath='{.items[0].metadata.name}'")
	s.Must("echo '<h1>mine</h1>' > index.html")
	s.Must("kubectl cp index.html " + pod + ":/usr/share/nginx/html/index.html")
	if said := s.Must("kubectl exec " + pod + " -- curl -s localhost"); said != "<h1>mine</h1>\n" {
		t.Errorf("the page is %q", said)
	}
	s.Must("kubectl cp " + pod + ":/etc/nginx/nginx.conf copied.conf")
	if said := s.Must("cat copied.conf"); !strings.Contains(said, "worker_processes") {
		t.Errorf("copied %q", said)
	}
}

func debugs(t *testing.T, s enginetest.Shell) {
	pod := s.Must("kubectl get pods -l app=web -o jsonpath='{.items[0].metadata.name}'")
	s.Must("kubectl debug " + pod + " --image=busybox:1.37 --target=nginx -c look -- sh -c 'ps; sleep 600'")
	s.Engine.Await("the ephemeral container to see nginx", func() bool {
		said, _ := s.Try("kubectl logs " + pod + " -c look")
		return strings.Contains(said, "nginx")
	})
}

// forwards reaches a Pod from a program of this machine.
func forwards(t *testing.T, s enginetest.Shell) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	second := s.Engine.Console()
	go func() {
		// It ends with the console.
		_, _, _ = second.Run(s.Engine.Context(), fmt.Sprintf("kubectl port-forward deploy/web %d:80", port), func(protocol.Output) {})
	}()
	s.Engine.Await("the page to come through the port", func() bool {
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
func failsAsPodsDo(t *testing.T, s enginetest.Shell) {
	s.Must(`kubectl run typo --image=nginx:no-such-tag`)
	s.Must(`kubectl run crash --image=busybox:1.37 -- sh -c 'exit 1'`)
	s.Must(`kubectl run missing --image=busybox:1.37 -- /no/such/program`)
	s.Must(`kubectl run greedy --image=polinux/stress --overrides='{"spec":{"containers":[{"name":"greedy","image":"polinux/stress","command":["stress","--vm","1","--vm-bytes","64M","--vm-hang","0"],"resources":{"limits":{"memory":"32Mi"}}}]}}'`)
	s.Must(`kubectl run unset --image=busybox:1.37 --overrides='{"spec":{"containers":[{"name":"unset","image":"busybox:1.37","envFrom":[{"configMapRef":{"name":"nowhere"}}]}]}}'`)
	s.Must(`kubectl run big --image=busybox:1.37 --overrides='{"spec":{"containers":[{"name":"big","image":"busybox:1.37","resources":{"requests":{"cpu":"64"}}}]}}'`)
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
		s.Engine.Await(pod+" to show "+want, func() bool {
			last, _ = s.Try("kubectl get pod " + pod + " " + status)
			return regexp.MustCompile(want).MatchString(last)
		})
	}
	if said := s.Must("kubectl describe pod missing"); !strings.Contains(said, "/no/such/program") {
		t.Errorf("the events do not name the program:\n%s", said)
	}
	s.Must("kubectl delete pod typo crash missing greedy unset big talker --now")
}

// probes: readiness keeps a Pod out, liveness restarts a container.
func probes(t *testing.T, s enginetest.Shell) {
	s.Must(`kubectl apply -f - <<'Y'
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
	s.Must("kubectl wait --for=jsonpath='{.status.containerStatuses[0].started}'=true pod/probed --timeout=30s")
	if said := s.Must("kubectl get pod probed -o jsonpath='{.status.containerStatuses[0].ready}'"); said != "false" {
		t.Errorf("ready without its page: %s", said)
	}
	s.Must("kubectl exec probed -- touch /usr/share/nginx/html/ready")
	s.Must("kubectl wait --for=condition=Ready pod/probed --timeout=30s")
	s.Must("kubectl exec probed -- touch /tmp/sick")
	s.Must("kubectl wait --for=jsonpath='{.status.containerStatuses[0].restartCount}'=1 pod/probed --timeout=30s")
	s.Must("kubectl delete pod probed --now")
}

// mounts: volumes of every kind that needs no storage outside.
func mounts(t *testing.T, s enginetest.Shell) {
	s.Must("kubectl create configmap conf --from-literal=colour=red")
	s.Must("kubectl create secret generic key --from-literal=word=sesame")
	s.Must(`kubectl apply -f - <<'Y'
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
	s.Must("kubectl wait --for=condition=Ready pod/mounted --timeout=30s")
	for command, want := range map[string]string{
		"cat /conf/colour":                                        "red",
		"cat /key/word":                                           "sesame",
		"cat /info/labels":                                        `job="mount"`,
		"sh -c 'id -u; id -G'":                                    "1000\n0 2000",
		"sh -c 'echo x > /scratch/f; cat /scratch/f'":             "x",
		"sh -c 'echo x > /key/f || echo no'":                      "no",
		"sh -c 'test -e /host/passwd && echo leaks || echo safe'": "",
	} {
		said, _ := s.Try("kubectl exec mounted -- " + command)
		if want != "" && !strings.Contains(said, want) {
			t.Errorf("%s says %q, not %q", command, said, want)
		}
	}
	s.Must("kubectl patch configmap conf -p '{\"data\":{\"colour\":\"blue\"}}'")
	s.Engine.Await("the changed ConfigMap to reach the Pod", func() bool {
		said, _ := s.Try("kubectl exec mounted -- cat /conf/colour")
		return said == "blue"
	})
	s.Must("kubectl delete pod mounted --now")
}

// asksTheAPI: a Pod's token is a real one, and RBAC judges it.
func asksTheAPI(t *testing.T, s enginetest.Shell) {
	s.Must("kubectl run asker --image=curlimages/curl --command -- sleep 1d")
	s.Must("kubectl wait --for=condition=Ready pod/asker --timeout=30s")
	const ask = `kubectl exec asker -- sh -c 'cd /var/run/secrets/kubernetes.io/serviceaccount; curl -s --cacert ca.crt -H "Authorization: Bearer $(cat token)" https://kubernetes.default.svc/api/v1/namespaces/default/pods'`
	if said := s.Must(ask); !strings.Contains(said, `"reason": "Forbidden"`) {
		t.Errorf("without rights it got %s", said)
	}
	s.Must("kubectl create rolebinding asker --clusterrole=view --serviceaccount=default:default")
	s.Engine.Await("the binding to count", func() bool {
		said, _ := s.Try(ask)
		return strings.Contains(said, `"kind": "PodList"`)
	})
	s.Must("kubectl delete pod asker --now")
}

// drains empties a node, and its Pods come up elsewhere.
func drains(t *testing.T, s enginetest.Shell) {
	s.Must("kubectl drain node2 --ignore-daemonsets --delete-emptydir-data --force --timeout=60s")
	s.Must("kubectl rollout status deployment/web --timeout=60s")
	if said := s.Must("kubectl get pods -l app=web -o jsonpath='{..nodeName}'"); strings.Contains(said, "node2") {
		t.Errorf("after the drain there are Pods on %s", said)
	}
	s.Must("kubectl uncordon node2")
}
