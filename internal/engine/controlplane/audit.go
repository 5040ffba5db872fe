package controlplane

import (
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	auditinternal "k8s.io/apiserver/pkg/apis/audit"
	"k8s.io/apiserver/pkg/audit"
	"k8s.io/apiserver/pkg/authorization/authorizer"
)

// Request is one completed request to the API server. Of an impersonated
// request, User and Groups are who really made it.
type Request struct {
	At                                                  time.Time // when it arrived
	User                                                string
	Groups                                              []string
	Impersonated                                        string // user, empty for most
	Verb, Group, Resource, Subresource, Namespace, Name string
	URI                                                 string
	Code                                                int // HTTP status
}

// maxRequests bounds the memory of an [Audit]. At about 600 bytes a request
// it is 6 MB; an attempt with more has lost its first ones.
const maxRequests = 10_000

// Audit remembers the requests that learners make: those of all users but
// system:* and kubetutor:*. It is an audit backend inside the API server, which
// calls it as soon as a request is answered. The zero value is ready for use.
type Audit struct {
	mu          sync.Mutex
	ring        []Request // a ring once it has maxRequests entries
	next        int       // index of the oldest one then
	subscribers map[int]func(Request)
	lastID      int
	complete    time.Time // every request since then is known
	log         auditLog
}

// Since returns the requests that arrived at t or later, in the order in which
// they were completed.
func (a *Audit) Since(t time.Time) []Request {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.DeleteFunc(a.all(), func(r Request) bool { return r.At.Before(t) })
}

// all returns a copy of the ring, oldest first.
func (a *Audit) all() []Request {
	return append(slices.Clone(a.ring[a.next:]), a.ring[:a.next]...)
}

// Subscribe calls f with every request from now on, one at a time, until
// cancel is called. f must be quick and must not call the Audit: the API
// server's handler waits for it.
func (a *Audit) Subscribe(f func(Request)) (cancel func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.subscribers == nil {
		a.subscribers = map[int]func(Request){}
	}
	a.lastID++
	id := a.lastID
	a.subscribers[id] = f
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.subscribers, id)
	}
}

func (a *Audit) add(r Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.remember(r)
	for _, f := range a.subscribers {
		f(r)
	}
}

// remember puts a request into the ring and the file. One that could not be
// written is known until the engine ends; afterwards the record begins later.
func (a *Audit) remember(r Request) {
	if len(a.ring) < maxRequests {
		a.ring = append(a.ring, r)
	} else {
		a.complete = a.ring[a.next].At.Add(1)
		a.ring[a.next] = r
		a.next = (a.next + 1) % maxRequests
	}
	if a.log.lines >= maxLogLines && a.rewrite() == nil {
		return // the new file has it already
	}
	if !a.log.write(r) {
		_ = a.log.close()
		_ = os.Remove(a.log.file) // without it the record is not taken for complete
	}
}

// auditBackend shows an [Audit] to the API server, as its backend and its policy.
type auditBackend struct{ audit *Audit }

var _ audit.Backend = auditBackend{}
var _ audit.PolicyRuleEvaluator = auditBackend{}

// EvaluatePolicyRule asks for the metadata of learners' requests, once each.
func (b auditBackend) EvaluatePolicyRule(attrs authorizer.Attributes) audit.RequestAuditConfig {
	level := auditinternal.LevelMetadata
	if user := attrs.GetUser(); user == nil || isOurs(user.GetName()) {
		level = auditinternal.LevelNone
	}
	return audit.RequestAuditConfig{Level: level, OmitStages: []auditinternal.Stage{
		auditinternal.StageRequestReceived, auditinternal.StageResponseStarted}}
}

// isOurs says whether a user is a part of the cluster or of the engine.
func isOurs(user string) bool {
	return strings.HasPrefix(user, "system:") || strings.HasPrefix(user, "kubetutor:")
}

// ProcessEvents takes over completed requests.
func (b auditBackend) ProcessEvents(events ...*auditinternal.Event) bool {
	for _, e := range events {
		b.audit.add(requestOf(e))
	}
	return true
}

func requestOf(e *auditinternal.Event) Request {
	r := Request{At: e.RequestReceivedTimestamp.Time, User: e.User.Username, Groups: e.User.Groups,
		Verb: e.Verb, URI: e.RequestURI}
	if e.ImpersonatedUser != nil {
		r.Impersonated = e.ImpersonatedUser.Username
	}
	if o := e.ObjectRef; o != nil {
		r.Group, r.Resource, r.Subresource = o.APIGroup, o.Resource, o.Subresource
		r.Namespace, r.Name = o.Namespace, o.Name
	}
	if e.ResponseStatus != nil {
		r.Code = int(e.ResponseStatus.Code)
	}
	return r
}

// Run has nothing to start.
func (auditBackend) Run(<-chan struct{}) error { return nil }

// Shutdown has nothing to wait for.
func (auditBackend) Shutdown() {}

// String names the backend in the API server's log.
func (auditBackend) String() string { return "kubetutor" }
