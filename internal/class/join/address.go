package join

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
)

// Address is where to connect to for what somebody types: host, host:port, an
// address of either kind with a port or without, or the link ssh://class@host:port.
func Address(typed string) (string, error) {
	host := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(typed), "ssh://"), "/")
	if at := strings.LastIndex(host, "@"); at >= 0 {
		host = host[at+1:]
	}
	host, port, err := split(host)
	if err != nil {
		return "", fmt.Errorf("%q is no address of a class: %w", typed, err)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", fmt.Errorf("%q is no address of a class: %q is no port", typed, port)
	}
	if err := checkHost(host); err != nil {
		return "", fmt.Errorf("%q is no address of a class: %w", typed, err)
	}
	return net.JoinHostPort(host, port), nil
}

// split takes host and port apart, and fills in the port.
func split(address string) (host, port string, err error) {
	bare, bracketed := strings.CutPrefix(address, "[")
	bare, whole := strings.CutSuffix(bare, "]")
	switch {
	case bracketed == whole && isIPv6(bare):
		return bare, strconv.Itoa(Port), nil
	case strings.Contains(address, ":"):
		return net.SplitHostPort(address)
	}
	return address, strconv.Itoa(Port), nil
}

// isIPv6 tells whether a text is an address of IPv6, with a zone or without. What a
// zone may be is left to the system, but for what could be taken for something else.
func isIPv6(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6() && !strings.ContainsFunc(a.Zone(), notInNames)
}

// notInNames tells which characters are in no name of a host or a zone.
func notInNames(r rune) bool {
	return r <= ' ' || unicode.IsControl(r) || unicode.IsSpace(r) || strings.ContainsRune(`/\:,*?!#@[]"'|%`, r)
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
	if strings.HasPrefix(host, "-") || strings.ContainsFunc(host, notInNames) {
		return fmt.Errorf("%q is no name of a host", host)
	}
	return nil
}
