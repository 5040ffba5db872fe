package author_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"kubetutor/internal/author"
)

// networkPack is the smallest pack with a lab on the network.
func networkPack(t *testing.T, more string) fstest.MapFS {
	t.Helper()
	files := smallest(t)
	withLab(t, files, `format: 1
id: part
title: {en: T, zh: T}
task: {en: T, zh: T}
solution: solution.console
needs: [network]
`+more)
	return files
}

const denied = `checks:
- id: denied
  title: {en: T, zh: T}
  request: {from: {pod: a}, url: "http://b"}
  expect: response.error == "timeout"
`

func TestAddOnsAreKnown(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"ingress-nginx": "", "gateway": "",
		"istio":      `there is no add-on "istio" — write one of gateway, ingress-nginx`,
		"kube-proxy": `there is no add-on "kube-proxy"`,
	} {
		r := lint(t, author.Options{FS: networkPack(t, "addons: ["+name+"]\n"+denied)})
		if said := r.Faults.Error(); !strings.Contains(said, want) || want == "" && strings.Contains(said, "add-on") {
			t.Errorf("%s: %v", name, r.Faults)
		}
	}
}

func TestWhatMustFailMustAnswerSomebody(t *testing.T) {
	t.Parallel()
	const warning = "this holds as well where the server is down"
	answers := "settled:\n- request: {from: {pod: a}, url: 'http://b'}\n"
	for text, warned := range map[string]bool{
		denied:           true,
		answers + denied: false,
		strings.Replace(denied, `"timeout"`, `""`, 1): false,
	} {
		r := lint(t, author.Options{FS: networkPack(t, text)})
		if found := strings.Contains(r.Warnings.Error(), warning); found != warned {
			t.Errorf("%s\n%v", text, r.Warnings)
		}
	}
}
