package cri

import (
	"sync"

	"google.golang.org/grpc"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// eventBacklog is how many events a slow watcher may leave unread before it
// loses some, which the kubelet's periodic look makes up for.
const eventBacklog = 1000

type event = runtimeapi.ContainerEventResponse

// hub passes the events of a node to those who watch.
type hub struct {
	mu       sync.Mutex
	watchers map[chan *event]struct{}
}

func (h *hub) watched() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.watchers) > 0
}

func (h *hub) send(e *event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for w := range h.watchers {
		select {
		case w <- e:
		default:
		}
	}
}

// watch returns a channel of events, and what ends it.
func (h *hub) watch() (<-chan *event, func()) {
	w := make(chan *event, eventBacklog)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watchers == nil {
		h.watchers = map[chan *event]struct{}{}
	}
	h.watchers[w] = struct{}{}
	return w, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.watchers, w)
	}
}

// notify tells of a change of a container, or of the sandbox itself, with the
// state of the whole pod.
func (n *node) notify(s *sandbox, id string, kind runtimeapi.ContainerEventType) {
	if !n.events.watched() {
		return
	}
	e := &event{ContainerId: id, ContainerEventType: kind, CreatedAt: n.now().UnixNano(), PodSandboxStatus: s.status()}
	for _, c := range s.list() {
		e.ContainersStatuses = append(e.ContainersStatuses, c.status())
	}
	n.events.send(e)
}

// GetContainerEvents streams the events of the node.
func (r *runtimeService) GetContainerEvents(_ *runtimeapi.GetEventsRequest, stream grpc.ServerStreamingServer[runtimeapi.ContainerEventResponse]) error {
	events, stop := r.node.events.watch()
	defer stop()
	for {
		select {
		case e := <-events:
			if err := stream.Send(e); err != nil {
				return err
			}
		case <-stream.Context().Done():
			return stream.Context().Err()
		}
	}
}
