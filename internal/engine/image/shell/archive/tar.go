package archive

import (
	stdtar "archive/tar"
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"kubetutor/internal/engine/image/shell/tool"
)

// tarCall is one call of tar.
type tarCall struct {
	*tool.Call
	mode                            byte // c, x or t
	file, dir                       string
	began                           string // the directory that tar was called in
	compress, verbose, stdout, keep bool
	noTime, links                   bool
	strip                           int
	names, excluded                 []string
	linked                          map[[2]uint64]string
	warned                          bool
}

func tar(c *tool.Call) int {
	t := &tarCall{Call: c, linked: map[[2]uint64]string{}, file: "-", began: c.Dir()}
	t.options(c.Args)
	if t.dir != "" {
		if err := c.SetDir(t.dir); err != nil {
			c.Fatalf("can't change directory to '%s': %s", t.dir, tool.Reason(err))
		}
	}
	switch t.mode {
	case 'c':
		t.create()
	case 'x', 't':
		t.extract()
	default:
		c.UsageExit()
	}
	return c.Failed()
}

func (t *tarCall) create() {
	if len(t.names) == 0 {
		t.Fatalf("empty archive")
	}
	out := io.Writer(t.Out)
	if t.file != "-" {
		f, err := t.FS().OpenFile(t.absolute(t.file), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
		if err != nil {
			t.Fatalf("can't open '%s': %s", t.file, tool.Reason(err))
		}
		defer f.Close()
		out = f
	}
	var z *gzip.Writer
	if t.compress {
		z = gzip.NewWriter(out)
		out = z
	}
	w := stdtar.NewWriter(out)
	for _, name := range t.names {
		t.add(w, name)
	}
	err := w.Close()
	if z != nil && err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatalf("write error: %s", tool.Reason(err))
	}
	if t.Failed() > 0 {
		t.Errorf("error exit delayed from previous errors")
	}
}

// absolute is a name as seen from where tar was called.
func (t *tarCall) absolute(name string) string {
	if path.IsAbs(name) || t.dir == "" {
		return name
	}
	return path.Join(t.began, name)
}

func (t *tarCall) skipped(name string) bool {
	return slices.ContainsFunc(t.excluded, func(pattern string) bool {
		return tool.Match(pattern, name) || tool.Match(pattern, path.Base(name)) || strings.HasPrefix(name, strings.TrimSuffix(pattern, "/")+"/")
	})
}

func (t *tarCall) add(w *stdtar.Writer, name string) {
	if t.skipped(name) {
		return
	}
	look := t.FS().Lstat
	if t.links {
		look = t.FS().Stat
	}
	info, err := look(name)
	if err != nil {
		t.Warnf("%s: %s", name, tool.Reason(err))
		return
	}
	header, ok := t.header(name, info)
	if !ok {
		return
	}
	if t.verbose {
		to := t.Stdout()
		if t.file == "-" {
			to = t.Stderr()
		}
		fmt.Fprintln(to, header.Name)
	}
	if err := w.WriteHeader(header); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	switch {
	case header.Typeflag == stdtar.TypeReg:
		t.content(w, name, header.Size)
	case info.IsDir():
		t.children(w, name)
	}
}

func (t *tarCall) header(name string, info fs.FileInfo) (*stdtar.Header, bool) {
	target := ""
	if info.Mode()&fs.ModeSymlink != 0 {
		target, _ = t.FS().Readlink(name)
	}
	if info.Mode()&fs.ModeSocket != 0 {
		t.Errorf("%s: socket ignored", name)
		return nil, false
	}
	stat := tool.StatOf(info)
	h := &stdtar.Header{
		Name: strings.TrimLeft(name, "/"), Mode: int64(tool.UnixMode(info.Mode())), Uid: stat.UID, Gid: stat.GID, ModTime: info.ModTime(),
		Uname: t.Users().Name(stat.UID), Gname: t.Groups().Name(stat.GID), Linkname: target, Format: stdtar.FormatGNU,
	}
	if strings.HasPrefix(name, "/") && !t.warned {
		t.Errorf("removing leading '/' from member names")
		t.warned = true
	}
	switch mode := info.Mode(); {
	case mode.IsDir():
		h.Typeflag, h.Name = stdtar.TypeDir, strings.TrimSuffix(h.Name, "/")+"/"
	case mode&fs.ModeSymlink != 0:
		h.Typeflag = stdtar.TypeSymlink
	case mode&fs.ModeNamedPipe != 0:
		h.Typeflag = stdtar.TypeFifo
	case mode&fs.ModeDevice != 0:
		h.Typeflag, h.Devmajor, h.Devminor = stdtar.TypeChar, int64(stat.Device>>8), int64(stat.Device&0xff)
	default:
		h.Typeflag, h.Size = stdtar.TypeReg, info.Size()
	}
	if id := [2]uint64{stat.Dev, stat.Ino}; stat.Nlink > 1 && h.Typeflag == stdtar.TypeReg {
		if first, seen := t.linked[id]; seen {
			h.Typeflag, h.Linkname, h.Size = stdtar.TypeLink, first, 0
		}
		t.linked[id] = h.Name
	}
	return h, h.Name != "/"
}

