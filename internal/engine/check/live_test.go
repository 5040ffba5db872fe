package check

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
	authorizationclient "k8s.io/client-go/kubernetes/typed/authorization/v1"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// What the fakes can show honestly is how events become verdicts. Discovery,
// selectors, admission and authorization are tried on a real API server, in
// package enginetest.

const deadline = 10 * time.Second

// fakeKinds is a RESTMapper whose kinds can be added to.
type fakeKinds struct {
	*meta.DefaultRESTMapper
	mu sync.Mutex
}

func newKinds() *fakeKinds {
	m := &fakeKinds{DefaultRESTMapper: meta.NewDefaultRESTMapper([]schema.GroupVersion{{Version: "v1"}, {Group: "networking.k8s.io", Version: "v1"}})}
	for kind, scope := range map[string]meta.RESTScope{
		"v1/ConfigMap": meta.RESTScopeNamespace, "v1/PersistentVolumeClaim": meta.RESTScopeNamespace,
		"v1/PersistentVolume": meta.RESTScopeRoot, "v1/Node": meta.RESTScopeRoot, "v1/Pod": meta.RESTScopeNamespace,
	} {
		m.Add(schema.FromAPIVersionAndKind("v1", kind[len("v1/"):]), scope)
	}
	return m
}

func (m *fakeKinds) Reset() {}

func (m *fakeKinds) define(kind schema.GroupVersionKind) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Add(kind, meta.RESTScopeNamespace)
}

func (m *fakeKinds) RESTMapping(kind schema.GroupKind, versions ...string) (*meta.RESTMapping, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.DefaultRESTMapper.RESTMapping(kind, versions...)
}

// fakeReviews allows what may says.
type fakeReviews struct {
	authorizationclient.SubjectAccessReviewInterface
	mu    sync.Mutex
	may   func(authorizationv1.SubjectAccessReviewSpec) bool
	asked []authorizationv1.SubjectAccessReviewSpec
}

func (f *fakeReviews) Create(_ context.Context, r *authorizationv1.SubjectAccessReview, _ metav1.CreateOptions) (*authorizationv1.SubjectAccessReview, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, r.Spec)
	r = r.DeepCopy()
	r.Status.Allowed = f.may(r.Spec)
	return r, nil
}

// cluster is a fake cluster with its checker.
type cluster struct {
	*Checker
	t       *testing.T
	objects *fake.FakeDynamicClient
	kinds   *fakeKinds
	reviews *fakeReviews
	inside  *fakeContainers
}

func newCluster(t *testing.T, o Options, objects ...runtime.Object) *cluster {
	t.Helper()
	lists := map[schema.GroupVersionResource]string{
		{Version: "v1", Resource: "configmaps"}:                                  "ConfigMapList",
		{Version: "v1", Resource: "persistentvolumeclaims"}:                      "PersistentVolumeClaimList",
		{Version: "v1", Resource: "persistentvolumes"}:                           "PersistentVolumeList",
		{Version: "v1", Resource: "pods"}:                                        "PodList",
		{Version: "v1", Resource: "secrets"}:                                     "SecretList",
		{Group: "networking.k8s.io", Version: "v1", Resource: "networkpolicies"}: "NetworkPolicyList",
		{Group: "shop.example", Version: "v1", Resource: "widgets"}:              "WidgetList",
		definitions(): "CustomResourceDefinitionList",
	}
	for _, r := range permissions() {
		lists[r] = "List"
	}
	c := &cluster{t: t, kinds: newKinds(), reviews: &fakeReviews{}}
	c.objects = fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), lists, objects...)
	c.inside = &fakeContainers{}
	c.Checker = newChecker(o, c.objects, c.kinds, c.reviews, c.inside)
	return c
}

// follow follows a lab in the background; the channel has the newest verdicts.
func (c *cluster) follow(lab *course.Lab, gap bool) (verdicts <-chan []protocol.Verdict) {
	c.t.Helper()
	ctx, cancel := context.WithCancel(c.t.Context())
	newest := make(chan []protocol.Verdict, 100)
	done := make(chan error, 1)
	go func() {
		done <- c.Follow(ctx, lab, nil, time.Time{}, gap, func(v []protocol.Verdict, _ []int) { newest <- v })
	}()
	c.t.Cleanup(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				c.t.Errorf("Follow: %v", err)
			}
		case <-time.After(deadline):
			c.t.Error("Follow does not end")
		}
	})
	return newest
}

// until reads verdicts until the results are those wanted.
func until(t *testing.T, verdicts <-chan []protocol.Verdict, want ...protocol.Result) []protocol.Verdict {
	t.Helper()
	limit := time.After(deadline)
	var last []protocol.Verdict
	for {
		select {
		case last = <-verdicts:
			if slices.Equal(results(last), want) {
				return last
			}
		case <-limit:
			t.Fatalf("still %+v, wanted %v", last, want)
		}
	}
}

