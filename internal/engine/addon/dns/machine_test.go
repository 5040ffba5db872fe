package dns_test

import (
	"os"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coredns/coredns/plugin/kubernetes"
	mdns "github.com/miekg/dns"

	"kubetutor/internal/engine/kernel"
)

// TestTemptations: a Corefile that asks for files, names, variables and sockets of
// the machine gets those of the container, or is refused. The
// files named here, and HOME, exist on the machine.
func TestTemptations(t *testing.T) {
	home, err := os.UserHomeDir()
	if err != nil || home == "" {
		t.Skip("the machine has no home directory")
	}
	const unavailable = ": not available in this cluster: its network and its files exist in memory only\n"
	at := func(line string) string { return ".:53 {\n    " + line + "\n}\n" }
	for _, test := range []struct{ corefile, want string }{
		{at("import /etc/passwd"), "/etc/coredns/Corefile:2 - Error during parsing: File to import not found: /etc/passwd\n"},
		{". { import /etc/passwd }", "/etc/coredns/Corefile:1 - Error during parsing: Import takes only one argument (glob pattern or file)\n"},
		{"import /etc/passwd", "/etc/coredns/Corefile:1 - Error during parsing: File to import not found: /etc/passwd\n"},
		{"a,\n(/etc/passwd) {\n    whoami\n}\nimport /etc/passwd\n", "a Corefile without any plugin is not available in this cluster\n"},
		{at("log\n    import ../../etc/passwd"), "/etc/coredns/Corefile:3 - Error during parsing: File to import not found: /etc/passwd\n"},
		{at("whoami {$HOME}{%HOME%}nonsense"), "plugin/whoami: /etc/coredns/Corefile:2 - Error during parsing: Wrong argument count or unexpected line ending after 'nonsense'\n"},
		{at("{$TRICK}nonsense"), "/etc/coredns/Corefile:2 - Error during parsing: Unknown directive 'nonsense'\n"},
		{at("forward . /etc/hostname"), "plugin/forward: not an IP address, file, or valid domain: \"/etc/hostname\"\n"},
		{at("file /etc/passwd example.org {\n        reload 0s\n    }"), "plugin/file: open /etc/passwd: no such file or directory\n"},
		{at("forward . tls://1.1.1.1"), "plugin/forward: 'tls' as a destination protocol in forward is not available in this cluster: its network and its files exist in memory only\n"},
		{at("forward . 1.1.1.1 {\n        tls /etc/ssl/cert.pem\n    }"), "plugin/forward" + unavailable},
		{at("autopath /etc/resolv.conf"), "plugin/autopath" + unavailable},
		{at("loadbalance weighted /etc/passwd"), "plugin/loadbalance" + unavailable},
		{at("kubernetes cluster.local {\n        kubeconfig /etc/kubernetes/admin.conf\n    }"), "plugin/kubernetes" + unavailable},
		{at("bind docker0"), "plugin/bind: not a valid IP address or interface name: \"docker0\"\n"},
		{at("bind 192.0.2.1\n    whoami"), "Listen: listen tcp 192.0.2.1:53: bind: cannot assign requested address\n"},
		{"tls://.:853 {\n    whoami\n}\n", "a server of another kind than dns:// is not available in this cluster: its network and its files exist in memory only\n"},
		{at("tls /etc/ssl/cert.pem /etc/ssl/key.pem"), "plugin/tls" + unavailable},
		{at("dnstap /var/run/docker.sock"), "plugin/dnstap" + unavailable},
		{at("pprof 127.0.0.1:6053"), "plugin/pprof" + unavailable},
		{at("on startup /bin/sh"), "plugin/on" + unavailable},
		{at("nsid"), "plugin/nsid" + unavailable},
		{at("chaos"), "plugin/chaos" + unavailable},
	} {
		c := newWorld(t).run("10.244.1.10", test.corefile)
		if code := c.ends(); code != 1 || c.out.String() != test.want {
			t.Errorf("%s\nended with %d and\n%swant\n%s", test.corefile, code, c.out.String(), test.want)
		}
	}
	hostname, _ := os.Hostname()
	c := newWorld(t).run("10.244.1.10", at("hosts /etc/hosts\n    bind eth0\n    template IN TXT . {\n        answer \"{{ .Name }} 60 IN TXT {$HOME}here\"\n    }")).up()
	if got := answers(c.ask(hostname, mdns.TypeA)); got != "SERVFAIL " {
		t.Errorf("the machine's name is known: %s", got)
	}
	if strings.Contains(c.out.String(), home) {
		t.Errorf("it says\n%s", c.out.String())
	}
}

// TestGrafts: the fields that are set by name are there, with their types.
func TestGrafts(t *testing.T) {
	t.Parallel()
	for path, kind := range map[string]string{
		"localIPs": "[]net.IP", "autoPathSearch": "[]string", "primaryZoneIndex": "int", "podMode": "string", "ttl": "uint32", "endpointNameMode": "bool",
		"opts.initEndpointsCache": "bool", "opts.zonal": "bool", "opts.ignoreEmptyService": "bool", "opts.labelSelector": "*v1.LabelSelector",
		"opts.namespaceLabelSelector": "*v1.LabelSelector",
	} {
		field := reflect.ValueOf(kubernetes.New(nil)).Elem()
		for name := range strings.SplitSeq(path, ".") {
			field = field.FieldByName(name)
		}
		if !field.IsValid() || field.Type().String() != kind {
			t.Errorf("upstream's plugin has no %s of type %s", path, kind)
		}
	}
}

// TestNothingLeft: programs that are killed leave nothing running in the process.
func TestNothingLeft(t *testing.T) { // not parallel: it counts
	w := newWorld(t, shop()...)
	w.run("10.244.1.9", shipped(t)).up() // what starts once in a process has started
	before := runtime.NumGoroutine()
	for i := range 3 {
		c := w.run("10.244.1.1"+strconv.Itoa(i), shipped(t)).up()
		c.ask("web.shop.svc.cluster.local", mdns.TypeA)
		if err := c.main.Signal(kernel.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	for end := time.Now().Add(patience); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			all := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d at the beginning\n%s", runtime.NumGoroutine(), before, all[:runtime.Stack(all, true)])
		}
	}
}
