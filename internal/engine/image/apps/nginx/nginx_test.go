package nginx_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"kubetutor/internal/engine/image/imagetest"
	"kubetutor/internal/engine/kernel"
)

// foreground starts nginx itself, without the scripts of the image.
func foreground() []string { return []string{"nginx", "-g", "daemon off;"} }

const (
	defaultConf = "/etc/nginx/conf.d/default.conf"
	docroot     = "/usr/share/nginx/html"
)

func TestWelcome(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run("nginx:1.27", imagetest.Options{Command: foreground()})
	answer := c.Get(80, "/")
	if answer.Status != http.StatusOK || !strings.Contains(answer.Body, "<h1>Welcome to nginx!</h1>") {
		t.Errorf("answer %d:\n%s", answer.Status, answer.Body)
	}
	if got := answer.Header.Get("Server"); got != "nginx/1.27.5" {
		t.Errorf("Server: %s", got)
	}
	missing := c.Get(80, "/missing")
	if missing.Status != http.StatusNotFound || !strings.Contains(missing.Body, "<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx/1.27.5</center>") {
		t.Errorf("missing %d:\n%s", missing.Status, missing.Body)
	}
	c.Eventually("both requests in the log", func() bool {
		return strings.Contains(c.Logs(), `"GET / HTTP/1.1" 200 615 "-" "Go-http-client/1.1" "-"`) &&
			strings.Contains(c.Logs(), `open() "/usr/share/nginx/html/missing" failed (2: No such file or directory), client: `)
	})
	if out, code := c.Exec("nginx", "-v"); out != "nginx version: nginx/1.27.5\n" || code != 0 {
		t.Errorf("nginx -v: %d %s", code, out)
	}
}

func TestSignals(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		stop func(c *imagetest.Container)
	}{
		{"SIGTERM", func(c *imagetest.Container) { c.Main.Signal(kernel.SIGTERM) }},
		{"SIGQUIT", func(c *imagetest.Container) { c.Main.Signal(kernel.SIGQUIT) }},
		{"-s quit", func(c *imagetest.Container) { c.Exec("nginx", "-s", "quit") }},
		{"-s stop", func(c *imagetest.Container) { c.Exec("nginx", "-s", "stop") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := imagetest.NewWorld(t).Run("nginx", imagetest.Options{Command: foreground()})
			c.Get(80, "/")
			test.stop(c)
			if code := c.Wait(); code != 0 {
				t.Errorf("status %d", code)
			}
		})
	}
}

func TestReload(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run("nginx", imagetest.Options{Command: foreground()})
	c.Get(80, "/")
	write(t, c, defaultConf, "server { listen 80; location / { return 200 'new\\n'; } }\nserver { listen 81; return 204; }\n")
	if out, code := c.Exec("nginx", "-s", "reload"); code != 0 {
		t.Fatal(out)
	}
	c.Eventually("the new configuration", func() bool { return c.Get(80, "/").Body == "new\n" })
	if got := c.Get(81, "/").Status; got != http.StatusNoContent {
		t.Errorf("port 81 answers %d", got)
	}
	write(t, c, defaultConf, "server { listen 80; nonsense on; }\n")
	if out, code := c.Exec("nginx", "-s", "reload"); code != 1 || !strings.Contains(out, `nginx: [emerg] unknown directive "nonsense" in /etc/nginx/conf.d/default.conf:1`) {
		t.Errorf("reload with a mistake: %d %s", code, out)
	}
	c.Main.Signal(kernel.SIGHUP)
	c.Eventually("the mistake in the log", func() bool {
		return strings.Contains(c.Logs(), `[emerg] 1#1: unknown directive "nonsense" in /etc/nginx/conf.d/default.conf:1`)
	})
	if got := c.Get(80, "/").Body; got != "new\n" {
		t.Errorf("after a broken reload: %q", got)
	}
}

