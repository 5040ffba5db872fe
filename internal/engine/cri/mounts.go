package cri

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"kubetutor/internal/engine/kernel"
)

// mounts are what the container sees besides its image: the sandbox's files and
// what the kubelet wants mounted, a directory before what lies in it.
func (c *container) mounts() ([]kernel.Mount, error) {
	readOnly := c.config.GetLinux().GetSecurityContext().GetReadonlyRootfs()
	list := slices.DeleteFunc(c.sandbox.mounts(readOnly), func(m kernel.Mount) bool {
		return slices.ContainsFunc(c.config.GetMounts(), func(wanted *runtimeapi.Mount) bool {
			return path.Clean(wanted.GetContainerPath()) == m.Target
		})
	})
	if c.config.GetLinux().GetSecurityContext().GetNamespaceOptions().GetIpc() == runtimeapi.NamespaceMode_NODE {
		list[0].Source, list[0].Within = filepath.Join(c.node.dir, "shm"), []string{c.node.dir}
	}
	for _, wanted := range c.config.GetMounts() {
		m, err := c.mount(wanted)
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	slices.SortStableFunc(list, func(a, b kernel.Mount) int { return depth(a.Target) - depth(b.Target) })
	return list, nil
}

func depth(target string) int { return strings.Count(path.Clean(target), "/") }

// mount translates one mount of the kubelet.
func (c *container) mount(wanted *runtimeapi.Mount) (kernel.Mount, error) {
	m := kernel.Mount{Target: path.Join("/", wanted.GetContainerPath()), ReadOnly: wanted.GetReadonly(), Type: "ext4",
		Options: mountOptions(wanted)}
	if wanted.GetRecursiveReadOnly() {
		if !wanted.GetReadonly() || wanted.GetPropagation() != runtimeapi.MountPropagation_PROPAGATION_PRIVATE {
			return m, fmt.Errorf("recursive read-only mount needs a read-only, private mount: %q", m.Target)
		}
	}
	if wanted.GetImage() != nil && wanted.GetHostPath() == "" {
		return c.imageMount(m, wanted)
	}
	source, err := c.node.source(wanted.GetHostPath())
	if err != nil {
		return m, err
	}
	m.Source, m.Within = source, c.node.bounds(wanted.GetHostPath())
	if volume, ok := c.node.volumeOf(wanted.GetHostPath()); ok {
		m.GID = c.volumeGroup(volume)
		if inMemory(volume) {
			m.Type = "tmpfs"
		}
	}
	return m, nil
}

// mountOptions are as /proc/mounts shows them.
func mountOptions(m *runtimeapi.Mount) string {
	options := []string{"rw"}
	if m.GetReadonly() {
		options[0] = "ro"
	}
	return strings.Join(append(append(options, m.GetMountOptions()...), "relatime"), ",")
}

// imageMount shows the files of an image, or a directory of it.
func (c *container) imageMount(m kernel.Mount, wanted *runtimeapi.Mount) (kernel.Mount, error) {
	image, err := c.node.images.find(wanted.GetImage().GetImage())
	if err != nil {
		return m, fmt.Errorf("failed to mount image volume: failed to get image ref: image %q: %w", wanted.GetImage().GetImage(), err)
	}
	m.Tree, m.ReadOnly, m.Type, m.Options = image.Tree, true, "overlay", "ro,relatime"
	if sub := wanted.GetImageSubPath(); sub != "" {
		if !filepath.IsLocal(sub) {
			return m, fmt.Errorf("failed to mount image volume: image sub path %q must be inside the image", sub)
		}
		if m.Tree, err = image.Tree.Sub(sub); err != nil {
			return m, fmt.Errorf("failed to mount image volume: image sub path %q: %w", sub, err)
		}
	}
	return m, nil
}

// source is the place on the machine of a path that the kubelet names. What the
// kubelet made for a pod is used where it lies; everything else is a path of the
// simulated node, below its own root directory, and is made if it is missing, as
// containerd does.
func (n *node) source(host string) (string, error) {
	if host == "" || !filepath.IsAbs(host) {
		return "", fmt.Errorf("failed to stat %q: %w", host, os.ErrNotExist)
	}
	clean := filepath.Clean(host)
	if within(clean, n.spec.KubeletRoot) {
		return existing(n.spec.KubeletRoot, clean)
	}
	return resolveIn(n.spec.Root, n.below(clean))
}

// bounds are the directories in which the source of a mount must still lie when
// it is opened: after it was found, a container that shares the volume may put a
// link in its place. What lies in a pod's volume stays in that volume, be it to
// keep out of another pod's.
func (n *node) bounds(host string) []string {
	name := filepath.Clean(host)
	if !within(name, n.spec.KubeletRoot) {
		return []string{n.spec.Root}
	}
	volume, ok := n.volumeOf(name)
	switch {
	case !ok: // files of the kubelet's own; one of a hostPath may be a link where no hard link can be made
		return []string{n.spec.KubeletRoot, n.spec.Root}
	case within(name, volume):
		return []string{n.boundOf(volume)}
	}
	return []string{filepath.Dir(name), n.boundOf(volume)} // a file of the volume, linked either way
}

// boundOf is what holds the content of a volume. A local volume is a link to a
// directory of the node, which containers may have replaced; nobody replaces what
// the other links lead to.
func (n *node) boundOf(volume string) string {
	content := contentOf(volume)
	target, err := os.Readlink(content)
	switch {
	case err != nil:
		return content
	case n.below(target) != target:
		return n.spec.Root
	}
	return target
}

// below is a path as the node sees it: the kubelet names what it has found below
// the node's root by the machine's path.
func (n *node) below(name string) string {
	roots := []string{filepath.Clean(n.spec.Root)}
	if real, err := filepath.EvalSymlinks(n.spec.Root); err == nil {
		roots = append(roots, real)
	}
	for _, root := range roots {
		if within(name, root) {
			return strings.TrimPrefix(name, root)
		}
	}
	return name
}

func within(name, dir string) bool {
	return dir != "" && (name == filepath.Clean(dir) || strings.HasPrefix(name, filepath.Clean(dir)+string(filepath.Separator)))
}

// existing makes a directory of the kubelet's, in root, if it is missing, and
// follows the links to it.
func existing(root, name string) (string, error) {
	if _, err := os.Stat(name); errors.Is(err, os.ErrNotExist) {
		if err := makeIn(root, strings.TrimPrefix(name, filepath.Clean(root))); err != nil {
			return "", fmt.Errorf("failed to mkdir %q: %w", name, err)
		}
	}
	real, err := filepath.EvalSymlinks(name)
	if err != nil {
		return "", fmt.Errorf("failed to resolve symlink %q: %w", name, err)
	}
	return real, nil
}

// maxLinks is how many symbolic links a path may lead through, as in Linux.
const maxLinks = 40

// resolveIn finds a path below root as a process sees it whose root directory
// that is: a link's absolute target and ".." stay below it. What is missing is
// made.
func resolveIn(root, name string) (string, error) {
	if err := os.MkdirAll(root, 0o755); err != nil {
		return "", fmt.Errorf("failed to mkdir %q: %w", root, err)
	}
	real, err := filepath.EvalSymlinks(root)
	if err != nil {
		return "", fmt.Errorf("failed to resolve symlink %q: %w", root, err)
	}
	at, links := "/", 0
	for rest := strings.Split(filepath.ToSlash(name), "/"); len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		next := path.Join(at, part)
		target, err := os.Readlink(filepath.Join(real, next))
		if err != nil { // no link, or nothing there yet
			at = next
			continue
		}
		if links++; links > maxLinks {
			return "", fmt.Errorf("failed to resolve symlink %q: too many levels of symbolic links", name)
		}
		if path.IsAbs(target) {
			at = "/"
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	full := filepath.Join(real, at)
	if _, err := os.Stat(full); errors.Is(err, os.ErrNotExist) {
		if err := makeIn(real, at); err != nil {
			return "", fmt.Errorf("failed to mkdir %q: %w", name, err)
		}
	}
	return full, nil
}

// makeIn makes a directory below root, and those above it. No link leads out of
// root, not even one that a container puts on the way in the meantime.
func makeIn(root, name string) error {
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	r, err := os.OpenRoot(root)
	if err != nil {
		return err
	}
	defer r.Close()
	return r.MkdirAll(strings.Trim(filepath.ToSlash(filepath.Clean(name)), "/"), 0o755)
}

// volumeGroup is the group that a volume's files show. The kubelet marks a
// volume with the pod's fsGroup by the set-group-id bit; it may not give the
// files away to that group on the machine, so it is shown inside only. The
// kubelet names fsGroup first among the supplemental groups.
func (c *container) volumeGroup(volume string) int {
	groups := c.config.GetLinux().GetSecurityContext().GetSupplementalGroups()
	info, err := os.Stat(contentOf(volume))
	if len(groups) == 0 || err != nil || info.Mode()&os.ModeSetgid == 0 {
		return 0
	}
	return int(groups[0])
}

// volumeOf finds the volume KUBELET/pods/UID/volumes/PLUGIN/NAME that a path of
// the kubelet belongs to: one in it, or KUBELET/pods/UID/volume-subpaths/NAME/…
func (n *node) volumeOf(name string) (string, bool) {
	pods := filepath.Join(n.spec.KubeletRoot, "pods")
	if !within(filepath.Clean(name), pods) {
		return "", false
	}
	rel, _ := filepath.Rel(pods, name) // it is within
	parts := strings.Split(filepath.ToSlash(rel), "/")
	switch {
	case len(parts) >= 4 && parts[1] == "volumes":
		return filepath.Join(pods, parts[0], "volumes", parts[2], parts[3]), true
	case len(parts) >= 3 && parts[1] == "volume-subpaths":
		found, _ := filepath.Glob(filepath.Join(pods, parts[0], "volumes", "*", parts[2]))
		return first(found), len(found) > 0
	}
	return "", false
}

// TmpfsMarker is the file by which a kubelet without the right to mount says
// that a volume is in memory. It lies in a directory that the kubelet keeps for
// each emptyDir, POD/plugins/kubernetes.io~empty-dir/NAME, out of the pod's
// sight.
const TmpfsMarker = "tmpfs"

// inMemory says whether the volume POD/volumes/PLUGIN/NAME is one.
func inMemory(volume string) bool {
	pod := filepath.Dir(filepath.Dir(filepath.Dir(volume)))
	_, err := os.Stat(filepath.Join(pod, "plugins", "kubernetes.io~empty-dir", filepath.Base(volume), TmpfsMarker))
	return err == nil
}

// contentOf is where the files of a volume lie: CSI volumes have theirs in
// mount.
func contentOf(volume string) string {
	if filepath.Base(filepath.Dir(volume)) == "kubernetes.io~csi" {
		return filepath.Join(volume, "mount")
	}
	return volume
}
