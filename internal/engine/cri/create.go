package cri

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"kubetutor/internal/engine/image"
	"kubetutor/internal/engine/kernel"
)

// CreateContainer makes a container in a sandbox.
func (r *runtimeService) CreateContainer(ctx context.Context, req *runtimeapi.CreateContainerRequest) (*runtimeapi.CreateContainerResponse, error) {
	s, err := r.node.sandboxes.get(req.GetPodSandboxId())
	if err != nil {
		return nil, notFoundOr(err, "failed to find sandbox id %q: %v", req.GetPodSandboxId(), err)
	}
	if !s.ready() {
		return nil, fmt.Errorf("sandbox container %q is not running", s.id)
	}
	if req.GetConfig().GetMetadata() == nil {
		return nil, errors.New("container config must include metadata")
	}
	c, err := newContainer(s, req.GetConfig())
	if err != nil {
		return nil, err
	}
	if err := r.node.rt.barred.refuse(ctx, s.config.GetMetadata().GetUid(), c.remove); err != nil {
		return nil, err
	}
	r.node.notify(s, c.id, runtimeapi.ContainerEventType_CONTAINER_CREATED_EVENT)
	return &runtimeapi.CreateContainerResponse{ContainerId: c.id}, nil
}

// newContainer makes a container that can be started, or nothing.
func newContainer(s *sandbox, config *runtimeapi.ContainerConfig) (_ *container, err error) {
	n := s.node
	c := &container{node: n, sandbox: s, id: newID(), config: config, created: n.now(), done: make(chan struct{}),
		io: &console{wantTTY: config.GetTty(), wantStdin: config.GetStdin()}}
	c.run.Resources = either(config.GetLinux().GetResources(), &runtimeapi.LinuxContainerResources{})
	name := c.name()
	if owner := n.containerNames.reserve(name, c.id); owner != c.id {
		return nil, fmt.Errorf("failed to reserve container name %q; check if another CreateContainer request is in progress: name %q is reserved for %q", name, name, owner)
	}
	defer func() {
		if err != nil {
			n.containerNames.release(name, c.id)
		}
	}()
	if err := c.prepare(); err != nil {
		return nil, err
	}
	n.containers.add(c.id, c)
	if err := errors.Join(s.adopt(c), c.save()); err != nil {
		c.forget()
		return nil, err
	}
	return c, nil
}

// prepare works out everything that the container needs to run.
func (c *container) prepare() error {
	var err error
	if c.image, err = c.node.images.find(c.config.GetImage().GetImage()); err != nil {
		return notFoundOr(err, "failed to resolve image %q: %v", c.config.GetImage().GetImage(), err)
	}
	c.imageID = c.image.ID
	if dir, file := c.sandbox.config.GetLogDirectory(), c.config.GetLogPath(); dir != "" && file != "" {
		c.logPath = filepath.Join(dir, file)
	}
	if c.signal, err = stopSignal(c.config.GetStopSignal(), c.image.Config.StopSignal); err != nil {
		return fmt.Errorf("failed to generate container %q spec: %w", c.id, err)
	}
	if err := c.build(); err != nil {
		return fmt.Errorf("failed to generate container %q spec: %w", c.id, err)
	}
	return nil
}

