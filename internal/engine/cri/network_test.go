package cri

import (
	"context"
	"net/netip"
	"testing"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/engine/fabric"
)

// ipOf is a pod's address.
func (l *lab) ipOf(pod string) netip.Addr {
	l.t.Helper()
	resp, err := l.runtime.PodSandboxStatus(l.t.Context(), &runtimeapi.PodSandboxStatusRequest{PodSandboxId: pod})
	if err != nil {
		l.t.Fatal(err)
	}
	return netip.MustParseAddr(resp.Status.Network.Ip)
}

// explain asks as the engine does.
func (l *lab) explain(from netip.Addr, to netip.AddrPort) control.Record {
	l.t.Helper()
	r, err := l.rt.Explain(l.t.Context(), control.Question{From: from, Network: "tcp", To: to})
	if err != nil {
		l.t.Fatal(err)
	}
	return r
}

// TestPodsOnTheNetwork: pods are called by namespace and name, are behind their
// node's rules, and subject to policies.
func TestPodsOnTheNetwork(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	server, config := l.pod(func(c *runtimeapi.PodSandboxConfig) { c.Metadata.Name, c.Metadata.Namespace = "web", "shop" })
	id := l.runIn(server, config, []string{"serve", "80"})
	l.until("it listens", func() bool { return l.log(id) != "" })
	namesake, _ := l.pod(func(c *runtimeapi.PodSandboxConfig) { c.Metadata.Name, c.Metadata.Namespace = "web", "blog" })
	to, front := netip.AddrPortFrom(l.ipOf(server), 80), netip.MustParseAddrPort("10.96.0.10:80")
	target := fabric.Target{Endpoints: []netip.AddrPort{to}}
	node, err := l.rt.find("node1")
	if err != nil {
		t.Fatal(err)
	}
	node.net.SetForwarding(fabric.Forwarding{Services: []fabric.Service{{Name: "shop/web", Network: "tcp",
		Fronts: []fabric.Front{{Kind: fabric.KindClusterIP, At: front, Inside: target, Outside: target}}}}})

	got := l.explain(l.ipOf(namesake), front)
	if got.Verdict != fabric.Connected || got.FromName != "blog/web" || got.Steps[1].Subject != "shop/web" {
		t.Errorf("through the Service: %+v", got)
	}
	if err := l.rt.Policies(t.Context(), control.Policies{"shop/web": {Ingress: &control.Isolation{By: []string{"shop/deny"}}}}); err != nil {
		t.Fatal(err)
	}
	if got := l.explain(l.ipOf(namesake), front); got.Verdict != fabric.Dropped {
		t.Errorf("with a policy: %+v", got)
	}
	if got := l.explain(l.spec.IP, front); got.Verdict != fabric.Connected {
		t.Errorf("from its node: %+v", got)
	}
	l.heard(func() { _, _ = l.rt.Dial(t.Context(), "node1", netip.AddrPortFrom(l.spec.IP, 81)) }, fabric.Refused)
	l.reboot()
	if got := l.explain(l.spec.IP, front); got.Verdict != fabric.Dropped {
		t.Errorf("after the node's reboot its rules are still there: %+v", got)
	}
}

// heard waits for a record of what is done.
func (l *lab) heard(do func(), verdict control.Verdict) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), patience)
	defer cancel()
	do()
	for r := range l.rt.Records(ctx, 0) {
		if r.Verdict == verdict && time.Since(r.At) < patience {
			return
		}
	}
	l.t.Errorf("there is no record with the verdict %s", verdict)
}

// reboot pulls the node's plug and puts it back.
func (l *lab) reboot() {
	l.t.Helper()
	for _, on := range []bool{false, true} {
		if err := l.rt.Power(l.t.Context(), "node1", on); err != nil {
			l.t.Fatal(err)
		}
	}
}
