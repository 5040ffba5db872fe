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
	theirs := newEngine(t)
	theirs.start()
	st := theirs.up()
	if _, err := os.Stat(st.Kubeconfig); err != nil {
		t.Fatal(err)
	}
	admin := theirs.console()
	admin.must("kubectl create namespace precious; kubectl create configmap keep -n precious")

	e := newEngine(t, "--kubeconfig", st.Kubeconfig)
	e.start()
	up := e.up()
	e.confirmed = up.Foreign
	if up.Foreign == "" || up.Kubeconfig == st.Kubeconfig || up.Kubernetes != "v1.37.1" {
		t.Errorf("status %+v", up)
	}
	l := settingsLab()
	e.startLab(l, 1)
	sh := e.console()
	sh.must("kubectl create configmap settings --from-literal=colour=blue")
	v := e.awaitVerdicts("the pass", func(v protocol.Verdicts) bool { return holds("made")(v) })
	for _, c := range v.Checks {
		if c.Check == "asked" && c.Result != protocol.Unjudged {
			t.Errorf("without an audit trail: %s", describe(c))
		}
	}
	e.sleep()
	e.start()
	e.up()
	e.awaitVerdicts("the lab to come back", holds("made"))

	refuses(t, e, labOf(t, bindClaim), "more than one namespace")
	far := settingsLab()
	far.Files["setup.yaml"] += "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: far, namespace: precious}}\n"
	refuses(t, e, far, "outside the lab's namespace")
	taken := settingsLab()
	taken.Namespace = "precious"
	taken.Setup = nil
	refuses(t, e, taken, "not made by kubetutor")

	e.startLab(l, 2)
	if _, err := e.ClusterDown(e.ctx()); err != nil {
		e.fatal("cluster down", err)
	}
	e.gone()
	out := admin.must("kubectl get ns -o name; kubectl get cm -n precious -o name")
	if strings.Contains(out, "namespace/shop") || !strings.Contains(out, "configmap/keep") || strings.Contains(out, "far") {
		t.Errorf("the cluster was left with\n%s", out)
	}
}

// settingsLab is one that stays in its namespace.
func settingsLab() *course.Lab {
	return &course.Lab{
		ID: "settings", Lesson: "test", Scope: "namespace", Namespace: "shop", Setup: []string{"setup.yaml"},
		Checks: []course.Check{
			{ID: "made", Object: &course.ObjectRef{APIVersion: "v1", Kind: "ConfigMap", Name: "settings"}},
			{ID: "asked", Audit: &course.AuditRef{Verb: "create"}},
		},
		Files: map[string]string{"setup.yaml": "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: given}}\n"},
	}
}

// refuses starts a lab in vain.
func refuses(t *testing.T, e *engineUnderTest, l *course.Lab, why string) {
	t.Helper()
	_, err := e.LabStart(e.ctx(), protocol.StartLab{Lab: *l, Number: 1, Confirmed: e.confirmed}, func(protocol.Stage) {})
	if err == nil || !strings.Contains(err.Error(), why) {
		t.Errorf("got %v, want %q", err, why)
	}
}

// TestForeignClusterNowhere says within five seconds that nobody answers.
func TestForeignClusterNowhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(`{apiVersion: v1, kind: Config, current-context: a, contexts: [{name: a, context: {cluster: c}}], clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	e := newEngine(t, "--kubeconfig", file)
	e.start()
	began := time.Now()
	_, err := e.ClusterUp(e.ctx(), protocol.Up{}, func(protocol.Stage) {})
	var p *protocol.Error
	if !errors.As(err, &p) || !strings.Contains(p.Message, "does not answer") || p.Hint == "" {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}
