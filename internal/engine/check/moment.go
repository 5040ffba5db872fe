package check

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"kubetutor/internal/lab/protocol"
)

// A lab is passed when all its checks hold at once. Its watches see one history,
// but each at its own pace: what they have shown together may never have been.
// So verdicts that claim a moment (see [session.claims]) are held back until it
// is proven to have been: the cluster is asked what it held at the newest
// version that any watch has reached, and must answer with what the watches
// behind it have shown. Nothing else is asked of the cluster, and verdicts
// that claim nothing are told at once.
//
// What is not watched has no version. It must have been read, asked or looked
// at again since the objects are as they should be.

const (
	// settle is how long an authorizer, and the record of requests, may take to
	// learn of a change that the watches show.
	settle = 100 * time.Millisecond
	// proveAgain lies between two attempts to prove a moment.
	proveAgain = 20 * time.Millisecond
	// proofTimeout is how long the cluster may take to answer.
	proofTimeout = 5 * time.Second
)

// news is what report tells.
type news struct {
	verdicts []protocol.Verdict
	hints    []int
	claim    bool      // of a moment, which must be proven first
	passed   time.Time // since when all have passed; zero if not all do
	views    []view    // what the verdicts of a claim were judged on
}

// view is what one watch had shown.
type view struct {
	feed    *feed
	version string // of the cluster, up to which it has shown everything
	objects map[string]map[string]any
}

// claims tells whether verdicts say, for the first time, that several things
// hold at once: all checks, or one that looks at more than one object.
func (s *session) claims(verdicts []protocol.Verdict) bool {
	all := allPass(verdicts)
	for i, v := range verdicts {
		isNew := s.last == nil || s.last[i].Result != protocol.Pass
		if v.Result == protocol.Pass && isNew && (all || len(s.rules[i].with) > 0) {
			return true
		}
	}
	return false
}

func allPass(verdicts []protocol.Verdict) bool {
	return !slices.ContainsFunc(verdicts, func(v protocol.Verdict) bool { return v.Result != protocol.Pass })
}

// claimed adds to the news, under the lock, what a proof of them needs.
func (s *session) claimed(n *news) {
	switch all := allPass(n.verdicts); {
	case !all:
		s.passed = time.Time{}
	case s.passed.IsZero():
		s.passed = time.Now()
	}
	n.passed = s.passed
	if n.claim = s.claims(n.verdicts); n.claim {
		n.views = s.views()
	}
}

// views are what the watches have shown so far, under the lock.
func (s *session) views() (views []view) {
	for _, f := range s.feeds {
		if f.ready {
			views = append(views, view{f, f.version, maps.Clone(f.objects)})
		}
	}
	return views
}

// proven tells whether what the news claims has been so at one moment. Where it
// cannot tell yet, it has the verdicts judged again soon.
func (s *session) proven(ctx context.Context, n news) bool {
	if !n.claim || s.isFresh(n.passed) && s.sameMoment(ctx, n.views) && !s.readFiles() {
		return true
	}
	time.AfterFunc(proveAgain, s.nudge)
	return false
}

// isFresh tells whether all that is not watched has been looked at since all
// checks pass. As long as they do not, that does not matter.
func (s *session) isFresh(passed time.Time) bool {
	switch {
	case passed.IsZero():
		return true
	case s.sampleAgain(passed):
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.audits) > 0 && time.Since(passed) < settle {
		return false
	}
	asked := s.ruled.Add(settle)
	return !slices.ContainsFunc(s.access, func(a *accessSource) bool { return a.asked.Before(asked) })
}

// sameMoment tells whether all views are of the version that the newest of them
// has reached. One watch alone sees every state in its order.
func (s *session) sameMoment(ctx context.Context, views []view) bool {
	if len(views) < 2 {
		return true
	}
	version := newest(views)
	ctx, cancel := context.WithTimeout(ctx, proofTimeout)
	defer cancel()
	same := make(chan bool, len(views))
	for _, v := range views {
		go func() { same <- version != "" && v.version == version || v.isAsAt(ctx, version) }()
	}
	all := true
	for range views {
		all = <-same && all
	}
	return all
}

// newest is the highest version; "" where versions have no order.
func newest(views []view) string {
	highest, version := uint64(0), ""
	for _, v := range views {
		n, err := strconv.ParseUint(v.version, 10, 64)
		if err != nil {
			return ""
		}
		if n > highest {
			highest, version = n, v.version
		}
	}
	return version
}

// isAsAt asks the cluster whether it held at a version what was shown. A cluster
// that does not know that version any more is asked what it holds now.
func (v view) isAsAt(ctx context.Context, version string) bool {
	resource := v.feed.session.checker.objects.Resource(v.feed.key.resource).Namespace(v.feed.key.namespace)
	o := metav1.ListOptions{}
	v.feed.narrow(&o)
	present, err := &unstructured.UnstructuredList{}, error(nil)
	if version != "" {
		o.ResourceVersion, o.ResourceVersionMatch = version, metav1.ResourceVersionMatchExact
		present, err = resource.List(ctx, o)
	}
	if version == "" || refusesVersion(err) {
		o.ResourceVersion, o.ResourceVersionMatch = "", ""
		present, err = resource.List(ctx, o)
	}
	if apierrors.IsNotFound(err) { // the kind is gone, and its objects with it
		return len(v.objects) == 0
	}
	return err == nil && v.shows(present.Items)
}

// refusesVersion tells whether a cluster cannot look back: it has forgotten, or
// keeps versions of its own for some kinds.
func refusesVersion(err error) bool {
	return apierrors.IsResourceExpired(err) || apierrors.IsGone(err) || apierrors.IsInvalid(err) ||
		apierrors.IsBadRequest(err) || apierrors.IsTimeout(err)
}

// shows tells whether the view has these objects, in these versions.
func (v view) shows(objects []unstructured.Unstructured) bool {
	if len(objects) != len(v.objects) {
		return false
	}
	for _, o := range objects {
		shown := unstructured.Unstructured{Object: v.objects[objectKey(o.GetNamespace(), o.GetName())]}
		if shown.Object == nil || shown.GetUID() != o.GetUID() || shown.GetResourceVersion() != o.GetResourceVersion() {
			return false
		}
	}
	return true
}
