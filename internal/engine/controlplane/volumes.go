package controlplane

import (
	"fmt"
	"regexp"

	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/volume"
	"k8s.io/kubernetes/pkg/volume/hostpath"
	"k8s.io/kubernetes/pkg/volume/nfs"
	"k8s.io/kubernetes/pkg/volume/util/recyclerclient"
)

// volumePlugins are the volume plugins that the PersistentVolume controller
// works with: those of upstream that can delete or recycle, made harmless.
// The upstream hostPath deleter removes a directory of the machine, and both
// recyclers run a pod that does.
func volumePlugins() []volume.VolumePlugin {
	var plugins []volume.VolumePlugin
	for _, p := range hostpath.ProbeVolumePlugins(volume.VolumeConfig{}) {
		plugins = append(plugins, harmlessHostPath{harmlessRecycler{p}})
	}
	for _, p := range nfs.ProbeVolumePlugins(volume.VolumeConfig{}) {
		plugins = append(plugins, harmlessRecycler{p})
	}
	return plugins
}

// harmlessRecycler finds every volume scrubbed at once: there is nothing in it.
type harmlessRecycler struct{ volume.VolumePlugin }

var _ volume.RecyclableVolumePlugin = harmlessRecycler{}

// Recycle does nothing; the volume becomes Available.
func (harmlessRecycler) Recycle(string, *volume.Spec, recyclerclient.RecycleEventRecorder) error {
	return nil
}

// harmlessHostPath answers as upstream's hostPath plugin and touches no file.
type harmlessHostPath struct{ harmlessRecycler }

var _ volume.DeletableVolumePlugin = harmlessHostPath{}

// NewDeleter returns a deleter for the volume of spec.
func (harmlessHostPath) NewDeleter(_ klog.Logger, spec *volume.Spec) (volume.Deleter, error) {
	if spec.PersistentVolume == nil || spec.PersistentVolume.Spec.HostPath == nil {
		return nil, fmt.Errorf("spec.PersistentVolume.Spec.HostPath is nil")
	}
	return &hostPathDeleter{path: spec.PersistentVolume.Spec.HostPath.Path}, nil
}

type hostPathDeleter struct {
	volume.MetricsNil
	path string
}

// GetPath returns the volume's directory, as the learner wrote it.
func (d *hostPathDeleter) GetPath() string { return d.path }

// Delete fails where upstream's does, in its words, and else deletes nothing.
func (d *hostPathDeleter) Delete() error {
	if !regexp.MustCompile("/tmp/.+").MatchString(d.path) {
		return fmt.Errorf("host_path deleter only supports /tmp/.+ but received provided %s", d.path)
	}
	return nil
}
