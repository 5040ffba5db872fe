package annotation

// groups are all annotations, in the order of the names of their groups, which
// the real controller has in no order at all.
func groups() []group {
	return []group{
		{"Aliases", fields(field{valid: serverNames(), risk: high}, "server-alias"), aliases},
		{"Allowlist", fields(field{valid: networks, risk: medium, alias: "whitelist-source-range"}, "allowlist-source-range"), allow},
		{"BackendProtocol", fields(field{valid: oneOf(true, "auto_http", "http", "https", "grpc", "grpcs", "fcgi")}, "backend-protocol"), backendProtocol},
		{"BasicDigestAuth", basicAuthFields(), basicAuth},
		{"Canary", canaryFields(), canary},
		{"CertificateAuth", clientCertificateFields(), clientCertificate},
		{"ClientBodyBufferSize", fields(field{valid: tight(size)}, "client-body-buffer-size"), clientBodyBufferSize},
		{"ConfigurationSnippet", fields(field{valid: anything, risk: critical}, "configuration-snippet"), configurationSnippet},
		{"Connection", fields(field{valid: tight(`^(close|keep-alive)$`)}, "connection-proxy-header"), connection},
		{"CorsConfig", corsFields(), cors},
		{"CustomHTTPErrors", fields(field{valid: tight(errorCodes)}, "custom-http-errors"), customHTTPErrors},
		{"CustomHeaders", fields(field{valid: tight(basic), risk: medium}, "custom-headers"), customHeaders},
		{"DefaultBackend", fields(field{valid: serviceName}, "default-backend"), defaultBackend},
		{"Denylist", fields(field{valid: networks, risk: medium}, "denylist-source-range"), deny},
		{"DisableProxyInterceptErrors", fields(field{valid: isBool}, "disable-proxy-intercept-errors"), noIntercept},
		{"EnableGlobalAuth", fields(field{valid: isBool}, "enable-global-auth"), globalAuth},
		{"ExternalAuth", externalAuthFields(), externalAuth},
		{"FastCGI", fastCGIFields(), accept},
		{"HTTP2PushPreload", fields(field{valid: isBool}, "http2-push-preload"), http2Push},
		{"LoadBalancing", fields(field{valid: oneOf(false, "round_robin", "chash", "chashsubset", "sticky_balanced", "sticky_persistent", "ewma")}, "load-balance"), loadBalancing},
		{"Logs", fields(field{valid: isBool}, "enable-access-log", "enable-rewrite-log"), logs},
		{"Mirror", mirrorFields(), mirror},
		{"ModSecurity", modSecurityFields(), accept},
		{"Opentelemetry", openTelemetryFields(), openTelemetry},
		{"Proxy", proxyFields(), proxy},
		{"ProxySSL", proxySSLFields(), proxySSL},
		{"RateLimit", rateLimitFields(), rateLimit},
		{"Redirect", redirectFields(), redirect},
		{"Rewrite", rewriteFields(), rewrite},
		{"SSLCipher", sslCipherFields(), sslCipher},
		{"SSLPassthrough", fields(field{valid: isBool}, "ssl-passthrough"), sslPassthrough},
		{"Satisfy", fields(field{valid: oneOf(false, "any", "all")}, "satisfy"), satisfy},
		{"ServerSnippet", fields(field{valid: anything, risk: critical}, "server-snippet"), serverSnippet},
		{"ServiceUpstream", fields(field{valid: isBool}, "service-upstream"), serviceUpstream},
		{"SessionAffinity", affinityFields(), affinity},
		{"StreamSnippet", fields(field{valid: anything, risk: critical}, "stream-snippet"), accept},
		{"UpstreamHashBy", hashByFields(), hashBy},
		{"UpstreamVhost", fields(field{valid: serverName()}, "upstream-vhost"), upstreamVhost},
		{"UsePortInRedirects", fields(field{valid: isBool}, "use-port-in-redirects"), portInRedirects},
		{"XForwardedPrefix", fields(field{valid: tight(pathCapture), risk: medium}, "x-forwarded-prefix"), forwardedPrefix},
	}
}

// fields are annotations of the same kind.
func fields(f field, names ...string) map[string]field {
	all := make(map[string]field, len(names))
	for _, name := range names {
		all[name] = f
	}
	return all
}

