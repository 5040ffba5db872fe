package kernel

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// base is where the operations of the model work: deep down, so that links with .. in them stay within.
const base = "/m/1/2/3/4/5/6/7/8/w"

// filer is what the kernel's FS and the machine's have in common.
type filer struct {
	Mkdir     func(string, fs.FileMode) error
	MkdirAll  func(string, fs.FileMode) error
	WriteFile func(string, []byte, fs.FileMode) error
	ReadFile  func(string) ([]byte, error)
	Remove    func(string) error
	RemoveAll func(string) error
	Rename    func(string, string) error
	Symlink   func(string, string) error
	Link      func(string, string) error
	Readlink  func(string) (string, error)
	Chmod     func(string, fs.FileMode) error
	Truncate  func(string, int64) error
	Stat      func(string) (fs.FileInfo, error)
	Lstat     func(string) (fs.FileInfo, error)
	ReadDir   func(string) ([]fs.DirEntry, error)
	Open      func(string, int, fs.FileMode) (file, error)
}

// file is what open files have in common.
type file interface {
	Read([]byte) (int, error)
	Write([]byte) (int, error)
	ReadAt([]byte, int64) (int, error)
	WriteAt([]byte, int64) (int, error)
	Seek(int64, int) (int64, error)
	Truncate(int64) error
	Close() error
}

func kernelFiler(f *FS) filer {
	return filer{
		f.Mkdir, f.MkdirAll, f.WriteFile, f.ReadFile, f.Remove, f.RemoveAll, f.Rename, f.Symlink, f.Link, f.Readlink, f.Chmod, f.Truncate,
		f.Stat, f.Lstat, f.ReadDir,
		func(name string, flag int, perm fs.FileMode) (file, error) { return f.OpenFile(name, flag, perm) },
	}
}

func machineFiler() filer {
	return filer{
		os.Mkdir, os.MkdirAll, os.WriteFile, os.ReadFile, os.Remove, os.RemoveAll, syscall.Rename, os.Symlink, os.Link, os.Readlink, os.Chmod, os.Truncate,
		os.Stat, os.Lstat, os.ReadDir,
		func(name string, flag int, perm fs.FileMode) (file, error) { return os.OpenFile(name, flag, perm) },
	}
}

// step is one random operation; at gives names below a root.
type step struct {
	what string
	do   func(f filer, at func(string) string) (any, error)
}

// describe is what of a file both sides must agree on.
func describe(fi fs.FileInfo, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	size := fi.Size()
	if fi.IsDir() {
		size = 0
	}
	return fmt.Sprint(fi.Mode(), size), nil
}

func randomName(r *rand.Rand) string {
	parts := make([]string, 1+r.IntN(3))
	for i := range parts {
		parts[i] = []string{"a", "b", "c", "d", "a", "b", "..", "."}[r.IntN(8)]
	}
	if last := &parts[len(parts)-1]; last != nil && (*last)[0] == '.' {
		*last = "e" // what ends in a dot, package os treats in its own ways
	}
	name := strings.Join(parts, "/")
	if r.IntN(12) == 0 {
		name += "/"
	}
	return name
}

func randomBytes(r *rand.Rand) []byte {
	b := make([]byte, []int{1, 2, 10, 50, 300, 5000, blockSize + 3}[r.IntN(7)])
	for i := range b {
		b[i] = byte(r.IntN(3) * r.IntN(256))
	}
	return b
}

