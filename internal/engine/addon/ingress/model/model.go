// Package model turns Ingresses and what they name into what the proxy does:
// servers with their locations, and upstreams with their endpoints. It is pure:
// objects go in, a [Configuration] and remarks for the log come out. The rules
// are those of ingress-nginx v1.15.1 (internal/ingress/controller/controller.go),
// with its names, because the log and nginx.conf show them.
package model

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"kubetutor/internal/engine/addon/ingress/annotation"
	"kubetutor/internal/engine/addon/ingress/setting"
)

const (
	// DefaultServer is the name of the server for hosts that no other has.
	DefaultServer = "_"
	// DefaultUpstream is the upstream of what no Ingress claims.
	DefaultUpstream = "upstream-default-backend"
)

// Ingress is an Ingress with what its annotations say.
type Ingress struct {
	*networkingv1.Ingress
	Config *annotation.Config
}

func (i *Ingress) key() string { return i.Namespace + "/" + i.Name }

// Certificate is a certificate with its key, from a Secret.
type Certificate struct {
	Secret string   // "namespace/name"; empty: the fake one
	Names  []string // the common name and the alternative names
	SHA    string
	Leaf   *x509.Certificate
	TLS    *tls.Certificate
}

// Endpoint is where requests go.
type Endpoint struct{ Address, Port string }

// String is the endpoint as host:port.
func (e Endpoint) String() string { return e.Address + ":" + e.Port }

// Upstream is a port of a Service, with its endpoints.
type Upstream struct {
	Name          string
	Service       *corev1.Service // nil: there is none
	Endpoints     []Endpoint
	ExternalName  bool // the endpoint's address is a name to look up
	Affinity      annotation.Affinity
	AffinityPaths map[string][]string // by host: paths whose answers set the cookie
	HashBy        annotation.HashBy
	LoadBalancing string
	Canary        bool              // reached through another upstream only
	Policy        annotation.Canary // when
	Alternatives  []string          // upstreams that are canaries of this one
}

// Location is a path of a server.
type Location struct {
	Path        string // as nginx matches it
	IngressPath string // as the Ingress has it
	Type        networkingv1.PathType
	Default     bool // no Ingress names this path
	Upstream    string
	// DefaultUpstream answers in place of the upstream's errors.
	DefaultUpstream string
	Ingress         *Ingress // nil for the controller's own
	Config          *annotation.Config
	ServiceName     string
	ServicePort     string
}

// Server is a host.
type Server struct {
	Name              string
	Aliases           []string
	Locations         []*Location // in the order of nginx.conf
	Certificate       *Certificate
	ClientCertificate *annotation.ClientCertificate
	ProxySSL          *annotation.ProxySSL
	Passthrough       bool
	RedirectWWW       bool
	Ciphers           string
	PreferCiphers     string
}

// Regex says whether all locations of the server are regular expressions: a
// rewrite or use-regex of any of them makes them so.
func (s *Server) Regex() bool { return slices.ContainsFunc(s.Locations, (*Location).regex) }

func (l *Location) regex() bool { return l.Rewrites() || l.Config.Rewrite.UseRegex }

// Rewrites says whether the location changes the path.
func (l *Location) Rewrites() bool {
	return l.Config.Rewrite.Target != "" && l.Config.Rewrite.Target != l.Path
}

// Redirect is a server that only sends clients to another: from-to-www-redirect.
type Redirect struct {
	From, To    string
	Certificate *Certificate
}

// Stream is a port of TCP or UDP that leads to a Service.
type Stream struct {
	Port     int
	UDP      bool
	Upstream *Upstream
}

// Configuration is what the proxy does.
type Configuration struct {
	Settings    *setting.Settings
	Upstreams   map[string]*Upstream
	Servers     []*Server // by name
	Redirects   []Redirect
	Streams     []Stream
	Certificate *Certificate      // of hosts that have none
	SetHeaders  map[string]string // of every request that goes on
	AddHeaders  map[string]string // of every answer
	Options     Options
}

// Options are the controller's flags that the configuration depends on.
type Options struct {
	HTTPPort, HTTPSPort, DefaultPort, StatusPort int
	HealthPath                                   string
	DefaultService                               string // namespace/name
	NoExternalNames                              bool
	TopologyZone                                 string // where the controller runs, if hints count; else empty
	Passthrough                                  bool
	TCPServices, UDPServices                     map[string]string
}

// Source is what a configuration is made of.
type Source struct {
	Ingresses   []*Ingress // in any order
	Service     func(key string) (*corev1.Service, error)
	Slices      func(service string) []*discoveryv1.EndpointSlice
	Certificate func(secret string) (*Certificate, error)
	ConfigMap   func(key string) (*corev1.ConfigMap, error)
	Settings    *setting.Settings
	Default     *Certificate
	Options     Options
	Warn        func(format string, args ...any)
}

// builder makes one configuration.
type builder struct {
	Source
	upstreams map[string]*Upstream
	servers   map[string]*Server
}

// Build makes the configuration.
func Build(source Source) *Configuration {
	b := &builder{Source: source, upstreams: map[string]*Upstream{}, servers: map[string]*Server{}}
	b.Ingresses = slices.Clone(b.Ingresses)
	slices.SortStableFunc(b.Ingresses, older)
	b.makeUpstreams()
	b.makeServers()
	b.fillServers()
	b.mergeCanaries()
	b.customDefaults()
	return b.configuration()
}

// older puts the older Ingress first: of two that claim a path, it wins.
func older(a, b *Ingress) int {
	if c := a.CreationTimestamp.Compare(b.CreationTimestamp.Time); c != 0 {
		return c
	}
	return cmp.Compare(b.key(), a.key())
}

func (b *builder) configuration() *Configuration {
	c := &Configuration{Settings: b.Settings, Upstreams: b.upstreams, Certificate: b.Default, Options: b.Options}
	for _, s := range b.servers {
		s.order()
		c.Servers = append(c.Servers, s)
	}
	slices.SortFunc(c.Servers, func(a, b *Server) int { return cmp.Compare(a.Name, b.Name) })
	c.Redirects = b.redirects(c.Servers)
	c.Streams = b.streams()
	c.SetHeaders, c.AddHeaders = b.headers(b.Settings.ProxySetHeaders), b.headers(b.Settings.AddHeaders)
	return c
}

func (b *builder) headers(key string) map[string]string {
	if key == "" {
		return nil
	}
	cm, err := b.ConfigMap(key)
	if err != nil {
		b.Warn("Error reading ConfigMap %q from local store: %v", key, err)
		return nil
	}
	return cm.Data
}

// upstreamName names a port of a Service.
func upstreamName(namespace string, backend *networkingv1.IngressServiceBackend) string {
	if name, port := serviceOf(backend); port != "" {
		return fmt.Sprintf("%s-%s-%s", namespace, name, port)
	}
	return namespace + "-INVALID"
}

// serviceOf is the Service of a backend and its port, a number or a name.
func serviceOf(backend *networkingv1.IngressServiceBackend) (name, port string) {
	switch {
	case backend == nil:
		return "", ""
	case backend.Port.Number > 0:
		return backend.Name, fmt.Sprint(backend.Port.Number)
	}
	return backend.Name, backend.Port.Name
}
