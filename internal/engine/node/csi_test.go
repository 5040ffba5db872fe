package node

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	registration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"

	"kubetutor/internal/engine/node/config"
)

func dial(t *testing.T, socket string) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient("unix://"+socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// TestCSI goes the kubelet's way: the announcement, the driver, a volume that two
// pods use and that keeps its files.
func TestCSI(t *testing.T) {
	t.Parallel()
	c := sample(t)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	if err := serveCSI(ctx, c, newLinkMounter()); err != nil {
		t.Fatal(err)
	}
	announced := registration.NewRegistrationClient(dial(t, filepath.Join(c.KubeletRoot, "plugins_registry", config.CSIDriver+"-reg.sock")))
	info, err := announced.GetInfo(ctx, &registration.InfoRequest{})
	if err != nil || info.GetType() != registration.CSIPlugin || info.GetName() != config.CSIDriver {
		t.Fatalf("the announcement is %v, %v", info, err)
	}
	node := csi.NewNodeClient(dial(t, info.GetEndpoint()))
	if got, err := node.NodeGetInfo(ctx, &csi.NodeGetInfoRequest{}); err != nil || got.GetNodeId() != c.Name {
		t.Errorf("the node is %v, %v", got, err)
	}
	publish := func(handle, target string) error {
		_, err := node.NodePublishVolume(ctx, &csi.NodePublishVolumeRequest{VolumeId: handle, TargetPath: target})
		return err
	}
	first, second := filepath.Join(c.KubeletRoot, "mount1"), filepath.Join(c.KubeletRoot, "mount2")
	for range 2 { // the kubelet publishes again after a restart
		if err := publish("pvc-1", first); err != nil {
			t.Fatal(err)
		}
	}
	if err := publish("pvc-1", second); err != nil {
		t.Fatal(err)
	}
	write(t, first+"/file", "shared")
	if got := read(t, second+"/file"); got != "shared" {
		t.Errorf("the other pod reads %q", got)
	}
	for range 2 {
		if _, err := node.NodeUnpublishVolume(ctx, &csi.NodeUnpublishVolumeRequest{VolumeId: "pvc-1", TargetPath: first}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Lstat(first); !os.IsNotExist(err) {
		t.Errorf("the target is still there: %v", err)
	}
	if got := read(t, filepath.Join(c.Volumes, "pvc-1", "file")); got != "shared" {
		t.Errorf("the volume has %q", got)
	}
	for _, handle := range []string{"", "..", ".", "a/b", "/etc", `a\b`} {
		if err := publish(handle, second+"x"); status.Code(err) != codes.InvalidArgument {
			t.Errorf("the handle %q: %v", handle, err)
		}
	}
}
