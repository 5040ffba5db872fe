package network

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"kubetutor/internal/engine/image/shell/tool"
)

// errUnknownHost says that a name has no address.
var errUnknownHost = errors.New("unknown host")

// resolve finds the addresses of a host.
func resolve(ctx context.Context, c *tool.Call, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr}, nil
	}
	addrs, err := c.Lookup(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnknownHost, err)
	}
	if len(addrs) == 0 {
		return nil, errUnknownHost
	}
	return addrs, nil
}

// dial connects to a host, by name or address, and a port.
func dial(ctx context.Context, c *tool.Call, network, host, port string) (net.Conn, netip.Addr, error) {
	addrs, err := resolve(ctx, c, host)
	if err != nil {
		return nil, netip.Addr{}, err
	}
	if c.Net() == nil {
		return nil, addrs[0], errors.New("network is unreachable")
	}
	var last error
	for _, addr := range addrs {
		conn, err := c.Net().Dial(ctx, network, net.JoinHostPort(addr.String(), port))
		if err == nil {
			return conn, addr, nil
		}
		last = err
	}
	return nil, addrs[0], last
}

// transport is an HTTP transport over the container's network. Each request has
// a connection of its own, as with a program that runs once.
func transport(c *tool.Call, config *tls.Config) *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			host, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			conn, _, err := dial(ctx, c, network, host, port)
			return conn, err
		},
		TLSClientConfig: config, DisableKeepAlives: true, DisableCompression: true,
		TLSHandshakeTimeout: time.Minute,
	}
}

func sortedKeys(header http.Header) []string { return slices.Sorted(maps.Keys(header)) }

func isUnknown(err error) bool { return errors.Is(err, errUnknownHost) }