func write(t *testing.T, c *imagetest.Container, name, text string) {
	t.Helper()
	if err := c.FS().WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestMistakes holds the checks of the configuration to nginx's words.
func TestMistakes(t *testing.T) {
	t.Parallel()
	w := imagetest.NewWorld(t)
	c := w.Run("nginx", imagetest.Options{Command: foreground()})
	c.Get(80, "/")
	for _, test := range []struct{ conf, want string }{
		{"server { foo bar; }", `unknown directive "foo" in /etc/nginx/conf.d/default.conf:1`},
		{"server {\n listen 80\n server_name x;\n}", `invalid parameter "server_name" in /etc/nginx/conf.d/default.conf:3`},
		{"server { listen 80; ", `unexpected end of file, expecting "}" in /etc/nginx/conf.d/default.conf:1`},
		{"server { listen 80; } }", `unexpected "}" in /etc/nginx/conf.d/default.conf:1`},
		{"server { listen 99999; }", `invalid port in "99999" of the "listen" directive in`},
		{"listen 80;", `"listen" directive is not allowed here in /etc/nginx/conf.d/default.conf:1`},
		{"server { root; }", `invalid number of arguments in "root" directive in`},
		{"server { root /a; root /b; }", `"root" directive is duplicate in`},
		{"server { autoindex maybe; }", `invalid value "maybe" in "autoindex" directive, it must be "on" or "off" in`},
		{"server { location / { proxy_pass backend; } }", `invalid URL prefix in`},
		{"server { location / { proxy_pass http://backend.svc; } }", `host not found in upstream "backend.svc" in /etc/nginx/conf.d/default.conf:1`},
		{"server { location /a { } location /a { } }", `duplicate location "/a" in`},
		{"server { return 200 $nothing; add_header X $nothing; }", `unknown "nothing" variable`},
		{"server { listen 443 ssl; }", `no "ssl_certificate" is defined for the "listen ... ssl" directive in`},
		{"server { listen 443 ssl; ssl_certificate /none; ssl_certificate_key /none; }", `cannot load certificate "/none": BIO_new_file() failed`},
		{"include /etc/nginx/none.conf;", `open() "/etc/nginx/none.conf" failed (2: No such file or directory) in /etc/nginx/conf.d/default.conf:1`},
		{"server { location ~ ( { } }", `pcre2_compile() failed`},
		{"server { limit_req zone=a; }", `"limit_req" is a directive of nginx that this simulated one does not have in`},
		{"server { listen 80; listen 80; }", `a duplicate listen 80 in`},
		{"upstream u { }", `no servers are inside upstream in`},
		{"server { access_log /dev/stdout nope; }", `unknown log format "nope" in`},
	} {
		write(t, c, defaultConf, test.conf)
		out, code := c.Exec("nginx", "-t")
		if code != 1 || !strings.Contains(out, "nginx: [emerg] "+test.want) || !strings.HasSuffix(out, "nginx: configuration file /etc/nginx/nginx.conf test failed\n") {
			t.Errorf("%s\nstatus %d: %s\nwant %s", test.conf, code, out, test.want)
		}
	}
	if failing := w.Run("nginx", imagetest.Options{Command: foreground(), Files: map[string]string{defaultConf: "server { foo; }"}}); failing.Wait() != 1 {
		t.Errorf("a broken configuration starts:\n%s", failing.Logs())
	}
}

// exchange is a request and what must come back.
type exchange struct {
	path   string
	status int
	want   string // in the body, or "Header: value"
}

func serve(t *testing.T, conf string, files map[string]string, exchanges []exchange) *imagetest.Container {
	t.Helper()
	all := map[string]string{defaultConf: conf}
	for name, text := range files {
		all[name] = text
	}
	c := imagetest.NewWorld(t).Run("nginx:1.27", imagetest.Options{Command: foreground(), Files: all})
	for _, e := range exchanges {
		got := c.Get(80, e.path)
		name, value, isHeader := strings.Cut(e.want, ": ")
		holds := strings.Contains(got.Body, e.want) || isHeader && strings.Join(got.Header[name], ",") == value
		if got.Status != e.status || !holds {
			t.Errorf("GET %s: %d %v\n%s\nwant %d %q\n%s", e.path, got.Status, got.Header, got.Body, e.status, e.want, c.Logs())
		}
	}
	return c
}

func TestLocations(t *testing.T) {
	t.Parallel()
	serve(t, `
server {
    listen 80;
    location = /exact      { return 200 exact; }
    location /exact        { return 200 prefix; }
    location /images/      { return 200 images; }
    location ^~ /static/   { return 200 static; }
    location ~ \.(gif|jpg)$ { return 200 "regex $1"; }
    location ~* \.PNG$     { return 200 nocase; }
    location /nested/ {
        location /nested/inner { return 200 inner; }
        return 200 outer;
    }
    location / { return 404; }
}`, nil, []exchange{
		{"/exact", 200, "exact"}, {"/exactly", 200, "prefix"}, {"/images/a.txt", 200, "images"}, {"/images/a.gif", 200, "regex gif"},
		{"/static/a.gif", 200, "static"}, {"/a.png", 200, "nocase"}, {"/nested/inner/x", 200, "inner"}, {"/nested/x", 200, "outer"}, {"/else", 404, "404 Not Found"},
		{"//images///x/../y", 200, "images"},
	})
}

func TestFiles(t *testing.T) {
	t.Parallel()
	c := serve(t, `
server {
    listen 80;
    root /data;
    location /list/ { autoindex on; }
    location /alias/ { alias /other/; }
    location /app/ { try_files $uri $uri/ /app/index.html; }
    location /only/ { try_files $uri =404; }
    location /fallback { try_files $uri @named; }
    location @named { return 200 "named $uri"; }
    location /private { internal; }
    error_page 404 /404.html;
    error_page 403 =200 /403.html;
    add_header X-Always yes always;
    add_header X-Fine yes;
}`, map[string]string{
		"/data/index.html": "home", "/data/dir/file.txt": "plain", "/data/list/a.css": "body{}", "/data/list/b/c": "", "/other/x.json": "{}", "/data/app/index.html": "app", "/data/app/a.js": "js",
		"/data/404.html": "own page", "/data/403.html": "forbidden page", "/data/noindex/x": "",
	}, []exchange{
		{"/", 200, "home"}, {"/dir/file.txt", 200, "Content-Type: text/plain"}, {"/dir", 301, "Moved Permanently"}, {"/list/", 200, `<a href="a.css">a.css</a>`}, {"/list/", 200, `<a href="b/">b/</a>`},
		{"/list/a.css", 200, "Content-Type: text/css"}, {"/alias/x.json", 200, "Content-Type: application/json"}, {"/app/a.js", 200, "js"}, {"/app/some/route", 200, "app"},
		{"/only/x", 404, "own page"}, {"/fallback/y", 200, "named /fallback/y"}, {"/private", 404, "own page"}, {"/none", 404, "own page"}, {"/none", 404, "X-Always: yes"},
		{"/noindex/", 200, "forbidden page"}, {"/", 200, "X-Fine: yes"},
	})
	if got := c.Get(80, "/none").Header.Get("X-Fine"); got != "" {
		t.Error("add_header without always stands on a 404")
	}
	// Workers are user nginx: what only root may read is forbidden.
	if err := c.FS().Chmod("/data/dir/file.txt", 0o600); err != nil {
		t.Fatal(err)
	}
	if got := c.Get(80, "/dir/file.txt"); got.Body != "forbidden page" {
		t.Errorf("a file of root's: %d %s", got.Status, got.Body)
	}
	req := request(t, "GET", "/index.html", map[string]string{"Range": "bytes=1-2"})
	if got := c.Do(80, req); got.Status != http.StatusPartialContent || got.Body != "om" {
		t.Errorf("range: %d %q", got.Status, got.Body)
	}
	etag := c.Get(80, "/index.html").Header.Get("Etag")
	req = request(t, "GET", "/index.html", map[string]string{"If-None-Match": etag})
	if got := c.Do(80, req); got.Status != http.StatusNotModified {
		t.Errorf("If-None-Match %v: %d", etag, got.Status)
	}
}

func request(t *testing.T, method, path string, header map[string]string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://host"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		req.Header.Set(name, value)
		if name == "Host" {
			req.Host = value
		}
	}
	return req
}