// randomStep makes an operation up.
func randomStep(r *rand.Rand) step {
	one, two := randomName(r), randomName(r)
	data, size := randomBytes(r), int64(r.IntN([]int{100, 2 * blockSize}[r.IntN(2)]))
	mode := []fs.FileMode{0o755, 0o640, 0o700, 0o600, 0o755 | fs.ModeSticky, 0o2775 &^ 0o2000}[r.IntN(6)]
	none := func(err error) (any, error) { return nil, err }
	steps := []step{
		{"mkdir " + one, func(f filer, at func(string) string) (any, error) { return none(f.Mkdir(at(one), 0o700)) }},
		{"mkdirall " + one, func(f filer, at func(string) string) (any, error) { return none(f.MkdirAll(at(one), 0o700)) }},
		{"write " + one, func(f filer, at func(string) string) (any, error) { return none(f.WriteFile(at(one), data, 0o600)) }},
		{"read " + one, func(f filer, at func(string) string) (any, error) {
			b, err := f.ReadFile(at(one))
			return string(b), err
		}},
		{"remove " + one, func(f filer, at func(string) string) (any, error) { return none(f.Remove(at(one))) }},
		{"removeall " + one, func(f filer, at func(string) string) (any, error) { return none(removeAll(f, one, at)) }},
		{"rename " + one + " " + two, func(f filer, at func(string) string) (any, error) { return none(f.Rename(at(one), at(two))) }},
		{"symlink " + two + " at " + one, func(f filer, at func(string) string) (any, error) { return none(f.Symlink(two, at(one))) }},
		{"link " + one + " " + two, func(f filer, at func(string) string) (any, error) { return none(f.Link(at(one), at(two))) }},
		{"readlink " + one, func(f filer, at func(string) string) (any, error) { s, err := f.Readlink(at(one)); return s, err }},
		{fmt.Sprintf("chmod %v %s", mode, one), func(f filer, at func(string) string) (any, error) { return none(f.Chmod(at(one), mode)) }},
		{fmt.Sprintf("truncate %s %d", one, size), func(f filer, at func(string) string) (any, error) { return none(f.Truncate(at(one), size)) }},
		{"stat " + one, func(f filer, at func(string) string) (any, error) { return describe(f.Stat(at(one))) }},
		{"lstat " + one, func(f filer, at func(string) string) (any, error) { return describe(f.Lstat(at(one))) }},
		{"readdir " + one, func(f filer, at func(string) string) (any, error) { return names(f.ReadDir(at(one))) }},
		randomFileStep(r, one, data, size),
		randomFileStep(r, one, data, size),
	}
	return steps[r.IntN(len(steps))]
}

// removeAll leaves the working directory itself alone.
func removeAll(f filer, name string, at func(string) string) error {
	if strings.Contains(name, ".") {
		return nil
	}
	return f.RemoveAll(at(name))
}

func names(entries []fs.DirEntry, err error) (any, error) {
	var out []string
	for _, e := range entries {
		out = append(out, fmt.Sprint(e.Name(), e.Type()))
	}
	return strings.Join(out, " "), err
}

// randomFileStep opens a file and does things with it.
func randomFileStep(r *rand.Rand, name string, data []byte, size int64) step {
	flag := []int{os.O_RDONLY, os.O_WRONLY, os.O_RDWR}[r.IntN(3)]
	for _, more := range []int{os.O_CREATE, os.O_CREATE, os.O_EXCL, os.O_TRUNC, os.O_APPEND} {
		if r.IntN(3) == 0 {
			flag |= more
		}
	}
	if flag&os.O_CREATE == 0 {
		flag &^= os.O_EXCL
	}
	seeds := []uint64{r.Uint64(), r.Uint64()}
	return step{fmt.Sprintf("open %s %#x", name, flag), func(f filer, at func(string) string) (any, error) {
		h, err := f.Open(at(name), flag, 0o600)
		if err != nil {
			return nil, err
		}
		defer h.Close()
		r, log := rand.New(rand.NewPCG(seeds[0], seeds[1])), ""
		if fi, err := f.Stat(at(name)); err != nil || fi.IsDir() {
			return nil, err // what a directory's size and place are is the file system's own affair
		}
		buf := make([]byte, len(data))
		for range 5 {
			var n int
			var pos int64
			var err error
			switch r.IntN(6) {
			case 0:
				n, err = h.Write(data)
			case 1:
				n, err = h.Read(buf)
			case 2:
				n, err = h.ReadAt(buf, size)
			case 3:
				if flag&os.O_APPEND == 0 {
					n, err = h.WriteAt(data, size)
				}
			case 4:
				pos, err = h.Seek(size-100, r.IntN(3))
			case 5:
				err = h.Truncate(size)
			}
			log += fmt.Sprintln(n, pos, number(err), crc32.ChecksumIEEE(buf[:min(n, len(buf))]))
		}
		return log, nil
	}}
}

