package echo

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/websocket"

	"kubetutor/internal/engine/image/apps/service"
	"kubetutor/internal/engine/kernel"
)

// Gateway is registry.k8s.io/gateway-api/echo-basic, by which the conformance
// tests of Gateway API see where requests come out, and as what: an HTTP server
// unless a variable makes it one of gRPC, TCP or UDP. Answers are as those of
// sigs.k8s.io/gateway-api/conformance v1.6.3, echo-basic.
func Gateway(string) kernel.Program {
	return service.LikeGo(func(ctx context.Context, p *kernel.Process) int {
		if p.Grow(memory) != nil {
			return 1
		}
		e := &gatewayEcho{p: p, tries: map[string]int{}, where: whereabouts{p.Getenv("NAMESPACE"), p.Getenv("INGRESS_NAME"), p.Getenv("SERVICE_NAME"), p.Getenv("POD_NAME")}}
		run := e.serveHTTP
		switch {
		case p.Getenv("GRPC_ECHO_SERVER") != "":
			run = e.serveGRPC
		case p.Getenv("TCP_ECHO_SERVER") != "":
			run = e.serveTCP
		case p.Getenv("UDP_ECHO_SERVER") != "":
			run = e.serveUDP
		}
		if err := run(ctx); err != nil && ctx.Err() == nil {
			fmt.Fprintf(p.Stderr(), "panic: Failed to start listening: %s\n\n", err)
			return service.GoStatus
		}
		return 0
	})
}

type gatewayEcho struct {
	p     *kernel.Process
	where whereabouts

	mu    sync.Mutex
	tries map[string]int // of requests that fail at first, by their uuid
}

// whereabouts say who answers.
type whereabouts struct {
	Namespace string `json:"namespace"`
	Ingress   string `json:"ingress"`
	Service   string `json:"service"`
	Pod       string `json:"pod"`
}

// asked is what an HTTP request was.
type asked struct {
	Path    string              `json:"path"`
	Host    string              `json:"host"`
	Method  string              `json:"method"`
	Proto   string              `json:"proto"`
	Headers map[string][]string `json:"headers"`
	Port    string              `json:"httpPort"`
	whereabouts
	TLS *overTLS `json:"tls,omitempty"`
}

type overTLS struct {
	Version            string   `json:"version"`
	PeerCertificates   []string `json:"peerCertificates,omitempty"`
	ServerName         string   `json:"serverName"`
	NegotiatedProtocol string   `json:"negotiatedProtocol,omitempty"`
	CipherSuite        string   `json:"cipherSuite"`
}

func describeTLS(state *tls.ConnectionState) *overTLS {
	if state == nil {
		return nil
	}
	out := &overTLS{Version: strings.Replace(tls.VersionName(state.Version), "TLS ", "TLSv", 1), ServerName: state.ServerName,
		NegotiatedProtocol: state.NegotiatedProtocol, CipherSuite: tls.CipherSuiteName(state.CipherSuite)}
	for _, c := range state.PeerCertificates {
		out.PeerCertificates = append(out.PeerCertificates, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})))
	}
	return out
}

// port is a port by a variable.
func (e *gatewayEcho) port(variable, otherwise string) string {
	if port := e.p.Getenv(variable); port != "" {
		return port
	}
	return otherwise
}

// tls is how the program speaks TLS; nil if it has no certificate.
func (e *gatewayEcho) tls(key string) (*tls.Config, error) {
	certFile, keyFile := e.p.Getenv("TLS_SERVER_CERT"), e.p.Getenv(key)
	if certFile == "" || keyFile == "" {
		return nil, nil
	}
	pair, err := service.Certificate(e.p, certFile, keyFile)
	if err != nil {
		return nil, err
	}
	c := &tls.Config{Certificates: []tls.Certificate{*pair}, MinVersion: tls.VersionTLS12}
	if file := e.p.Getenv("TLS_CLIENT_CACERTS"); file != "" {
		ca, err := e.p.FS().ReadFile(file)
		if err != nil {
			return nil, err
		}
		c.ClientAuth, c.ClientCAs = tls.VerifyClientCertIfGiven, x509.NewCertPool()
		if !c.ClientCAs.AppendCertsFromPEM(ca) {
			return nil, fmt.Errorf("unable to append certificate in %q to CA pool", file)
		}
	}
	return c, nil
}

