package nodes

import (
	"strings"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/engine/enginetest"
	"kubetutor/internal/lab/protocol"
)

// pageLab is about what happens in containers: files, processes and logs.
func pageLab() *course.Lab {
	web := "app=web"
	deploy := "kubectl create deployment web --image=nginx:1.28 --replicas=2\nkubectl rollout status deployment/web --timeout=40s\n"
	write := "for p in $(kubectl get pods -l app=web -o name); do\n  kubectl exec $p -- sh -c 'echo hello from $HOSTNAME > /usr/share/nginx/html/index.html'\n" +
		"  kubectl exec $p -- curl -s localhost/%s\ndone\n"
	return &course.Lab{
		ID: "page", Lesson: "test", Title: course.Same("Page"), Task: course.Same("Serve a page."), Namespace: "site",
		Needs: []string{course.NeedsSimNode, course.NeedsExec, course.NeedsLogs}, Solution: "solve.console",
		Setup: []string{"space.yaml"},
		Checks: []course.Check{
			{ID: "page", Title: course.Same("Both serve the page"), Expect: `exit == 0 && stdout.contains("hello from web-")`,
				Exec: &course.ExecRef{LabelSelector: web, Command: []string{"curl", "-sf", "localhost"}}},
			{ID: "seen", Title: course.Same("One has been asked for it"), Expect: `lines.exists(l, l.contains("GET /seen"))`, Want: course.Same("a request"),
				Logs: &course.LogsRef{LabelSelector: web, Any: true, SinceStart: true}},
		},
		NearMisses: []course.NearMiss{{Script: "almost.console", Fails: []string{"seen"}, Why: course.Same("Nobody asked.")}},
		Files: map[string]string{
			"space.yaml":     "apiVersion: v1\nkind: Namespace\nmetadata: {name: site}\n",
			"solve.console":  deploy + strings.ReplaceAll(write, "%s", "seen"),
			"almost.console": deploy + strings.ReplaceAll(write, "%s", ""),
		},
	}
}

// TestContainersAreLookedInto proves a lab whose checks run commands and read
// logs, and then does it by hand: with a terminal, and with crictl.
func TestContainersAreLookedInto(t *testing.T) {
	t.Parallel()
	e := newCluster(t)
	e.Start()
	e.UpWith(course.ProfileNodes)
	t.Run("proof", func(t *testing.T) {
		err := e.Prove(e.Context(), protocol.Prove{Lab: *pageLab()}, func(p protocol.ProofStep) { enginetest.ReportProof(t, p) })
		if err != nil {
			e.Fatal("prove", err)
		}
	})
	t.Run("ticks", func(t *testing.T) { ticksFollowContainers(t, e) })
	t.Run("terminal", func(t *testing.T) { typesInAContainer(t, e) })
	t.Run("crictl", func(t *testing.T) { looksAtNodes(t, e) })
}

// ticksFollowContainers: a change in a container makes no event, and is seen all
// the same.
func ticksFollowContainers(t *testing.T, e cluster) {
	e.StartLab(pageLab(), 1)
	s := e.Console()
	s.Must("kubectl create deployment web --image=nginx:1.28")
	s.Must("kubectl rollout status deployment/web --timeout=40s")
	s.Must("kubectl exec deploy/web -- sh -c 'echo hello from $HOSTNAME > /usr/share/nginx/html/index.html'")
	began := time.Now()
	e.AwaitVerdicts("the page", enginetest.Holds("page"))
	t.Logf("the tick came %v after the write", time.Since(began))
	s.Must("kubectl exec deploy/web -- curl -s localhost/seen")
	e.AwaitVerdicts("the lab to be passed", enginetest.Passed)
}

// typesInAContainer has a shell in a container on a terminal.
func typesInAContainer(t *testing.T, e cluster) {
	c, err := e.ConsoleOpen(e.Context(), protocol.OpenConsole{Columns: 90, Rows: 30, Terminal: true})
	if err != nil {
		e.Fatal("console open", err)
	}
	defer c.Close()
	for _, line := range []string{
		"kubectl exec -it deploy/web -- sh",
		"crictl --node $(kubectl get pods -l app=web -o jsonpath='{.items[0].spec.nodeName}') exec -it $(" +
			"crictl --node $(kubectl get pods -l app=web -o jsonpath='{.items[0].spec.nodeName}') ps -q --name nginx) sh",
	} {
		typed, turns, said := false, 0, ""
		exit, _, err := c.Run(e.Context(), line, func(o protocol.Output) {
			said += string(o.Data)
			if o.Terminal != "" {
				turns++
			}
			if o.Terminal == protocol.LoanBegins && !typed {
				typed = true
				go func() {
					_ = c.Input(e.Context(), []byte("until stty size | grep '30 90'; do sleep 0.1; done; echo $((6*7)); exit 3\r"), false)
				}()
			}
		})
		if err != nil || turns != 2 || !strings.Contains(said, "30 90\r\n42\r\n") {
			t.Errorf("%s: exit %+v, %v, %d turns of the terminal:\n%s", line, exit, err, turns, said)
		}
		if strings.HasPrefix(line, "kubectl") && exit.Code != 3 {
			t.Errorf("%s: exit code %d", line, exit.Code)
		}
	}
}

// looksAtNodes uses crictl as on a node.
func looksAtNodes(t *testing.T, e cluster) {
	s := e.Console()
	node := s.Must("kubectl get pods -l app=web -o jsonpath='{.items[0].spec.nodeName}'")
	crictl := "crictl --node " + node + " "
	for line, want := range map[string]string{
		crictl + "ps":      "nginx",
		crictl + "pods":    "site",
		crictl + "images":  "docker.io/library/nginx",
		crictl + "version": "RuntimeApiVersion:  v1",
		crictl + "logs $(" + crictl + "ps -q --name nginx)":                          "GET /seen",
		crictl + "exec $(" + crictl + "ps -q --name nginx) nginx -v 2>&1":            "nginx/1.28",
		crictl + "exec -s $(" + crictl + "ps -q --name nginx) cat /etc/hosts":        "localhost",
		crictl + "inspect $(" + crictl + "ps -q --name nginx) | jq -r .status.state": "CONTAINER_RUNNING",
		crictl + "stats":             "nginx",
		crictl + "info | jq .status": "RuntimeReady",
	} {
		if said := s.Must(line); !strings.Contains(said, want) {
			t.Errorf("%s: %s", line, said)
		}
	}
	if said, code := s.Try("crictl -r unix:///run/containerd/containerd.sock ps"); code == 0 || !strings.Contains(said, "no runtime of this cluster") {
		t.Errorf("another runtime: %d %s", code, said)
	}
	c, err := s.Complete(e.Context(), "crictl --node no", len("crictl --node no"))
	if err != nil || len(c.Items) != 3 {
		t.Errorf("completion: %+v, %v", c, err)
	}
}
