package proxy

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"kubetutor/internal/engine/addon/edge"
	"kubetutor/internal/engine/addon/ingress/annotation"
	"kubetutor/internal/engine/addon/ingress/model"
)

// speech is how a backend is spoken to.
type speech struct {
	tls, http2 bool
	auto       bool // TLS where the client speaks it
	ssl        *annotation.ProxySSL
}

// speechKey tells apart what needs connections of its own.
type speechKey struct {
	tls, http2 bool
	ssl        [sha256.Size]byte
	connect    time.Duration
}

// transports hold the connections to backends.
type transports struct {
	net edge.Network
	mu  sync.Mutex
	all map[speechKey]*http.Transport
}

// Limits of connections to backends.
const (
	idlePerAddress = 320 // upstream-keepalive-connections
	idleFor        = 60 * time.Second
	headersBelow   = 256 << 10 // bytes of an answer's headers
)

// of is what sends requests in a way, with so much time to connect.
func (t *transports) of(s speech, connect time.Duration) *http.Transport {
	key := speechKey{tls: s.tls, http2: s.http2, connect: connect}
	if s.tls && s.ssl != nil {
		key.ssl = sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s\x00%s\x00%s", s.ssl.CA, s.ssl.Name, s.ssl.Verify, s.ssl.ServerName, s.ssl.Protocols))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if known := t.all[key]; known != nil {
		return known
	}
	made := t.make(s, connect)
	t.all[key] = made
	return made
}

func (t *transports) make(s speech, connect time.Duration) *http.Transport {
	made := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: idlePerAddress, IdleConnTimeout: idleFor,
		MaxResponseHeaderBytes: headersBelow, Protocols: new(http.Protocols), TLSHandshakeTimeout: connect,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			ctx, cancel := context.WithTimeoutCause(ctx, connect, errTimeout)
			defer cancel()
			conn, err := t.net.Dial(ctx, network, address)
			if err != nil && context.Cause(ctx) == errTimeout {
				return nil, errTimeout
			}
			return conn, err
		}}
	if s.tls {
		made.TLSClientConfig = clientConfig(s.ssl)
	}
	made.Protocols.SetHTTP1(!s.http2)
	made.Protocols.SetHTTP2(s.http2 && s.tls)
	made.Protocols.SetUnencryptedHTTP2(s.http2 && !s.tls)
	return made
}

// clientConfig is TLS towards backends: any certificate will do, unless the
// annotations ask for one.
func clientConfig(ssl *annotation.ProxySSL) *tls.Config {
	config := &tls.Config{InsecureSkipVerify: true}
	if ssl == nil {
		return config
	}
	config.ServerName = ssl.Name
	if ssl.Verify == "on" {
		config.InsecureSkipVerify = false
		config.RootCAs = x509.NewCertPool()
		config.RootCAs.AppendCertsFromPEM(ssl.CA)
	}
	return config
}

func (t *transports) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, transport := range t.all {
		transport.CloseIdleConnections()
	}
}

// errNoName means that a Service is a name that nobody knows.
var errNoName = errors.New("failed to query the DNS server")

// names look up Services that are names elsewhere, and remember the answers.
type names struct {
	lookup func(ctx context.Context, host string) ([]netip.Addr, error)
	turn   atomic.Uint64
	mu     sync.Mutex
	all    map[string]answer
}

type answer struct {
	addresses []netip.Addr
	until     time.Time
}

// remembered is how long an answer is good, and namesAtOnce how many are kept.
const (
	remembered  = 5 * time.Second
	namesAtOnce = 1000
)

// resolve is the address of an endpoint; external says that it is a name to look up.
func (n *names) resolve(ctx context.Context, e model.Endpoint, external bool) (string, error) {
	if _, err := netip.ParseAddr(e.Address); err == nil || !external {
		return net.JoinHostPort(e.Address, e.Port), nil
	}
	addresses, err := n.find(ctx, e.Address)
	if err != nil {
		return e.String(), fmt.Errorf("%w: %w", errNoName, err)
	}
	return net.JoinHostPort(addresses[n.turn.Add(1)%uint64(len(addresses))].String(), e.Port), nil
}

func (n *names) find(ctx context.Context, host string) ([]netip.Addr, error) {
	n.mu.Lock()
	known := n.all[host]
	n.mu.Unlock()
	if time.Now().Before(known.until) {
		return known.addresses, nil
	}
	addresses, err := n.lookup(ctx, host)
	if err == nil && len(addresses) == 0 {
		err = &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.all) >= namesAtOnce {
		clear(n.all)
	}
	n.all[host] = answer{addresses, time.Now().Add(remembered)}
	return addresses, nil
}
