package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gofrs/flock"
)

// checkout is a source checkout with a small engine in it.
func checkout(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	write(t, root, "go.mod", "module kubetutor\n\ngo 1.26\n")
	write(t, root, "go.sum", "")
	write(t, root, "cmd/kubelab/main.go", "package main\n\nimport \"kubetutor/internal/engine\"\n\nvar id = \"dev\"\n\nfunc main() { println(engine.Name, id) }\n")
	write(t, root, "internal/engine/engine.go", "package engine\n\nconst Name = \"one\"\n")
	return root
}

func write(t *testing.T, root, name, text string) {
	t.Helper()
	file := filepath.Join(root, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// buildEnvOf is an environment of its own that shares the build cache.
func buildEnvOf(t *testing.T, more ...string) []string {
	t.Helper()
	cache := os.Getenv("GOCACHE")
	if cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			t.Skip(err)
		}
		cache = filepath.Join(dir, "go-build")
	}
	return home(t, append([]string{"GOCACHE=" + cache, "GOWORK=off"}, more...)...)
}

// buildable is a service that builds the engine of a checkout.
func buildable(t *testing.T, source string, env []string) *Labs {
	t.Helper()
	l, err := New(Options{Source: source, Executable: filepath.Join(t.TempDir(), "kubetutor"), Environ: env})
	if err != nil {
		t.Fatal(err)
	}
	l.build.memory = func() (int64, int64, error) { return 16 << 30, 16 << 30, nil }
	l.build.disk = func(string) (int64, error) { return 16 << 30, nil }
	t.Cleanup(l.Close)
	return l
}

// patient is a context for tests that compile.
func patient(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), 2*time.Minute, errors.New("the test took too long"))
	t.Cleanup(cancel)
	return ctx
}

func TestBuild(t *testing.T) {
	t.Parallel()
	source, env := checkout(t), buildEnvOf(t, "GOFLAGS=-tags=nonsense -buildmode=plugin")
	l := buildable(t, source, env)
	if e := l.Look(); e.State != EngineUnknown {
		t.Fatalf("before the build: %v", e)
	}
	var seen []Engine
	if err := l.Prepare(patient(t), func(e Engine) { seen = append(seen, e) }); err != nil {
		t.Fatal(err)
	}
	e := l.Engine()
	if id, err := idOf(e.File); err != nil || id != e.ID || len(id) != 16 {
		t.Errorf("the engine %s carries the id %q, %v", e.File, id, err)
	}
	out, err := exec.Command(e.File).CombinedOutput()
	if want := "one " + e.ID + "\n"; string(out) != want {
		t.Errorf("it says %q, %v; want %q", out, err, want)
	}
	phases := slices.Compact(mapped(seen, func(e Engine) string { return string(e.State) + e.Phase }))
	if want := []string{"buildingpackages", "buildinglink", "ready"}; !slices.Equal(phases, want) {
		t.Errorf("phases %v, want %v", phases, want)
	}
	again := buildable(t, source, append(env, "PATH="))
	if err := again.Prepare(patient(t), func(Engine) {}); err != nil || again.Engine() != e {
		t.Errorf("a second tutor did not find it: %v, %v", again.Engine(), err)
	}
}

func mapped[T, U any](list []T, f func(T) U) (out []U) {
	for _, one := range list {
		out = append(out, f(one))
	}
	return out
}

func TestOldBuildsArePruned(t *testing.T) {
	t.Parallel()
	source, env := checkout(t), buildEnvOf(t)
	var files []string
	for i := range 3 {
		write(t, source, "internal/engine/engine.go", fmt.Sprintf("package engine\n\nconst Name = \"%d\"\n", i))
		l := buildable(t, source, env)
		if err := l.Prepare(patient(t), func(Engine) {}); err != nil {
			t.Fatal(err)
		}
		files = append(files, l.Engine().File)
		past := time.Now().Add(time.Duration(i-9) * time.Hour)
		if err := os.Chtimes(l.Engine().File, past, past); err != nil {
			t.Fatal(err)
		}
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(files[0]), "kubelab-*"))
	slices.Sort(left)
	want := slices.Sorted(slices.Values(files[1:]))
	if !slices.Equal(left, want) {
		t.Errorf("left %v, want the two newest: %v", left, want)
	}
}

