package node

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	internalapi "k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// ownHosts is the container runtime for the kubelet, with one difference: a pod
// on the node's network gets the node's hosts file. Upstream copies that of the
// machine into such a pod, and its path is built in.
type ownHosts struct {
	internalapi.RuntimeService
	hosts string // the node's file
}

// What upstream writes before a node's hosts and before a pod's aliases.
const (
	hostsHeader   = "# Kubernetes-managed hosts file (host network).\n"
	aliasesHeader = "\n# Entries added by HostAliases.\n"
)

// CreateContainer implements cri.RuntimeService.
func (o ownHosts) CreateContainer(ctx context.Context, sandbox string, c *runtimeapi.ContainerConfig, s *runtimeapi.PodSandboxConfig) (string, error) {
	if s.GetLinux().GetSecurityContext().GetNamespaceOptions().GetNetwork() == runtimeapi.NamespaceMode_NODE {
		for _, m := range c.GetMounts() {
			if m.GetContainerPath() != "/etc/hosts" || filepath.Base(m.GetHostPath()) != "etc-hosts" {
				continue
			}
			if err := o.rewrite(m.GetHostPath()); err != nil {
				return "", err
			}
		}
	}
	return o.RuntimeService.CreateContainer(ctx, sandbox, c, s)
}

// rewrite puts the node's hosts into a pod's file, and leaves the pod's aliases.
func (o ownHosts) rewrite(path string) error {
	written, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading a pod's hosts: %w", err)
	}
	own, err := os.ReadFile(o.hosts)
	if err != nil {
		return fmt.Errorf("reading the node's hosts: %w", err)
	}
	text := append([]byte(hostsHeader), own...)
	if at := bytes.LastIndex(written, []byte(aliasesHeader)); at >= 0 {
		text = append(text, written[at:]...)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return fmt.Errorf("writing a pod's hosts: %w", err)
	}
	return nil
}

// lookupIn finds a name in a hosts file. The node has no other way to resolve
// one: the machine's would lead to the machine's networks.
func lookupIn(file string) func(string) (netip.Addr, error) {
	return func(host string) (netip.Addr, error) {
		data, err := os.ReadFile(file)
		if err != nil {
			return netip.Addr{}, fmt.Errorf("lookup %s: %w", host, err)
		}
		for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
			text, _, _ := strings.Cut(lines.Text(), "#")
			fields := strings.Fields(text)
			if len(fields) < 2 || !slices.Contains(fields[1:], host) {
				continue
			}
			if ip, err := netip.ParseAddr(fields[0]); err == nil {
				return ip, nil
			}
		}
		return netip.Addr{}, fmt.Errorf("lookup %s: no such host", host)
	}
}
