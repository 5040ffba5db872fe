package gateway

import (
	"slices"
	"strings"
	"testing"
)

// The order in which entries are tried is that of Gateway API: host names, then
// paths, methods, headers and parameters, then the age and the place of the rule.
func TestEntriesAreRanked(t *testing.T) {
	t.Parallel()
	text := gatewayHTTP
	for _, r := range []struct{ name, hosts, match string }{
		{"a-prefix", "", "{path: {value: /a}}"},
		{"b-long", "", "{path: {value: /a/long}}"},
		{"c-exact", "", "{path: {type: Exact, value: /a}}"},
		{"d-expression", "", "{path: {type: RegularExpression, value: /a.*}}"},
		{"e-method", "", "{path: {value: /a}, method: GET}"},
		{"f-header", "", "{path: {value: /a}, headers: [{name: X, value: y}]}"},
		{"g-query", "", "{path: {value: /a}, queryParams: [{name: x, value: y}]}"},
		{"h-same", "", "{path: {value: /a}}"},
		{"i-wild", "hostnames: ['*.example.com'], ", "{path: {value: /}}"},
		{"j-wilder", "hostnames: ['*.com'], ", "{path: {value: /}}"},
		{"k-host", "hostnames: [a.example.com], ", "{path: {value: /}}"},
	} {
		text += httpRoute(r.name, "{parentRefs: [{name: web}], "+r.hosts+"rules: [{matches: ["+r.match+"], backendRefs: [{name: web, port: 80}]}]}")
	}
	c, _ := configOf(t, expect(t, text))
	var got []string
	for _, e := range c.Ports[0].Listeners[0].Entries {
		got = append(got, strings.Split(c.Rules[e.Rule].Name, "/")[2])
	}
	want := []string{"k-host", "i-wild", "j-wilder", "c-exact", "d-expression", "b-long", "e-method", "f-header", "g-query", "a-prefix", "h-same"}
	if !slices.Equal(got, want) {
		t.Errorf("the order is %v, not %v", got, want)
	}
}

