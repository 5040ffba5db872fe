package crictl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/docker/go-units"
	"github.com/spf13/cobra"
	internalapi "k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// watchEvery is how often --watch looks.
const watchEvery = 500 * time.Millisecond

// clearScreen is what upstream begins every table of numbers with.
const clearScreen = "\033[2J\033[H"

// sampling is how numbers are taken: twice, for the use of CPU between the two.
type sampling struct {
	id, pod, format string
	labels          []string
	seconds         int
	all, watch      bool
}

func (s *sampling) flags(cmd *cobra.Command) {
	p := cmd.Flags()
	p.StringVar(&s.id, "id", "", "Filter by id")
	p.StringArrayVar(&s.labels, "label", nil, "Filter by key=value label")
	p.StringVarP(&s.format, "output", "o", formatTable, "Output format, One of: json|yaml|table")
	p.IntVarP(&s.seconds, "seconds", "s", 1, "Sample duration for CPU usage in seconds")
	p.BoolVarP(&s.watch, "watch", "w", false, "Watch resources")
}

// repeat shows numbers once, or until ctx ends.
func (s *sampling) repeat(ctx context.Context, show func() error) error {
	for {
		if err := show(); err != nil || !s.watch {
			return err
		}
		if !pause(ctx, watchEvery) {
			return nil
		}
	}
}

// pause waits; it returns false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

func (o *options) stats() *cobra.Command {
	var s sampling
	cmd := leaf("stats [ID]", "List container(s) resource usage statistics", cobra.MaximumNArgs(1), func(ctx context.Context, _ *cobra.Command, args []string) error {
		runtime, err := o.runtime(ctx)
		if err != nil {
			return err
		}
		if s.id == "" && len(args) > 0 {
			s.id = args[0]
		}
		if err := s.repeat(ctx, func() error { return o.containerStats(ctx, runtime, s) }); err != nil {
			return fmt.Errorf("get container stats: %w", err)
		}
		return nil
	})
	s.flags(cmd)
	cmd.Flags().StringVarP(&s.pod, "pod", "p", "", "Filter by pod id")
	cmd.Flags().BoolVarP(&s.all, "all", "a", false, "Show all containers (default shows just running)")
	return cmd
}

func (o *options) containerStats(ctx context.Context, runtime internalapi.RuntimeService, s sampling) error {
	labels, err := labelsOf(s.labels)
	if err != nil {
		return err
	}
	take := func() ([]*runtimeapi.ContainerStats, error) {
		list, err := runtime.ListContainerStats(ctx, &runtimeapi.ContainerStatsFilter{Id: s.id, PodSandboxId: s.pod, LabelSelector: labels})
		list = slices.Clone(list)
		slices.SortFunc(list, func(a, b *runtimeapi.ContainerStats) int {
			return cmp.Compare(a.GetAttributes().GetId(), b.GetAttributes().GetId())
		})
		return list, err
	}
	list, err := take()
	if err != nil {
		return err
	}
	if s.format != formatTable {
		return o.message(&runtimeapi.ListContainerStatsResponse{Stats: list}, s.format)
	}
	before := map[string]*runtimeapi.CpuUsage{}
	for _, one := range list {
		before[one.GetAttributes().GetId()] = one.GetCpu()
	}
	if !pause(ctx, time.Duration(s.seconds)*time.Second) {
		return ctx.Err()
	}
	if list, err = take(); err != nil {
		return err
	}
	return o.containerStatsTable(list, before, s.all)
}

