package edge

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/netip"
	"testing"
	"time"
)

func TestServerNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ca := newAuthority(t)
	passed := w.serve(echo("passed"), ca.server("pass.example.com"))
	streamed := w.serve(echo("streamed"), nil)
	backend := func(name string, at netip.AddrPort) *Pool { return w.edge.NewPool(name, one(at)) }
	w.set(Listener{Port: 443, Protocol: TLS, Handler: echo("ended"), Hosts: []Host{
		{Name: "*.example.com", TLS: ca.server("*.example.com")},
		{Name: "pass.example.com", Forward: backend("p", passed)},
		{Name: "stream.example.com", TLS: ca.server("stream.example.com"), Forward: backend("s", streamed)},
		{Name: "nobody.example.com", Forward: w.edge.NewPool("n")},
	}})
	for name, want := range map[string]string{"shop.example.com": "ended", "a.b.example.com": "", "pass.example.com": "passed", "PASS.example.com": "passed",
		"stream.example.com": "streamed", "nobody.example.com": "", "example.org": "", "example.com": ""} {
		c := w.http(&tls.Config{RootCAs: ca.pool, ServerName: name}, false)
		resp, err := c.Get("https://" + edgeIP)
		if err != nil {
			if want != "" {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		resp.Body.Close()
		if got := resp.Header.Get("X-Backend"); got != want {
			t.Errorf("%s was answered by %q, not %q", name, got, want)
		}
	}
}

// authority signs certificates.
type authority struct {
	t    *testing.T
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	pem  []byte
	pool *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, pool: x509.NewCertPool()}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.pool.AddCert(a.cert)
	a.pem = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return a
}

// server is how a server of that name speaks TLS.
func (a *authority) server(name string) *tls.Config {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(2), DNSNames: []string{name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}
