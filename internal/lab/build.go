package lab

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// What a build needs: linking Kubernetes takes 3.3 GB of memory, and the build
// cache of all its packages about 4 GB of disk.
const (
	minMemory = 4 << 30
	minDisk   = 6 << 30
	// Machines with no more than these build one package at a time, so that the
	// learner can read meanwhile.
	smallCPUs   = 2
	smallMemory = 8 << 30
)

// buildNice lowers the priority of a build, so that reading stays smooth.
const buildNice = 10

// killDelay is how long a cancelled build may take to die.
const killDelay = 5 * time.Second

// builder builds the engine from a source checkout into the cache.
type builder struct {
	source string
	cache  string
	id     string
	env    []string
	cpus   int
	memory func() (total, available int64, err error)
	disk   func(dir string) (int64, error)
	minMem int64
	minDsk int64
}

func newBuilder(source, cache, id string, env []string) *builder {
	return &builder{
		source: source, cache: cache, id: id, env: env, cpus: runtime.NumCPU(),
		memory: memory, disk: diskFree, minMem: minMemory, minDsk: minDisk,
	}
}

// build makes the engine and returns its file, telling of its progress. Where
// another tutor builds already, it waits for that one and tells of its progress
// instead. The build ends with ctx.
func (b *builder) build(ctx context.Context, changed func(Engine)) (string, error) {
	goCmd, err := lookGo(lookup(b.env)("PATH"))
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(b.cache, 0o700); err != nil {
		return "", fmt.Errorf("making the cache for the engine: %w", err)
	}
	unlock, err := b.lock(ctx, changed)
	if err != nil {
		return "", err
	}
	defer unlock()
	f := finder{cache: b.cache, id: b.id}
	if f.matches(f.cached()) {
		return f.cached(), nil
	}
	if err := b.checkMachine(); err != nil {
		return "", err
	}
	return f.cached(), b.make(ctx, goCmd, f.cached(), changed)
}

// checkMachine refuses to build where the machine would suffer or fail.
func (b *builder) checkMachine() error {
	if _, available, err := b.memory(); err == nil && available < b.minMem {
		return fmt.Errorf("building the engine needs %s of free memory, and this machine has %s: close other programs, or use a release, which brings the engine along",
			Gigabytes(b.minMem), Gigabytes(available))
	}
	free, err := b.disk(b.cache)
	if err == nil && free < b.minDsk {
		return fmt.Errorf("building the engine needs %s of free disk space, and there are %s at %s: make room, set XDG_CACHE_HOME and GOCACHE to another disk, or use a release, which brings the engine along",
			Gigabytes(b.minDsk), Gigabytes(free), b.cache)
	}
	return nil
}

// Gigabytes words a number of bytes.
func Gigabytes(n int64) string { return fmt.Sprintf("%.1f GB", float64(n)/(1<<30)) }

// make runs the go command and moves what it made into its place.
func (b *builder) make(ctx context.Context, goCmd, target string, changed func(Engine)) error {
	meter := &meter{share: b.shareFile(), changed: changed}
	defer meter.end()
	meter.tell(Engine{State: EngineBuilding, ID: b.id, Phase: "packages"})
	stale, err := b.stale(ctx, goCmd)
	if err != nil {
		return err
	}
	meter.needs(stale)
	part := target + ".part"
	defer os.Remove(part)
	if err := b.compile(ctx, goCmd, part, meter); err != nil {
		return err
	}
	if err := os.Rename(part, target); err != nil {
		return fmt.Errorf("putting the engine into the cache: %w", err)
	}
	b.prune(target)
	return nil
}

// stale lists the packages that have to be compiled: those of the build whose
// results are not in the build cache. Asking takes about a second for 2,800
// packages; it is what makes the progress bar tell the truth.
func (b *builder) stale(ctx context.Context, goCmd string) ([]string, error) {
	cmd := b.command(ctx, goCmd, "list", "-e", "-deps", "-f", "{{if .Stale}}{{.ImportPath}}{{end}}", "./cmd/kubelab")
	var failed strings.Builder
	cmd.Stderr = &failed
	out, err := cmd.Output()
	if err != nil {
		return nil, b.failure(ctx, "listing the engine's packages", err, failed.String())
	}
	return strings.Fields(string(out)), nil
}

