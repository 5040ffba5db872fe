package kernel

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// must ends the test if there is an error.
func must(t testing.TB, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// content is a file's content, or the error.
func content(f *FS, name string) string {
	b, err := f.ReadFile(name)
	if err != nil {
		return number(err)
	}
	return string(b)
}

// configMap writes a volume as the kubelet does, and updates it likewise.
func configMap(t *testing.T, dir, version, value string) {
	t.Helper()
	must(t, os.Mkdir(filepath.Join(dir, version), 0o755), os.WriteFile(filepath.Join(dir, version, "key"), []byte(value), 0o644),
		os.Symlink(version, filepath.Join(dir, "..tmp")), os.Rename(filepath.Join(dir, "..tmp"), filepath.Join(dir, "..data")))
	if _, err := os.Lstat(filepath.Join(dir, "key")); err != nil {
		must(t, os.Symlink(filepath.Join("..data", "key"), filepath.Join(dir, "key")))
	}
}

// TestConfigMap: an update appears at once to who opens the file; who has it open keeps what he has.
func TestConfigMap(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	configMap(t, dir, "..2026_1", "old")
	f := newContainer(t, Config{Mounts: []Mount{{Target: "/config", Source: dir, ReadOnly: true}}}).FS()
	open, err := f.Open("/config/key")
	must(t, err)
	configMap(t, dir, "..2026_2", "new")
	must(t, os.RemoveAll(filepath.Join(dir, "..2026_1")))
	if got := content(f, "/config/key"); got != "new" {
		t.Errorf("after the update: %q", got)
	}
	if b, err := io.ReadAll(open); string(b) != "old" || err != nil {
		t.Errorf("the file that was open: %q, %v", b, err)
	}
	if at, err := f.EvalSymlinks("/config/key"); at != "/config/..2026_2/key" {
		t.Errorf("it lies at %s, %v", at, err)
	}
	for _, err := range []error{
		f.WriteFile("/config/key", nil, 0o644), f.Remove("/config/key"), f.Mkdir("/config/d", 0o755), f.Chmod("/config/key", 0),
		f.Rename("/config/key", "/config/other"), f.Symlink("x", "/config/l"), f.Truncate("/config/key", 0), f.Access("/config", WriteOK),
	} {
		if !errors.Is(err, syscall.EROFS) {
			t.Errorf("writing to what may only be read: %v", err)
		}
	}
}

// TestSubPath: a mount of one file.
func TestSubPath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte("frozen"), 0o644), os.WriteFile(filepath.Join(dir, "beside"), nil, 0o644))
	image := testImage()
	image.File("/etc/nginx/nginx.conf", []byte("image's"), 0o644, 0, 0)
	image.File("/etc/nginx/mime.types", []byte("types"), 0o644, 0, 0)
	f := newContainer(t, Config{Image: image, Mounts: []Mount{{Target: "/etc/nginx/nginx.conf", Source: filepath.Join(dir, "nginx.conf")}}}).FS()
	if got := content(f, "/etc/nginx/nginx.conf"); got != "frozen" {
		t.Errorf("got %q", got)
	}
	if got, _ := names(f.ReadDir("/etc/nginx")); got != "mime.types----------nginx.conf----------" && got != "mime.types---------- nginx.conf----------" {
		t.Errorf("the directory: %q", got)
	}
	if err := f.Remove("/etc/nginx/nginx.conf"); !errors.Is(err, syscall.EBUSY) {
		t.Errorf("removing it: %v", err)
	}
	if err := f.Rename("/etc/nginx", "/etc/x"); !errors.Is(err, syscall.EBUSY) {
		t.Errorf("renaming a directory above it: %v", err)
	}
	must(t, f.WriteFile("/etc/nginx/nginx.conf", []byte("changed"), 0o644))
	if b, _ := os.ReadFile(filepath.Join(dir, "nginx.conf")); string(b) != "changed" {
		t.Errorf("on the machine: %q", b)
	}
	c, err := New(Config{Image: image, Mounts: []Mount{{Target: "/x", Source: filepath.Join(dir, "missing")}}})
	if err == nil {
		_ = c.Close()
		t.Error("a source that is missing was mounted")
	}
}

