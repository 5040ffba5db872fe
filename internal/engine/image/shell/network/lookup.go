package network

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"kubetutor/internal/engine/image/shell/tool"
)

// nameserver is the first one of /etc/resolv.conf.
func nameserver(c *tool.Call) string {
	text, err := c.FS().ReadFile("/etc/resolv.conf")
	if err != nil {
		return "127.0.0.1"
	}
	for entry := range strings.SplitSeq(string(text), "\n") {
		if words := strings.Fields(entry); len(words) > 1 && words[0] == "nameserver" {
			return words[1]
		}
	}
	return "127.0.0.1"
}

// search are the domains of /etc/resolv.conf that are tried with a name.
func search(c *tool.Call, name string) []string {
	names := []string{name}
	text, err := c.FS().ReadFile("/etc/resolv.conf")
	if err != nil || strings.HasSuffix(name, ".") {
		return names
	}
	for entry := range strings.SplitSeq(string(text), "\n") {
		if words := strings.Fields(entry); len(words) > 1 && words[0] == "search" {
			for _, domain := range words[1:] {
				names = append(names, name+"."+domain)
			}
		}
	}
	return names
}

// found is a name as it was found, with its addresses.
func found(c *tool.Call, name string) (full string, addrs []netip.Addr) {
	for _, candidate := range search(c, name) {
		addrs, err := c.Lookup(c.Ctx, strings.TrimSuffix(candidate, "."))
		if err == nil && len(addrs) > 0 {
			return strings.TrimSuffix(candidate, "."), addrs
		}
	}
	return name, nil
}

func nslookup(c *tool.Call) int {
	operands := slices.DeleteFunc(slices.Clone(c.Args), func(a string) bool { return strings.HasPrefix(a, "-") })
	if len(operands) == 0 {
		c.UsageExit()
	}
	server := nameserver(c)
	if len(operands) > 1 {
		server = operands[1]
	}
	line(c, fmt.Sprintf("Server:\t\t%s\nAddress:\t%s\n", server, joinPort(server, "53")))
	name, addrs := found(c, operands[0])
	if len(addrs) == 0 {
		line(c, fmt.Sprintf("** server can't find %s: NXDOMAIN\n", operands[0]))
		return 1
	}
	for _, addr := range addrs {
		line(c, fmt.Sprintf("Name:\t%s\nAddress: %s", name, addr))
	}
	line(c, "")
	return 0
}

func host(c *tool.Call) int {
	name, addrs := found(c, c.Args[0])
	if len(addrs) == 0 {
		line(c, fmt.Sprintf("Host %s not found: 3(NXDOMAIN)", c.Args[0]))
		return 1
	}
	for _, addr := range addrs {
		kind := "address"
		if addr.Is6() {
			kind = "IPv6 address"
		}
		line(c, fmt.Sprintf("%s has %s %s", name, kind, addr))
	}
	return 0
}

// dig answers questions for addresses.
func dig(c *tool.Call) int {
	short, useSearch, name, server := false, false, "", nameserver(c)
	for _, a := range c.Args {
		switch {
		case a == "+short":
			short = true
		case a == "+search":
			useSearch = true
		case strings.HasPrefix(a, "@"):
			server = a[1:]
		case strings.HasPrefix(a, "+") || strings.HasPrefix(a, "-") || slices.Contains([]string{"A", "AAAA", "ANY", "IN", "SRV"}, a):
		default:
			name = a
		}
	}
	full, addrs := strings.TrimSuffix(name, "."), []netip.Addr(nil)
	if useSearch {
		full, addrs = found(c, name)
	} else {
		addrs, _ = c.Lookup(c.Ctx, full)
	}
	if short {
		for _, addr := range addrs {
			line(c, addr.String())
		}
		return 0
	}
	status := "NOERROR"
	if len(addrs) == 0 {
		status = "NXDOMAIN"
	}
	line(c, fmt.Sprintf("\n; <<>> DiG 9.20 <<>> %s\n;; global options: +cmd\n;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: %s, id: 4711\n;; flags: qr aa rd; QUERY: 1, ANSWER: %d, AUTHORITY: 0, ADDITIONAL: 0\n\n;; QUESTION SECTION:\n;%s.\t\t\tIN\tA\n", strings.Join(c.Args, " "), status, len(addrs), full))
	if len(addrs) > 0 {
		line(c, ";; ANSWER SECTION:")
		for _, addr := range addrs {
			line(c, fmt.Sprintf("%s.\t\t5\tIN\tA\t%s", full, addr))
		}
		line(c, "")
	}
	line(c, fmt.Sprintf(";; Query time: 0 msec\n;; SERVER: %s#53(%s)\n;; WHEN: %s\n", server, server, time.Now().UTC().Format("Mon Jan 02 15:04:05 MST 2006")))
	return 0
}

func getent(c *tool.Call) int {
	database, keys := c.Args[0], c.Args[1:]
	switch database {
	case "hosts", "ahosts", "ahostsv4":
		return getentHosts(c, keys)
	case "passwd", "group":
		return getentFile(c, "/etc/"+database, keys)
	}
	c.Errorf("unknown database '%s'", database)
	return 1
}

