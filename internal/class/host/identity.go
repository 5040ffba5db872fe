package host

import (
	"context"
	"errors"

	gossh "golang.org/x/crypto/ssh"

	"kubetutor/internal/class"
)

// HostKey is the class's host key, an ed25519 key that is made once and kept by
// the store.
func HostKey(ctx context.Context, s class.Store) (gossh.Signer, error) {
	return nil, errors.ErrUnsupported
}

// InstructorCode is the class's code for instructors, made once and kept by the
// store: 100 bits, as five groups of four letters and digits.
func InstructorCode(ctx context.Context, s class.Store) (string, error) {
	return "", errors.ErrUnsupported
}

// Fingerprint is a key's, as ssh shows it: SHA256:…
func Fingerprint(key gossh.PublicKey) string { return gossh.FingerprintSHA256(key) }
