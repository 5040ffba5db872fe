package dns

import (
	"fmt"
	"net/netip"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
)

// setupBind chooses the addresses to serve at: addresses, or interfaces of the
// container. Upstream's knows the machine's interfaces.
func setupBind(c *caddy.Controller) error {
	i := instanceOf(c)
	interfaces := map[string]string{"lo": "127.0.0.1", "eth0": i.server.p.Net().IP().String()}
	var hosts []string
	except := map[string]bool{}
	for c.Next() {
		args := c.RemainingArgs()
		if len(args) == 0 {
			return plugin.Error("bind", fmt.Errorf("at least one address or interface name is expected"))
		}
		for _, arg := range args {
			host, ok := interfaces[arg]
			if !ok {
				if _, err := netip.ParseAddr(arg); err != nil {
					return plugin.Error("bind", fmt.Errorf("not a valid IP address or interface name: %q", arg))
				}
				host = arg
			}
			hosts = append(hosts, host)
		}
		err := properties(c, map[string]func([]string) error{"except": some(c, func(args []string) error {
			for _, arg := range args {
				except[arg], except[interfaces[arg]] = true, true
			}
			return nil
		})})
		if err != nil {
			return plugin.Error("bind", err)
		}
	}
	config := dnsserver.GetConfig(c)
	config.ListenHosts = nil
	for _, host := range hosts {
		if !except[host] {
			config.ListenHosts = append(config.ListenHosts, host)
		}
	}
	return nil
}
