package course_test

import (
	"strings"
	"testing"
	"testing/fstest"
)

// TestScope refuses labs that promise to stay in a namespace and cannot.
func TestScope(t *testing.T) {
	t.Parallel()
	const file = "basics/first/labs/make/lab.yaml"
	for want, change := range map[string][2]string{
		`lab.yaml:5:8: "galaxy" is no scope`:                                          {"namespace: shop", "scope: galaxy\nnamespace: shop"},
		"lab.yaml:5:8: the lab's scope is its namespace, and it names none":           {"namespace: shop", "scope: namespace"},
		"lab.yaml:6:7: the lab's scope is its namespace, and users":                   {"namespace: shop", "scope: namespace\nuser: ben\nnamespace: shop"},
		"lab.yaml:10:8: the lab's scope is its namespace, which commands could leave": {"namespace: shop", "scope: namespace\nnamespace: shop"},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			files := pack(t)
			text := strings.Replace(string(files[file].Data), change[0], change[1], 1)
			if strings.Contains(want, "commands") {
				text = strings.Replace(text, "setup: [setup.yaml]", "setup: [setup.yaml, solution.console]", 1)
			}
			files[file] = &fstest.MapFile{Data: []byte(text)}
			wantFault(t, files, want)
		})
	}
}
