package kernel

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestRights: who may do what.
func TestRights(t *testing.T) {
	t.Parallel()
	image := testImage()
	image.Mkdir("/home/user", 0o755, 1000, 1000)
	image.File("/home/user/f", []byte("x"), 0o640, 1000, 1000)
	image.File("/etc/shadow", []byte("x"), 0o600, 0, 0)
	image.File("/tmp/roots", []byte("x"), 0o666, 0, 0)
	image.Mkdir("/closed", 0o700, 0, 0)
	image.File("/closed/f", []byte("x"), 0o666, 0, 0)
	image.Mkdir("/shared", 0o770|fs.ModeSetgid, 0, 2000)
	c := newContainer(t, Config{Image: image})
	root, user := c.FS(), c.FS().With("/", Cred{UID: 1000, GID: 1000})
	member, other := c.FS().With("/", Cred{UID: 1001, GID: 1001, Groups: []int{1000, 2000}}), c.FS().With("/", Cred{UID: 1002, GID: 1002})
	weak := newContainer(t, Config{Image: image, Caps: []string{}}).FS()
	read := func(f *FS, name string) error { _, err := f.ReadFile(name); return err }
	for i, test := range []struct {
		err  error
		want error
	}{
		{read(root, "/etc/shadow"), nil},
		{read(user, "/etc/shadow"), syscall.EACCES},
		{read(weak, "/home/user/f"), syscall.EACCES},
		{weak.Chown("/etc/shadow", 1, 1), syscall.EPERM},
		{read(member, "/home/user/f"), nil},
		{read(other, "/home/user/f"), syscall.EACCES},
		{member.WriteFile("/home/user/f", nil, 0), syscall.EACCES},
		{member.WriteFile("/home/user/new", nil, 0o644), syscall.EACCES},
		{read(user, "/closed/f"), syscall.EACCES},
		{user.Chmod("/etc/passwd", 0o777), syscall.EPERM},
		{user.Chown("/home/user/f", 0, -1), syscall.EPERM},
		{user.Chown("/home/user/f", -1, 1000), nil},
		{user.Remove("/tmp/roots"), syscall.EPERM},
		{user.Rename("/tmp/roots", "/tmp/mine"), syscall.EPERM},
		{user.WriteFile("/tmp/mine", []byte("x"), 0o666), nil},
		{other.Remove("/tmp/mine"), syscall.EPERM},
		{user.Remove("/tmp/mine"), nil},
		{member.WriteFile("/shared/f", nil, 0o666), nil},
		{member.Mkdir("/shared/d", 0o777), nil},
		{root.Chmod("/home/user/f", 0), nil},
		{read(user, "/home/user/f"), syscall.EACCES},
		{read(root, "/home/user/f"), nil},
		{user.Access("/home/user/f", 0), nil},
		{root.Access("/etc/passwd", ExecOK), syscall.EACCES},
		{user.Chtimes("/etc/passwd", time.Now(), time.Now()), syscall.EPERM},
		{user.Link("/etc/passwd", "/home/user/passwd"), nil},
	} {
		if !errors.Is(test.err, test.want) {
			t.Errorf("%d: %v, want %v", i, test.err, test.want)
		}
	}
	for name, want := range map[string]string{"/shared/f": "-rw-r--r-- 1001 2000", "/shared/d": "dgrwxr-xr-x 1001 2000"} {
		fi, err := root.Stat(name)
		must(t, err)
		st := fi.Sys().(*Stat)
		if got := fmt.Sprint(fi.Mode(), " ", st.UID, " ", st.GID); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestOwners: owners and modes in a volume are the container's business, and all containers of the node see the same.
func TestOwners(t *testing.T) {
	t.Parallel()
	dir, node := t.TempDir(), NewAccounting(0)
	must(t, os.WriteFile(filepath.Join(dir, "theirs"), []byte("x"), 0o644))
	one := newContainer(t, Config{Parent: node, Mounts: []Mount{{Target: "/v", Source: dir}}}).FS()
	two := newContainer(t, Config{Parent: node, Mounts: []Mount{{Target: "/w", Source: dir}}}).FS()
	must(t, one.WriteFile("/v/mine", []byte("x"), 0o600), one.Chown("/v/mine", 70, 71), one.Chmod("/v/theirs", 0), one.Mkdir("/v/d", 0o700), one.WriteFile("/v/d/f", nil, 0o400))
	show := func(f *FS, name string) string {
		fi, err := f.Stat(name)
		if err != nil {
			return err.Error()
		}
		st := fi.Sys().(*Stat)
		return fmt.Sprint(fi.Mode(), " ", st.UID, " ", st.GID)
	}
	must(t, one.Rename("/v/d", "/v/e"))
	for name, want := range map[string]string{"mine": "-rw------- 70 71", "theirs": "---------- 0 0", "e/f": "-r-------- 0 0"} {
		if got := show(two, "/w/"+name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if got := content(two, "/w/theirs"); got != "x" {
		t.Errorf("root reads %q", got)
	}
	if got := content(two.With("/", Cred{UID: 70, GID: 9}), "/w/mine"); got != "x" {
		t.Errorf("the owner reads %q", got)
	}
	if got := content(two.With("/", Cred{UID: 72, GID: 9}), "/w/mine"); got != syscall.EACCES.Error() {
		t.Errorf("another reads %q", got)
	}
	must(t, two.Remove("/w/mine"), os.WriteFile(filepath.Join(dir, "mine"), nil, 0o644))
	if got := show(one, "/v/mine"); got != "-rw-r--r-- 0 0" {
		t.Errorf("a new file of the name: %s", got)
	}
}

// TestFSGroup: the group of a volume.
func TestFSGroup(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "f"), []byte("x"), 0o600), os.Chmod(dir, 0o755))
	c := newContainer(t, Config{Mounts: []Mount{{Target: "/v", Source: dir, GID: 2000}, {Target: "/ro", Source: dir, GID: 2000, ReadOnly: true}}})
	f := c.FS().With("/", Cred{UID: 1000, GID: 1000, Groups: []int{2000}})
	must(t, f.WriteFile("/v/f", []byte("y"), 0), f.WriteFile("/v/new", []byte("z"), 0o644))
	for name, want := range map[string]string{"/v": "dgrwxrwxr-x", "/v/f": "-rw-rw----", "/ro/f": "-rw-r-----", "/v/new": "-rw-r--r--"} {
		fi, err := f.Stat(name)
		must(t, err)
		if st := fi.Sys().(*Stat); fi.Mode().String() != want || st.GID != 2000 {
			t.Errorf("%s: %v, group %d, want %s", name, fi.Mode(), st.GID, want)
		}
	}
}

// FuzzPaths follows arbitrary paths through arbitrary links in a volume, and does everything to what it finds: nothing beside the volume changes.
func FuzzPaths(f *testing.F) {
	for _, seed := range [][3]string{
		{"/v/../../x", "../..", "/"}, {"/v/l/l/l", "../../../canary", "a/b"}, {"v//./l/../..", "/proc/self/fd/../../..", "l"}, {"/v/l", "/v/l", ".."},
		{"/v/l/canary", "/..", "..\\..\\canary"}, {"/proc/1/root/v/l", "l/../l", "\x00"}, {"/v/" + strings.Repeat("a/", 300), "/dev/fd/0", "c:\\"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, name, target, target2 string) {
		dir := t.TempDir()
		volume, canary := filepath.Join(dir, "volume"), filepath.Join(dir, "canary")
		must(t, os.Mkdir(volume, 0o755), os.WriteFile(canary, []byte("alive"), 0o644))
		_, _ = os.Symlink(target, filepath.Join(volume, "l")), os.Symlink(target2, filepath.Join(volume, "m"))
		c, err := New(Config{Image: testImage(), Mounts: []Mount{{Target: "/v", Source: volume}}})
		must(t, err)
		defer c.Close()
		fsys := c.FS().With("/v", Cred{})
		touchEverything(fsys, name)
		touchEverything(fsys, "/v/l/"+name)
		touchEverything(fsys, "m/"+name)
		b, err := os.ReadFile(canary)
		entries, _ := os.ReadDir(dir)
		if string(b) != "alive" || err != nil || len(entries) != 2 {
			t.Errorf("%q, %q: the machine was touched: %q, %v, %v", name, target, b, err, entries)
		}
		if fi, err := os.Stat(canary); err != nil || fi.Mode() != 0o644 {
			t.Errorf("the mode changed: %v, %v", fi, err)
		}
	})
}

// touchEverything does all that can be done with a path.
func touchEverything(f *FS, name string) {
	if at, err := f.EvalSymlinks(name); err == nil && (strings.HasPrefix(at, "/proc") || strings.HasPrefix(at, "/dev")) {
		return // reading some of these never ends
	}
	_, _ = f.Stat(name)
	_, _ = f.ReadDir(name)
	_, _ = f.ReadFile(name)
	_ = f.Chmod(name, 0o777)
	_ = f.Symlink("../canary", name+"/n")
	_ = f.WriteFile(name+"/n", []byte("dead"), 0o666)
	_ = f.WriteFile(name, []byte("dead"), 0o666)
	_ = f.Truncate(name, 1)
	_ = f.Link(name, "/v/hard")
	_ = f.Mkdir(name+"/d", 0o777)
	_ = f.Rename(name, "/v/moved")
	_ = f.Rename("/v/moved", name)
	if len(name) < 500 {
		_ = f.RemoveAll(name)
	}
}

// TestTidy: what is kept for files that are gone is forgotten.
func TestTidy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "f"), nil, 0o644))
	s := newSources()
	s.set(filepath.Join(dir, "f"), owner{uid: 1})
	for i := range 3 * firstSweep {
		s.set(filepath.Join(dir, fmt.Sprint(i)), owner{})
	}
	if o, ok := s.get(filepath.Join(dir, "f"), 0); !ok || o.uid != 1 || len(s.files) > firstSweep+1 {
		t.Errorf("%v, %v, %d entries", o, ok, len(s.files))
	}
}

