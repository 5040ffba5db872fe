package model

import (
	"slices"
	"strings"
	"time"

	networkingv1 "k8s.io/api/networking/v1"
)

// soon is when the log says that a certificate is about to expire.
const soon = 240 * time.Hour

// certificateFor is the certificate that an Ingress gives a host: that of the
// controller, where there is none that can be used.
func (b *builder) certificateFor(host string, ing *Ingress) *Certificate {
	name := b.secretFor(host, ing)
	if name == "" {
		return b.Default
	}
	key := ing.Namespace + "/" + name
	certificate, err := b.Certificate(key)
	if err != nil {
		b.Warn("Error getting SSL certificate %q: %v. Using default certificate", key, err)
		return b.Default
	}
	if err := certificate.Leaf.VerifyHostname(host); err != nil {
		b.Warn("Unexpected error validating SSL certificate %q for server %q: %v", key, host, err)
		b.Warn("Validating certificate against DNS names. This will be deprecated in a future version")
		if !certificate.covers(host) {
			b.Warn("SSL certificate %q does not contain a Common Name or Subject Alternative Name for server %q: %v", key, host, err)
			b.Warn("Using default certificate")
			return b.Default
		}
	}
	b.checkExpiry(host, certificate)
	return certificate
}

func (b *builder) checkExpiry(host string, c *Certificate) {
	switch left := time.Until(c.Leaf.NotAfter); {
	case left < 0:
		b.Warn("SSL certificate for server %q expired (%v)", host, c.Leaf.NotAfter)
	case left < soon:
		b.Warn("SSL certificate for server %q is about to expire (%v)", host, c.Leaf.NotAfter)
	}
}

// covers checks a host against the alternative names, or without any against the
// common name, which other programs no longer look at.
func (c *Certificate) covers(host string) bool {
	names := c.Leaf.DNSNames
	if len(names) == 0 {
		names = []string{c.Leaf.Subject.CommonName}
	}
	return slices.ContainsFunc(names, func(name string) bool { return matchHost(strings.ToLower(name), strings.ToLower(host)) })
}

// matchHost compares a name of a certificate, whose first label may be a star.
func matchHost(pattern, host string) bool {
	pattern, host = strings.TrimSuffix(pattern, "."), strings.TrimSuffix(host, ".")
	if pattern == "" || host == "" {
		return false
	}
	if suffix, ok := strings.CutPrefix(pattern, "*."); ok {
		_, rest, ok := strings.Cut(host, ".")
		return ok && rest == suffix
	}
	return pattern == host
}

// secretFor is the Secret whose entry in spec.tls names a host, else one whose
// certificate is for it.
func (b *builder) secretFor(host string, ing *Ingress) string {
	for _, entry := range ing.Spec.TLS {
		if slices.ContainsFunc(entry.Hosts, func(h string) bool { return strings.EqualFold(h, host) }) {
			return entry.SecretName
		}
	}
	i := slices.IndexFunc(ing.Spec.TLS, func(entry networkingv1.IngressTLS) bool { return b.certifies(ing.Namespace, entry.SecretName, host) })
	if i < 0 {
		return ""
	}
	return ing.Spec.TLS[i].SecretName
}

func (b *builder) certifies(namespace, secret, host string) bool {
	if secret == "" {
		return false
	}
	key := namespace + "/" + secret
	certificate, err := b.Certificate(key)
	if err != nil {
		b.Warn("Error getting SSL certificate %q: %v", key, err)
		return false
	}
	return certificate.Leaf.VerifyHostname(host) == nil
}

// redirects are the servers of from-to-www-redirect.
func (b *builder) redirects(servers []*Server) (list []Redirect) {
	for _, s := range servers {
		if !s.RedirectWWW {
			continue
		}
		from, www := strings.CutPrefix(s.Name, "www.")
		if !www {
			from = "www." + s.Name
		}
		if b.servers[from] != nil {
			b.Warn("Already exists an Ingress with %q hostname. Skipping creation of redirection from %q to %q.", from, from, s.Name)
			continue
		}
		r := Redirect{From: from, To: s.Name}
		if c := s.Certificate; c != nil {
			if slices.ContainsFunc(c.Names, func(name string) bool { return matchHost(name, from) }) {
				r.Certificate = c
			} else {
				b.Warn("the server %v has SSL configured but the SSL certificate does not contains a CN for %v. Redirects will not work for HTTPS to HTTPS", from, s.Name)
			}
		}
		list = append(list, r)
	}
	return list
}
