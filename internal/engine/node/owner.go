package node

import (
	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/volume"
)

// keepOwner wraps volumes of which upstream gives some files, those with tokens, to
// the user that a pod's containers run as. An ordinary user may give no files away,
// so that such pods would never start; and the containers' kernel shows all files
// as root's. With the owner left as it is, upstream makes the token readable by all
// instead of by its owner alone, as it does for pods without runAsUser.
type keepOwner struct{ volume.VolumePlugin }

// NewMounter implements [volume.VolumePlugin].
func (p keepOwner) NewMounter(spec *volume.Spec, pod *v1.Pod) (volume.Mounter, error) {
	mounter, err := p.VolumePlugin.NewMounter(spec, pod)
	if err != nil {
		return nil, err
	}
	return ownerKeeper{mounter}, nil
}

type ownerKeeper struct{ volume.Mounter }

// SetUp implements [volume.Mounter].
func (m ownerKeeper) SetUp(args volume.MounterArgs) error {
	args.FsUser = nil
	return m.Mounter.SetUp(args)
}

// SetUpAt implements [volume.Mounter].
func (m ownerKeeper) SetUpAt(dir string, args volume.MounterArgs) error {
	args.FsUser = nil
	return m.Mounter.SetUpAt(dir, args)
}
