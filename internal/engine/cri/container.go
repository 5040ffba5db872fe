package cri

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"kubetutor/internal/engine/cri/logfile"
	"kubetutor/internal/engine/image"
	"kubetutor/internal/engine/kernel"
)

// Reasons that the kubelet shows for a container that has ended.
const (
	reasonCompleted  = "Completed"
	reasonError      = "Error"
	reasonOOMKilled  = "OOMKilled"
	reasonStartError = "StartError"
	reasonUnknown    = "Unknown"
)

// Exit codes that no program returned.
const (
	exitStartError = 128
	exitUnknown    = 255
)

// container is one container. It is created, runs once, and has exited.
type container struct {
	node    *node
	sandbox *sandbox
	id      string
	config  *runtimeapi.ContainerConfig
	created time.Time
	imageID string
	logPath string
	signal  kernel.Signal // asks it to end

	// What a machine that was lost does not have any more is nil.
	image *image.Image
	spec  kernel.Spec // of its main process, and of what exec starts in it
	pids  *kernel.PIDNamespace
	user  *runtimeapi.LinuxContainerUser
	inner *kernel.Container
	fault error // why inner cannot be started; containerd finds that out at the start
	io    *console
	done  chan struct{} // closed when it has exited

	asked   sync.Once // the stop signal is sent once
	ended   sync.Once
	removed sync.Once
	meter   meter

	mu    sync.Mutex
	phase phase
	run   run
	log   *logfile.File   // from the start on
	main  *kernel.Process // from the start on
}

// phase is what is being done with a container besides its state.
type phase int

const (
	resting phase = iota
	starting
	removing
)

// run is how a container's one run went.
type run struct {
	State     runtimeapi.ContainerState           `json:"state"`
	Started   time.Time                           `json:"started,omitzero"`
	Finished  time.Time                           `json:"finished,omitzero"`
	ExitCode  int32                               `json:"exitCode,omitempty"`
	Reason    string                              `json:"reason,omitempty"`
	Message   string                              `json:"message,omitempty"`
	Resources *runtimeapi.LinuxContainerResources `json:"-"`
}

// name is unique among the containers of a node, as containerd makes it.
func (c *container) name() string {
	m := c.config.GetMetadata()
	return fmt.Sprintf("%s_%s_%d", m.GetName(), c.sandbox.name(), m.GetAttempt())
}

// now returns a copy of how the run goes.
func (c *container) now() run {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.run
}

func (c *container) running() bool {
	return c.now().State == runtimeapi.ContainerState_CONTAINER_RUNNING
}

// stateName is the state in the words of containerd's errors.
func stateName(s runtimeapi.ContainerState) string { return s.String() }

// begin marks the container as being started, if it may be.
func (c *container) begin() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.run.State != runtimeapi.ContainerState_CONTAINER_CREATED:
		return fmt.Errorf("container is in %s state", stateName(c.run.State))
	case c.phase == removing:
		return errors.New("container is in removing state, can't be started")
	case c.phase == starting:
		return errors.New("container is already in starting state")
	}
	c.phase = starting
	return nil
}

// start runs the main process. A failure makes the container one that has
// exited with 128, so that the kubelet shows why.
func (c *container) start() error {
	if err := c.begin(); err != nil {
		return fmt.Errorf("failed to set starting state for container %q: %w", c.id, err)
	}
	main, err := c.launch()
	if err != nil {
		c.finish(run{ExitCode: exitStartError, Reason: reasonStartError, Message: err.Error()})
		return err
	}
	c.mu.Lock()
	c.main, c.phase = main, resting
	c.run.State, c.run.Started = runtimeapi.ContainerState_CONTAINER_RUNNING, c.node.now()
	c.mu.Unlock()
	err = c.save()
	c.node.notify(c.sandbox, c.id, runtimeapi.ContainerEventType_CONTAINER_STARTED_EVENT)
	go c.await(main)
	if !c.sandbox.ready() { // it was stopped meanwhile, and whoever did that saw nothing to kill
		c.kill()
	}
	return err
}

func (c *container) launch() (*kernel.Process, error) {
	if !c.sandbox.ready() {
		return nil, fmt.Errorf("sandbox container %q is not running", c.sandbox.id)
	}
	log, err := logfile.Open(c.logPath, c.node.rt.logLimits, c.node.now)
	if err != nil {
		return nil, fmt.Errorf("failed to create container loggers: %w", err)
	}
	c.mu.Lock()
	c.log = log
	c.mu.Unlock()
	if c.fault != nil {
		return nil, taskError(c.fault)
	}
	spec := c.spec
	c.io.open(&spec, log)
	main, err := c.inner.Start(spec)
	if err != nil {
		return nil, taskError(err)
	}
	return main, nil
}

// taskError tells of a failed start in the words of containerd and runc.
func taskError(err error) error {
	return fmt.Errorf("failed to create containerd task: failed to create shim task: OCI runtime create failed: "+
		"runc create failed: unable to start container process: error during container init: %w", err)
}

// await waits for the main process and records how it ended.
func (c *container) await(main *kernel.Process) {
	status, err := main.Wait(context.Background())
	end := run{ExitCode: int32(status.ExitCode()), Reason: reasonError}
	switch {
	case err != nil:
		end.ExitCode, end.Reason, end.Message = exitUnknown, reasonUnknown, err.Error()
	case c.inner.OOMKilled():
		end.Reason = reasonOOMKilled
	case end.ExitCode == 0:
		end.Reason = reasonCompleted
	}
	c.finish(end)
}

