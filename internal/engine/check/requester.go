package check

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	"kubetutor/internal/course"
)

const (
	maxBody      = 64 << 10 // bytes of an answer that are judged: its beginning
	maxRedirects = 10
)

// requester makes one request, again and again.
type requester struct {
	reachOut
	ref     *course.RequestRef
	pod     *corev1.Pod    // nil: outside
	to      netip.AddrPort // where to connect to in place of the URL's host, if valid
	limit   time.Duration
	trusted *x509.CertPool
}

// answer is what a request led to.
type answer struct {
	values  map[string]any // see course.RequestRef
	failure *failure       // nil where there was an answer
}

// missing is what there is in place of values that are not set.
func (a answer) missing() course.Text {
	if a.failure == nil {
		return course.Text{}
	}
	return textNoAnswer(a.failure)
}

// answer makes the request once, on a connection of its own. An error means that
// it could not be made, which is something else than that there was no answer.
func (r *requester) answer(ctx context.Context) (answer, error) {
	limited, cancel := context.WithTimeout(ctx, r.limit)
	defer cancel()
	began := time.Now()
	a := &attempt{requester: r}
	values, err := a.make(limited)
	var why *failure
	switch {
	case ctx.Err() != nil:
		return answer{}, ctx.Err()
	case errors.Is(err, errBeyond):
		return answer{}, err
	case err == nil:
		values["error"] = ""
	default:
		why = a.whyOf(err)
		values = map[string]any{"error": why.kind}
	}
	values["took"] = time.Since(began).Milliseconds()
	return answer{values, why}, nil
}

// attempt is one go at a request.
type attempt struct {
	*requester
	resolving atomic.Bool // the name is being looked up
}

// whyOf classes an error of a client of HTTP. Where time is up, that does not wait
// for the look-up to say so.
func (a *attempt) whyOf(err error) *failure {
	var known *failure
	kind := kindOf(err)
	switch {
	case errors.As(err, &known):
		return known
	case kind == failedTimeout && a.resolving.Load():
		return &failure{failedName, fmt.Errorf("the DNS does not answer within %v", a.limit)}
	case kind != "":
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE):
		kind = failedClosed
	default:
		kind = failedInvalid
	}
	return &failure{kind, err}
}

// make makes the request and reads the answer.
func (a *attempt) make(ctx context.Context) (map[string]any, error) {
	req, err := a.request(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBeyond, err)
	}
	client := a.client()
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return nil, err
	}
	return answerValues(resp, body), nil
}

func (r *requester) request(ctx context.Context) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, cmp.Or(r.ref.Method, http.MethodGet), r.ref.URL, strings.NewReader(r.ref.Body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "kubetutor")
	for name, value := range r.ref.Headers {
		req.Header.Set(name, value)
	}
	req.Host = cmp.Or(r.ref.Host, req.URL.Host)
	return req, nil
}

// serverName is the name in a host and a port.
func serverName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

// client is one that follows nothing unasked, trusts nobody unasked, and knows no
// proxy.
func (a *attempt) client() *http.Client {
	transport := &http.Transport{
		DialContext:        a.connect,
		DialTLSContext:     a.connectTLS,
		DisableKeepAlives:  true,
		DisableCompression: true,
	}
	return &http.Client{Transport: transport, CheckRedirect: func(_ *http.Request, via []*http.Request) error {
		if !a.ref.Redirects || len(via) > maxRedirects {
			return http.ErrUseLastResponse
		}
		return nil
	}}
}

// names are asked for anew for each request, as by a program that has just begun.
func (r *requester) names() names { return names{r.pod, &asker{reachOut: r.reachOut}} }

// connect connects to a host and port, trying each address of a name in turn as
// long as it is refused.
func (a *attempt) connect(ctx context.Context, _, hostPort string) (net.Conn, error) {
	if a.to.IsValid() {
		return a.dial(ctx, a.to)
	}
	host, portText, err := net.SplitHostPort(hostPort)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBeyond, err)
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBeyond, err)
	}
	a.resolving.Store(true)
	addresses, err := a.names().lookUp(ctx, host)
	if err != nil {
		return nil, err
	}
	a.resolving.Store(false)
	var conn net.Conn
	for _, address := range addresses {
		conn, err = a.dial(ctx, netip.AddrPortFrom(address, uint16(port)))
		if err == nil || ctx.Err() != nil {
			break
		}
	}
	return conn, err
}

// connectTLS connects and shakes hands.
func (a *attempt) connectTLS(ctx context.Context, network, hostPort string) (net.Conn, error) {
	conn, err := a.connect(ctx, network, hostPort)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{ServerName: serverName(cmp.Or(a.ref.Host, hostPort)), RootCAs: cmp.Or(a.trusted, x509.NewCertPool())}
	if a.ref.TLS != nil {
		config.InsecureSkipVerify = a.ref.TLS.Insecure // the lab says so: it is about something else
	}
	secured := tls.Client(conn, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		conn.Close()
		if kindOf(err) == failedTimeout {
			return nil, &failure{failedTimeout, err}
		}
		return nil, &failure{failedTLS, err}
	}
	return secured, nil
}

// answerValues binds an answer.
func answerValues(resp *http.Response, body []byte) map[string]any {
	headers := make(map[string]any, len(resp.Header))
	for name, values := range resp.Header {
		headers[strings.ToLower(name)] = valid(strings.Join(values, ", "))
	}
	values := map[string]any{"status": int64(resp.StatusCode), "headers": headers, "body": strings.TrimSpace(valid(string(body)))}
	var parsed any
	if utiljson.Unmarshal(body, &parsed) == nil {
		values["json"] = parsed
	}
	if resp.TLS != nil && len(resp.TLS.PeerCertificates) > 0 {
		values["names"] = namesIn(resp.TLS.PeerCertificates[0])
	}
	return values
}

// namesIn are the names and addresses that a certificate is for.
func namesIn(c *x509.Certificate) []any {
	var all []any
	for _, name := range c.DNSNames {
		all = append(all, name)
	}
	for _, ip := range c.IPAddresses {
		all = append(all, ip.String())
	}
	if len(all) == 0 && c.Subject.CommonName != "" {
		all = append(all, c.Subject.CommonName)
	}
	return all
}

// authority reads who may sign certificates from a Secret.
func (c *Checker) authority(ctx context.Context, namespace, name string) (*x509.CertPool, error) {
	object, err := c.objects.Resource(corev1.SchemeGroupVersion.WithResource("secrets")).Namespace(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, &Obstacle{course.Same(shorten(err.Error()))}
	}
	secret := &corev1.Secret{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, secret); err != nil {
		return nil, fmt.Errorf("reading the Secret %s: %w", name, err)
	}
	pool := x509.NewCertPool()
	for _, key := range []string{corev1.ServiceAccountRootCAKey, corev1.TLSCertKey} {
		if pool.AppendCertsFromPEM(secret.Data[key]) {
			return pool, nil
		}
	}
	return nil, &Obstacle{textNoAuthority(name)}
}
