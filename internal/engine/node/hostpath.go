package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	securejoin "github.com/cyphar/filepath-securejoin"
	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/volume"
	"k8s.io/kubernetes/pkg/volume/hostpath"
	"k8s.io/kubernetes/pkg/volume/local"
	"k8s.io/kubernetes/pkg/volume/validation"
)

// rootDir is the node's root directory on the machine.
type rootDir string

// find is where a path of the node is on the machine. It follows links as a
// process whose root directory this is would: neither a link nor .. leads out of
// it. What does not exist is below what does.
func (r rootDir) find(path string) (string, error) {
	found, err := securejoin.SecureJoin(string(r), path)
	if err != nil {
		return "", fmt.Errorf("finding %s on the node: %w", path, r.hide(err))
	}
	return found, nil
}

// hide takes the root directory out of an error's text: users know the node's
// paths, not the machine's.
func (r rootDir) hide(err error) error {
	if err == nil {
		return nil
	}
	return hidden{strings.ReplaceAll(err.Error(), string(r), ""), err}
}

type hidden struct {
	text string
	err  error
}

// Error implements error.
func (h hidden) Error() string { return h.text }

// Unwrap gives the error behind the text.
func (h hidden) Unwrap() error { return h.err }

// hostPathPlugin is upstream's plugin for hostPath volumes, but for the mounter:
// its paths are the node's.
type hostPathPlugin struct {
	volume.VolumePlugin
	root rootDir
}

func newHostPathPlugin(root string) volume.VolumePlugin {
	return hostPathPlugin{hostpath.ProbeVolumePlugins(volume.VolumeConfig{})[0], rootDir(root)}
}

// NewMounter implements volume.VolumePlugin.
func (p hostPathPlugin) NewMounter(spec *volume.Spec, _ *v1.Pod) (volume.Mounter, error) {
	source := hostPathSource(spec)
	if source == nil {
		return nil, errors.New("spec does not reference an HostPath volume type")
	}
	m := &hostPathMounter{root: p.root, path: source.Path, readOnly: spec.ReadOnly}
	if source.Type != nil {
		m.kind = *source.Type
	}
	return m, nil
}

func hostPathSource(spec *volume.Spec) *v1.HostPathVolumeSource {
	if spec.Volume != nil && spec.Volume.HostPath != nil {
		return spec.Volume.HostPath
	}
	if spec.PersistentVolume != nil {
		return spec.PersistentVolume.Spec.HostPath
	}
	return nil
}

// hostPathMounter checks a hostPath volume.
type hostPathMounter struct {
	volume.MetricsNil
	root     rootDir
	path     string // the node's
	kind     v1.HostPathType
	readOnly bool
}

// GetAttributes implements volume.Mounter.
func (m *hostPathMounter) GetAttributes() volume.Attributes {
	return volume.Attributes{ReadOnly: m.readOnly}
}

// GetPath implements volume.Volume. The path is the machine's, and has no links:
// the runtime opens it below the node's root once more, so that a link that a
// container puts there in the meantime leads nowhere.
func (m *hostPathMounter) GetPath() string {
	found, err := m.root.find(m.path)
	if err != nil {
		return filepath.Join(string(m.root), "nowhere")
	}
	return found
}

// SetUpAt implements volume.Mounter.
func (*hostPathMounter) SetUpAt(string, volume.MounterArgs) error {
	return errors.New("SetUpAt() does not make sense for host paths")
}

// SetUp implements volume.Mounter: it checks what is at the path, or makes it.
func (m *hostPathMounter) SetUp(volume.MounterArgs) error {
	if err := validation.ValidatePathNoBacksteps(m.path); err != nil {
		return fmt.Errorf("invalid HostPath `%s`: %w", m.path, err)
	}
	found, err := m.root.find(m.path)
	if err != nil {
		return err
	}
	return m.root.hide(m.check(found))
}

// check does what the API promises for each type of hostPath.
func (m *hostPathMounter) check(found string) error {
	switch m.kind {
	case v1.HostPathUnset: // the container runtimes make a directory of what is not there
		if _, err := os.Lstat(found); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return os.MkdirAll(found, 0o755)
	case v1.HostPathDirectoryOrCreate:
		if _, err := os.Lstat(found); errors.Is(err, fs.ErrNotExist) {
			return os.MkdirAll(found, 0o755)
		}
		return m.must(found, fs.ModeDir, "directory")
	case v1.HostPathFileOrCreate:
		if err := writeNew(found, ""); err != nil {
			return err
		}
		return m.must(found, 0, "file")
	case v1.HostPathDirectory:
		return m.must(found, fs.ModeDir, "directory")
	case v1.HostPathFile:
		return m.must(found, 0, "file")
	case v1.HostPathSocket:
		return m.must(found, fs.ModeSocket, "socket")
	case v1.HostPathCharDev:
		return m.must(found, fs.ModeDevice|fs.ModeCharDevice, "character device")
	case v1.HostPathBlockDev:
		return m.must(found, fs.ModeDevice, "block device")
	default:
		return fmt.Errorf("%s is an invalid volume type", m.kind)
	}
}

// must tells in upstream's words that the path is not what it has to be.
func (m *hostPathMounter) must(found string, want fs.FileMode, what string) error {
	info, err := os.Lstat(found)
	if err != nil {
		return fmt.Errorf("hostPath type check failed: %s is not a %s", m.path, what)
	}
	if info.Mode().Type() != want {
		return fmt.Errorf("hostPath type check failed: %s is not a %s", m.path, what)
	}
	return nil
}

// localPlugin is upstream's plugin for local volumes, which are directories of
// the node. It does nothing else of that plugin's: there are no block devices.
type localPlugin struct {
	volume.VolumePlugin
	root rootDir
}

func newLocalPlugin(root string) volume.VolumePlugin {
	return localPlugin{local.ProbeVolumePlugins()[0], rootDir(root)}
}

// NewMounter implements volume.VolumePlugin.
func (p localPlugin) NewMounter(spec *volume.Spec, pod *v1.Pod) (volume.Mounter, error) {
	if spec.PersistentVolume == nil || spec.PersistentVolume.Spec.Local == nil {
		return nil, errors.New("spec does not reference a Local volume type")
	}
	found, err := p.root.find(spec.PersistentVolume.Spec.Local.Path)
	if err != nil {
		return nil, err
	}
	moved := spec.PersistentVolume.DeepCopy()
	moved.Spec.Local.Path = found
	m, err := p.VolumePlugin.NewMounter(volume.NewSpecFromPersistentVolume(moved, spec.ReadOnly), pod)
	if err != nil {
		return nil, p.root.hide(err)
	}
	return m, nil
}