func TestRewrites(t *testing.T) {
	t.Parallel()
	serve(t, `
map $http_user_agent $kind { default other; ~*^go go; curl tool; }
server {
    listen 80;
    set $who nobody;
    rewrite ^/old/(.*)$ /new/$1 last;
    rewrite ^/gone$ http://elsewhere.example/ permanent;
    if ($arg_debug = 1) { set $who debugger; }
    location /new/ { return 200 "new $uri by $who"; }
    location /if { if ($request_method = GET) { return 418 teapot; } }
    location /kind { return 200 "$kind $host $scheme $request_uri $args"; }
    location /go { return 302 /there; }
    location /host { return 301 https://$host$request_uri; }
    location /cycle { rewrite ^ /cycle2 last; }
    location /cycle2 { rewrite ^ /cycle last; }
}`, nil, []exchange{
		{"/old/a/b", 200, "new /new/a/b by nobody"}, {"/new/x?debug=1", 200, "by debugger"}, {"/gone", 301, "Location: http://elsewhere.example/"}, {"/if", 418, "teapot"},
		{"/kind?x=1", 200, "go 10.244.1.2 http /kind?x=1 x=1"}, {"/go", 302, "Location: http://10.244.1.2:80/there"}, {"/host?q=1", 301, "Location: https://10.244.1.2/host?q=1"}, {"/cycle", 500, "500 Internal Server Error"},
	})
}

