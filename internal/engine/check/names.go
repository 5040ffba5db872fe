package check

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"kubetutor/internal/engine/resolver"
)

const (
	clusterDNS    = "10.96.0.10"
	clusterDomain = "cluster.local"
	nodeDNS       = "172.30.0.1" // the server in the nodes' own resolv.conf
)

// names is how a Pod resolves names.
type names struct {
	pod  *corev1.Pod // nil: outside, where nobody knows the cluster's names
	asks *asker
}

// stub is the resolver of a program in the Pod. The Pod's files are made as its
// kubelet makes them, for what has no shell cannot be asked for them.
func (n names) stub() resolver.Resolver {
	return resolver.Resolver{Dial: n.asks.dial, ReadFile: func(name string) ([]byte, error) {
		switch name {
		case resolver.ConfigFile:
			return []byte(resolvConf(n.pod)), nil
		case resolver.HostsFile:
			return []byte(hostsFile(n.pod)), nil
		}
		return nil, fs.ErrNotExist
	}}
}

// lookUp finds the addresses of a host. An error is a failure, or errBeyond.
func (n names) lookUp(ctx context.Context, host string) ([]netip.Addr, error) {
	if address, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{address}, nil
	}
	if n.pod == nil {
		return nil, &failure{failedName, fmt.Errorf("nobody outside of the cluster knows %s", host)}
	}
	found, err := n.stub().Lookup(ctx, host)
	switch {
	case err == nil:
		return found.Addrs, nil
	case n.asks.beyond() != nil:
		return nil, n.asks.beyond()
	}
	return nil, &failure{failedName, err}
}

// resolvConf follows the kubelet (k8s.io/kubernetes/pkg/kubelet/network/dns): the
// Pod's policy, then its own configuration.
func resolvConf(pod *corev1.Pod) string {
	var servers, search, options []string
	switch policy := pod.Spec.DNSPolicy; {
	case policy == corev1.DNSNone:
	case policy == corev1.DNSClusterFirstWithHostNet, policy != corev1.DNSDefault && !pod.Spec.HostNetwork:
		servers, options = []string{clusterDNS}, []string{"ndots:5"}
		search = []string{pod.Namespace + ".svc." + clusterDomain, "svc." + clusterDomain, clusterDomain}
	default:
		servers = []string{nodeDNS}
	}
	if own := pod.Spec.DNSConfig; own != nil {
		servers, search = union(servers, own.Nameservers), union(search, own.Searches)
		for _, option := range own.Options { // of two of a name the last one counts
			options = append(options, strings.TrimSuffix(option.Name+":"+value(option.Value), ":"))
		}
	}
	var b strings.Builder
	for _, server := range servers {
		fmt.Fprintln(&b, "nameserver", server)
	}
	fmt.Fprintln(&b, "search", strings.Join(search, " "))
	fmt.Fprintln(&b, "options", strings.Join(options, " "))
	return b.String()
}

func union(list, more []string) []string {
	for _, one := range more {
		if !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	return list
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// hostsFile is the Pod's own name, and the aliases that it asks for.
func hostsFile(pod *corev1.Pod) string {
	var b strings.Builder
	fmt.Fprintln(&b, pod.Status.PodIP, cmp.Or(pod.Spec.Hostname, pod.Name))
	for _, alias := range pod.Spec.HostAliases {
		fmt.Fprintln(&b, alias.IP, strings.Join(alias.Hostnames, " "))
	}
	return b.String()
}
