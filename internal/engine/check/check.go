package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	authorizationclient "k8s.io/client-go/kubernetes/typed/authorization/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/protocol"
)

// Options are what a Checker looks at.
type Options struct {
	Config    *rest.Config // of a user that may read everything: kubetutor:check
	Workspace string       // directory for file subjects; empty: they are unjudged
	Audit     AuditSource  // nil: audit subjects are unjudged
	Confined  bool         // commands and logs of the lab's namespace only: the cluster is the learner's own
	Network   Network      // nil: requests and names are unjudged
	// Still tells whether nothing in the cluster has anything to do, and a mark of
	// what is written in it; nil: that is not known. See [Checker.AtRest].
	Still func(ctx context.Context) (mark string, still bool, err error)
}

// Request is one completed request to the API server.
type Request struct {
	At                                                  time.Time
	User                                                string // who made it
	Groups                                              []string
	Impersonated                                        string // whom that user acted as; empty for most
	Verb, Group, Resource, Subresource, Namespace, Name string
	URI                                                 string
	Code                                                int // HTTP status
}

// AuditSource knows the requests that the cluster has answered. Subscribe's
// function is called with each from then on; it never calls back. A source that
// outlives the engine also has the method of [History].
type AuditSource interface {
	Since(t time.Time) []Request
	Subscribe(func(Request)) (cancel func())
}

// History is an AuditSource that can tell whether it knows every request since
// a time. After a gap, requests are unjudged unless it does.
type History interface {
	Complete(since time.Time) bool
}

// Checker judges labs on one cluster. It is safe for concurrent use.
type Checker struct {
	options Options
	objects dynamic.Interface
	kinds   meta.ResettableRESTMapper
	reviews authorizationclient.SubjectAccessReviewInterface
	inside  containers
	turns   chan struct{} // holds a token for each command that may run at once

	requests chan struct{} // the same for looks at the network

	mu       sync.Mutex
	sessions map[*session]sessionID // of running Follows
	latest   sessionID              // the attempt that was last looked at
	begun    time.Time              // when that was first
}

// begunAt is when an attempt was first looked at.
func (c *Checker) begunAt(id sessionID) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.latest != id {
		c.latest, c.begun = id, time.Now()
	}
	return c.begun
}

// sessionID tells the attempts of a cluster apart.
type sessionID struct {
	lab   string
	since int64 // nanoseconds
}

func idOf(lab *course.Lab, since time.Time) sessionID {
	return sessionID{lab.Path(), since.UnixNano()}
}

// Open connects to a cluster. It asks for the kinds that the cluster has, and
// so fails where there is no API server or it refuses the user.
func Open(ctx context.Context, o Options) (*Checker, error) {
	config := unhindered(o.Config)
	objects, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making a client for checks: %w", err)
	}
	kinds, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making a discovery client for checks: %w", err)
	}
	reviews, err := authorizationclient.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("making an access client for checks: %w", err)
	}
	inside, err := containersOf(config)
	if err != nil {
		return nil, fmt.Errorf("making a client for commands in containers: %w", err)
	}
	c := newChecker(o, objects, restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(kinds)), reviews.SubjectAccessReviews(), inside)
	if _, err := kinds.RESTClient().Get().AbsPath("/version").DoRaw(ctx); err != nil {
		return nil, fmt.Errorf("reaching the cluster for checks: %w", err)
	}
	return c, nil
}

func newChecker(o Options, objects dynamic.Interface, kinds meta.ResettableRESTMapper, reviews authorizationclient.SubjectAccessReviewInterface, inside containers) *Checker {
	return &Checker{
		options: o, objects: objects, kinds: kinds, reviews: reviews, inside: inside,
		turns: make(chan struct{}, maxAtOnce), requests: make(chan struct{}, requestsOfAll), sessions: make(map[*session]sessionID),
	}
}

// unhindered copies a configuration without client-side rate limits, which
// would hold verdicts up, and without printing the server's warnings.
func unhindered(config *rest.Config) *rest.Config {
	c := rest.CopyConfig(config)
	c.QPS, c.RateLimiter = -1, nil
	c.WarningHandler = rest.NoWarnings{}
	return c
}

// Follow judges the lab's checks until ctx ends, and returns nil then. Changed
// is called with every check's verdict in the lab's order, and with the hints
// whose condition holds, by their places in the lab's list: once all verdicts
// are known, and after every change. Gap says that the engine was down since the
// attempt began: what must hold at every moment is unjudged, and so are
// requests unless the source is a complete [History].
func (c *Checker) Follow(ctx context.Context, lab *course.Lab, vars map[string]string, since time.Time, gap bool, changed func(checks []protocol.Verdict, hints []int)) error {
	s := c.session(lab, vars, since, gap)
	c.mu.Lock()
	c.sessions[s] = idOf(lab, since)
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.sessions, s)
		c.mu.Unlock()
	}()
	return s.run(ctx, changed)
}

// Settled returns nil as soon as all conditions hold at once, or an error when
// ctx ends before or a condition is broken. Waiting is told the verdicts of
// those that do not hold, at first and after every change.
func (c *Checker) Settled(ctx context.Context, conditions []course.Check, namespace string, vars map[string]string, waiting func([]protocol.Verdict)) error {
	if len(conditions) == 0 {
		return nil
	}
	s := c.conditions(conditions, namespace, vars, time.Now(), false, time.Now())
	for _, w := range s.rules {
		if w.broken != nil {
			return fmt.Errorf("condition %s: %w", label(w.check), w.broken)
		}
	}
	ctx, settled := context.WithCancelCause(ctx)
	defer settled(nil)
	errSettled := errors.New("settled")
	err := s.run(ctx, func(verdicts []protocol.Verdict, _ []int) {
		open := slices.DeleteFunc(verdicts, func(v protocol.Verdict) bool { return v.Result == protocol.Pass })
		if len(open) == 0 {
			settled(errSettled)
			return
		}
		waiting(open)
	})
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errSettled):
		return nil
	case err != nil:
		return err
	default:
		return fmt.Errorf("waiting until the lab has settled: %w", cause)
	}
}

// AtRest returns what Follow tells, once nothing that the lab's checks watch has
// changed for quiet, at the latest after limit; sooner where the cluster can tell
// that it is still ([Options.Still]). While the same attempt is being
// followed, it looks at it through the same eyes: a failed always stays failed.
func (c *Checker) AtRest(ctx context.Context, lab *course.Lab, vars map[string]string, since time.Time, quiet, limit time.Duration) (checks []protocol.Verdict, hints []int, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := c.following(lab, since)
	if s == nil {
		s = c.session(lab, vars, since, false)
		done := make(chan error, 1)
		go func() { done <- s.run(ctx, func([]protocol.Verdict, []int) {}) }()
		defer func() { cancel(); <-done }()
	}
	return s.atRest(ctx, quiet, limit)
}

func (c *Checker) following(lab *course.Lab, since time.Time) *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	for s, id := range c.sessions {
		if id == idOf(lab, since) {
			return s
		}
	}
	return nil
}
