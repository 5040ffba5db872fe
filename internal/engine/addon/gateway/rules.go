package gateway

import (
	"fmt"
	"slices"
	"strings"
	"time"

	gw "sigs.k8s.io/gateway-api/apis/v1"

	"kubetutor/internal/engine/addon/edge"
	"kubetutor/internal/engine/addon/gateway/proxy"
)

// builtRule is a rule with what leads to it.
type builtRule struct {
	matches []rankedMatch
	rule    proxy.Rule
}

// rankedMatch is a match with its rank among others, the first number first; the
// greater comes first.
type rankedMatch struct {
	match proxy.Match
	rank  [6]int
}

// buildHTTP translates the rules of an HTTPRoute.
func buildHTTP(rules []gw.HTTPRouteRule) func(*translation, *gateway, *route) *built {
	return buildRules(rules, (*translation).httpRule)
}

// buildRules is what becomes of the rules of a route, each by itself.
func buildRules[R any](rules []R, one func(*translation, *R, *built, *gateway, *route, int) (*builtRule, *problem)) func(*translation, *gateway, *route) *built {
	return func(t *translation, g *gateway, r *route) *built {
		b := &built{rules: len(rules)}
		for i := range rules {
			rule, problem := one(t, &rules[i], b, g, r, i)
			if problem != nil {
				b.drop(i, problem)
				continue
			}
			b.http = append(b.http, *rule)
		}
		return b
	}
}

// drop notes a rule that cannot be served.
func (b *built) drop(i int, p *problem) {
	b.dropped = append(b.dropped, i)
	if b.invalid == nil {
		b.invalid = p
	}
}

// unresolved notes a reference that could not be resolved.
func (b *built) unresolved(p *problem) {
	if b.problem == nil {
		b.problem = p
	}
}

func (t *translation) httpRule(spec *gw.HTTPRouteRule, b *built, g *gateway, r *route, i int) (*builtRule, *problem) {
	out := &builtRule{rule: proxy.Rule{Name: ruleName(r, i)}}
	matches := spec.Matches
	if len(matches) == 0 {
		matches = []gw.HTTPRouteMatch{{}}
	}
	for k := range matches {
		m, problem := httpMatch(&matches[k])
		if problem != nil {
			return nil, problem
		}
		out.matches = append(out.matches, *m)
	}
	var problem *problem
	if out.rule.Filters, problem = t.filters(spec.Filters, b, g, r); problem != nil {
		return nil, problem
	}
	for k := range spec.BackendRefs {
		ref := &spec.BackendRefs[k]
		backend := t.backend(ref.BackendRef, b, g, r)
		if backend.Filters, problem = t.filters(ref.Filters, b, g, r); problem != nil {
			return nil, problem
		}
		out.rule.Backends = append(out.rule.Backends, backend)
	}
	return out, timing(&out.rule, spec)
}

func ruleName(r *route, i int) string { return fmt.Sprintf("%s/%s/%d", r.kind, nameOf(r.object), i) }

// timing translates time-outs and retries.
func timing(rule *proxy.Rule, spec *gw.HTTPRouteRule) *problem {
	var err error
	duration := func(d *gw.Duration) time.Duration {
		if d == nil {
			return 0
		}
		out, e := time.ParseDuration(string(*d)) // GEP-2257 is a part of what Go reads
		if e != nil {
			err = e
		}
		return out
	}
	if spec.Timeouts != nil {
		rule.Timeout, rule.Try = duration(spec.Timeouts.Request), duration(spec.Timeouts.BackendRequest)
	}
	if retry := spec.Retry; retry != nil {
		rule.Attempts, rule.Backoff = or(retry.Attempts, 1), duration(retry.Backoff)
		for _, code := range retry.Codes {
			rule.Codes = append(rule.Codes, int(code))
		}
	}
	if err != nil {
		return problemOf(gw.RouteReasonUnsupportedValue, "A duration cannot be read: %v.", err)
	}
	return nil
}

func httpMatch(m *gw.HTTPRouteMatch) (*rankedMatch, *problem) {
	out := &rankedMatch{}
	path := gw.HTTPPathMatch{}
	if m.Path != nil {
		path = *m.Path
	}
	kind, value := or(path.Type, gw.PathMatchPathPrefix), or(path.Value, "/")
	by, ok := map[gw.PathMatchType]proxy.Comparison{gw.PathMatchExact: proxy.Exact, gw.PathMatchPathPrefix: proxy.Prefix,
		gw.PathMatchRegularExpression: proxy.Regex}[kind]
	if !ok {
		return nil, problemOf(gw.RouteReasonUnsupportedValue, "There is no type of path match %q.", kind)
	}
	out.match = proxy.Match{Method: string(or(m.Method, "")), Path: &proxy.Path{By: by, Value: value}}
	for _, h := range m.Headers {
		addHeader(&out.match, string(h.Name), string(or(h.Type, gw.HeaderMatchExact)), h.Value)
	}
	for _, q := range m.QueryParams {
		if !slices.ContainsFunc(out.match.Query, func(f proxy.Field) bool { return f.Name == string(q.Name) }) {
			out.match.Query = append(out.match.Query, field(string(q.Name), string(or(q.Type, gw.QueryParamMatchExact)), q.Value))
		}
	}
	out.rank = [6]int{pathRank(by), len(strings.TrimSuffix(value, "/")), one(m.Method != nil), len(out.match.Headers), len(out.match.Query)}
	return out, checkExpressions(&out.match)
}

