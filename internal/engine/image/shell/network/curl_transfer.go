package network

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"kubetutor/internal/engine/image/shell/tool"
)

// note prints a line of -v.
func (k *curlCall) note(mark, format string, args ...any) {
	if k.verbose {
		fmt.Fprintf(k.Stderr(), "%s %s\n", mark, fmt.Sprintf(format, args...))
	}
}

// send sends one request and returns the answer's head.
func (k *curlCall) send(ctx context.Context, target *url.URL, method, body string) (*http.Response, error) {
	config, err := k.tls(target)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, method, target.String(), strings.NewReader(body))
	if err != nil {
		return nil, curlError{curlBadURL, "URL rejected: Malformed input to a URL function"}
	}
	if body == "" {
		request.Body, request.ContentLength = http.NoBody, 0
	}
	request.Header = http.Header{"User-Agent": nil} // that of Go is not sent
	fields := k.fields(target, body)
	for _, f := range fields {
		if strings.EqualFold(f[0], "Host") {
			request.Host = f[1]
			continue
		}
		request.Header.Add(f[0], f[1])
	}
	k.stats.uploaded = int64(len(body))
	transport := transport(k.Call, config)
	transport.DialContext = k.dial
	transport.DialTLSContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		return k.dialTLS(ctx, network, address, config)
	}
	defer transport.CloseIdleConnections()
	k.announce = func() {
		path := target.RequestURI()
		k.note(">", "%s %s HTTP/1.1", method, path)
		for _, f := range fields {
			k.note(">", "%s: %s", f[0], f[1])
		}
		k.note(">", "")
		k.note("*", "Request completely sent off")
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	k.stats.firstByte = time.Since(k.stats.began)
	k.stats.code, k.stats.ctype = response.StatusCode, response.Header.Get("Content-Type")
	k.stats.version = strings.TrimPrefix(response.Proto, "HTTP/")
	return response, nil
}

// dial connects, as --resolve and --connect-to may direct.
func (k *curlCall) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := k.connect(ctx, network, address)
	if err == nil && k.announce != nil {
		k.announce()
		k.announce = nil
	}
	return conn, err
}

func (k *curlCall) connect(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	host, port = k.direct(host, port)
	if k.connectTime > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, k.connectTime)
		defer cancel()
	}
	addrs, err := resolve(ctx, k.Call, host)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, curlError{curlTimeout, fmt.Sprintf("Resolving timed out after %d milliseconds", time.Since(k.stats.began).Milliseconds())}
	case err != nil:
		return nil, curlError{curlNoHost, "Could not resolve host: " + host}
	}
	k.stats.lookup = time.Since(k.stats.began)
	k.note("*", "Host %s was resolved.", joinPort(host, port))
	k.note("*", "IPv6: (none)\n* IPv4: %s", addrs[0])
	k.note("*", "  Trying %s...", joinPort(addrs[0].String(), port))
	conn, addr, err := dial(ctx, k.Call, network, addrs[0].String(), port)
	if err != nil {
		return nil, k.notConnected(host, port, addr.String(), err)
	}
	k.stats.connect = time.Since(k.stats.began)
	k.stats.remoteIP, k.stats.remotePort = addr.String(), port
	if local, localPort, err := net.SplitHostPort(conn.LocalAddr().String()); err == nil {
		k.stats.localIP, k.stats.localPort = local, localPort
	}
	k.note("*", "Connected to %s (%s) port %s", host, addr, port)
	return conn, nil
}

// direct is where a host and port lead to.
func (k *curlCall) direct(host, port string) (string, string) {
	for _, rule := range k.connectTo {
		if f := strings.Split(rule, ":"); len(f) == 4 && (f[0] == "" || f[0] == host) && (f[1] == "" || f[1] == port) {
			if f[2] != "" {
				host = f[2]
			}
			if f[3] != "" {
				port = f[3]
			}
			return host, port
		}
	}
	for _, rule := range k.resolve {
		if f := strings.SplitN(strings.TrimPrefix(rule, "+"), ":", 3); len(f) == 3 && (f[0] == host || f[0] == "*") && f[1] == port {
			return strings.Trim(f[2], "[]"), port
		}
	}
	return host, port
}

