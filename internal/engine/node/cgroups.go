package node

import (
	"context"
	"fmt"
	"sync"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"
	internalapi "k8s.io/cri-api/pkg/apis"
	"k8s.io/klog/v2"
	apiconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/kubelet/cm"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/config"
	"k8s.io/kubernetes/pkg/kubelet/status"

	"kubetutor/internal/engine/node/config"
)

// containers is the container manager: upstream's for tests, which has neither
// cgroups nor devices, with the resources of the node, and with pods' cgroups
// that exist in memory, so that the kubelet can resize them.
type containers struct {
	cm.ContainerManager
	capacity v1.ResourceList // of what is no part of cadvisor's figures
	devices  v1.ResourceList // extended resources
	reserved v1.ResourceList
	pods     *podCgroups
}

// Of a node's disk and memory, what upstream's eviction thresholds keep free is
// no pod's to ask for.
const (
	evictionMemory  = 100 << 20
	evictionDiskPer = 10
)

func newContainers(c config.Config) (*containers, error) {
	devices := v1.ResourceList{}
	for name, amount := range c.Extended {
		q, err := resource.ParseQuantity(amount)
		if err != nil {
			return nil, fmt.Errorf("reading the extended resource %s: %w", name, err)
		}
		devices[v1.ResourceName(name)] = q
	}
	return &containers{
		ContainerManager: cm.NewStubContainerManager(),
		capacity:         v1.ResourceList{v1.ResourceEphemeralStorage: *resource.NewQuantity(c.Disk, resource.BinarySI)},
		devices:          devices,
		reserved:         reservation(c),
		pods:             newPodCgroups(),
	}, nil
}

// reservation is the difference between capacity and allocatable.
func reservation(c config.Config) v1.ResourceList {
	kept := v1.ResourceList{v1.ResourceEphemeralStorage: *resource.NewQuantity(c.Disk/100*evictionDiskPer, resource.BinarySI)}
	for name, amount := range reserved() {
		kept[v1.ResourceName(name)] = resource.MustParse(amount)
	}
	memory := kept[v1.ResourceMemory]
	memory.Add(*resource.NewQuantity(evictionMemory, resource.BinarySI))
	kept[v1.ResourceMemory] = memory
	return kept
}

// GetCapacity implements cm.ContainerManager.
func (m *containers) GetCapacity(klog.Logger, bool) v1.ResourceList { return m.capacity }

// GetNodeAllocatableReservation implements cm.ContainerManager.
func (m *containers) GetNodeAllocatableReservation() v1.ResourceList { return m.reserved }

// GetDevicePluginResourceCapacity implements cm.ContainerManager: the extended
// resources are as if a device plugin had announced them.
func (m *containers) GetDevicePluginResourceCapacity(klog.Logger) (capacity, allocatable v1.ResourceList, gone []string) {
	return m.devices, m.devices, nil
}

// GetPodCgroupRoot implements cm.ContainerManager.
func (*containers) GetPodCgroupRoot() string { return podsRoot }

// GetNodeConfig implements cm.ContainerManager. Cgroups are of version 2.
func (m *containers) GetNodeConfig() cm.NodeConfig {
	c := m.ContainerManager.GetNodeConfig()
	c.CgroupVersion = 2
	return c
}

// NewPodContainerManager implements cm.ContainerManager.
func (m *containers) NewPodContainerManager() cm.PodContainerManager { return m.pods }

// Start implements cm.ContainerManager.
func (m *containers) Start(ctx context.Context, node *v1.Node, active cm.ActivePodsFunc, get cm.GetNodeFunc, ready kubeletconfig.SourcesReady, statuses status.PodStatusProvider, runtime internalapi.RuntimeService, isolation bool) error {
	m.pods.watch(active)
	return m.ContainerManager.Start(ctx, node, active, get, ready, statuses, runtime, isolation)
}

