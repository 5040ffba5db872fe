package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"
	registration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"

	"kubetutor/internal/engine/node/config"
	"kubetutor/internal/engine/peer"
)

// driverVersion is what the driver says of itself.
const driverVersion = "1.0.0"

// csiDriver is the node's part of the CSI driver sim.csi.kubetutor: the services
// Identity and Node of the Container Storage Interface. A volume is a directory
// whose name is its handle, among those of all nodes of the cluster; publishing
// it is a link to it. Volumes are made and removed, attached and detached by
// controllers of the engine.
type csiDriver struct {
	csi.UnimplementedIdentityServer
	csi.UnimplementedNodeServer
	node    string
	volumes string
	mounter *linkMounter
}

// GetPluginInfo implements csi.IdentityServer.
func (*csiDriver) GetPluginInfo(context.Context, *csi.GetPluginInfoRequest) (*csi.GetPluginInfoResponse, error) {
	return &csi.GetPluginInfoResponse{Name: config.CSIDriver, VendorVersion: driverVersion}, nil
}

// GetPluginCapabilities implements csi.IdentityServer.
func (*csiDriver) GetPluginCapabilities(context.Context, *csi.GetPluginCapabilitiesRequest) (*csi.GetPluginCapabilitiesResponse, error) {
	return &csi.GetPluginCapabilitiesResponse{Capabilities: []*csi.PluginCapability{{
		Type: &csi.PluginCapability_Service_{Service: &csi.PluginCapability_Service{Type: csi.PluginCapability_Service_CONTROLLER_SERVICE}},
	}}}, nil
}

// Probe implements csi.IdentityServer.
func (*csiDriver) Probe(context.Context, *csi.ProbeRequest) (*csi.ProbeResponse, error) {
	return &csi.ProbeResponse{Ready: wrapperspb.Bool(true)}, nil
}

// NodeGetInfo implements csi.NodeServer. All nodes reach all volumes, so that no
// topology restricts them.
func (d *csiDriver) NodeGetInfo(context.Context, *csi.NodeGetInfoRequest) (*csi.NodeGetInfoResponse, error) {
	return &csi.NodeGetInfoResponse{NodeId: d.node}, nil
}

// NodeGetCapabilities implements csi.NodeServer.
func (*csiDriver) NodeGetCapabilities(context.Context, *csi.NodeGetCapabilitiesRequest) (*csi.NodeGetCapabilitiesResponse, error) {
	var all []*csi.NodeServiceCapability
	for _, kind := range []csi.NodeServiceCapability_RPC_Type{
		csi.NodeServiceCapability_RPC_EXPAND_VOLUME,
		csi.NodeServiceCapability_RPC_SINGLE_NODE_MULTI_WRITER,
	} {
		all = append(all, &csi.NodeServiceCapability{Type: &csi.NodeServiceCapability_Rpc{Rpc: &csi.NodeServiceCapability_RPC{Type: kind}}})
	}
	return &csi.NodeGetCapabilitiesResponse{Capabilities: all}, nil
}

// NodePublishVolume implements csi.NodeServer.
func (d *csiDriver) NodePublishVolume(_ context.Context, r *csi.NodePublishVolumeRequest) (*csi.NodePublishVolumeResponse, error) {
	switch {
	case r.GetTargetPath() == "":
		return nil, status.Error(codes.InvalidArgument, "no target path")
	case r.GetVolumeCapability().GetBlock() != nil:
		return nil, status.Error(codes.InvalidArgument, "block volumes are not supported")
	}
	data, err := d.data(r.GetVolumeId())
	if err != nil {
		return nil, err
	}
	// A volume of a pod (csi.volumeAttributes in the pod's spec) is nobody else's to make.
	if err := os.MkdirAll(data, 0o777); err != nil {
		return nil, status.Errorf(codes.Internal, "opening volume %s: %v", r.GetVolumeId(), err)
	}
	if err := d.mounter.Mount(data, r.GetTargetPath(), "", []string{"bind"}); err != nil {
		return nil, status.Errorf(codes.Internal, "publishing volume %s: %v", r.GetVolumeId(), err)
	}
	return &csi.NodePublishVolumeResponse{}, nil
}

