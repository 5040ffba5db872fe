package node

import (
	"testing"

	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/volume"
)

// setUps notes the users that volumes are set up for.
type setUps struct {
	volume.VolumePlugin
	volume.Mounter
	users []*int64
}

func (s *setUps) NewMounter(*volume.Spec, *v1.Pod) (volume.Mounter, error) { return s, nil }

func (s *setUps) SetUp(args volume.MounterArgs) error {
	s.users = append(s.users, args.FsUser)
	return nil
}

func (s *setUps) SetUpAt(_ string, args volume.MounterArgs) error { return s.SetUp(args) }

func TestOwnersAreKept(t *testing.T) {
	t.Parallel()
	upstream, user := &setUps{}, int64(101)
	mounter, err := keepOwner{upstream}.NewMounter(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{mounter.SetUp(volume.MounterArgs{FsUser: &user}), mounter.SetUpAt("/x", volume.MounterArgs{FsUser: &user})} {
		if err != nil {
			t.Error(err)
		}
	}
	if len(upstream.users) != 2 || upstream.users[0] != nil || upstream.users[1] != nil {
		t.Errorf("files are given to %v", upstream.users)
	}
}