func results(verdicts []protocol.Verdict) []protocol.Result {
	var rs []protocol.Result
	for _, v := range verdicts {
		rs = append(rs, v.Result)
	}
	return rs
}

func object(apiVersion, kind, namespace, name string, more map[string]any) *unstructured.Unstructured {
	o := map[string]any{"apiVersion": apiVersion, "kind": kind, "metadata": map[string]any{"name": name}}
	if namespace != "" {
		o["metadata"].(map[string]any)["namespace"] = namespace
	}
	for k, v := range more {
		o[k] = v
	}
	return &unstructured.Unstructured{Object: o}
}

func config(data map[string]any) *unstructured.Unstructured {
	return object("v1", "ConfigMap", "shop", "settings", map[string]any{"data": data})
}

func (c *cluster) configs() schema.GroupVersionResource {
	return schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
}

func (c *cluster) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *cluster) create(resource schema.GroupVersionResource, o *unstructured.Unstructured) {
	c.t.Helper()
	_, err := c.objects.Resource(resource).Namespace(o.GetNamespace()).Create(c.t.Context(), o, metav1.CreateOptions{})
	c.must(err)
}

func (c *cluster) update(resource schema.GroupVersionResource, o *unstructured.Unstructured) {
	c.t.Helper()
	_, err := c.objects.Resource(resource).Namespace(o.GetNamespace()).Update(c.t.Context(), o, metav1.UpdateOptions{})
	c.must(err)
}

func settings() *course.ObjectRef {
	return &course.ObjectRef{APIVersion: "v1", Kind: "ConfigMap", Name: "settings"}
}

const (
	pass    = protocol.Pass
	fail    = protocol.Fail
	unknown = protocol.Unjudged
)

func TestFollowTellsOfEveryChange(t *testing.T) {
	t.Parallel()
	c := newCluster(t, Options{})
	lab := &course.Lab{ID: "l", Namespace: "shop", Checks: []course.Check{
		{ID: "exists", Object: settings()},
		{ID: "port", Object: settings(), Expect: `object.data.port == "8888"`},
		{ID: "gone", Absent: &course.ObjectRef{APIVersion: "v1", Kind: "PersistentVolume", Name: "old"}},
		{ID: "two", List: &course.ListRef{APIVersion: "v1", Kind: "ConfigMap"}, Expect: "items.size() == 1"},
	}}
	verdicts := c.follow(lab, false)
	until(t, verdicts, fail, fail, pass, fail)
	c.create(c.configs(), config(map[string]any{"port": "80"}))
	v := until(t, verdicts, pass, fail, pass, pass)
	if v[1].Want != course.Same(`"8888"`) || v[1].Have != course.Same(`"80"`) || v[1].Path != "data.port" || v[1].Check != "port" {
		t.Errorf("got %+v", v[1])
	}
	c.update(c.configs(), config(map[string]any{"port": "8888"}))
	until(t, verdicts, pass, pass, pass, pass)
	c.must(c.objects.Resource(c.configs()).Namespace("shop").Delete(t.Context(), "settings", metav1.DeleteOptions{}))
	until(t, verdicts, fail, fail, pass, fail)
}

func TestAlwaysAndNeverSeeEveryState(t *testing.T) {
	t.Parallel()
	c := newCluster(t, Options{}, config(map[string]any{"n": "2"}))
	lab := &course.Lab{ID: "l", Namespace: "shop", Checks: []course.Check{
		{ID: "always", Object: settings(), Always: `object.data.n == "2"`},
		{ID: "never", Object: settings(), Never: `object.data.n == "1"`},
		{ID: "last", Object: settings(), Expect: `object.data.end == "yes"`},
	}}
	verdicts := c.follow(lab, false)
	until(t, verdicts, pass, pass, fail)
	// Within one burst, so that no verdict shows the state in the middle.
	c.update(c.configs(), config(map[string]any{"n": "1"}))
	c.update(c.configs(), config(map[string]any{"n": "2", "end": "yes"}))
	v := until(t, verdicts, fail, fail, pass)
	if v[0].Have != course.Same(`"1"`) || v[1].Have != course.Same(`"1"`) {
		t.Errorf("the verdicts must be of that moment: %+v", v)
	}
	if got, _, err := c.AtRest(t.Context(), lab, nil, time.Time{}, 50*time.Millisecond, deadline); err != nil || !slices.Equal(results(got), []protocol.Result{fail, fail, pass}) {
		t.Errorf("at rest: %v, %v", got, err)
	}
}

