package files

import (
	"io/fs"
	"os"
	"path"
	"strings"

	"kubetutor/internal/engine/image/shell/tool"
)

// copier is one call of cp, or of mv between file systems.
type copier struct {
	*tool.Call
	recursive, preserve, follow, verbose bool
}

func cp(c *tool.Call) int {
	archive := c.Has("a")
	k := copier{
		Call: c, recursive: archive || c.Has("r") || c.Has("R"), preserve: archive || c.Has("p"), verbose: c.Has("v"),
	}
	k.follow = c.Has("L") || !k.recursive && !c.Has("d") && !c.Has("P")
	sources, dest, into := destination(c)
	for _, source := range sources {
		k.copy(source, target(source, dest, into))
	}
	return 0
}

// destination splits the operands of cp and mv. into says that the sources go
// into a directory.
func destination(c *tool.Call) (sources []string, dest string, into bool) {
	if dir := c.Value("t", ""); dir != "" {
		return c.Args, dir, true
	}
	if len(c.Args) < 2 {
		c.UsageExit()
	}
	last := len(c.Args) - 1
	sources, dest = c.Args[:last], c.Args[last]
	into = isDir(c, dest) && !c.Has("T")
	if !into && (len(sources) > 1 || strings.HasSuffix(dest, "/") && !isDir(c, sources[0])) {
		c.Fatalf("can't create '%s': Not a directory", dest)
	}
	return sources, dest, into
}

func target(source, dest string, into bool) string {
	if !into {
		return dest
	}
	if base := path.Base(source); base != "." && base != ".." {
		return within(dest, base)
	}
	return within(dest, ".")
}

func (k copier) copy(from, to string) bool {
	look := k.FS().Lstat
	if k.follow {
		look = k.FS().Stat
	}
	info, err := look(from)
	if err != nil {
		k.Warnf("can't stat '%s': %s", from, tool.Reason(err))
		return false
	}
	if there, err := k.FS().Stat(to); err == nil {
		a, b := tool.StatOf(info), tool.StatOf(there)
		if a.Ino == b.Ino && a.Dev == b.Dev && a.Ino != 0 {
			k.Warnf("'%s' and '%s' are the same file", from, to)
			return false
		}
		if k.Has("n") {
			return true
		}
	}
	ok := k.one(from, to, info)
	if ok && k.verbose {
		line(k.Call, "'"+from+"' -> '"+to+"'")
	}
	return ok
}

func (k copier) one(from, to string, info fs.FileInfo) bool {
	var err error
	switch mode := info.Mode(); {
	case mode.IsDir():
		return k.directory(from, to, info)
	case mode&fs.ModeSymlink != 0:
		var link string
		if link, err = k.FS().Readlink(from); err == nil {
			_ = k.FS().Unlink(to) // that it is not there is well
			err = k.FS().Symlink(link, to)
		}
	case k.Has("s"):
		err = k.FS().Symlink(from, to)
	case k.Has("l"):
		err = k.FS().Link(from, to)
	case mode&fs.ModeNamedPipe != 0 && k.recursive:
		err = k.FS().Mkfifo(to, mode.Perm())
	default:
		return k.file(from, to, info)
	}
	if err != nil {
		k.Warnf("can't create '%s': %s", to, tool.Reason(err))
		return false
	}
	return true
}

func (k copier) file(from, to string, info fs.FileInfo) bool {
	in, err := k.Open(from)
	if err != nil {
		k.Warnf("can't open '%s': %s", from, tool.Reason(err))
		return false
	}
	defer in.Close()
	out, err := k.create(to, info.Mode().Perm())
	if err != nil {
		k.Warnf("can't create '%s': %s", to, tool.Reason(err))
		return false
	}
	err = k.Copy(out, in)
	if closeErr := out.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		k.Warnf("write error: %s", tool.Reason(err))
		return false
	}
	k.attributes(to, info)
	return true
}

func (k copier) create(to string, mode fs.FileMode) (*fileOut, error) {
	const flag = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	f, err := k.FS().OpenFile(to, flag, mode)
	if err != nil && k.Has("f") {
		if k.FS().Unlink(to) == nil {
			f, err = k.FS().OpenFile(to, flag, mode)
		}
	}
	if err != nil {
		return nil, err
	}
	return &fileOut{f}, nil
}

