package shell

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/engine/kernel"
	"kubetutor/internal/engine/resolver"
)

// site is a web server in the fabric at 10.244.1.10, and a container at 10.244.1.2.
func site(t *testing.T) (*kernel.Container, *httptest.Server) {
	t.Helper()
	f := fabric.New()
	names, err := f.Attach("dns", netip.MustParseAddr("10.96.0.10"))
	if err != nil {
		t.Fatal(err)
	}
	known := &resolver.Site{}
	known.SetHosts(map[string]netip.Addr{"web": netip.MustParseAddr("10.244.1.10")})
	if err := known.Serve(names); err != nil {
		t.Fatal(err)
	}
	server, err := f.Attach("web", netip.MustParseAddr("10.244.1.10"))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %s\n", r.Method, r.URL, body)
	})
	mux.HandleFunc("/missing", http.NotFound)
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/new", http.StatusFound) })
	mux.HandleFunc("/agent", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, r.UserAgent(), r.Header.Get("X-Test"), r.Host)
	})
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	plain := &http.Server{Handler: mux}
	listener, err := server.Listen("tcp", ":80")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = plain.Serve(listener) }()
	echoes, err := server.ListenPacket("udp", ":7")
	if err != nil {
		t.Fatal(err)
	}
	go echoTwice(echoes)
	secure := httptest.NewUnstartedServer(mux)
	secure.Listener.Close()
	if secure.Listener, err = server.Listen("tcp", ":443"); err != nil {
		t.Fatal(err)
	}
	secure.StartTLS()
	t.Cleanup(func() { plain.Close(); secure.Close(); server.Close() })
	client, err := f.Attach("client", netip.MustParseAddr("10.244.1.2"))
	if err != nil {
		t.Fatal(err)
	}
	c := newContainer(t, kernel.Config{Net: client})
	if err := c.FS().WriteFile("/etc/resolv.conf", []byte("nameserver 10.96.0.10\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return c, secure
}

// echoTwice sends every packet back two times, with the port that it came from.
func echoTwice(c net.PacketConn) {
	b := make([]byte, 1500)
	for {
		n, from, err := c.ReadFrom(b)
		if err != nil {
			return
		}
		answer := fmt.Appendf(nil, "%d %s", from.(*net.UDPAddr).Port, b[:n])
		_, _ = c.WriteTo(answer, from)
		_, _ = c.WriteTo(answer, from)
	}
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	c, secure := site(t)
	var authority bytes.Buffer
	if err := pem.Encode(&authority, &pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw}); err != nil {
		t.Fatal(err)
	}
	if err := c.FS().WriteFile("/tmp/ca.crt", authority.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	// the container's main process keeps it up
	if _, err := c.Start(kernel.Spec{Args: []string{"sleep", "1000"}, Env: []string{"PATH=/bin"}}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		script, out, err string // err: a part of standard error
		code             int
	}{
		{"wget -qO- http://web/x", "GET /x \n", "", 0},
		{"wget -O- web/missing", "", "wget: server returned error: HTTP/1.1 404 Not Found", 1},
		{"wget -q -O- nowhere", "", "wget: bad address 'nowhere'", 1},
		{"wget -q -O- 10.244.1.10:81", "", "wget: can't connect to remote host (10.244.1.10): Connection refused", 1},
		{"wget -T 1 -qO- web/slow", "", "wget: download timed out", 1},
		{"wget -qO- --header 'X-Test: 1' -U me web/agent", "me 1 web\n", "", 0},
		{"wget -qO- --post-data a=b web/p", "POST /p a=b\n", "", 0},
		{"wget -qO- web/moved", "GET /new \n", "", 0},
		{"cd /tmp && wget -q http://web/file && cat file", "GET /file \n", "", 0},
		{"wget --spider http://web/ 2>&1 | tail -n 1", "remote file exists\n", "", 0},
		{"wget -qO- --no-check-certificate https://web/s", "GET /s \n", "", 0},
		{"curl -s web/x", "GET /x \n", "", 0},
		{"curl -s -o /dev/null -w '%{http_code}\\n' web/missing", "404\n", "", 0},
		{"curl -fsS web/missing", "", "curl: (22) The requested URL returned error: 404", 22},
		{"curl -s nowhere", "", "", 6},
		{"curl -sS nowhere", "", "curl: (6) Could not resolve host: nowhere", 6},
		{"curl -sS web:81", "", "curl: (7) Failed to connect to web port 81 after", 7},
		{"curl -sS -m 0.1 web/slow", "", "curl: (28) Operation timed out after", 28},
		{"curl -sS --connect-timeout 0.1 192.0.2.1", "", "curl: (28) Failed to connect to 192.0.2.1 port 80", 28},
		{"curl -s -X PUT -d data web/p", "PUT /p data\n", "", 0},
		{"curl -s -G -d q=1 web/p", "GET /p?q=1 \n", "", 0},
		{"curl -s -L web/moved", "GET /new \n", "", 0},
		{"curl -sI web/ | head -n 1", "HTTP/1.1 200 OK\r\n", "", 0},
		{"curl -s -H 'X-Test: 2' web/agent", "curl/8.11.1 2 web\n", "", 0},
		{"curl -sS https://web/", "", "curl: (60) SSL certificate problem: unable to get local issuer certificate", 60},
		{"curl -sk https://web/s", "GET /s \n", "", 0},
		{"curl -s --cacert /tmp/ca.crt --resolve example.com:443:10.244.1.10 https://example.com/s", "GET /s \n", "", 0},
		{"curl -sS https://web:80/", "", "curl: (35)", 35},
		{"curl -sv web/x 2>&1 | grep -c '^> GET /x HTTP/1.1'", "1\n", "", 0},
		{"printf 'GET /n HTTP/1.0\\r\\n\\r\\n' | nc web 80 | tail -n 1", "GET /n \n", "", 0},
		{"nc -zv web 80", "", "web (10.244.1.10:80) open", 0},
		{"nc -z web 81", "", "", 1},
		{"nc -l -p 9000 > /tmp/got & until nc -z 127.0.0.1 9999 || netstat -ltn | grep -q 9000; do sleep 0.01; done; echo hello | nc 127.0.0.1 9000; wait; cat /tmp/got", "hello\n", "", 0},
		{"echo hi | nc -u -w 5 -W 1 -p 5555 web 7", "5555 hi\n", "", 0},
		{"echo hi | nc -u -w 5 -W 2 web 7 | wc -l", "2\n", "", 0},
		{"hostname -i", "10.244.1.2\n", "", 0},
		{"ip -4 addr show eth0 | grep -o 'inet [0-9./]*'", "inet 10.244.1.2/24\n", "", 0},
		{"ping -c 1 -W 1 web | head -n 2 | cut -d= -f1-3", "PING web (10.244.1.10): 56 data bytes\n64 bytes from 10.244.1.10: seq=0 ttl=64 time", "", 0},
		{"nslookup web | tail -n 3", "Name:\tweb\nAddress: 10.244.1.10\n\n", "", 0},
		{"nslookup nothere | tail -n 2", "** server can't find nothere: NXDOMAIN\n\n", "", 0},
		{"mkdir -p /tmp/www && echo page > /tmp/www/index.html && httpd -p 8080 -h /tmp/www; until wget -qO- 127.0.0.1:8080 2>/dev/null; do sleep 0.01; done; wget -qO- 127.0.0.1:8080/no", "page\n", "wget: server returned error: HTTP/1.1 404 Not Found", 1},
	} {
		t.Run(test.script, func(t *testing.T) {
			t.Parallel()
			got := runIn(t, c, "", "sh", "-c", test.script)
			if !strings.HasPrefix(got.out, test.out) || test.out == "" && got.out != "" || !strings.Contains(got.err, test.err) || got.code != test.code {
				t.Errorf("got %+v", got)
			}
		})
	}
}
