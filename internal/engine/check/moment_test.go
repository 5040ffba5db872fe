package check

import (
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	clienttesting "k8s.io/client-go/testing"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// slow is a cluster whose watches show what the test lets them.
type slow struct {
	*cluster
	ofObject, ofList chan watch.Event
	asked            chan metav1.ListOptions // lists at a version
}

// newSlow makes a cluster with one ConfigMap. A watch that selects by a field is
// that of an object.
func newSlow(t *testing.T, first *unstructured.Unstructured) *slow {
	s := &slow{cluster: newCluster(t, Options{}, first), ofObject: make(chan watch.Event, 10), ofList: make(chan watch.Event, 10), asked: make(chan metav1.ListOptions, 1000)}
	s.objects.PrependWatchReactor("configmaps", func(a clienttesting.Action) (bool, watch.Interface, error) {
		events := s.ofList
		if fields := a.(clienttesting.WatchAction).GetWatchRestrictions().Fields; fields != nil && !fields.Empty() {
			events = s.ofObject
		}
		return true, watch.NewProxyWatcher(events), nil
	})
	s.objects.PrependReactor("list", "configmaps", func(a clienttesting.Action) (bool, runtime.Object, error) {
		if o := a.(clienttesting.ListActionImpl).ListOptions; o.ResourceVersionMatch == metav1.ResourceVersionMatchExact {
			s.asked <- o
		}
		return false, nil, nil
	})
	return s
}

// at is the ConfigMap of these tests at a version.
func at(version, a, b string) *unstructured.Unstructured {
	o := config(map[string]any{"a": a, "b": b})
	o.SetResourceVersion(version)
	return o
}

func modified(o *unstructured.Unstructured) watch.Event {
	return watch.Event{Type: watch.Modified, Object: o}
}

// twoWatches has one check look at the object a watch of its own shows, and the
// other at the list that a second one shows.
func twoWatches() *course.Lab {
	return &course.Lab{ID: "l", Namespace: "shop", Checks: []course.Check{
		{ID: "a", Object: settings(), Expect: `object.data.a == "good"`},
		{ID: "b", List: &course.ListRef{APIVersion: "v1", Kind: "ConfigMap"}, Expect: `items.all(c, c.data.b == "good")`},
	}}
}

// TestMixedStateIsNoPass has one change arrive at one watch before the other.
// What the two show then together never was.
func TestMixedStateIsNoPass(t *testing.T) {
	t.Parallel()
	s := newSlow(t, at("5", "bad", "good"))
	verdicts := s.follow(twoWatches(), false)
	until(t, verdicts, fail, pass)
	changed := at("6", "good", "bad")
	s.update(s.configs(), changed)
	s.ofObject <- modified(changed)
	select {
	case o := <-s.asked:
		if o.ResourceVersion != "6" {
			t.Errorf("the newest version is 6; asked for %q", o.ResourceVersion)
		}
	case v := <-verdicts:
		t.Fatalf("told of a state that never was: %+v", v)
	case <-time.After(deadline):
		t.Fatal("nobody asked whether it was so")
	}
	s.ofList <- modified(changed)
	noPassUntil(t, verdicts, pass, fail)
	right := at("7", "good", "good")
	s.update(s.configs(), right)
	s.ofObject <- modified(right)
	s.ofList <- modified(right)
	until(t, verdicts, pass, pass)
}

// noPassUntil reads verdicts until the results are those wanted, and fails over a pass
// of all.
func noPassUntil(t *testing.T, verdicts <-chan []protocol.Verdict, want ...protocol.Result) {
	t.Helper()
	limit := time.After(deadline)
	for {
		select {
		case v := <-verdicts:
			if allPass(v) {
				t.Fatalf("passed: %+v", v)
			}
			if slices.Equal(results(v), want) {
				return
			}
		case <-limit:
			t.Fatalf("never saw %v", want)
		}
	}
}

// TestOneCheckOfTwoObjects: what one check binds is of one moment too.
func TestOneCheckOfTwoObjects(t *testing.T) {
	t.Parallel()
	s := newSlow(t, at("5", "bad", "good"))
	lab := twoWatches()
	lab.Checks[1].With = map[string]course.ObjectRef{"one": *settings()}
	lab.Checks[1].Expect = `items.all(c, c.data.b == "good") && one.data.a == "good"`
	lab.Checks[0].Expect = `object.data.a == "never"`
	verdicts := s.follow(lab, false)
	until(t, verdicts, fail, fail)
	changed := at("6", "good", "bad")
	s.update(s.configs(), changed)
	s.ofObject <- modified(changed)
	select {
	case <-s.asked:
	case v := <-verdicts:
		t.Fatalf("told of a state that never was: %+v", v)
	case <-time.After(deadline):
		t.Fatal("nobody asked whether it was so")
	}
}

// TestWhatIsNotWatchedIsLookedAtAgain: a pass does not lean on what was asked or
// seen before the objects were right.
func TestWhatIsNotWatchedIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	now := time.Now()
	before, after := now.Add(-settle/2), now.Add(2*settle)
	for name, tc := range map[string]struct {
		session *session
		passed  time.Time
		want    bool
	}{
		"watches alone":              {&session{}, now, true},
		"not all pass":               {&session{audits: []*auditSource{{}}}, time.Time{}, true},
		"requests too soon":          {&session{audits: []*auditSource{{}}}, after, false},
		"requests":                   {&session{audits: []*auditSource{{}}}, now.Add(-2 * settle), true},
		"asked before the role":      {&session{ruled: now, access: []*accessSource{{asked: before}}}, now, false},
		"asked just after the role":  {&session{ruled: now, access: []*accessSource{{asked: now.Add(settle / 2)}}}, now, false},
		"one of two":                 {&session{ruled: now, access: []*accessSource{{asked: after}, {asked: before}}}, now, false},
		"asked long after the role":  {&session{ruled: now, access: []*accessSource{{asked: after}}}, now, true},
		"looked before":              {&session{samples: []*sampler{{taken: before, wake: make(chan struct{}, 1)}}}, now, false},
		"looked since all were well": {&session{samples: []*sampler{{taken: after, wake: make(chan struct{}, 1)}}}, now, true},
	} {
		if got := tc.session.isFresh(tc.passed); got != tc.want {
			t.Errorf("%s: fresh is %v", name, got)
		}
	}
}

