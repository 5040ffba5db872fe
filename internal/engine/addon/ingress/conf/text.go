package conf

// text is the template of nginx.conf, after rootfs/etc/nginx/template/nginx.tmpl
// of ingress-nginx, whose directives and order it has.
const text = `
# Configuration checksum: {{ .Checksum }}

# setup custom paths that do not require root access
pid /tmp/nginx/nginx.pid;

daemon off;

worker_processes {{ .S.WorkerProcesses }};
worker_shutdown_timeout {{ .S.WorkerShutdownTimeout }} ;

events {
multi_accept        on;
worker_connections  {{ .S.MaxWorkerConnections }};
use                 epoll;
}

http {
{{ if or .S.UseForwardedHeaders .S.EnableRealIP }}
real_ip_header      {{ .S.ForwardedForHeader }};
real_ip_recursive   on;
{{ range .S.ProxyRealIPCIDR }}
set_real_ip_from    {{ . }};
{{ end }}
{{ end }}

keepalive_timeout  {{ .S.KeepAlive }}s;
keepalive_requests {{ .S.KeepAliveRequests }};
client_body_buffer_size         {{ .S.ClientBodyBufferSize }};
underscores_in_headers          off;
ignore_invalid_headers          on;
limit_req_status                {{ .S.LimitReqStatusCode }};
limit_conn_status               {{ .S.LimitConnStatusCode }};

{{ range sorted .C.AddHeaders }}
more_set_headers {{ . }};
{{ end }}

server_tokens {{ if .S.ShowServerTokens }}on{{ else }}off{{ end }};
{{ if not .S.ShowServerTokens }}more_clear_headers Server;{{ end }}

log_format upstreaminfo {{ if .S.LogFormatEscapeNone }}escape=none {{ else if .S.LogFormatEscapeJSON }}escape=json {{ end }}'{{ .S.LogFormatUpstream }}';

map $request_uri $loggable {
{{ range .S.SkipAccessLogURLs }}
{{ . }} 0;
{{ end }}
default 1;
}

{{ if .S.DisableAccessLog }}
access_log off;
{{ else }}
access_log {{ .S.AccessLogPath }} upstreaminfo  if=$loggable;
{{ end }}
error_log  {{ .S.ErrorLogPath }} {{ .S.ErrorLogLevel }};

map $http_upgrade $connection_upgrade {
default          upgrade;
''               '';
}

map $http_x_request_id $req_id {
default   $http_x_request_id;
{{ if .S.GenerateRequestID }}
""        $request_id;
{{ end }}
}

ssl_protocols {{ .S.SSLProtocols }};
ssl_ciphers '{{ .S.SSLCiphers }}';
ssl_prefer_server_ciphers on;

# PEM sha: {{ .C.Certificate.SHA }}
ssl_certificate     /etc/ingress-controller/ssl/default-fake-certificate.pem;
ssl_certificate_key /etc/ingress-controller/ssl/default-fake-certificate.pem;

{{ if and .S.CustomHTTPErrors (not .S.DisableProxyInterceptErrors) }}
proxy_intercept_errors on;
{{ end }}
{{ if .S.RelativeRedirects }}
absolute_redirect off;
{{ end }}
{{ range .S.CustomHTTPErrors }}
error_page {{ . }} = @custom_upstream-default-backend_{{ . }};
{{ end }}
{{ if .S.AllowBackendServerHeader }}
proxy_pass_header Server;
{{ end }}
{{ range .S.HideHeaders }}
proxy_hide_header {{ . }};
{{ end }}

upstream upstream_balancer {
# Backends are not sections of their own: endpoints change without a reload.
# "/dbg backends list" shows what there is.
server 0.0.0.1; # placeholder
balancer_by_lua_file /etc/nginx/lua/nginx/ngx_conf_balancer.lua;
keepalive 320;
keepalive_time 1h;
keepalive_timeout  60s;
keepalive_requests 10000;
}

{{ range limitZones .C }}
{{ . }}
{{ end }}

{{ range .S.BlockCIDRs }}
deny {{ . }};
{{ end }}

{{ range .C.Redirects }}
## start server {{ .From }}
server {
server_name {{ quote .From }};
listen {{ $.O.HTTPPort }}  ;
listen {{ $.O.HTTPSPort }}  ssl;
set_by_lua_file $redirect_to /etc/nginx/lua/nginx/ngx_srv_redirect.lua {{ .To }};
return {{ $.S.HTTPRedirectCode }} $redirect_to;
}
## end server {{ .From }}
{{ end }}

{{ range $server := .C.Servers }}
## start server {{ $server.Name }}
server {
server_name {{ quote (serverName $server.Name) }} {{ range $server.Aliases }}{{ quote . }} {{ end }};

{{ if $.S.UseHTTP2 }}
http2 on;
{{ end }}

{{ if eq $server.Name "_" }}
listen {{ $.O.HTTPPort }} default_server reuseport backlog=4096 ;
listen {{ $.O.HTTPSPort }} default_server reuseport backlog=4096 ssl;
{{ else }}
listen {{ $.O.HTTPPort }}  ;
listen {{ $.O.HTTPSPort }}  ssl;
{{ end }}

set $proxy_upstream_name "-";

{{ if eq $server.Name "_" }}
ssl_reject_handshake {{ if $.S.SSLRejectHandshake }}on{{ else }}off{{ end }};
{{ end }}

ssl_certificate_by_lua_file /etc/nginx/lua/nginx/ngx_conf_certificate.lua;

{{ with $server.ClientCertificate }}
{{ if .Unavailable }}
# {{ .Unavailable }}
return 403;
{{ else }}
ssl_verify_client                       {{ .Verify }};
ssl_verify_depth                        {{ .Depth }};
{{ if .ErrorPage }}
error_page 495 496 = {{ .ErrorPage }};
{{ end }}
{{ end }}
{{ end }}
{{ if $server.Ciphers }}
ssl_ciphers                             {{ $server.Ciphers }};
{{ end }}
{{ if $server.PreferCiphers }}
ssl_prefer_server_ciphers               {{ $server.PreferCiphers }};
{{ end }}

{{ range $upstream, $codes := errors $server }}
{{ range $code := $codes }}
location @custom_{{ $upstream }}_{{ $code }} {
internal;
proxy_intercept_errors off;
proxy_set_header       X-Code             {{ $code }};
proxy_set_header       X-Format           $http_accept;
proxy_set_header       X-Original-URI     $request_uri;
proxy_set_header       X-Namespace        $namespace;
proxy_set_header       X-Ingress-Name     $ingress_name;
proxy_set_header       X-Service-Name     $service_name;
proxy_set_header       X-Service-Port     $service_port;
proxy_set_header       X-Request-ID       $req_id;
proxy_set_header       X-Forwarded-For    $remote_addr;
proxy_set_header       Host               $best_http_host;
set $proxy_upstream_name {{ quote $upstream }};
rewrite                (.*) / break;
proxy_pass            http://upstream_balancer;
}
{{ end }}
{{ end }}

{{ range $l := $server.Locations }}
{{ $c := $l.Config }}
{{ $set := set $l }}
{{ if $c.Rewrite.AppRoot }}
if ($uri = /) {
return 302 $scheme://$http_host{{ $c.Rewrite.AppRoot }};
}
{{ end }}

location {{ path $server $l }} {
{{ if $l.Ingress }}
set $namespace      {{ quote $l.Ingress.Namespace }};
set $ingress_name   {{ quote $l.Ingress.Name }};
set $service_name   {{ quote $l.ServiceName }};
set $service_port   {{ quote $l.ServicePort }};
{{ else }}
set $namespace      "";
set $ingress_name   "";
set $service_name   "";
set $service_port   "";
{{ end }}
set $location_path  {{ quote (locationKey $l) }};

{{ with $c.Mirror }}{{ if and .Target .Host }}
mirror {{ quote .Source }}; # to {{ .Target }}, host {{ .Host }}
mirror_request_body {{ if .Body }}on{{ else }}off{{ end }};
{{ end }}{{ end }}

set $force_ssl_redirect "{{ $c.Rewrite.ForceSSLRedirect }}";
set $ssl_redirect "{{ $c.Rewrite.SSLRedirect }}";
set $preserve_trailing_slash "{{ $c.Rewrite.PreserveTrailingSlash }}";
set $use_port_in_redirects "{{ $c.PortInRedirects }}";

rewrite_by_lua_file /etc/nginx/lua/nginx/ngx_rewrite.lua;
header_filter_by_lua_file /etc/nginx/lua/nginx/ngx_conf_srv_hdr_filter.lua;
log_by_lua_file /etc/nginx/lua/nginx/ngx_conf_log_block.lua;

{{ if not $c.AccessLog }}
access_log off;
{{ end }}

port_in_redirect {{ if $c.PortInRedirects }}on{{ else }}off{{ end }};

set $balancer_ewma_score -1;
set $proxy_upstream_name {{ quote $l.Upstream }};
set $proxy_host          $proxy_upstream_name;
set $pass_access_scheme  $scheme;
set $pass_server_port    $server_port;
set $best_http_host      $http_host;
set $pass_port           $pass_server_port;
set $proxy_alternative_upstream_name "";

{{ if $c.Denied }}
# Location denied. Reason: {{ quote $c.Denied }}
return 503;
{{ else }}
{{ range $c.Deny }}
deny {{ . }};
{{ end }}
{{ range $c.Allow }}
allow {{ . }};
{{ end }}
{{ if $c.Allow }}
deny all;
{{ end }}

{{ if $c.CORS.Enabled }}
# Cors Preflight methods needs additional options and different Return Code
{{ origins $c.CORS }}
if ($request_method = 'OPTIONS') {
set $cors ${cors}options;
}
if ($cors = "true") {
more_set_headers 'Access-Control-Allow-Origin: $http_origin';
{{ if $c.CORS.Credentials }}
more_set_headers 'Access-Control-Allow-Credentials: true';
{{ end }}
more_set_headers 'Access-Control-Allow-Methods: {{ $c.CORS.Methods }}';
more_set_headers 'Access-Control-Allow-Headers: {{ $c.CORS.Headers }}';
{{ if $c.CORS.Show }}
more_set_headers 'Access-Control-Expose-Headers: {{ $c.CORS.Show }}';
{{ end }}
more_set_headers 'Access-Control-Max-Age: {{ $c.CORS.MaxAge }}';
}
if ($cors = "trueoptions") {
return 204; # with the headers of above
}
{{ end }}

{{ with $c.ExternalAuth }}
auth_request        {{ quote .URL }};
{{ if .Signin }}
error_page 401 = {{ .Signin }};
{{ end }}
{{ end }}
{{ with $c.Auth }}
auth_{{ .Type }} {{ quote .Realm }};
auth_{{ .Type }}_user_file {{ .File }};
{{ $set }} Authorization "";
{{ end }}

{{ range limits $c.RateLimit }}
{{ . }}
{{ end }}

client_max_body_size                    {{ $c.Proxy.BodySize }};
{{ if $c.ClientBodyBufferSize }}
client_body_buffer_size                 {{ $c.ClientBodyBufferSize }};
{{ end }}

{{ $set }} Host                   {{ if $c.UpstreamVhost }}{{ quote $c.UpstreamVhost }}{{ else }}$best_http_host{{ end }};

# Allow websocket connections
{{ $set }}                        Upgrade           $http_upgrade;
{{ $set }}                        Connection        {{ if $c.ConnectionHeader }}{{ $c.ConnectionHeader }}{{ else }}$connection_upgrade{{ end }};

{{ $set }} X-Request-ID           $req_id;
{{ $set }} X-Real-IP              $remote_addr;
{{ $set }} X-Forwarded-For        {{ if and $.S.UseForwardedHeaders $.S.ComputeFullForwardedFor }}$full_x_forwarded_for{{ else }}$remote_addr{{ end }};
{{ $set }} X-Forwarded-Host       $best_http_host;
{{ $set }} X-Forwarded-Port       $pass_port;
{{ $set }} X-Forwarded-Proto      $pass_access_scheme;
{{ $set }} X-Forwarded-Scheme     $pass_access_scheme;
{{ if $.S.ProxyAddOriginalURIHeader }}
{{ $set }} X-Original-URI         $request_uri;
{{ end }}
{{ $set }} X-Scheme               $pass_access_scheme;

# Pass the original X-Forwarded-For
{{ $set }} X-Original-Forwarded-For  $http_x_forwarded_for;
# Pass the original X-Forwarded-Host
{{ $set }} X-Original-Forwarded-Host $http_x_forwarded_host;

# mitigate HTTPoxy Vulnerability
{{ $set }} Proxy                  "";

# Custom headers to proxied server
{{ range sorted $.C.SetHeaders }}
{{ $set }} {{ . }};
{{ end }}

proxy_connect_timeout                   {{ $c.Proxy.ConnectTimeout }}s;
proxy_send_timeout                      {{ $c.Proxy.SendTimeout }}s;
proxy_read_timeout                      {{ $c.Proxy.ReadTimeout }}s;

proxy_buffering                         {{ $c.Proxy.Buffering }};
proxy_buffer_size                       {{ $c.Proxy.BufferSize }};
proxy_buffers                           {{ $c.Proxy.BuffersNumber }} {{ $c.Proxy.BufferSize }};
proxy_max_temp_file_size                {{ $c.Proxy.MaxTempFileSize }};
proxy_request_buffering                 {{ $c.Proxy.RequestBuffering }};
proxy_http_version                      {{ $c.Proxy.HTTPVersion }};
proxy_cookie_domain                     {{ $c.Proxy.CookieDomain }};
proxy_cookie_path                       {{ $c.Proxy.CookiePath }};

# In case of errors try the next upstream server before returning an error
proxy_next_upstream                     {{ nextUpstream $l $.S.RetryNonIdempotent }};
proxy_next_upstream_timeout             {{ $c.Proxy.NextUpstreamTimeout }};
proxy_next_upstream_tries               {{ $c.Proxy.NextUpstreamTries }};

{{ range sorted $c.ResponseHeaders }}
more_set_headers {{ . }};
{{ end }}
{{ if $c.Satisfy }}
satisfy {{ $c.Satisfy }};
{{ end }}
{{ if $c.Redirect.Relative }}
absolute_redirect off;
{{ end }}
{{ if and $c.CustomHTTPErrors (not $c.NoIntercept) }}
# Custom error pages per ingress
proxy_intercept_errors on;
{{ end }}
{{ range $c.CustomHTTPErrors }}
error_page {{ . }} = @custom_{{ $l.DefaultUpstream }}_{{ . }};
{{ end }}
{{ if $c.Redirect.URL }}
return {{ $c.Redirect.Code }} {{ $c.Redirect.URL }};
{{ end }}

{{ with rewrite $l }}
{{ . }}
{{ if $c.ForwardedPrefix }}
{{ $set }} X-Forwarded-Prefix {{ quote $c.ForwardedPrefix }};
{{ end }}
{{ end }}
{{ pass $l }}
proxy_redirect                          {{ redirects $l }};
{{ end }}
}
{{ end }}

{{ if eq $server.Name "_" }}
# health checks in cloud providers require the use of port {{ $.O.HTTPPort }}
location {{ $.O.HealthPath }} {
access_log off;
return 200;
}

location /nginx_status {
allow 127.0.0.1;
deny all;
access_log off;
stub_status on;
}
{{ end }}
}
## end server {{ $server.Name }}

{{ end }}

# backend for when default-backend-service is not configured or it does not have endpoints
server {
listen {{ .O.DefaultPort }} default_server reuseport backlog=4096;
set $proxy_upstream_name "internal";
access_log off;
location / {
return 404;
}
}
}

stream {
{{ range .C.Streams }}
server {
listen                  {{ .Port }}{{ if .UDP }} udp{{ end }};
proxy_pass              upstream_balancer; # {{ .Upstream.Name }}
}
{{ end }}
}
`
