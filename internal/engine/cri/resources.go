package cri

import (
	"maps"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"kubetutor/internal/engine/kernel"
)

// limits translates a cgroup's settings. CPU shares and swap have no part in
// the simulation, and are kept for the status only.
func limits(r *runtimeapi.LinuxContainerResources) kernel.Limits {
	return kernel.Limits{
		Memory:      max(r.GetMemoryLimitInBytes(), 0),
		CPU:         millicores(r.GetCpuQuota(), r.GetCpuPeriod()),
		OOMScoreAdj: int(r.GetOomScoreAdj()),
	}
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
