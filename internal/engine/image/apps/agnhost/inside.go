package agnhost

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"strings"

	"kubetutor/internal/engine/image/apps/service"
)

const accountDir = "/var/run/secrets/kubernetes.io/serviceaccount/"

// inside is where the API server is for a pod, and a transport that trusts the
// pod's account's roots. The error is that of client-go.
func (c *call) inside() (url string, transport *http.Transport, err error) {
	host, port := c.Getenv("KUBERNETES_SERVICE_HOST"), c.Getenv("KUBERNETES_SERVICE_PORT")
	roots, err := c.FS().ReadFile(accountDir + "ca.crt")
	if err != nil || host == "" || port == "" {
		return "", nil, fmt.Errorf("unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined: %w", err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(roots)
	return "https://" + net.JoinHostPort(host, port), service.Transport(c.Process, &tls.Config{RootCAs: pool}), nil
}

// token is the account's token, as it is now.
func (c *call) token() (string, error) {
	text, err := c.FS().ReadFile(accountDir + "token")
	return strings.TrimSpace(string(text)), err
}

// bearer shows the account's token with every request.
type bearer struct {
	c    *call
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (b bearer) RoundTrip(req *http.Request) (*http.Response, error) {
	token, err := b.c.token()
	if err != nil {
		return nil, err
	}
	req = req.Clone(req.Context())
	req.Header.Set("Authorization", "Bearer "+token)
	return b.next.RoundTrip(req)
}

// insideClient asks the API server with the rights of the pod's account.
func (c *call) insideClient() (url string, client *http.Client, err error) {
	url, transport, err := c.inside()
	if err != nil {
		return "", nil, err
	}
	return url, &http.Client{Transport: bearer{c, transport}, Timeout: askPatience * 2}, nil
}