// What a configuration says, as JSON, of routes in all their forms.
func TestConfig(t *testing.T) {
	t.Parallel()
	rule := func(more string) string {
		return gatewayHTTP + authority + httpRoute("r", "{parentRefs: [{name: web}], rules: [{"+more+"}]}")
	}
	stream := func(kind, listener, more string) string {
		return gatewayWith(listener, "") + secret + "\n---\nkind: " + kind + "\nmetadata: {name: r, namespace: shop}\nspec: {parentRefs: [{name: web}], " + more + "rules: " +
			"[{backendRefs: [{name: web, port: 80}]}]}\n"
	}
	for name, c := range map[string]struct {
		text string
		want []string // parts of the JSON; "not " for what is not there
	}{
		"endpoints that are ready": {rule("backendRefs: [{name: web, port: 80}]"), []string{`"addresses":["10.244.1.2:8080"]`, `"weight":1`, "not 10.244.1.3"}},
		"weights":                  {rule("backendRefs: [{name: web, port: 80, weight: 9}, {name: none, port: 80, weight: 0}]"), []string{`"weight":9`, `"weight":0,"invalid":true`}},
		"not granted":              {rule("backendRefs: [{name: api, namespace: other, port: 80}]"), []string{`"name":"other/api:80","weight":1,"invalid":true`, "not 10.244.2.2"}},
		"time-outs":                {rule("timeouts: {request: 10s, backendRequest: 500ms}"), []string{`"timeout":10000000000,"try":500000000`}},
		"retries":                  {rule("retry: {attempts: 3, codes: [500], backoff: 10ms}"), []string{`"attempts":3,"codes":[500],"backoff":10000000`}},
		"headers": {rule("filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: a, value: b}], add: [{name: c, value: d}], remove: [e]}}, {type: " +
			"ResponseHeaderModifier, responseHeaderModifier: {remove: [f]}}]"),
			[]string{`"request":[{"remove":["e"],"set":[{"name":"a","value":"b"}],"add":[{"name":"c","value":"d"}]}]`, `"response":[{"remove":["f"]}]`}},
		"a redirect": {rule("filters: [{type: RequestRedirect, requestRedirect: {scheme: https, hostname: x, port: 8443, statusCode: 301, path: {type: ReplaceFullPath, " +
			"replaceFullPath: /y}}}]"),
			[]string{`"redirect":{"scheme":"https","host":"x","port":8443,"path":{"full":"/y"},"status":301}`}},
		"a rewrite": {rule("filters: [{type: URLRewrite, urlRewrite: {hostname: x, path: {type: ReplacePrefixMatch, replacePrefixMatch: /y}}}]"),
			[]string{`"rewrite":{"hostname":"x","path":{"prefix":"/y"}}`}},
		"mirrors": {rule("filters: [{type: RequestMirror, requestMirror: {backendRef: {name: web, port: 80}, percent: 20}}, {type: RequestMirror, requestMirror: " +
			"{backendRef: {name: web, port: 80}, fraction: {numerator: 1, denominator: 3}}}]"),
			[]string{`"numerator":20,"denominator":100`, `"numerator":1,"denominator":3`}},
		"CORS": {rule("filters: [{type: CORS, cors: {allowOrigins: ['https://a.example.com'], allowMethods: [GET], allowCredentials: true, maxAge: 5}}]"),
			[]string{`"cors":{"origins":["https://a.example.com"],"methods":["GET"],"credentials":true,"maxAge":5}`}},
		"filters of a backend": {rule("backendRefs: [{name: web, port: 80, filters: [{type: RequestHeaderModifier, requestHeaderModifier: {remove: [x]}}]}]"),
			[]string{`"filters":{"request":[{"remove":["x"]}]}`}},
		"TLS to the backend": {rule("backendRefs: [{name: web, port: 80}]") + "\n---\nkind: BackendTLSPolicy\nmetadata: {name: p, namespace: shop}\nspec: {targetRefs: " +
			"[{group: '', kind: Service, name: web}], validation: {hostname: a.example.com, caCertificateRefs: [{group: '', kind: ConfigMap, name: ca}], subjectAltNames: " +
			"[{type: URI, uri: 'spiffe://x'}]}}",
			[]string{`"tls":{"serverName":"a.example.com"`, `"names":["spiffe://x"]`}},
		"TLS that cannot be spoken": {rule("backendRefs: [{name: web, port: 80}]") + "\n---\nkind: BackendTLSPolicy\nmetadata: {name: p, namespace: shop}\nspec: " +
			"{targetRefs: [{group: '', kind: Service, name: web}], validation: {hostname: a.example.com, caCertificateRefs: [{group: '', kind: ConfigMap, name: none}]}}",
			[]string{`"invalid":true`, `not "tls"`}},
		"gRPC": {gatewayHTTP + "\n---\nkind: GRPCRoute\nmetadata: {name: r, namespace: shop}\nspec: {parentRefs: [{name: web}], rules: [{matches: [{method: {service: s, " +
			"method: m}}, {method: {service: s}}, {method: {method: m}}, {method: {type: RegularExpression, service: a|b}}], backendRefs: [{name: web, port: 80}]}]}",
			[]string{`"http2":true`, `{"by":"Exact","value":"/s/m"}`, `{"by":"Prefix","value":"/s"}`, `{"by":"Regex","value":"/[^/]+/m"}`, `{"by":"Regex","value":"/(?:a|b)/(?:[^/]+)"}`}},
		"HTTPS":                 {gatewayWith(https("{name: pair}"), "") + secret, []string{`"protocol":"TLS"`, `"certificates":[{"certificate":"`, `"http":true`}},
		"HTTPS, no certificate": {gatewayWith(https("{name: pair}"), ""), []string{`{"ports":null}`}},
		"TLS passed": {stream("TLSRoute", "{name: tls, port: 443, protocol: TLS, hostname: '*.example.com', tls: {mode: Passthrough}}", "hostnames: [a.example.com], "),
			[]string{`"hostname":"a.example.com","backends":[{`, `{"hostname":"*.example.com"}`, "not certificates"}},
		"TLS ended": {stream("TLSRoute", "{name: tls, port: 443, protocol: TLS, tls: {mode: Terminate, certificateRefs: [{name: pair}]}}", "hostnames: [a.example.com], "),
			[]string{`"hostname":"a.example.com","certificates":[{`, `not "http":true`}},
		"TCP": {stream("TCPRoute", "{name: tcp, port: 7, protocol: TCP}", ""), []string{`{"number":7,"protocol":"TCP","backends":[{"name":"shop/web:80"`}},
		"the oldest of TCP": {stream("TCPRoute", "{name: tcp, port: 7, protocol: TCP}", "") + "\n---\nkind: TCPRoute\nmetadata: {name: a, namespace: shop, " +
			"creationTimestamp: 2026-01-01T00:00:00Z}\nspec: {parentRefs: [{name: web}], rules: [{backendRefs: [{name: none, port: 81}]}]}",
			[]string{"shop/web:80", "not shop/none"}},
		"a conflict": {gatewayWith("{name: a, port: 80, protocol: HTTP}, {name: b, port: 80, protocol: TCP}", ""), []string{`{"ports":null}`}},
		"clients": {gatewayWith(https("{name: pair}"), ", tls: {frontend: {default: {validation: {caCertificateRefs: [{group: \"\", kind: ConfigMap, name: ca}]}}}}") +
			secret + authority,
			[]string{`"clientCA":"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, got := configOf(t, expect(t, c.text))
			for _, want := range c.want {
				want, absent := strings.CutPrefix(want, "not ")
				if strings.Contains(got, want) == absent {
					t.Errorf("%q: want %v in %s", want, !absent, got)
				}
			}
		})
	}
}

// A translation does not depend on the order in which objects are listed.
func TestOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	text := base + gatewayHTTP + secret + setOf("s1", "shop", "{name: x, port: 81, protocol: HTTP}") + setOf("s2", "shop", "{name: x, port: 81, protocol: HTTP}")
	for _, name := range []string{"a", "b", "c"} {
		text += httpRoute(name, "{parentRefs: [{name: web}], "+toWeb+"}")
	}
	o := decode(t, text)
	_, want := configOf(t, Translate(o))
	slices.Reverse(o.HTTPRoutes)
	slices.Reverse(o.ListenerSets)
	if _, got := configOf(t, Translate(o)); got != want {
		t.Errorf("listed the other way it is\n%s, not\n%s", got, want)
	}
}
