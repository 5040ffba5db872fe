package certgen

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"strings"
	"time"
)

// pair is a certificate with its key and the authority that signed it, in PEM.
type pair struct{ authority, certificate, key []byte }

// lifetime is how long the certificates are good: a hundred years, as those of the
// real program.
const lifetime = 100 * 365 * 24 * time.Hour

// generate makes an authority and a certificate for hosts, with commas between them.
func generate(hosts string, now time.Time) (*pair, error) {
	from := now.Add(-5 * time.Minute)
	root := &x509.Certificate{NotBefore: from, NotAfter: from.Add(lifetime), KeyUsage: x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true, IsCA: true, Subject: pkix.Name{Organization: []string{"nil1"}}}
	rootDER, rootKey, err := sign(root, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("making the authority: %w", err)
	}
	leaf := &x509.Certificate{NotBefore: from, NotAfter: from.Add(lifetime), KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true, Subject: pkix.Name{Organization: []string{"nil2"}}}
	for host := range strings.SplitSeq(hosts, ",") {
		if ip := net.ParseIP(host); ip != nil {
			leaf.IPAddresses = append(leaf.IPAddresses, ip)
		} else {
			leaf.DNSNames = append(leaf.DNSNames, host)
		}
	}
	leafDER, leafKey, err := sign(leaf, root, rootKey)
	if err != nil {
		return nil, fmt.Errorf("making the certificate: %w", err)
	}
	key, err := x509.MarshalECPrivateKey(leafKey)
	if err != nil {
		return nil, fmt.Errorf("writing the key: %w", err)
	}
	return &pair{authority: encode("CERTIFICATE", rootDER), certificate: encode("CERTIFICATE", leafDER), key: encode("EC PRIVATE KEY", key)}, nil
}

// sign makes a certificate with a key of its own; without a parent it signs itself.
func sign(template, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) ([]byte, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128)); err != nil {
		return nil, nil, err
	}
	if parent == nil {
		parent, parentKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	return der, key, err
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
