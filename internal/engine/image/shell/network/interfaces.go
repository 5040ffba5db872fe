package network

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/engine/image/shell/tool"
)

// address is the container's address, not valid if it has only the loopback.
func address(c *tool.Call) netip.Addr {
	if c.Net() == nil {
		return netip.Addr{}
	}
	return c.Net().IP()
}

// hardware is a made-up hardware address, as container networks make them from
// the address.
func hardware(addr netip.Addr) string {
	b := addr.As4()
	return net.HardwareAddr{0x0a, 0x58, b[0], b[1], b[2], b[3]}.String()
}

func ip(c *tool.Call) int {
	var words []string
	brief, four := false, false
	for _, a := range c.Args {
		switch {
		case a == "-br" || a == "-brief":
			brief = true
		case a == "-4":
			four = true
		case strings.HasPrefix(a, "-"):
		default:
			words = append(words, a)
		}
	}
	if len(words) == 0 {
		c.UsageExit()
	}
	changing := len(words) > 1 && strings.Contains(" add del delete set change replace flush ", " "+words[1]+" ")
	if changing {
		c.Errorf("RTNETLINK answers: Operation not permitted")
		return 2
	}
	switch {
	case strings.HasPrefix("address", words[0]):
		ipAddress(c, words[1:], brief, four)
	case strings.HasPrefix("route", words[0]):
		ipRoute(c, words[1:])
	case strings.HasPrefix("link", words[0]):
		ipLink(c, words[1:], brief)
	case strings.HasPrefix("neighbour", words[0]), strings.HasPrefix("neigh", words[0]), strings.HasPrefix("rule", words[0]):
	default:
		c.UsageExit()
	}
	return 0
}

// only is the interface that the words ask for, "" for all.
func only(words []string) string {
	for _, w := range words {
		if w != "show" && w != "dev" && w != "list" && w != "ls" {
			return w
		}
	}
	return ""
}

func ipAddress(c *tool.Call, words []string, brief, four bool) {
	which, addr := only(words), address(c)
	if brief {
		line(c, "lo               UNKNOWN        127.0.0.1/8")
		if addr.IsValid() {
			line(c, fmt.Sprintf("eth0             UP             %s/24", addr))
		}
		return
	}
	if which == "" || which == "lo" {
		line(c, "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever")
		if !four {
			line(c, "    inet6 ::1/128 scope host\n       valid_lft forever preferred_lft forever")
		}
	}
	if addr.IsValid() && (which == "" || which == "eth0") {
		broadcast := addr.As4()
		broadcast[3] = 255
		line(c, fmt.Sprintf("2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN> mtu 1500 qdisc noqueue\n    link/ether %s brd ff:ff:ff:ff:ff:ff\n    inet %s/24 brd %s scope global eth0\n       valid_lft forever preferred_lft forever", hardware(addr), addr, netip.AddrFrom4(broadcast)))
	}
}

func ipLink(c *tool.Call, words []string, brief bool) {
	which, addr := only(words), address(c)
	if brief {
		line(c, "lo               UNKNOWN        00:00:00:00:00:00 <LOOPBACK,UP,LOWER_UP>")
		if addr.IsValid() {
			line(c, fmt.Sprintf("eth0             UP             %s <BROADCAST,MULTICAST,UP,LOWER_UP>", hardware(addr)))
		}
		return
	}
	if which == "" || which == "lo" {
		line(c, "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00")
	}
	if addr.IsValid() && (which == "" || which == "eth0") {
		line(c, fmt.Sprintf("2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN> mtu 1500 qdisc noqueue\n    link/ether %s brd ff:ff:ff:ff:ff:ff", hardware(addr)))
	}
}

func ipRoute(c *tool.Call, words []string) {
	if !address(c).IsValid() {
		return
	}
	if len(words) > 1 && words[0] == "get" {
		routeTo(c, words[1])
		return
	}
	for _, r := range c.Net().Routes() {
		line(c, destination(r, "default")+via(r)+scope(r))
	}
}

// routeTo shows the route that a packet to an address takes: the one to the smallest
// range that has it.
func routeTo(c *tool.Call, word string) {
	to, err := netip.ParseAddr(word)
	if err != nil {
		c.Fatalf("an inet prefix is expected rather than \"%s\"", word)
	}
	var best fabric.Route
	for _, r := range c.Net().Routes() {
		if r.To.Contains(to) && (!best.To.IsValid() || r.To.Bits() > best.To.Bits()) {
			best = r
		}
	}
	source := best.Source
	if !source.IsValid() {
		source = address(c)
	}
	line(c, fmt.Sprintf("%s%s  src %s", to, via(best), source))
}

