package join

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// hostsFile holds the host keys that were accepted, in OpenSSH's format.
const hostsFile = "known_hosts"

// hosts decides whether a server's key is the right one.
type hosts struct {
	file        string
	fingerprint string // that the instructor told, or the learner trusts; empty: none
}

func (o Options) hosts() hosts {
	return hosts{file: filepath.Join(o.Dir, hostsFile), fingerprint: strings.TrimSpace(o.Fingerprint)}
}

// unknownKey says that a host has a key that nothing is known of.
type unknownKey struct{ fingerprint string }

func (e *unknownKey) Error() string { return "the server's key is not known: " + e.fingerprint }

// check is nil for the right key, and *unknownKey for one that somebody has to be
// asked about. A key that is known from another address is that of a class that has
// moved.
func (h hosts) check(address string, remote net.Addr, key ssh.PublicKey) error {
	print := ssh.FingerprintSHA256(key)
	if h.fingerprint != "" {
		if strings.TrimPrefix(h.fingerprint, "SHA256:") != strings.TrimPrefix(print, "SHA256:") {
			return &HostKeyError{Host: address, Fingerprint: print, Known: h.fingerprint, Told: true}
		}
		return h.keep(address, key)
	}
	known, err := h.lookUp(address, remote, key)
	if err != nil || known {
		return err
	}
	if !h.elsewhere(key) {
		return &unknownKey{print}
	}
	return h.keep(address, key)
}

// lookUp tells whether a key is known at an address; with another one there it is
// an error.
func (h hosts) lookUp(address string, remote net.Addr, key ssh.PublicKey) (known bool, err error) {
	lookUp, err := knownhosts.New(h.file)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading the known hosts: %w", err)
	}
	err = lookUp(address, remote, key)
	if other := (*knownhosts.KeyError)(nil); errors.As(err, &other) {
		if len(other.Want) == 0 {
			return false, nil
		}
		return false, &HostKeyError{Host: address, Fingerprint: ssh.FingerprintSHA256(key), Known: ssh.FingerprintSHA256(other.Want[0].Key)}
	}
	return err == nil, err
}

// elsewhere tells whether a key is known at some address.
func (h hosts) elsewhere(key ssh.PublicKey) bool {
	data, _ := os.ReadFile(h.file) // lookUp has read it
	for len(data) > 0 {
		_, _, known, _, rest, err := ssh.ParseKnownHosts(data)
		if err != nil {
			return false
		}
		if bytes.Equal(known.Marshal(), key.Marshal()) {
			return true
		}
		data = rest
	}
	return false
}

// keep notes that an address has a key, in place of others.
func (h hosts) keep(address string, key ssh.PublicKey) error {
	line := knownhosts.Line([]string{address}, key)
	data, err := os.ReadFile(h.file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading the known hosts: %w", err)
	}
	var kept []string
	for old := range strings.Lines(string(data)) {
		old = strings.TrimSpace(old)
		if name, _, _ := strings.Cut(old, " "); old != "" && name != knownhosts.Normalize(address) {
			kept = append(kept, old)
		}
	}
	text := strings.Join(append(kept, line), "\n") + "\n"
	if text == string(data) {
		return nil
	}
	if err := replace(h.file, []byte(text)); err != nil {
		return fmt.Errorf("keeping the server's key: %w", err)
	}
	return nil
}