// serveHTTP serves HTTP/1.1, HTTP/2 without TLS on a port of its own, and HTTPS.
func (e *gatewayEcho) serveHTTP(ctx context.Context) error {
	config, err := e.tls("TLS_SERVER_PRIVKEY")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "OK") })
	mux.HandleFunc("/status/", status)
	mux.HandleFunc("/retry/", e.retry)
	mux.Handle("/ws", websocket.Handler(func(ws *websocket.Conn) {
		fmt.Fprintln(e.p.Stdout(), "established websocket connection", ws.RemoteAddr())
		_, _ = io.Copy(ws, ws)
	}))
	mux.HandleFunc("/", e.echo)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = strings.ReplaceAll(r.URL.Path, "//", "/")
		mux.ServeHTTP(w, r)
	})
	failed := make(chan error, 3)
	go func() { failed <- e.listen(ctx, e.port("HTTP_PORT", "3000"), "http", handler, nil) }()
	go func() { failed <- e.listen(ctx, e.port("H2C_PORT", "3001"), "h2c", http.HandlerFunc(e.h2c), nil) }()
	if config != nil {
		go func() { failed <- e.listen(ctx, e.port("HTTPS_PORT", "8443"), "https", handler, config) }()
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return nil
	}
}

func (e *gatewayEcho) listen(ctx context.Context, port, name string, handler http.Handler, config *tls.Config) error {
	fmt.Fprintf(e.p.Stdout(), "Starting server, listening on port %s (%s)\n", port, name)
	l, err := service.Listen(ctx, e.p, ":"+port)
	if err != nil {
		return err
	}
	server := service.Server(e.p, handler, request)
	if name == "h2c" {
		server.Protocols = new(http.Protocols)
		server.Protocols.SetHTTP1(true)
		server.Protocols.SetUnencryptedHTTP2(true)
	}
	if config != nil {
		server.TLSConfig = config
		return server.ServeTLS(l, "", "")
	}
	return server.Serve(l)
}

func (e *gatewayEcho) h2c(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor != 2 && r.Header.Get("Upgrade") != "h2c" {
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, "Expected h2c request")
		return
	}
	e.echo(w, r)
}

func status(w http.ResponseWriter, r *http.Request) {
	code, err := strconv.Atoi(strings.TrimPrefix(r.RequestURI, "/status/"))
	if err != nil || code < 100 || code > 999 {
		code = http.StatusBadRequest
	}
	w.WriteHeader(code)
}

// echo answers with what was asked, after ?delay= if that is given.
func (e *gatewayEcho) echo(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(e.p.Stdout(), "Echoing back request made to %s to client (%s)\n", r.RequestURI, r.RemoteAddr)
	if err := delay(r, "delay"); err != nil {
		complain(w, err)
		return
	}
	js, err := json.MarshalIndent(asked{r.RequestURI, r.Host, r.Method, r.Proto, r.Header, e.port("HTTP_PORT", "3000"), e.where, describeTLS(r.TLS)}, "", " ")
	if err != nil {
		complain(w, err)
		return
	}
	h := w.Header()
	for _, list := range r.Header["X-Echo-Set-Header"] {
		for pair := range strings.SplitSeq(list, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), ":")
			if len(h[name]) == 0 {
				h[name] = []string{value} // its case is kept
			} else {
				h[name][0] += "," + strings.TrimSpace(value)
			}
		}
	}
	h.Set("Content-Type", "application/json")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(js)
}

// delay waits as long as a parameter of the request says.
func delay(r *http.Request, parameter string) error {
	text := r.FormValue(parameter)
	if text == "" {
		return nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return err
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-r.Context().Done():
		return r.Context().Err()
	}
}

func complain(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusInternalServerError)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": err.Error()})
}

// mostTries bounds the requests that are remembered.
const mostTries = 10_000

// retry fails the first requests of a uuid, by a status or by closing the
// connection, and then answers as echo does.
func (e *gatewayEcho) retry(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	id := query.Get("uuid")
	after, err := strconv.Atoi(query.Get("succeedAfter"))
	switch {
	case id == "":
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, "uuid is required")
		return
	case err != nil:
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, "succeedAfter is required")
		return
	}
	if !e.fails(id, after) {
		e.echo(w, r)
		return
	}
	if err := delay(r, "delayRetry"); err != nil {
		complain(w, err)
		return
	}
	if code, err := strconv.Atoi(query.Get("responseCode")); err == nil && code >= 100 && code <= 999 {
		w.WriteHeader(code)
		return
	}
	if err := hangUp(w); err != nil {
		complain(w, err)
	}
}

func (e *gatewayEcho) fails(id string, after int) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.tries[id] >= after {
		return false
	}
	if len(e.tries) >= mostTries {
		clear(e.tries)
	}
	e.tries[id]++
	return true
}

// hangUp closes the connection of a request without an answer.
func hangUp(w http.ResponseWriter) error {
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		return errors.New("response writer does not support hijacking")
	}
	conn, _, err := hijacker.Hijack()
	if err != nil {
		return err
	}
	return conn.Close()
}
