package controlplane

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/klog/v2"

	"kubetutor/internal/engine/peer"
)

// Router connects to an address inside the lab: a node, a pod or a service. It
// returns ErrOutside for any other address.
type Router func(ctx context.Context, to netip.AddrPort) (net.Conn, error)

// ErrOutside means that an address is none of the lab's.
var ErrOutside = errors.New("outside the lab")

// Inside says whether an address is one of the lab's: a node's, a Pod's or a
// Service's.
func Inside(ip netip.Addr) bool {
	for _, r := range []string{nodeRange, podRange, serviceRange} {
		if netip.MustParsePrefix(r).Contains(ip.Unmap()) {
			return true
		}
	}
	return false
}

// egress is the only way out of the API server: a unix socket that answers
// CONNECT. Webhooks, aggregated APIs, and the proxies to nodes, pods and
// services all dial through it (an egress selector names it), so that nothing
// a learner writes makes the API server connect to a real address. Where it
// leads is the router's to say; without one every request is refused.
type egress struct {
	listener net.Listener
	config   string // file for --egress-selector-config-file
	router   atomic.Pointer[Router]
	ctx      context.Context // ends connections
	cancel   context.CancelFunc
	wg       sync.WaitGroup
}

const (
	// connectTimeout bounds how long a client may take to say where it wants to go.
	connectTimeout = 5 * time.Second
	// dialTimeout is how long an address may take to answer; a caller with less
	// patience goes away by itself.
	dialTimeout = 30 * time.Second
)

// openEgress listens on a socket below sockets and writes the API server's
// configuration for it to config.
func openEgress(sockets, config string) (*egress, error) {
	path, err := socketPath(sockets, "egress.sock")
	if err != nil {
		return nil, err
	}
	if err := removeIfThere(path); err != nil {
		return nil, fmt.Errorf("removing an old socket: %w", err)
	}
	l, err := peer.Listen(path)
	if err != nil {
		return nil, fmt.Errorf("opening the egress socket: %w", err)
	}
	e := &egress{listener: l, config: config}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	if err := os.WriteFile(config, egressConfig(path), 0o600); err != nil {
		l.Close()
		return nil, fmt.Errorf("writing the egress selector's configuration: %w", err)
	}
	e.wg.Go(e.serve)
	return e, nil
}

// egressConfig names the socket for both kinds of destinations: "cluster" are
// nodes, pods and services, "controlplane" are webhooks with a URL.
func egressConfig(socket string) []byte {
	return fmt.Appendf(nil, `apiVersion: apiserver.k8s.io/v1beta1
kind: EgressSelectorConfiguration
egressSelections:
- name: cluster
  connection: {proxyProtocol: HTTPConnect, transport: {uds: {udsName: %[1]q}}}
- name: controlplane
  connection: {proxyProtocol: HTTPConnect, transport: {uds: {udsName: %[1]q}}}
`, socket)
}

func (e *egress) serve() {
	for {
		conn, err := e.listener.Accept()
		if err != nil {
			return // closed
		}
		e.wg.Go(func() { e.answer(conn) })
	}
}

// answer reads one CONNECT request, dials, and joins the two connections. A
// failure stands in the status line, which the API server shows to the learner.
func (e *egress) answer(conn net.Conn) {
	defer conn.Close()
	defer context.AfterFunc(e.ctx, func() { conn.Close() })()
	if err := conn.SetDeadline(time.Now().Add(connectTimeout)); err != nil {
		return
	}
	r := bufio.NewReader(conn)
	req, err := http.ReadRequest(r)
	if err != nil || conn.SetDeadline(time.Time{}) != nil {
		return
	}
	out, err := e.dial(target(req))
	if err != nil {
		refuse(conn, target(req), err)
		return
	}
	defer out.Close()
	defer context.AfterFunc(e.ctx, func() { out.Close() })()
	if _, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
		return
	}
	join(conn, r, out)
}

// dial goes where the router leads.
func (e *egress) dial(address string) (net.Conn, error) {
	router := e.router.Load()
	to, err := netip.ParseAddrPort(address)
	if router == nil || err != nil { // a name: the lab's are not known here, and no other is asked for
		return nil, ErrOutside
	}
	ctx, cancel := context.WithTimeout(e.ctx, dialTimeout)
	defer cancel()
	return (*router)(ctx, to)
}

func refuse(conn net.Conn, address string, err error) {
	if errors.Is(err, ErrOutside) {
		klog.InfoS("Refused to connect: outside the lab", "address", address)
		fmt.Fprintf(conn, "HTTP/1.1 403 the lab has no address %s, and its API server connects to nothing outside the lab\r\nContent-Length: 0\r\n\r\n", address)
		return
	}
	oneLine := strings.NewReplacer("\r", " ", "\n", " ").Replace(err.Error())
	fmt.Fprintf(conn, "HTTP/1.1 502 %s\r\nContent-Length: 0\r\n\r\n", oneLine)
}

// join copies both ways until both have ended. An end of one way is passed on,
// where the connection knows half closes.
func join(in net.Conn, fromIn io.Reader, out net.Conn) {
	var both errgroup.Group
	both.Go(func() error { return pass(out, fromIn) })
	both.Go(func() error { return pass(in, out) })
	_ = both.Wait()
}

func pass(to net.Conn, from io.Reader) error {
	_, err := io.Copy(to, from)
	if half, ok := to.(interface{ CloseWrite() error }); ok && err == nil {
		return half.CloseWrite()
	}
	return to.Close()
}

// target is the address that a CONNECT request asks for.
func target(req *http.Request) string {
	if req.Method != http.MethodConnect {
		return req.Host
	}
	return req.URL.Host
}

// close stops listening, cuts what is open, and waits for its end.
func (e *egress) close(context.Context) error {
	err := e.listener.Close()
	e.cancel()
	e.wg.Wait()
	return err
}
