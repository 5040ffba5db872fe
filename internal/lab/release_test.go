package lab

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// releaseFile is what these tests want to know of .goreleaser.yaml.
type releaseFile struct {
	Before struct{ Hooks []string }
	Builds []struct {
		ID, Main, Ldflags string
		Env, Goos, Goarch []string
	}
	Archives []struct {
		Ids   []string
		Files []yaml.Node
	}
	Nfpms []struct{ Ids []string }
}

func source(name string) string { return filepath.Join("../..", filepath.FromSlash(name)) }

func readSource(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(source(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func readRelease(t *testing.T) (r releaseFile) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(readSource(t, ".goreleaser.yaml")), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestReleaseHoldsBothPrograms holds that both are built for all platforms but
// the engine for Windows, and that archives and packages have both.
func TestReleaseHoldsBothPrograms(t *testing.T) {
	t.Parallel()
	r := readRelease(t)
	mains := map[string]string{"kubetutor": "./cmd/kubetutor", "kubelab": "./cmd/kubelab"}
	systems := map[string][]string{"kubetutor": {"linux", "darwin", "windows"}, "kubelab": {"linux", "darwin"}}
	for _, b := range r.Builds {
		if mains[b.ID] != b.Main {
			t.Errorf("%s is made of %s", b.ID, b.Main)
		}
		delete(mains, b.ID)
		if !slices.Equal(b.Goos, systems[b.ID]) || !slices.Equal(b.Goarch, []string{"amd64", "arm64"}) {
			t.Errorf("%s is built for %v on %v", b.ID, b.Goos, b.Goarch)
		}
		if !slices.Contains(b.Env, "CGO_ENABLED=0") {
			t.Errorf("%s is built with a C compiler, of which there is one for this platform only", b.ID)
		}
	}
	if len(mains) > 0 {
		t.Errorf("not built: %v", slices.Collect(maps.Keys(mains)))
	}
	var files strings.Builder
	for _, node := range r.Archives[0].Files {
		text, err := yaml.Marshal(&node)
		if err != nil {
			t.Fatal(err)
		}
		files.Write(text)
	}
	for _, want := range []string{"/kubelab*", "LICENSE\n", "README.md", "LICENSES.txt", "completions/", "man/kubetutor.1.gz"} {
		if !strings.Contains(files.String(), want) {
			t.Errorf("the archive has no %q:\n%s", want, files.String())
		}
	}
	if got := r.Nfpms[0].Ids; !slices.Equal(got, []string{"kubetutor", "kubelab"}) {
		t.Errorf("packages hold %v", got)
	}
}

// linked finds the variables that linker flags set.
var linked = regexp.MustCompile(`-X ([\w./]+)\.(\w+)=(\S+|\{\{[^}]*\}\})`)

// TestReleaseSetsVariablesThatExist holds that no linker flag is in vain: the
// linker says nothing of a variable that is not there, or is no plain string.
func TestReleaseSetsVariablesThatExist(t *testing.T) {
	t.Parallel()
	want := map[string][]string{"kubetutor": {"version", "engineID"}, "kubelab": {"id"}}
	for _, b := range readRelease(t).Builds {
		var got []string
		for _, m := range linked.FindAllStringSubmatch(b.Ldflags, -1) {
			if m[1] != "main" || !settable(t, b.Main, m[2]) {
				t.Errorf("%s: the linker cannot set %s.%s", b.ID, m[1], m[2])
			}
			got = append(got, m[2])
		}
		if !slices.Equal(got, want[b.ID]) {
			t.Errorf("%s is linked with %v, want %v", b.ID, got, want[b.ID])
		}
	}
}

// settable tells whether a package has a variable that -X can set: a string that
// is not computed.
func settable(t *testing.T, dir, name string) bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), source(dir+"/main.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			i := slices.IndexFunc(v.Names, func(n *ast.Ident) bool { return n.Name == name })
			if i >= 0 {
				return isText(v, i)
			}
		}
	}
	return false
}

func isText(v *ast.ValueSpec, i int) bool {
	if len(v.Values) == 0 {
		kind, ok := v.Type.(*ast.Ident)
		return ok && kind.Name == "string"
	}
	value, ok := v.Values[i].(*ast.BasicLit)
	return ok && value.Kind == token.STRING
}

// TestReleaseKeepsTheEnginesID holds that a released engine can be told: by the
// linker flag, which the go command records unless it trims paths.
func TestReleaseKeepsTheEnginesID(t *testing.T) {
	t.Parallel()
	for _, b := range readRelease(t).Builds {
		if b.ID != "kubelab" {
			continue
		}
		flags := strings.ReplaceAll(b.Ldflags, "{{ .Env.ENGINE_ID }}", "0123456789abcdef")
		if m := ldflagsID.FindStringSubmatch(flags); m == nil || m[1] != "0123456789abcdef" {
			t.Errorf("no id is found in %q", flags)
		}
	}
	for _, name := range []string{".goreleaser.yaml", ".ci/release", ".ci/extras"} {
		for n, line := range strings.Split(readSource(t, name), "\n") {
			if code, _, _ := strings.Cut(line, "#"); strings.Contains(code, "trimpath") {
				t.Errorf("%s:%d: %s", name, n+1, line)
			}
		}
	}
}

// TestReleaseScriptsAreThere holds that what goreleaser runs, and what it is run
// by, can be run, and sets what the configuration wants.
func TestReleaseScriptsAreThere(t *testing.T) {
	t.Parallel()
	scripts := []string{".ci/release"}
	for _, hook := range readRelease(t).Before.Hooks {
		scripts = append(scripts, strings.Fields(hook)[0])
	}
	for _, name := range scripts {
		if err := executable(source(name)); err != nil {
			t.Error(err)
		}
	}
	script := readSource(t, ".ci/release")
	for _, m := range regexp.MustCompile(`\.Env\.(\w+)`).FindAllStringSubmatch(readSource(t, ".goreleaser.yaml"), -1) {
		if !strings.Contains(script, m[1]+"=") {
			t.Errorf(".ci/release does not set %s", m[1])
		}
	}
}
