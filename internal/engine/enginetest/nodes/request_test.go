package nodes

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/course"
	"kubetutor/internal/engine/enginetest"
	"kubetutor/internal/lab/protocol"
)

// wallLab is about who may reach whom: one client may, the other may not.
func wallLab() *course.Lab {
	client := func(name string) course.FromRef { return course.FromRef{Pod: name} }
	shut := strings.ReplaceAll(`kubectl apply -f - <<Y
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: wall}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress: [{from: [{podSelector: {matchLabels: WHO}}]}]
Y
`, "WHO", "{run: friend}")
	return &course.Lab{
		ID: "wall", Lesson: "test", Title: course.Same("Wall"), Task: course.Same("Keep the stranger out."), Namespace: "site",
		Needs: []string{course.NeedsSimNode, course.NeedsNetwork}, Solution: "solve.console", Setup: []string{"site.yaml"},
		Settled: []course.Check{
			{Request: &course.RequestRef{From: client("friend"), URL: "http://web"}},
			{Request: &course.RequestRef{From: client("stranger"), URL: "http://web"}},
		},
		Checks: []course.Check{
			{ID: "friend", Title: course.Same("The friend is answered"), Expect: "response.status == 200",
				Request: &course.RequestRef{From: client("friend"), URL: "http://web"}},
			{ID: "stranger", Title: course.Same("The stranger is not"), Expect: `response.error == "timeout"`,
				Request: &course.RequestRef{From: client("stranger"), URL: "http://web", Timeout: "400ms"}},
			{ID: "spread", Title: course.Same("Both Pods answer"), Expect: "size(shares) == 2",
				Request: &course.RequestRef{From: client("friend"), URL: "http://web/hostname", Timeout: "400ms", Times: 12, By: "response.body"}},
			{ID: "name", Title: course.Same("The stranger knows the name"), Expect: "answers == [web.spec.clusterIP]",
				Want: course.Same("the cluster IP"), With: map[string]course.ObjectRef{"web": {APIVersion: "v1", Kind: "Service", Name: "web"}},
				Resolve: &course.ResolveRef{From: client("stranger"), Name: "web"}},
		},
		NearMisses: []course.NearMiss{
			{Script: "nobody.console", Fails: []string{"friend", "spread"}, Why: course.Same("The friend is kept out as well.")},
			{Script: "gone.console", Fails: []string{"friend", "stranger", "spread"}, Why: course.Same("What is gone refuses.")},
		},
		Files: map[string]string{
			"site.yaml": webSite, "solve.console": shut, "nobody.console": strings.Replace(shut, "run: friend", "run: nobody", 1),
			"gone.console": "kubectl scale deployment web --replicas=0\n",
		},
	}
}

const webSite = `apiVersion: v1
kind: Namespace
metadata: {name: site}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: site}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: "registry.k8s.io/e2e-test-images/agnhost:2.53", args: [netexec, --http-port=8080]}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: site}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: friend, namespace: site, labels: {run: friend}}
spec: {containers: [{name: c, image: "curlimages/curl:8.17.0", command: [sleep, infinity]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: stranger, namespace: site, labels: {run: stranger}}
spec: {containers: [{name: c, image: "curlimages/curl:8.17.0", command: [sleep, infinity]}]}
`

// TestTheNetworkIsJudged proves a lab on the network, does it by hand, and opens a
// port of this machine into it.
func TestTheNetworkIsJudged(t *testing.T) {
	t.Parallel()
	e := newCluster(t)
	e.Start()
	e.UpWith(course.ProfileNodes)
	t.Run("proof", func(t *testing.T) {
		err := e.Prove(e.Context(), protocol.Prove{Lab: *wallLab()}, func(p protocol.ProofStep) { enginetest.ReportProof(t, p) })
		if err != nil {
			e.Fatal("prove", err)
		}
	})
	t.Run("ticks", func(t *testing.T) { ticksFollowTheNetwork(t, e) })
	t.Run("open", func(t *testing.T) { opensAndCloses(t, e) })
}

// ticksFollowTheNetwork: a policy that comes, and one that goes.
func ticksFollowTheNetwork(t *testing.T, e cluster) {
	e.StartLab(wallLab(), 1)
	s := e.Console()
	e.AwaitVerdicts("the friend", enginetest.Holds("friend"))
	s.Must(wallLab().Files["solve.console"])
	began := time.Now()
	e.AwaitVerdicts("the stranger to be kept out", enginetest.Holds("stranger"))
	t.Logf("the tick came %v after the policy, of which 400 ms are the request's", time.Since(began))
	e.AwaitVerdicts("the lab to be passed", enginetest.Passed)
	s.Must("kubectl delete networkpolicy wall")
	e.AwaitVerdicts("the tick to go again", func(v protocol.Verdicts) bool { return !enginetest.Holds("stranger")(v) })
}

// opensAndCloses: what is open answers on loopback, until the lab is reset.
func opensAndCloses(t *testing.T, e cluster) {
	door, err := e.Open(e.Context(), protocol.Open{Target: "svc/web"})
	if err != nil {
		e.Fatal("open", err)
	}
	if door.Via != protocol.DoorLoadBalancer || !strings.HasPrefix(door.Address, "127.0.0.1:") || door.Name != "site/svc/web" {
		t.Errorf("the door is %+v", door)
	}
	if said, err := fetch(door.URL + "hostname"); err != nil || !strings.HasPrefix(said, "web-") {
		t.Errorf("through the door comes %q, %v", said, err)
	}
	if _, err := e.LabReset(e.Context(), func(protocol.Stage) {}); err != nil {
		e.Fatal("reset", err)
	}
	if list, err := e.Doors(e.Context()); err != nil || len(list.Doors) != 0 {
		t.Errorf("after a reset there is %+v, %v", list, err)
	}
	if said, err := fetch(door.URL); err == nil {
		t.Errorf("after a reset the port answers %q", said)
	}
}

func fetch(url string) (string, error) {
	client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}