// TestMountsBelowMounts: the order of the list does not matter, links in targets are followed, missing places are made.
func TestMountsBelowMounts(t *testing.T) {
	t.Parallel()
	outer, inner, token := t.TempDir(), t.TempDir(), t.TempDir()
	must(t, os.WriteFile(filepath.Join(inner, "in"), []byte("inner"), 0o644), os.WriteFile(filepath.Join(token, "token"), []byte("t"), 0o644))
	image := testImage()
	image.Symlink("/var/run", "/run", 0, 0)
	f := newContainer(t, Config{Image: image, ReadOnlyRoot: true, Mounts: []Mount{
		{Target: "/data/a/b", Source: inner},
		{Target: "/var/run/secrets/kubernetes.io/serviceaccount", Source: token, ReadOnly: true},
		{Target: "/data", Source: outer},
		{Target: "/ro", Source: token, ReadOnly: true},
		{Target: "/ro/below", Source: inner},
		{Target: "/dev/termination-log", Source: filepath.Join(inner, "in")},
	}}).FS()
	for name, want := range map[string]string{
		"/data/a/b/in": "inner", "/run/secrets/kubernetes.io/serviceaccount/token": "t", "/var/run/secrets/kubernetes.io/serviceaccount/token": "t",
		"/ro/below/in": "inner", "/dev/termination-log": "inner", "/data/a/b/../../a/b/in": "inner",
	} {
		if got := content(f, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if _, err := os.Stat(filepath.Join(outer, "a", "b")); err != nil {
		t.Errorf("the place in the outer volume: %v", err)
	}
	if got, _ := names(f.ReadDir("/ro")); got != "belowd--------- token----------" {
		t.Errorf("/ro has %q", got)
	}
	if err := f.WriteFile("/new", nil, 0o644); !errors.Is(err, syscall.EROFS) {
		t.Errorf("writing to the root: %v", err)
	}
	must(t, f.WriteFile("/data/f", nil, 0o644), f.WriteFile("/dev/null", []byte("x"), 0o644), f.WriteFile("/dev/shm/f", nil, 0o644))
	if err := f.Link("/data/f", "/data/a/b/f"); !errors.Is(err, syscall.EXDEV) {
		t.Errorf("a link between mounts: %v", err)
	}
	if err := f.Rename("/data/f", "/data/a/b/f"); !errors.Is(err, syscall.EXDEV) {
		t.Errorf("a rename between mounts: %v", err)
	}
}

// TestLinksInVolumes: an absolute link in a volume leads to the container's root, never to the machine's.
func TestLinksInVolumes(t *testing.T) {
	t.Parallel()
	dir, outside := t.TempDir(), t.TempDir()
	secret := filepath.Join(outside, "secret")
	must(t, os.WriteFile(secret, []byte("machine's"), 0o644), os.Symlink("/etc/passwd", filepath.Join(dir, "passwd")), os.Symlink(secret, filepath.Join(dir, "abs")),
		os.Symlink("../"+filepath.Base(outside)+"/secret", filepath.Join(dir, "rel")), os.Symlink("../../../../../../../../etc/passwd", filepath.Join(dir, "up")),
		os.Symlink(outside, filepath.Join(dir, "dir")))
	f := newContainer(t, Config{Mounts: []Mount{{Target: "/vol", Source: dir}}}).FS()
	if got := content(f, "/vol/passwd"); !strings.HasPrefix(got, "root:x:0:0::/root") || got != content(f, "/vol/up") {
		t.Errorf("an absolute link: %q, %q", got, content(f, "/vol/up"))
	}
	for _, name := range []string{"/vol/abs", "/vol/rel", "/vol/dir/secret"} {
		if got := content(f, name); got != syscall.ENOENT.Error() {
			t.Errorf("%s leads to %q", name, got)
		}
		_ = f.WriteFile(name, []byte("overwritten"), 0o644)
	}
	if b, _ := os.ReadFile(secret); string(b) != "machine's" {
		t.Errorf("a file of the machine was overwritten: %q", b)
	}
}

// TestLayer: what a container does to its image's files, neither the image nor another container sees.
func TestLayer(t *testing.T) {
	t.Parallel()
	image := NewTree()
	image.File("/etc/conf", []byte("image"), 0o644, 0, 0)
	image.File("/usr/lib/a", []byte("aaa"), 0o755, 1, 2)
	image.Link("/usr/lib/b", "/usr/lib/a")
	image.Lazy("/big", 1<<20, func() []byte { return make([]byte, 1<<20) }, 0o644, 0, 0)
	one, two := newContainer(t, Config{Image: image}), newContainer(t, Config{Image: image})
	f := one.FS()
	if fi, err := f.Stat("/big"); err != nil || fi.Size() != 1<<20 {
		t.Errorf("a lazy file: %v, %v", fi, err)
	}
	before := snapshot(t, kernelFiler(two.FS()), "/etc")
	must(t, f.Chmod("/etc/conf", 0o600), f.Rename("/usr", "/opt"), f.Link("/opt/lib/a", "/opt/lib/c"), f.Remove("/opt/lib/b"),
		f.WriteFile("/opt/lib/a", []byte("AAAA"), 0o644), f.Rename("/etc/conf", "/etc/moved"), f.Mkdir("/usr", 0o755), f.RemoveAll("/big"))
	if got := content(f, "/opt/lib/c"); got != "AAAA" {
		t.Errorf("the other name has %q", got)
	}
	fi, err := f.Stat("/opt/lib/c")
	must(t, err)
	if st := fi.Sys().(*Stat); st.Nlink != 2 || st.UID != 1 || st.GID != 2 || fi.Mode() != 0o755 {
		t.Errorf("the file: %v %+v", fi, st)
	}
	if got, _ := names(f.ReadDir("/usr")); got != "" {
		t.Errorf("a new directory in the place of one that was moved has %q", got)
	}
	if u := one.Usage(); u.Disk != 4096 || u.Inodes == 0 {
		t.Errorf("usage %+v", u)
	}
	if got := snapshot(t, kernelFiler(two.FS()), "/etc"); !slices.Equal(got, before) {
		t.Errorf("the other container has %v", got)
	}
	if got := content(two.FS(), "/usr/lib/b"); got != "aaa" {
		t.Errorf("the other container reads %q", got)
	}
}

// TestFullDisk: the layer's limit, in files and in parts of them, and what removing gives back.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	c := newContainer(t, Config{Limits: Limits{Disk: 1 << 20}})
	f := c.FS()
	file, err := f.Create("/f")
	must(t, err)
	n, err := file.Write(make([]byte, 2<<20))
	if n != 1<<20 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("wrote %d, %v", n, err)
	}
	if err := f.WriteFile("/g", []byte("x"), 0o644); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("another file: %v", err)
	}
	if s, err := f.Statfs("/"); err != nil || s.Free != 0 || s.Size != 1<<20 {
		t.Errorf("%+v, %v", s, err)
	}
	must(t, f.Remove("/f"))
	if u := c.Usage(); u.Disk != 1<<20 {
		t.Errorf("an open file without a name takes %d bytes", u.Disk)
	}
	must(t, file.Close(), f.WriteFile("/g", []byte("x"), 0o644))
	if u := c.Usage(); u.Disk != 4096 {
		t.Errorf("%d bytes are used", u.Disk)
	}
	if err := f.Truncate("/g", 2<<20); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a file extended beyond the disk: %v", err)
	}
}