// fileOut writes to a file. It hides what else a file can do.
type fileOut struct {
	f interface {
		Write([]byte) (int, error)
		Close() error
	}
}

func (o *fileOut) Write(b []byte) (int, error) { return o.f.Write(b) }
func (o *fileOut) Close() error                { return o.f.Close() }

func (k copier) attributes(to string, info fs.FileInfo) {
	if !k.preserve {
		return
	}
	stat := tool.StatOf(info)
	_ = k.FS().Chown(to, stat.UID, stat.GID) // only root may; cp says nothing then
	_ = k.FS().Chmod(to, info.Mode())
	_ = k.FS().Chtimes(to, info.ModTime(), info.ModTime())
}

func (k copier) directory(from, to string, info fs.FileInfo) bool {
	if !k.recursive {
		k.Warnf("omitting directory '%s'", from)
		return false
	}
	if strings.HasPrefix(absolute(k.Call, to)+"/", absolute(k.Call, from)+"/") {
		k.Warnf("recursion detected, omitting directory '%s'", from)
		return false
	}
	if there, err := k.FS().Stat(to); err != nil || !there.IsDir() {
		if err := k.FS().Mkdir(to, info.Mode().Perm()|0o700); err != nil {
			k.Warnf("can't create directory '%s': %s", to, tool.Reason(err))
			return false
		}
	}
	entries, err := k.FS().ReadDir(from)
	if err != nil {
		k.Warnf("can't open '%s': %s", from, tool.Reason(err))
		return false
	}
	all := true
	inner := k
	inner.follow = k.Has("L")
	for _, name := range names(entries) {
		all = inner.copy(within(from, name), within(to, name)) && all
	}
	k.attributes(to, info)
	return all
}

func absolute(c *tool.Call, name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return path.Join(c.Dir(), name)
}

func mv(c *tool.Call) int {
	sources, dest, into := destination(c)
	for _, source := range sources {
		move(c, source, target(source, dest, into))
	}
	return 0
}

func move(c *tool.Call, from, to string) {
	if _, err := c.FS().Lstat(from); err != nil {
		c.Warnf("can't rename '%s': %s", from, tool.Reason(err))
		return
	}
	if _, err := c.FS().Lstat(to); err == nil && c.Has("n") {
		return
	}
	err := c.FS().Rename(from, to)
	if crossDevice(err) {
		k := copier{Call: c, recursive: true, preserve: true}
		if k.copy(from, to) {
			_ = c.FS().RemoveAll(from) // what could not be removed stays, with its copy
		}
		err = nil
	}
	if err != nil {
		c.Warnf("can't rename '%s': %s", from, tool.Reason(err))
		return
	}
	if c.Has("v") {
		line(c, "'"+from+"' -> '"+to+"'")
	}
}

func install(c *tool.Call) int {
	mode := uint32(0o755)
	if text := c.Value("m", ""); text != "" {
		bits, err := tool.ParseMode(text, 0o755, false, 0)
		if err != nil {
			c.Fatalf("%v", err)
		}
		mode = bits
	}
	if c.Has("d") {
		for _, dir := range c.Args {
			if err := c.FS().MkdirAll(dir, tool.GoMode(mode)); err != nil {
				c.Warnf("can't create directory '%s': %s", dir, tool.Reason(err))
			}
			owned(c, dir, mode)
		}
		return 0
	}
	if c.Has("D") && len(c.Args) > 1 {
		_ = c.FS().MkdirAll(path.Dir(c.Args[len(c.Args)-1]), 0o755)
	}
	sources, dest, into := destination(c)
	k := copier{Call: c, follow: true}
	for _, source := range sources {
		if to := target(source, dest, into); k.copy(source, to) {
			owned(c, to, mode)
		}
	}
	return 0
}

func owned(c *tool.Call, name string, mode uint32) {
	uid, gid := -1, -1
	if user := c.Value("o", ""); user != "" {
		uid = userID(c, user)
	}
	if group := c.Value("g", ""); group != "" {
		gid = groupID(c, group)
	}
	if uid >= 0 || gid >= 0 {
		if err := c.FS().Chown(name, uid, gid); err != nil {
			c.Warnf("can't change ownership of %s: %s", name, tool.Reason(err))
		}
	}
	if err := c.FS().Chmod(name, tool.GoMode(mode)); err != nil {
		c.Warnf("can't change mode of %s: %s", name, tool.Reason(err))
	}
}
