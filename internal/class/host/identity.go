package host

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base32"
	"encoding/pem"
	"fmt"
	"strings"

	gossh "golang.org/x/crypto/ssh"

	"kubetutor/internal/class"
)

// HostKey is the class's host key, an ed25519 key that is made once and kept by
// the store.
func HostKey(ctx context.Context, s class.Store) (gossh.Signer, error) {
	text, err := s.Secret(ctx, "host-key", newHostKey)
	if err != nil {
		return nil, fmt.Errorf("getting the host key: %w", err)
	}
	signer, err := gossh.ParsePrivateKey(text)
	if err != nil {
		return nil, fmt.Errorf("reading the host key: %w", err)
	}
	return signer, nil
}

func newHostKey() ([]byte, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making a host key: %w", err)
	}
	block, err := gossh.MarshalPrivateKey(key, "kubetutor class")
	if err != nil {
		return nil, fmt.Errorf("writing a host key: %w", err)
	}
	return pem.EncodeToMemory(block), nil
}

// InstructorCode is the class's code for instructors, made once and kept by the
// store: 100 bits, as five groups of four letters and digits.
func InstructorCode(ctx context.Context, s class.Store) (string, error) {
	code, err := s.Secret(ctx, "instructor-code", func() ([]byte, error) { return []byte(newCode()), nil })
	if err != nil {
		return "", fmt.Errorf("getting the instructor code: %w", err)
	}
	return string(code), nil
}

func newCode() string {
	const groups, each = 5, 4
	var random [groups*each*5/8 + 1]byte // a letter holds five bits
	_, _ = rand.Read(random[:])          // it never fails
	// The alphabet has no 0, 1, 8 and 9, which are taken for letters.
	text := base32.StdEncoding.EncodeToString(random[:])
	parts := make([]string, groups)
	for i := range parts {
		parts[i] = text[i*each : (i+1)*each]
	}
	return strings.Join(parts, "-")
}

// Fingerprint is a key's, as ssh shows it: SHA256:…
func Fingerprint(key gossh.PublicKey) string { return gossh.FingerprintSHA256(key) }
