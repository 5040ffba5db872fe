package node

import (
	"context"
	"errors"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	statsapi "k8s.io/kubelet/pkg/apis/stats/v1alpha1"
	"k8s.io/kubernetes/pkg/kubelet"
	"k8s.io/kubernetes/pkg/kubelet/server/stats"

	"kubetutor/internal/engine/node/config"
)

// nodeSummary corrects the node's statistics where upstream reads the machine's
// /proc: the number of processes, and since when it is up.
type nodeSummary struct {
	stats.ResourceAnalyzer
	machine *machine
}

// Get implements stats.SummaryProvider.
func (s nodeSummary) Get(ctx context.Context, update bool) (*statsapi.Summary, error) {
	summary, err := s.ResourceAnalyzer.Get(ctx, update)
	if err != nil {
		return nil, err
	}
	used, _ := s.machine.used()
	limit, running := int64(config.MaxPIDs), int64(used.PIDs)
	summary.Node.Rlimit = &statsapi.RlimitStats{Time: metav1.Now(), MaxPID: &limit, NumOfRunningProcesses: &running}
	summary.Node.StartTime = metav1.NewTime(s.machine.booted)
	return summary, nil
}

// GetCPUAndMemoryStats implements stats.SummaryProvider.
func (s nodeSummary) GetCPUAndMemoryStats(ctx context.Context) (*statsapi.Summary, error) {
	summary, err := s.ResourceAnalyzer.GetCPUAndMemoryStats(ctx)
	if err != nil {
		return nil, err
	}
	summary.Node.StartTime = metav1.NewTime(s.machine.booted)
	return summary, nil
}

// useMachine makes what the kubelet publishes, and its eviction manager, see the
// node's processes.
func useMachine(k *kubelet.Kubelet, m *machine) error {
	field := inside(k).field("resourceAnalyzer")
	upstream, err := value[stats.ResourceAnalyzer](field)
	if err != nil {
		return err
	}
	s := nodeSummary{upstream, m}
	return errors.Join(field.set(s), inside(k).field("evictionManager").field("summaryProvider").set(s))
}