func TestVirtualServers(t *testing.T) {
	t.Parallel()
	c := serve(t, `
server { listen 80; server_name a.example; return 200 a; }
server { listen 80 default_server; server_name _; return 200 default; }
server { listen 80; server_name *.wild.example; return 200 wild; }
server { listen 80; server_name ~^r\d+\.example$; return 200 regex; }
server { listen 80; server_name b.example; location / { allow 10.0.0.0/8; deny all; return 200 b; } location /static { deny all; } }
`, nil, nil)
	for host, want := range map[string]string{"a.example": "a", "A.EXAMPLE:80": "a", "x.wild.example": "wild", "r7.example": "regex", "unknown": "default", "b.example": "b"} {
		if got := c.Do(80, request(t, "GET", "/", map[string]string{"Host": host})); got.Body != want {
			t.Errorf("host %s: %s, want %s", host, got.Body, want)
		}
	}
	if got := c.Do(80, request(t, "GET", "/static", map[string]string{"Host": "b.example"})); got.Status != http.StatusForbidden {
		t.Errorf("deny all: %d", got.Status)
	}
}

func TestProxy(t *testing.T) {
	t.Parallel()
	w := imagetest.NewWorld(t)
	backend := `server { listen 80; location / { default_type text/plain; return 200 "%s $request_uri host=$host xff=$http_x_forwarded_for ip=$http_x_real_ip\n"; } location /fail { return 500 no; } }`
	one := w.Run("nginx", imagetest.Options{Command: foreground(), Files: map[string]string{defaultConf: fmt.Sprintf(backend, "one")}})
	two := w.Run("nginx", imagetest.Options{Command: foreground(), Files: map[string]string{defaultConf: fmt.Sprintf(backend, "two")}})
	one.Get(80, "/")
	two.Get(80, "/")
	front := w.Run("nginx", imagetest.Options{Command: foreground(), Files: map[string]string{defaultConf: fmt.Sprintf(`
upstream both { server %[1]s; server %[2]s:80; }
upstream half { server %[1]s:81 max_fails=1; server %[2]s; }
server {
    listen 80;
    location /both { proxy_pass http://both; proxy_set_header Host $host; proxy_set_header X-Real-IP $remote_addr; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }
    location /api/ { proxy_pass http://%[1]s/v1/; }
    location /half { proxy_pass http://half; }
    location /dead { proxy_pass http://%[1]s:81; }
    location /fail { proxy_pass http://%[1]s; proxy_intercept_errors on; error_page 500 =503 /sorry; }
    location = /sorry { return 503 sorry; }
}`, one.IP, two.IP)}})
	seen := map[string]bool{}
	for range 4 {
		body := front.Get(80, "/both?x=1").Body
		seen[body[:3]] = true
		if !strings.Contains(body, "/both?x=1 host="+front.IP.String()) || !strings.Contains(body, "xff=172.30.0.1 ip=172.30.0.1") {
			t.Errorf("through the proxy: %s", body)
		}
	}
	if len(seen) != 2 {
		t.Errorf("round robin reached %v", seen)
	}
	if got := front.Get(80, "/api/users?a=b").Body; !strings.HasPrefix(got, "one /v1/users?a=b host="+one.IP.String()) {
		t.Errorf("with a URI: %s", got)
	}
	if got := front.Get(80, "/half").Body; !strings.HasPrefix(got, "two") {
		t.Errorf("with a dead server in the group: %s", got)
	}
	dead := front.Get(80, "/dead")
	if dead.Status != http.StatusBadGateway || !strings.Contains(dead.Body, "502 Bad Gateway") {
		t.Errorf("dead: %d %s", dead.Status, dead.Body)
	}
	front.Eventually("the failure in the log", func() bool {
		return strings.Contains(front.Logs(), fmt.Sprintf(`connect() failed (111: Connection refused) while connecting to upstream, client: 172.30.0.1, server: , request: "GET /dead HTTP/1.1", upstream: "http://%s:81/dead", host: `, one.IP))
	})
	if got := front.Get(80, "/fail"); got.Status != 503 {
		t.Errorf("intercepted: %d %s", got.Status, got.Body)
	}
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	c := serve(t, `server { listen 80; location / { auth_basic "Staff"; auth_basic_user_file htpasswd; return 200 in; } location /in { auth_basic "Staff"; auth_basic_user_file /etc/nginx/htpasswd; root /usr/share/nginx/html; } }`,
		map[string]string{"/etc/nginx/htpasswd": "plain:{PLAIN}secret\nsha:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\napr:$apr1$Q1EvBnZX$nVsB.2kvxkJTA7vAp6mRm1\n", docroot + "/in": "in"}, []exchange{{"/in", 401, "Www-Authenticate: Basic realm=\"Staff\""}})
	for user, want := range map[string]int{"plain": 200, "sha": 200, "nobody": 401} {
		req := request(t, "GET", "/in", nil)
		req.SetBasicAuth(user, "secret")
		if got := c.Do(80, req).Status; got != want {
			t.Errorf("%s: %d, want %d", user, got, want)
		}
	}
}

