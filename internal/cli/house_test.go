package cli_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kubetutor/internal/lab"
)

// house lists what packages of this module depend on, by `go list -deps`, which
// compiles nothing.
func house(t *testing.T, patterns ...string) []string {
	t.Helper()
	return strings.Fields(goList(t, append([]string{"-deps", "-f", "{{.ImportPath}}"}, patterns...)...))
}

func goList(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-e"}, args...)...)
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %v: %v", args, err)
	}
	return string(out)
}

// programs lists the packages of a pattern but for those that help tests.
func programs(t *testing.T, pattern string) []string {
	t.Helper()
	return slices.DeleteFunc(strings.Fields(goList(t, pattern)), below("internal/engine/enginetest"))
}

const module = "kubetutor/"

// isKubernetes and isCharm tell where a package comes from.
func isKubernetes(path string) bool {
	return strings.HasPrefix(path, "k8s.io/") || strings.HasPrefix(path, "sigs.k8s.io/") || strings.HasPrefix(path, "go.etcd.io/")
}

// isCore tells what takes half a minute and 3 GB to link.
func isCore(path string) bool { return strings.HasPrefix(path, "k8s.io/kubernetes/") }

func isCharm(path string) bool {
	return strings.HasPrefix(path, "charm.land/") || strings.HasPrefix(path, "github.com/charmbracelet/")
}

func below(roots ...string) func(string) bool {
	return func(path string) bool {
		return slices.ContainsFunc(roots, func(root string) bool {
			return path == module+root || strings.HasPrefix(path, module+root+"/")
		})
	}
}

// rule says of some packages what they must, and what they may not depend on for it.
type rule struct {
	who       string
	must      string
	forbidden func(string) bool
}

// drawsOrServes tells what a class is without: how it looks, and how it is reached.
func drawsOrServes(path string) bool {
	return isCharm(path) || below("internal/tui", "internal/class/host", "internal/class/watch", "internal/cli")(path) ||
		path == "golang.org/x/crypto/ssh"
}

// TestHouse holds the rules of who may depend on whom.
func TestHouse(t *testing.T) {
	t.Parallel()
	ofTheTutor := func(path string) bool {
		return strings.HasPrefix(path, module) && !below("internal/engine", "internal/course", "internal/lab/protocol", "assets", "cmd/kubelab")(path)
	}
	rules := []rule{
		{"./cmd/kubetutor", "start without Kubernetes", isKubernetes},
		{"./cmd/kubetutor", "reach the engine only through the protocol", below("internal/engine")},
		{"./internal/engine/...", "draw nothing", isCharm},
		{"./internal/engine/...", "know of the tutor only course and lab/protocol", ofTheTutor},
		{"./internal/engine/kernel", "simulate without Kubernetes", isKubernetes},
		{"./internal/engine/fabric", "simulate without Kubernetes", isKubernetes},
		{"./internal/engine/image/...", "simulate without Kubernetes", isKubernetes},
		{"./internal/engine/resolver", "simulate without Kubernetes", isKubernetes},
		{"./internal/engine/cri/...", "know of Kubernetes only the container runtime interface", isCore},
		{"./internal/engine/fleet", "watch over processes that link Kubernetes, and not link it", isCore},
		{"./internal/course/...", "know nothing below", func(p string) bool { return strings.HasPrefix(p, module) && !below("internal/course")(p) }},
		{"./internal/course/...", "draw nothing", isCharm},
		{"./internal/quiz/...", "draw nothing", isCharm},
		{"./internal/review/...", "draw nothing", isCharm},
		{"./internal/progress/...", "draw nothing", isCharm},
		{"./internal/search/...", "draw nothing", isCharm},
		{"./internal/markdown/block", "draw nothing", isCharm},
		{"./internal/lab/...", "draw nothing", isCharm},
		{"./internal/settings/...", "draw nothing", isCharm},
		{"./internal/stats/...", "draw nothing", isCharm},
		{"./internal/chart/...", "know no screen", isCharm},
		{"./internal/doctor/...", "draw nothing", isCharm},
		{"./internal/durable", "know nothing of what it keeps", func(p string) bool { return strings.HasPrefix(p, module) && p != module+"internal/durable" }},
		{"./internal/class", "know neither a screen nor a connection nor a file", drawsOrServes},
		{"./internal/class/store", "know neither a screen nor a connection", drawsOrServes},
		{"./internal/class/yard", "know neither a screen nor a connection", drawsOrServes},
		{"./internal/class/wire", "speak over whatever carries it", drawsOrServes},
	}
	for _, who := range []string{"course", "quiz", "review", "progress", "search", "lab", "stats", "settings"} {
		rules = append(rules, rule{"./internal/" + who + "/...", "know nothing of a class", below("internal/class")})
	}
	for _, rule := range rules {
		if dir := strings.TrimSuffix(rule.who, "/..."); missing(dir) {
			continue // the plan has packages that are not written yet
		}
		t.Run(rule.who+" must "+rule.must, func(t *testing.T) {
			t.Parallel()
			for _, path := range house(t, programs(t, rule.who)...) {
				if rule.forbidden(path) {
					t.Errorf("it depends on %s", path)
				}
			}
		})
	}
}

func missing(dir string) bool {
	_, err := os.Stat(filepath.Join("../..", dir))
	return os.IsNotExist(err)
}

// TestWhoDraws holds that only some packages import charm or the TUI directly.
func TestWhoDraws(t *testing.T) {
	t.Parallel()
	out := goList(t, "-f", "{{.ImportPath}} {{join .Imports \" \"}} {{join .TestImports \" \"}}", "./...")
	mayDraw := below("internal/tui", "internal/class", "internal/markdown", "internal/plain", "internal/cli")
	mayShow := below("internal/tui", "internal/class", "internal/cli")
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		words := strings.Fields(line)
		for _, imported := range words[1:] {
			if isCharm(imported) && !mayDraw(words[0]) {
				t.Errorf("%s imports %s: it may not draw", words[0], imported)
			}
			if below("internal/tui")(imported) && !mayShow(words[0]) {
				t.Errorf("%s imports %s: only cli and class may", words[0], imported)
			}
		}
	}
}

// TestEngineIDCoversItsSources holds that the engine's id changes with every
// file that makes kubelab.
func TestEngineIDCoversItsSources(t *testing.T) {
	t.Parallel()
	covered, err := lab.EngineFiles(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for d := json.NewDecoder(strings.NewReader(goList(t, "-deps", "-json=ImportPath,Dir,GoFiles,EmbedFiles,CgoFiles", "./cmd/kubelab"))); d.More(); {
		var p struct {
			ImportPath, Dir               string
			GoFiles, EmbedFiles, CgoFiles []string
		}
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(p.ImportPath, module) {
			continue
		}
		for _, file := range slices.Concat(p.GoFiles, p.EmbedFiles, p.CgoFiles) {
			name, err := filepath.Rel(root, filepath.Join(p.Dir, file))
			if err != nil || !slices.Contains(covered, filepath.ToSlash(name)) {
				t.Errorf("%s of %s is not part of the engine's id", name, p.ImportPath)
			}
		}
	}
}
