package node

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"k8s.io/kubernetes/pkg/volume/util/subpath"
)

// linkSubpath prepares subPaths without bind mounts. A file gets a hard link: as
// with a bind mount, the container keeps the content that a ConfigMap's key had
// when it began. A directory is used where it lies, after a check that no link
// in it leads out of the volume.
type linkSubpath struct{}

var _ subpath.Interface = linkSubpath{}

func subpathsDir(podDir, volume string) string {
	return filepath.Join(podDir, "volume-subpaths", volume)
}

// CleanSubPaths implements subpath.Interface.
func (linkSubpath) CleanSubPaths(podDir, volume string) error {
	return os.RemoveAll(subpathsDir(podDir, volume))
}

// PrepareSafeSubpath implements subpath.Interface.
func (linkSubpath) PrepareSafeSubpath(s subpath.Subpath) (string, func(), error) {
	volume, inside, err := within(s.VolumePath, s.Path)
	if err != nil {
		return "", nil, err
	}
	defer volume.Close()
	info, err := volume.Stat(inside)
	if err != nil {
		return "", nil, fmt.Errorf("preparing subPath %s: %w", s.Path, err)
	}
	if info.IsDir() {
		// By the path of the volume, which the runtime knows for one of the pod's.
		return filepath.Join(s.VolumePath, inside), nil, nil
	}
	link := filepath.Join(subpathsDir(s.PodDir, s.VolumeName), s.ContainerName, strconv.Itoa(s.VolumeMountIndex))
	if err := os.MkdirAll(filepath.Dir(link), 0o750); err != nil {
		return "", nil, fmt.Errorf("preparing subPath %s: %w", s.Path, err)
	}
	_ = os.Remove(link) // of the container's previous run
	if err := linkFile(filepath.Join(volume.Name(), inside), link); err != nil {
		return "", nil, fmt.Errorf("preparing subPath %s: %w", s.Path, err)
	}
	return link, nil, nil
}

// linkFile makes a hard link; where there can be none (the volume lies on
// another file system than the kubelet's directory, so that it is none of its
// own making) a symbolic one.
func linkFile(file, link string) error {
	if os.Link(file, link) == nil {
		return nil
	}
	return os.Symlink(file, link)
}

// within opens a volume, and says what a path in it really is. A path that
// leaves the volume, also by a link, is an error.
func within(volumePath, path string) (*os.Root, string, error) {
	volume, err := filepath.EvalSymlinks(volumePath)
	if err != nil {
		return nil, "", fmt.Errorf("opening a volume: %w", err)
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, "", fmt.Errorf("finding a subPath: %w", err)
	}
	inside, err := filepath.Rel(volume, real)
	if err != nil || !filepath.IsLocal(inside) {
		return nil, "", fmt.Errorf("subPath %s leaves its volume", path)
	}
	root, err := os.OpenRoot(volume)
	if err != nil {
		return nil, "", fmt.Errorf("opening a volume: %w", err)
	}
	return root, inside, nil
}

// SafeMakeDir implements subpath.Interface.
func (linkSubpath) SafeMakeDir(dir, base string, perm os.FileMode) error {
	volume, err := os.OpenRoot(base)
	if err != nil {
		return fmt.Errorf("opening a volume: %w", err)
	}
	defer volume.Close()
	if err := volume.MkdirAll(dir, perm.Perm()); err != nil {
		return fmt.Errorf("making a subPath: %w", err)
	}
	return volume.Chmod(dir, perm.Perm()) // the process' umask takes rights away
}
