package nginx

import "strings"

// place is where a directive stands.
type place int

const (
	inMain place = 1 << iota
	inEvents
	inHTTP
	inServer
	inLocation
	inUpstream
	inIf
	inMap   // map, geo, split_clients: free lines
	inTypes // types: free lines
	inLimit // limit_except
)

// free says that lines of the context are no directives.
func (c place) free() bool { return c&(inMap|inTypes) != 0 }

// rule says where a directive may stand and what it takes.
type rule struct {
	where    place
	min, max int   // arguments
	inner    place // context of its block; 0: it has none
	effect   effect
}

// effect says what this nginx makes of a directive.
type effect int

const (
	modelled effect = iota
	tuning          // changes speed or limits of the real program only: accepted
	absent          // would change what a client sees, and is not modelled: refused
)

const (
	many   = 100
	hsl    = inHTTP | inServer | inLocation
	hslIf  = hsl | inIf
	sl     = inServer | inLocation
	always = inMain | inEvents | inHTTP | inServer | inLocation
)

// rules are the directives of nginx with its standard modules.
func rules() map[string]rule {
	all := map[string]rule{
		"events":   {inMain, 0, 0, inEvents, modelled},
		"http":     {inMain, 0, 0, inHTTP, modelled},
		"server":   {inHTTP, 0, 0, inServer, modelled},
		"location": {inServer | inLocation, 1, 2, inLocation, modelled},
		"upstream": {inHTTP, 1, 1, inUpstream, modelled},
		"if":       {sl, 1, many, inIf, modelled},
		"map":      {inHTTP, 2, 2, inMap, modelled},
		"types":    {hsl, 0, 0, inTypes, modelled},

		"user": {inMain, 1, 2, 0, modelled}, "pid": {inMain, 1, 1, 0, modelled}, "env": {inMain, 1, 1, 0, modelled}, "daemon": {inMain, 1, 1, 0, modelled},
		"worker_processes": {inMain, 1, 1, 0, modelled}, "error_log": {always, 1, 2, 0, modelled}, "master_process": {inMain, 1, 1, 0, modelled},
		"listen": {inServer, 1, many, 0, modelled}, "server_name": {inServer, 1, many, 0, modelled},
		"root": {hslIf, 1, 1, 0, modelled}, "alias": {inLocation, 1, 1, 0, modelled}, "index": {hsl, 1, many, 0, modelled}, "try_files": {sl, 2, many, 0, modelled},
		"return": {sl | inIf, 1, 2, 0, modelled}, "rewrite": {sl | inIf, 2, 3, 0, modelled}, "set": {sl | inIf, 2, 2, 0, modelled}, "break": {sl | inIf, 0, 0, 0, modelled},
		"error_page": {hslIf, 2, many, 0, modelled}, "autoindex": {hsl, 1, 1, 0, modelled}, "internal": {inLocation, 0, 0, 0, modelled},
		"access_log": {hslIf | inLimit, 1, many, 0, modelled}, "log_format": {inHTTP, 2, many, 0, modelled}, "default_type": {hsl, 1, 1, 0, modelled},
		"add_header": {hslIf, 2, 3, 0, modelled}, "expires": {hslIf, 1, 2, 0, modelled}, "server_tokens": {hsl, 1, 1, 0, modelled},
		"client_max_body_size": {hsl, 1, 1, 0, modelled}, "auth_basic": {hsl, 1, 1, 0, modelled}, "auth_basic_user_file": {hsl, 1, 1, 0, modelled},
		"allow": {hsl, 1, 1, 0, modelled}, "deny": {hsl, 1, 1, 0, modelled}, "stub_status": {sl, 0, 1, 0, modelled},
		"ssl_certificate": {inHTTP | inServer, 1, 1, 0, modelled}, "ssl_certificate_key": {inHTTP | inServer, 1, 1, 0, modelled}, "http2": {inHTTP | inServer, 1, 1, 0, modelled},
		"proxy_pass": {inLocation | inIf, 1, 1, 0, modelled}, "proxy_set_header": {hsl, 2, 2, 0, modelled}, "proxy_http_version": {hsl, 1, 1, 0, modelled},
		"proxy_connect_timeout": {hsl, 1, 1, 0, modelled}, "proxy_read_timeout": {hsl, 1, 1, 0, modelled}, "proxy_redirect": {hsl, 1, 2, 0, modelled},
		"proxy_hide_header": {hsl, 1, 1, 0, modelled}, "proxy_next_upstream": {hsl, 1, many, 0, modelled}, "proxy_intercept_errors": {hsl, 1, 1, 0, modelled},
	}
	fill(all, rule{inMain, 1, many, 0, tuning}, "worker_rlimit_nofile worker_shutdown_timeout worker_cpu_affinity worker_priority pcre_jit timer_resolution thread_pool load_module lock_file")
	fill(all, rule{inEvents, 1, many, 0, tuning}, "worker_connections use multi_accept accept_mutex debug_connection")
	fill(all, rule{hslIf, 1, many, 0, tuning}, `sendfile tcp_nopush tcp_nodelay keepalive_timeout keepalive_requests keepalive_time gzip gzip_types gzip_min_length gzip_comp_level
		gzip_proxied gzip_vary gzip_disable gzip_http_version gzip_buffers gzip_static types_hash_max_size types_hash_bucket_size variables_hash_max_size server_names_hash_bucket_size
		server_names_hash_max_size client_header_timeout client_body_timeout client_body_buffer_size client_header_buffer_size large_client_header_buffers send_timeout reset_timedout_connection
		open_file_cache open_file_cache_valid open_file_cache_min_uses open_file_cache_errors log_not_found log_subrequest output_buffers directio aio resolver resolver_timeout etag
		if_modified_since charset charset_types underscores_in_headers ignore_invalid_headers merge_slashes absolute_redirect port_in_redirect server_name_in_redirect
		client_body_temp_path proxy_temp_path fastcgi_temp_path uwsgi_temp_path scgi_temp_path client_body_in_file_only limit_rate limit_rate_after autoindex_exact_size autoindex_localtime autoindex_format
		proxy_buffering proxy_buffers proxy_buffer_size proxy_busy_buffers_size proxy_send_timeout proxy_request_buffering proxy_next_upstream_timeout proxy_next_upstream_tries proxy_max_temp_file_size
		proxy_socket_keepalive proxy_ssl_server_name proxy_ssl_verify proxy_ssl_name proxy_ssl_protocols proxy_pass_header proxy_pass_request_headers proxy_pass_request_body proxy_headers_hash_max_size proxy_headers_hash_bucket_size
		ssl_protocols ssl_ciphers ssl_prefer_server_ciphers ssl_session_cache ssl_session_timeout ssl_session_tickets ssl_dhparam ssl_ecdh_curve ssl_stapling ssl_stapling_verify ssl_trusted_certificate
		ssl_buffer_size ssl_early_data lingering_close lingering_time lingering_timeout satisfy max_ranges chunked_transfer_encoding recursive_error_pages rewrite_log uninitialized_variable_warn map_hash_bucket_size map_hash_max_size`)
	fill(all, rule{inUpstream, 0, many, 0, tuning}, "zone keepalive keepalive_requests keepalive_timeout least_conn ip_hash hash random")
	fill(all, rule{hslIf | inUpstream, 0, many, 0, absent}, `auth_request auth_request_set limit_req limit_req_zone limit_req_status limit_conn limit_conn_zone sub_filter sub_filter_once sub_filter_types fastcgi_pass fastcgi_param fastcgi_index
		uwsgi_pass uwsgi_param scgi_pass grpc_pass memcached_pass proxy_cache proxy_cache_path proxy_cache_valid proxy_cache_key ssl_client_certificate ssl_verify_client mirror dav_methods real_ip_header set_real_ip_from
		referer_hash_max_size valid_referers add_trailer js_import js_content perl secure_link random_index`)
	for _, name := range strings.Fields("stream mail") {
		all[name] = rule{inMain, 0, 0, inTypes, absent}
	}
	for _, name := range strings.Fields("geo split_clients limit_except") {
		all[name] = rule{inHTTP | inLocation, 1, 3, inMap, absent}
	}
	return all
}

// fill adds the same rule for many names, keeping what is there.
func fill(all map[string]rule, r rule, names string) {
	for _, name := range strings.Fields(names) {
		if old, ok := all[name]; ok {
			r := old
			r.where |= inUpstream
			all[name] = r
			continue
		}
		all[name] = r
	}
}

// check holds a directive against the rules.
func (p *parser) check(d *directive, where place, block bool) (rule, error) {
	if where == inUpstream && d.name == "server" {
		return rule{inUpstream, 1, many, 0, modelled}, nil
	}
	r, ok := p.rules[d.name]
	switch {
	case !ok:
		return r, d.wrong("unknown directive %q", d.name)
	case r.where&where == 0:
		return r, d.wrong("%q directive is not allowed here", d.name)
	case block && r.inner == 0:
		return r, d.wrong(`directive %q is not terminated by ";"`, d.name)
	case !block && r.inner != 0:
		return r, d.wrong(`directive %q has no opening "{"`, d.name)
	case len(d.args) < r.min || len(d.args) > r.max:
		return r, d.wrong("invalid number of arguments in %q directive", d.name)
	case r.effect == absent:
		return r, d.wrong("%q is a directive of nginx that this simulated one does not have", d.name)
	}
	return r, nil
}
