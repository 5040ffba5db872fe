package proxy

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"

	"kubetutor/internal/engine/addon/ingress/annotation"
	"kubetutor/internal/engine/addon/ingress/model"
	"kubetutor/internal/engine/addon/ingress/setting"
)

func TestNormalize(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{"/": "/", "/a?b=c": "/a", "/a%20b": "/a b", "//a///b/": "/a/b/", "/a/./b/../c": "/a/c", "/a/..": "/", "/a/.": "/a/",
		"/a/b/..": "/a/", "/..": "!", "/a/../../b": "!", "/%zz": "!", "/%00": "!", "http://h/a": "/a", "*": "!", "/.hidden": "/.hidden", "/a%2Fb": "/a/b"} {
		path, _, err := normalize(target)
		if err != nil {
			path = "!"
		}
		if path != want {
			t.Errorf("%s is %q, want %q", target, path, want)
		}
	}
}

func FuzzNormalize(f *testing.F) {
	for _, seed := range []string{"/", "/a/../b", "//", "/%2e%2e/", "/a/./", "http://h", "*"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, target string) {
		path, _, err := normalize(target)
		if err != nil {
			return
		}
		if !strings.HasPrefix(path, "/") || strings.Contains(path, "//") || strings.Contains(path+"/", "/../") || strings.Contains(path+"/", "/./") {
			t.Errorf("%q is %q", target, path)
		}
		if again, ok := clean(path); !ok || again != path {
			t.Errorf("%q is %q, and again %q", target, path, again)
		}
	})
}

// FuzzLocations holds that no path, target and request make the proxy panic or
// think for long, and that every request of a server has a location.
func FuzzLocations(f *testing.F) {
	f.Add("/v1(/|$)(.*)", "/$2", "/v1/x", true)
	f.Add("/(a+)+$", "", "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", true)
	f.Add("/app/", "/", "/app", false)
	f.Add("/[", "$9${x}$", "/", true)
	f.Fuzz(func(t *testing.T, path, target, asked string, regex bool) {
		s, p := setting.Default(), New(Options{})
		defer p.edge.Close()
		config := &annotation.Config{Rewrite: annotation.Rewrite{Target: target, UseRegex: regex}}
		m := &model.Server{Name: "h", Locations: []*model.Location{{Path: path, Type: networkingv1.PathTypePrefix, Config: config}, {Path: "/",
			Type: networkingv1.PathTypePrefix, Config: &annotation.Config{}}}}
		table := &table{Configuration: &model.Configuration{Settings: &s}, names: map[string]*server{}}
		if p.addServer(table, m) != nil {
			return
		}
		found, err := "", error(nil)
		if found, _, err = normalize(asked); err != nil {
			return
		}
		l, slash := table.serverFor("h").locationFor(found)
		if l == nil && slash == "" && !strings.Contains(found, "\n") {
			t.Errorf("%q has no location beside %q", found, path)
		}
		if l != nil && l.rewrite != nil {
			x := &exchange{in: &http.Request{Header: http.Header{}}, out: &answerWriter{ResponseWriter: httptest.NewRecorder()}, table: table, server: table.names["h"]}
			_ = escape(l.target.of(x, l.rewrite.FindStringSubmatch(found), nil))
		}
	})
}
