package cri

import (
	"maps"
	"math"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"kubetutor/internal/engine/kernel"
)

// limits translates a cgroup's settings. Swap has no part in the simulation, and
// is kept for the status only; CPU shares are shown to the container too.
func limits(r *runtimeapi.LinuxContainerResources) kernel.Limits {
	return kernel.Limits{
		Memory:      max(r.GetMemoryLimitInBytes(), 0),
		CPU:         millicores(r.GetCpuQuota(), r.GetCpuPeriod()),
		CPUWeight:   weight(r.GetCpuShares()),
		OOMScoreAdj: int(r.GetOomScoreAdj()),
	}
}

// weight is the CPU weight of cgroup v2 that corresponds to CPU shares of
// cgroup v1, 2 to 262144; no shares are no weight. The curve is that of the OCI
// runtimes: it meets both ends and the defaults, 1024 shares and weight 100.
// Source: opencontainers/cgroups, ConvertCPUSharesToCgroupV2Value.
func weight(shares int64) int {
	switch {
	case shares <= 0:
		return 0
	case shares <= 2:
		return 1
	case shares >= 262144:
		return 10000
	}
	l := math.Log2(float64(shares))
	return int(math.Ceil(math.Pow(10, (l*l+125*l)/612-7.0/34)))
}

// defaultPeriod is the kernel's, in microseconds.
const defaultPeriod = 100_000

// millicores is what a CFS quota amounts to; no quota, or a negative one, is no
// limit.
func millicores(quota, period int64) int64 {
	if quota <= 0 {
		return 0
	}
	if period <= 0 {
		period = defaultPeriod
	}
	return max(quota*1000/period, 1)
}

// merged returns old with what is set in change: a field at zero means that it
// is to stay.
func merged(old, change *runtimeapi.LinuxContainerResources) *runtimeapi.LinuxContainerResources {
	m := &runtimeapi.LinuxContainerResources{
		CpuPeriod:              either(change.GetCpuPeriod(), old.GetCpuPeriod()),
		CpuQuota:               either(change.GetCpuQuota(), old.GetCpuQuota()),
		CpuShares:              either(change.GetCpuShares(), old.GetCpuShares()),
		MemoryLimitInBytes:     either(change.GetMemoryLimitInBytes(), old.GetMemoryLimitInBytes()),
		MemorySwapLimitInBytes: either(change.GetMemorySwapLimitInBytes(), old.GetMemorySwapLimitInBytes()),
		OomScoreAdj:            either(change.GetOomScoreAdj(), old.GetOomScoreAdj()),
		CpusetCpus:             either(change.GetCpusetCpus(), old.GetCpusetCpus()),
		CpusetMems:             either(change.GetCpusetMems(), old.GetCpusetMems()),
		HugepageLimits:         old.GetHugepageLimits(),
		Unified:                old.GetUnified(),
	}
	if len(change.GetHugepageLimits()) > 0 {
		m.HugepageLimits = change.GetHugepageLimits()
	}
	if len(change.GetUnified()) > 0 {
		m.Unified = maps.Clone(m.Unified)
		if m.Unified == nil {
			m.Unified = map[string]string{}
		}
		maps.Copy(m.Unified, change.GetUnified())
	}
	return m
}

// either is a, or b where a is zero.
func either[T comparable](a, b T) T {
	var zero T
	if a != zero {
		return a
	}
	return b
}
