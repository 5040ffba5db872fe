package controlplane

import (
	"context"
	"fmt"
	"sync"

	"k8s.io/klog/v2"
)

// component is a part that runs in a goroutine of its own.
type component struct {
	name   string
	cancel context.CancelFunc
	ended  chan struct{}
	err    *error // of its end, once ended is closed
}

// run starts f; cancel must make it return.
func run(name string, cancel context.CancelFunc, f func() error) component {
	c := component{name: name, cancel: sync.OnceFunc(cancel), ended: make(chan struct{}), err: new(error)}
	go func() {
		defer close(c.ended)
		*c.err = f()
		klog.InfoS("Component ended", "component", name, "err", *c.err)
	}()
	return c
}

// stop ends the component and waits for it, at most until ctx is done.
func (c component) stop(ctx context.Context) error {
	c.cancel()
	select {
	case <-c.ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stopping %s: %w", c.name, context.Cause(ctx))
	}
}

// failed returns why the component has ended, nil while it runs.
func (c component) failed() error {
	select {
	case <-c.ended:
		return fmt.Errorf("%s ended: %w", c.name, errOr(*c.err))
	default:
		return nil
	}
}

// errOr gives an end without an error a name.
func errOr(err error) error {
	if err == nil {
		return fmt.Errorf("without an error")
	}
	return err
}