func destination(r fabric.Route, everywhere string) string {
	if r.To.Bits() == 0 {
		return everywhere
	}
	return r.To.String()
}

func via(r fabric.Route) string {
	if r.Via.IsValid() {
		return fmt.Sprintf(" via %s dev %s", r.Via, r.Device)
	}
	return " dev " + r.Device
}

func scope(r fabric.Route) string {
	if r.Source.IsValid() {
		return fmt.Sprintf(" scope link  src %s", r.Source)
	}
	return ""
}

func routeTable(c *tool.Call) int {
	line(c, "Kernel IP routing table\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface")
	if c.Net() == nil {
		return 0
	}
	everywhere, direct := "default", "*"
	if c.Has("n") {
		everywhere, direct = "0.0.0.0", "0.0.0.0"
	}
	for _, r := range c.Net().Routes() {
		to, gateway, flags := destination(r, everywhere), direct, "U"
		if r.Via.IsValid() {
			gateway, flags = r.Via.String(), "UG"
		}
		to, _, _ = strings.Cut(to, "/")
		mask := net.IP(net.CIDRMask(r.To.Bits(), 32))
		line(c, fmt.Sprintf("%-15s %-15s %-15s %-5s 0      0        0 %s", to, gateway, mask, flags, r.Device))
	}
	return 0
}

func ifconfig(c *tool.Call) int {
	which, addr := "", address(c)
	if len(c.Args) > 0 {
		which = c.Args[0]
	}
	if which != "" && which != "lo" && (which != "eth0" || !addr.IsValid()) {
		c.Fatalf("%s: error fetching interface information: Device not found", which)
	}
	if addr.IsValid() && which != "lo" {
		broadcast := addr.As4()
		broadcast[3] = 255
		line(c, fmt.Sprintf("eth0      Link encap:Ethernet  HWaddr %s\n          inet addr:%s  Bcast:%s  Mask:255.255.255.0\n          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1\n", strings.ToUpper(hardware(addr)), addr, netip.AddrFrom4(broadcast)))
	}
	if which != "eth0" {
		line(c, "lo        Link encap:Local Loopback\n          inet addr:127.0.0.1  Mask:255.0.0.0\n          inet6 addr: ::1/128 Scope:Host\n          UP LOOPBACK RUNNING  MTU:65536  Metric:1\n")
	}
	return 0
}

func arp(c *tool.Call) int { return 0 }

func netstat(c *tool.Call) int {
	if c.Has("r") {
		return routeTable(c)
	}
	if c.Has("i") {
		return ifconfig(c)
	}
	what := "w/o servers"
	if c.Has("l") {
		what = "only servers"
	} else if c.Has("a") {
		what = "servers and established"
	}
	program := ""
	if c.Has("p") {
		program = "PID/Program name    "
	}
	line(c, fmt.Sprintf("Active Internet connections (%s)\nProto Recv-Q Send-Q Local Address           Foreign Address         State       %s", what, program))
	if c.Net() == nil || !c.Has("l") && !c.Has("a") {
		return 0
	}
	for _, l := range c.Net().Listeners() {
		if c.Has("t") && !strings.HasPrefix(l.Network, "tcp") && !c.Has("u") || c.Has("u") && !c.Has("t") && !strings.HasPrefix(l.Network, "udp") {
			continue
		}
		state := "LISTEN"
		if strings.HasPrefix(l.Network, "udp") {
			state = ""
		}
		text := fmt.Sprintf("%-5s %6d %6d %-23s %-23s %-11s", l.Network, 0, 0, l.Addr, "0.0.0.0:*", state)
		if c.Has("p") {
			text += " -"
		}
		line(c, text)
	}
	return 0
}

func ss(c *tool.Call) int {
	if !c.Has("H") {
		line(c, fmt.Sprintf("%-6s%-8s%-8s%-8s%20s%-8s%20s", "Netid", "State", "Recv-Q", "Send-Q", "Local Address:", "Port", "Peer Address:Port"))
	}
	if c.Net() == nil || !c.Has("l") && !c.Has("a") {
		return 0
	}
	for _, l := range c.Net().Listeners() {
		udp := strings.HasPrefix(l.Network, "udp")
		if c.Has("t") && !c.Has("u") && udp || c.Has("u") && !c.Has("t") && !udp {
			continue
		}
		state := "LISTEN"
		if udp {
			state = "UNCONN"
		}
		addr := l.Addr
		line(c, fmt.Sprintf("%-6s%-8s%-8d%-8d%20s%-8d%20s", l.Network[:3], state, 0, 4096, addr.Addr().String()+":", addr.Port(), "0.0.0.0:*"))
	}
	return 0
}