// podCgroups are the cgroups of pods: what was written into them can be read.
type podCgroups struct {
	cm.PodContainerManager
	mu      sync.Mutex
	active  cm.ActivePodsFunc
	configs map[types.UID]*cm.ResourceConfig
}

func newPodCgroups() *podCgroups {
	return &podCgroups{
		PodContainerManager: cm.NewStubContainerManager().NewPodContainerManager(),
		active:              func() []*v1.Pod { return nil },
		configs:             map[types.UID]*cm.ResourceConfig{},
	}
}

// watch tells which pods there are.
func (p *podCgroups) watch(active cm.ActivePodsFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.active = active
}

// cfsPeriod is upstream's cpuCFSQuotaPeriod, in microseconds.
const cfsPeriod = 100_000

// unlimited is what a cgroup without a limit shows.
const unlimited = -1

// Exists implements cm.PodContainerManager. It is the first that a pod's sync
// asks for: that makes the cgroup. A kubelet that finds running pods without one
// would kill them.
func (p *podCgroups) Exists(pod *v1.Pod) bool {
	p.mu.Lock()
	_, known := p.configs[pod.UID]
	active := p.active
	p.mu.Unlock()
	if !known {
		p.add(pod, active()) // which locks much of the kubelet
	}
	return true
}

// add makes a pod's cgroup, and removes those of pods that are gone.
func (p *podCgroups) add(pod *v1.Pod, active []*v1.Pod) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := map[types.UID]*cm.ResourceConfig{pod.UID: p.config(pod)}
	for _, other := range active {
		if c, ok := p.configs[other.UID]; ok {
			kept[other.UID] = c
		}
	}
	p.configs = kept
}

// GetPodCgroupConfig implements cm.PodContainerManager.
func (p *podCgroups) GetPodCgroupConfig(pod *v1.Pod, name v1.ResourceName) (*cm.ResourceConfig, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.config(pod)
	switch name {
	case v1.ResourceCPU:
		return &cm.ResourceConfig{CPUQuota: c.CPUQuota, CPUPeriod: c.CPUPeriod, CPUShares: c.CPUShares}, nil
	case v1.ResourceMemory:
		return &cm.ResourceConfig{Memory: c.Memory}, nil
	default:
		return nil, fmt.Errorf("reading the cgroup of pod %s: no resource %q", pod.Name, name)
	}
}

// SetPodCgroupConfig implements cm.PodContainerManager.
func (p *podCgroups) SetPodCgroupConfig(_ klog.Logger, pod *v1.Pod, change *cm.ResourceConfig) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := *p.config(pod)
	if change.Memory != nil {
		c.Memory = change.Memory
	}
	if change.CPUQuota != nil {
		c.CPUQuota, c.CPUPeriod = change.CPUQuota, change.CPUPeriod
	}
	if change.CPUShares != nil {
		c.CPUShares = change.CPUShares
	}
	p.configs[pod.UID] = &c
	return nil
}

// config is a pod's cgroup, as it is or as it would be made.
func (p *podCgroups) config(pod *v1.Pod) *cm.ResourceConfig {
	if c, ok := p.configs[pod.UID]; ok {
		return c
	}
	return initialCgroup(pod)
}

// initialCgroup sets every field that the kubelet reads.
func initialCgroup(pod *v1.Pod) *cm.ResourceConfig {
	c := cm.ResourceConfigForPod(pod, true, cfsPeriod, false, apiconfig.NoneMemoryReservationPolicy)
	if c == nil { // upstream knows no cgroups on this system
		c = &cm.ResourceConfig{}
	}
	c.Memory = either(c.Memory, int64(unlimited))
	c.CPUQuota = either(c.CPUQuota, int64(unlimited))
	c.CPUPeriod = either(c.CPUPeriod, uint64(cfsPeriod))
	c.CPUShares = either(c.CPUShares, uint64(cm.MinShares))
	return c
}

// either is what p points to, or value.
func either[T any](p *T, value T) *T {
	if p != nil {
		return p
	}
	return &value
}