// and adds annotations of another kind.
func and(all map[string]field, f field, names ...string) map[string]field {
	for _, name := range names {
		all[name] = f
	}
	return all
}

// accept is for annotations that are checked and have no effect here: they speak
// of parts of nginx that no lab has.
func accept(*reader, *Config) error { return nil }

func basicAuthFields() map[string]field {
	all := fields(field{valid: tight(basic), risk: medium}, "auth-secret")
	and(all, field{valid: tight(`auth-file|auth-map`)}, "auth-secret-type")
	and(all, field{valid: loose(basicSpace), risk: medium}, "auth-realm")
	return and(all, field{valid: tight(`basic|digest`)}, "auth-type")
}

func canaryFields() map[string]field {
	all := fields(field{valid: isBool}, "canary")
	and(all, field{valid: isInt}, "canary-weight", "canary-weight-total")
	and(all, field{valid: tight(basic), risk: medium}, "canary-by-header", "canary-by-header-value", "canary-by-cookie")
	return and(all, field{valid: loose(regexValue), risk: medium}, "canary-by-header-pattern")
}

func clientCertificateFields() map[string]field {
	all := fields(field{valid: tight(basic), risk: medium}, "auth-tls-secret")
	and(all, field{valid: tight(verifyClient), risk: medium}, "auth-tls-verify-client")
	and(all, field{valid: isInt}, "auth-tls-verify-depth")
	and(all, field{valid: tight(tlsErrorPage), risk: high}, "auth-tls-error-page")
	and(all, field{valid: isBool}, "auth-tls-pass-certificate-to-upstream")
	return and(all, field{valid: commonName, risk: high}, "auth-tls-match-cn")
}

func corsFields() map[string]field {
	all := fields(field{valid: isBool}, "enable-cors", "cors-allow-credentials")
	and(all, field{valid: tight(corsOrigins), risk: medium}, "cors-allow-origin")
	and(all, field{valid: tight(headerList), risk: medium}, "cors-allow-headers")
	and(all, field{valid: tight(corsMethods), risk: medium}, "cors-allow-methods")
	and(all, field{valid: tight(corsExpose), risk: medium}, "cors-expose-headers")
	return and(all, field{valid: isInt}, "cors-max-age")
}

func externalAuthFields() map[string]field {
	all := fields(field{valid: tight(urlWithVars), risk: high}, "auth-url", "auth-signin")
	and(all, field{valid: tight(methods)}, "auth-method")
	and(all, field{valid: tight(urlValue), risk: medium}, "auth-signin-redirect-param", "auth-request-redirect")
	and(all, field{valid: anything, risk: critical}, "auth-snippet")
	and(all, field{valid: tight(variable), risk: medium}, "auth-cache-key")
	and(all, field{valid: isInt}, "auth-keepalive", "auth-keepalive-requests", "auth-keepalive-timeout")
	and(all, field{valid: isBool}, "auth-keepalive-share-vars", "auth-always-set-cookie")
	and(all, field{valid: loose(extended), risk: medium}, "auth-cache-duration")
	and(all, field{valid: tight(headerList), risk: medium}, "auth-response-headers")
	return and(all, field{valid: tight(basic), risk: medium}, "auth-proxy-set-headers")
}

func fastCGIFields() map[string]field {
	all := fields(field{valid: tight(`^[A-Za-z0-9.\-\_]+$`), risk: medium}, "fastcgi-index")
	return and(all, field{valid: tight(basic), risk: medium}, "fastcgi-params-configmap")
}

func mirrorFields() map[string]field {
	all := fields(field{valid: tight(onOff)}, "mirror-request-body")
	return and(all, field{valid: serverName(), risk: high}, "mirror-target", "mirror-host")
}

func modSecurityFields() map[string]field {
	all := fields(field{valid: isBool}, "enable-modsecurity", "enable-owasp-core-rules")
	and(all, field{valid: tight(variable), risk: high}, "modsecurity-transaction-id")
	return and(all, field{valid: anything, risk: critical}, "modsecurity-snippet")
}

func openTelemetryFields() map[string]field {
	all := fields(field{valid: isBool}, "enable-opentelemetry", "opentelemetry-trust-incoming-span")
	return and(all, field{valid: tight(`^[A-Za-z0-9_\-]*$`), risk: medium}, "opentelemetry-operation-name")
}