func (o *options) containerStatsTable(list []*runtimeapi.ContainerStats, before map[string]*runtimeapi.CpuUsage, all bool) error {
	rows := [][]string{{"CONTAINER", "NAME", "CPU %", "MEM", "DISK", "INODES", "SWAP"}}
	for _, s := range list {
		cpu, memory := s.GetCpu(), s.GetMemory().GetWorkingSetBytes().GetValue()
		old, known := before[s.GetAttributes().GetId()]
		if !known || !all && cpu.GetUsageCoreNanoSeconds().GetValue() == 0 && memory == 0 {
			continue
		}
		percent, err := percentage(cpu, old)
		if err != nil {
			return err
		}
		rows = append(rows, []string{
			truncated(s.GetAttributes().GetId(), ""), s.GetAttributes().GetMetadata().GetName(), percent, units.HumanSize(float64(memory)),
			units.HumanSize(float64(s.GetWritableLayer().GetUsedBytes().GetValue())),
			strconv.FormatUint(s.GetWritableLayer().GetInodesUsed().GetValue(), 10),
			units.HumanSize(float64(s.GetSwap().GetSwapUsageBytes().GetValue())),
		})
	}
	o.printf(clearScreen)
	return o.table(rows)
}

// percentage is the use of one CPU between two samples.
func percentage(now, before *runtimeapi.CpuUsage) (string, error) {
	used := now.GetUsageCoreNanoSeconds().GetValue()
	if used == 0 {
		return "0.00", nil
	}
	passed := now.GetTimestamp() - before.GetTimestamp()
	if passed == 0 {
		return "", errors.New("cpu stat is not updated during sample")
	}
	return fmt.Sprintf("%.2f", float64(used-before.GetUsageCoreNanoSeconds().GetValue())/float64(passed)*100), nil
}

func (o *options) statsp() *cobra.Command {
	var s sampling
	cmd := leaf("statsp [ID]", "List pod statistics", cobra.MaximumNArgs(1), func(ctx context.Context, _ *cobra.Command, args []string) error {
		runtime, err := o.runtime(ctx)
		if err != nil {
			return err
		}
		if s.id == "" && len(args) > 0 {
			s.id = args[0]
		}
		if err := s.repeat(ctx, func() error { return o.podStats(ctx, runtime, s) }); err != nil {
			return fmt.Errorf("get pod stats: %w", err)
		}
		return nil
	})
	s.flags(cmd)
	return cmd
}

func (o *options) podStats(ctx context.Context, runtime internalapi.RuntimeService, s sampling) error {
	labels, err := labelsOf(s.labels)
	if err != nil {
		return err
	}
	take := func() ([]*runtimeapi.PodSandboxStats, error) {
		list, err := runtime.ListPodSandboxStats(ctx, &runtimeapi.PodSandboxStatsFilter{Id: s.id, LabelSelector: labels})
		list = slices.Clone(list)
		slices.SortFunc(list, func(a, b *runtimeapi.PodSandboxStats) int {
			return cmp.Compare(a.GetAttributes().GetId(), b.GetAttributes().GetId())
		})
		return list, err
	}
	list, err := take()
	if err != nil {
		return fmt.Errorf("list pod sandbox stats: %w", err)
	}
	if s.format != formatTable {
		return o.message(&runtimeapi.ListPodSandboxStatsResponse{Stats: list}, s.format)
	}
	before := map[string]*runtimeapi.CpuUsage{}
	for _, one := range list {
		before[one.GetAttributes().GetId()] = one.GetLinux().GetCpu()
	}
	if !pause(ctx, time.Duration(s.seconds)*time.Second) {
		return ctx.Err()
	}
	if list, err = take(); err != nil {
		return fmt.Errorf("list pod sandbox stats: %w", err)
	}
	return o.podStatsTable(list, before)
}

func (o *options) podStatsTable(list []*runtimeapi.PodSandboxStats, before map[string]*runtimeapi.CpuUsage) error {
	rows := [][]string{{"POD", "POD ID", "CPU %", "MEM"}}
	for _, s := range list {
		cpu, memory := s.GetLinux().GetCpu(), s.GetLinux().GetMemory().GetWorkingSetBytes().GetValue()
		old, known := before[s.GetAttributes().GetId()]
		if !known || cpu.GetUsageCoreNanoSeconds().GetValue() == 0 && memory == 0 {
			continue
		}
		percent, err := percentage(cpu, old)
		if err != nil {
			return err
		}
		rows = append(rows, []string{s.GetAttributes().GetMetadata().GetName(), truncated(s.GetAttributes().GetId(), ""), percent, units.HumanSize(float64(memory))})
	}
	o.printf(clearScreen)
	return o.table(rows)
}