// compile runs go build, which prints the name of each package that it
// compiles, and keeps all that it says in a log.
func (b *builder) compile(ctx context.Context, goCmd, target string, meter *meter) error {
	log, err := os.OpenFile(b.logFile(), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("opening the log of the build: %w", err)
	}
	defer log.Close()
	args := []string{"build", "-v", "-o", target, "-ldflags", "-s -w -X main.id=" + b.id}
	cmd := b.command(ctx, goCmd, append(append(args, b.parallel()...), "./cmd/kubelab")...)
	said, err := cmd.StderrPipe()
	if err != nil {
		return fmt.Errorf("building the engine: %w", err)
	}
	// The kernel signals the death of a parent's thread, not of its process: the
	// thread that starts the build has to last as long as the build.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("building the engine: %w", err)
	}
	nice(cmd, buildNice)
	rest := follow(io.TeeReader(said, log), meter)
	if err := cmd.Wait(); err != nil {
		return b.failure(ctx, "building the engine", err, strings.Join(rest, "\n"))
	}
	return nil
}

// follow counts the packages that the go command names and returns the last of
// its other lines.
func follow(said io.Reader, meter *meter) (rest []string) {
	for lines := bufio.NewScanner(said); lines.Scan(); {
		if line := lines.Text(); !meter.compiled(line) && line != "" {
			rest = append(rest, line)
			rest = rest[max(0, len(rest)-maxFailureLines):]
		}
	}
	_, _ = io.Copy(io.Discard, said)
	return rest
}

// command is the go command in the source checkout, in a process group of its
// own that ends with ctx.
func (b *builder) command(ctx context.Context, goCmd string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, goCmd, args...)
	cmd.Dir = b.source
	cmd.Env = buildEnv(b.env, b.source)
	ownGroup(cmd)
	cmd.Cancel = func() error { return killGroup(cmd) }
	cmd.WaitDelay = killDelay
	return cmd
}

// buildEnv is env without the user's GOFLAGS, which could change what is built;
// only -mod, which says where modules are, is kept. Everything else stays as it
// is, so that the build cache is shared with the user's own builds.
func buildEnv(env []string, dir string) []string {
	flags := []string{"-buildvcs=false"}
	for _, flag := range strings.Fields(lookup(env)("GOFLAGS")) {
		if strings.HasPrefix(strings.TrimPrefix(flag, "-"), "-mod=") || strings.HasPrefix(flag, "-mod=") {
			flags = append(flags, flag)
		}
	}
	return append(slices.Clone(env), "GOFLAGS="+strings.Join(flags, " "), "PWD="+dir)
}

// parallel keeps small machines usable while they build.
func (b *builder) parallel() []string {
	total, _, err := b.memory()
	if b.cpus <= smallCPUs || err == nil && total < smallMemory {
		return []string{"-p", "1"}
	}
	return nil
}

// maxFailureLines is how much of the go command's output a failure shows.
const maxFailureLines = 4

// failure says what went wrong and where the rest can be read.
func (b *builder) failure(ctx context.Context, what string, err error, said string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	lines := strings.Split(strings.TrimSpace(said), "\n")
	lines = lines[max(0, len(lines)-maxFailureLines):]
	return fmt.Errorf("%s failed (%w): %s — the whole output is in %s", what, err, strings.Join(lines, "; "), b.logFile())
}

func (b *builder) logFile() string   { return filepath.Join(b.cache, "build.log") }
func (b *builder) shareFile() string { return filepath.Join(b.cache, "build.json") }

// keepBuilds is how many engines stay in the cache: the present one, and the
// one before it, for whoever goes back and forth between two commits.
const keepBuilds = 2

// prune removes old builds, as far as it can.
func (b *builder) prune(current string) {
	files, _ := filepath.Glob(filepath.Join(b.cache, "kubelab-*"))
	age := func(name string) time.Time {
		info, err := os.Stat(name)
		if err != nil {
			return time.Time{}
		}
		return info.ModTime()
	}
	slices.SortFunc(files, func(x, y string) int { return age(y).Compare(age(x)) })
	kept := 1
	for _, file := range files {
		if file == current {
			continue
		}
		if kept++; kept > keepBuilds {
			_ = os.Remove(file)
		}
	}
}

// errNoGo means that the engine cannot be built for want of Go.
var errNoGo = errors.New("the engine is not there, and building it needs Go, which is not on the PATH: install Go from https://go.dev/dl, or use a release, which brings the engine along")

// lookGo finds the go command in the absolute directories of a PATH.
func lookGo(path string) (string, error) {
	for _, dir := range filepath.SplitList(path) {
		file := filepath.Join(dir, "go"+exe())
		if filepath.IsAbs(dir) && executable(file) == nil {
			return file, nil
		}
	}
	return "", errNoGo
}