func (k *curlCall) notConnected(host, port, addr string, err error) error {
	after := time.Since(k.stats.began).Milliseconds()
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return curlError{curlTimeout, fmt.Sprintf("Failed to connect to %s port %s after %d ms: Timeout was reached", host, port, after)}
	}
	k.note("*", "connect to %s port %s from 0.0.0.0 port 0 failed: %s", addr, port, tool.Reason(err))
	return curlError{curlNoConnect, fmt.Sprintf("Failed to connect to %s port %s after %d ms: Could not connect to server", host, port, after)}
}

func (k *curlCall) dialTLS(ctx context.Context, network, address string, config *tls.Config) (net.Conn, error) {
	raw, err := k.connect(ctx, network, address)
	if err != nil {
		return nil, err
	}
	own := config.Clone()
	if own.ServerName == "" {
		own.ServerName, _, _ = net.SplitHostPort(address)
	}
	conn := tls.Client(raw, own)
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, tlsError(ctx, own.RootCAs, err)
	}
	state := conn.ConnectionState()
	k.stats.appConnect = time.Since(k.stats.began)
	k.note("*", "SSL connection using %s / %s", tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite))
	if len(state.PeerCertificates) > 0 {
		certificate := state.PeerCertificates[0]
		k.note("*", "Server certificate:\n*  subject: %s\n*  start date: %s\n*  expire date: %s\n*  issuer: %s", distinguished(certificate.Subject.String()), certificate.NotBefore.UTC().Format(time.RFC1123), certificate.NotAfter.UTC().Format(time.RFC1123), distinguished(certificate.Issuer.String()))
	}
	if k.announce != nil {
		k.announce()
		k.announce = nil
	}
	return conn, nil
}

// distinguished writes a name the way OpenSSL does.
func distinguished(name string) string { return strings.ReplaceAll(name, ",", "; ") }

func tlsError(ctx context.Context, roots *x509.CertPool, err error) error {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &host):
		if _, err := host.Certificate.Verify(x509.VerifyOptions{Roots: roots}); err != nil { // OpenSSL looks at that first
			return tlsError(ctx, roots, err)
		}
		return curlError{curlCertificate, fmt.Sprintf("SSL: no alternative certificate subject name matches target host name '%s'", host.Host)}
	case errors.As(err, &unknown):
		return curlError{curlCertificate, "SSL certificate problem: unable to get local issuer certificate"}
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return curlError{curlCertificate, "SSL certificate problem: certificate has expired"}
	case errors.As(err, &invalid):
		return curlError{curlCertificate, "SSL certificate problem: " + invalid.Error()}
	case errors.As(err, &record):
		return curlError{curlTLS, "TLS connect error: error:0A0000C6:SSL routines::packet length too long"}
	}
	return curlError{curlTLS, "TLS connect error: " + strings.TrimPrefix(err.Error(), "remote error: ")}
}

// tls is the configuration that the options ask for. Without --cacert only the
// container's own list of authorities counts.
func (k *curlCall) tls(target *url.URL) (*tls.Config, error) {
	config := &tls.Config{InsecureSkipVerify: k.insecure, RootCAs: x509.NewCertPool(), NextProtos: []string{"http/1.1"}}
	if target.Scheme != "https" {
		return config, nil
	}
	for _, file := range []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem", "/cacert.pem"} {
		if text, err := k.FS().ReadFile(file); err == nil && k.cacert == "" {
			config.RootCAs.AppendCertsFromPEM(text)
		}
	}
	if k.cacert != "" {
		text, err := k.FS().ReadFile(k.cacert)
		if err != nil || !config.RootCAs.AppendCertsFromPEM(text) {
			return nil, curlError{curlBadCACertFile, "error setting certificate verify locations:  CAfile: " + k.cacert + " CApath: none"}
		}
	}
	if k.cert == "" {
		return config, nil
	}
	file, _, _ := strings.Cut(k.cert, ":")
	key := k.key
	if key == "" {
		key = file
	}
	certText, err := k.FS().ReadFile(file)
	keyText, keyErr := k.FS().ReadFile(key)
	if err != nil || keyErr != nil {
		return nil, curlError{58, "could not load PEM client certificate from " + file + ", OpenSSL error error:80000002:system library::No such file or directory, (no key found, wrong pass phrase, or wrong file format?)"}
	}
	pair, err := tls.X509KeyPair(certText, keyText)
	if err != nil {
		return nil, curlError{58, "unable to set private key file: '" + key + "' type PEM"}
	}
	config.Certificates = []tls.Certificate{pair}
	return config, nil
}