// TestFileIsReadAgainBeforeAPass: what a file said earlier is no answer.
func TestFileIsReadAgainBeforeAPass(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := &fileSource{ref: course.FileRef{Path: "answer"}, last: reading{there: true, value: "12"}}
	s := &session{checker: &Checker{options: Options{Workspace: dir}}, files: []*fileSource{f}, wake: make(chan struct{}, 1)}
	if s.proven(t.Context(), news{claim: true, passed: time.Now()}) {
		t.Error("the file is gone meanwhile")
	}
	if !s.proven(t.Context(), news{claim: true, passed: time.Now()}) {
		t.Error("the file is as it was read")
	}
}

// TestNewestVersion: versions are whole numbers of one order, or have none.
func TestNewestVersion(t *testing.T) {
	t.Parallel()
	for want, versions := range map[string][]string{"10": {"9", "10"}, "7": {"7", "7"}, "": {"7", "x"}} {
		var views []view
		for _, v := range versions {
			views = append(views, view{version: v})
		}
		if got := newest(views); got != want {
			t.Errorf("of %v: %q", versions, got)
		}
	}
}

// TestRestIsNoProof: that nothing moves for a while does not make a mixed state
// one that was.
func TestRestIsNoProof(t *testing.T) {
	t.Parallel()
	s := newSlow(t, at("5", "bad", "good"))
	lab := twoWatches()
	until(t, s.follow(lab, false), fail, pass)
	changed := at("6", "good", "bad")
	s.update(s.configs(), changed)
	s.ofObject <- modified(changed)
	<-s.asked
	if got, _, err := s.AtRest(t.Context(), lab, nil, time.Time{}, time.Millisecond, 100*time.Millisecond); err == nil && allPass(got) {
		t.Errorf("passed at rest: %+v", got)
	}
	s.ofList <- modified(changed)
	got, _, err := s.AtRest(t.Context(), lab, nil, time.Time{}, 20*time.Millisecond, deadline)
	if err != nil || !slices.Equal(results(got), []protocol.Result{pass, fail}) {
		t.Errorf("at rest: %+v, %v", got, err)
	}
}