// build makes the kernel's container and the spec of its main process.
func (c *container) build() error {
	args, err := command(c.config, &c.image.Config)
	if err != nil {
		return err
	}
	if err := c.choosePIDs(); err != nil {
		return err
	}
	mounts, err := c.mounts()
	if err != nil {
		return err
	}
	security := c.config.GetLinux().GetSecurityContext()
	if security.GetPrivileged() && !c.sandbox.config.GetLinux().GetSecurityContext().GetPrivileged() {
		return errors.New("no privileged container allowed in sandbox")
	}
	c.inner, c.fault = kernel.New(kernel.Config{
		ID: c.id, Hostname: c.sandbox.hostname(), Image: c.image.Tree, Programs: c.image.Programs, ReadOnlyRoot: security.GetReadonlyRootfs(),
		Mounts: mounts, Net: c.sandbox.net, PIDs: c.pids, Limits: limits(c.run.Resources), Parent: c.node.accounting,
		Privileged: security.GetPrivileged(), Caps: capabilities(security), Sysctls: c.sandbox.sysctls(), Now: c.node.rt.now,
		Seccomp: filtered(security), NoNewPrivs: security.GetNoNewPrivs(),
	})
	if c.fault != nil {
		c.inner = nil
		return nil
	}
	cred, err := credentials(c.inner.FS(), security, c.image.Config.User)
	if err != nil {
		_ = c.inner.Close()
		return err
	}
	c.user = linuxUser(cred)
	c.spec = kernel.Spec{Args: args, Env: c.environment(), Dir: c.workingDir(), Cred: cred}
	return nil
}

// choosePIDs finds the process namespace: one's own, the pod's, the node's, or
// that of another container.
func (c *container) choosePIDs() error {
	options := c.config.GetLinux().GetSecurityContext().GetNamespaceOptions()
	switch options.GetPid() {
	case runtimeapi.NamespaceMode_POD:
		c.pids = c.sandbox.pids
	case runtimeapi.NamespaceMode_NODE:
		pids, err := c.node.hostPIDs()
		c.pids = pids
		return err
	case runtimeapi.NamespaceMode_TARGET:
		target, err := c.target(options.GetTargetId())
		if err != nil {
			return fmt.Errorf("invalid target container: %w", err)
		}
		c.pids = target.pids
	}
	if c.pids == nil {
		c.pids = kernel.NewPIDNamespace()
	}
	return nil
}

func (c *container) target(id string) (*container, error) {
	target, err := c.node.containers.get(id)
	if err != nil {
		return nil, fmt.Errorf("container %q: %w", id, err)
	}
	if target.sandbox != c.sandbox {
		return nil, fmt.Errorf("container %q is not in the same pod", id)
	}
	if state := target.now().State; state != runtimeapi.ContainerState_CONTAINER_RUNNING {
		return nil, fmt.Errorf("container %q is not running - in state %s", id, stateName(state))
	}
	return target, nil
}

// command is what the pod asks to run, completed by the image's as Docker does.
func command(config *runtimeapi.ContainerConfig, image *image.Config) ([]string, error) {
	entrypoint, args := config.GetCommand(), config.GetArgs()
	if len(entrypoint) == 0 {
		if len(args) == 0 {
			args = image.Cmd
		}
		entrypoint = image.Entrypoint
	}
	all := slices.Concat(entrypoint, args)
	if len(all) == 0 || all[0] == "" {
		return nil, errors.New("no command specified")
	}
	return all, nil
}

// defaultPath is for images that say nothing.
const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// environment is the image's, then what every runtime sets, then the pod's; of
// two with the same name the later one holds.
func (c *container) environment() []string {
	var e env
	e.set(defaultPath)
	for _, v := range c.image.Config.Env {
		e.set(v)
	}
	e.set("HOSTNAME=" + c.sandbox.hostname())
	if c.config.GetTty() {
		e.set("TERM=xterm")
	}
	for _, v := range c.config.GetEnvs() {
		e.set(v.GetKey() + "=" + string(v.GetValue()))
	}
	return e
}

// env is an environment without duplicates.
type env []string

func (e *env) set(v string) {
	name, _, _ := strings.Cut(v, "=")
	i := slices.IndexFunc(*e, func(old string) bool { return strings.HasPrefix(old, name+"=") })
	if i >= 0 {
		(*e)[i] = v
		return
	}
	*e = append(*e, v)
}

func (c *container) workingDir() string {
	return either(either(c.config.GetWorkingDir(), c.image.Config.WorkingDir), "/")
}
