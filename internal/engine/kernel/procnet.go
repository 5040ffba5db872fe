package kernel

import (
	"fmt"
	"net/netip"
	"strings"
)

// netDir is /proc/PID/net.
func (p *procfs) netDir() node {
	return folder(p.dir(p.own), map[string]node{
		"tcp": p.file(func() string { return p.sockets("tcp") }),
		"udp": p.file(func() string { return p.sockets("udp") }),
		"dev": p.file(p.interfaces),
	})
}

// sockets lists what listens, in the words of /proc/net/tcp.
func (p *procfs) sockets(network string) string {
	var b strings.Builder
	b.WriteString("  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n")
	if p.f.c.net == nil {
		return b.String()
	}
	for i, l := range p.f.c.net.Listeners() {
		if l.Network == network {
			fmt.Fprintf(&b, "%4d: %s %s 0A 00000000:00000000 00:00000000 00000000     0        0 %d 1\n", i, hexAddr(l.Addr), "00000000:0000", 1000+i)
		}
	}
	return b.String()
}

// hexAddr writes an address as the kernel does: the bytes of a little-endian machine's word.
func hexAddr(a netip.AddrPort) string {
	ip := a.Addr().Unmap()
	if !ip.Is4() {
		ip = netip.IPv4Unspecified()
	}
	b := ip.As4()
	return fmt.Sprintf("%02X%02X%02X%02X:%04X", b[3], b[2], b[1], b[0], a.Port())
}

func (p *procfs) interfaces() string {
	const head = "Inter-|   Receive                                                |  Transmit\n" +
		" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n"
	line := func(name string) string { return fmt.Sprintf("%6s: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n", name) }
	if p.f.c.net == nil || !p.f.c.net.IP().IsValid() {
		return head + line("lo")
	}
	return head + line("lo") + line("eth0")
}
