package node

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/cmd/kubelet/app/options"

	"kubetutor/internal/engine/node/config"
)

// TestSettings: upstream accepts what the kubelet is told, and every path in it
// is the node's.
func TestSettings(t *testing.T) {
	c := sample(t)
	c.Taints = []string{"dedicated=db:NoSchedule"}
	c.Clock = map[string]string{}
	for _, name := range config.Clocks() {
		c.Clock[name] = "7s"
	}
	s, err := settings(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := options.ValidateKubeletServer(s); err != nil {
		t.Errorf("upstream: %v", err)
	}
	k := s.KubeletConfiguration
	for name, path := range map[string]string{
		"manifests": k.StaticPodPath, "logs": k.PodLogsDir, "resolver": k.ResolverConfig, "certificates": s.CertDirectory, "kubelet": s.RootDirectory,
	} {
		if !strings.HasPrefix(path, filepath.Dir(c.Root)+string(filepath.Separator)) {
			t.Errorf("the path of %s is %s", name, path)
		}
	}
	if got := k.RegisterWithTaints; len(got) != 1 || got[0] != (v1.Taint{Key: "dedicated", Value: "db", Effect: v1.TaintEffectNoSchedule}) {
		t.Errorf("the taints are %v", got)
	}
	for name, d := range map[string]time.Duration{
		"sync": k.SyncFrequency.Duration, "status": k.NodeStatusUpdateFrequency.Duration, "lease": time.Duration(k.NodeLeaseDurationSeconds) * time.Second,
		"pressure": k.EvictionPressureTransitionPeriod.Duration, "crash loop": k.CrashLoopBackOff.MaxContainerRestartPeriod.Duration,
	} {
		if d != 7*time.Second {
			t.Errorf("the clock's %s is %v", name, d)
		}
	}
	if s.MaxPerPodContainerCount < 2 {
		t.Error("of two crashes, the first one's log is gone while the status names it")
	}
	if k.Address != "127.0.0.1" || k.ReadOnlyPort != 0 || k.HealthzPort != 0 || k.Authentication.Anonymous.Enabled {
		t.Error("the kubelet serves more than it should")
	}
}

func TestBadSettings(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*config.Config){
		"the clock has no setting":   func(c *config.Config) { c.Clock = map[string]string{"odd": "1s"} },
		"reading the clock's":        func(c *config.Config) { c.Clock = map[string]string{config.ClockSyncFrequency: "soon"} },
		"reading the taints":         func(c *config.Config) { c.Taints = []string{"a=b:Odd"} },
		"takes one away":             func(c *config.Config) { c.Taints = []string{"a:NoSchedule-"} },
		"reading the extended resou": func(c *config.Config) { c.Extended = map[string]string{"a/b": "many"} },
	} {
		c := config.Config{Name: "n", IP: "172.30.0.11", Port: 1, Root: "/r", KubeletRoot: "/k", CPUs: 1, Memory: 1, Disk: 1, Pods: 1}
		change(&c)
		_, err := settings(c)
		if _, more := newContainers(c); err == nil {
			err = more
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestBoot: a kubelet that is started again finds the same boot; without the
// file the node was rebooted.
func TestBoot(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "boot_id")
	load := func() boot {
		b, err := loadBoot(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	first := load()
	if again := load(); again.id != first.id || again.at.Sub(first.at).Abs() > time.Second {
		t.Errorf("the boot was %v, now it is %v", first, again)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if next := load(); next.id == first.id || len(next.id) != 36 {
		t.Errorf("after a reboot the boot is %v", next)
	}
}

func TestFurnishKeepsFiles(t *testing.T) {
	t.Parallel()
	c := sample(t)
	write(t, pathsOf(c).hosts, "10.1.2.3 db.internal db # ours\n#10.9.9.9 no\n\nbad line\n")
	if err := furnish(c); err != nil {
		t.Fatal(err)
	}
	lookup := lookupIn(pathsOf(c).hosts)
	for _, name := range []string{"db", "db.internal"} {
		if ip, err := lookup(name); err != nil || ip != netip.MustParseAddr("10.1.2.3") {
			t.Errorf("%s is %v, %v", name, ip, err)
		}
	}
	for _, name := range []string{"no", "ours", "line", "localhost", "kubernetes.io"} {
		if ip, err := lookup(name); err == nil {
			t.Errorf("%s is %v", name, ip)
		}
	}
}

func TestLogsOfTheNode(t *testing.T) {
	t.Parallel()
	c := sample(t)
	p := pathsOf(c)
	o := nodeOS{containerLogs: p.containerLogs}
	log := filepath.Join(p.podLogs, "default_web_1", "web", "0.log")
	write(t, log, "line")
	if err := o.Symlink(log, "/var/log/containers/web.log"); err != nil {
		t.Fatal(err)
	}
	// Seen with the node's /var/log mounted somewhere else.
	moved := filepath.Join(filepath.Dir(c.Root), "moved")
	if err := os.Rename(p.logs, moved); err != nil {
		t.Fatal(err)
	}
	if got := read(t, moved+"/containers/web.log"); got != "line" {
		t.Errorf("the link leads to %q", got)
	}
	if err := os.Rename(moved, p.logs); err != nil {
		t.Fatal(err)
	}
	found, err := o.Glob("/var/log/containers/*.log")
	if err != nil || len(found) != 1 || filepath.Dir(found[0]) != p.containerLogs {
		t.Fatalf("found %v, %v", found, err)
	}
	if err := o.Remove(found[0]); err != nil {
		t.Error(err)
	}
}

func TestHostsOfTheNode(t *testing.T) {
	t.Parallel()
	c := sample(t)
	path := filepath.Join(c.KubeletRoot, "etc-hosts")
	write(t, path, hostsHeader+"192.0.2.7\tof-the-machine\n"+aliasesHeader+"10.0.0.1\talias\n")
	if err := (ownHosts{hosts: pathsOf(c).hosts}).rewrite(path); err != nil {
		t.Fatal(err)
	}
	got := read(t, path)
	if strings.Contains(got, "of-the-machine") || !strings.Contains(got, "172.30.0.11\tnode1") || !strings.HasSuffix(got, "10.0.0.1\talias\n") {
		t.Errorf("the pod's hosts are\n%s", got)
	}
}