// answer shows what came back. A redirection that is followed is only shown by
// its head.
func (k *curlCall) answer(ctx context.Context, response *http.Response, followed bool) error {
	head := k.headText(response)
	k.stats.headerSize += int64(len(head))
	for row := range strings.SplitSeq(strings.TrimSuffix(head, "\r\n"), "\r\n") {
		k.note("<", "%s", row)
	}
	if k.dump != "" {
		k.dumpHead(head)
	}
	failed := response.StatusCode >= 400 && (k.fail || k.failBody)
	if failed && !k.failBody {
		return curlError{curlHTTPError, fmt.Sprintf("The requested URL returned error: %d", response.StatusCode)}
	}
	if k.include {
		_, _ = io.WriteString(k.out, head)
	}
	if !followed {
		if err := k.body(ctx, response); err != nil {
			return err
		}
	}
	k.note("*", "Connection #0 to host %s left intact", response.Request.URL.Hostname())
	if failed {
		return curlError{curlHTTPError, fmt.Sprintf("The requested URL returned error: %d", response.StatusCode)}
	}
	return nil
}

func (k *curlCall) body(ctx context.Context, response *http.Response) error {
	if k.head {
		return nil
	}
	n, err := copyBody(k.Call, flushing{k}, response.Body)
	k.stats.size = n
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil || errors.Is(err, os.ErrDeadlineExceeded):
		return curlError{curlTimeout, fmt.Sprintf("Operation timed out after %d milliseconds with %d bytes received", time.Since(k.stats.began).Milliseconds(), n)}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return curlError{18, "end of response with bytes missing"}
	}
	var path interface{ Timeout() bool }
	if errors.As(err, &path) {
		return curlError{curlReceive, "Recv failure: " + tool.Reason(err)}
	}
	return curlError{curlWriteError, "Failure writing output to destination, " + tool.Reason(err)}
}

// flushing shows what comes at once, so that a watch or a log can be followed.
type flushing struct{ k *curlCall }

func (f flushing) Write(b []byte) (int, error) {
	n, err := f.k.out.Write(b)
	f.k.Out.Flush()
	return n, err
}

// headText is the answer's head as it came. The order of the fields is lost.
func (k *curlCall) headText(response *http.Response) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\r\n", response.Proto, response.Status)
	header := response.Header.Clone()
	if response.ContentLength >= 0 && header.Get("Content-Length") == "" {
		header.Set("Content-Length", fmt.Sprint(response.ContentLength))
	}
	if len(response.TransferEncoding) > 0 {
		header.Set("Transfer-Encoding", strings.Join(response.TransferEncoding, ", "))
	}
	for _, key := range slices.SortedFunc(maps.Keys(header), headerOrder) {
		for _, value := range header[key] {
			fmt.Fprintf(&b, "%s: %s\r\n", key, value)
		}
	}
	b.WriteString("\r\n")
	return b.String()
}

// headerOrder is the order in which servers use to send fields.
func headerOrder(a, b string) int {
	usual := []string{"Server", "Date", "Content-Type", "Content-Length", "Last-Modified", "Connection"}
	rank := func(key string) int {
		if i := slices.Index(usual, key); i >= 0 {
			return i
		}
		return len(usual)
	}
	if order := rank(a) - rank(b); order != 0 {
		return order
	}
	return strings.Compare(a, b)
}

func (k *curlCall) dumpHead(head string) {
	if k.dump == "-" {
		_, _ = k.Out.WriteString(head)
		return
	}
	if f, err := k.Create(k.dump, k.stats.redirects > 0); err == nil {
		_, _ = io.WriteString(f, head)
		_ = f.Close()
	}
}

// explain puts the error of a request into curl's words.
func (k *curlCall) explain(ctx context.Context, err error) error {
	var known curlError
	switch {
	case errors.As(err, &known):
		return known
	case ctx.Err() != nil:
		return curlError{curlTimeout, fmt.Sprintf("Operation timed out after %d milliseconds with 0 bytes received", time.Since(k.stats.began).Milliseconds())}
	case errors.Is(err, io.EOF):
		return curlError{curlEmpty, "Empty reply from server"}
	case errors.Is(err, syscall.ECONNRESET):
		return curlError{curlReceive, "Recv failure: Connection reset by peer"}
	case strings.Contains(err.Error(), "malformed HTTP response"):
		return curlError{1, "Received HTTP/0.9 when not allowed"}
	}
	return curlError{curlReceive, "Recv failure: " + tool.Reason(err)}
}
