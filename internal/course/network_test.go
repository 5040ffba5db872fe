package course_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"kubetutor/internal/course"
)

const networkLab = "basics/first/labs/make/lab.yaml"

// withCheck is the pack with another second check, on nodes.
func withCheck(t testing.TB, check string) fstest.MapFS {
	t.Helper()
	files := pack(t)
	text := strings.Replace(string(files[networkLab].Data), "[control-plane]", "[network]", 1)
	changed := strings.Replace(text, "  object: *it\n", check+"\n", 1)
	if changed == text {
		t.Fatal("the lab has no second check to replace")
	}
	files[networkLab] = &fstest.MapFile{Data: []byte(changed)}
	return files
}

func TestFaultsOfNetworkChecks(t *testing.T) {
	t.Parallel()
	for check, want := range map[string]string{
		"  request: {from: inside, url: 'http://a'}":                                                  "lab.yaml:21:19: a mapping with namespace, pod, labelSelector, any is wanted here, not a single value",
		"  request: {url: 'http://a'}":                                                                "lab.yaml:21:12: one Pod is named, or a selector finds several",
		"  request: {from: {pod: a}, url: a}":                                                         `lab.yaml:21:34: "a" is no address of a web server`,
		"  request: {from: {pod: a}, url: 'ftp://a'}":                                                 `lab.yaml:21:34: "ftp://a" is no address of a web server`,
		"  request: {from: {pod: a}, url: 'http://b:c@a'}":                                            "lab.yaml:21:34: a name and a password do not belong into an address",
		"  request: {from: outside, url: 'http://web.shop'}":                                          "lab.yaml:21:33: no DNS outside of the cluster knows web.shop — write where to connect to in `to:`",
		"  request: {from: outside, to: web, url: 'http://web.shop'}":                                 `lab.yaml:21:32: "web" is no target`,
		"  request: {from: {pod: a}, url: 'http://a', method: get}":                                   `lab.yaml:21:54: "get" is no method of HTTP`,
		"  request: {from: {pod: a}, url: 'http://a', timeout: 11s}":                                  "lab.yaml:21:55: a request takes between 10ms and 10s, not 11s",
		"  request: {from: {pod: a}, url: 'http://a', timeout: soon}":                                 `lab.yaml:21:55: time: invalid duration "soon"`,
		"  request: {from: {pod: a}, url: 'http://a', times: 201}":                                    "lab.yaml:21:53: a request is made at most 200 times",
		"  request: {from: {pod: a}, url: 'http://a', by: response.body}":                             "lab.yaml:21:50: one answer has no shares",
		"  request: {from: {pod: a}, url: 'http://a', tls: {insecure: true}}":                         "lab.yaml:21:51: there are no certificates without https",
		"  request: {from: {pod: a}, url: 'https://a', tls: {insecure: true, secret: b}}":             "lab.yaml:21:52: either every certificate is trusted, or an authority's",
		"  request: {from: {pod: a}, url: 'https://a', tls: {insecure: true, namespace: b}}":          "lab.yaml:21:80: there is no Secret whose namespace this could be",
		"  resolve: {from: outside, name: web}":                                                       "lab.yaml:21:19: no DNS outside of the cluster knows its names",
		"  resolve: {from: {pod: a}}":                                                                 "lab.yaml:21:12: name is missing",
		"  resolve: {from: {pod: a}, name: web, type: MX}":                                            `lab.yaml:21:46: there is no type of record "MX" here`,
		"  resolve: {from: {pod: a}, name: web}\n  with: {rcode: {apiVersion: v1, kind: A, name: b}}": `lab.yaml:22:17: "rcode" cannot be the name of an object`,
	} {
		t.Run(check, func(t *testing.T) {
			t.Parallel()
			files := withCheck(t, check)
			if strings.Contains(check, "with:") { // a key may stand once
				text := strings.Replace(string(files[networkLab].Data), "  with: {other: {apiVersion: v1, kind: ConfigMap, name: b}}\n", "", 1)
				files[networkLab] = &fstest.MapFile{Data: []byte(text)}
			}
			wantFault(t, files, want)
		})
	}
}

func TestFaultsOfAddOns(t *testing.T) {
	t.Parallel()
	for want, change := range map[string][2]string{
		"lab.yaml:5:9: an add-on runs in Pods, and the lab's cluster has no nodes":                   {"namespace: shop", "addons: [gateway]\nnamespace: shop"},
		`lab.yaml:5:10: "No" cannot be an id`:                                                        {"namespace: shop", "addons: [No]\nnamespace: shop"},
		"lab.yaml:6:9: the lab's scope is its namespace, and an add-on belongs to the whole cluster": {"namespace: shop", "profile: nodes\naddons: [gateway]\nscope: namespace\nnamespace: shop"},
	} {
		files := pack(t)
		text := strings.Replace(string(files[networkLab].Data), change[0], change[1], 1)
		files[networkLab] = &fstest.MapFile{Data: []byte(text)}
		wantFault(t, files, want)
	}
}

