package node

import (
	"context"
	"errors"
	"testing"
	"time"

	cadvisorapi "github.com/google/cadvisor/lib/model"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/kubelet/cm"

	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/engine/node/config"
)

func hardware(usage func(context.Context) (control.Usage, error)) *machine {
	return &machine{config: config.Config{Name: "node1", Root: "/r", CPUs: 3, Memory: 8 << 30, Disk: 64 << 30}, usage: usage}
}

func TestMachineInfo(t *testing.T) {
	t.Parallel()
	m := hardware(nil)
	m.bootID = "b"
	info, err := m.MachineInfo(klog.Background())
	if err != nil || info.NumCores != 3 || len(info.Topology[0].Cores) != 3 || info.MemoryCapacity != 8<<30 || info.BootID != "b" {
		t.Errorf("the machine is %+v, %v", info, err)
	}
	if len(info.MachineID) != 32 || len(info.SystemUUID) != 36 {
		t.Errorf("its ids are %q and %q", info.MachineID, info.SystemUUID)
	}
}

// TestUsage: what the runtime says and what the system needs are summed, CPU time
// grows, and a runtime that does not answer changes nothing.
func TestUsage(t *testing.T) {
	t.Parallel()
	fail := errors.New("gone")
	var err error
	m := hardware(func(context.Context) (control.Usage, error) {
		return control.Usage{Memory: 1 << 30, Disk: 60 << 30, PIDs: 10, CPU: 2e9}, err
	})
	used, cpu := m.used()
	if used.Memory != 1<<30+systemMemory || used.PIDs != 10+systemPIDs || cpu != 0 {
		t.Errorf("used: %+v, %d", used, cpu)
	}
	m.at = m.at.Add(-time.Second)
	if _, cpu = m.used(); cpu < 1.9e9 || cpu > 4e9 {
		t.Errorf("two cores used %d ns in a second", cpu)
	}
	err = fail
	m.at = m.at.Add(-time.Second)
	if again, _ := m.used(); again != used {
		t.Errorf("without the runtime: %+v, before %+v", again, used)
	}
	if disk := m.disk(); disk.Available != 1<<30 || disk.Usage != 63<<30 || disk.Capacity != 64<<30 {
		t.Errorf("the disk is %+v", disk)
	}
	root, err2 := m.ContainerInfoV2("/", cadvisorapi.RequestOptions{})
	pods, err3 := m.ContainerInfoV2(podsRoot, cadvisorapi.RequestOptions{})
	if err2 != nil || err3 != nil || root["/"].Stats[0].Memory.WorkingSet != 1<<30+systemMemory || pods[podsRoot].Stats[0].Memory.WorkingSet != 1<<30 {
		t.Errorf("the cgroups are %+v, %+v, %v, %v", root, pods, err2, err3)
	}
	if _, err := m.ContainerInfoV2("/other", cadvisorapi.RequestOptions{}); err == nil {
		t.Error("there is a cgroup /other")
	}
}

// TestUsageHasBounds: pressure beyond the node's size is the whole node.
func TestUsageHasBounds(t *testing.T) {
	t.Parallel()
	m := hardware(func(context.Context) (control.Usage, error) {
		return control.Usage{Memory: 1 << 40, Disk: 1 << 50}, nil
	})
	if disk := m.disk(); disk.Available != 0 || disk.Usage != disk.Capacity {
		t.Errorf("the disk is %+v", disk)
	}
	root, err := m.ContainerInfoV2("/", cadvisorapi.RequestOptions{})
	if err != nil || root["/"].Stats[0].Memory.WorkingSet != 8<<30 {
		t.Errorf("the memory is %+v, %v", root, err)
	}
}

func TestResourcesOfTheNode(t *testing.T) {
	t.Parallel()
	m, err := newContainers(config.Config{CPUs: 2, Memory: 8 << 30, Disk: 100 << 30, Extended: map[string]string{"example.com/gpu": "2"}})
	if err != nil {
		t.Fatal(err)
	}
	capacity, allocatable, gone := m.GetDevicePluginResourceCapacity(klog.Background())
	gpu := capacity["example.com/gpu"]
	if gpu.Value() != 2 || len(allocatable) != 1 || len(gone) != 0 || m.ShouldResetExtendedResourceCapacity() {
		t.Errorf("extended resources: %v, %v, %v", capacity, allocatable, gone)
	}
	kept := m.GetNodeAllocatableReservation()
	if kept.Memory().Value() != 356<<20 || kept.Cpu().MilliValue() != 100 || kept.StorageEphemeral().Value() != 10<<30 {
		t.Errorf("reserved: %v", kept)
	}
}

func podWith(uid types.UID, cpu, memory string) *v1.Pod {
	limits := v1.ResourceList{v1.ResourceCPU: resource.MustParse(cpu), v1.ResourceMemory: resource.MustParse(memory)}
	return &v1.Pod{Spec: v1.PodSpec{Containers: []v1.Container{{Resources: v1.ResourceRequirements{Limits: limits, Requests: limits}}}},
		ObjectMeta: metaWith(uid)}
}

// TestPodCgroups: a resize finds the limits that the pod had, and changes them.
func TestPodCgroups(t *testing.T) {
	t.Parallel()
	p := newPodCgroups()
	small, big := podWith("1", "500m", "64Mi"), podWith("1", "1", "128Mi")
	p.watch(func() []*v1.Pod { return []*v1.Pod{small} })
	if !p.Exists(small) {
		t.Error("the kubelet would kill the pod")
	}
	memory := func(pod *v1.Pod) int64 {
		c, err := p.GetPodCgroupConfig(pod, v1.ResourceMemory)
		if err != nil {
			t.Fatal(err)
		}
		return *c.Memory
	}
	if got := memory(big); got != 64<<20 {
		t.Errorf("before the resize the limit is %d", got)
	}
	wanted := int64(128 << 20)
	if err := p.SetPodCgroupConfig(klog.Background(), big, &cm.ResourceConfig{Memory: &wanted}); err != nil {
		t.Fatal(err)
	}
	cpu, err := p.GetPodCgroupConfig(big, v1.ResourceCPU)
	if memory(big) != wanted || err != nil || *cpu.CPUQuota != 50_000 || *cpu.CPUPeriod != 100_000 || *cpu.CPUShares != 512 {
		t.Errorf("afterwards: %d, %+v, %v", memory(big), cpu, err)
	}
	if c, err := p.GetPodCgroupConfig(&v1.Pod{ObjectMeta: metaWith("2")}, v1.ResourceMemory); err != nil || *c.Memory != unlimited {
		t.Errorf("a pod without limits: %+v, %v", c, err)
	}
	if _, err := p.GetPodCgroupConfig(big, "example.com/gpu"); err == nil {
		t.Error("a cgroup of GPUs")
	}
	p.watch(func() []*v1.Pod { return nil })
	p.Exists(podWith("3", "1", "1Mi"))
	if len(p.configs) != 1 {
		t.Errorf("cgroups of pods that are gone stay: %v", p.configs)
	}
}

func metaWith(uid types.UID) metav1.ObjectMeta { return metav1.ObjectMeta{UID: uid} }
