package controlplane

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"kubetutor/internal/lab/protocol"
)

// The components' names. Those of the others stand where they are started.
const storeName = "etcd"

// states remembers what each component does, and since when.
type states struct {
	mu  sync.Mutex
	all map[string]state
}

type state struct {
	protocol.ComponentState
	since time.Time
}

func (s *states) set(name string, now protocol.ComponentState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[string]state{}
	}
	s.all[name] = state{now, time.Now()}
}

func (s *states) get(name string) state {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all[name]
}

// componentNames are all components, in the order in which they start.
func componentNames() []string {
	return []string{storeName, apiServerName, controllerManager, schedulerName}
}

// Components tells how each component is.
func (c *ControlPlane) Components() []protocol.Component {
	c.mu.Lock()
	defer c.mu.Unlock()
	ended := map[string]error{}
	for _, part := range c.running() {
		ended[part.name] = part.failed()
	}
	var all []protocol.Component
	for _, name := range componentNames() {
		now := c.states.get(name)
		one := protocol.Component{Name: name, State: now.ComponentState, Since: now.since, Pauseable: name != storeName}
		if err := ended[name]; err != nil {
			one.State, one.Detail = protocol.ComponentFailed, err.Error()
		}
		all = append(all, one)
	}
	return all
}

// running are the components that work on the store, the last started first.
func (c *ControlPlane) running() (parts []component) {
	if c.scheduler != nil {
		parts = append(parts, c.scheduler.done)
	}
	if c.controllers != nil {
		parts = append(parts, c.controllers.done)
	}
	if c.api != nil {
		parts = append(parts, c.api.done)
	}
	return parts
}

// ErrNoPause means that a component cannot be paused.
var ErrNoPause = errors.New("cannot be paused")

// Pause stops a component until Resume, Reset or Stop. The scheduler and the
// controllers end, as if their processes had; the API server listens no more,
// and every connection to it is cut. To pause a paused one does no harm. An
// unknown name, and etcd, without which nothing else can run, is an ErrNoPause.
func (c *ControlPlane) Pause(ctx context.Context, name string) (err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case name == apiServerName:
		err = c.api.door.shut()
	case name == controllerManager && c.controllers != nil:
		err = c.controllers.done.stop(ctx)
		c.controllers = nil
	case name == schedulerName && c.scheduler != nil:
		err = c.scheduler.done.stop(ctx)
		c.scheduler = nil
	case name != controllerManager && name != schedulerName:
		return fmt.Errorf("%s %w", name, ErrNoPause)
	}
	if err == nil && c.states.get(name).ComponentState != protocol.ComponentPaused {
		c.states.set(name, protocol.ComponentPaused)
	}
	return err
}

// Resume lets a paused component run again. One that runs already is left alone.
func (c *ControlPlane) Resume(ctx context.Context, name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case name == apiServerName:
		return c.openDoor()
	case name == controllerManager && c.controllers == nil:
		return c.runControllers()
	case name == schedulerName && c.scheduler == nil:
		return c.runScheduler()
	case name != controllerManager && name != schedulerName:
		return fmt.Errorf("%s %w", name, ErrNoPause)
	}
	return nil
}

func (c *ControlPlane) openDoor() error {
	if c.states.get(apiServerName).ComponentState == protocol.ComponentRunning {
		return nil
	}
	if err := c.api.door.open(); err != nil {
		return err
	}
	c.states.set(apiServerName, protocol.ComponentRunning)
	return nil
}

// APIServer is the API server's name as a component.
const APIServer = apiServerName

// Paused says whether a component is paused.
func (c *ControlPlane) Paused(name string) bool {
	return c.states.get(name).ComponentState == protocol.ComponentPaused
}

// ResumeAll lets every component run again.
func (c *ControlPlane) ResumeAll(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.resumeAll(ctx)
}

// resumeAll lets everything run again. After a pause of the API server all begin
// anew: else every client would try again in its own time, up to half a minute.
func (c *ControlPlane) resumeAll(ctx context.Context) error {
	if c.Paused(apiServerName) {
		return c.restart(ctx)
	}
	var errs []error
	if c.controllers == nil {
		errs = append(errs, c.runControllers())
	}
	if c.scheduler == nil {
		errs = append(errs, c.runScheduler())
	}
	return errors.Join(errs...)
}

// restart ends all components but the store and starts them with the profile's
// flags, at the same address.
func (c *ControlPlane) restart(ctx context.Context) error {
	if err := c.stopComponents(ctx); err != nil {
		return err
	}
	l, moved, err := listen(c.options.Dir)
	if err != nil {
		return err
	}
	if moved != 0 {
		return errors.Join(fmt.Errorf("port %d was taken by another program while the API server restarted", moved), l.Close())
	}
	if err := c.serveAPI(l); err != nil {
		return err
	}
	if err := c.awaitReady(ctx); err != nil {
		return err
	}
	_, err = c.startControllers(ctx)
	return err
}
