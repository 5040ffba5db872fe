package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"k8s.io/kubernetes/pkg/volume/util/hostutil"
	"k8s.io/mount-utils"
)

// linkMounter makes mounts without the right to mount. A bind mount is a
// symbolic link in the place of the mount point, so that it outlives the
// kubelet as a mount does; its source has been checked by who mounts. Any other
// mount (a tmpfs) is a note that the directory is one: its content is on disk,
// but it lives and dies as the mount would.
type linkMounter struct {
	mu    sync.Mutex
	noted map[string]mount.MountPoint // by path
}

var _ mount.Interface = (*linkMounter)(nil)

func newLinkMounter() *linkMounter { return &linkMounter{noted: map[string]mount.MountPoint{}} }

// Mount implements mount.Interface.
func (m *linkMounter) Mount(source, target, fstype string, options []string) error {
	if slices.Contains(options, "bind") || slices.Contains(options, "rbind") {
		return bind(source, target)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.noted[target] = mount.MountPoint{Device: source, Path: target, Type: fstype, Opts: options}
	if fstype == "tmpfs" {
		return markTmpfs(target)
	}
	return nil
}

// markTmpfs tells the runtime that a volume, POD/volumes/PLUGIN/NAME, is in
// memory (cri.TmpfsMarker): by a file in the directory that upstream keeps for
// each emptyDir, of which every volume in memory is made.
func markTmpfs(target string) error {
	pod := filepath.Dir(filepath.Dir(filepath.Dir(target)))
	dir := filepath.Join(pod, "plugins", "kubernetes.io~empty-dir", filepath.Base(target))
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("marking %s as a tmpfs: %w", target, err)
	}
	return os.WriteFile(filepath.Join(dir, "tmpfs"), nil, 0o600)
}

// bind puts a link in the place of an empty directory. A mount that is there
// already is left.
func bind(source, target string) error {
	if at, err := os.Readlink(target); err == nil && at == source {
		return nil
	}
	if err := os.Remove(target); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("mounting %s: %w", target, err)
	}
	if err := os.Symlink(source, target); err != nil {
		return fmt.Errorf("mounting %s: %w", target, err)
	}
	return nil
}

// MountSensitive implements mount.Interface.
func (m *linkMounter) MountSensitive(source, target, fstype string, options, _ []string) error {
	return m.Mount(source, target, fstype, options)
}

// MountSensitiveWithoutSystemd implements mount.Interface.
func (m *linkMounter) MountSensitiveWithoutSystemd(source, target, fstype string, options, _ []string) error {
	return m.Mount(source, target, fstype, options)
}

// MountSensitiveWithoutSystemdWithMountFlags implements mount.Interface.
func (m *linkMounter) MountSensitiveWithoutSystemdWithMountFlags(source, target, fstype string, options, _, _ []string) error {
	return m.Mount(source, target, fstype, options)
}

// Unmount implements mount.Interface. Where a link was, an empty directory is
// again.
func (m *linkMounter) Unmount(target string) error {
	m.mu.Lock()
	delete(m.noted, target)
	m.mu.Unlock()
	if !isLink(target) {
		return nil
	}
	if err := os.Remove(target); err != nil {
		return fmt.Errorf("unmounting %s: %w", target, err)
	}
	if err := os.Mkdir(target, 0o750); err != nil {
		return fmt.Errorf("unmounting %s: %w", target, err)
	}
	return nil
}

func isLink(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

// List implements mount.Interface. Links are found where they are asked for.
func (m *linkMounter) List() ([]mount.MountPoint, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	points := make([]mount.MountPoint, 0, len(m.noted))
	for _, p := range m.noted {
		points = append(points, p)
	}
	return points, nil
}

// IsLikelyNotMountPoint implements mount.Interface.
func (m *linkMounter) IsLikelyNotMountPoint(path string) (bool, error) {
	is, err := m.IsMountPoint(path)
	return !is, err
}

// CanSafelySkipMountPointCheck implements mount.Interface.
func (*linkMounter) CanSafelySkipMountPointCheck() bool { return false }

// IsMountPoint implements mount.Interface.
func (m *linkMounter) IsMountPoint(path string) (bool, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	_, noted := m.noted[path]
	return noted || info.Mode()&fs.ModeSymlink != 0, nil
}

// GetMountRefs implements mount.Interface. Who asks wants to know whether a
// volume is used elsewhere on the node; each of ours is used where it is.
func (*linkMounter) GetMountRefs(string) ([]string, error) { return nil, nil }

// hostUtil is upstream's, less the bind mount of the kubelet's directory.
type hostUtil struct{ *hostutil.HostUtil }

// MakeRShared implements hostutil.HostUtils.
func (hostUtil) MakeRShared(string) error { return nil }

// EvalHostSymlinks implements hostutil.HostUtils.
func (hostUtil) EvalHostSymlinks(path string) (string, error) { return filepath.EvalSymlinks(path) }
