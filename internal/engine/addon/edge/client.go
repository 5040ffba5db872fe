package edge

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// ClientTLS says how a backend is spoken to in TLS. It is data, so that equal
// ones share their connections.
type ClientTLS struct {
	ServerName  string   `json:"serverName,omitempty"`  // asked for, and what the certificate must be for
	CA          []byte   `json:"ca,omitempty"`          // PEM; the only authorities that are trusted
	Names       []string `json:"names,omitempty"`       // DNS names or URIs, of which the certificate must have one, instead of ServerName
	Certificate []byte   `json:"certificate,omitempty"` // PEM; of the client, if it shows one
	Key         []byte   `json:"key,omitempty"`         // PEM; of Certificate
	Insecure    bool     `json:"insecure,omitempty"`    // any certificate will do
}

// Check says whether certificates and key can be read.
func (c *ClientTLS) Check() error {
	_, err := c.config()
	return err
}

func (c *ClientTLS) config() (*tls.Config, error) {
	roots := x509.NewCertPool()
	if len(c.CA) > 0 && !roots.AppendCertsFromPEM(c.CA) {
		return nil, errors.New("the certificate authorities are no certificates in PEM")
	}
	config := &tls.Config{ServerName: c.ServerName, RootCAs: roots, InsecureSkipVerify: c.Insecure}
	if len(c.Certificate) > 0 {
		pair, err := tls.X509KeyPair(c.Certificate, c.Key)
		if err != nil {
			return nil, fmt.Errorf("reading the client's certificate: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	if len(c.Names) > 0 && !c.Insecure {
		config.InsecureSkipVerify = true // VerifyConnection does it, by other names
		config.VerifyConnection = func(state tls.ConnectionState) error { return verifyNames(state, roots, c.Names) }
	}
	return config, nil
}

// verifyNames checks a server's certificate against authorities and names, one of
// which it must have.
func verifyNames(state tls.ConnectionState, roots *x509.CertPool, names []string) error {
	leaf, between := state.PeerCertificates[0], x509.NewCertPool()
	for _, c := range state.PeerCertificates[1:] {
		between.AddCert(c)
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between}); err != nil {
		return err
	}
	for _, name := range names {
		if leaf.VerifyHostname(name) == nil || slices.ContainsFunc(leaf.URIs, func(u *url.URL) bool { return u.String() == name }) {
			return nil
		}
	}
	return fmt.Errorf("the certificate is for none of the names %q", names)
}

// Limits of connections to backends.
const (
	idlePerAddress = 128
	idleFor        = 60 * time.Second
	headersBelow   = 256 << 10 // bytes of an answer's headers
	handshakeIn    = 10 * time.Second
)

// clients hold the connections to backends, by what is spoken on them.
type clients struct {
	net Network
	mu  sync.Mutex
	all map[clientKey]*client
}

type clientKey struct {
	speech Speech
	tls    [sha256.Size]byte // of the ClientTLS; zero: none
}

type client struct {
	transport *http.Transport
	used      bool // since the last Set
}

func keyOf(b *Backend) clientKey {
	key := clientKey{speech: b.Speech}
	if b.TLS != nil {
		data, _ := json.Marshal(b.TLS) // cannot fail: strings and bytes
		key.tls = sha256.Sum256(data)
	}
	return key
}

// touch keeps the connections of a backend over the next Set.
func (c *clients) touch(b *Backend) {
	if b.TLS == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.all[keyOf(b)]; known != nil {
		known.used = true
	}
}

// of is what sends requests to a backend.
func (c *clients) of(b *Backend) (*http.Transport, error) {
	key := keyOf(b)
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.all[key]; known != nil {
		known.used = true
		return known.transport, nil
	}
	t, err := c.transport(b)
	if err != nil {
		return nil, err
	}
	c.all[key] = &client{transport: t, used: true}
	return t, nil
}

func (c *clients) transport(b *Backend) (*http.Transport, error) {
	t := &http.Transport{DialContext: c.net.Dial, DisableCompression: true, MaxIdleConnsPerHost: idlePerAddress, IdleConnTimeout: idleFor,
		MaxResponseHeaderBytes: headersBelow, TLSHandshakeTimeout: handshakeIn, Protocols: new(http.Protocols)}
	if b.TLS != nil {
		config, err := b.TLS.config()
		if err != nil {
			return nil, err
		}
		t.TLSClientConfig = config
	}
	t.Protocols.SetHTTP1(b.Speech == HTTP1)
	t.Protocols.SetHTTP2(b.TLS != nil)
	t.Protocols.SetUnencryptedHTTP2(b.Speech == HTTP2)
	return t, nil
}

// sweep closes idle connections that speak in a way that no pool was made for
// since the last time. Those without TLS stay: their ways are two.
func (c *clients) sweep() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, known := range c.all {
		if !known.used && key.tls != (clientKey{}).tls {
			known.transport.CloseIdleConnections()
			delete(c.all, key)
		}
		known.used = false
	}
}

// close closes idle connections.
func (c *clients) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, known := range c.all {
		known.transport.CloseIdleConnections()
	}
	clear(c.all)
}
