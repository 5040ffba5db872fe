package join

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// Address is where to connect to for what somebody types: host, host:port, an
// address of either kind with a port or without, or the link ssh://class@host:port.
func Address(typed string) (string, error) {
	host := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(typed), "ssh://"), "/")
	if at := strings.LastIndex(host, "@"); at >= 0 {
		host = host[at+1:]
	}
	port := strconv.Itoa(Port)
	if bare := strings.Trim(host, "[]"); isIPv6(bare) {
		host = bare
	} else if strings.Contains(host, ":") {
		var err error
		if host, port, err = net.SplitHostPort(host); err != nil {
			return "", fmt.Errorf("%q is no address of a class: %w", typed, err)
		}
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", fmt.Errorf("%q is no address of a class: %q is no port", typed, port)
	}
	if err := checkHost(host); err != nil {
		return "", fmt.Errorf("%q is no address of a class: %w", typed, err)
	}
	return net.JoinHostPort(host, port), nil
}

func isIPv6(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6()
}

// checkHost refuses what can be no host's name. The resolver decides about the
// rest.
func checkHost(host string) error {
	if host == "" {
		return errors.New("it names no host")
	}
	if isIPv6(host) {
		return nil
	}
	if strings.HasPrefix(host, "-") || strings.ContainsFunc(host, func(r rune) bool { return r <= ' ' || strings.ContainsRune(`/\:,*?!#@[]"'|`, r) }) {
		return fmt.Errorf("%q is no name of a host", host)
	}
	return nil
}
