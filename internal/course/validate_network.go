package course

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// addOns need nodes that run them. Their names are the engine's.
func (v validator) addOns(l *Lab) {
	v.list(l.AddOns, maxPer, "addons")
	if len(l.AddOns) > 0 && l.ClusterProfile() == ProfileControlPlane {
		v.at([]any{"addons"}, "add network to needs, or write `profile: nodes`", "an add-on runs in Pods, and the lab's cluster has no nodes")
	}
	if len(l.AddOns) > 0 && l.Scope == ScopeNamespace {
		v.at([]any{"addons"}, "write `scope: cluster`", "the lab's scope is its namespace, and an add-on belongs to the whole cluster")
	}
}

// from is where a request comes from.
func (v validator) from(f FromRef, at []any) {
	at = append(at, "from")
	if !f.Outside {
		v.pods(f.Pod, f.LabelSelector, f.Any, at)
	}
}

var methodName = regexp.MustCompile(`^[A-Z]{1,20}$`)

func (v validator) request(r *RequestRef, at []any) {
	v.from(r.From, at)
	v.requestURL(r, append(at, "url"))
	if r.Method != "" && !methodName.MatchString(r.Method) {
		v.at(append(at, "method"), "write one such as POST", "%q is no method of HTTP", r.Method)
	}
	if _, err := r.Limit(); err != nil {
		v.at(append(at, "timeout"), "write one such as 2s", "%v", err)
	}
	if r.To != "" {
		v.target(r.To, append(at, "to"))
	}
	v.times(r, at)
	v.tls(r, at)
}

// requestURL verifies the part of a URL that no variable stands in.
func (v validator) requestURL(r *RequestRef, at []any) {
	u, err := url.Parse(reference.ReplaceAllString(r.URL, "1"))
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		v.at(at, "write one such as http://web.shop:8080/path", "%q is no address of a web server", r.URL)
	case u.User != nil:
		v.at(at, "write it as a header", "a name and a password do not belong into an address")
	case r.From.Outside && r.To == "" && !isAddress(u.Hostname()):
		v.at(at, "write where to connect to in `to:`, such as svc/web or ingress", "no DNS outside of the cluster knows %s", u.Hostname())
	}
}

func isAddress(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

// target is where `kubetutor open` can lead to.
func (v validator) target(name string, at []any) {
	if _, err := ParseTarget(reference.ReplaceAllString(name, "1")); err != nil {
		v.at(at, "write "+targetForms, "%v", err)
	}
}

func (v validator) times(r *RequestRef, at []any) {
	switch {
	case r.Times < 0 || r.Times > MaxTimes:
		v.at(append(at, "times"), "make fewer", "a request is made at most %d times", MaxTimes)
	case r.By != "" && r.Times < 2:
		v.at(append(at, "by"), "write `times:`, or take it away", "one answer has no shares")
	}
}

func (v validator) tls(r *RequestRef, at []any) {
	at = append(at, "tls")
	switch t := r.TLS; {
	case t == nil:
	case !strings.HasPrefix(r.URL, "https:"):
		v.at(at, "write https:, or take it away", "there are no certificates without https")
	case t.Insecure == (t.Secret != ""):
		v.at(at, "write `insecure: true` or `secret: NAME`", "either every certificate is trusted, or an authority's")
	case t.Namespace != "" && t.Secret == "":
		v.at(append(at, "namespace"), "take it away", "there is no Secret whose namespace this could be")
	}
}

func (v validator) resolve(r *ResolveRef, at []any) {
	v.word(r.Name, append(at, "name")...)
	if r.From.Outside {
		v.at(append(at, "from"), "name a Pod", "no DNS outside of the cluster knows its names")
	}
	v.from(r.From, at)
	if r.Type != "" && !slices.Contains(RecordTypes(), r.Type) {
		v.at(append(at, "type"), "write "+strings.Join(RecordTypes(), ", "), "there is no type of record %q here", r.Type)
	}
}
