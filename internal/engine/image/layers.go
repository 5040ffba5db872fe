package image

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"kubetutor/assets/images"
	"kubetutor/internal/engine/image/apps"
	"kubetutor/internal/engine/kernel"
)

// node is a file of an image before it becomes part of a tree.
type node struct {
	mode     fs.FileMode // with ModeDir or ModeSymlink
	uid, gid int
	text     []byte
	target   string // of a link
}

// builder lays layers over each other.
type builder struct {
	programs kernel.Programs
	makers   map[string]apps.Maker
	nodes    map[string]node
}

// placed is a layer together with the version that its files speak of.
type placed struct {
	name, version string
	layer         layer
}

// stack lists the layers of an image from the bottom up.
func stack(layers map[string]layer, f *family, v *version) ([]placed, error) {
	var all []placed
	for name := v.Base; name != ""; {
		l, ok := layers[name]
		if !ok {
			return nil, fmt.Errorf("%s: there is no layer %q", f.Repository, name)
		}
		all = append(all, placed{name, "", l})
		name = l.From
	}
	base := ""
	for i := range all {
		base = firstOf(base, all[i].layer.Version)
	}
	for i := range all {
		all[i].version = firstOf(base, v.Version)
	}
	slices.Reverse(all)
	for _, name := range slices.Concat(f.Layers, v.Layers) {
		l, ok := layers[name]
		if !ok {
			return nil, fmt.Errorf("%s: there is no layer %q", f.Repository, name)
		}
		all = append(all, placed{name, v.Version, l})
	}
	return all, nil
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// fingerprint is a digest of everything that makes a layer. The files of a
// layer that only its embedded directory names are covered too.
func (p placed) fingerprint() (string, error) {
	sum := sha256.New()
	if err := json.NewEncoder(sum).Encode([]any{p.version, p.layer}); err != nil {
		return "", err
	}
	err := p.embedded(func(name string, content []byte) error {
		_, err := fmt.Fprintf(sum, "%s %d\n%s\n", name, len(content), content)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)), err
}

// embedded calls do for every file of the layer's directory, by its path in the
// container.
func (p placed) embedded(do func(name string, content []byte) error) error {
	if p.layer.Files == "" {
		return nil
	}
	root := fileRoot + p.layer.Files
	return fs.WalkDir(images.FS, root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(images.FS, name)
		if err != nil {
			return err
		}
		return do(strings.TrimPrefix(name, root), content)
	})
}

func (p placed) fill(text string) string {
	return strings.ReplaceAll(text, "@VERSION@", p.version)
}

// lay puts one layer over those before it.
func (b *builder) lay(p placed) error {
	for _, name := range p.layer.Remove {
		delete(b.nodes, name)
	}
	err := p.embedded(func(name string, content []byte) error {
		b.nodes[name] = node{mode: 0o644, text: []byte(p.fill(string(content)))}
		return nil
	})
	if err != nil {
		return fmt.Errorf("layer %s: %w", p.name, err)
	}
	for name, text := range p.layer.Text {
		b.nodes[name] = node{mode: 0o644, text: []byte(p.fill(text))}
	}
	for name, target := range p.layer.Links {
		b.nodes[p.fill(name)] = node{mode: fs.ModeSymlink | 0o777, target: p.fill(target)}
	}
	b.extend("/etc/passwd", p.layer.Passwd)
	b.extend("/etc/group", p.layer.Group)
	if err := b.install(p); err != nil {
		return fmt.Errorf("layer %s: %w", p.name, err)
	}
	return b.own(p)
}

// extend appends lines to a file of a lower layer.
func (b *builder) extend(name string, lines []string) {
	if len(lines) == 0 {
		return
	}
	file, ok := b.nodes[name]
	if !ok {
		file.mode = 0o644
	}
	file.text = slices.Concat(file.text, []byte(strings.Join(lines, "\n")+"\n"))
	b.nodes[name] = file
}

// install puts the layer's programs and tools in place. Tools that nobody wrote
// are left out, so that calling one says "not found" as it should.
func (b *builder) install(p placed) error {
	for name, program := range p.layer.Run {
		full := executable(b.makers, program, p.version)
		if _, ok := b.programs[full]; !ok {
			return fmt.Errorf("there is no program %q", program)
		}
		b.nodes[name] = node{mode: 0o755, text: kernel.Executable(full)}
	}
	b.tools(p.layer.Tools, func(name string) node { return node{mode: 0o755, text: kernel.Executable(name)} })
	b.tools(p.layer.Applets, func(string) node { return node{mode: fs.ModeSymlink | 0o777, target: "/bin/busybox"} })
	return nil
}

// tools puts those of the named programs that exist into their directories.
func (b *builder) tools(lists map[string]string, file func(name string) node) {
	for dir, names := range lists {
		for _, name := range strings.Fields(names) {
			if _, ok := b.programs[name]; ok {
				b.nodes[path.Join(dir, name)] = file(name)
			}
		}
	}
}

// executable is the name to execute for a program of the data: that of an
// application holds its version, which thus belongs to the file as it does in
// life.
func executable(makers map[string]apps.Maker, program, version string) string {
	if _, ok := makers[program]; ok {
		return program + "@" + version
	}
	return program
}

// own sets modes and owners, and makes directories.
func (b *builder) own(p placed) error {
	for name, attributes := range p.layer.Dirs {
		n, err := parseAttributes(attributes)
		if err != nil {
			return fmt.Errorf("layer %s: %s: %w", p.name, name, err)
		}
		n.mode |= fs.ModeDir
		b.nodes[name] = n
	}
	for name, attributes := range p.layer.Modes {
		n, err := parseAttributes(attributes)
		file, ok := b.nodes[name]
		if err != nil || !ok {
			return fmt.Errorf("layer %s: mode of %s: no such file, or %w", p.name, name, err)
		}
		file.mode, file.uid, file.gid = file.mode.Type()|n.mode, n.uid, n.gid
		b.nodes[name] = file
	}
	return nil
}

// parseAttributes reads "1777" or "0755 101:101".
func parseAttributes(text string) (node, error) {
	octal, owner, _ := strings.Cut(text, " ")
	bits, err := strconv.ParseUint(octal, 8, 12)
	if err != nil {
		return node{}, fmt.Errorf("mode %q: %w", text, err)
	}
	n := node{mode: unixMode(uint32(bits))}
	if owner == "" {
		return n, nil
	}
	if _, err := fmt.Sscanf(owner, "%d:%d", &n.uid, &n.gid); err != nil {
		return node{}, fmt.Errorf("owner %q: %w", text, err)
	}
	return n, nil
}

// unixMode turns the number that chmod takes into Go's bits.
func unixMode(bits uint32) fs.FileMode {
	mode := fs.FileMode(bits & 0o777)
	for bit, flag := range map[uint32]fs.FileMode{0o4000: fs.ModeSetuid, 0o2000: fs.ModeSetgid, 0o1000: fs.ModeSticky} {
		if bits&bit != 0 {
			mode |= flag
		}
	}
	return mode
}

// tree turns the nodes into what a container mounts, parents first.
func (b *builder) tree(created time.Time) *kernel.Tree {
	t := kernel.NewTree()
	t.SetTime(created)
	for _, name := range slices.Sorted(maps.Keys(b.nodes)) {
		n := b.nodes[name]
		switch {
		case n.mode.IsDir():
			t.Mkdir(name, n.mode, n.uid, n.gid)
		case n.mode&fs.ModeSymlink != 0:
			t.Symlink(name, n.target, n.uid, n.gid)
		default:
			t.File(name, n.text, n.mode, n.uid, n.gid)
		}
	}
	return t
}
