package enginetest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// TestForeignCluster does a lab on a cluster that is not the engine's own: here,
// that of another engine.
func TestForeignCluster(t *testing.T) {
	t.Parallel()
	theirs := New(t)
	theirs.Start()
	st := theirs.Up()
	if _, err := os.Stat(st.Kubeconfig); err != nil {
		t.Fatal(err)
	}
	admin := theirs.Console()
	admin.Must("kubectl create namespace precious; kubectl create configmap keep -n precious")

	e := New(t, "--kubeconfig", st.Kubeconfig)
	e.Start()
	up := e.Up()
	e.Confirmed = up.Foreign
	if up.Foreign == "" || up.Kubeconfig == st.Kubeconfig || up.Kubernetes != "v1.37.1" {
		t.Errorf("status %+v", up)
	}
	l := SettingsLab()
	e.StartLab(l, 1)
	sh := e.Console()
	sh.Must("kubectl create configmap settings --from-literal=colour=blue")
	v := e.AwaitVerdicts("the pass", func(v protocol.Verdicts) bool { return Holds("made")(v) })
	for _, c := range v.Checks {
		if c.Check == "asked" && c.Result != protocol.Unjudged {
			t.Errorf("without an audit trail: %s", Describe(c))
		}
	}
	e.Sleep()
	e.Start()
	e.Up()
	e.AwaitVerdicts("the lab to come back", Holds("made"))

	refuses(t, e, LabOf(t, bindClaim), "more than one namespace")
	far := SettingsLab()
	far.Files["setup.yaml"] += "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: far, namespace: precious}}\n"
	refuses(t, e, far, "outside the lab's namespace")
	taken := SettingsLab()
	taken.Namespace = "precious"
	taken.Setup = nil
	refuses(t, e, taken, "not made by kubetutor")

	e.StartLab(l, 2)
	if _, err := e.ClusterDown(e.Context()); err != nil {
		e.Fatal("cluster down", err)
	}
	e.Gone()
	out := admin.Must("kubectl get ns -o name; kubectl get cm -n precious -o name")
	if strings.Contains(out, "namespace/shop") || !strings.Contains(out, "configmap/keep") || strings.Contains(out, "far") {
		t.Errorf("the cluster was left with\n%s", out)
	}
}

// refuses starts a lab in vain.
func refuses(t *testing.T, e *Engine, l *course.Lab, why string) {
	t.Helper()
	_, err := e.LabStart(e.Context(), protocol.StartLab{Lab: *l, Number: 1, Confirmed: e.Confirmed}, func(protocol.Stage) {})
	if err == nil || !strings.Contains(err.Error(), why) {
		t.Errorf("got %v, want %q", err, why)
	}
}

// TestForeignClusterNowhere says within five seconds that nobody answers.
func TestForeignClusterNowhere(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(`{apiVersion: v1, kind: Config, current-context: a, contexts: [{name: a, context: {cluster: c}}], clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	e := New(t, "--kubeconfig", file)
	e.Start()
	began := time.Now()
	_, err := e.ClusterUp(e.Context(), protocol.Up{}, func(protocol.Stage) {})
	var p *protocol.Error
	if !errors.As(err, &p) || !strings.Contains(p.Message, "does not answer") || p.Hint == "" {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}
