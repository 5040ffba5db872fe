package kernel

import "time"

// DefaultDisk is the size of a container's writable layer if its limits name none, in bytes.
const DefaultDisk = 256 << 20

// DefaultPIDs is how many processes a container may have if its limits name no number.
const DefaultPIDs = 1024

// DefaultCPUWeight is the CPU weight of a container whose limits name none.
const DefaultCPUWeight = 100

// Limits are a container's limits, as its cgroup would hold them. The zero value has the defaults.
type Limits struct {
	Memory      int64 // bytes; 0: none
	CPU         int64 // millicores; 0: none
	CPUWeight   int   // 1 to 10000, as cpu.weight shows it; it decides nothing here; 0: DefaultCPUWeight
	PIDs        int   // processes; 0: DefaultPIDs
	Disk        int64 // bytes of the writable layer; 0: DefaultDisk
	OOMScoreAdj int   // -1000 to 1000: how soon the node's OOM killer takes this container
}

// Usage is what a container, or a process, uses.
type Usage struct {
	CPU       time.Duration // core time used since the start
	Memory    int64         // bytes
	Disk      int64         // bytes of the writable layer
	Inodes    int           // files of the writable layer
	PIDs      int
	Throttled time.Duration // core time that was wanted and not given, because of the limit
	// Periods of 100 ms in which a container wanted CPU under a limit, and those of
	// them in which it was throttled; sums over containers have none.
	Periods, ThrottledPeriods int64
}