// TestVolumeSize: what containers may write into a directory of the machine is limited, too.
func TestVolumeSize(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := newContainer(t, Config{Mounts: []Mount{{Target: "/v", Source: dir, Size: 10000}}}).FS()
	file, err := f.Create("/v/f")
	must(t, err)
	n, err := file.Write(make([]byte, 20000))
	if n != 10000 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("wrote %d, %v", n, err)
	}
	_, err = file.WriteAt([]byte("over"), 0)
	must(t, err, file.Truncate(5000), f.WriteFile("/v/g", make([]byte, 5000), 0o644))
	if err := f.WriteFile("/v/h", []byte("x"), 0o644); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("beyond the size: %v", err)
	}
	must(t, file.Close(), f.Remove("/v/f"), f.WriteFile("/v/h", []byte("x"), 0o644))
}

// TestMemoryVolume: a file system in memory has a size, and counts as memory.
func TestMemoryVolume(t *testing.T) {
	t.Parallel()
	c := newContainer(t, Config{Limits: Limits{Memory: 10 << 20}, Mounts: []Mount{{Target: "/cache", Tree: NewTree(), Size: 1 << 20}, {Target: "/all", Tree: NewTree(), Size: 100 << 20}}})
	f := c.FS()
	must(t, f.WriteFile("/cache/f", make([]byte, 1<<20), 0o644))
	if u := c.Usage(); u.Memory != 1<<20 || u.Disk != 0 {
		t.Errorf("usage %+v", u)
	}
	if err := f.WriteFile("/cache/g", []byte("x"), 0o644); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("beyond its size: %v", err)
	}
	p := start(t, c, Spec{Args: []string{"sleep"}})
	if err := f.WriteFile("/all/f", make([]byte, 20<<20), 0o644); err == nil {
		t.Error("more than the memory limit was written")
	}
	if status, _ := p.Wait(soon(t)); status.ExitCode() != 137 || !c.OOMKilled() {
		t.Errorf("status %v, OOMKilled %v", status, c.OOMKilled())
	}
}

