package lab

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const twoContexts = "current-context: home\ncontexts:\n- {name: home}\n- {name: away}\n"

func TestReadForeign(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(twoContexts), 0o400); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, want := range []foreign{{file, "home"}, {file, "away"}} {
		asked := strings.TrimPrefix(want.context, "home") // home is the current one
		got, err := readForeign(file, asked)
		if err != nil || got != want {
			t.Errorf("context %q: %+v %v", asked, got, err)
		}
		if want := []string{"--kubeconfig", file, "--context", want.context}; !slices.Equal(got.args(), want) {
			t.Errorf("arguments %q, want %q", got.args(), want)
		}
		names = append(names, got.defaultName())
	}
	none, err := readForeign("", "")
	if names = append(names, none.defaultName()); err != nil || none.args() != nil || names[2] != "main" {
		t.Errorf("without a file: %+v %v", none, err)
	}
	if slices.Sort(names); len(slices.Compact(names)) != 3 {
		t.Errorf("clusters share a name: %q", names)
	}
	for _, name := range names {
		if err := checkName(name); err != nil {
			t.Error(err)
		}
	}
}

func TestReadForeignRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ text, context, want string }{
		"not YAML":   {"{", "", "this is not YAML"},
		"a list":     {"[a]", "", "this is not YAML"},
		"empty":      {"", "", "has no contexts"},
		"no current": {"contexts: [{name: b}, {name: a}]", "", "has no current context: name one with --context: a, b"},
		"unknown":    {twoContexts, "hom", `has no context "hom": name one of these with --context: away, home`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "config")
			if err := os.WriteFile(file, []byte(tc.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := New(Options{Kubeconfig: file, Context: tc.context}); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, err := New(Options{Kubeconfig: filepath.Join(t.TempDir(), "nothing")}); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("a missing file: %v", err)
	}
}