func TestGapLeavesHistoryUnjudged(t *testing.T) {
	t.Parallel()
	c := newCluster(t, Options{Audit: &requests{}}, config(nil))
	lab := &course.Lab{ID: "l", Namespace: "shop", Checks: []course.Check{
		{Object: settings(), Always: `object.data.n == "2"`},
		{Object: settings()},
		{Audit: &course.AuditRef{Verb: "delete"}},
	}}
	v := until(t, c.follow(lab, true), unknown, pass, unknown)
	if v[0].Reason != textGap() || v[2].Reason != textGap() {
		t.Errorf("got %+v", v)
	}
}

func TestKindThatIsDefinedLater(t *testing.T) {
	t.Parallel()
	c := newCluster(t, Options{})
	widgets := schema.GroupVersionKind{Group: "shop.example", Version: "v1", Kind: "Widget"}
	lab := &course.Lab{ID: "l", Namespace: "shop", Checks: []course.Check{
		{Object: &course.ObjectRef{APIVersion: "shop.example/v1", Kind: "Widget", Name: "bear"}},
	}}
	verdicts := c.follow(lab, false)
	until(t, verdicts, fail)
	c.kinds.define(widgets)
	c.create(definitions(), object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "widgets.shop.example", nil))
	c.create(schema.GroupVersionResource{Group: "shop.example", Version: "v1", Resource: "widgets"},
		object("shop.example/v1", "Widget", "shop", "bear", nil))
	until(t, verdicts, pass)
}

func TestAccessIsAskedAgainWhenRolesChange(t *testing.T) {
	t.Parallel()
	c := newCluster(t, Options{})
	allowed := make(chan bool, 1)
	c.reviews.may = func(authorizationv1.SubjectAccessReviewSpec) bool {
		select {
		case <-allowed:
			allowed <- true
			return true
		default:
			return false
		}
	}
	lab := &course.Lab{ID: "l", Namespace: "shop", Checks: []course.Check{
		{Access: &course.AccessRef{User: "system:serviceaccount:shop:robot", Verb: "list", Resource: "pods"}},
		{Access: &course.AccessRef{User: "jane", Verb: "list", Resource: "nodes"}, Expect: "!allowed"},
	}}
	verdicts := c.follow(lab, false)
	until(t, verdicts, fail, pass)
	// The authorizer learns of it later than we see the event.
	c.create(permissions()[0], object("rbac.authorization.k8s.io/v1", "Role", "shop", "reader", nil))
	allowed <- true
	until(t, verdicts, pass, fail)
	robot := c.reviews.asked[0]
	if robot.ResourceAttributes.Namespace != "shop" || !slices.Equal(robot.Groups, []string{"system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"}) {
		t.Errorf("asked for %+v", robot)
	}
	if jane := c.reviews.asked[1]; jane.ResourceAttributes.Namespace != "" {
		t.Errorf("a node has no namespace: %+v", jane.ResourceAttributes)
	}
}

// requests is an AuditSource that, like the real one, holds its lock while it
// calls.
type requests struct {
	mu   sync.Mutex
	all  []Request
	tell func(Request)
}

func (a *requests) Since(at time.Time) []Request {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(a.all), func(r Request) bool { return r.At.Before(at) })
}

func (a *requests) Subscribe(f func(Request)) func() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tell = f
	return func() {}
}

func (a *requests) add(rs ...Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, r := range rs {
		a.all = append(a.all, r)
		if a.tell != nil {
			a.tell(r)
		}
	}
}

func TestAuditCountsTheLearnersRequests(t *testing.T) {
	t.Parallel()
	audit := &requests{}
	c := newCluster(t, Options{Audit: audit})
	lab := &course.Lab{ID: "l", Checks: []course.Check{
		{Audit: &course.AuditRef{Verb: "delete", Resource: "pods"}, Expect: "requests.all(r, r.code >= 400)", Want: course.Same("none")},
		{Audit: &course.AuditRef{Verb: "get"}},
	}}
	verdicts := c.follow(lab, false)
	until(t, verdicts, pass, fail)
	audit.add(
		Request{At: time.Now(), User: "kubetutor:setup", Verb: "delete", Resource: "pods", Code: 200},
		Request{At: time.Now(), User: "learner", Verb: "delete", Resource: "pods", Code: 404},
		Request{At: time.Now(), User: "learner", Verb: "get", Resource: "pods", Code: 200})
	until(t, verdicts, pass, pass)
	audit.add(Request{At: time.Now(), User: "learner", Verb: "delete", Resource: "pods", Code: 200})
	until(t, verdicts, fail, pass)
}

