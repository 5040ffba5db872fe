package cri

import (
	"context"
	"errors"
	"fmt"
	"slices"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// RunPodSandbox makes a sandbox and its network.
func (r *runtimeService) RunPodSandbox(ctx context.Context, req *runtimeapi.RunPodSandboxRequest) (*runtimeapi.RunPodSandboxResponse, error) {
	config := req.GetConfig()
	if config.GetMetadata() == nil {
		return nil, errors.New("sandbox config must include metadata")
	}
	if !slices.Contains(handlers[:], req.GetRuntimeHandler()) {
		return nil, fmt.Errorf("unable to get OCI runtime for sandbox %q: no runtime for %q is configured",
			config.GetMetadata().GetName(), req.GetRuntimeHandler())
	}
	if sc := config.GetLinux().GetSecurityContext(); sc.GetRunAsGroup() != nil && sc.GetRunAsUser() == nil {
		return nil, errors.New("runAsGroup is set without runAsUser")
	}
	s, err := newSandbox(r.node, config, req.GetRuntimeHandler())
	if err != nil {
		return nil, err
	}
	r.node.sandboxes.add(s.id, s)
	if err := r.node.rt.barred.refuse(ctx, config.GetMetadata().GetUid(), s.remove); err != nil {
		return nil, err
	}
	r.node.notify(s, s.id, runtimeapi.ContainerEventType_CONTAINER_CREATED_EVENT)
	r.node.notify(s, s.id, runtimeapi.ContainerEventType_CONTAINER_STARTED_EVENT)
	return &runtimeapi.RunPodSandboxResponse{PodSandboxId: s.id}, nil
}

// StopPodSandbox kills what runs in a sandbox. One that is not there has
// stopped.
func (r *runtimeService) StopPodSandbox(ctx context.Context, req *runtimeapi.StopPodSandboxRequest) (*runtimeapi.StopPodSandboxResponse, error) {
	s, err := r.node.sandboxes.get(req.GetPodSandboxId())
	if errors.Is(err, errNotFound) {
		return &runtimeapi.StopPodSandboxResponse{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("an error occurred when try to find sandbox %q: %w", req.GetPodSandboxId(), err)
	}
	return &runtimeapi.StopPodSandboxResponse{}, s.stop(ctx)
}

// RemovePodSandbox forgets a sandbox with its containers.
func (r *runtimeService) RemovePodSandbox(ctx context.Context, req *runtimeapi.RemovePodSandboxRequest) (*runtimeapi.RemovePodSandboxResponse, error) {
	s, err := r.node.sandboxes.get(req.GetPodSandboxId())
	if errors.Is(err, errNotFound) {
		return &runtimeapi.RemovePodSandboxResponse{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("an error occurred when try to find sandbox %q: %w", req.GetPodSandboxId(), err)
	}
	return &runtimeapi.RemovePodSandboxResponse{}, s.remove(ctx)
}

// PodSandboxStatus tells the state of a sandbox. Timestamp and the containers'
// statuses are left out on purpose: with EventedPLEG and a timestamp, kubelet
// 1.37.1 takes the statuses from here, counts none of them as active, and runs
// finished init containers again and again (kuberuntime's GetPodStatus).
func (r *runtimeService) PodSandboxStatus(_ context.Context, req *runtimeapi.PodSandboxStatusRequest) (*runtimeapi.PodSandboxStatusResponse, error) {
	s, err := r.node.findSandbox(req.GetPodSandboxId())
	if err != nil {
		return nil, err
	}
	resp := &runtimeapi.PodSandboxStatusResponse{Status: s.status()}
	if req.GetVerbose() {
		resp.Info, err = s.info()
	}
	return resp, err
}

// ListPodSandbox lists the sandboxes that a filter leaves.
func (r *runtimeService) ListPodSandbox(_ context.Context, req *runtimeapi.ListPodSandboxRequest) (*runtimeapi.ListPodSandboxResponse, error) {
	return &runtimeapi.ListPodSandboxResponse{Items: r.node.listSandboxes(req.GetFilter())}, nil
}

// UpdatePodSandboxResources records what the pod as a whole may use; the limits
// that bite are the containers'.
func (r *runtimeService) UpdatePodSandboxResources(_ context.Context, req *runtimeapi.UpdatePodSandboxResourcesRequest) (*runtimeapi.UpdatePodSandboxResourcesResponse, error) {
	s, err := r.node.findSandbox(req.GetPodSandboxId())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if req.GetOverhead() != nil {
		s.overhead = req.GetOverhead()
	}
	if req.GetResources() != nil {
		s.resources = req.GetResources()
	}
	return &runtimeapi.UpdatePodSandboxResourcesResponse{}, nil
}

func (s *sandbox) status() *runtimeapi.PodSandboxStatus {
	s.mu.Lock()
	state := s.state
	s.mu.Unlock()
	network := &runtimeapi.PodSandboxNetworkStatus{}
	if s.ip.IsValid() && state == runtimeapi.PodSandboxState_SANDBOX_READY {
		network.Ip = s.ip.String()
	}
	return &runtimeapi.PodSandboxStatus{
		Id: s.id, Metadata: s.config.GetMetadata(), State: state, CreatedAt: s.created.UnixNano(), Network: network,
		// The kubelet makes a new sandbox when these are not what the pod asks for.
		Linux:  &runtimeapi.LinuxPodSandboxStatus{Namespaces: &runtimeapi.Namespace{Options: s.namespaces()}},
		Labels: s.config.GetLabels(), Annotations: s.config.GetAnnotations(), RuntimeHandler: s.handler,
	}
}

func (s *sandbox) item() *runtimeapi.PodSandbox {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &runtimeapi.PodSandbox{
		Id: s.id, Metadata: s.config.GetMetadata(), State: s.state, CreatedAt: s.created.UnixNano(),
		Labels: s.config.GetLabels(), Annotations: s.config.GetAnnotations(), RuntimeHandler: s.handler,
	}
}

func (n *node) listSandboxes(f *runtimeapi.PodSandboxFilter) []*runtimeapi.PodSandbox {
	var list []*runtimeapi.PodSandbox
	for _, s := range candidates(n.sandboxes, f.GetId()) {
		item := s.item()
		if f.GetState() != nil && f.GetState().GetState() != item.State || !matches(item.Labels, f.GetLabelSelector()) {
			continue
		}
		list = append(list, item)
	}
	return list
}

// candidates are the things that an id in a filter leaves: all without one.
func candidates[T any](x *index[T], id string) []T {
	if id == "" {
		return x.all()
	}
	if v, err := x.get(id); err == nil {
		return []T{v}
	}
	return nil
}

// matches says whether labels have all that a selector asks for.
func matches(labels, selector map[string]string) bool {
	for k, want := range selector {
		if got, ok := labels[k]; !ok || got != want {
			return false
		}
	}
	return true
}
