package annotation

// Config is what the annotations of one Ingress say, with defaults where they say nothing.
type Config struct {
	Denied string // why all locations of the Ingress answer 503

	Aliases              []string
	Auth                 *BasicAuth
	Canary               Canary
	ClientCertificate    *ClientCertificate
	ClientBodyBufferSize string
	ResponseHeaders      map[string]string
	ConfigurationSnippet string
	ServerSnippet        string
	ConnectionHeader     string
	CORS                 CORS
	CustomHTTPErrors     []int
	NoIntercept          bool   // disable-proxy-intercept-errors
	DefaultBackend       string // "namespace/name" of a Service that exists
	ExternalAuth         *ExternalAuth
	GlobalAuth           bool
	Proxy                Proxy
	ProxySSL             *ProxySSL
	RateLimit            RateLimit
	Redirect             Redirect
	Rewrite              Rewrite
	Satisfy              string
	ServiceUpstream      bool
	Affinity             Affinity
	SSLPassthrough       bool
	SSLCiphers           string
	PreferServerCiphers  string // "on", "off" or empty
	PortInRedirects      bool
	HashBy               HashBy
	LoadBalancing        string
	UpstreamVhost        string
	Allow, Deny          []string // networks
	ForwardedPrefix      string
	AccessLog            bool
	RewriteLog           bool
	BackendProtocol      string // in capitals: HTTP, HTTPS, GRPC, GRPCS, AUTO_HTTP, FCGI
	Mirror               Mirror
}

// BasicAuth is a password in the browser's own dialogue.
type BasicAuth struct {
	Type  string // "basic" or "digest"
	Realm string
	File  string // where the passwords are said to be
	Users []byte // lines of htpasswd
}

// Canary says which requests of another Ingress's host and path come here.
type Canary struct {
	Enabled                            bool
	Weight, Total                      int
	Header, Value, Pattern, CookieName string
}

// ClientCertificate is what is asked of a client's certificate.
type ClientCertificate struct {
	Secret      string
	CA          []byte // PEM
	Verify      string // "on", "off", "optional", "optional_no_ca"
	Depth       int
	ErrorPage   string
	Pass        bool
	CommonName  string // "CN=" and an expression
	Unavailable string // why the server answers 403
}

// CORS are answers to requests that scripts of other sites make.
type CORS struct {
	Enabled                bool
	Origins                []string
	Methods, Headers, Show string
	Credentials            bool
	MaxAge                 int // seconds
}

// ExternalAuth asks another service whether a request may pass.
type ExternalAuth struct {
	URL, Host            string
	Method               string
	Signin, SigninParam  string
	ResponseHeaders      []string
	RequestHeaders       map[string]string
	RequestRedirect      string
	CacheKey             string
	CacheDurations       []string
	AlwaysSetCookie      bool
	KeepaliveConnections int
}

// Proxy is how a request is passed on. Timeouts are seconds.
type Proxy struct {
	ConnectTimeout, SendTimeout, ReadTimeout int
	BodySize                                 string
	BuffersNumber                            int
	BufferSize, BusyBuffersSize              string
	CookieDomain, CookiePath                 string
	NextUpstream                             string
	NextUpstreamTimeout, NextUpstreamTries   int
	RequestBuffering, Buffering              string
	RedirectFrom, RedirectTo                 string
	HTTPVersion, MaxTempFileSize             string
}

// ProxySSL is TLS towards the backend.
type ProxySSL struct {
	Secret                   string
	CA                       []byte // PEM
	Ciphers, Protocols, Name string
	Verify, ServerName       string // "on" or "off"
	VerifyDepth              int
}

// Zone is a limit of requests or connections of one client.
type Zone struct {
	Name         string
	Limit, Burst int
}

// RateLimit limits what one client may do.
type RateLimit struct {
	ID                                string
	Connections, PerSecond, PerMinute Zone
	BytesPerSecond, AfterBytes        int // in units of 1024 bytes
	Exempt                            []string
}

// Redirect answers with another address.
type Redirect struct {
	URL       string
	Code      int
	FromToWWW bool
	Relative  bool
}

// Rewrite changes paths, or sends clients to HTTPS.
type Rewrite struct {
	Target                string
	AppRoot               string
	UseRegex              bool
	SSLRedirect           bool
	ForceSSLRedirect      bool
	PreserveTrailingSlash bool
}

// Affinity keeps a client at one endpoint.
type Affinity struct {
	Type           string // "cookie" or empty
	Mode           string // "persistent", or anything else for balanced
	CanaryBehavior string
	Cookie         Cookie
}

// Cookie is the cookie of [Affinity].
type Cookie struct {
	Name, Path, Domain, SameSite             string
	Expires, MaxAge                          string // seconds
	Secure, ConditionalNone, ChangeOnFailure bool
}

// HashBy chooses endpoints by a value of the request.
type HashBy struct {
	Value  string // with nginx's variables
	Subset bool
	Size   int
}

// Mirror sends copies of requests elsewhere.
type Mirror struct {
	Source, Target, Host string
	Body                 bool
}