// TestSetuid: the bits of a program's file decide who it runs as, unless no_new_privs, nosuid or a script stand in the way.
func TestSetuid(t *testing.T) {
	t.Parallel()
	whoami := func(_ context.Context, p *Process) int {
		fmt.Fprintf(p.Stdout(), "%d:%d", p.Cred().UID, p.Cred().GID)
		return 0
	}
	execs := func(_ context.Context, p *Process) int {
		code, err := p.Exec(Spec{Args: []string{"/bin/setuid"}})
		if err != nil {
			fmt.Fprint(p.Stdout(), err)
		}
		return code
	}
	image := func() *Tree {
		tree := testImage()
		for name, mode := range map[string]fs.FileMode{"plain": 0o755, "setuid": 0o755 | fs.ModeSetuid, "setgid": 0o755 | fs.ModeSetgid, "locks": 0o745 | fs.ModeSetgid} {
			tree.File("/bin/"+name, Executable("whoami"), mode, 7, 8)
		}
		tree.File("/bin/script", []byte("#!/bin/plain\n"), 0o755|fs.ModeSetuid, 7, 8)
		tree.File("/bin/execs", Executable("execs"), 0o755, 0, 0)
		return tree
	}
	nosuid := NewTree()
	nosuid.File("/setuid", Executable("whoami"), 0o755|fs.ModeSetuid, 7, 8)
	mounts := []Mount{{Target: "/mnt", Tree: nosuid, Type: "tmpfs", Options: "rw,nosuid"}}
	for _, test := range []struct {
		held       bool
		file, want string
	}{
		{false, "/bin/plain", "1000:1000"},
		{false, "/bin/setuid", "7:1000"},
		{false, "/bin/setgid", "1000:8"},
		{false, "/bin/locks", "1000:1000"},
		{false, "/bin/script", "1000:1000"},
		{false, "/bin/execs", "7:1000"},
		{false, "/mnt/setuid", "1000:1000"},
		{true, "/bin/setuid", "1000:1000"},
		{true, "/bin/setgid", "1000:1000"},
		{true, "/bin/execs", "1000:1000"},
	} {
		c := newContainer(t, Config{Image: image(), Programs: Programs{"whoami": whoami, "execs": execs}, Mounts: mounts, NoNewPrivs: test.held})
		_, out := run(t, c, Spec{Args: []string{test.file}, Cred: Cred{UID: 1000, GID: 1000}})
		if out != test.want {
			t.Errorf("%s with no_new_privs %v runs as %s, want %s", test.file, test.held, out, test.want)
		}
	}
}
