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
	admin      shell
	kubeconfig string // a copy that only its owner may read
	before     string
}

// newBystanders takes another engine's cluster for the learner's own.
func newBystanders(t *testing.T) *bystanders {
	theirs := newEngine(t)
	theirs.start()
	st := theirs.up()
	b := &bystanders{t: t, admin: theirs.console(), kubeconfig: filepath.Join(t.TempDir(), "config")}
	data, err := os.ReadFile(st.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(b.kubeconfig, data, 0o400); err != nil {
		t.Fatal(err)
	}
	b.admin.must("kubectl create namespace precious; kubectl create configmap settings -n precious --from-literal=host=theirs")
	b.admin.must("kubectl create configmap settings -n default --from-literal=host=theirs; kubectl create clusterrole conf --verb=get --resource=pods")
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
	return b.admin.must(`kubectl get ns,cm,secrets,sa,pods,pv,pvc,roles,rolebindings,clusterroles,clusterrolebindings -A -o jsonpath='{range .items[*]}{.kind} {.metadata.namespace}/{.metadata.name} {.metadata.uid} {.metadata.resourceVersion}{"\n"}{end}'`)
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
	b := newBystanders(t)
	e := newEngine(t, "--kubeconfig", b.kubeconfig)
	e.start()
	up := e.up()
	l := labOf(t, "configmap-create/from-literals")
	refuses(t, e, l, "your own cluster, context "+up.Foreign)
	e.confirmed = "somewhere"
	refuses(t, e, l, "somewhere was confirmed")
	e.confirmed = up.Foreign
	b.unchanged("refusals")

	b.admin.must("kubectl create namespace conf; kubectl create configmap settings -n conf --from-literal=host=theirs")
	refuses(t, e, l, "not made by kubetutor")
	if out := b.admin.must("kubectl get configmap settings -n conf -o jsonpath={.data.host}"); out != "theirs" {
		t.Errorf("a namespace of the same name was touched: %s", out)
	}
	b.admin.must("kubectl delete namespace conf")

	solveForeign(t, e, l)
	e.sleep()
	e.start()
	e.up()
	if v := e.awaitVerdicts("the lab to come back", holds("port")); !passed(v) {
		t.Errorf("the attempt came back as %+v", v.Attempt)
	}
	resetForeign(t, e)
	if err := e.LabStop(e.ctx()); err != nil {
		e.fatal("lab stop", err)
	}
	b.unchanged("lab stop")

	e.startLab(l, 3)
	if _, err := e.ClusterDown(e.ctx()); err != nil {
		e.fatal("cluster down", err)
	}
	e.gone()
	b.unchanged("cluster down")
}

func solveForeign(t *testing.T, e *engineUnderTest, l *course.Lab) {
	e.startLab(l, 1)
	e.awaitVerdicts("the first verdicts", func(v protocol.Verdicts) bool { return len(v.Checks) == len(l.Checks) && !passed(v) })
	sh := e.console()
	if sh.Info().Namespace != "conf" {
		t.Errorf("the console stands in %s", sh.Info().Namespace)
	}
	labels := sh.must("kubectl get namespace conf -o jsonpath={.metadata.labels}")
	for _, key := range []string{"kubetutor.io/attempt", "kubetutor.io/engine"} {
		if !strings.Contains(labels, key) {
			t.Errorf("the namespace has no label %s: %s", key, labels)
		}
	}
	sh.must(l.Files[l.Solution])
	e.awaitVerdicts("the pass", passed)
}

func resetForeign(t *testing.T, e *engineUnderTest) {
	a, err := e.LabReset(e.ctx(), func(protocol.Stage) {})
	if err != nil {
		e.fatal("lab reset", err)
	}
	if a.Number != 2 || !a.Passed.IsZero() {
		t.Errorf("attempt %+v", a)
	}
	if out := e.console().must("kubectl get configmaps -o name"); strings.Contains(out, "settings") {
		t.Errorf("the next attempt begins with what the last one made: %s", out)
	}
}

// TestForeignClusterIsShared lets two learners work on one cluster; neither takes
// away what the other made. The second one's engine is asleep when it goes down.
func TestForeignClusterIsShared(t *testing.T) {
	b := newBystanders(t)
	second, err := lab.New(lab.Options{Kubelab: os.Args[0], Kubeconfig: b.kubeconfig})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(second.Close)
	e := newEngine(t, "--kubeconfig", b.kubeconfig)
	e.start()
	e.confirmed = e.up().Foreign
	fleet := protocol.StartLab{Lab: *labOf(t, "labels/label-columns"), Number: 1, Seed: 1, Confirmed: second.Foreign()}
	if _, err := second.StartLab(e.ctx(), fleet, func(protocol.Stage) {}); err != nil {
		e.fatal("the second learner's lab", err)
	}
	t.Cleanup(func() { _, _ = second.Down(e.ctx()) })

	refuses(t, e, &fleet.Lab, "another kubetutor")
	l := labOf(t, "configmap-create/from-literals")
	e.startLab(l, 1)
	if _, err := e.ClusterDown(e.ctx()); err != nil {
		e.fatal("cluster down", err)
	}
	e.gone()
	if out := b.admin.must("kubectl get pods -n fleet -o name; kubectl get ns -o name"); strings.Count(out, "pod/pay-") != 4 || strings.Contains(out, "namespace/conf") {
		t.Errorf("after the first learner left:\n%s", out)
	}

	if _, err := second.Sleep(e.ctx()); err != nil {
		t.Fatal(err)
	}
	if _, err := second.Down(e.ctx()); err != nil {
		e.fatal("cluster down of an engine that sleeps", err)
	}
	if _, err := os.Stat(second.StateDir()); !os.IsNotExist(err) {
		t.Errorf("its state is there: %v", err)
	}
	b.unchanged("both learners left")
}
