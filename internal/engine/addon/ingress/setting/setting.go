// Package setting is the ConfigMap of the controller: its keys, their defaults
// and how their values are read
// (https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/configmap/).
// Keys that only tune the real nginx are known to nobody here and have no effect,
// as have keys that do not exist.
package setting

// Settings are the values of the ConfigMap's keys, which are named in [Settings.targets].
type Settings struct {
	AllowSnippetAnnotations      bool
	AllowCrossNamespaceResources bool
	AnnotationsRiskLevel         string
	AnnotationValueWordBlocklist string
	StrictValidatePathType       bool

	AllowBackendServerHeader bool
	ShowServerTokens         bool
	HideHeaders              []string
	AddHeaders               string // namespace/name of a ConfigMap
	ProxySetHeaders          string // likewise
	AllowedResponseHeaders   []string

	LogFormatUpstream                string
	LogFormatEscapeJSON              bool
	LogFormatEscapeNone              bool
	AccessLogPath                    string
	ErrorLogPath                     string
	ErrorLogLevel                    string
	DisableAccessLog                 bool
	EnableAccessLogForDefaultBackend bool
	SkipAccessLogURLs                []string

	UseForwardedHeaders       bool
	ComputeFullForwardedFor   bool
	EnableRealIP              bool
	ForwardedForHeader        string
	ForwardedHostHeader       string
	ProxyRealIPCIDR           []string
	ProxyAddOriginalURIHeader bool
	GenerateRequestID         bool

	HSTS                   bool
	HSTSMaxAge             string
	HSTSIncludeSubdomains  bool
	HSTSPreload            bool
	SSLRedirect            bool
	ForceSSLRedirect       bool
	PreserveTrailingSlash  bool
	UsePortInRedirects     bool
	RelativeRedirects      bool
	HTTPRedirectCode       int
	NoTLSRedirectLocations string
	SSLProtocols           string
	SSLCiphers             string
	SSLRejectHandshake     bool
	UseHTTP2               bool

	ProxyBodySize               string
	ProxyConnectTimeout         int // seconds, as those that follow
	ProxyReadTimeout            int
	ProxySendTimeout            int
	ProxyBuffersNumber          int
	ProxyBufferSize             string
	ProxyBuffering              string
	ProxyRequestBuffering       string
	ProxyHTTPVersion            string
	ProxyMaxTempFileSize        string
	ProxyCookieDomain           string
	ProxyCookiePath             string
	ProxyRedirectFrom           string
	ProxyRedirectTo             string
	ProxyNextUpstream           string
	ProxyNextUpstreamTimeout    int
	ProxyNextUpstreamTries      int
	RetryNonIdempotent          bool
	ServiceUpstream             bool
	LoadBalancing               string
	ClientBodyBufferSize        string
	CustomHTTPErrors            []int
	DisableProxyInterceptErrors bool

	WhitelistSourceRange []string
	DenylistSourceRange  []string
	BlockCIDRs           []string
	BlockUserAgents      []string
	BlockReferers        []string
	LimitReqStatusCode   int
	LimitConnStatusCode  int
	LimitRate            int
	LimitRateAfter       int
	NoAuthLocations      string
	GlobalAuthURL        string
	GlobalAuthMethod     string
	GlobalAuthSignin     string

	KeepAlive             int
	KeepAliveRequests     int
	WorkerProcesses       string
	WorkerShutdownTimeout string
	MaxWorkerConnections  int
}

// Default are the settings of an empty ConfigMap.
func Default() Settings {
	return Settings{
		AnnotationsRiskLevel: "High", StrictValidatePathType: true,
		LogFormatUpstream: `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" ` +
			`$request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] ` +
			`$upstream_addr $upstream_response_length $upstream_response_time $upstream_status $req_id`,
		AccessLogPath: "/var/log/nginx/access.log", ErrorLogPath: "/var/log/nginx/error.log", ErrorLogLevel: "notice",
		ForwardedForHeader: "X-Forwarded-For", ForwardedHostHeader: "X-Forwarded-Host", ProxyRealIPCIDR: []string{"0.0.0.0/0"}, GenerateRequestID: true,
		HSTS: true, HSTSMaxAge: "31536000", HSTSIncludeSubdomains: true, SSLRedirect: true, HTTPRedirectCode: 308,
		NoTLSRedirectLocations: "/.well-known/acme-challenge", NoAuthLocations: "/.well-known/acme-challenge",
		SSLProtocols: "TLSv1.2 TLSv1.3", UseHTTP2: true,
		SSLCiphers: "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:" +
			"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES128-GCM-SHA256",
		ProxyBodySize: "1m", ProxyConnectTimeout: 5, ProxyReadTimeout: 60, ProxySendTimeout: 60,
		ProxyBuffersNumber: 4, ProxyBufferSize: "4k", ProxyBuffering: "off", ProxyRequestBuffering: "on", ProxyHTTPVersion: "1.1", ProxyMaxTempFileSize: "1024m",
		ProxyCookieDomain: "off", ProxyCookiePath: "off", ProxyRedirectFrom: "off", ProxyRedirectTo: "off",
		ProxyNextUpstream: "error timeout", ProxyNextUpstreamTries: 3, ClientBodyBufferSize: "8k",
		LimitReqStatusCode: 503, LimitConnStatusCode: 503,
		KeepAlive: 75, KeepAliveRequests: 1000, WorkerProcesses: "2", WorkerShutdownTimeout: "240s", MaxWorkerConnections: 16384,
	}
}

