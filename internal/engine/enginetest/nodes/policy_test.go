package nodes

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/engine/enginetest"
	"kubetutor/internal/lab/protocol"
)

// policyWorld are a web server with a port that has a name, who may know its
// password, and others who connect to it.
const policyWorld = `kubectl create namespace shop; kubectl create namespace other
kubectl apply -f - <<'Y'
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "nginx:1.28", ports: [{name: http, containerPort: 80}]}]}
Y
kubectl -n shop expose deployment web --port=8080 --target-port=http
kubectl -n shop run client --image=busybox --labels=app=client -- sleep 9999
kubectl -n other run client --image=busybox --labels=app=client -- sleep 9999
kubectl -n shop rollout status deployment/web --timeout=60s
kubectl -n shop wait --for=condition=Ready pod/client --timeout=60s
kubectl -n other wait --for=condition=Ready pod/client --timeout=60s
`

// TestPolicies isolates Pods step by step. After every step it compares what
// requests do with what is explained of them.
func TestPolicies(t *testing.T) {
	t.Parallel()
	_, s := runningCluster(t, course.ProfileNodes)
	s.Must(policyWorld)
	const (
		deny = "{podSelector: {}, policyTypes: [Ingress, Egress]}"
		dns  = "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}], ports: [{port: 53, protocol: UDP}]}]}"
		in   = "{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {app: client}}}], ports: [{port: http}]}]}"
		out  = "{podSelector: {matchLabels: {app: client}}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {app: web}}}]}]}"
		cidr = "{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{ipBlock: {cidr: 10.244.0.0/16, except: [CLIENT/32]}}]}]}"
	)
	client := s.Must("kubectl -n shop get pod client -o jsonpath='{.status.podIP}'")
	for _, step := range []policyStep{
		{"open", "true", protocol.OutcomeConnects, protocol.OutcomeConnects, protocol.Listens, "80"},
		{"default deny", policyNamed("deny", deny), protocol.OutcomeUnresolved, protocol.OutcomeTimesOut, protocol.NameBlocked, "shop/deny"},
		{"questions to DNS", policyNamed("dns", dns), protocol.OutcomeTimesOut, protocol.OutcomeTimesOut, protocol.EgressNone, "shop/deny, shop/dns"},
		{"egress by labels", policyNamed("out", out), protocol.OutcomeTimesOut, protocol.OutcomeTimesOut, protocol.IngressNone, "shop/deny"},
		{"ingress by labels and by a port's name", policyNamed("in", in), protocol.OutcomeConnects, protocol.OutcomeTimesOut, protocol.Listens, "80"},
		{"a name that no port has", policyNamed("in", strings.Replace(in, "http", "https", 1)), protocol.OutcomeTimesOut, protocol.OutcomeTimesOut, protocol.IngressNone, "shop/deny, shop/in"},
		{"an ipBlock", policyNamed("in", strings.Replace(cidr, "CLIENT", client, 1)), protocol.OutcomeTimesOut, protocol.OutcomeConnects, protocol.IngressNone, "shop/deny, shop/in"},
		{"removed", "kubectl -n shop delete networkpolicy --all", protocol.OutcomeConnects, protocol.OutcomeConnects, protocol.Listens, "80"},
	} {
		t.Run(step.name, func(t *testing.T) { step.take(t, s.For(t)) })
	}
	t.Run("from the first moment", func(t *testing.T) { isolatedFromTheFirstMoment(s.For(t)) })
}

// policyStep is a change, and what becomes of requests after it.
type policyStep struct {
	name, change string
	here, there  protocol.Outcome     // of the clients in the server's namespace and in the other
	last         protocol.ExplainCode // how far it comes from here
	about        string               // one of the things that this is about
}

func (p policyStep) take(t *testing.T, s enginetest.Shell) {
	s.Must(p.change)
	began := time.Now()
	var here, there protocol.Explanation
	s.Engine.Await("the change to be in force", func() bool {
		here, there = explained(s, "shop"), explained(s, "other")
		return here.Outcome == p.here && there.Outcome == p.there
	})
	t.Logf("in force %v after the command", time.Since(began))
	if last := here.Steps[len(here.Steps)-1]; last.Code != p.last || !slices.Contains(slices.Collect(maps.Values(last.About)), p.about) {
		t.Errorf("it comes as far as %+v, should be %s, %s", last, p.last, p.about)
	}
	asked := map[string]protocol.Explanation{"shop": here}
	if there.Outcome != here.Outcome { // else it would tell nothing new, and takes a second
		asked["other"] = there
	}
	for namespace, e := range asked {
		said, code := s.Try("kubectl -n " + namespace + " exec client -- wget -qO- -T 1 http://web.shop:8080")
		if (code == 0) != (e.Outcome == protocol.OutcomeConnects) {
			t.Errorf("from %s: exit code %d, explained as %s\n%s", namespace, code, e.Outcome, said)
		}
	}
}

// explained is what is said of a request of a namespace's client.
func explained(s enginetest.Shell, namespace string) protocol.Explanation {
	s.Engine.T.Helper()
	e, err := s.Engine.Explain(s.Engine.Context(), protocol.Explain{From: namespace + "/client", To: "web.shop", Port: "8080"})
	if err != nil {
		s.Engine.Fatal("explain", err)
	}
	return e
}

// policyNamed creates or replaces a policy of the namespace shop.
func policyNamed(name, spec string) string {
	return fmt.Sprintf("kubectl apply -f - <<'Y'\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: %s, namespace: shop}\nspec: %s\nY\n", name, spec)
}

// isolatedFromTheFirstMoment: the first thing that a Pod does is judged, and by its
// own labels, though the API learns its address only later.
func isolatedFromTheFirstMoment(s enginetest.Shell) {
	s.Must(policyNamed("friends", "{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {role: friend}}}]}]}"))
	address := s.Must("kubectl -n shop get pod -l app=web -o jsonpath='{.items[0].status.podIP}'")
	for name, want := range map[string]string{"friend": "Succeeded", "stranger": "Failed"} {
		s.Must("kubectl -n shop run " + name + " --labels=role=" + name + " --image=busybox --restart=Never -- wget -qO- -T 1 http://" + address)
		s.Must("kubectl -n shop wait --for=jsonpath='{.status.phase}'=" + want + " pod/" + name + " --timeout=20s")
	}
}