// TestFifo: a named pipe connects two containers through a volume.
func TestFifo(t *testing.T) {
	t.Parallel()
	dir, node := t.TempDir(), NewAccounting(0)
	send := func(_ context.Context, p *Process) int {
		must(t, p.FS().WriteFile("/v/pipe", []byte("hello"), 0))
		return 0
	}
	one := newContainer(t, Config{Parent: node, Programs: Programs{"send": send}, Mounts: []Mount{{Target: "/v", Source: dir}}})
	two := newContainer(t, Config{Parent: node, Mounts: []Mount{{Target: "/w", Source: dir}}})
	must(t, one.FS().Mkfifo("/v/pipe", 0o644))
	start(t, one, Spec{Args: []string{"send"}})
	if got := content(two.FS(), "/w/pipe"); got != "hello" {
		t.Errorf("got %q", got)
	}
	if fi, err := two.FS().Stat("/w/pipe"); err != nil || fi.Mode()&fs.ModeNamedPipe == 0 {
		t.Errorf("%v, %v", fi, err)
	}
	must(t, two.FS().Mkfifo("/tmp/alone", 0o644))
	started := make(chan bool)
	opener := start(t, newContainer(t, Config{Programs: Programs{"open": func(_ context.Context, p *Process) int {
		err := p.FS().Mkfifo("/tmp/alone", 0o644)
		started <- err == nil
		_, _ = p.FS().Open("/tmp/alone")
		return 0
	}}}), Spec{Args: []string{"open"}})
	if !<-started {
		t.Error("no pipe in /tmp")
	}
	_ = opener.Signal(SIGKILL)
	if status, err := opener.Wait(soon(t)); err != nil || status.Signal != SIGKILL {
		t.Errorf("who waits in open: %v, %v", status, err)
	}
}

func TestDevices(t *testing.T) {
	t.Parallel()
	f := newContainer(t, Config{}).FS()
	must(t, f.WriteFile("/dev/null", []byte("x"), 0o644))
	if got := content(f, "/dev/null"); got != "" {
		t.Errorf("/dev/null has %q", got)
	}
	if err := f.WriteFile("/dev/full", []byte("x"), 0o644); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("/dev/full: %v", err)
	}
	for name, zero := range map[string]bool{"/dev/zero": true, "/dev/urandom": false} {
		file, err := f.Open(name)
		must(t, err)
		b := make([]byte, 64)
		if _, err := io.ReadFull(file, b); err != nil || slices.Equal(b, make([]byte, 64)) != zero {
			t.Errorf("%s: %v, %v", name, b, err)
		}
		must(t, file.Close())
	}
	if fi, err := f.Stat("/dev/null"); err != nil || fi.Mode() != fs.ModeDevice|fs.ModeCharDevice|0o666 || fi.Sys().(*Stat).Device != devNull {
		t.Errorf("%v, %v", fi, err)
	}
	if _, err := f.Open("/dev/tty"); !errors.Is(err, syscall.ENXIO) {
		t.Errorf("/dev/tty without a terminal: %v", err)
	}
}

// TestIOFS holds the adapter to io/fs's rules as far as it goes.
func TestIOFS(t *testing.T) {
	t.Parallel()
	c := newContainer(t, Config{})
	must(t, c.FS().MkdirAll("/srv/www/css", 0o755), c.FS().WriteFile("/srv/www/index.html", []byte("<p>"), 0o644), c.FS().WriteFile("/srv/www/css/a.css", []byte("a"), 0o644))
	site := c.FS().Sub("/srv/www")
	if b, err := fs.ReadFile(site, "css/a.css"); string(b) != "a" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	found, err := fs.Glob(site, "*/*.css")
	if err != nil || !slices.Equal(found, []string{"css/a.css"}) {
		t.Errorf("%v, %v", found, err)
	}
	if _, err := site.Open("../etc/passwd"); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("a path that leads out: %v", err)
	}
}

func BenchmarkStat(b *testing.B) {
	dir := b.TempDir()
	must(b, os.MkdirAll(filepath.Join(dir, "a", "b"), 0o755), os.WriteFile(filepath.Join(dir, "a", "b", "f"), make([]byte, 1024), 0o644))
	f := newContainer(b, Config{Mounts: []Mount{{Target: "/v", Source: dir}}}).FS()
	for name, path := range map[string]string{"layer": "/etc/passwd", "mount": "/v/a/b/f", "proc": "/proc/meminfo"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.Stat(path); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := f.ReadFile("/v/a/b/f"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// TestWithin: a source that a link leads away is not mounted.
func TestWithin(t *testing.T) {
	t.Parallel()
	dir, outside := t.TempDir(), t.TempDir()
	must(t, os.MkdirAll(filepath.Join(dir, "pod", "volume"), 0o755), os.WriteFile(filepath.Join(dir, "pod", "file"), nil, 0o644),
		os.Symlink(outside, filepath.Join(dir, "pod", "evil")), os.Symlink("volume", filepath.Join(dir, "pod", "good")))
	for name, ok := range map[string]bool{"pod/volume": true, "pod/good": true, "pod/file": true, "": true, "pod/evil": false, "..": false} {
		c, err := New(Config{Mounts: []Mount{{Target: "/v", Source: filepath.Join(dir, name), Within: []string{filepath.Join(dir, "missing"), dir}}}})
		if (err == nil) != ok || err != nil && !errors.Is(err, syscall.EACCES) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			must(t, c.Close())
		}
	}
}
