package cri

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/engine/kernel"
)

// handlers are the runtime classes that a pod may ask for: the default one, and
// two more names for it that kind's nodes have as well.
var handlers = [...]string{"", "runc", "test-handler"}

// sandbox is what the containers of a pod share: network, host name, /dev/shm,
// and at wish the process namespace.
type sandbox struct {
	node    *node
	id      string
	config  *runtimeapi.PodSandboxConfig
	handler string
	created time.Time
	dir     string            // its files: resolv.conf, hosts, hostname and shm
	net     *fabric.Namespace // the node's for a pod on the host's network; nil once the machine was lost
	ip      netip.Addr        // invalid on the host's network
	pids    *kernel.PIDNamespace
	pause   *kernel.Container // process 1 of pids, where the pod shares them
	ports   []func()          // each takes a host port back

	stopping sync.Mutex // one caller stops at a time; the others wait for it
	removed  sync.Once

	mu         sync.Mutex
	state      runtimeapi.PodSandboxState
	resources  *runtimeapi.LinuxContainerResources
	overhead   *runtimeapi.LinuxContainerResources
	containers map[string]*container
	meter      meter
}

// newSandbox makes a sandbox that is ready, or nothing.
func newSandbox(n *node, config *runtimeapi.PodSandboxConfig, handler string) (_ *sandbox, err error) {
	s := &sandbox{node: n, id: newID(), config: config, handler: handler, created: n.now(), containers: map[string]*container{},
		resources: config.GetLinux().GetResources(), overhead: config.GetLinux().GetOverhead()}
	s.dir = filepath.Join(n.dir, "pods", s.id)
	if owner := n.sandboxNames.reserve(s.name(), s.id); owner != s.id {
		return nil, fmt.Errorf("failed to reserve sandbox name %q: name %q is reserved for %q", s.name(), s.name(), owner)
	}
	defer func() {
		if err != nil {
			s.release()
			n.sandboxNames.release(s.name(), s.id)
		}
	}()
	if err := s.connect(); err != nil {
		return nil, fmt.Errorf("failed to setup network for sandbox %q: %w", s.id, err)
	}
	if err := s.writeFiles(); err != nil {
		return nil, fmt.Errorf("failed to create sandbox %q: %w", s.id, err)
	}
	if err := s.sharePIDs(); err != nil {
		return nil, fmt.Errorf("failed to start sandbox %q: %w", s.id, err)
	}
	return s, s.save()
}

// name is unique among the sandboxes of a node, as containerd makes it.
func (s *sandbox) name() string {
	m := s.config.GetMetadata()
	return fmt.Sprintf("%s_%s_%s_%d", m.GetName(), m.GetNamespace(), m.GetUid(), m.GetAttempt())
}

func (s *sandbox) namespaces() *runtimeapi.NamespaceOption {
	return s.config.GetLinux().GetSecurityContext().GetNamespaceOptions()
}

func (s *sandbox) hostNetwork() bool {
	return s.namespaces().GetNetwork() == runtimeapi.NamespaceMode_NODE
}

// hostname is what uname says inside.
func (s *sandbox) hostname() string { return either(s.config.GetHostname(), s.node.spec.Name) }

// sysctls are the pod's kernel parameters, with the dots that some write as
// slashes (sysctl.d(5)).
func (s *sandbox) sysctls() map[string]string {
	all := map[string]string{}
	for name, value := range s.config.GetLinux().GetSysctls() {
		all[strings.ReplaceAll(name, "/", ".")] = value
	}
	return all
}

// connect gives the sandbox its network.
func (s *sandbox) connect() error {
	if s.hostNetwork() {
		s.net = s.node.net
		return nil
	}
	ip, err := s.node.addresses.take()
	if errors.Is(err, errNoCIDR) {
		return errors.New("cni plugin not initialized")
	}
	if err != nil {
		return err
	}
	s.ip = ip
	m := s.config.GetMetadata()
	if s.net, err = s.node.rt.fabric.AttachVia(s.node.net, m.GetNamespace()+"/"+m.GetName(), ip); err != nil {
		return err
	}
	s.ports, err = mapPorts(s.node.net, ip, s.config.GetPortMappings())
	return err
}

// sharePIDs makes the process namespace of a pod that shares one: its process 1
// is the pause container's, as on a real node.
func (s *sandbox) sharePIDs() error {
	if s.namespaces().GetPid() != runtimeapi.NamespaceMode_POD {
		return nil
	}
	image, err := s.node.images.pause()
	if err != nil {
		return fmt.Errorf("failed to get sandbox image: %w", err)
	}
	s.pids = kernel.NewPIDNamespace()
	s.pause, err = kernel.New(kernel.Config{ID: s.id, Hostname: s.hostname(), Image: image.Tree, Programs: image.Programs,
		Net: s.net, PIDs: s.pids, Parent: s.node.accounting, Now: s.node.rt.now})
	if err != nil {
		return err
	}
	_, err = s.pause.Start(kernel.Spec{Args: append(image.Config.Entrypoint, image.Config.Cmd...), Env: image.Config.Env})
	return err
}

// disconnect ends what runs for the sandbox itself and its network.
func (s *sandbox) disconnect() {
	if s.pause != nil {
		s.pause.Close()
	}
	for _, remove := range s.ports {
		remove()
	}
	if s.net != nil && !s.hostNetwork() {
		s.net.Close()
	}
	s.node.addresses.free(s.ip)
}

