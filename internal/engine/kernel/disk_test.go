package kernel

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// onMachine is what the files below a directory hold, and the open ones of which no name is left: each file once.
func onMachine(t testing.TB, dir string, open []*File) (sum int64) {
	t.Helper()
	seen := map[fileID]bool{}
	count := func(fi fs.FileInfo, err error) {
		must(t, err)
		if id, _ := identity(fi); fi.Mode().IsRegular() && !seen[id] {
			seen[id] = true
			sum += fi.Size()
		}
	}
	must(t, filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		must(t, err)
		count(e.Info())
		return nil
	}))
	for _, f := range open {
		if h, ok := f.h.(*hostHandle); ok {
			count(h.file.Stat())
		}
	}
	return sum
}

// skipWithoutNumbers leaves out tests of systems whose files have numbers.
func skipWithoutNumbers(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("files have no numbers here")
	}
}

// TestLinksDoNotMakeRoom: a volume stays as big as it is, whatever the names of its files do.
func TestLinksDoNotMakeRoom(t *testing.T) {
	t.Parallel()
	skipWithoutNumbers(t)
	const size, part = 1 << 20, 600 << 10
	keep := map[string]func(f *FS, i int) error{
		"link, remove": func(f *FS, i int) error {
			return errors.Join(f.Link("/e/f", fmt.Sprint("/e/k", i)), f.Remove("/e/f"))
		},
		"link, rename over": func(f *FS, i int) error {
			return errors.Join(f.Link("/e/f", fmt.Sprint("/e/k", i)), f.WriteFile("/e/g", nil, 0o600), f.Rename("/e/g", "/e/f"))
		},
		"remove while open": func(f *FS, _ int) error {
			file, err := f.OpenFile("/e/f", os.O_RDWR, 0)
			t.Cleanup(func() { _ = file.Close() })
			return errors.Join(err, f.Remove("/e/f"))
		},
		"move": func(f *FS, i int) error { return f.Rename("/e/f", fmt.Sprint("/e/k", i)) },
		"rename to another name of it": func(f *FS, i int) error {
			name := fmt.Sprint("/e/k", i)
			return errors.Join(f.Link("/e/f", name), f.Rename("/e/f", name), f.Remove("/e/f"))
		},
	}
	for name, keep := range keep {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			f := newContainer(t, Config{Mounts: []Mount{{Target: "/e", Source: dir, Size: size}}}).FS()
			must(t, f.WriteFile("/e/f", make([]byte, part), 0o600), keep(f, 0))
			for i := range 3 {
				if err := f.WriteFile("/e/f", make([]byte, part), 0o600); !errors.Is(err, syscall.ENOSPC) {
					t.Errorf("round %d: %v", i+1, err)
				}
				must(t, keep(f, i+1))
			}
			if got := onMachine(t, dir, nil); got > size {
				t.Errorf("%d bytes in a volume of %d", got, size)
			}
		})
	}
}

// TestTruncateWithoutRight: only an open that succeeds gives back what it empties.
func TestTruncateWithoutRight(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := newContainer(t, Config{Mounts: []Mount{{Target: "/v", Source: dir, Size: 1000}, {Target: "/r", Source: dir, ReadOnly: true}}})
	f := c.FS()
	must(t, f.WriteFile("/v/f", make([]byte, 800), 0o644))
	for name, open := range map[string]func() error{
		"another user": func() error {
			_, err := f.With("/", Cred{UID: 5}).OpenFile("/v/f", os.O_TRUNC|os.O_WRONLY, 0)
			return err
		},
		"read-only": func() error { return f.WriteFile("/r/f", nil, 0) },
		"exclusive": func() error {
			_, err := f.OpenFile("/v/f", os.O_CREATE|os.O_EXCL|os.O_TRUNC|os.O_WRONLY, 0)
			return err
		},
	} {
		if err := open(); err == nil {
			t.Errorf("%s: it was opened", name)
		}
	}
	if err := f.WriteFile("/v/g", make([]byte, 300), 0o644); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("beyond the size: %v", err)
	}
}

// TestTruncateWithoutName: a file is cut through a handle although its name is another file's by now.
func TestTruncateWithoutName(t *testing.T) {
	t.Parallel()
	f := newContainer(t, Config{Mounts: []Mount{{Target: "/v", Source: t.TempDir()}}}).FS()
	file, err := f.Create("/v/f")
	must(t, err)
	t.Cleanup(func() { _ = file.Close() })
	_, err = file.WriteString("old")
	must(t, err, f.Remove("/v/f"), f.WriteFile("/v/f", []byte("new"), 0o644), file.Truncate(1))
	if fi, err := file.Stat(); err != nil || fi.Size() != 1 || content(f, "/v/f") != "new" {
		t.Errorf("%v, %v; the other file has %q", fi, err, content(f, "/v/f"))
	}
}

