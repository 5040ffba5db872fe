// Package proxy is nginx as ingress-nginx configures it: it matches requests with
// the servers and locations of a [model.Configuration] and passes them on, in the
// order of nginx's phases and of the controller's Lua (rootfs/etc/nginx). What
// clients see, what backends see and what the log says is as there; ports, TLS and
// evenly spread choices are package edge's.
package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"kubetutor/internal/engine/addon/edge"
	"kubetutor/internal/engine/addon/ingress/model"
)

// Options say where a Proxy works.
type Options struct {
	Net    edge.Network
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error) // of Services that are names elsewhere
	Access io.Writer                                                    // access.log
	Errors io.Writer                                                    // error.log
	Seed   uint64                                                       // of canaries' shares
	PID    int                                                          // of the worker, for the log
}

// Proxy serves a configuration. Its methods may be called by many goroutines.
type Proxy struct {
	options     Options
	edge        *edge.Server
	zones       zones
	counters    sync.Map // string → *atomic.Uint64
	transports  transports
	names       names
	connections atomic.Int64
	mirrors     chan struct{} // one for each copy under way
	buffers     *buffers
	discard     *log.Logger
	logs        sync.Mutex // a line is written at once

	setting sync.Mutex
	table   atomic.Pointer[table]
}

// mirrorsAtOnce is how many copies of requests are under way.
const mirrorsAtOnce = 64

// New makes a proxy without a configuration.
func New(o Options) *Proxy {
	p := &Proxy{options: o, zones: zones{all: map[string]*zone{}}, mirrors: make(chan struct{}, mirrorsAtOnce), buffers: new(buffers), discard: log.New(io.Discard, "", 0)}
	p.edge = edge.NewServer(edge.Options{Net: o.Net, Seed: o.Seed})
	p.transports.net, p.transports.all = o.Net, map[speechKey]*http.Transport{}
	p.names.lookup, p.names.all = o.Lookup, map[string]answer{}
	return p
}

// Test says what nginx -t would: why the configuration cannot be used.
func (p *Proxy) Test(c *model.Configuration) error {
	_, err := p.compile(c)
	return err
}

// Apply takes a configuration. Requests under way end as they began. An error
// leaves the old one, unless it is of ports: those are *[edge.PortError].
func (p *Proxy) Apply(c *model.Configuration) error {
	p.setting.Lock()
	defer p.setting.Unlock()
	t, err := p.compile(c)
	if err != nil {
		return err
	}
	p.table.Store(t)
	return p.edge.Set(edge.Config{Listeners: p.listeners(t)})
}

// Shutdown ends the proxy once the requests under way have ended, or ctx has.
func (p *Proxy) Shutdown(ctx context.Context) {
	p.edge.Shutdown(ctx)
	p.transports.close()
}

func (p *Proxy) listeners(t *table) []edge.Listener {
	o := t.Options
	list := []edge.Listener{
		{Port: uint16(o.HTTPPort), Protocol: edge.HTTP, Handler: p.on(o.HTTPPort)},
		{Port: uint16(o.HTTPSPort), Protocol: edge.TLS, Handler: p.on(o.HTTPSPort), Hosts: p.hosts(t)},
		{Port: uint16(o.DefaultPort), Protocol: edge.HTTP, Handler: http.HandlerFunc(nothing)},
	}
	for _, s := range t.Streams {
		protocol := edge.TCP
		if s.UDP {
			protocol = edge.UDP
		}
		list = append(list, edge.Listener{Port: uint16(s.Port), Protocol: protocol, Forward: p.pool(s.Upstream)})
	}
	return list
}

// nothing is the server behind upstream-default-backend.
func nothing(w http.ResponseWriter, _ *http.Request) { write(w, http.StatusNotFound) }

func (p *Proxy) pool(u *model.Upstream) *edge.Pool {
	backend := edge.Backend{Name: u.Name, Weight: 1}
	for _, e := range u.Endpoints {
		if address, err := netip.ParseAddrPort(e.String()); err == nil {
			backend.Addresses = append(backend.Addresses, address)
		}
	}
	return p.edge.NewPool(u.Name, backend)
}

// hosts say what the TLS port does for each name: all end here, but for those
// whose connections are passed through.
func (p *Proxy) hosts(t *table) []edge.Host {
	config := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: p.certificate, ClientAuth: tls.RequestClientCert, NextProtos: []string{"h2", "http/1.1"}}
	if !strings.Contains(t.Settings.SSLProtocols, "TLSv1.2") {
		config.MinVersion = tls.VersionTLS13
	}
	if !t.Settings.UseHTTP2 {
		config.NextProtos = config.NextProtos[1:]
	}
	list := []edge.Host{{TLS: config}}
	for _, s := range t.Servers {
		if t.Options.Passthrough && s.Passthrough && s.Name != model.DefaultServer {
			if pool := p.through(t, s); pool != nil {
				list = append(list, edge.Host{Name: s.Name, Forward: pool})
			}
		}
	}
	return list
}

// through is where connections of a server go that are passed through: the address
// of the Service of its root.
func (p *Proxy) through(t *table, s *model.Server) *edge.Pool {
	for _, l := range s.Locations {
		u := t.Upstreams[l.Upstream]
		if l.Path != "/" || u == nil || u.Service == nil {
			continue
		}
		port := l.ServicePort
		for _, sp := range u.Service.Spec.Ports {
			if sp.Name == port {
				port = strconv.Itoa(int(sp.Port))
			}
		}
		return p.pool(&model.Upstream{Name: "ssl-passthrough-" + s.Name, Endpoints: []model.Endpoint{{Address: u.Service.Spec.ClusterIP, Port: port}}})
	}
	return nil
}

var errHandshake = errors.New("tls: no certificate for the name, and ssl-reject-handshake is on")

// certificate is the certificate of the name that a client asks for, else that of
// the default server.
func (p *Proxy) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	t := p.table.Load()
	if c := t.certificate(hello.ServerName); c != nil {
		return c, nil
	}
	if t.Settings.SSLRejectHandshake && t.serverFor(strings.ToLower(hello.ServerName)) == t.fallback {
		return nil, errHandshake
	}
	if c := t.certificates[model.DefaultServer]; c != nil {
		return c, nil
	}
	return t.Certificate.TLS, nil
}

// note writes a line to error.log.
func (p *Proxy) note(format string, args ...any) { p.errorLine("error", fmt.Sprintf(format, args...)) }

func (p *Proxy) errorLine(level, text string) {
	p.logs.Lock()
	defer p.logs.Unlock()
	fmt.Fprintf(p.options.Errors, "%s [%s] %d#%d: %s\n", time.Now().Format("2006/01/02 15:04:05"), level, p.options.PID, p.options.PID, text)
}
