package cri

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// StartContainer runs a created container.
func (r *runtimeService) StartContainer(_ context.Context, req *runtimeapi.StartContainerRequest) (*runtimeapi.StartContainerResponse, error) {
	c, err := r.node.findContainer(req.GetContainerId())
	if err != nil {
		return nil, err
	}
	return &runtimeapi.StartContainerResponse{}, c.start()
}

// StopContainer ends a container. One that is not there has ended.
func (r *runtimeService) StopContainer(ctx context.Context, req *runtimeapi.StopContainerRequest) (*runtimeapi.StopContainerResponse, error) {
	c, err := r.node.containers.get(req.GetContainerId())
	if errors.Is(err, errNotFound) {
		return &runtimeapi.StopContainerResponse{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("an error occurred when try to find container %q: %w", req.GetContainerId(), err)
	}
	return &runtimeapi.StopContainerResponse{}, c.stop(ctx, time.Duration(req.GetTimeout())*time.Second)
}

// RemoveContainer kills and forgets a container.
func (r *runtimeService) RemoveContainer(ctx context.Context, req *runtimeapi.RemoveContainerRequest) (*runtimeapi.RemoveContainerResponse, error) {
	c, err := r.node.containers.get(req.GetContainerId())
	if errors.Is(err, errNotFound) {
		return &runtimeapi.RemoveContainerResponse{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("an error occurred when try to find container %q: %w", req.GetContainerId(), err)
	}
	return &runtimeapi.RemoveContainerResponse{}, c.remove(ctx)
}

// ListContainers lists the containers that a filter leaves.
func (r *runtimeService) ListContainers(_ context.Context, req *runtimeapi.ListContainersRequest) (*runtimeapi.ListContainersResponse, error) {
	return &runtimeapi.ListContainersResponse{Containers: r.node.listContainers(req.GetFilter())}, nil
}

// ContainerStatus tells the state of a container.
func (r *runtimeService) ContainerStatus(_ context.Context, req *runtimeapi.ContainerStatusRequest) (*runtimeapi.ContainerStatusResponse, error) {
	c, err := r.node.findContainer(req.GetContainerId())
	if err != nil {
		return nil, err
	}
	resp := &runtimeapi.ContainerStatusResponse{Status: c.status()}
	if req.GetVerbose() {
		resp.Info, err = c.info()
	}
	return resp, err
}

// UpdateContainerResources changes the limits of a container that has not
// exited.
func (r *runtimeService) UpdateContainerResources(_ context.Context, req *runtimeapi.UpdateContainerResourcesRequest) (*runtimeapi.UpdateContainerResourcesResponse, error) {
	c, err := r.node.findContainer(req.GetContainerId())
	if err != nil {
		return nil, err
	}
	if err := c.update(req.GetLinux()); err != nil {
		return nil, fmt.Errorf("failed to update resources: %w", err)
	}
	return &runtimeapi.UpdateContainerResourcesResponse{}, nil
}

func (c *container) update(change *runtimeapi.LinuxContainerResources) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.phase == removing || c.run.State == runtimeapi.ContainerState_CONTAINER_EXITED {
		return fmt.Errorf("container %q is in removing state", c.id)
	}
	c.run.Resources = merged(c.run.Resources, change)
	if c.inner != nil {
		c.inner.Update(limits(c.run.Resources))
	}
	return nil
}

// ReopenContainerLog goes on in a new file after the kubelet renamed the old.
func (r *runtimeService) ReopenContainerLog(_ context.Context, req *runtimeapi.ReopenContainerLogRequest) (*runtimeapi.ReopenContainerLogResponse, error) {
	c, err := r.node.findContainer(req.GetContainerId())
	if err != nil {
		return nil, err
	}
	if !c.running() {
		return nil, errors.New("container is not running")
	}
	c.mu.Lock()
	log := c.log
	c.mu.Unlock()
	return &runtimeapi.ReopenContainerLogResponse{}, log.Reopen()
}

// CheckpointContainer is refused: a goroutine cannot be written to a file.
func (r *runtimeService) CheckpointContainer(context.Context, *runtimeapi.CheckpointContainerRequest) (*runtimeapi.CheckpointContainerResponse, error) {
	return nil, errUnsupported("CheckpointContainer")
}

func (c *container) status() *runtimeapi.ContainerStatus {
	now := c.now()
	name, ref := c.node.images.names(c.imageID)
	s := &runtimeapi.ContainerStatus{
		Id: c.id, Metadata: c.config.GetMetadata(), State: now.State, CreatedAt: c.created.UnixNano(),
		ExitCode: now.ExitCode, Reason: now.Reason, Message: now.Message,
		Image:    &runtimeapi.ImageSpec{Image: either(name, c.config.GetImage().GetImage())},
		ImageRef: either(ref, c.imageID), ImageId: c.imageID,
		Labels: c.config.GetLabels(), Annotations: c.config.GetAnnotations(), Mounts: c.config.GetMounts(), LogPath: c.logPath,
		Resources:  &runtimeapi.ContainerResources{Linux: now.Resources},
		User:       &runtimeapi.ContainerUser{Linux: c.user},
		StopSignal: criSignal(c.signal),
	}
	if !now.Started.IsZero() {
		s.StartedAt = now.Started.UnixNano()
	}
	if !now.Finished.IsZero() {
		s.FinishedAt = now.Finished.UnixNano()
	}
	return s
}

// item is the container in a list. Unlike in the status, the image is as the
// kubelet named it, which makes it the image's id.
func (c *container) item() *runtimeapi.Container {
	return &runtimeapi.Container{
		Id: c.id, PodSandboxId: c.sandbox.id, Metadata: c.config.GetMetadata(), Image: c.config.GetImage(), ImageRef: c.imageID, ImageId: c.imageID,
		State: c.now().State, CreatedAt: c.created.UnixNano(), Labels: c.config.GetLabels(), Annotations: c.config.GetAnnotations(),
	}
}

func (n *node) listContainers(f *runtimeapi.ContainerFilter) []*runtimeapi.Container {
	var list []*runtimeapi.Container
	for _, c := range n.containersOf(f.GetId(), f.GetPodSandboxId(), f.GetLabelSelector()) {
		item := c.item()
		if f.GetState() == nil || f.GetState().GetState() == item.State {
			list = append(list, item)
		}
	}
	return list
}

// containersOf are those that a filter's id, sandbox and labels leave; empty
// ones leave all.
func (n *node) containersOf(id, sandboxID string, selector map[string]string) []*container {
	all := candidates(n.containers, id)
	if id == "" && sandboxID != "" { // a pod's few are asked for much more often than a node's many
		all = nil
		if s, err := n.sandboxes.get(sandboxID); err == nil {
			all = s.list()
		}
	}
	var list []*container
	for _, c := range all {
		if sandboxID != "" && !strings.HasPrefix(c.sandbox.id, sandboxID) || !matches(c.config.GetLabels(), selector) {
			continue
		}
		list = append(list, c)
	}
	return list
}
