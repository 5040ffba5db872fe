package ingress

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"kubetutor/internal/engine/addon/ingress/model"
)

// fakeFile is where the real controller keeps the certificate that it makes itself.
const fakeFile = "/etc/ingress-controller/ssl/default-fake-certificate.pem"

// fakeCertificate makes the certificate of hosts that have none.
func fakeCertificate() (*model.Certificate, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("failed to generate fake private key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128))
	if err != nil {
		return nil, fmt.Errorf("failed to generate fake serial number: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{Organization: []string{"Acme Co"}, CommonName: "Kubernetes Ingress Controller Fake Certificate"},
		NotBefore: time.Now(), NotAfter: time.Now().AddDate(1, 0, 0), KeyUsage: x509.KeyUsageKeyEncipherment | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true, DNSNames: []string{"ingress.local"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("failed to create fake certificate: %w", err)
	}
	return certificateOf("", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
}

// certificateOf reads a certificate and its key.
func certificateOf(secret string, cert, key []byte) (*model.Certificate, error) {
	block, _ := pem.Decode(cert)
	switch {
	case block == nil:
		return nil, errors.New("no valid PEM formatted block found")
	case block.Type != "CERTIFICATE":
		return nil, errors.New("no certificate PEM data found, make sure certificate content starts with 'BEGIN CERTIFICATE'")
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("certificate and private key does not have a matching public key: %w", err)
	}
	sum := sha1.Sum(leaf.Raw)
	names := append([]string{leaf.Subject.CommonName}, leaf.DNSNames...)
	slices.Sort(names)
	return &model.Certificate{Secret: secret, Names: slices.Compact(names), SHA: hex.EncodeToString(sum[:]), Leaf: leaf, TLS: &pair}, nil
}

// secretsOf are the Secrets in spec.tls.
func (s *store) secretsOf(ing *networkingv1.Ingress) (keys []string) {
	for _, entry := range ing.Spec.TLS {
		if entry.SecretName != "" {
			keys = append(keys, ing.Namespace+"/"+entry.SecretName)
		}
	}
	return keys
}

func (s *store) syncCertificates(ing *networkingv1.Ingress) {
	for _, key := range s.secretsOf(ing) {
		s.syncCertificate(key)
	}
}

// syncCertificate reads the certificate in a Secret; the one that was there before
// stays if it cannot be read.
func (s *store) syncCertificate(key string) {
	certificate, err := s.readCertificate(key)
	if err != nil {
		s.journal.warnf("Error obtaining X.509 certificate: %v", err)
		return
	}
	switch known := s.certificates[key]; {
	case known == nil:
		s.journal.Info("Adding secret to local store", "name", key)
	case known.SHA == certificate.SHA:
		return
	default:
		s.journal.Info("Updating secret in local store", "name", key)
	}
	s.certificates[key] = certificate
	s.touch()
}

func (s *store) readCertificate(key string) (*model.Certificate, error) {
	secret, err := s.Secret(key)
	if err != nil {
		return nil, err
	}
	cert, private := secret.Data[corev1.TLSCertKey], secret.Data[corev1.TLSPrivateKeyKey]
	if len(cert) == 0 || len(private) == 0 {
		return nil, fmt.Errorf("secret %q contains no keypair or CA certificate", key)
	}
	certificate, err := certificateOf(key, cert, private)
	if err != nil {
		return nil, fmt.Errorf("unexpected error creating SSL Cert: %w", err)
	}
	return certificate, nil
}

// certificate is the certificate of a Secret that an Ingress names.
func (s *store) certificate(key string) (*model.Certificate, error) {
	if c := s.certificates[key]; c != nil {
		return c, nil
	}
	return nil, fmt.Errorf("local SSL certificate %v was not found", key)
}

// defaultCertificate is that of hosts that have none.
func (s *store) defaultCertificate() *model.Certificate {
	key := s.flags.defaultCertificate
	if key == "" {
		return s.fake
	}
	c, err := s.certificate(key)
	if err != nil {
		s.journal.warnf("Error loading custom default certificate, falling back to generated default:\n%v", err)
		return s.fake
	}
	return c
}

// CA implements [annotation.Objects].
func (s *store) CA(key string) ([]byte, error) {
	secret, err := s.Secret(key)
	if err != nil {
		return nil, fmt.Errorf("local SSL certificate %v was not found", key)
	}
	authority := secret.Data["ca.crt"]
	if len(authority) == 0 {
		return nil, fmt.Errorf("secret %q contains no keypair or CA certificate", key)
	}
	return authority, nil
}
