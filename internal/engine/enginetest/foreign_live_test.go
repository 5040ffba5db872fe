package enginetest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
)

// bystanders is a cluster that is not the engine's, with things in it that must
// survive whatever labs do there.
type bystanders struct {
	t          *testing.T
	admin      Shell
	kubeconfig string // a copy that only its owner may read
	before     string
}

// newBystanders takes another engine's cluster for the learner's own.
func newBystanders(t *testing.T) *bystanders {
	theirs := New(t)
	theirs.Start()
	st := theirs.Up()
	b := &bystanders{t: t, admin: theirs.Console(), kubeconfig: filepath.Join(t.TempDir(), "config")}
	data, err := os.ReadFile(st.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(b.kubeconfig, data, 0o400); err != nil {
		t.Fatal(err)
	}
	b.admin.Must("kubectl create namespace precious; kubectl create configmap settings -n precious --from-literal=host=theirs")
	b.admin.Must("kubectl create configmap settings -n default --from-literal=host=theirs; kubectl create clusterrole conf --verb=get --resource=pods")
	if b.before = b.everything(); !strings.Contains(b.before, "ConfigMap precious/settings ") {
		t.Fatalf("what is in the cluster was not listed:\n%s", b.before)
	}
	t.Cleanup(func() { b.fileUnchanged(data) })
	return b
}

// everything lists the objects that last, with their identity and version, but
// for those that a control plane renews by itself.
func (b *bystanders) everything() string {
	b.t.Helper()
	return b.admin.Must(`kubectl get ns,cm,secrets,sa,pods,pv,pvc,roles,rolebindings,clusterroles,clusterrolebindings -A -o jsonpath='{range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name} {.metadata.uid} {.metadata.resourceVersion}{"\n"}{end}'`)
}

// unchanged fails unless all is as it was at the beginning.
func (b *bystanders) unchanged(after string) {
	b.t.Helper()
	now := b.everything()
	if now == b.before {
		return
	}
	was := map[string]bool{}
	for line := range strings.Lines(b.before) {
		was[line] = true
	}
	for line := range strings.Lines(now) {
		if !was[line] {
			b.t.Errorf("after %s there is, or has changed: %s", after, line)
		}
		delete(was, line)
	}
	for line := range was {
		b.t.Errorf("after %s this is gone, or has changed: %s", after, line)
	}
}

func (b *bystanders) fileUnchanged(data []byte) {
	now, err := os.ReadFile(b.kubeconfig)
	if err != nil || string(now) != string(data) {
		b.t.Errorf("the learner's kubeconfig was changed: %v", err)
	}
}

// TestForeignLabLeavesNothing does a lab of the course on the learner's own
// cluster, from its refusals to its end.
func TestForeignLabLeavesNothing(t *testing.T) {
	t.Parallel()
	b := newBystanders(t)
	e := New(t, "--kubeconfig", b.kubeconfig)
	e.Start()
	up := e.Up()
	l := LabOf(t, "configmap-create/from-literals")
	refuses(t, e, l, "your own cluster, context "+up.Foreign)
	e.Confirmed = "somewhere"
	refuses(t, e, l, "somewhere was confirmed")
	e.Confirmed = up.Foreign
	b.unchanged("refusals")

	b.admin.Must("kubectl create namespace conf; kubectl create configmap settings -n conf --from-literal=host=theirs")
	refuses(t, e, l, "not made by kubetutor")
	if out := b.admin.Must("kubectl get configmap settings -n conf -o jsonpath={.data.host}"); out != "theirs" {
		t.Errorf("a namespace of the same name was touched: %s", out)
	}
	b.admin.Must("kubectl delete namespace conf")

	solveForeign(t, e, l)
	e.Sleep()
	e.Start()
	e.Up()
	if v := e.AwaitVerdicts("the lab to come back", Holds("port")); !Passed(v) {
		t.Errorf("the attempt came back as %+v", v.Attempt)
	}
	resetForeign(t, e)
	if err := e.LabStop(e.Context()); err != nil {
		e.Fatal("lab stop", err)
	}
	b.unchanged("lab stop")

	e.StartLab(l, 3)
	if _, err := e.ClusterDown(e.Context()); err != nil {
		e.Fatal("cluster down", err)
	}
	e.Gone()
	b.unchanged("cluster down")
}

func solveForeign(t *testing.T, e *Engine, l *course.Lab) {
	a := e.StartLab(l, 1)
	e.AwaitVerdicts("the first verdicts", func(v protocol.Verdicts) bool { return len(v.Checks) == len(l.Checks) && !Passed(v) })
	sh := e.Console()
	if sh.Info().Namespace != "conf" {
		t.Errorf("the console stands in %s", sh.Info().Namespace)
	}
	labels := sh.Must("kubectl get namespace conf -o jsonpath={.metadata.labels}")
	for _, key := range []string{"kubetutor.io/attempt", "kubetutor.io/engine"} {
		if !strings.Contains(labels, key) {
			t.Errorf("the namespace has no label %s: %s", key, labels)
		}
	}
	sh.Must("kubectl create configmap settings --from-literal=host=a,port=b")
	e.AwaitVerdicts("the hint about commas", offering(hintComma, hintExists))
	sh.Must("kubectl delete configmap settings; " + course.Substitute(l.Files[l.Solution], a.Vars))
	e.AwaitVerdicts("the pass", Passed)
}

func resetForeign(t *testing.T, e *Engine) {
	a, err := e.LabReset(e.Context(), func(protocol.Stage) {})
	if err != nil {
		e.Fatal("lab reset", err)
	}
	if a.Number != 2 || !a.Passed.IsZero() {
		t.Errorf("attempt %+v", a)
	}
	if out := e.Console().Must("kubectl get configmaps -o name"); strings.Contains(out, "settings") {
		t.Errorf("the next attempt begins with what the last one made: %s", out)
	}
}

// TestForeignClusterIsShared lets two learners work on one cluster; neither takes
// away what the other made. The second one's engine is asleep when it goes down.
func TestForeignClusterIsShared(t *testing.T) {
	t.Parallel()
	b := newBystanders(t)
	second, err := lab.New(lab.Options{Kubelab: os.Args[0], Kubeconfig: b.kubeconfig})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(second.Close)
	e := New(t, "--kubeconfig", b.kubeconfig)
	e.Start()
	e.Confirmed = e.Up().Foreign
	fleet := protocol.StartLab{Lab: *LabOf(t, "labels/label-columns"), Number: 1, Seed: 1, Confirmed: second.Foreign()}
	if _, err := second.StartLab(e.Context(), fleet, func(protocol.Stage) {}); err != nil {
		e.Fatal("the second learner's lab", err)
	}
	t.Cleanup(func() { _, _ = second.Down(e.Context()) })

	refuses(t, e, &fleet.Lab, "another kubetutor")
	l := LabOf(t, "configmap-create/from-literals")
	e.StartLab(l, 1)
	if _, err := e.ClusterDown(e.Context()); err != nil {
		e.Fatal("cluster down", err)
	}
	e.Gone()
	if out := b.admin.Must("kubectl get pods -n fleet -o name; kubectl get ns -o name"); strings.Count(out, "pod/pay-") != 4 || strings.Contains(out, "namespace/conf") {
		t.Errorf("after the first learner left:\n%s", out)
	}

	if _, err := second.Sleep(e.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := second.Down(e.Context()); err != nil {
		e.Fatal("cluster down of an engine that sleeps", err)
	}
	if _, err := os.Stat(second.StateDir()); !os.IsNotExist(err) {
		t.Errorf("its state is there: %v", err)
	}
	b.unchanged("both learners left")
}
