package proxy

import (
	"net/http"
	"regexp"
	"strings"

	"kubetutor/internal/engine/addon/edge"
	"kubetutor/internal/engine/addon/ingress/annotation"
	"kubetutor/internal/engine/addon/ingress/model"
)

// canary decides which requests go to a canary: by header, then by cookie, then
// by weight (rootfs/etc/nginx/lua/balancer.lua).
type canary struct {
	annotation.Canary
	pattern *regexp.Regexp // nil: none, or one that cannot be read
	turn    *edge.Turn
}

func (p *Proxy) newCanary(u *model.Upstream) *canary {
	c := &canary{Canary: u.Policy, turn: p.edge.Turn("canary " + u.Name)}
	if c.Pattern != "" {
		re, err := regexp.Compile(c.Pattern)
		if err != nil {
			p.note("error when matching canary-by-header-pattern: '%s', error: %v", c.Pattern, err)
		}
		c.pattern = re
	}
	return c
}

// takes says whether a request goes to the canary.
func (c *canary) takes(r *http.Request) bool {
	if values := r.Header.Values(c.Header); c.Header != "" && len(values) > 0 {
		if taken, decided := c.byHeader(strings.Join(values, ", ")); decided {
			return taken
		}
	}
	if cookie, err := r.Cookie(c.CookieName); c.CookieName != "" && err == nil {
		if taken, decided := byWord(cookie.Value); decided {
			return taken
		}
	}
	return c.byWeight()
}

// byHeader compares a header's value with the one that is asked for, or the
// pattern; only without either do the words always and never count.
func (c *canary) byHeader(value string) (taken, decided bool) {
	switch {
	case c.Value != "":
		return true, value == c.Value
	case c.Pattern != "":
		if c.pattern == nil {
			return false, true
		}
		return true, c.pattern.MatchString(value)
	}
	return byWord(value)
}

func byWord(word string) (taken, decided bool) {
	return word == "always", word == "always" || word == "never"
}

// byWeight takes its share of requests. The total counts above 100 only.
func (c *canary) byWeight() bool {
	total := 100
	if c.Total > total {
		total = c.Total
	}
	return c.Weight > 0 && c.turn.Next(uint64(total)) < uint64(c.Weight)
}

// route is the upstream of a request: that of its location, or its canary's.
func (t *table) route(name string, r *http.Request) (b *balancer, alternative string) {
	primary := t.balancers[name]
	if primary == nil || !primary.available() {
		return nil, ""
	}
	if len(primary.Alternatives) == 0 || primary.affinitized(r) {
		return primary, ""
	}
	other := t.balancers[primary.Alternatives[0]]
	if other == nil || !other.available() || other.canary == nil {
		return primary, ""
	}
	if other.affinitized(r) || other.canary.takes(r) {
		return other, other.Name
	}
	return primary, ""
}
