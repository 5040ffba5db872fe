package controlplane

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"
)

// lifetime is how long certificates hold: a cluster that sleeps for years
// should wake up all the same.
const lifetime = 10 * 365 * 24 * time.Hour

// pki is a cluster's certificate authority and what it has issued. All keys
// are ECDSA P-256: an RSA key takes up to half a second to make.
type pki struct {
	dir string
	ca  keyPair

	mu      sync.Mutex
	clients map[string]keyPair // by user name; issued on demand, kept in memory
}

// keyPair is a certificate and its key, both in PEM and parsed.
type keyPair struct {
	certPEM, keyPEM []byte
	cert            *x509.Certificate
	key             crypto.Signer
}

// openPKI loads the authority in dir, or makes one. It also makes the files
// that components want by name: the API server's certificates for serving and
// for asking kubelets, and the key that signs service account tokens.
func openPKI(dir string) (*pki, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the directory of certificates: %w", err)
	}
	p := &pki{dir: dir, clients: map[string]keyPair{}}
	steps := []struct {
		name string
		make func() error
	}{
		{"ca", p.openCA},
		{"apiserver", func() error { return p.keep("apiserver", servingCertificate) }},
		{kubeletClient, func() error { return p.keep(kubeletClient, kubeletClientCertificate) }},
		{"sa", p.openTokenKey},
	}
	for _, s := range steps {
		if err := s.make(); err != nil {
			return nil, fmt.Errorf("preparing %s in %s: %w", s.name, dir, err)
		}
	}
	return p, nil
}

// file names a file of the authority, such as "ca.crt".
func (p *pki) file(name string) string { return filepath.Join(p.dir, name) }

func (p *pki) openCA() (err error) {
	if exists(p.file("ca.crt")) && exists(p.file("ca.key")) {
		p.ca, err = loadKeyPair(p.file("ca"))
		return err
	}
	if p.ca, err = authority(); err != nil {
		return err
	}
	return p.ca.save(p.file("ca"))
}

// keep makes sure that the named pair is on disk.
func (p *pki) keep(name string, template func() *x509.Certificate) error {
	if exists(p.file(name+".crt")) && exists(p.file(name+".key")) {
		return nil
	}
	pair, err := p.issue(template())
	if err != nil {
		return err
	}
	return pair.save(p.file(name))
}

func (p *pki) openTokenKey() error {
	if exists(p.file("sa.key")) && exists(p.file("sa.pub")) {
		return nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	private, err := keyutil.MarshalPrivateKeyToPEM(key)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	public := pem.EncodeToMemory(&pem.Block{Type: keyutil.PublicKeyBlockType, Bytes: der})
	if err := writeFile(p.file("sa.pub"), public); err != nil {
		return err
	}
	return writeFile(p.file("sa.key"), private)
}

// client returns the certificate of a user, which is made when it is first
// asked for.
func (p *pki) client(user string, groups ...string) (keyPair, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if pair, ok := p.clients[user]; ok {
		return pair, nil
	}
	pair, err := p.issue(&x509.Certificate{
		Subject:     pkix.Name{CommonName: user, Organization: groups},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return keyPair{}, fmt.Errorf("issuing a certificate for user %q: %w", user, err)
	}
	p.clients[user] = pair
	return pair, nil
}

// issue completes and signs a certificate for a new key.
func (p *pki) issue(template *x509.Certificate) (keyPair, error) {
	return sign(template, &p.ca)
}

// authority makes a new, self-signed authority.
func authority() (keyPair, error) {
	return sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "kubernetes"},
		IsCA:    true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature,
	}, nil)
}

// sign makes a key and its certificate; with no issuer it signs itself.
func sign(template *x509.Certificate, issuer *keyPair) (keyPair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return keyPair{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return keyPair{}, err
	}
	// An hour back: the clock may be set right while the cluster runs.
	template.SerialNumber, template.NotBefore = serial, time.Now().Add(-time.Hour)
	template.NotAfter = template.NotBefore.Add(lifetime)
	parent, signer := template, crypto.Signer(key)
	if issuer != nil {
		parent, signer = issuer.cert, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return keyPair{}, err
	}
	return newKeyPair(der, key)
}

func newKeyPair(der []byte, key *ecdsa.PrivateKey) (keyPair, error) {
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return keyPair{}, err
	}
	keyPEM, err := keyutil.MarshalPrivateKeyToPEM(key)
	if err != nil {
		return keyPair{}, err
	}
	certPEM, err := cert.EncodeCertificates(parsed)
	return keyPair{certPEM: certPEM, keyPEM: keyPEM, cert: parsed, key: key}, err
}

// save writes path.key and path.crt; the certificate comes last, so that a
// crash in between leaves no pair that looks complete.
func (k keyPair) save(path string) error {
	if err := writeFile(path+".key", k.keyPEM); err != nil {
		return err
	}
	return writeFile(path+".crt", k.certPEM)
}

func loadKeyPair(path string) (keyPair, error) {
	keyPEM, err := os.ReadFile(path + ".key")
	if err != nil {
		return keyPair{}, err
	}
	key, err := keyutil.ParsePrivateKeyPEM(keyPEM)
	if err != nil {
		return keyPair{}, fmt.Errorf("reading %s.key: %w", path, err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return keyPair{}, fmt.Errorf("reading %s.key: a %T cannot sign", path, key)
	}
	certs, err := cert.CertsFromFile(path + ".crt")
	if err != nil {
		return keyPair{}, err
	}
	certPEM, err := cert.EncodeCertificates(certs[0])
	return keyPair{certPEM: certPEM, keyPEM: keyPEM, cert: certs[0], key: signer}, err
}

// servingCertificate names the API server as clients on this machine and pods
// of the lab know it.
func servingCertificate() *x509.Certificate {
	return &x509.Certificate{
		Subject:     pkix.Name{CommonName: "kube-apiserver"},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.ParseIP(serviceIP), net.ParseIP(advertised)},
		DNSNames: []string{"localhost", "kubernetes", "kubernetes.default",
			"kubernetes.default.svc", "kubernetes.default.svc.cluster.local"},
	}
}
