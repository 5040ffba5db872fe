package controlplane

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"net/netip"
	"strings"
)

const (
	nodeUser  = "system:node:" // and the node's name
	nodeGroup = "system:nodes"
	// kubeletClient is whom the API server is to kubelets.
	kubeletClient = "kube-apiserver-kubelet-client"
)

// NodeFiles are what a node's kubelet needs to take part: absolute paths of
// files with mode 0600.
type NodeFiles struct {
	Kubeconfig string // of the user system:node:NAME
	CA         string // the cluster's authority, which signs clients and servers
	Cert, Key  string // for serving
}

// NodeFiles makes the files of a node that has its certificates from us, or
// finds them. IP is the node's address inside the lab.
func (c *ControlPlane) NodeFiles(name string, ip netip.Addr) (NodeFiles, error) {
	pair := "node-" + name
	if err := c.access.pki.keep(pair, func() *x509.Certificate { return kubeletCertificate(name, ip) }); err != nil {
		return NodeFiles{}, err
	}
	kubeconfig, err := c.access.kubeconfig(nodeUser+name, "")
	return NodeFiles{
		Kubeconfig: kubeconfig, CA: c.access.pki.file("ca.crt"),
		Cert: c.access.pki.file(pair + ".crt"), Key: c.access.pki.file(pair + ".key"),
	}, err
}

// kubeletCertificate names a kubelet as the API server finds it: by its address
// in the lab, and on this machine.
func kubeletCertificate(name string, ip netip.Addr) *x509.Certificate {
	return &x509.Certificate{
		Subject:     pkix.Name{CommonName: nodeUser + name, Organization: []string{nodeGroup}},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{ip.AsSlice(), net.IPv4(127, 0, 0, 1)},
		DNSNames:    []string{name},
	}
}

// kubeletClientCertificate lets the API server ask kubelets for logs and the
// like.
func kubeletClientCertificate() *x509.Certificate {
	return &x509.Certificate{
		Subject:     pkix.Name{CommonName: kubeletClient, Organization: []string{"system:masters"}},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
}

func isNode(user string) bool { return strings.HasPrefix(user, nodeUser) }