func TestFilesAreReadAgainWhenTheyChange(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := newCluster(t, Options{Workspace: dir})
	lab := &course.Lab{ID: "l", Checks: []course.Check{
		{File: &course.FileRef{Path: "answer"}, Expect: `file == "12"`},
		{File: &course.FileRef{Path: "a/b/list", As: "lines"}, Expect: `file == ["x", "y"]`},
		{File: &course.FileRef{Path: "pod.yaml", As: "yaml"}, Expect: `file.spec.count == 3`},
	}}
	verdicts := c.follow(lab, false)
	until(t, verdicts, fail, fail, fail)
	write := func(name, text string) { c.must(os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600)) }
	write("answer", "12\n")
	until(t, verdicts, pass, fail, fail)
	c.must(os.MkdirAll(filepath.Join(dir, "a/b"), 0o700))
	write("a/b/list", "x\ny\n")
	write("pod.yaml", "spec: {count: 3}")
	until(t, verdicts, pass, pass, pass)
	write("pod.yaml", "spec: {count: 3")
	for v := until(t, verdicts, pass, pass, fail); !strings.HasPrefix(v[2].Have.EN, "not valid yaml"); { // the file is empty for a moment
		v = until(t, verdicts, pass, pass, fail)
	}
	c.must(os.Remove(filepath.Join(dir, "answer")))
	until(t, verdicts, fail, pass, fail)
}

func TestFilesAreReadWithoutAWatcher(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := &fileSource{ref: course.FileRef{Path: "answer"}, last: reading{pending: true}}
	s := &session{checker: &Checker{options: Options{Workspace: dir}}, files: []*fileSource{f}, wake: make(chan struct{}, 1)}
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { ended <- s.pollFiles(ctx) }()
	if err := os.WriteFile(filepath.Join(dir, "answer"), []byte("12\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	read := func() reading {
		s.mu.Lock()
		defer s.mu.Unlock()
		return f.read()
	}
	for end := time.Now().Add(10 * time.Second); read().value != "12"; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("read %+v", read())
		}
	}
	cancel()
	if err := <-ended; err != context.Canceled {
		t.Errorf("ended with %v", err)
	}
}

func TestFilesOutsideTheWorkspaceAreNotRead(t *testing.T) {
	t.Parallel()
	outside, dir := t.TempDir(), t.TempDir()
	for _, err := range []error{
		os.WriteFile(filepath.Join(outside, "secret"), []byte("12"), 0o600),
		os.Symlink(filepath.Join(outside, "secret"), filepath.Join(dir, "link")),
		os.Symlink(outside, filepath.Join(dir, "dir")),
		os.WriteFile(filepath.Join(dir, "big"), make([]byte, maxFile+1), 0o600),
		os.Mkdir(filepath.Join(dir, "folder"), 0o700),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"link", "dir/secret", "../" + filepath.Base(outside) + "/secret", filepath.Join(outside, "secret"), "big", "folder"} {
		if r := readFile(dir, course.FileRef{Path: name}); r.there || r.value != nil {
			t.Errorf("%s: got %.20v", name, r.value)
		}
	}
}

func TestSettledWaits(t *testing.T) {
	t.Parallel()
	c := newCluster(t, Options{})
	conditions := []course.Check{{Object: settings(), Expect: `object.data.n == "1"`}}
	told := make(chan []protocol.Verdict, 10)
	done := make(chan error, 1)
	go func() {
		done <- c.Settled(t.Context(), conditions, "shop", nil, func(v []protocol.Verdict) { told <- v })
	}()
	if v := until(t, told, fail); v[0].Check != "ConfigMap/settings" {
		t.Errorf("got %+v", v)
	}
	c.create(c.configs(), config(map[string]any{"n": "1"}))
	select {
	case err := <-done:
		c.must(err)
	case <-time.After(deadline):
		t.Fatal("not settled")
	}
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := c.Settled(short, []course.Check{{Absent: settings()}}, "shop", nil, func([]protocol.Verdict) {}); err == nil {
		t.Error("settled, although it was not")
	}
}

func TestAtRestWaitsForTheLastChange(t *testing.T) {
	t.Parallel()
	c := newCluster(t, Options{}, config(map[string]any{"n": "0"}))
	lab := &course.Lab{ID: "l", Namespace: "shop", Checks: []course.Check{{Object: settings(), Expect: `object.data.n == "3"`}}}
	go func() {
		for _, n := range []string{"1", "2", "3"} {
			if !pause(t.Context(), 60*time.Millisecond) {
				return
			}
			c.update(c.configs(), config(map[string]any{"n": n}))
		}
	}()
	v, _, err := c.AtRest(t.Context(), lab, nil, time.Time{}, 200*time.Millisecond, deadline)
	if err != nil || v[0].Result != pass {
		t.Errorf("got %v, %v", v, err)
	}
}
