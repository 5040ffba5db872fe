package kubeproxy

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/kubernetes/pkg/proxy/apis/config"
	"k8s.io/utils/ptr"

	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/engine/kernel"
	"kubetutor/internal/engine/transcript"
)

// program runs a program in a container with files, and returns what it printed and
// how it ended.
func program(t *testing.T, run kernel.Program, files map[string]string, args ...string) (string, int) {
	t.Helper()
	tree := kernel.NewTree()
	tree.File("/usr/local/bin/kube-proxy", kernel.Executable(name), 0o755, 0, 0)
	for file, text := range files {
		tree.File(file, []byte(text), 0o644, 0, 0)
	}
	ns, err := fabric.New().Attach(thisNode, netip.MustParseAddr("172.30.0.11"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := kernel.New(kernel.Config{ID: "kp", Hostname: thisNode, Image: tree, Net: ns, Programs: kernel.Programs{name: run}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(); _ = ns.Close() })
	var out transcript.Buffer
	p, err := c.Start(kernel.Spec{Args: append([]string{"/usr/local/bin/kube-proxy"}, args...), Stdout: &out, Stderr: &out})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	status, err := p.Wait(ctx)
	if err != nil {
		t.Fatalf("it does not end: %v\n%s", err, out.String())
	}
	return out.String(), status.ExitCode()
}

const (
	configFile = "/var/lib/kube-proxy/config.conf"
	head       = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n"
)

// TestBadConfiguration: kube-proxy ends with upstream's words for what is wrong.
func TestBadConfiguration(t *testing.T) {
	t.Parallel()
	flag := "--config=" + configFile
	for name, c := range map[string]struct {
		config string // "" : no file
		args   []string
		want   string
	}{
		"no file":       {"", []string{flag}, `"command failed" err="failed complete: open /var/lib/kube-proxy/config.conf: no such file or directory"`},
		"no YAML":       {"\tmode", []string{flag}, `"command failed" err="failed complete: failed to decode: `},
		"another kind":  {"apiVersion: v1\nkind: Pod\n", []string{flag}, `failed to decode: no kind \"Pod\" is registered for version \"v1\"`},
		"wrong mode":    {head + "mode: userspace\n", []string{flag}, `failed validate: KubeProxyConfiguration.Mode.ProxyMode: Invalid value: \"userspace\": must be iptables, ipvs, nftables or blank`},
		"wrong range":   {head + "clusterCIDR: 10.244.0.0\n", []string{flag}, `failed validate: `},
		"no kubeconfig": {head + "clientConnection:\n  kubeconfig: /none\n", []string{flag}, `"command failed" err="open /none: no such file or directory"`},
		"lenient":       {head + "mood: good\nclientConnection:\n  kubeconfig: /none\n", []string{flag}, `"Using lenient decoding as strict decoding failed"`},
		"unknown flag":  {head, []string{"--moode=x"}, "Error: unknown flag: --moode\n"},
		"an argument":   {head, []string{"go"}, `Error: "kube-proxy" does not take any arguments, got ["go"]`},
		"no flag":       {head, nil, "this kube-proxy needs --config"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{}
			if c.config != "" {
				files[configFile] = c.config
			}
			if out, code := program(t, Program, files, c.args...); code != exitFailed || !strings.Contains(out, c.want) {
				t.Errorf("it ends with %d and says\n%s\nwant\n%s", code, out, c.want)
			}
		})
	}
}

// TestManifestLoads: the configuration of the manifest is a good one, with pauses
// for a learner.
func TestManifestLoads(t *testing.T) {
	t.Parallel()
	var c *config.KubeProxyConfiguration
	_, code := program(t, func(_ context.Context, p *kernel.Process) int {
		var err error
		if c, err = load(p, options{file: configFile, hostname: "Node1"}, logr.Discard()); err != nil {
			t.Error(err)
		}
		return exitOK
	}, map[string]string{configFile: configMap(t).Data["config.conf"]})
	if code != exitOK || c == nil {
		t.Fatalf("it is not read: %d", code)
	}
	if c.HostnameOverride != "node1" || c.Mode != "iptables" || c.MinSyncPeriod.Duration != minimum || c.SyncPeriod.Duration != 30*time.Second ||
		!slices.Equal(c.DetectLocal.ClusterCIDRs, []string{"10.244.0.0/16"}) || c.HealthzBindAddress != "0.0.0.0:10256" || c.MetricsBindAddress != "127.0.0.1:10249" {
		t.Errorf("it is %+v", c)
	}
}

// TestPortAddresses: where NodePorts are taken, by mode.
func TestPortAddresses(t *testing.T) {
	t.Parallel()
	node := netip.MustParseAddr("172.30.0.11")
	for _, c := range []struct {
		mode      config.ProxyMode
		addresses []string
		localhost bool
		want      string
	}{
		{"iptables", nil, true, "[0.0.0.0]"},
		{"iptables", nil, false, "[172.30.0.11]"},
		{"iptables", []string{"primary"}, true, "[172.30.0.11]"},
		{"iptables", []string{"localhost", "primary"}, true, "[127.0.0.1 172.30.0.11]"},
		{"iptables", []string{"localhost"}, false, "[]"},
		{"iptables", []string{"172.30.0.0/24"}, true, "[172.30.0.11]"},
		{"iptables", []string{"192.0.2.0/24"}, true, "[]"},
		{"iptables", []string{"all"}, true, "[0.0.0.0]"},
		{"ipvs", nil, true, "[172.30.0.11]"},
		{"nftables", nil, true, "[172.30.0.11]"},
		{"nftables", []string{"all"}, true, "[172.30.0.11]"},
	} {
		given := &config.KubeProxyConfiguration{Mode: c.mode, NodePortAddresses: c.addresses}
		given.IPTables.LocalhostNodePorts = ptr.To(c.localhost)
		if got := fmt.Sprint(portAddresses(given, node)); got != c.want {
			t.Errorf("%s %v, localhost %v: %s, want %s", c.mode, c.addresses, c.localhost, got, c.want)
		}
	}
}