// diskModel does random things in a volume that is mounted as a whole, in part, and for reading only.
type diskModel struct {
	t    *testing.T
	r    *rand.Rand
	f    *FS
	open []*File
	done []string
}

func (m *diskModel) name() string {
	return []string{"/v/a", "/v/b", "/v/c", "/v/sub/a", "/v/sub/b", "/w/a", "/w/b", "/w/d/a", "/v/sub/d/a", "/v/sub/d", "/r/a", "/r/sub/b"}[m.r.IntN(12)]
}

func (m *diskModel) step() {
	one, two, size := m.name(), m.name(), int64(m.r.IntN(3000))
	f, user := m.f, m.f.With("/", Cred{UID: m.r.IntN(2)})
	switch op := m.r.IntN(12); op {
	case 0:
		m.note("write", one, size, user.WriteFile(one, make([]byte, size), 0o644))
	case 1, 2:
		m.note("remove", one, user.Remove(one))
	case 3:
		m.note("removeall /w/d", f.RemoveAll("/w/d"))
	case 4:
		m.note("mkdir /w/d", f.Mkdir("/w/d", 0o777))
	case 5, 6:
		m.note("link", one, two, user.Link(one, two))
	case 7:
		m.note("rename", one, two, f.Rename(one, two))
	case 8:
		m.note("truncate", one, size, user.Truncate(one, size))
	case 9:
		flag := []int{os.O_RDONLY, os.O_WRONLY, os.O_RDWR}[m.r.IntN(3)] | []int{0, os.O_TRUNC, os.O_APPEND, os.O_CREATE, os.O_CREATE | os.O_TRUNC}[m.r.IntN(5)]
		file, err := user.OpenFile(one, flag, 0o666)
		m.note("open", one, flag, err)
		if err == nil {
			m.open = append(m.open, file)
		}
	default:
		m.handle(op, size)
	}
}

// handle does something with a file that is open.
func (m *diskModel) handle(op int, size int64) {
	if len(m.open) == 0 {
		return
	}
	i := m.r.IntN(len(m.open))
	file := m.open[i]
	switch m.r.IntN(4) {
	case 0:
		m.note("close", file.Name(), file.Close())
		m.open = append(m.open[:i], m.open[i+1:]...)
	case 1:
		m.note("truncate open", file.Name(), size, file.Truncate(size))
	case 2:
		_, err := file.WriteAt(make([]byte, m.r.IntN(500)), size)
		m.note("write at", file.Name(), size, err)
	case 3:
		_, err := file.Write(make([]byte, size))
		m.note("write open", file.Name(), size, err)
	}
}

func (m *diskModel) note(what ...any) { m.done = append(m.done, fmt.Sprint(what...)) }

// TestDiskCounts: after every operation the disk counts what a walk of the volume does, and the open files without a name.
func TestDiskCounts(t *testing.T) {
	t.Parallel()
	skipWithoutNumbers(t)
	for seed := range uint64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			must(t, os.MkdirAll(filepath.Join(dir, "sub"), 0o777), os.WriteFile(filepath.Join(dir, "before"), make([]byte, 700), 0o644))
			node := NewAccounting(0)
			const limit = 12000
			f := newContainer(t, Config{Parent: node, Mounts: []Mount{{Target: "/v", Source: dir, Size: limit}, {Target: "/w", Source: filepath.Join(dir, "sub"), Size: limit},
				{Target: "/r", Source: dir, ReadOnly: true}}}).FS()
			must(t, f.WriteFile("/v/a", []byte("first"), 0o644), f.Chmod("/v", 0o777), f.Chmod("/v/sub", 0o777))
			m := &diskModel{t: t, r: rand.New(rand.NewPCG(seed, 3)), f: f}
			for range 400 {
				m.step()
				if got, want := node.disk.used, onMachine(t, dir, m.open); got != want || want > 2*limit {
					t.Fatalf("%d bytes count, %d are there, after\n%s", got, want, strings.Join(m.done, "\n"))
				}
			}
			for _, file := range m.open {
				must(t, file.Close())
			}
			entries, err := f.ReadDir("/v")
			must(t, err)
			for _, e := range entries {
				must(t, f.RemoveAll("/v/"+e.Name()))
			}
			if left := len(node.disk.files); node.disk.used != 0 || left != 0 {
				t.Errorf("of an empty volume %d bytes and %d files count", node.disk.used, left)
			}
		})
	}
}