// loadedCheck is the second check of the pack's lab.
func loadedCheck(t *testing.T, check string) course.Check {
	t.Helper()
	c, err := course.Load(withCheck(t, check))
	if err != nil {
		t.Fatal(err)
	}
	l, _ := c.Lesson("first")
	lab, ok := inside(t, l).Lab("make")
	if !ok || lab.ClusterProfile() != course.ProfileNodes {
		t.Fatalf("the lab: %+v", lab)
	}
	return lab.Checks[1]
}

func TestRequestsAreLoaded(t *testing.T) {
	t.Parallel()
	got := loadedCheck(t, `  request:
    from: outside
    to: svc/@{name}:http
    url: https://@{name}.example:8443/a?b=c
    headers: {X-Canary: always}
    timeout: 500ms
    tls: {secret: ca}
    times: 20
    by: response.body`)
	want := &course.RequestRef{
		From: course.FromRef{Outside: true}, To: "svc/@{name}:http", URL: "https://@{name}.example:8443/a?b=c",
		Headers: map[string]string{"X-Canary": "always"}, Timeout: "500ms", TLS: &course.TLSRef{Secret: "ca"}, Times: 20, By: "response.body",
	}
	if !reflect.DeepEqual(got.Request, want) {
		t.Errorf("got %+v", got.Request)
	}
	if limit, err := got.Request.Limit(); err != nil || limit != 500*time.Millisecond {
		t.Errorf("a limit of %v, %v", limit, err)
	}
	data, err := json.Marshal(got)
	var again course.Check
	if err != nil || json.Unmarshal(data, &again) != nil || !reflect.DeepEqual(again, got) {
		t.Errorf("it does not survive the way to the engine: %s, %v", data, err)
	}
}

func TestResolvesAreLoaded(t *testing.T) {
	t.Parallel()
	got := loadedCheck(t, "  resolve: {from: {namespace: other, labelSelector: app=web, any: true}, name: web, type: SRV}")
	want := &course.ResolveRef{From: course.FromRef{Namespace: "other", LabelSelector: "app=web", Any: true}, Name: "web", Type: "SRV"}
	if !reflect.DeepEqual(got.Resolve, want) {
		t.Errorf("got %+v", got.Resolve)
	}
}

// FuzzNetworkChecks reads whatever stands behind the keys of a request: it must
// not panic, and what it accepts has a limit and a source.
func FuzzNetworkChecks(f *testing.F) {
	f.Add("{pod: a}", "http://a", "", "2s", "svc/web")
	f.Add("outside", "https://@{name}:8443/", "response.body", "10s", "node/node1:30080")
	f.Add("[outside]", "http://[::1]", "", "-1s", "ingress")
	f.Fuzz(func(t *testing.T, from, url, by, timeout, to string) {
		for _, s := range []*string{&url, &by, &timeout, &to} {
			quoted, _ := json.Marshal(*s) // JSON is YAML
			*s = string(quoted)
		}
		files := withCheck(t, "  request: {from: "+from+", url: "+url+", by: "+by+", timeout: "+timeout+", to: "+to+", times: 3}")
		c, err := course.Load(files)
		if err != nil {
			return
		}
		l, _ := c.Lesson("first")
		lab, _ := inside(t, l).Lab("make")
		r := lab.Checks[1].Request
		if r == nil {
			return // the fuzzer closed the braces
		}
		if limit, err := r.Limit(); err != nil || limit > course.MaxTimeout {
			t.Errorf("a limit of %v, %v", limit, err)
		}
		if n := r.From; !n.Outside && (n.Pod == "") == (n.LabelSelector == "") {
			t.Errorf("it comes from nowhere: %+v", n)
		}
	})
}

func TestTargets(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]course.Target{
		"svc/web":              {Kind: course.TargetService, Name: "web"},
		"svc/web:http":         {Kind: course.TargetService, Name: "web", Port: "http"},
		"node/node1.a-b:30080": {Kind: course.TargetNode, Name: "node1.a-b", Port: "30080"},
		"ingress":              {Kind: course.TargetIngress},
		"ingress:443":          {Kind: course.TargetIngress, Port: "443"},
		"ingress/shop:443":     {Kind: course.TargetIngress, Name: "shop", Port: "443"},
		"gateway/edge":         {Kind: course.TargetGateway, Name: "edge"},
	} {
		got, err := course.ParseTarget(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s: %+v %v, written %s", text, got, err, got)
		}
	}
	for _, text := range []string{"", "web", "svc", "svc/", "svc/Web", "node/node1", "gateway", "svc/web:", "svc/web:a:b", "pod/web", "svc/-a", "ingress/"} {
		if got, err := course.ParseTarget(text); err == nil {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
}
