package yard

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kubetutor/internal/class"
	"kubetutor/internal/lab"
)

func TestCapacity(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		memory int64
		cores  int
		want   int
	}{
		"a laptop":        {16 << 30, 8, 31},
		"few cores":       {24 << 30, 2, 8},
		"little memory":   {4 << 30, 8, 4},
		"nothing to give": {1 << 30, 1, 1},
	} {
		if got := Capacity(tt.memory, tt.cores); got != tt.want {
			t.Errorf("%s: %d, wanted %d", name, got, tt.want)
		}
	}
	if capacityHere() < 1 {
		t.Error("this machine carries nothing")
	}
}

func TestScrub(t *testing.T) {
	t.Parallel()
	given := []string{
		"PATH=/bin", "KUBECONFIG=/k", "EDITOR=vi", "VISUAL=vi", "GITHUB_TOKEN=x", "AWS_SECRET_ACCESS_KEY=x", "SSH_AUTH_SOCK=/s", "HOME=/home/instructor",
		"LD_PRELOAD=x", "HTTPS_PROXY=http://p", "XDG_RUNTIME_DIR=/run", "TZ=UTC", "GOGC=1", "PATHEXTRA=x", "=",
	}
	if got := Scrub(given); !slices.Equal(got, []string{"PATH=/bin", "TZ=UTC"}) {
		t.Error(got)
	}
	for _, kv := range environ(given, "/state", "/sockets", "/cache") {
		if strings.Contains(kv, "instructor") || strings.HasPrefix(kv, "KUBECONFIG") {
			t.Error(kv)
		}
	}
}

// TestWithoutAnEngine tells a learner that there is none, and not what the machine of
// the class says of it.
func TestWithoutAnEngine(t *testing.T) {
	t.Parallel()
	const path = "/nowhere/of-the-instructor/kubelab"
	y, err := New(Options{Dir: t.TempDir(), Kubelab: path, Limit: 1, Environ: []string{"PATH=/bin", "HOME=" + t.TempDir()}})
	if err != nil {
		t.Fatal(err)
	}
	defer y.Close(t.Context())
	l, err := y.Lab("ann")
	if err != nil {
		t.Fatal(err)
	}
	said := ""
	err = l.Prepare(t.Context(), func(e lab.Engine) { said += e.Reason + e.File })
	if err == nil || strings.Contains(err.Error(), path) {
		t.Errorf("preparing says %v", err)
	}
	if e := l.Engine(); e.State != lab.EngineMissing || strings.Contains(said+e.Reason+e.File, path) {
		t.Errorf("the engine is %+v, and was said to be %q", e, said)
	}
	if e := y.Engine(); !strings.Contains(e.Reason, path) {
		t.Errorf("the instructor is told %+v", e)
	}
}

// TestRuntimeOf: the directory of sockets is short, another for each class, and the
// same for one at any time.
func TestRuntimeOf(t *testing.T) {
	t.Parallel()
	long := "XDG_RUNTIME_DIR=/" + strings.Repeat("long", 30)
	seen := map[string]bool{}
	for _, environ := range [][]string{nil, {long}, {"XDG_RUNTIME_DIR=relative"}, {"XDG_RUNTIME_DIR=/run/user/1000"}} {
		for _, dir := range []string{"/c/storage", "/c/network"} {
			got := runtimeOf(dir, environ)
			if len(got) > maxRuntime || got != runtimeOf(dir+"/", environ) {
				t.Errorf("%s with %v: %s", dir, environ, got)
			}
			seen[got] = true
		}
	}
	if len(seen) != 4 { // two classes, below XDG_RUNTIME_DIR or not
		t.Error(seen)
	}
}

// TestDirectories: a learner has directories of their own, closed to all others; an ID
// that would lead elsewhere is refused.
func TestDirectories(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "yd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	y, err := New(Options{Dir: filepath.Join(dir, "class"), Runtime: filepath.Join(dir, "r"), Kubelab: os.Args[0]})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := y.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	for _, who := range []class.LearnerID{"", "..", "a/b", "../b", "A1", "a b", "a\x00", "-a", class.LearnerID(strings.Repeat("a", 17))} {
		if _, err := y.Lab(who); err == nil {
			t.Errorf("%q is accepted", who)
		}
	}
	for _, who := range []class.LearnerID{"a1b2c3d4", "b1b2c3d4"} {
		if _, err := y.Lab(who); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(dir, "r", string(who)))
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%v, %v", info, err)
		}
	}
	if got := y.Labs(); got.Asleep != 0 || got.Awake != 0 {
		t.Errorf("%+v before anything was started", got)
	}
}

// TestFoundAgain: what an earlier server left is known to the next one.
func TestFoundAgain(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "yd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for _, who := range []string{"ann", "ben", "Not-An-ID"} {
		state := filepath.Join(dir, "class", "learners", who, "state", "kubetutor", "clusters", "class-"+who)
		if err := os.MkdirAll(state, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	y, err := New(Options{Dir: filepath.Join(dir, "class"), Runtime: filepath.Join(dir, "r"), Kubelab: os.Args[0], Limit: 3})
	if err != nil {
		t.Fatal(err)
	}
	if got := y.Labs(); got != (class.Labs{Limit: 3, Asleep: 2}) {
		t.Errorf("%+v", got)
	}
	if err := y.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "r")); err == nil {
		t.Error("directories of sockets are left behind")
	}
}
