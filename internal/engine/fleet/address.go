package fleet

import (
	"context"
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"
	"time"

	"kubetutor/internal/engine/cri/control"
)

// Addresses of the lab's network that are the same in every cluster; see the
// API server's certificate.
const (
	apiAddress     = "172.30.0.1:6443"
	serviceAddress = "10.96.0.1:443"
	kubeletPort    = 10250 // where a kubelet is expected to serve
	firstNode      = 10    // the last byte of node N's address is this and N
)

// region is the region of all nodes, by their label.
const region = "sim"

// zones are given to nodes in turn.
func zones() []string { return []string{"zone-a", "zone-b", "zone-c"} }

func zoneOf(number int) string { return zones()[(number-1)%len(zones())] }

// ipOf is the address of the node with that number.
func ipOf(number int) netip.Addr {
	return netip.AddrFrom4([4]byte{172, 30, 0, byte(firstNode + number)})
}

// routes lead pods to the API server. It publishes the port where it really
// listens as its endpoint, so that is one of its ports too.
func routes(server netip.AddrPort) control.Routes {
	to := control.Target(server.String())
	api := netip.MustParseAddrPort(apiAddress)
	return control.Routes{api: to, netip.AddrPortFrom(api.Addr(), server.Port()): to, netip.MustParseAddrPort(serviceAddress): to}
}

// hosts are the names that the nodes' own name server knows. Those of Services are
// the business of the cluster's.
func (f *Fleet) hosts() control.Hosts {
	all := control.Hosts{}
	for _, m := range f.all() {
		all[m.record.Name] = ipOf(m.record.Number)
	}
	return all
}

// noAnswer is how long it takes to find out that nobody has an address on the
// nodes' network: a kernel asks three times for who has it, a second each.
const noAnswer = 3 * time.Second

// Dial connects the control plane to an address of the lab: a node's kubelet,
// which really listens on loopback, or anything in the lab's network. Errors are
// as [control.Client.Dial] has them; the kubelet of a node without power is
// unreachable.
func (f *Fleet) Dial(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	m := f.at(to.Addr())
	if m == nil || !m.serves(int(to.Port())) {
		return f.control.Dial(ctx, "", to)
	}
	if m.stopped() {
		return nil, unreachable(ctx, to)
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(m.listens())))
}

// at is the member with that address, nil if there is none.
func (f *Fleet) at(ip netip.Addr) *member {
	for _, m := range f.all() {
		if ipOf(m.record.Number) == ip.Unmap() {
			return m
		}
	}
	return nil
}

// unreachable waits as a kernel does before it gives up.
func unreachable(ctx context.Context, to netip.AddrPort) error {
	failed := &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(to)}
	select {
	case <-ctx.Done():
		failed.Err = os.ErrDeadlineExceeded
	case <-time.After(noAnswer):
		failed.Err = os.NewSyscallError("connect", syscall.EHOSTUNREACH)
	}
	return failed
}
