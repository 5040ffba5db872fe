package cri

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/engine/fabric"
)

// udpIdle is how long a host port remembers who sent a datagram.
const udpIdle = 30 * time.Second

// hostPorts are a pod's ports that can be reached at its node's address.
type hostPorts struct {
	host, pod *fabric.Namespace
	ctx       context.Context
	cancel    context.CancelFunc
	open      []io.Closer
	running   sync.WaitGroup
}

// openPorts makes ports of a pod reachable at the node's address: all of them,
// or none.
func openPorts(host, pod *fabric.Namespace, mappings []*runtimeapi.PortMapping) (io.Closer, error) {
	h := &hostPorts{host: host, pod: pod}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	for _, m := range mappings {
		if m.GetHostPort() == 0 {
			continue
		}
		if err := h.map1(m); err != nil {
			h.Close()
			return nil, fmt.Errorf("cannot open hostport %d for pod: %w", m.GetHostPort(), err)
		}
	}
	return h, nil
}

// map1 opens one port. The simulated network has no SCTP, so that such a
// mapping leads nowhere.
func (h *hostPorts) map1(m *runtimeapi.PortMapping) error {
	at := net.JoinHostPort(m.GetHostIp(), strconv.Itoa(int(m.GetHostPort())))
	to := netip.AddrPortFrom(h.pod.IP(), uint16(m.GetContainerPort()))
	switch m.GetProtocol() {
	case runtimeapi.Protocol_TCP:
		l, err := h.host.Listen("tcp", at)
		if err != nil {
			return err
		}
		h.open = append(h.open, l)
		h.running.Go(func() { h.serve(l, to) })
	case runtimeapi.Protocol_UDP:
		p, err := h.host.ListenPacket("udp", at)
		if err != nil {
			return err
		}
		h.open = append(h.open, p)
		h.running.Go(func() { h.relay(p, to) })
	}
	return nil
}

// Close closes the ports and ends their connections.
func (h *hostPorts) Close() error {
	h.cancel()
	var errs []error
	for _, c := range h.open {
		errs = append(errs, c.Close())
	}
	h.running.Wait()
	return errors.Join(errs...)
}

func (h *hostPorts) serve(l net.Listener, to netip.AddrPort) {
	for {
		from, err := l.Accept()
		if err != nil {
			return
		}
		h.running.Go(func() { h.pass(from, to) })
	}
}

func (h *hostPorts) pass(from net.Conn, to netip.AddrPort) {
	defer from.Close()
	inside, err := h.host.Dial(h.ctx, "tcp", to.String())
	if err != nil {
		return
	}
	control.Join(h.ctx, inside, from)
}

// relay passes datagrams to the pod, and answers back to whom they are for.
func (h *hostPorts) relay(outside net.PacketConn, to netip.AddrPort) {
	senders := map[string]net.PacketConn{}
	defer func() {
		for _, c := range senders {
			c.Close()
		}
	}()
	target, buffer := net.UDPAddrFromAddrPort(to), make([]byte, 64<<10)
	for {
		n, sender, err := outside.ReadFrom(buffer)
		if err != nil {
			return
		}
		inside := senders[sender.String()]
		if inside == nil || inside.SetDeadline(time.Now().Add(udpIdle)) != nil {
			if inside, err = h.host.ListenPacket("udp", ":0"); err != nil {
				continue
			}
			senders[sender.String()] = inside
			_ = inside.SetDeadline(time.Now().Add(udpIdle))
			h.running.Go(func() { answers(outside, inside, sender) })
		}
		_, _ = inside.WriteTo(buffer[:n], target) // datagrams may be lost
	}
}

// answers passes on what comes back until nothing has come for a while.
func answers(outside, inside net.PacketConn, sender net.Addr) {
	defer inside.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, _, err := inside.ReadFrom(buffer)
		if err != nil {
			return
		}
		_, _ = outside.WriteTo(buffer[:n], sender)
	}
}
