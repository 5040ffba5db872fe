package cri

import (
	"slices"

	"google.golang.org/grpc"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// chunk is how many things one message of a streamed list has (KEP 5825): small
// enough that messages stay far below the limit of gRPC.
const chunk = 100

// sendChunks sends a list in pieces.
func sendChunks[T any](list []T, send func([]T) error) error {
	for some := range slices.Chunk(list, chunk) {
		if err := send(some); err != nil {
			return err
		}
	}
	return nil
}

// StreamPodSandboxes is ListPodSandbox in pieces.
func (r *runtimeService) StreamPodSandboxes(req *runtimeapi.StreamPodSandboxesRequest, stream grpc.ServerStreamingServer[runtimeapi.StreamPodSandboxesResponse]) error {
	return sendChunks(r.node.listSandboxes(req.GetFilter()), func(some []*runtimeapi.PodSandbox) error {
		return stream.Send(&runtimeapi.StreamPodSandboxesResponse{PodSandboxes: some})
	})
}

// StreamContainers is ListContainers in pieces.
func (r *runtimeService) StreamContainers(req *runtimeapi.StreamContainersRequest, stream grpc.ServerStreamingServer[runtimeapi.StreamContainersResponse]) error {
	return sendChunks(r.node.listContainers(req.GetFilter()), func(some []*runtimeapi.Container) error {
		return stream.Send(&runtimeapi.StreamContainersResponse{Containers: some})
	})
}

// StreamContainerStats is ListContainerStats in pieces.
func (r *runtimeService) StreamContainerStats(req *runtimeapi.StreamContainerStatsRequest, stream grpc.ServerStreamingServer[runtimeapi.StreamContainerStatsResponse]) error {
	return sendChunks(r.node.listStats(req.GetFilter()), func(some []*runtimeapi.ContainerStats) error {
		return stream.Send(&runtimeapi.StreamContainerStatsResponse{ContainerStats: some})
	})
}

// StreamPodSandboxStats is ListPodSandboxStats in pieces.
func (r *runtimeService) StreamPodSandboxStats(req *runtimeapi.StreamPodSandboxStatsRequest, stream grpc.ServerStreamingServer[runtimeapi.StreamPodSandboxStatsResponse]) error {
	return sendChunks(r.node.listSandboxStats(req.GetFilter()), func(some []*runtimeapi.PodSandboxStats) error {
		return stream.Send(&runtimeapi.StreamPodSandboxStatsResponse{PodSandboxStats: some})
	})
}

// StreamPodSandboxMetrics is ListPodSandboxMetrics in pieces.
func (r *runtimeService) StreamPodSandboxMetrics(_ *runtimeapi.StreamPodSandboxMetricsRequest, stream grpc.ServerStreamingServer[runtimeapi.StreamPodSandboxMetricsResponse]) error {
	return sendChunks(r.node.listMetrics(), func(some []*runtimeapi.PodSandboxMetrics) error {
		return stream.Send(&runtimeapi.StreamPodSandboxMetricsResponse{PodSandboxMetrics: some})
	})
}

// StreamImages is ListImages in pieces.
func (r *imageService) StreamImages(req *runtimeapi.StreamImagesRequest, stream grpc.ServerStreamingServer[runtimeapi.StreamImagesResponse]) error {
	list, err := r.node.listImages(req.GetFilter())
	if err != nil {
		return err
	}
	return sendChunks(list, func(some []*runtimeapi.Image) error {
		return stream.Send(&runtimeapi.StreamImagesResponse{Images: some})
	})
}