func TestBodySize(t *testing.T) {
	t.Parallel()
	c := serve(t, `server { listen 80; client_max_body_size 1k; location / { root /usr/share/nginx/html; } }`, nil, nil)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://host/", strings.NewReader(strings.Repeat("x", 2000)))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Do(80, req).Status; got != http.StatusRequestEntityTooLarge {
		t.Errorf("2000 bytes: %d", got)
	}
	if got := c.Do(80, request(t, "POST", "/", nil)).Status; got != http.StatusMethodNotAllowed {
		t.Errorf("POST to a file: %d", got)
	}
}

// pair makes a certificate for a name.
func pair(t *testing.T, name string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	bytes, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: bytes}))
}

func TestTLS(t *testing.T) {
	t.Parallel()
	cert, key := pair(t, "secure.example")
	c := serve(t, `server { listen 80; return 204; } server { listen 443 ssl; server_name secure.example; ssl_certificate /etc/nginx/ssl/tls.crt; ssl_certificate_key /etc/nginx/ssl/tls.key; return 200 "$scheme $ssl_protocol"; }`,
		map[string]string{"/etc/nginx/ssl/tls.crt": cert, "/etc/nginx/ssl/tls.key": key}, []exchange{{"/", 204, ""}})
	conn, err := c.Dial(t.Context(), 443)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(cert))
	secure := tls.Client(conn, &tls.Config{RootCAs: pool, ServerName: "secure.example"})
	fmt.Fprintf(secure, "GET / HTTP/1.0\r\n\r\n")
	answer, err := io.ReadAll(secure)
	if err != nil || !strings.HasSuffix(string(answer), "https TLSv1.3") {
		t.Errorf("over TLS: %v\n%s", err, answer)
	}
}

func TestWithoutRoot(t *testing.T) {
	t.Parallel()
	w := imagetest.NewWorld(t)
	user := kernel.Cred{UID: 101, GID: 101}
	c := w.Run("nginx", imagetest.Options{Command: foreground(), User: user})
	if code := c.Wait(); code != 1 || !strings.Contains(c.Logs(), `mkdir() "/var/cache/nginx/client_temp" failed (13: Permission denied)`) {
		t.Errorf("as user 101: status %d\n%s", code, c.Logs())
	}
	unprivileged := w.Run("nginxinc/nginx-unprivileged", imagetest.Options{Command: foreground(), User: user})
	if got := unprivileged.Get(8080, "/").Status; got != http.StatusOK {
		t.Errorf("unprivileged: %d", got)
	}
}

func TestLogsGoWhereTheyAreTold(t *testing.T) {
	t.Parallel()
	c := serve(t, `
log_format json '{"uri":"$uri","status":$status,"agent":"$http_user_agent","x":"$http_x_quote"}';
server { listen 80; access_log /var/log/nginx/own.log json; location /quiet { access_log off; return 204; } location / { return 200 ok; } }`, nil, []exchange{{"/quiet", 204, ""}})
	c.Do(80, request(t, "GET", "/loud", map[string]string{"X-Quote": `a"b`}))
	want := `{"uri":"/loud","status":200,"agent":"Go-http-client/1.1","x":"a\x22b"}` + "\n"
	c.Eventually("a line in the file", func() bool {
		data, err := c.FS().ReadFile("/var/log/nginx/own.log")
		return err == nil && string(data) == want
	})
}

func TestDaemonEndsTheContainer(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run("nginx", imagetest.Options{Command: []string{"nginx"}})
	if code := c.Wait(); code != 0 {
		t.Errorf("status %d\n%s", code, c.Logs())
	}
}
