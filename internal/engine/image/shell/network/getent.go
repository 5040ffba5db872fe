package network

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/resolver"
)

// getentMissing is the exit status when a key is not found.
const getentMissing = 2

func getent(c *tool.Call) int {
	database, keys := c.Args[0], c.Args[1:]
	switch database {
	case "hosts":
		return getentHosts(c, keys)
	case "ahosts", "ahostsv4":
		return getentAll(c, keys)
	case "passwd", "group":
		return getentFile(c, "/etc/"+database, keys)
	}
	c.Errorf("unknown database '%s'", database)
	return 1
}

// getentHosts shows names and addresses in the way of hosts(5): all lines of
// /etc/hosts without a key.
func getentHosts(c *tool.Call, keys []string) (code int) {
	r := c.Resolver()
	if len(keys) == 0 {
		for _, h := range r.Hosts() {
			hostLine(c, h.Addr, h.Names, r.Musl)
		}
	}
	for _, key := range keys {
		if !getentHost(c, r, key) {
			code = getentMissing
		}
	}
	return code
}

// getentHost shows what is known of a name or an address; it is false if that is
// nothing.
func getentHost(c *tool.Call, r resolver.Resolver, key string) bool {
	if addr, err := netip.ParseAddr(key); err == nil {
		names, err := r.Reverse(c.Ctx, addr)
		if err == nil {
			hostLine(c, addr, names, r.Musl)
		}
		return err == nil
	}
	found, err := r.Lookup(c.Ctx, key)
	for _, addr := range found.Addrs {
		hostLine(c, addr, aliases(r, found.Canonical, key, addr), r.Musl)
	}
	return err == nil
}

// aliases are the names that gethostbyname(3) returns: the GNU C library's has the
// aliases of a line in /etc/hosts, musl's the canonical name again and what was
// asked for.
func aliases(r resolver.Resolver, canonical, key string, addr netip.Addr) []string {
	switch known := r.Hosts().Names(addr); {
	case r.Musl && key != canonical:
		return []string{canonical, canonical, key}
	case r.Musl:
		return []string{canonical, canonical}
	case len(known) > 0 && known[0] == canonical:
		return known
	}
	return []string{canonical}
}

// hostLine is a line of the GNU C library's getent, or of musl's.
func hostLine(c *tool.Call, addr netip.Addr, names []string, musl bool) {
	if musl {
		line(c, strings.TrimRight(fmt.Sprintf("%-16s  %s  %s", addr, names[0], strings.Join(names[1:], " ")), " "))
		return
	}
	line(c, fmt.Sprintf("%-15s %s", addr, strings.Join(names, " ")))
}

// getentAll shows what getaddrinfo(3) returns: every address for every type of
// socket.
func getentAll(c *tool.Call, keys []string) (code int) {
	for _, key := range keys {
		found, err := c.Resolver().Lookup(c.Ctx, key)
		if err != nil {
			code = getentMissing
			continue
		}
		for i, addr := range found.Addrs {
			name := ""
			if i == 0 {
				name = found.Canonical
			}
			line(c, fmt.Sprintf("%-15s STREAM %s", addr, name))
			line(c, fmt.Sprintf("%-15s DGRAM  ", addr))
			line(c, fmt.Sprintf("%-15s RAW    ", addr))
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
