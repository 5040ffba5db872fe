package controlplane

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"k8s.io/klog/v2"
)

// egress is the only way out of the API server: a unix socket that answers
// CONNECT. Webhooks, aggregated APIs, and the proxies to nodes, pods and
// services all dial through it (an egress selector names it), so that nothing
// a learner writes makes the API server connect to a real address. Today the
// lab has no addresses of its own, so every request is refused.
type egress struct {
	listener net.Listener
	config   string // file for --egress-selector-config-file
	wg       sync.WaitGroup
}

// connectTimeout bounds how long a client may take to say where it wants to go.
const connectTimeout = 5 * time.Second

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
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("opening the egress socket: %w", err)
	}
	e := &egress{listener: l, config: config}
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
		e.wg.Go(func() { answer(conn) })
	}
}

// answer reads one CONNECT request and refuses it. The API server shows the
// status line to the learner.
func answer(conn net.Conn) {
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(connectTimeout)); err != nil {
		return
	}
	req, err := http.ReadRequest(bufio.NewReader(io.LimitReader(conn, http.DefaultMaxHeaderBytes)))
	if err != nil {
		return
	}
	klog.InfoS("Refused to connect: outside the lab", "address", req.Host)
	fmt.Fprintf(conn, "HTTP/1.1 403 the lab has no address %s, and its API server connects to nothing outside the lab\r\nContent-Length: 0\r\n\r\n", target(req))
}

// target is the address that a CONNECT request asks for.
func target(req *http.Request) string {
	if req.Method != http.MethodConnect {
		return req.Host
	}
	return req.URL.Host
}

// close stops listening and waits for the answers under way.
func (e *egress) close(context.Context) error {
	err := e.listener.Close()
	e.wg.Wait()
	return err
}