// finish makes the container one that has exited, unless it is that already,
// and frees what only a running one needs.
func (c *container) finish(end run) {
	c.ended.Do(func() { c.exit(end) })
}

func (c *container) exit(end run) {
	c.mu.Lock()
	before, log := c.run, c.log
	c.mu.Unlock()
	if before.State == runtimeapi.ContainerState_CONTAINER_EXITED {
		return
	}
	if log != nil {
		log.Hurry() // who is left behind and still writes must not hold this up
	}
	c.io.close() // the last words are in the log before anybody hears of the end
	if log != nil {
		log.Close()
	}
	end.State, end.Started, end.Finished = runtimeapi.ContainerState_CONTAINER_EXITED, before.Started, c.node.now()
	c.mu.Lock()
	end.Resources = c.run.Resources
	c.phase, c.run = resting, end
	c.mu.Unlock()
	if err := c.save(); err != nil {
		c.node.rt.log.Error("recording the end of a container", "container", c.id, "err", err)
	}
	close(c.done)
	c.node.notify(c.sandbox, c.id, runtimeapi.ContainerEventType_CONTAINER_STOPPED_EVENT)
}

// stop asks the container to end and kills it after the grace; without a grace
// it is killed at once. It returns when the container has ended, or ctx has.
func (c *container) stop(ctx context.Context, grace time.Duration) error {
	if !c.running() {
		return nil
	}
	if grace > 0 {
		c.asked.Do(c.ask)
		gentle, cancel := context.WithTimeout(ctx, grace)
		defer cancel()
		if c.wait(gentle) == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("wait container %q: %w", c.id, ctx.Err())
		}
	}
	c.kill()
	if err := c.wait(ctx); err != nil {
		return fmt.Errorf("wait container %q: %w", c.id, err)
	}
	return nil
}

// ask sends the stop signal to the main process.
func (c *container) ask() {
	c.mu.Lock()
	main := c.main
	c.mu.Unlock()
	_ = main.Signal(c.signal) // it may have ended by itself
}

func (c *container) kill() {
	c.mu.Lock()
	log := c.log
	c.mu.Unlock()
	if log != nil {
		log.Hurry()
	}
	c.inner.Kill()
}

func (c *container) wait(ctx context.Context) error {
	select {
	case <-c.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// remove kills and forgets the container.
func (c *container) remove(ctx context.Context) error {
	if err := c.stop(ctx, 0); err != nil {
		return fmt.Errorf("failed to forcibly kill container %q: %w", c.id, err)
	}
	c.mu.Lock()
	if c.phase == starting {
		c.mu.Unlock()
		return fmt.Errorf("failed to set removing state for container %q: container is in starting state, can't be removed", c.id)
	}
	c.phase = removing
	c.mu.Unlock()
	c.removed.Do(c.forget)
	return nil
}

func (c *container) forget() {
	if c.inner != nil {
		_ = c.inner.Close()
	}
	c.sandbox.disown(c)
	c.node.containers.remove(c.id)
	c.node.containerNames.release(c.name(), c.id)
	if err := c.node.containerRecords.Remove(c.id); err != nil {
		c.node.rt.log.Error("forgetting a container", "err", err)
	}
	c.node.notify(c.sandbox, c.id, runtimeapi.ContainerEventType_CONTAINER_DELETED_EVENT)
}

// lose is the end of a container whose machine went down.
func (c *container) lose() {
	c.finish(run{ExitCode: exitUnknown, Reason: reasonUnknown})
	if c.inner != nil {
		_ = c.inner.Close()
	}
}

// containerRecord is a container on disk.
type containerRecord struct {
	ID      string          `json:"id"`
	Sandbox string          `json:"sandbox"`
	Config  json.RawMessage `json:"config"` // runtimeapi.ContainerConfig
	Created time.Time       `json:"created"`
	Image   string          `json:"image"` // its id
	LogPath string          `json:"logPath,omitempty"`
	Signal  kernel.Signal   `json:"signal"`
	Run     run             `json:"run"`
}

func (c *container) save() error {
	config, err := protojsonOf(c.config)
	if err != nil {
		return err
	}
	return c.node.containerRecords.Put(c.id, containerRecord{ID: c.id, Sandbox: c.sandbox.id, Config: config, Created: c.created,
		Image: c.imageID, LogPath: c.logPath, Signal: c.signal, Run: c.now()})
}

// recovered is the container of a record, after its machine was lost.
func (r *containerRecord) recovered(s *sandbox) (*container, error) {
	c := &container{node: s.node, sandbox: s, id: r.ID, config: &runtimeapi.ContainerConfig{}, created: r.Created,
		imageID: r.Image, logPath: r.LogPath, signal: r.Signal, io: &console{}, done: make(chan struct{}), run: r.Run}
	if err := fromProtojson(r.Config, c.config); err != nil {
		return nil, fmt.Errorf("reading the record of container %s: %w", r.ID, err)
	}
	c.run.Resources = c.config.GetLinux().GetResources()
	if c.run.State == runtimeapi.ContainerState_CONTAINER_EXITED {
		close(c.done)
		return c, nil
	}
	c.finish(run{ExitCode: exitUnknown, Reason: reasonUnknown})
	return c, nil
}

// findContainer returns a container or the error for a caller who needs one.
func (n *node) findContainer(id string) (*container, error) {
	c, err := n.containers.get(id)
	switch {
	case err == nil:
		return c, nil
	case errors.Is(err, errNotFound):
		return nil, status.Errorf(codes.NotFound, "an error occurred when try to find container %q: %v", id, err)
	}
	return nil, fmt.Errorf("an error occurred when try to find container %q: %w", id, err)
}
