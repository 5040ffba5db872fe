package shell

import (
	"fmt"
	"net/netip"
	"regexp"
	"testing"

	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/engine/kernel"
)

// twoNodes is a network of two nodes with a pod each, and containers in the pod and
// on the network of the first node.
func twoNodes(t *testing.T) (pod, node *kernel.Container) {
	t.Helper()
	f := fabric.New()
	var pods, nodes [3]*fabric.Namespace
	for n := 1; n <= 2; n++ {
		var err error
		if nodes[n], err = f.Attach(fmt.Sprint("node", n), netip.AddrFrom4([4]byte{172, 30, 0, byte(10 + n)})); err != nil {
			t.Fatal(err)
		}
		nodes[n].SetPods(netip.MustParsePrefix(fmt.Sprintf("10.244.%d.0/24", n)))
		if pods[n], err = f.AttachVia(nodes[n], "shop/web", netip.AddrFrom4([4]byte{10, 244, byte(n), 2})); err != nil {
			t.Fatal(err)
		}
	}
	pod, node = newContainer(t, kernel.Config{Net: pods[1]}), newContainer(t, kernel.Config{Net: nodes[1]})
	for _, c := range []*kernel.Container{pod, node} { // its main process keeps a container up
		if _, err := c.Start(kernel.Spec{Args: []string{"sleep", "1000"}, Env: []string{"PATH=/bin"}}); err != nil {
			t.Fatal(err)
		}
	}
	return pod, node
}

func TestWays(t *testing.T) {
	t.Parallel()
	pod, node := twoNodes(t)
	took := regexp.MustCompile(`\d+\.\d{3} ms`)
	for _, test := range []struct {
		from        *kernel.Container
		script, out string
		code        int
	}{
		{pod, "ip route", "default via 10.244.1.1 dev eth0\n10.244.1.0/24 dev eth0 scope link  src 10.244.1.2\n", 0},
		{pod, "ip route get 10.244.2.2", "10.244.2.2 via 10.244.1.1 dev eth0  src 10.244.1.2\n", 0},
		{pod, "ip route get 10.244.1.9", "10.244.1.9 dev eth0  src 10.244.1.2\n", 0},
		{pod, "ip route get web", "", 1},
		{pod, "route -n | tail -n +2", "Destination     Gateway         Genmask         Flags Metric Ref    Use Iface\n" +
			"0.0.0.0         10.244.1.1      0.0.0.0         UG    0      0        0 eth0\n" +
			"10.244.1.0      0.0.0.0         255.255.255.0   U     0      0        0 eth0\n", 0},
		{node, "ip route", "default via 172.30.0.1 dev eth0\n10.244.1.0/24 dev cni0 scope link  src 10.244.1.1\n" +
			"10.244.2.0/24 via 172.30.0.12 dev eth0\n172.30.0.0/16 dev eth0 scope link  src 172.30.0.11\n", 0},
		{node, "ip route get 10.244.2.2", "10.244.2.2 via 172.30.0.12 dev eth0  src 172.30.0.11\n", 0},
		{pod, "ping -c 1 10.244.2.2 | head -n 2", "PING 10.244.2.2 (10.244.2.2): 56 data bytes\n64 bytes from 10.244.2.2: seq=0 ttl=62 time=T ms\n", 0},
		{pod, "ping -c 1 -W 1 10.96.0.10 | tail -n 1", "1 packets transmitted, 0 packets received, 100% packet loss\n", 0},
		{pod, "traceroute 10.244.2.2", "traceroute to 10.244.2.2 (10.244.2.2), 30 hops max, 46 byte packets\n" +
			" 1  10.244.1.1 (10.244.1.1)  T ms  T ms  T ms\n 2  172.30.0.12 (172.30.0.12)  T ms  T ms  T ms\n 3  10.244.2.2 (10.244.2.2)  T ms  T ms  T ms\n", 0},
		{pod, "traceroute -n -q 1 -w 1 -m 3 192.0.2.1", "traceroute to 192.0.2.1 (192.0.2.1), 3 hops max, 46 byte packets\n" +
			" 1  10.244.1.1  T ms\n 2  172.30.0.1  T ms\n 3  *\n", 1},
		{node, "traceroute -q 1 10.244.1.2 | tail -n 1", " 1  10.244.1.2 (10.244.1.2)  T ms\n", 0},
	} {
		t.Run(test.script, func(t *testing.T) {
			t.Parallel()
			got := runIn(t, test.from, "", "sh", "-c", test.script)
			if out := took.ReplaceAllString(got.out, "T ms"); out != test.out || got.code != test.code {
				t.Errorf("got %q, %q, %d", out, got.err, got.code)
			}
		})
	}
}