func TestBrokenSources(t *testing.T) {
	t.Parallel()
	source, env := checkout(t), buildEnvOf(t)
	write(t, source, "internal/engine/engine.go", "package engine\n\nconst Name = nonsense\n")
	l := buildable(t, source, env)
	err := l.Prepare(patient(t), func(Engine) {})
	if !errors.Is(err, ErrNoEngine) || !strings.Contains(err.Error(), "undefined: nonsense") || !strings.Contains(err.Error(), l.build.logFile()) {
		t.Fatalf("got %v, want the compiler's words and the log", err)
	}
	if e := l.Engine(); e.State != EngineMissing || e.Reason == "" {
		t.Errorf("left behind: %v", e)
	}
	if left, _ := filepath.Glob(filepath.Join(l.dirs.cache, "kubelab-*")); len(left) != 0 {
		t.Errorf("half a build was left: %v", left)
	}
}

func TestBuildIsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		set  func(*Labs)
		env  string
		want string
	}{
		{"little memory", func(l *Labs) {
			l.build.memory = func() (int64, int64, error) { return 8 << 30, 3 << 30, nil }
		}, "X=", "needs 4.0 GB of free memory, and this machine has 3.0 GB"},
		{"little disk", func(l *Labs) {
			l.build.disk = func(string) (int64, error) { return 5 << 30, nil }
		}, "X=", "needs 6.0 GB of free disk space, and there are 5.0 GB"},
		{"no Go", func(*Labs) {}, "PATH=/nowhere:.", "install Go"},
		{"no sources", func(l *Labs) { l.build = nil }, "X=", "--kubelab FILE"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := buildable(t, checkout(t), buildEnvOf(t, test.env))
			test.set(l)
			err := l.Prepare(soon(t), func(Engine) {})
			if !errors.Is(err, ErrNoEngine) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// goScript puts a script in the place of the go command.
func goScript(t *testing.T, script string) (path string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return "PATH=" + dir + ":" + os.Getenv("PATH")
}

func TestBuildEndsWithTheTutor(t *testing.T) {
	t.Parallel()
	pids := filepath.Join(t.TempDir(), "pids")
	env := buildEnvOf(t, goScript(t, "[ $1 = list ] && { echo a; exit; }\nsleep 1000 & echo $! >"+pids+"\nwait\n"))
	l := buildable(t, checkout(t), env)
	ctx, cancel := context.WithCancel(soon(t))
	ended := make(chan error, 1)
	go func() { ended <- l.Prepare(ctx, func(Engine) {}) }()
	child := 0
	eventually(t, "the build has a child", func() bool {
		data, _ := os.ReadFile(pids)
		child, _ = strconv.Atoi(strings.TrimSpace(string(data)))
		return child > 0
	})
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	l.Close()
	eventually(t, "the child is gone", func() bool { return dead(child) })
	if e := l.Engine(); e.State != EngineUnknown {
		t.Errorf("left behind: %v", e)
	}
}

// dead tells whether a process has ended; one that nobody waits for counts.
func dead(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(stat), ") Z ")
}

// eventually polls until what is said holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func TestTwoTutorsBuildOnce(t *testing.T) {
	t.Parallel()
	real, err := exec.LookPath("go")
	if err != nil {
		t.Skip(err)
	}
	calls := filepath.Join(t.TempDir(), "calls")
	env := buildEnvOf(t, goScript(t, "echo $1 >>"+calls+"\nexec "+real+" \"$@\"\n"))
	source := checkout(t)
	var wg sync.WaitGroup
	errs := make([]error, 4)
	same := buildable(t, source, env)
	for i, l := range []*Labs{same, same, buildable(t, source, env), buildable(t, source, env)} {
		wg.Go(func() { errs[i] = l.Prepare(patient(t), func(Engine) {}) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(calls)
	if got := string(data); got != "list\nbuild\n" {
		t.Errorf("the go command ran as %q, want one list and one build", got)
	}
}

func TestWaitingTellsOfTheOthersBuild(t *testing.T) {
	t.Parallel()
	l := buildable(t, checkout(t), buildEnvOf(t))
	if err := os.MkdirAll(l.dirs.cache, 0o700); err != nil {
		t.Fatal(err)
	}
	lock := flock.New(filepath.Join(l.dirs.cache, "build.lock"))
	if err := lock.Lock(); err != nil {
		t.Fatal(err)
	}
	write(t, l.dirs.cache, "build.json", `{"state":"building","built":7,"needed":9,"phase":"packages"}`)
	ctx, cancel := context.WithCancelCause(soon(t))
	seen := errors.New("seen")
	err := l.Prepare(ctx, func(e Engine) {
		if e.Built == 7 && e.Needed == 9 {
			cancel(seen)
		}
	})
	if !errors.Is(err, seen) {
		t.Errorf("got %v", err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestBuildEnv(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"":                                 "-buildvcs=false",
		"-tags=x -mod=mod -race":           "-buildvcs=false -mod=mod",
		"--mod=readonly -trimpath":         "-buildvcs=false --mod=readonly",
		"-modcacherw -modfile=other -a -x": "-buildvcs=false",
	}
	for given, want := range tests {
		env := buildEnv([]string{"A=b", "GOFLAGS=" + given}, "/s")
		if got := lookup(env)("GOFLAGS"); got != want || lookup(env)("A") != "b" {
			t.Errorf("GOFLAGS=%s: got %q, want %q", given, got, want)
		}
	}
}

func TestSmallMachinesBuildOneAtATime(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		cpus int
		mem  int64
		want int
	}{{2, 32 << 30, 2}, {16, 7 << 30, 2}, {4, 16 << 30, 0}} {
		b := &builder{cpus: test.cpus, memory: func() (int64, int64, error) { return test.mem, test.mem, nil }}
		if got := b.parallel(); len(got) != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
}

func TestEngineID(t *testing.T) {
	t.Parallel()
	base := func() fstest.MapFS {
		return fstest.MapFS{
			"go.sum":                              {Data: []byte("sums")},
			"cmd/kubelab/main.go":                 {Data: []byte("main")},
			"internal/engine/x/x.go":              {Data: []byte("x")},
			"internal/engine/x/embedded.yaml":     {Data: []byte("y")},
			"internal/engine/x/x_test.go":         {Data: []byte("t")},
			"internal/engine/x/testdata/a":        {Data: []byte("a")},
			"internal/engine/enginetest/start.go": {Data: []byte("s")},
			"internal/tui/tui.go":                 {Data: []byte("tui")},
			"internal/lab/protocol/p.go":          {Data: []byte("p")},
		}
	}
	id := func(fsys fstest.MapFS) string {
		t.Helper()
		id, err := EngineID(fsys)
		if err != nil || len(id) != 16 {
			t.Fatalf("%q, %v", id, err)
		}
		return id
	}
	original := id(base())
	matters := map[string]bool{"go.sum": true, "cmd/kubelab/main.go": true, "internal/engine/x/x.go": true,
		"internal/engine/x/embedded.yaml": true, "internal/lab/protocol/p.go": true}
	for name := range base() {
		changed := base()
		changed[name] = &fstest.MapFile{Data: []byte("changed")}
		if (id(changed) != original) != matters[name] {
			t.Errorf("a change of %s: the id changed %v, want %v", name, id(changed) != original, matters[name])
		}
	}
	moved := base()
	moved["internal/engine/x/z.go"] = moved["internal/engine/x/x.go"]
	delete(moved, "internal/engine/x/x.go")
	if id(moved) == original {
		t.Error("a file was renamed, the id is the same")
	}
}

func TestFindExplicit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "text", "no program")
	for _, name := range []string{"absent", "text", "."} {
		l, err := New(Options{Kubelab: filepath.Join(dir, name), Environ: home(t)})
		if err != nil {
			t.Fatal(err)
		}
		err = l.Prepare(soon(t), func(Engine) {})
		if !errors.Is(err, ErrNoEngine) || !strings.Contains(err.Error(), "--kubelab") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestFindIgnoresOtherPrograms(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir()
	if err := os.Symlink(self, filepath.Join(cache, "kubelab-wanted")); err != nil {
		t.Fatal(err)
	}
	f := finder{cache: cache, executable: filepath.Join(cache, "kubetutor"), id: "wanted"}
	if e, ok, err := f.find(); ok || err != nil {
		t.Errorf("a program that is not the engine was taken: %v, %v", e, err)
	}
}

func TestSourceRootIsThisCheckout(t *testing.T) {
	t.Parallel()
	root := sourceRoot()
	if root == "" {
		t.Skip("compiled with -trimpath")
	}
	if _, err := os.Stat(filepath.Join(root, "internal", "lab", "build_test.go")); err != nil {
		t.Error(err)
	}
}
