package cri

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// What the runtime says of itself. The version is that of the Kubernetes whose
// behaviour it is made for.
const (
	runtimeName    = "kubelab"
	runtimeVersion = "1.37.1"
	kubeletAPI     = "0.1.0"
	criVersion     = "v1"
)

// runtimeService is a node's RuntimeService. What is not implemented answers
// that it is not.
type runtimeService struct {
	runtimeapi.UnimplementedRuntimeServiceServer
	node    *node
	streams *streams
}

// imageService is a node's ImageService.
type imageService struct {
	runtimeapi.UnimplementedImageServiceServer
	node *node
}

// errorCodes gives errors that carry no gRPC code of their own the one that
// containerd would: deadlines and cancellations theirs, all others Unknown.
func errorCodes(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	resp, err := handle(ctx, req)
	if err == nil {
		return resp, nil
	}
	if _, coded := err.(interface{ GRPCStatus() *status.Status }); coded {
		return nil, err
	}
	return nil, status.Error(code(err), err.Error())
}

func code(err error) codes.Code {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return codes.DeadlineExceeded
	case errors.Is(err, context.Canceled):
		return codes.Canceled
	case errors.Is(err, errNotFound):
		return codes.NotFound
	}
	return codes.Unknown
}

// notFoundOr makes an error of cause that has the text given.
func notFoundOr(cause error, format string, args ...any) error {
	return status.Errorf(code(cause), format, args...)
}

func errUnsupported(method string) error {
	return status.Errorf(codes.Unimplemented, "method %s not implemented: simulated containers cannot be checkpointed", method)
}

// Version tells name and version.
func (r *runtimeService) Version(context.Context, *runtimeapi.VersionRequest) (*runtimeapi.VersionResponse, error) {
	return &runtimeapi.VersionResponse{Version: kubeletAPI, RuntimeName: runtimeName, RuntimeVersion: runtimeVersion, RuntimeApiVersion: criVersion}, nil
}

// Status tells whether the node can run pods: its network is ready when the
// kubelet has told the range of its addresses.
func (r *runtimeService) Status(_ context.Context, req *runtimeapi.StatusRequest) (*runtimeapi.StatusResponse, error) {
	network := &runtimeapi.RuntimeCondition{Type: runtimeapi.NetworkReady, Status: true}
	if !r.node.addresses.known().IsValid() {
		network.Status, network.Reason = false, "NetworkPluginNotReady"
		network.Message = "Network plugin returns error: cni plugin not initialized"
	}
	resp := &runtimeapi.StatusResponse{
		Status:   &runtimeapi.RuntimeStatus{Conditions: []*runtimeapi.RuntimeCondition{{Type: runtimeapi.RuntimeReady, Status: true}, network}},
		Features: &runtimeapi.RuntimeFeatures{SupplementalGroupsPolicy: true, MountOptions: true},
	}
	for _, name := range handlers {
		resp.RuntimeHandlers = append(resp.RuntimeHandlers, &runtimeapi.RuntimeHandler{Name: name,
			Features: &runtimeapi.RuntimeHandlerFeatures{RecursiveReadOnlyMounts: true}})
	}
	if !req.GetVerbose() {
		return resp, nil
	}
	config, err := json.Marshal(map[string]any{"node": r.node.spec.Name, "rootDir": r.node.dir, "sandboxImage": pauseImage,
		"podCIDR": r.node.addresses.known().String(), "streamServer": r.streams.address()})
	resp.Info = map[string]string{"config": string(config), "golang": `"simulated"`}
	return resp, err
}

// RuntimeConfig tells how cgroups are driven: directly, since there are none.
func (r *runtimeService) RuntimeConfig(context.Context, *runtimeapi.RuntimeConfigRequest) (*runtimeapi.RuntimeConfigResponse, error) {
	return &runtimeapi.RuntimeConfigResponse{Linux: &runtimeapi.LinuxRuntimeConfiguration{CgroupDriver: runtimeapi.CgroupDriver_CGROUPFS}}, nil
}

// UpdateRuntimeConfig is how the kubelet hands over spec.podCIDR of its node.
func (r *runtimeService) UpdateRuntimeConfig(_ context.Context, req *runtimeapi.UpdateRuntimeConfigRequest) (*runtimeapi.UpdateRuntimeConfigResponse, error) {
	for text := range strings.SplitSeq(req.GetRuntimeConfig().GetNetworkConfig().GetPodCidr(), ",") {
		if text == "" {
			continue
		}
		cidr, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, status.Errorf(codes.InvalidArgument, "failed to parse pod CIDR %q: %v", text, err)
		}
		if cidr.Addr().Is4() { // the simulated network speaks IPv4
			if err := r.node.setPodCIDR(cidr); err != nil {
				return nil, status.Error(codes.Internal, err.Error())
			}
		}
	}
	return &runtimeapi.UpdateRuntimeConfigResponse{}, nil
}

// sandboxInfo is what crictl inspectp shows beside the status.
type sandboxInfo struct {
	PID            int                          `json:"pid"`
	Image          string                       `json:"image"`
	RuntimeHandler string                       `json:"runtimeHandler"`
	RuntimeType    string                       `json:"runtimeType"`
	Config         *runtimeapi.PodSandboxConfig `json:"config"`
}

func (s *sandbox) info() (map[string]string, error) {
	return verbose(sandboxInfo{PID: 1, Image: pauseImage, RuntimeHandler: s.handler, RuntimeType: runtimeType, Config: s.config})
}

// runtimeType names the simulation where containerd has io.containerd.runc.v2.
const runtimeType = "simulated"

// containerInfo is what crictl inspect shows beside the status. RuntimeSpec has
// the parts of an OCI specification that apply.
type containerInfo struct {
	SandboxID   string                      `json:"sandboxID"`
	PID         int                         `json:"pid"`
	Removing    bool                        `json:"removing"`
	SnapshotKey string                      `json:"snapshotKey"`
	RuntimeType string                      `json:"runtimeType"`
	Config      *runtimeapi.ContainerConfig `json:"config"`
	RuntimeSpec runtimeSpec                 `json:"runtimeSpec"`
}

type runtimeSpec struct {
	Hostname string      `json:"hostname"`
	Process  processSpec `json:"process"`
}

type processSpec struct {
	Terminal bool                           `json:"terminal"`
	User     *runtimeapi.LinuxContainerUser `json:"user"`
	Args     []string                       `json:"args"`
	Env      []string                       `json:"env"`
	Cwd      string                         `json:"cwd"`
}

func (c *container) info() (map[string]string, error) {
	c.mu.Lock()
	i := containerInfo{SandboxID: c.sandbox.id, Removing: c.phase == removing, SnapshotKey: c.id, RuntimeType: runtimeType, Config: c.config}
	if c.main != nil && c.run.State == runtimeapi.ContainerState_CONTAINER_RUNNING {
		i.PID = c.main.PID()
	}
	c.mu.Unlock()
	i.RuntimeSpec = runtimeSpec{c.sandbox.hostname(), processSpec{c.config.GetTty(), c.user, c.spec.Args, c.spec.Env, c.spec.Dir}}
	return verbose(i)
}

// verbose puts an object under the key that crictl prints as JSON.
func verbose(v any) (map[string]string, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("failed to marshal info: %w", err)
	}
	return map[string]string{"info": string(data)}, nil
}