// content writes exactly the size of the header, whatever happens to the file
// meanwhile.
func (t *tarCall) content(w io.Writer, name string, size int64) {
	in, err := t.Open(name)
	if err != nil {
		t.Warnf("can't open '%s': %s", name, tool.Reason(err))
	} else {
		defer in.Close()
		n, _ := io.CopyN(w, in, size)
		size -= n
	}
	if size > 0 {
		_, _ = io.CopyN(w, zeros{}, size)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

func (t *tarCall) children(w *stdtar.Writer, name string) {
	entries, err := t.FS().ReadDir(name)
	if err != nil {
		t.Warnf("can't open '%s': %s", name, tool.Reason(err))
	}
	list := make([]string, 0, len(entries))
	for _, e := range entries {
		list = append(list, e.Name())
	}
	slices.Sort(list)
	for _, child := range list {
		t.add(w, strings.TrimSuffix(name, "/")+"/"+child)
	}
}

func (t *tarCall) extract() {
	in := io.Reader(t.Input())
	if t.file != "-" {
		f, err := t.FS().Open(t.absolute(t.file))
		if err != nil {
			t.Fatalf("can't open '%s': %s", t.file, tool.Reason(err))
		}
		defer f.Close()
		in = f
	}
	b := bufio.NewReader(in)
	if magic, _ := b.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		z, err := gzip.NewReader(b)
		if err != nil {
			t.Fatalf("invalid magic")
		}
		in = z
	} else {
		if t.compress {
			t.Fatalf("invalid magic")
		}
		in = b
	}
	t.members(stdtar.NewReader(in))
	_, _ = io.Copy(io.Discard, in) // what follows the end, so that a writer does not meet a closed pipe
}

func (t *tarCall) members(r *stdtar.Reader) {
	wanted := map[string]bool{}
	for _, name := range t.names {
		wanted[strings.TrimSuffix(name, "/")] = false
	}
	var later []func() // times and modes of directories, when they are filled
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("invalid tar magic")
		}
		if !t.isWanted(wanted, h.Name) || t.skipped(strings.TrimSuffix(h.Name, "/")) {
			continue
		}
		if t.mode == 't' {
			t.show(h)
			continue
		}
		if do := t.member(r, h); do != nil {
			later = append(later, do)
		}
	}
	for _, do := range slices.Backward(later) {
		do()
	}
	for name, found := range wanted {
		if !found {
			t.Warnf("%s: not found in archive", name)
		}
	}
}

func (t *tarCall) isWanted(wanted map[string]bool, name string) bool {
	if len(wanted) == 0 {
		return true
	}
	for part := strings.TrimSuffix(name, "/"); part != "." && part != "/"; part = path.Dir(part) {
		if _, ok := wanted[part]; ok {
			wanted[part] = true
			return true
		}
	}
	return false
}

func (t *tarCall) show(h *stdtar.Header) {
	if !t.verbose {
		line(t.Call, h.Name)
		return
	}
	text := fmt.Sprintf("%s %s/%s %9d %s %s", tool.ModeString(h.FileInfo().Mode()), h.Uname, h.Gname, h.Size, h.ModTime.UTC().Format("2006-01-02 15:04:05"), h.Name)
	if h.Linkname != "" {
		text += " -> " + h.Linkname
	}
	line(t.Call, text)
}

// member writes a file. It returns what is to be done when all are written.
func (t *tarCall) member(r io.Reader, h *stdtar.Header) (later func()) {
	name := t.place(h.Name)
	if name == "" || name == "." {
		return nil
	}
	if t.verbose {
		line(t.Call, h.Name)
	}
	if t.stdout {
		if h.Typeflag == stdtar.TypeReg {
			_ = t.Copy(t.Out, r)
		}
		return nil
	}
	if dir := path.Dir(name); dir != "." && dir != "/" {
		_ = t.FS().MkdirAll(dir, 0o777) // what is wrong with it shows below
	}
	if err := t.write(name, r, h); err != nil {
		t.Warnf("can't create '%s': %s", name, tool.Reason(err))
		return nil
	}
	if h.Typeflag == stdtar.TypeDir {
		return func() { t.attributes(name, h) }
	}
	t.attributes(name, h)
	return nil
}

// place is where a member goes: never outside of the directory.
func (t *tarCall) place(name string) string {
	name = strings.TrimLeft(path.Clean("/"+name), "/")
	for range t.strip {
		_, name, _ = strings.Cut(name, "/")
	}
	return name
}

func (t *tarCall) write(name string, r io.Reader, h *stdtar.Header) error {
	mode := tool.GoMode(uint32(h.Mode)).Perm()
	if h.Typeflag == stdtar.TypeDir {
		err := t.FS().Mkdir(name, mode|0o700)
		if info, statErr := t.FS().Stat(name); err != nil && statErr == nil && info.IsDir() {
			return nil
		}
		return err
	}
	if _, err := t.FS().Lstat(name); err == nil && t.keep {
		return fs.ErrExist
	}
	_ = t.FS().Unlink(name) // as busybox does, so that a link is replaced, not followed
	switch h.Typeflag {
	case stdtar.TypeSymlink:
		return t.FS().Symlink(h.Linkname, name)
	case stdtar.TypeLink:
		return t.FS().Link(t.place(h.Linkname), name)
	case stdtar.TypeFifo:
		return t.FS().Mkfifo(name, mode)
	case stdtar.TypeReg:
		return t.writeFile(name, r, mode)
	}
	return nil // a device, which nobody here may make
}

func (t *tarCall) writeFile(name string, r io.Reader, mode fs.FileMode) error {
	f, err := t.FS().OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	err = t.Copy(f, r)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

func (t *tarCall) attributes(name string, h *stdtar.Header) {
	if h.Typeflag == stdtar.TypeSymlink || h.Typeflag == stdtar.TypeLink {
		return
	}
	if t.Cred().UID == 0 {
		_ = t.FS().Chown(name, h.Uid, h.Gid) // a volume may refuse
	}
	_ = t.FS().Chmod(name, tool.GoMode(uint32(h.Mode)))
	if !t.noTime {
		_ = t.FS().Chtimes(name, h.ModTime, h.ModTime)
	}
}
