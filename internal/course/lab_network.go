package course

import (
	"fmt"
	"time"
)

// The limits of a RequestRef.
const (
	DefaultTimeout = 2 * time.Second
	MaxTimeout     = 10 * time.Second
	MaxTimes       = 200
)

// FromRef is the place in the lab's network that a check looks from: one Pod, or
// each Pod that LabelSelector finds and that has not ended (the condition must
// hold for all of them, with Any for one), or a machine outside of the cluster.
type FromRef struct {
	Outside       bool   `yaml:"-" json:"outside,omitempty"` // written as the word outside
	Namespace     string `yaml:"namespace,omitempty" json:"namespace,omitempty"`
	Pod           string `yaml:"pod,omitempty" json:"pod,omitempty"`
	LabelSelector string `yaml:"labelSelector,omitempty" json:"labelSelector,omitempty"`
	Any           bool   `yaml:"any,omitempty" json:"any,omitempty"`
}

// word implements worded.
func (f *FromRef) word(w string) bool {
	f.Outside = w == "outside"
	return f.Outside
}

// RequestRef makes an HTTP request in the lab's network. Nothing runs in the Pod
// that it is made from: the Pod lends its address, and its way to resolve names.
//
// The answer is bound as `response`, with
//
//	error    "" or why there is no answer: "dns", "refused", "timeout",
//	         "unreachable", "tls", "closed" (the connection ended before an answer
//	         came) or "invalid" (what came was no answer)
//	took     milliseconds until then
//	status   such as 200
//	headers  by their names in lower case; several values joined by ", "
//	body     the first 64 KB, surrounding white space removed
//	json     the body, where it is JSON
//	names    those that the server's certificate is for, with https
//
// Where there is an error, the fields from status on are not set.
//
// With Times, the request is made so often, on a new connection each time and a
// few at once; the answers are bound as `responses`. By is an expression over
// `response`, and `shares` says how often each of its values came; a request
// without an answer counts as its error.
//
// It is made again on events of the Pods and of what stands between them
// (Services, EndpointSlices, NetworkPolicies, Ingresses, routes) and, while the
// condition does not hold, a few times a second: so it must change nothing.
type RequestRef struct {
	From      FromRef           `yaml:"from" json:"from"`
	URL       string            `yaml:"url" json:"url"`                           // http or https
	To        string            `yaml:"to,omitempty" json:"to,omitempty"`         // connect there instead: a target of `kubetutor open`
	Method    string            `yaml:"method,omitempty" json:"method,omitempty"` // GET if not given
	Host      string            `yaml:"host,omitempty" json:"host,omitempty"`     // in place of the URL's, in the header Host and in TLS
	Headers   map[string]string `yaml:"headers,omitempty" json:"headers,omitempty"`
	Body      string            `yaml:"body,omitempty" json:"body,omitempty"`
	Timeout   string            `yaml:"timeout,omitempty" json:"timeout,omitempty"`     // such as 500ms; see DefaultTimeout and MaxTimeout
	Redirects bool              `yaml:"redirects,omitempty" json:"redirects,omitempty"` // follow up to 10
	TLS       *TLSRef           `yaml:"tls,omitempty" json:"tls,omitempty"`
	Times     int               `yaml:"times,omitempty" json:"times,omitempty"`
	By        string            `yaml:"by,omitempty" json:"by,omitempty"`
}

// TLSRef says which certificates an https request trusts: all of them, or those
// that the authority in a Secret has signed (its ca.crt, else its tls.crt).
type TLSRef struct {
	Insecure  bool   `yaml:"insecure,omitempty" json:"insecure,omitempty"`
	Secret    string `yaml:"secret,omitempty" json:"secret,omitempty"`
	Namespace string `yaml:"namespace,omitempty" json:"namespace,omitempty"`
}

// Limit is how long one request may take.
func (r *RequestRef) Limit() (time.Duration, error) {
	if r.Timeout == "" {
		return DefaultTimeout, nil
	}
	d, err := time.ParseDuration(r.Timeout)
	if err == nil && (d < 10*time.Millisecond || d > MaxTimeout) {
		err = fmt.Errorf("a request takes between 10ms and %v, not %s", MaxTimeout, r.Timeout)
	}
	return d, err
}

// ResolveRef asks the DNS for a name, as a program in a Pod would: with the
// search list that the Pod has. Bound are `answers` (addresses or names without
// the dot at their end, an SRV record as "priority weight port name"; sorted),
// `rcode` (such as "NOERROR", "NXDOMAIN"; "" without an answer) and `error` (as
// that of a response). It is asked as often as a RequestRef.
type ResolveRef struct {
	From FromRef `yaml:"from" json:"from"`
	Name string  `yaml:"name" json:"name"`                     // with a dot at its end no search list is used; of a PTR record an address
	Type string  `yaml:"type,omitempty" json:"type,omitempty"` // one of [RecordTypes]; A if not given
}

// RecordTypes lists the types of records that a ResolveRef can ask for.
func RecordTypes() []string { return []string{"A", "AAAA", "SRV", "PTR", "CNAME", "TXT"} }
