package agnhost_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	"kubetutor/internal/engine/image/imagetest"
)

// identity makes a certificate for a URI, signed by a parent or by itself, and
// its PEM with the key behind it.
func identity(t *testing.T, uri string, parent *tls.Certificate) (pair tls.Certificate, bundle string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, IsCA: parent == nil, BasicConstraintsValid: true}
	if uri != "" {
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		template.URIs = []*url.URL{u}
	}
	signer, by := any(key), template
	if parent != nil {
		signer, by = parent.PrivateKey, parent.Leaf
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	bundle = string(cert) + string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
	pair, err = tls.X509KeyPair([]byte(bundle), []byte(bundle))
	if err != nil {
		t.Fatal(err)
	}
	return pair, bundle
}

// TestMTLSServer tells a client whose certificate its bundle vouches for who it
// is, and nobody else anything.
func TestMTLSServer(t *testing.T) {
	t.Parallel()
	authority, trust := identity(t, "", nil)
	_, creds := identity(t, "", &authority)
	known, _ := identity(t, "spiffe://lab/ns/shop/sa/web", &authority)
	nameless, _ := identity(t, "", &authority)
	stranger, _ := identity(t, "spiffe://lab/ns/shop/sa/web", nil)
	c := imagetest.NewWorld(t).Run(ref, imagetest.Options{Args: []string{"mtlsserver", "--listen=0.0.0.0:443", "--server-creds=/run/creds/bundle.pem", "--spiffe-trust-bundle=/run/trust/ca.pem"},
		Files: map[string]string{"/run/creds/bundle.pem": creds, "/run/trust/ca.pem": trust}})
	ask := func(certificates ...tls.Certificate) (int, string) {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true, Certificates: certificates},
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				return c.Net.Dial(ctx, network, address)
			}}}
		resp, err := client.Get("https://localhost/spiffe-echo")
		if err != nil {
			return 0, err.Error()
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(body)
	}
	c.Eventually("the server", func() bool { status, _ := ask(); return status == http.StatusUnauthorized })
	for name, test := range map[string]struct {
		certificate tls.Certificate
		status      int
		want        string
	}{
		"known":    {known, 200, "Client Identity: spiffe://lab/ns/shop/sa/web"},
		"nameless": {nameless, 401, "Malformed SPIFFE certificate\n"},
		"stranger": {stranger, 401, "SPIFFE client certificate authentication required\n"},
	} {
		if status, body := ask(test.certificate); status != test.status || body != test.want {
			t.Errorf("%s: %d %q", name, status, body)
		}
	}
}
