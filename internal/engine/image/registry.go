package image

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/distribution/reference"
)

// Account lets somebody pull from a private registry.
type Account struct {
	Username string `yaml:"username" json:"username"`
	Password string `yaml:"password" json:"password"`
	// Token is accepted instead of both, as identity or registry token; empty: none is.
	Token string `yaml:"token" json:"token,omitempty"`
}

// registry is a host that answers pulls.
type registry struct {
	Host     string    `yaml:"host"`
	Missing  string    `yaml:"missing"` // how it answers for a repository it does not have
	Private  bool      `yaml:"private"` // wants an account
	Accounts []Account `yaml:"accounts"`
	Absent   string    `yaml:"absent"` // repositories that it has in life, and not here
	// Untrusted marks a certificate that the nodes do not trust.
	Untrusted bool `yaml:"untrusted"`
}

// How registries answer for a repository that does not exist. Those that cannot
// tell "missing" from "not yours" say so, in their own way.
const (
	missingDenied       = "denied"       // Docker Hub
	missingUnauthorized = "unauthorized" // quay.io
	missingForbidden    = "forbidden"    // ghcr.io: its token service refuses
)

// admit checks the account that came with a pull.
func (r *registry) admit(ref reference.Named, auth *Auth) error {
	if !r.Private {
		return nil
	}
	if r.knows(auth) {
		return nil
	}
	if auth.empty() {
		return refusal(ref.String(), ErrDenied, "%v: authorization failed: no basic auth credentials", ErrDenied)
	}
	return refusal(ref.String(), ErrDenied, "unexpected status from HEAD request to %s: 401 Unauthorized", manifestURL("https", ref))
}

func (r *registry) knows(auth *Auth) bool {
	if auth.empty() {
		return false
	}
	return slices.ContainsFunc(r.Accounts, auth.opens)
}

func (r *registry) missing(ref reference.Named) error {
	if slices.Contains(strings.Fields(r.Absent), reference.Path(ref)) {
		return refusal(ref.String(), ErrAbsent, "%v, which has no network: `kubetutor images` lists what can be pulled", ErrAbsent)
	}
	switch r.Missing {
	case missingDenied:
		return refusal(ref.String(), ErrDenied, "%v: server message: insufficient_scope: authorization failed", ErrDenied)
	case missingUnauthorized:
		return refusal(ref.String(), ErrDenied, "unexpected status from HEAD request to %s: 401 UNAUTHORIZED", manifestURL("https", ref))
	case missingForbidden:
		return refusal(ref.String(), ErrDenied,
			"failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://%s/token?scope=repository%%3A%s%%3Apull&service=%s: 403 Forbidden",
			r.Host, strings.ReplaceAll(reference.Path(ref), "/", "%2F"), r.Host)
	}
	return notFound(ref)
}

func notFound(ref reference.Named) error {
	return refusal(ref.String(), ErrNotFound, "%s: not found", ref)
}

// unreachable is what a pull from a host without a registry ends with.
func unreachable(ref reference.Named) error {
	host := reference.Domain(ref)
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = host, ""
	}
	scheme, reason := "https", fmt.Sprintf("dial tcp: lookup %s: no such host", name)
	if ip, local := address(name); ip != "" {
		if local {
			scheme = "http" // containerd's default for its own machine
		}
		reason = fmt.Sprintf("dial tcp %s: connect: connection refused", net.JoinHostPort(ip, orDefault(port, scheme)))
	}
	return refusal(ref.String(), ErrUnreachable, "%v: Head %q: %s", ErrUnreachable, manifestURL(scheme, ref), reason)
}

// address is the IP that a host name of a reference stands for without DNS, and
// whether it is this machine.
func address(name string) (ip string, local bool) {
	if name == "localhost" {
		return "127.0.0.1", true
	}
	parsed := net.ParseIP(strings.Trim(name, "[]"))
	if parsed == nil {
		return "", false
	}
	return parsed.String(), parsed.IsLoopback()
}

func orDefault(port, scheme string) string {
	switch {
	case port != "":
		return port
	case scheme == "http":
		return "80"
	}
	return "443"
}

func untrusted(ref reference.Named) error {
	return refusal(ref.String(), ErrUnreachable,
		"%v: Head %q: tls: failed to verify certificate: x509: certificate signed by unknown authority", ErrUnreachable, manifestURL("https", ref))
}

// manifestURL is the address that a client asks first.
func manifestURL(scheme string, ref reference.Named) string {
	version := "latest"
	if tagged, ok := ref.(reference.Tagged); ok {
		version = tagged.Tag()
	}
	if digested, ok := ref.(reference.Digested); ok {
		version = digested.Digest().String()
	}
	host := reference.Domain(ref)
	if host == "docker.io" {
		host = "registry-1.docker.io"
	}
	return fmt.Sprintf("%s://%s/v2/%s/manifests/%s", scheme, host, reference.Path(ref), version)
}

func (a *Auth) empty() bool {
	return a == nil || *a == Auth{}
}

// opens reports whether these are the credentials of account.
func (a *Auth) opens(account Account) bool {
	user, password := a.basic()
	if account.Username != "" && same(account.Username, user) && same(account.Password, password) {
		return true
	}
	return account.Token != "" && (same(account.Token, a.IdentityToken) || same(account.Token, a.RegistryToken))
}

func same(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

// basic takes user and password from whichever fields hold them.
func (a *Auth) basic() (user, password string) {
	if a.Username != "" || a.Auth == "" {
		return a.Username, a.Password
	}
	plain, err := base64.StdEncoding.DecodeString(a.Auth)
	if err != nil {
		return "", ""
	}
	user, password, _ = strings.Cut(strings.TrimRight(string(plain), "\x00"), ":")
	return user, password
}