// TestDiskTogether: many who change the same few files at the same time do not confuse the count.
func TestDiskTogether(t *testing.T) {
	t.Parallel()
	skipWithoutNumbers(t)
	dir, node := t.TempDir(), NewAccounting(0)
	const limit = 8000
	f := newContainer(t, Config{Parent: node, Mounts: []Mount{{Target: "/v", Source: dir, Size: limit}}}).FS()
	var all sync.WaitGroup
	for seed := range uint64(8) {
		all.Go(func() {
			r := rand.New(rand.NewPCG(seed, 5))
			for range 300 {
				one, two := fmt.Sprint("/v/", r.IntN(4)), fmt.Sprint("/v/", r.IntN(4))
				switch r.IntN(6) {
				case 0, 1:
					_ = f.WriteFile(one, make([]byte, r.IntN(4000)), 0o644)
				case 2:
					_ = f.Remove(one)
				case 3:
					_ = f.Link(one, two)
				case 4:
					_ = f.Rename(one, two)
				case 5:
					_ = f.Truncate(one, int64(r.IntN(4000)))
				}
			}
		})
	}
	all.Wait()
	if got, want := node.disk.used, onMachine(t, dir, nil); got != want || want > limit {
		t.Errorf("%d bytes count, %d are there, of %d", got, want, limit)
	}
	seen := map[uint64]bool{}
	entries, err := f.ReadDir("/v")
	must(t, err)
	for _, e := range entries {
		fi, err := e.Info()
		must(t, err)
		seen[fi.Sys().(*Stat).Ino] = true
	}
	if node.disk.inodes != int64(len(seen)) {
		t.Errorf("%d files count, %d are there", node.disk.inodes, len(seen))
	}
}

// TestDiskFiles: many small files fill a volume too, of whatever kind they are.
func TestDiskFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "before"), 0o755))
	f := newContainer(t, Config{Mounts: []Mount{{Target: "/v", Source: dir, Size: 1}}}).FS()
	make := []func(string) error{
		func(name string) error { return f.WriteFile(name, nil, 0o644) },
		func(name string) error { return f.Mkdir(name, 0o755) },
		func(name string) error { return f.Symlink("x", name) },
		func(name string) error { return f.Mkfifo(name, 0o644) },
	}
	for i := range 1023 {
		must(t, make[i%len(make)](fmt.Sprint("/v/", i)))
	}
	if s, err := f.Statfs("/v"); err != nil || s.Files != 1024 || s.FilesFree != 0 {
		t.Errorf("%+v, %v", s, err)
	}
	must(t, f.Rename("/v/0", "/v/4"), f.Rename("/v/1", "/v/5"), f.Remove("/v/2"), f.Remove("/v/9"))
	for i := range 4 {
		must(t, make[i](fmt.Sprint("/v/again", i)))
	}
	for i := range make {
		if err := make[i]("/v/more"); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("beyond the number of files: %v", err)
		}
	}
}

// TestDiskFromOutside: what is removed from outside makes room, and what a new runtime finds in a volume takes room.
func TestDiskFromOutside(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	volume := Mount{Target: "/v", Source: dir, Size: 1000}
	f := newContainer(t, Config{Mounts: []Mount{volume}}).FS()
	must(t, f.WriteFile("/v/f", make([]byte, 1000), 0o644), os.Remove(filepath.Join(dir, "f")), f.WriteFile("/v/g", make([]byte, 900), 0o644))
	again := newContainer(t, Config{Mounts: []Mount{volume}}).FS()
	if err := again.WriteFile("/v/h", make([]byte, 200), 0o644); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("beyond what was there before: %v", err)
	}
	must(t, again.Remove("/v/g"), again.WriteFile("/v/h", make([]byte, 1000), 0o644))
}

// TestNodeDisk: all volumes of a node together have a limit, until one of them is gone.
func TestNodeDisk(t *testing.T) {
	t.Parallel()
	one, two, node := filepath.Join(t.TempDir(), "one"), t.TempDir(), NewAccounting(0)
	must(t, os.Mkdir(one, 0o755))
	node.disk.limit = 1000
	f := newContainer(t, Config{Parent: node, Mounts: []Mount{{Target: "/one", Source: one, Size: 900}, {Target: "/two", Source: two, Size: 900}}}).FS()
	must(t, f.WriteFile("/one/f", make([]byte, 800), 0o644))
	if s, err := f.Statfs("/two"); err != nil || s.Size != 900 || s.Free != 200 {
		t.Errorf("%+v, %v", s, err)
	}
	if err := f.WriteFile("/two/f", make([]byte, 800), 0o644); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("beyond the node's disk: %v", err)
	}
	must(t, os.RemoveAll(one))
	deadline := time.Now().Add(wait)
	for f.WriteFile("/two/f", make([]byte, 800), 0o644) != nil {
		if time.Now().After(deadline) {
			t.Fatal("a volume that is gone still takes room")
		}
		time.Sleep(10 * time.Millisecond)
	}
}
