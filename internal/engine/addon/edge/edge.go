// Package edge is the data plane of gateways and ingress controllers: it listens,
// tells TLS connections apart by the name that the client asks for, and forwards
// requests, streams and datagrams to weighted groups of addresses. It knows no
// Kubernetes: who uses it says in a [Config] what each port does, and builds HTTP
// handlers of its parts:
//
//   - [Server.NewPool] and [Pool.Next] choose among weighted backends,
//   - [Server.Forward] sends a request on: HTTP/1.1, upgrades such as websockets,
//     HTTP/2 with and without TLS, gRPC with its trailers; with time-outs and
//     retries,
//   - [Server.Mirror] sends copies of a request,
//   - [Headers], [Redirect], [PathChange] and [CORS] change requests and answers,
//   - [Covers] and [MoreSpecific] match host names with wildcards.
//
// [Server.Set] replaces the configuration. Requests under way and connections
// that are open go on; a port that is no longer named takes no new connections,
// and what is under way on it may end.
package edge

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Network is where a Server listens and connects; *fabric.Namespace is one.
type Network interface {
	Listen(network, address string) (net.Listener, error)
	ListenPacket(network, address string) (net.PacketConn, error)
	Dial(ctx context.Context, network, address string) (net.Conn, error)
}

// Options say where a Server works.
type Options struct {
	Net  Network
	Log  *slog.Logger // nil: discarded
	Seed uint64       // of the choice among backends; servers of one seed choose alike
	// Linger is how long requests and connections may go on when their port is
	// closed; 0: 30 s.
	Linger time.Duration
}

// Protocol is what is spoken on a port.
type Protocol string

// The protocols of ports.
const (
	HTTP Protocol = "HTTP" // HTTP/1.1, and HTTP/2 without TLS for those who know that it is spoken
	TLS  Protocol = "TLS"  // by server name: ended here or passed through
	TCP  Protocol = "TCP"
	UDP  Protocol = "UDP"
)

// Config is what a Server does. It must not change once it is set.
type Config struct {
	Listeners []Listener // one for each network and port
}

// Listener is a port.
type Listener struct {
	Port     uint16
	Protocol Protocol
	// Handler answers what is asked in HTTP, of TLS too where it ends here:
	// Request.TLS says so, and its ServerName which name the client asked for.
	// Nil answers 404.
	Handler http.Handler
	// Hosts are the names that a TLS port has. A connection for a name that none
	// covers is closed.
	Hosts []Host
	// Forward is where TCP connections and UDP datagrams go.
	Forward *Pool
}

// Host is what a TLS port does with connections for a name. Of several that cover
// one, the most specific counts.
type Host struct {
	Name string // "shop.example.com", "*.example.com"; empty: any, and clients that send none
	// TLS ends TLS here; nil passes the connection through to Forward as it is.
	// Without NextProtos of its own it offers h2 and http/1.1, if it is for the
	// Handler.
	TLS *tls.Config
	// Forward takes the stream; nil: the listener's Handler answers.
	Forward *Pool
}