func getentHosts(c *tool.Call, keys []string) int {
	code := 0
	for _, key := range keys {
		name, addrs := found(c, key)
		if len(addrs) == 0 {
			code = 2
		}
		for _, addr := range addrs {
			line(c, fmt.Sprintf("%-15s   %s  %s", addr, name, name))
		}
	}
	return code
}

func getentFile(c *tool.Call, file string, keys []string) int {
	text, err := c.FS().ReadFile(file)
	if err != nil {
		c.Fatalf("%s: %s", file, tool.Reason(err))
	}
	some := len(keys) == 0
	for entry := range strings.SplitSeq(strings.TrimSuffix(string(text), "\n"), "\n") {
		fields := strings.Split(entry, ":")
		if len(keys) == 0 || len(fields) > 2 && (slices.Contains(keys, fields[0]) || slices.Contains(keys, fields[2])) {
			line(c, entry)
			some = true
		}
	}
	if !some {
		return 2
	}
	return 0
}

// reach says whether there is somebody at an address, by trying to connect to a
// port that hardly anybody listens on: a refusal is an answer.
func reach(ctx context.Context, c *tool.Call, addr netip.Addr) (time.Duration, error) {
	began := time.Now()
	conn, err := c.Net().Dial(ctx, "tcp", netip.AddrPortFrom(addr, 7).String())
	if err == nil {
		conn.Close()
	}
	if err != nil && !isRefused(err) {
		return 0, err
	}
	return time.Since(began), nil
}

// pinger is one call of ping.
type pinger struct {
	*tool.Call
	addr           netip.Addr
	sent, received int
	least, sum     time.Duration
	most           time.Duration
}

func ping(c *tool.Call) int {
	addrs, err := resolve(c.Ctx, c, c.Args[0])
	if err != nil {
		c.Fatalf("bad address '%s'", c.Args[0])
	}
	if c.Net() == nil {
		c.Fatalf("sendto: Network unreachable")
	}
	p := &pinger{Call: c, addr: addrs[0]}
	size := c.Int("s", 56)
	line(c, fmt.Sprintf("PING %s (%s): %d data bytes", c.Args[0], p.addr, size))
	p.run(size)
	p.summary()
	if p.received == 0 {
		return 1
	}
	return 0
}

func (p *pinger) run(size int) {
	interrupted := p.Notify(2) // SIGINT shows the summary
	every := time.Second
	if text := p.Value("i", ""); text != "" {
		if d, err := time.ParseDuration(text + "s"); err == nil && d >= 10*time.Millisecond {
			every = d
		}
	}
	count := p.Int("c", 0)
	var end <-chan time.Time
	if p.Has("w") {
		end = time.After(time.Duration(p.Int("w", 0)) * time.Second)
	}
	for i := 0; count == 0 || i < count; i++ {
		next := time.After(every)
		p.once(i, size, count > 0 && i == count-1)
		p.Out.Flush()
		if i == count-1 {
			return
		}
		select {
		case <-next:
		case <-interrupted:
			return
		case <-end:
			return
		case <-p.Ctx.Done():
			return
		}
	}
}

func (p *pinger) once(i, size int, last bool) {
	wait := time.Second
	if last {
		wait = time.Duration(p.Int("W", 10)) * time.Second
	}
	ctx, cancel := context.WithTimeout(p.Ctx, wait)
	defer cancel()
	p.sent++
	took, err := reach(ctx, p.Call, p.addr)
	if err != nil {
		return
	}
	p.received++
	if p.received == 1 || took < p.least {
		p.least = took
	}
	p.most = max(p.most, took)
	p.sum += took
	if !p.Has("q") {
		line(p.Call, fmt.Sprintf("%d bytes from %s: seq=%d ttl=64 time=%.3f ms", size+8, p.addr, i, milliseconds(took)))
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func (p *pinger) summary() {
	lost := 0
	if p.sent > 0 {
		lost = 100 * (p.sent - p.received) / p.sent
	}
	line(p.Call, fmt.Sprintf("\n--- %s ping statistics ---\n%d packets transmitted, %d packets received, %d%% packet loss", p.Args[0], p.sent, p.received, lost))
	if p.received > 0 {
		average := p.sum / time.Duration(p.received)
		line(p.Call, fmt.Sprintf("round-trip min/avg/max = %.3f/%.3f/%.3f ms", milliseconds(p.least), milliseconds(average), milliseconds(p.most)))
	}
}

func traceroute(c *tool.Call) int {
	addrs, err := resolve(c.Ctx, c, c.Args[0])
	if err != nil {
		c.Fatalf("bad address '%s'", c.Args[0])
	}
	if c.Net() == nil {
		c.Fatalf("sendto: Network unreachable")
	}
	line(c, fmt.Sprintf("traceroute to %s (%s), %d hops max, 46 byte packets", c.Args[0], addrs[0], c.Int("m", 30)))
	ctx, cancel := context.WithTimeout(c.Ctx, 5*time.Second)
	defer cancel()
	took, err := reach(ctx, c, addrs[0])
	if err != nil {
		line(c, " 1  *  *  *")
		return 1
	}
	line(c, fmt.Sprintf(" 1  %s (%s)  %.3f ms", c.Args[0], addrs[0], milliseconds(took)))
	return 0
}
