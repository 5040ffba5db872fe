package cri

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"kubetutor/internal/engine/kernel"
)

// shmSize is what container runtimes give /dev/shm, in bytes.
const shmSize = 64 << 20

// writeFiles makes what the containers of the sandbox find in /etc and /dev/shm.
func (s *sandbox) writeFiles() error {
	shm := filepath.Join(s.dir, "shm")
	if err := os.MkdirAll(shm, 0o700); err != nil {
		return err
	}
	if err := os.Chmod(shm, 0o777|os.ModeSticky); err != nil {
		return err
	}
	for name, text := range map[string]string{"hostname": s.hostname() + "\n", "resolv.conf": s.resolvConf(), "hosts": s.hosts()} {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// resolvConf is the pod's DNS configuration, or the node's if it has none.
func (s *sandbox) resolvConf() string {
	dns := s.config.GetDnsConfig()
	if dns == nil {
		text, _ := os.ReadFile(filepath.Join(s.node.spec.Root, "etc", "resolv.conf")) // a node may have none
		return string(text)
	}
	return resolvConf(dns)
}

func resolvConf(dns *runtimeapi.DNSConfig) string {
	var b strings.Builder
	if len(dns.GetSearches()) > 0 {
		fmt.Fprintf(&b, "search %s\n", strings.Join(dns.GetSearches(), " "))
	}
	for _, server := range dns.GetServers() {
		fmt.Fprintf(&b, "nameserver %s\n", server)
	}
	if len(dns.GetOptions()) > 0 {
		fmt.Fprintf(&b, "options %s\n", strings.Join(dns.GetOptions(), " "))
	}
	return b.String()
}

// hosts is what a pod has that comes without the kubelet's own /etc/hosts.
func (s *sandbox) hosts() string {
	text := "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
	if s.ip.IsValid() {
		return text + fmt.Sprintf("%s\t%s\n", s.ip, s.hostname())
	}
	return text + fmt.Sprintf("%s\t%s\n", s.node.spec.IP, s.node.spec.Name)
}

// mounts are those that every container of the sandbox gets, unless the kubelet
// mounts something there itself.
func (s *sandbox) mounts(readOnly bool) []kernel.Mount {
	list := []kernel.Mount{{Target: "/dev/shm", Source: filepath.Join(s.dir, "shm"), Type: "tmpfs", Size: shmSize, Within: []string{s.dir},
		Options: fmt.Sprintf("rw,nosuid,nodev,noexec,relatime,size=%dk", shmSize>>10)}}
	for _, name := range []string{"hosts", "hostname", "resolv.conf"} {
		list = append(list, kernel.Mount{Target: "/etc/" + name, Source: filepath.Join(s.dir, name), ReadOnly: readOnly, Type: "ext4",
			Within: []string{s.dir}})
	}
	return list
}
