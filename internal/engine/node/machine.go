package node

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	cadvisorapi "github.com/google/cadvisor/lib/model"
	"k8s.io/klog/v2"

	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/engine/node/config"
)

// What a machine uses before it runs any pod: its system, the kubelet and the
// runtime. Figures of an idle worker of a small cluster.
const (
	systemMemory = 310 << 20 // bytes
	systemDisk   = 3 << 30   // bytes
	systemPIDs   = 140
	systemCPU    = 28e6 // billionths of a core
)

const (
	device   = "/dev/vda1"
	inodes   = 1 << 22
	podsRoot = "/kubepods" // the cgroup of all pods
)

// usageAge is how old a figure may be; a full look at a node asks several times.
const usageAge = 500 * time.Millisecond

// machine is the node's hardware, in the place of cadvisor.
type machine struct {
	config config.Config
	bootID string
	booted time.Time
	usage  func(context.Context) (control.Usage, error)

	mu   sync.Mutex
	last control.Usage
	at   time.Time
	cpu  uint64 // nanoseconds of CPU time since the start
}

func newMachine(c config.Config, runtime *control.Client, boot boot) *machine {
	return &machine{
		config: c, bootID: boot.id, booted: boot.at,
		usage: func(ctx context.Context) (control.Usage, error) { return runtime.Usage(ctx, c.Name) },
	}
}

// used is what the node uses, its system included. When the runtime does not
// answer, the last figures stand: a kubelet survives its runtime.
func (m *machine) used() (control.Usage, uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := time.Now(); now.Sub(m.at) > usageAge {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if u, err := m.usage(ctx); err == nil {
			m.note(u, now)
		}
	}
	return m.last, m.cpu
}

// note takes new figures in, and adds up the CPU time since the last ones.
func (m *machine) note(u control.Usage, now time.Time) {
	u.Memory += systemMemory
	u.Disk += systemDisk
	u.PIDs += systemPIDs
	u.CPU += systemCPU
	if !m.at.IsZero() {
		m.cpu += uint64(float64(u.CPU) * now.Sub(m.at).Seconds())
	}
	m.last, m.at = u, now
}

// Start implements cadvisor.Interface.
func (*machine) Start() error { return nil }

// MachineInfo implements cadvisor.Interface.
func (m *machine) MachineInfo(klog.Logger) (*cadvisorapi.MachineInfo, error) {
	id := fmt.Sprintf("%x", sha256.Sum256([]byte(m.config.Root)))
	info := &cadvisorapi.MachineInfo{
		NumCores: m.config.CPUs, NumPhysicalCores: m.config.CPUs, NumSockets: 1,
		MemoryCapacity: uint64(m.config.Memory),
		MachineID:      id[:32],
		SystemUUID:     uuid(id[32:]),
		BootID:         m.bootID,
		Topology:       []cadvisorapi.Node{{Memory: uint64(m.config.Memory)}},
	}
	for i := range m.config.CPUs {
		info.Topology[0].Cores = append(info.Topology[0].Cores, cadvisorapi.Core{Id: i, Threads: []int{i}})
	}
	return info, nil
}

// uuid writes 32 hexadecimal digits as one does a UUID.
func uuid(hex string) string {
	return hex[:8] + "-" + hex[8:12] + "-" + hex[12:16] + "-" + hex[16:20] + "-" + hex[20:32]
}

// VersionInfo implements cadvisor.Interface.
func (m *machine) VersionInfo() (*cadvisorapi.VersionInfo, error) {
	return &cadvisorapi.VersionInfo{KernelVersion: m.config.KernelVersion, ContainerOsVersion: m.config.OSImage}, nil
}

// ContainerInfoV2 implements cadvisor.Interface. It knows two cgroups: the
// machine's and that of all pods.
func (m *machine) ContainerInfoV2(name string, _ cadvisorapi.RequestOptions) (map[string]cadvisorapi.ContainerInfo, error) {
	used, cpu := m.used()
	switch name {
	case "/":
	case podsRoot:
		used.Memory -= systemMemory
		used.CPU -= systemCPU
	default:
		return nil, fmt.Errorf("there is no cgroup %s", name)
	}
	return map[string]cadvisorapi.ContainerInfo{name: m.cgroup(name, used, cpu)}, nil
}

func (m *machine) cgroup(name string, used control.Usage, cpu uint64) cadvisorapi.ContainerInfo {
	memory := min(uint64(max(used.Memory, 0)), uint64(m.config.Memory))
	return cadvisorapi.ContainerInfo{
		ContainerReference: cadvisorapi.ContainerReference{Name: name},
		Spec: cadvisorapi.ContainerSpec{
			CreationTime: m.booted,
			HasCpu:       true,
			HasMemory:    true,
			Memory:       cadvisorapi.MemorySpec{Limit: uint64(m.config.Memory)},
		},
		Stats: []*cadvisorapi.ContainerStats{{
			Timestamp: time.Now(),
			Cpu:       &cadvisorapi.CpuStats{Usage: cadvisorapi.CpuUsage{Total: cpu, User: cpu}},
			CpuInst:   &cadvisorapi.CpuInstStats{Usage: cadvisorapi.CpuInstUsage{Total: uint64(used.CPU)}},
			Memory:    &cadvisorapi.MemoryStats{Usage: memory, WorkingSet: memory, RSS: memory},
			Processes: &cadvisorapi.ProcessStats{ProcessCount: uint64(used.PIDs)},
		}},
	}
}

// GetRequestedContainersInfo implements cadvisor.Interface; the old API below
// /stats that asked for it is gone.
func (*machine) GetRequestedContainersInfo(string, cadvisorapi.RequestOptions) (map[string]*cadvisorapi.ContainerInfo, error) {
	return map[string]*cadvisorapi.ContainerInfo{}, nil
}

// disk is the node's only file system.
func (m *machine) disk() cadvisorapi.FsInfo {
	used, _ := m.used()
	total, free := uint64(inodes), uint64(inodes-inodes/20)
	usage := min(uint64(max(used.Disk, 0)), uint64(m.config.Disk))
	return cadvisorapi.FsInfo{
		Timestamp: time.Now(), Device: device, Mountpoint: "/",
		Capacity: uint64(m.config.Disk), Usage: usage, Available: uint64(m.config.Disk) - usage,
		Inodes: &total, InodesFree: &free,
	}
}

// ImagesFsInfo implements cadvisor.Interface.
func (m *machine) ImagesFsInfo(context.Context) (cadvisorapi.FsInfo, error) { return m.disk(), nil }

// ContainerFsInfo implements cadvisor.Interface.
func (m *machine) ContainerFsInfo(context.Context) (cadvisorapi.FsInfo, error) { return m.disk(), nil }

// RootFsInfo implements cadvisor.Interface.
func (m *machine) RootFsInfo() (cadvisorapi.FsInfo, error) { return m.disk(), nil }

// GetDirFsInfo implements cadvisor.Interface.
func (m *machine) GetDirFsInfo(string) (cadvisorapi.FsInfo, error) { return m.disk(), nil }