// data is the directory of a volume.
func (d *csiDriver) data(handle string) (string, error) {
	if handle == "." || strings.ContainsAny(handle, `/\`) || !filepath.IsLocal(handle) {
		return "", status.Errorf(codes.InvalidArgument, "%q is no handle of a volume", handle)
	}
	return filepath.Join(d.volumes, handle), nil
}

// NodeUnpublishVolume implements csi.NodeServer. The target goes as well.
func (d *csiDriver) NodeUnpublishVolume(_ context.Context, r *csi.NodeUnpublishVolumeRequest) (*csi.NodeUnpublishVolumeResponse, error) {
	err := os.Remove(r.GetTargetPath()) // a link, or an empty directory
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, status.Errorf(codes.Internal, "withdrawing volume %s: %v", r.GetVolumeId(), err)
	}
	return &csi.NodeUnpublishVolumeResponse{}, nil
}

// NodeExpandVolume implements csi.NodeServer: a directory has the size that it
// was given.
func (*csiDriver) NodeExpandVolume(_ context.Context, r *csi.NodeExpandVolumeRequest) (*csi.NodeExpandVolumeResponse, error) {
	return &csi.NodeExpandVolumeResponse{CapacityBytes: r.GetCapacityRange().GetRequiredBytes()}, nil
}

// registrar is how the kubelet learns of a driver: it finds its socket in the
// directory plugins_registry and asks.
type registrar struct {
	registration.UnimplementedRegistrationServer
	endpoint string
}

// GetInfo implements RegistrationServer.
func (r registrar) GetInfo(context.Context, *registration.InfoRequest) (*registration.PluginInfo, error) {
	return &registration.PluginInfo{
		Type: registration.CSIPlugin, Name: config.CSIDriver,
		Endpoint: r.endpoint, SupportedVersions: []string{driverVersion},
	}, nil
}

// NotifyRegistrationStatus implements RegistrationServer.
func (registrar) NotifyRegistrationStatus(_ context.Context, s *registration.RegistrationStatus) (*registration.RegistrationStatusResponse, error) {
	if !s.GetPluginRegistered() {
		return nil, fmt.Errorf("the kubelet refused the driver %s: %s", config.CSIDriver, s.GetError())
	}
	return &registration.RegistrationStatusResponse{}, nil
}

// serveCSI serves the driver in the kubelet's directory until ctx ends.
func serveCSI(ctx context.Context, c config.Config, mounter *linkMounter) error {
	endpoint := filepath.Join(c.KubeletRoot, "plugins", config.CSIDriver, "csi.sock")
	driver := &csiDriver{node: c.Name, volumes: c.Volumes, mounter: mounter}
	server := grpc.NewServer()
	csi.RegisterIdentityServer(server, driver)
	csi.RegisterNodeServer(server, driver)
	if err := serveOn(ctx, server, endpoint); err != nil {
		return fmt.Errorf("serving the CSI driver: %w", err)
	}
	announcer := grpc.NewServer()
	registration.RegisterRegistrationServer(announcer, registrar{endpoint: endpoint})
	if err := serveOn(ctx, announcer, filepath.Join(c.KubeletRoot, "plugins_registry", config.CSIDriver+"-reg.sock")); err != nil {
		return fmt.Errorf("announcing the CSI driver: %w", err)
	}
	return nil
}

// serveOn serves on a socket until ctx ends.
func serveOn(ctx context.Context, server *grpc.Server, socket string) error {
	if err := os.MkdirAll(filepath.Dir(socket), 0o750); err != nil {
		return err
	}
	listener, err := peer.Listen(socket)
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, server.Stop)
	go serve(server, listener)
	return nil
}

// serve ends with server.Stop; the kubelet tells of a driver that is not there.
func serve(server *grpc.Server, listener net.Listener) { _ = server.Serve(listener) }
