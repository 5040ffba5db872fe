// Package control is the socket by which the engine steers the runtime process:
// its types, a client and a server. The runtime process holds all containers of
// all nodes; the engine adds and removes nodes, pulls their plugs, asks for
// their usage, and reaches addresses of their network.
//
// It is HTTP/1.1 with JSON over a unix socket of the same user:
//
//	GET    /hello                 Hello
//	GET    /leash                 held open as long as the caller needs the runtime
//	POST   /nodes                 Node; idempotent
//	DELETE /nodes/NAME
//	POST   /nodes/NAME/power      Power
//	POST   /nodes/NAME/pressure   Pressure
//	GET    /nodes/NAME/usage      Usage
//	POST   /reset                 Reset
//	POST   /routes                Routes
//	POST   /hosts                 Hosts
//	POST   /policies              Policies, of all pods
//	POST   /announce              Announcements
//	POST   /explain               Question, answered by a Record
//	GET    /records?since=ID      Records, one on a line, as long as the caller reads
//	GET    /images                the catalogue of images
//	POST   /datagram              Datagram, answered by an Echo
//	CONNECT IP:PORT               a raw connection into the network of the lab
//
// The runtime lives while somebody holds a leash, and for [Grace] after the last
// one went: its containers survive an engine that is started again, and none is
// left behind by one that is not. What it was told of the network (routes, names,
// policies, announcements) is forgotten with the process.
package control

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"time"

	"kubetutor/internal/engine/fabric"
)

// SocketName is the name of the runtime's socket in the directory of sockets.
const SocketName = "runtime.sock"

// Grace is how long the runtime lives without a leash.
const Grace = 20 * time.Second

// Barred is how long the runtime refuses sandboxes and containers of Pods that a
// reset named as gone: far longer than a kubelet goes on with what it had in hand.
const Barred = 5 * time.Minute

// BarredBriefly is how long it refuses them of Pods that a reset removed without
// naming them: static Pods, whose UID is the same once their manifest is back. The
// kubelet itself does not start those again sooner.
const BarredBriefly = 1500 * time.Millisecond

// FromHeader names the node, or has the address of the pod or node, from which a
// CONNECT comes. [Outside] is somebody on the nodes' network who is no part of the
// cluster; without it, it is the engine, which is the control plane's machine.
const FromHeader = "X-From"

// Outside is a value of FromHeader; see there.
const Outside = fabric.Outside

// ErrNobody means that nobody has the address from which something is to come.
var ErrNobody = fabric.ErrNobody

// ErrNoNode means that the runtime has no node of that name.
var ErrNoNode = errors.New("the runtime has no such node")

// Hello is what the runtime tells of itself.
type Hello struct {
	Engine string   `json:"engine"` // id of the sources that made it
	PID    int      `json:"pid"`
	Nodes  []string `json:"nodes"`
}

// Node is a machine to simulate: one CRI endpoint with its containers.
type Node struct {
	Name        string     `json:"name"`
	IP          netip.Addr `json:"ip"`
	CRI         string     `json:"cri"`         // path of the socket to serve CRI on
	Root        string     `json:"root"`        // the node's own root directory
	KubeletRoot string     `json:"kubeletRoot"` // the kubelet's, where volumes are
	CPUs        int        `json:"cpus"`        // millicores
	Memory      int64      `json:"memory"`      // bytes
	Disk        int64      `json:"disk"`        // bytes
}

// Power is the plug of a node.
type Power struct {
	On bool `json:"on"`
}

// Pressure is usage that a node claims beyond what its containers need.
type Pressure struct {
	Memory int64 `json:"memory"` // bytes
	Disk   int64 `json:"disk"`   // bytes
	PIDs   int   `json:"pids"`
}

// Usage is what containers and images of a node use now, pressure included.
type Usage struct {
	Memory int64 `json:"memory"` // bytes
	Disk   int64 `json:"disk"`   // bytes
	PIDs   int   `json:"pids"`
	CPU    int64 `json:"cpu"` // billionths of a core
}

// Reset lists Pods by their UIDs: those that survive, and those that have been
// deleted, of which nothing may start any more (see [Barred]).
type Reset struct {
	Keep []string `json:"keep"`
	Gone []string `json:"gone,omitempty"`
}

// Routes are the addresses outside of the lab's network that pods may connect
// to: an address in the network, and where it leads.
type Routes map[netip.AddrPort]Target

// Hosts are the names of machines, for the name server of the nodes' network.
type Hosts map[string]netip.Addr

// Types of the network, which package fabric explains.
type (
	Policies  = fabric.Policies
	PodPolicy = fabric.PodPolicy
	Isolation = fabric.Isolation
	Rule      = fabric.Rule
	Peer      = fabric.Peer
	Ports     = fabric.Ports
	Record    = fabric.Record
	Step      = fabric.Step
	Verdict   = fabric.Verdict
)

// Announcements are the addresses of load balancers, and for each the nodes that
// take what is sent to it.
type Announcements map[netip.Addr][]string

// Question asks what would become of a connection.
type Question struct {
	From    netip.Addr     `json:"from,omitzero"` // of a pod or a node; missing: from outside
	Network string         `json:"network"`       // "tcp" or "udp"
	To      netip.AddrPort `json:"to"`
}

// Target is where a route leads to: host and port on the loopback interface, or
// unix: and the absolute path of a socket. Nothing else is one, so that no route
// can lead to a real network.
type Target string

const unixPrefix = "unix:"

// Check refuses what is no target.
func (t Target) Check() error {
	if path, ok := strings.CutPrefix(string(t), unixPrefix); ok {
		if !filepath.IsAbs(path) {
			return fmt.Errorf("the route to %s needs an absolute path", t)
		}
		return nil
	}
	address, err := netip.ParseAddrPort(string(t))
	if err != nil || !address.Addr().IsLoopback() {
		return fmt.Errorf("a route may lead to loopback only, not to %q", string(t))
	}
	return nil
}

// Dial connects to the target.
func (t Target) Dial(ctx context.Context) (net.Conn, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	var d net.Dialer
	if path, ok := strings.CutPrefix(string(t), unixPrefix); ok {
		return d.DialContext(ctx, "unix", path)
	}
	return d.DialContext(ctx, "tcp", string(t))
}

// failure is the body of an answer that is none.
type failure struct {
	Error string `json:"error"`
}
