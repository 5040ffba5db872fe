package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"k8s.io/client-go/kubernetes"

	"kubetutor/internal/engine/console"
	"kubetutor/internal/engine/controlplane"
	"kubetutor/internal/engine/fleet"
	"kubetutor/internal/lab/protocol"
)

// startNodes brings the nodes of the profile, if it has any, and makes the
// cluster with them its baseline.
func (c *ownCluster) startNodes(ctx context.Context, stage func(protocol.Stage)) error {
	p := c.ControlPlane.Profile()
	if p.Nodes == 0 {
		return nil
	}
	began := time.Now()
	stage(protocol.Stage{ID: "nodes"})
	options, err := c.fleetOptions(p)
	if err != nil {
		return err
	}
	if err := c.startNetwork(ctx); err != nil {
		return err
	}
	f, err := fleet.Start(ctx, options, p.Nodes)
	if err != nil {
		return fmt.Errorf("starting the nodes: %w", err)
	}
	c.fleet.Store(f)
	if err := c.startAddOns(ctx, f); err != nil {
		return err
	}
	err = f.AwaitReady(ctx, func(ready, want int) {
		stage(protocol.Stage{ID: "nodes", Detail: fmt.Sprintf("%d of %d ready", ready, want)})
	})
	if err != nil {
		return fmt.Errorf("waiting for the nodes: %w", err)
	}
	if err := c.OpenNodesBaseline(ctx, p.Nodes); err != nil {
		return err
	}
	stage(protocol.Stage{ID: "nodes", Done: true, Took: time.Since(began)})
	return nil
}

func (c *ownCluster) fleetOptions(p controlplane.Profile) (fleet.Options, error) {
	client, err := kubernetes.NewForConfig(c.Config(controlplane.SetupUser))
	if err != nil {
		return fleet.Options{}, err
	}
	server, err := netip.ParseAddrPort(strings.TrimPrefix(c.Server(), "https://"))
	if err != nil {
		return fleet.Options{}, fmt.Errorf("reading the API server's address: %w", err)
	}
	return fleet.Options{
		Program: c.backend.program, EngineID: c.backend.id, Log: c.backend.log,
		Dir: c.backend.home.Nodes(), Sockets: c.backend.home.SocketDir(),
		Client: client, Server: server, Issue: c.issue, Join: c.BootstrapKubeconfig, Equip: c.equip, Clock: p.Kubelet,
	}, nil
}

func (c *ownCluster) issue(name string, ip netip.Addr) (fleet.Files, error) {
	files, err := c.NodeFiles(name, ip)
	return fleet.Files(files), err
}

// dial is the API server's way into the lab.
func (c *ownCluster) dial(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	f := c.fleet.Load()
	if f == nil || !controlplane.Inside(to.Addr()) {
		return nil, controlplane.ErrOutside
	}
	return c.dialInside(ctx, f, to)
}

// stopNodes ends the nodes, if there are any.
func (c *ownCluster) stopNodes() {
	c.doors.Close(protocol.OpenAll)
	c.stopAddOns()
	if f := c.fleet.Swap(nil); f != nil {
		f.Stop()
	}
	c.stopNetwork()
}

// forgetNodes removes what nodes that have been stopped left on the disk.
func (c *ownCluster) forgetNodes() error { return fleet.Remove(c.backend.home.Nodes()) }

// back goes back to the baseline, nodes included: first they are all there again
// and running, then the objects are as they were, then nothing is left of the
// containers that belonged to others.
func (c *ownCluster) back(ctx context.Context) error {
	f := c.fleet.Load()
	if f == nil {
		return c.ControlPlane.Reset(ctx)
	}
	if err := f.Tidy(); err != nil { // before: static Pods make objects
		return err
	}
	if err := c.rouse(ctx, f); err != nil {
		return err
	}
	if err := c.ControlPlane.Reset(ctx); err != nil {
		return err
	}
	if err := c.empty(ctx, f); err != nil {
		return err
	}
	return errors.Join(c.resetAddOns(ctx), f.Tidy()) // after: Pods go on writing until they end
}

// rouseLimit is how long nodes may take to be ready again.
const rouseLimit = 30 * time.Second

// errAsleep means that nodes do not come back.
var errAsleep = errors.New("the nodes do not come back")

// rouse lets everything run that has been paused, stopped or taken away, and
// waits for the nodes. A kubelet does not write its Node again that somebody has
// deleted, and one that found no API server for a while asks again in its own
// time, up to half a minute: those start anew.
func (c *ownCluster) rouse(ctx context.Context, f *fleet.Fleet) error {
	deaf := c.Paused(controlplane.APIServer)
	if err := errors.Join(c.ResumeAll(ctx), c.RestoreNodes(ctx)); err != nil {
		return err
	}
	if err := f.Restore(ctx); err != nil {
		return fmt.Errorf("restoring the nodes: %w", err)
	}
	if deaf {
		if err := reboot(ctx, f); err != nil {
			return err
		}
	}
	limited, cancel := context.WithTimeout(ctx, rouseLimit)
	defer cancel()
	if err := f.AwaitReady(limited, nil); err != nil {
		return fmt.Errorf("%w: %w", errAsleep, err)
	}
	return nil
}

// reboot pulls every node's plug and puts it back.
func reboot(ctx context.Context, f *fleet.Fleet) error {
	for _, n := range f.List(ctx) {
		if err := f.StopNode(ctx, n.Name); err != nil {
			return err
		}
		if err := f.StartNode(ctx, n.Name); err != nil {
			return err
		}
	}
	return nil
}

// endpoints are the nodes' container runtimes, for crictl in the console.
func (b *ownBackend) endpoints() (nodes []console.Node) {
	c := b.cluster.Load()
	if c == nil {
		return nil
	}
	f := c.fleet.Load()
	if f == nil {
		return nil
	}
	for _, e := range f.Endpoints() {
		nodes = append(nodes, console.Node{Name: e.Node, Socket: e.Socket, Logs: e.Logs})
	}
	return nodes
}