// pathRank puts exact paths first, then expressions, then prefixes.
func pathRank(by proxy.Comparison) int {
	return map[proxy.Comparison]int{proxy.Exact: 2, proxy.Regex: 1}[by]
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// addHeader adds a comparison of a header; of several for one, the first counts.
func addHeader(m *proxy.Match, name, kind, value string) {
	if !slices.ContainsFunc(m.Headers, func(f proxy.Field) bool { return strings.EqualFold(f.Name, name) }) {
		m.Headers = append(m.Headers, field(name, kind, value))
	}
}

func field(name, kind, value string) proxy.Field {
	by := proxy.Exact
	if kind == string(gw.HeaderMatchRegularExpression) {
		by = proxy.Regex
	}
	return proxy.Field{Name: name, By: by, Value: value}
}

// checkExpressions says which regular expression is none.
func checkExpressions(m *proxy.Match) *problem {
	texts := []string{}
	if m.Path != nil && m.Path.By == proxy.Regex {
		texts = append(texts, m.Path.Value)
	}
	for _, f := range slices.Concat(m.Headers, m.Query) {
		if f.By == proxy.Regex {
			texts = append(texts, f.Value)
		}
	}
	for _, text := range texts {
		if _, err := proxy.CompileRegex(text); err != nil {
			return problemOf(gw.RouteReasonUnsupportedValue, "A regular expression cannot be read: %v.", err)
		}
	}
	return nil
}

// filters translates filters.
func (t *translation) filters(specs []gw.HTTPRouteFilter, b *built, g *gateway, r *route) (out proxy.Filters, p *problem) {
	for i := range specs {
		f := &specs[i]
		switch f.Type {
		case gw.HTTPRouteFilterRequestHeaderModifier:
			out.Request = append(out.Request, headers(f.RequestHeaderModifier))
		case gw.HTTPRouteFilterResponseHeaderModifier:
			out.Response = append(out.Response, headers(f.ResponseHeaderModifier))
		case gw.HTTPRouteFilterRequestRedirect:
			out.Redirect = redirect(f.RequestRedirect)
		case gw.HTTPRouteFilterURLRewrite:
			out.Rewrite = &proxy.Rewrite{Hostname: string(or(f.URLRewrite.Hostname, "")), Path: pathChange(f.URLRewrite.Path)}
		case gw.HTTPRouteFilterRequestMirror:
			t.mirror(&out, f.RequestMirror, b, g, r)
		case gw.HTTPRouteFilterCORS:
			out.CORS = cors(f.CORS)
		default:
			return out, problemOf(gw.RouteReasonUnsupportedValue, "Filters of the type %s are not supported.", f.Type)
		}
	}
	if out.Redirect != nil && out.Rewrite != nil {
		return out, problemOf(gw.RouteReasonIncompatibleFilters, "A request cannot be redirected and rewritten at once.")
	}
	return out, nil
}

// mirror adds a copy's destination, if it can be resolved.
func (t *translation) mirror(out *proxy.Filters, spec *gw.HTTPRequestMirrorFilter, b *built, g *gateway, r *route) {
	backend := t.backend(gw.BackendRef{BackendObjectReference: spec.BackendRef}, b, g, r)
	if backend.Invalid {
		return
	}
	m := proxy.Mirror{Backend: backend, Numerator: 100, Denominator: 100}
	switch {
	case spec.Percent != nil:
		m.Numerator = uint64(*spec.Percent)
	case spec.Fraction != nil:
		m.Numerator, m.Denominator = uint64(spec.Fraction.Numerator), uint64(or(spec.Fraction.Denominator, 100))
	}
	out.Mirrors = append(out.Mirrors, m)
}

func headers(spec *gw.HTTPHeaderFilter) edge.Headers {
	out := edge.Headers{Remove: spec.Remove}
	for _, h := range spec.Set {
		out.Set = append(out.Set, edge.Header{Name: string(h.Name), Value: h.Value})
	}
	for _, h := range spec.Add {
		out.Add = append(out.Add, edge.Header{Name: string(h.Name), Value: h.Value})
	}
	return out
}

func redirect(spec *gw.HTTPRequestRedirectFilter) *edge.Redirect {
	return &edge.Redirect{Scheme: or(spec.Scheme, ""), Host: string(or(spec.Hostname, "")), Port: int(or(spec.Port, 0)),
		Path: pathChange(spec.Path), Status: or(spec.StatusCode, 0)}
}

func pathChange(spec *gw.HTTPPathModifier) *edge.PathChange {
	if spec == nil {
		return nil
	}
	return &edge.PathChange{Full: spec.ReplaceFullPath, Prefix: spec.ReplacePrefixMatch}
}

func cors(spec *gw.HTTPCORSFilter) *edge.CORS {
	return &edge.CORS{Origins: texts(spec.AllowOrigins), Methods: texts(spec.AllowMethods), Headers: texts(spec.AllowHeaders),
		Expose: texts(spec.ExposeHeaders), Credentials: or(spec.AllowCredentials, false), MaxAge: int(spec.MaxAge)}
}

func texts[T ~string](list []T) []string {
	var out []string
	for _, s := range list {
		out = append(out, string(s))
	}
	return out
}