// number is what of an error both sides must agree on.
func number(err error) string {
	var n syscall.Errno
	switch {
	case err == nil:
		return ""
	case errors.As(err, &n):
		return n.Error()
	}
	return err.Error()
}

// snapshot describes a tree.
func snapshot(t *testing.T, f filer, root string) (out []string) {
	t.Helper()
	var walk func(string)
	walk = func(dir string) {
		entries, err := f.ReadDir(path.Join(root, dir))
		if err != nil {
			out = append(out, dir+": "+number(err))
		}
		for _, e := range entries {
			name := path.Join(dir, e.Name())
			fi, err := f.Lstat(path.Join(root, name))
			if err != nil {
				out = append(out, name+": "+number(err))
				continue
			}
			about, _ := describe(fi, nil)
			content := ""
			switch {
			case fi.Mode().IsRegular():
				b, _ := f.ReadFile(path.Join(root, name))
				content = fmt.Sprint(crc32.ChecksumIEEE(b))
			case fi.Mode()&fs.ModeSymlink != 0:
				content, _ = f.Readlink(path.Join(root, name))
			}
			out = append(out, fmt.Sprintf("%s %s links %d: %q", name, about, links(fi), content))
			if fi.IsDir() {
				walk(name)
			}
		}
	}
	walk(".")
	return out
}

func links(fi fs.FileInfo) int {
	if s, ok := fi.Sys().(*Stat); ok {
		return s.Nlink
	}
	var a attr
	system(fi, &a)
	return a.nlink
}

// TestLikeTheMachine does the same random things in a container's layer, in a directory of the machine that is mounted in a container, and with
// package os; all three must answer alike and end alike.
func TestLikeTheMachine(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("other systems number some errors differently")
	}
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			follow(t, seed, 200)
		})
	}
}

// open gives directories their rights back, so that they can be removed.
func open(root string) {
	_ = filepath.WalkDir(root, func(name string, d fs.DirEntry, _ error) error {
		if d.IsDir() {
			return os.Chmod(name, 0o700)
		}
		return nil
	})
}

func follow(t *testing.T, seed uint64, steps int) {
	real, source := t.TempDir(), t.TempDir()
	t.Cleanup(func() { open(real) })
	me := Cred{UID: os.Getuid(), GID: os.Getgid()}
	layer := newContainer(t, Config{}).FS().With("/", me)
	mounted := newContainer(t, Config{Mounts: []Mount{{Target: "/m", Source: source}}}).FS().With("/", me)
	for _, f := range []*FS{layer, mounted} {
		root := f.With("/", Cred{})
		if err := root.MkdirAll(base, 0o755); err != nil {
			t.Fatal(err)
		}
		for dir := base; dir != "/"; dir = path.Dir(dir) {
			if err := root.Chown(dir, me.UID, me.GID); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.MkdirAll(filepath.Join(real, base), 0o755); err != nil {
		t.Fatal(err)
	}
	sides := []struct {
		name string
		f    filer
		root string
	}{{"os", machineFiler(), real}, {"layer", kernelFiler(layer), ""}, {"mount", kernelFiler(mounted), ""}}
	r := rand.New(rand.NewPCG(seed, 7))
	var done []string
	for range steps {
		s := randomStep(r)
		done = append(done, s.what)
		var want string
		for i, side := range sides {
			at := func(name string) string { return side.root + base + "/" + name }
			value, err := s.do(side.f, at)
			got := fmt.Sprint(value, " ", number(err))
			if i == 0 {
				want = got
			} else if got != want {
				t.Fatalf("%s: %s says\n%.200q\nos says\n%.200q\nafter:\n%s", s.what, side.name, got, want, strings.Join(done, "\n"))
			}
		}
	}
	want := snapshot(t, sides[0].f, real+base)
	for _, side := range sides[1:] {
		if got := snapshot(t, side.f, base); !slices.Equal(got, want) {
			t.Errorf("%s ends with\n%.2000s\nos with\n%.2000s\nafter:\n%s", side.name, strings.Join(got, "\n"), strings.Join(want, "\n"), strings.Join(done, "\n"))
		}
	}
}