// targets are the keys and where their values go.
func (s *Settings) targets() map[string]any {
	return map[string]any{
		"allow-snippet-annotations": &s.AllowSnippetAnnotations, "allow-cross-namespace-resources": &s.AllowCrossNamespaceResources,
		"annotations-risk-level": &s.AnnotationsRiskLevel, "annotation-value-word-blocklist": &s.AnnotationValueWordBlocklist,
		"strict-validate-path-type": &s.StrictValidatePathType,

		"allow-backend-server-header": &s.AllowBackendServerHeader, "server-tokens": &s.ShowServerTokens, "hide-headers": &s.HideHeaders,
		"add-headers": &s.AddHeaders, "proxy-set-headers": &s.ProxySetHeaders, "global-allowed-response-headers": &s.AllowedResponseHeaders,

		"log-format-upstream": &s.LogFormatUpstream, "log-format-escape-json": &s.LogFormatEscapeJSON, "log-format-escape-none": &s.LogFormatEscapeNone,
		"access-log-path": &s.AccessLogPath, "http-access-log-path": &s.AccessLogPath, "error-log-path": &s.ErrorLogPath, "error-log-level": &s.ErrorLogLevel,
		"disable-access-log": &s.DisableAccessLog, "disable-http-access-log": &s.DisableAccessLog,
		"enable-access-log-for-default-backend": &s.EnableAccessLogForDefaultBackend, "skip-access-log-urls": &s.SkipAccessLogURLs,

		"use-forwarded-headers": &s.UseForwardedHeaders, "compute-full-forwarded-for": &s.ComputeFullForwardedFor, "enable-real-ip": &s.EnableRealIP,
		"forwarded-for-header": &s.ForwardedForHeader, "forwarded-host-header": &s.ForwardedHostHeader,
		"proxy-real-ip-cidr": &s.ProxyRealIPCIDR, "proxy-add-original-uri-header": &s.ProxyAddOriginalURIHeader, "generate-request-id": &s.GenerateRequestID,

		"hsts": &s.HSTS, "hsts-max-age": &s.HSTSMaxAge, "hsts-include-subdomains": &s.HSTSIncludeSubdomains, "hsts-preload": &s.HSTSPreload,
		"ssl-redirect": &s.SSLRedirect, "force-ssl-redirect": &s.ForceSSLRedirect, "preserve-trailing-slash": &s.PreserveTrailingSlash,
		"use-port-in-redirects": &s.UsePortInRedirects, "relative-redirects": &s.RelativeRedirects, "http-redirect-code": &s.HTTPRedirectCode,
		"no-tls-redirect-locations": &s.NoTLSRedirectLocations, "ssl-protocols": &s.SSLProtocols, "ssl-ciphers": &s.SSLCiphers,
		"ssl-reject-handshake": &s.SSLRejectHandshake, "use-http2": &s.UseHTTP2,

		"proxy-body-size": &s.ProxyBodySize, "proxy-connect-timeout": &s.ProxyConnectTimeout, "proxy-read-timeout": &s.ProxyReadTimeout,
		"proxy-send-timeout": &s.ProxySendTimeout, "proxy-buffers-number": &s.ProxyBuffersNumber, "proxy-buffer-size": &s.ProxyBufferSize,
		"proxy-buffering": &s.ProxyBuffering, "proxy-request-buffering": &s.ProxyRequestBuffering, "proxy-http-version": &s.ProxyHTTPVersion,
		"proxy-max-temp-file-size": &s.ProxyMaxTempFileSize, "proxy-cookie-domain": &s.ProxyCookieDomain, "proxy-cookie-path": &s.ProxyCookiePath,
		"proxy-redirect-from": &s.ProxyRedirectFrom, "proxy-redirect-to": &s.ProxyRedirectTo, "proxy-next-upstream": &s.ProxyNextUpstream,
		"proxy-next-upstream-timeout": &s.ProxyNextUpstreamTimeout, "proxy-next-upstream-tries": &s.ProxyNextUpstreamTries,
		"retry-non-idempotent": &s.RetryNonIdempotent, "service-upstream": &s.ServiceUpstream, "load-balance": &s.LoadBalancing,
		"client-body-buffer-size": &s.ClientBodyBufferSize, "custom-http-errors": &s.CustomHTTPErrors,
		"disable-proxy-intercept-errors": &s.DisableProxyInterceptErrors,

		"whitelist-source-range": &s.WhitelistSourceRange, "denylist-source-range": &s.DenylistSourceRange, "block-cidrs": &s.BlockCIDRs,
		"block-user-agents": &s.BlockUserAgents, "block-referers": &s.BlockReferers,
		"limit-req-status-code": &s.LimitReqStatusCode, "limit-conn-status-code": &s.LimitConnStatusCode,
		"limit-rate": &s.LimitRate, "limit-rate-after": &s.LimitRateAfter, "no-auth-locations": &s.NoAuthLocations,
		"global-auth-url": &s.GlobalAuthURL, "global-auth-method": &s.GlobalAuthMethod, "global-auth-signin": &s.GlobalAuthSignin,

		"keep-alive": &s.KeepAlive, "keep-alive-requests": &s.KeepAliveRequests, "worker-processes": &s.WorkerProcesses,
		"worker-shutdown-timeout": &s.WorkerShutdownTimeout, "max-worker-connections": &s.MaxWorkerConnections,
	}
}

// withoutEffect are keys that would change what clients see, and here do not.
func withoutEffect() []string {
	return []string{"use-proxy-protocol", "server-snippet", "location-snippet", "http-snippet", "main-snippet", "stream-snippet", "use-gzip", "enable-brotli", "enable-modsecurity",
		"enable-opentelemetry", "use-geoip2", "bind-address"}
}
