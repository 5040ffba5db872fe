// Package proxy is the data plane of one Gateway: what it does is data, a
// [Config], which the controller writes into a Secret and the proxy's pod reads.
// It knows the terms of Gateway API, but none of its objects.
package proxy

import (
	"net/netip"
	"time"

	"kubetutor/internal/engine/addon/edge"
)

// Config is what the proxy of a Gateway does.
type Config struct {
	Ports []Port `json:"ports"`
	Rules []Rule `json:"rules,omitempty"` // that entries of ports refer to
}

// Port is one port of the Gateway.
type Port struct {
	Number   uint16        `json:"number"`
	Protocol edge.Protocol `json:"protocol"`
	// Listeners are those that speak HTTP, in TLS if Protocol is TLS.
	Listeners []Listener `json:"listeners,omitempty"`
	// TLS is what happens to a server name, of a port whose Protocol is TLS.
	TLS []TLSHost `json:"tls,omitempty"`
	// Backends take connections of a TCP port and datagrams of a UDP port.
	Backends []Backend `json:"backends,omitempty"`
}

// Listener is a listener of HTTP: of several on a port, the one whose host name is
// the most specific that covers a request's gets it, and no other.
type Listener struct {
	Hostname string  `json:"hostname,omitempty"`
	Entries  []Entry `json:"entries,omitempty"` // by precedence: the first that matches counts
}

// Entry leads requests to a rule.
type Entry struct {
	Hostname string `json:"hostname,omitempty"`
	Match    Match  `json:"match"`
	Rule     int    `json:"rule"` // index in Config.Rules
}

// Comparison is how a value is compared.
type Comparison string

// The comparisons. Regular expressions are Go's (RE2), of the whole value.
const (
	Exact  Comparison = "Exact"
	Prefix Comparison = "Prefix" // of whole segments of a path
	Regex  Comparison = "Regex"
)

// Match is what a request must be like. What is left out may be anything.
type Match struct {
	Method  string  `json:"method,omitempty"`
	Path    *Path   `json:"path,omitempty"`
	Headers []Field `json:"headers,omitempty"`
	Query   []Field `json:"query,omitempty"`
}

// Path is a comparison of the path.
type Path struct {
	By    Comparison `json:"by"`
	Value string     `json:"value"`
}

// Field is a comparison of a header or of a query parameter; of one that comes
// several times, the first counts, of headers all, joined by commas.
type Field struct {
	Name  string     `json:"name"`
	By    Comparison `json:"by"`
	Value string     `json:"value"`
}

// Rule is what happens to requests that match.
type Rule struct {
	Name     string    `json:"name"` // "namespace/route/index", unique
	Filters  Filters   `json:"filters"`
	Backends []Backend `json:"backends,omitempty"`
	Timeout  Duration  `json:"timeout,omitempty"`  // of the request as a whole
	Try      Duration  `json:"try,omitempty"`      // of one request to a backend
	Attempts int       `json:"attempts,omitempty"` // further tries after a failure
	Codes    []int     `json:"codes,omitempty"`    // answers that are failures
	Backoff  Duration  `json:"backoff,omitempty"`  // before each further try
}

// Duration is in nanoseconds.
type Duration = time.Duration

// Filters change what passes. They are applied in this order.
type Filters struct {
	CORS     *edge.CORS     `json:"cors,omitempty"`
	Request  []edge.Headers `json:"request,omitempty"`
	Mirrors  []Mirror       `json:"mirrors,omitempty"`
	Redirect *edge.Redirect `json:"redirect,omitempty"`
	Rewrite  *Rewrite       `json:"rewrite,omitempty"`
	Response []edge.Headers `json:"response,omitempty"`
}

// Rewrite changes where a request says that it goes.
type Rewrite struct {
	Hostname string           `json:"hostname,omitempty"`
	Path     *edge.PathChange `json:"path,omitempty"`
}

// Mirror copies Numerator of Denominator requests to a backend.
type Mirror struct {
	Backend     Backend `json:"backend"`
	Numerator   uint64  `json:"numerator"`
	Denominator uint64  `json:"denominator"`
}

// Backend is a Service, or what a reference to one came to.
type Backend struct {
	Name      string           `json:"name"` // "namespace/service:port"
	Weight    int              `json:"weight"`
	Addresses []netip.AddrPort `json:"addresses,omitempty"`
	HTTP2     bool             `json:"http2,omitempty"` // it is spoken from the first byte
	TLS       *edge.ClientTLS  `json:"tls,omitempty"`
	// Invalid is a backend that the controller could not resolve, or may not use:
	// its share of requests is answered by the status 500.
	Invalid bool    `json:"invalid,omitempty"`
	Filters Filters `json:"filters"`
}

// TLSHost is what happens to connections for a server name.
type TLSHost struct {
	Hostname string `json:"hostname,omitempty"` // empty: any
	// Certificates end TLS; without any, connections pass through to Backends.
	Certificates []KeyPair `json:"certificates,omitempty"`
	// ClientCA are the authorities (PEM) of certificates that clients must show.
	ClientCA []byte `json:"clientCA,omitempty"`
	// AskClient asks clients for a certificate, and takes none and any.
	AskClient bool `json:"askClient,omitempty"`
	// HTTP leads what comes out of TLS to the Listeners, else it goes to Backends.
	HTTP     bool      `json:"http,omitempty"`
	Backends []Backend `json:"backends,omitempty"`
}

// KeyPair is a certificate chain and its key, in PEM.
type KeyPair struct {
	Certificate []byte `json:"certificate"`
	Key         []byte `json:"key"`
}