func proxyFields() map[string]field {
	all := fields(field{valid: isInt}, "proxy-connect-timeout", "proxy-send-timeout", "proxy-read-timeout", "proxy-buffers-number",
		"proxy-next-upstream-timeout", "proxy-next-upstream-tries")
	and(all, field{valid: tight(size)}, "proxy-buffer-size", "proxy-busy-buffers-size", "proxy-max-temp-file-size")
	and(all, field{valid: tight(size), risk: medium}, "proxy-body-size")
	and(all, field{valid: tight(urlValue), risk: medium}, "proxy-cookie-path", "proxy-redirect-from", "proxy-redirect-to")
	and(all, field{valid: loose(cookieDomain), risk: medium}, "proxy-cookie-domain")
	and(all, field{valid: loose(nextUpstream), risk: medium}, "proxy-next-upstream")
	and(all, field{valid: oneOf(false, "on", "off")}, "proxy-request-buffering", "proxy-buffering")
	return and(all, field{valid: oneOf(false, "1.0", "1.1")}, "proxy-http-version")
}

func proxySSLFields() map[string]field {
	all := fields(field{valid: tight(basic), risk: medium}, "proxy-ssl-secret")
	and(all, field{valid: tight(`^[A-Za-z0-9\+:\_\-!]*$`), risk: medium}, "proxy-ssl-ciphers")
	and(all, field{valid: tight(`^(TLSv1\.2|TLSv1\.3| )*$`)}, "proxy-ssl-protocols")
	and(all, field{valid: serverName(), risk: high}, "proxy-ssl-name")
	and(all, field{valid: tight(onOff)}, "proxy-ssl-verify", "proxy-ssl-server-name")
	return and(all, field{valid: isInt}, "proxy-ssl-verify-depth")
}

func rateLimitFields() map[string]field {
	all := fields(field{valid: isInt}, "limit-rate", "limit-rate-after", "limit-rpm", "limit-rps", "limit-connections", "limit-burst-multiplier")
	return and(all, field{valid: networks, alias: "limit-whitelist"}, "limit-allowlist")
}

func redirectFields() map[string]field {
	all := fields(field{valid: isBool}, "from-to-www-redirect", "relative-redirects")
	and(all, field{valid: loose(urlValue), risk: medium}, "temporal-redirect", "permanent-redirect")
	return and(all, field{valid: isInt}, "temporal-redirect-code", "permanent-redirect-code")
}

func rewriteFields() map[string]field {
	all := fields(field{valid: loose(pathCapture), risk: medium}, "rewrite-target", "app-root")
	and(all, field{valid: isBool}, "ssl-redirect", "use-regex")
	return and(all, field{valid: isBool, risk: medium}, "preserve-trailing-slash", "force-ssl-redirect")
}

func sslCipherFields() map[string]field {
	return and(fields(field{valid: isBool}, "ssl-prefer-server-ciphers"), field{valid: tight(sslCiphers)}, "ssl-ciphers")
}

func affinityFields() map[string]field {
	all := fields(field{valid: oneOf(false, "cookie")}, "affinity")
	and(all, field{valid: oneOf(false, "balanced", "persistent"), risk: medium}, "affinity-mode")
	and(all, field{valid: oneOf(false, "sticky", "legacy")}, "affinity-canary-behavior")
	and(all, field{valid: tight(basic), risk: medium}, "session-cookie-name", "session-cookie-domain")
	and(all, field{valid: tight(seconds), risk: medium}, "session-cookie-expires")
	and(all, field{valid: loose(seconds), risk: medium}, "session-cookie-max-age")
	and(all, field{valid: tight(urlValue), risk: medium}, "session-cookie-path")
	and(all, field{valid: oneOf(true, "none", "lax", "strict")}, "session-cookie-samesite")
	return and(all, field{valid: isBool}, "session-cookie-secure", "session-cookie-conditional-samesite-none", "session-cookie-change-on-failure")
}

func hashByFields() map[string]field {
	all := fields(field{valid: tight(`^[A-Za-z0-9\-_\$\{\}]*$`), risk: high}, "upstream-hash-by")
	and(all, field{valid: isBool}, "upstream-hash-by-subset")
	return and(all, field{valid: isInt}, "upstream-hash-by-subset-size")
}
