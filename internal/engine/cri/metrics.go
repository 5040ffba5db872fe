package cri

import (
	"context"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"kubetutor/internal/engine/kernel"
)

// metric is one that the runtime can tell of a container, with cadvisor's name.
type metric struct {
	name, help string
	kind       runtimeapi.MetricType
	value      func(c *container, u kernel.Usage) int64
}

// metrics are those that mean something here. CRI's values are whole numbers,
// so that seconds are cut.
var metrics = [...]metric{
	{"container_cpu_usage_seconds_total", "Cumulative cpu time consumed in seconds.", runtimeapi.MetricType_COUNTER,
		func(_ *container, u kernel.Usage) int64 { return int64(u.CPU / time.Second) }},
	{"container_cpu_cfs_throttled_seconds_total", "Total time duration the container has been throttled.", runtimeapi.MetricType_COUNTER,
		func(_ *container, u kernel.Usage) int64 { return int64(u.Throttled / time.Second) }},
	{"container_memory_usage_bytes", "Current memory usage in bytes, including all memory regardless of when it was accessed.", runtimeapi.MetricType_GAUGE,
		func(_ *container, u kernel.Usage) int64 { return u.Memory }},
	{"container_memory_working_set_bytes", "Current working set in bytes.", runtimeapi.MetricType_GAUGE,
		func(_ *container, u kernel.Usage) int64 { return u.Memory }},
	{"container_memory_rss", "Size of RSS in bytes.", runtimeapi.MetricType_GAUGE,
		func(_ *container, u kernel.Usage) int64 { return u.Memory }},
	{"container_fs_usage_bytes", "Number of bytes that are consumed by the container on this filesystem.", runtimeapi.MetricType_GAUGE,
		func(_ *container, u kernel.Usage) int64 { return u.Disk }},
	{"container_processes", "Number of processes running inside the container.", runtimeapi.MetricType_GAUGE,
		func(_ *container, u kernel.Usage) int64 { return int64(u.PIDs) }},
	{"container_last_seen", "Last time a container was seen by the exporter.", runtimeapi.MetricType_GAUGE,
		func(c *container, _ kernel.Usage) int64 { return c.node.now().Unix() }},
	{"container_start_time_seconds", "Start time of the container since unix epoch in seconds.", runtimeapi.MetricType_GAUGE,
		func(c *container, _ kernel.Usage) int64 { return c.now().Started.Unix() }},
	{"container_spec_memory_limit_bytes", "Memory limit for the container.", runtimeapi.MetricType_GAUGE,
		func(c *container, _ kernel.Usage) int64 { return limits(c.now().Resources).Memory }},
	{"container_spec_cpu_period", "CPU period of the container.", runtimeapi.MetricType_GAUGE,
		func(c *container, _ kernel.Usage) int64 { return c.now().Resources.GetCpuPeriod() }},
	{"container_spec_cpu_shares", "CPU share of the container.", runtimeapi.MetricType_GAUGE,
		func(c *container, _ kernel.Usage) int64 { return c.now().Resources.GetCpuShares() }},
}

// metricLabels are the keys of every metric's labels, as containerd has them.
var metricLabels = [...]string{"pod", "namespace", "container", "id", "image"}

// ListMetricDescriptors tells which metrics there are.
func (r *runtimeService) ListMetricDescriptors(context.Context, *runtimeapi.ListMetricDescriptorsRequest) (*runtimeapi.ListMetricDescriptorsResponse, error) {
	resp := &runtimeapi.ListMetricDescriptorsResponse{}
	for _, m := range metrics {
		resp.Descriptors = append(resp.Descriptors, &runtimeapi.MetricDescriptor{Name: m.name, Help: m.help, LabelKeys: metricLabels[:]})
	}
	return resp, nil
}

// ListPodSandboxMetrics tells the metrics of the pods that are ready.
func (r *runtimeService) ListPodSandboxMetrics(context.Context, *runtimeapi.ListPodSandboxMetricsRequest) (*runtimeapi.ListPodSandboxMetricsResponse, error) {
	return &runtimeapi.ListPodSandboxMetricsResponse{PodMetrics: r.node.listMetrics()}, nil
}

func (n *node) listMetrics() []*runtimeapi.PodSandboxMetrics {
	var list []*runtimeapi.PodSandboxMetrics
	for _, s := range n.sandboxes.all() {
		if !s.ready() {
			continue
		}
		pod := &runtimeapi.PodSandboxMetrics{PodSandboxId: s.id}
		for _, c := range s.list() {
			if c.running() {
				pod.ContainerMetrics = append(pod.ContainerMetrics, c.metrics())
			}
		}
		list = append(list, pod)
	}
	return list
}

func (c *container) metrics() *runtimeapi.ContainerMetrics {
	u := c.usage()
	m := c.sandbox.config.GetMetadata()
	labels := []string{m.GetName(), m.GetNamespace(), c.config.GetMetadata().GetName(), c.id, c.config.GetImage().GetImage()}
	all := &runtimeapi.ContainerMetrics{ContainerId: c.id}
	for _, m := range metrics {
		all.Metrics = append(all.Metrics, &runtimeapi.Metric{Name: m.name, MetricType: m.kind, LabelValues: labels, Value: value(m.value(c, u))})
	}
	return all
}
