package dns

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
)

// setupBind chooses the addresses to serve at: addresses, or interfaces of the
// container. Upstream's knows the machine's interfaces.
func setupBind(c *caddy.Controller) error {
	b := bound{"lo": "127.0.0.1", "eth0": instanceOf(c).server.p.Net().IP().String()}
	var hosts, except []string
	for c.Next() {
		args := c.RemainingArgs()
		if len(args) == 0 {
			return plugin.Error("bind", errors.New("at least one address or interface name is expected"))
		}
		err := properties(c, map[string]func([]string) error{"except": some(c, func(args []string) error { return b.addresses(args, &except) })})
		if err = errors.Join(b.addresses(args, &hosts), err); err != nil {
			return plugin.Error("bind", err)
		}
	}
	dnsserver.GetConfig(c).ListenHosts = slices.DeleteFunc(hosts, func(host string) bool { return slices.Contains(except, host) })
	return nil
}

// bound are the interfaces of a container with their addresses.
type bound map[string]string

// addresses appends what words name.
func (b bound) addresses(words []string, to *[]string) error {
	for _, word := range words {
		host, known := b[word]
		if !known {
			if _, err := netip.ParseAddr(word); err != nil {
				return fmt.Errorf("not a valid IP address or interface name: %q", word)
			}
			host = word
		}
		*to = append(*to, host)
	}
	return nil
}