// release gives back everything that the sandbox holds.
func (s *sandbox) release() {
	s.disconnect()
	_ = s.node.sandboxRecords.Remove(s.id)
	_ = os.RemoveAll(s.dir)
}

// list returns the sandbox's containers.
func (s *sandbox) list() []*container {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*container, 0, len(s.containers))
	for _, c := range s.containers {
		list = append(list, c)
	}
	return list
}

// adopt adds a container, unless the sandbox has stopped meanwhile.
func (s *sandbox) adopt(c *container) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != runtimeapi.PodSandboxState_SANDBOX_READY {
		return fmt.Errorf("sandbox container %q is not running", s.id)
	}
	s.containers[c.id] = c
	return nil
}

func (s *sandbox) disown(c *container) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.containers, c.id)
}

func (s *sandbox) ready() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state == runtimeapi.PodSandboxState_SANDBOX_READY
}

// stop kills the containers and ends the network. A sandbox that has stopped
// stays as it is.
func (s *sandbox) stop(ctx context.Context) error {
	s.stopping.Lock()
	defer s.stopping.Unlock()
	if !s.ready() {
		return nil
	}
	s.mu.Lock() // no container comes after this
	s.state = runtimeapi.PodSandboxState_SANDBOX_NOTREADY
	s.mu.Unlock()
	if err := stopAll(ctx, s.list()); err != nil {
		return err
	}
	s.disconnect()
	err := s.save()
	s.node.notify(s, s.id, runtimeapi.ContainerEventType_CONTAINER_STOPPED_EVENT)
	return err
}

// stopAll kills containers at the same time.
func stopAll(ctx context.Context, list []*container) error {
	errs := make([]error, len(list))
	var wg sync.WaitGroup
	for i, c := range list {
		wg.Go(func() { errs[i] = c.stop(ctx, 0) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// remove stops the sandbox and forgets it with its containers.
func (s *sandbox) remove(ctx context.Context) error {
	if err := s.stop(ctx); err != nil {
		return fmt.Errorf("failed to forcibly stop sandbox %q: %w", s.id, err)
	}
	for _, c := range s.list() {
		if err := c.remove(ctx); err != nil {
			return fmt.Errorf("failed to remove container %q: %w", c.id, err)
		}
	}
	s.removed.Do(func() {
		s.node.sandboxes.remove(s.id)
		s.node.sandboxNames.release(s.name(), s.id)
		_ = s.node.sandboxRecords.Remove(s.id)
		_ = os.RemoveAll(s.dir)
		s.node.notify(s, s.id, runtimeapi.ContainerEventType_CONTAINER_DELETED_EVENT)
	})
	return nil
}

// lose makes the sandbox one that a machine lost: nothing of it runs any more.
func (s *sandbox) lose() {
	s.mu.Lock()
	s.state = runtimeapi.PodSandboxState_SANDBOX_NOTREADY
	s.mu.Unlock()
	for _, c := range s.list() {
		c.lose()
	}
}

// sandboxRecord is a sandbox on disk.
type sandboxRecord struct {
	ID      string                     `json:"id"`
	Config  json.RawMessage            `json:"config"` // runtimeapi.PodSandboxConfig
	Handler string                     `json:"handler,omitempty"`
	Created time.Time                  `json:"created"`
	State   runtimeapi.PodSandboxState `json:"state"`
}

func (s *sandbox) save() error {
	config, err := protojsonOf(s.config)
	if err != nil {
		return err
	}
	s.mu.Lock()
	r := sandboxRecord{ID: s.id, Config: config, Handler: s.handler, Created: s.created, State: s.state}
	s.mu.Unlock()
	return s.node.sandboxRecords.Put(s.id, r)
}

// recovered is the sandbox of a record, after its machine was lost.
func (r *sandboxRecord) recovered(n *node) (*sandbox, error) {
	s := &sandbox{node: n, id: r.ID, config: &runtimeapi.PodSandboxConfig{}, handler: r.Handler, created: r.Created,
		state: runtimeapi.PodSandboxState_SANDBOX_NOTREADY, containers: map[string]*container{}}
	s.dir = filepath.Join(n.dir, "pods", s.id)
	if err := fromProtojson(r.Config, s.config); err != nil {
		return nil, fmt.Errorf("reading the record of sandbox %s: %w", r.ID, err)
	}
	s.resources, s.overhead = s.config.GetLinux().GetResources(), s.config.GetLinux().GetOverhead()
	return s, nil
}

// findSandbox returns a sandbox or the error for a caller who needs one.
func (n *node) findSandbox(id string) (*sandbox, error) {
	s, err := n.sandboxes.get(id)
	switch {
	case err == nil:
		return s, nil
	case errors.Is(err, errNotFound):
		return nil, status.Errorf(codes.NotFound, "an error occurred when try to find sandbox %q: %v", id, err)
	}
	return nil, fmt.Errorf("an error occurred when try to find sandbox %q: %w", id, err)
}

// unplug gives back what a machine that was off held for the sandbox.
func (s *sandbox) unplug() {
	s.stopping.Lock()
	defer s.stopping.Unlock()
	if s.net == nil {
		return
	}
	s.disconnect()
	s.net, s.pause, s.ports = nil, nil, nil
}
