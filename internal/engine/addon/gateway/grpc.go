package gateway

import (
	"regexp"

	gw "sigs.k8s.io/gateway-api/apis/v1"

	"kubetutor/internal/engine/addon/gateway/proxy"
)

// buildGRPC translates the rules of a GRPCRoute: gRPC is HTTP/2, a method is a path.
func buildGRPC(rules []gw.GRPCRouteRule) func(*translation, *gateway, *route) *built {
	return buildRules(rules, (*translation).grpcRule)
}

func (t *translation) grpcRule(spec *gw.GRPCRouteRule, b *built, g *gateway, r *route, i int) (*builtRule, *problem) {
	out := &builtRule{rule: proxy.Rule{Name: ruleName(r, i)}}
	matches := spec.Matches
	if len(matches) == 0 {
		matches = []gw.GRPCRouteMatch{{}}
	}
	for k := range matches {
		m := grpcMatch(&matches[k])
		if problem := checkExpressions(&m.match); problem != nil {
			return nil, problem
		}
		out.matches = append(out.matches, m)
	}
	var problem *problem
	if out.rule.Filters, problem = t.filters(httpFilters(spec.Filters), b, g, r); problem != nil {
		return nil, problem
	}
	for k := range spec.BackendRefs {
		ref := &spec.BackendRefs[k]
		backend := t.backend(ref.BackendRef, b, g, r)
		backend.HTTP2 = true
		if backend.Filters, problem = t.filters(httpFilters(ref.Filters), b, g, r); problem != nil {
			return nil, problem
		}
		out.rule.Backends = append(out.rule.Backends, backend)
	}
	return out, nil
}

// httpFilters are the same filters as an HTTPRoute has them.
func httpFilters(specs []gw.GRPCRouteFilter) []gw.HTTPRouteFilter {
	out := make([]gw.HTTPRouteFilter, len(specs))
	for i, f := range specs {
		out[i] = gw.HTTPRouteFilter{Type: gw.HTTPRouteFilterType(f.Type), RequestHeaderModifier: f.RequestHeaderModifier,
			ResponseHeaderModifier: f.ResponseHeaderModifier, RequestMirror: f.RequestMirror, ExtensionRef: f.ExtensionRef}
	}
	return out
}

func grpcMatch(m *gw.GRPCRouteMatch) rankedMatch {
	out := rankedMatch{}
	if m.Method != nil {
		service, method := or(m.Method.Service, ""), or(m.Method.Method, "")
		exact := or(m.Method.Type, gw.GRPCMethodMatchExact) == gw.GRPCMethodMatchExact
		out.match.Path = methodPath(service, method, exact)
		out.rank = [6]int{one(exact), len(service), len(method)}
	}
	for _, h := range m.Headers {
		addHeader(&out.match, string(h.Name), string(or(h.Type, gw.GRPCHeaderMatchExact)), h.Value)
	}
	out.rank[3] = len(out.match.Headers)
	return out
}

// methodPath is the path of calls of a service and a method, either of which may
// be left out.
func methodPath(service, method string, exact bool) *proxy.Path {
	const any = "[^/]+"
	switch {
	case service == "" && method == "":
		return nil
	case exact && method == "":
		return &proxy.Path{By: proxy.Prefix, Value: "/" + service}
	case exact && service != "":
		return &proxy.Path{By: proxy.Exact, Value: "/" + service + "/" + method}
	case exact:
		return &proxy.Path{By: proxy.Regex, Value: "/" + any + "/" + regexp.QuoteMeta(method)}
	}
	if service == "" {
		service = any
	}
	if method == "" {
		method = any
	}
	return &proxy.Path{By: proxy.Regex, Value: "/(?:" + service + ")/(?:" + method + ")"}
}
