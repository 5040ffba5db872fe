package cri

import (
	"context"
	"fmt"
	"sync"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"kubetutor/internal/engine/kernel"
)

// minSample is the shortest span over which a rate of CPU use is worked out; who
// asks sooner again gets the last one.
const minSample = 500 * time.Millisecond

// meter turns a growing counter of core time into a rate.
type meter struct {
	mu   sync.Mutex
	at   time.Time
	used time.Duration
	rate int64
}

// nanocores is the use since the last sample in billionths of a core; 0 the
// first time.
func (m *meter) nanocores(now time.Time, used time.Duration) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	span := now.Sub(m.at)
	switch {
	case m.at.IsZero():
		m.at, m.used = now, used
	case span >= minSample:
		m.rate = int64(float64(used-m.used) / float64(span) * 1e9)
		m.at, m.used = now, used
	}
	return m.rate
}

// usage is what the container uses, nothing once it has exited.
func (c *container) usage() kernel.Usage {
	if c.inner == nil || !c.running() {
		return kernel.Usage{}
	}
	return c.inner.Usage()
}

func (c *container) attributes() *runtimeapi.ContainerAttributes {
	return &runtimeapi.ContainerAttributes{Id: c.id, Metadata: c.config.GetMetadata(), Labels: c.config.GetLabels(), Annotations: c.config.GetAnnotations()}
}

func (c *container) stats() *runtimeapi.ContainerStats {
	now, u := c.node.now(), c.usage()
	return &runtimeapi.ContainerStats{
		Attributes:    c.attributes(),
		Cpu:           cpuUsage(now, u.CPU, c.meter.nanocores(now, u.CPU)),
		Memory:        memoryUsage(now, u.Memory, limits(c.now().Resources).Memory),
		WritableLayer: c.node.filesystem(u.Disk, u.Inodes),
		Swap:          &runtimeapi.SwapUsage{Timestamp: now.UnixNano(), SwapAvailableBytes: value(0), SwapUsageBytes: value(0)},
	}
}

func cpuUsage(now time.Time, used time.Duration, rate int64) *runtimeapi.CpuUsage {
	return &runtimeapi.CpuUsage{Timestamp: now.UnixNano(), UsageCoreNanoSeconds: value(used.Nanoseconds()), UsageNanoCores: value(rate)}
}

func memoryUsage(now time.Time, used, limit int64) *runtimeapi.MemoryUsage {
	m := &runtimeapi.MemoryUsage{Timestamp: now.UnixNano(), WorkingSetBytes: value(used), UsageBytes: value(used), RssBytes: value(used),
		AvailableBytes: value(0), PageFaults: value(0), MajorPageFaults: value(0)}
	if limit > 0 {
		m.AvailableBytes = value(limit - used)
	}
	return m
}

// ContainerStats tells what a container uses.
func (r *runtimeService) ContainerStats(_ context.Context, req *runtimeapi.ContainerStatsRequest) (*runtimeapi.ContainerStatsResponse, error) {
	c, err := r.node.findContainer(req.GetContainerId())
	if err != nil {
		return nil, fmt.Errorf("failed to find container: %w", err)
	}
	return &runtimeapi.ContainerStatsResponse{Stats: c.stats()}, nil
}

// ListContainerStats tells what the running containers use.
func (r *runtimeService) ListContainerStats(_ context.Context, req *runtimeapi.ListContainerStatsRequest) (*runtimeapi.ListContainerStatsResponse, error) {
	return &runtimeapi.ListContainerStatsResponse{Stats: r.node.listStats(req.GetFilter())}, nil
}

func (n *node) listStats(f *runtimeapi.ContainerStatsFilter) []*runtimeapi.ContainerStats {
	var list []*runtimeapi.ContainerStats
	for _, c := range n.containersOf(f.GetId(), f.GetPodSandboxId(), f.GetLabelSelector()) {
		if c.running() {
			list = append(list, c.stats())
		}
	}
	return list
}

// PodSandboxStats tells what a pod uses.
func (r *runtimeService) PodSandboxStats(_ context.Context, req *runtimeapi.PodSandboxStatsRequest) (*runtimeapi.PodSandboxStatsResponse, error) {
	s, err := r.node.findSandbox(req.GetPodSandboxId())
	if err != nil {
		return nil, err
	}
	return &runtimeapi.PodSandboxStatsResponse{Stats: s.stats()}, nil
}

// ListPodSandboxStats tells what the pods that are ready use.
func (r *runtimeService) ListPodSandboxStats(_ context.Context, req *runtimeapi.ListPodSandboxStatsRequest) (*runtimeapi.ListPodSandboxStatsResponse, error) {
	return &runtimeapi.ListPodSandboxStatsResponse{Stats: r.node.listSandboxStats(req.GetFilter())}, nil
}

func (n *node) listSandboxStats(f *runtimeapi.PodSandboxStatsFilter) []*runtimeapi.PodSandboxStats {
	var list []*runtimeapi.PodSandboxStats
	for _, s := range candidates(n.sandboxes, f.GetId()) {
		if s.ready() && matches(s.config.GetLabels(), f.GetLabelSelector()) {
			list = append(list, s.stats())
		}
	}
	return list
}

// stats sums up the pod's containers.
func (s *sandbox) stats() *runtimeapi.PodSandboxStats {
	now := s.node.now()
	var sum kernel.Usage
	linux := &runtimeapi.LinuxPodSandboxStats{}
	for _, c := range s.list() {
		if !c.running() {
			continue
		}
		u := c.usage()
		sum.CPU, sum.Memory, sum.PIDs = sum.CPU+u.CPU, sum.Memory+u.Memory, sum.PIDs+u.PIDs
		linux.Containers = append(linux.Containers, c.stats())
	}
	linux.Cpu = cpuUsage(now, sum.CPU, s.meter.nanocores(now, sum.CPU))
	linux.Memory = memoryUsage(now, sum.Memory, s.memoryLimit())
	linux.Process = &runtimeapi.ProcessUsage{Timestamp: now.UnixNano(), ProcessCount: value(int64(sum.PIDs))}
	return &runtimeapi.PodSandboxStats{Linux: linux, Attributes: &runtimeapi.PodSandboxAttributes{
		Id: s.id, Metadata: s.config.GetMetadata(), Labels: s.config.GetLabels(), Annotations: s.config.GetAnnotations()}}
}

func (s *sandbox) memoryLimit() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return limits(s.resources).Memory
}
