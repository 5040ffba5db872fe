package node

import "crypto/tls"

// unverified is how a kubelet talks to a pod over TLS: it has nothing to check a
// certificate with, and sends no secrets.
func unverified() *tls.Config { return &tls.Config{InsecureSkipVerify: true} }
