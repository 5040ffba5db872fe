package cri

import (
	"context"
	"fmt"
	"net/netip"

	"kubetutor/internal/engine/cri/control"
)

// nameServer is the address of the name server of the nodes' network, which
// /etc/resolv.conf of the nodes names. Those before it are the engine's own and
// metrics-server's.
var nameServer = netip.AddrFrom4([4]byte{172, 30, 0, 3})

// serveNames starts that name server. It ends with the process.
func (r *Runtime) serveNames() error {
	at, err := r.fabric.Attach("", nameServer)
	if err != nil {
		return err
	}
	if err := r.names.Serve(at); err != nil {
		return fmt.Errorf("starting the nodes' name server: %w", err)
	}
	return nil
}

// Hosts replaces the machines' names that the nodes' name server knows.
func (r *Runtime) Hosts(_ context.Context, h control.Hosts) error {
	r.names.SetHosts(h)
	return nil
}
