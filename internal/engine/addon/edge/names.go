package edge

import "strings"

// Covers says whether a host name matches a pattern: a name, "*." and a suffix
// for one or more labels before it, or nothing for any. Upper and lower case are
// alike. Name has no port.
func Covers(pattern, name string) bool {
	if pattern == "" || strings.EqualFold(pattern, name) {
		return true
	}
	suffix, wild := strings.CutPrefix(pattern, "*")
	return wild && len(name) > len(suffix) && strings.EqualFold(name[len(name)-len(suffix):], suffix)
}

// MoreSpecific says whether pattern a comes before b: a name before wildcards,
// the longer wildcard before the shorter, any host last.
func MoreSpecific(a, b string) bool {
	wildA, wildB := strings.HasPrefix(a, "*"), strings.HasPrefix(b, "*")
	switch {
	case a == "" || b == "":
		return a != "" && b == ""
	case wildA != wildB:
		return wildB
	case wildA:
		return len(a) > len(b)
	}
	return false
}

// hostFor is the most specific host that covers a name, or nil.
func hostFor(hosts []Host, name string) *Host {
	var best *Host
	for i := range hosts {
		h := &hosts[i]
		if Covers(h.Name, name) && (best == nil || MoreSpecific(h.Name, best.Name)) {
			best = h
		}
	}
	return best
}

// Hostname is the host of a request without its port, in lower case.
func Hostname(hostport string) string {
	host := hostport
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.Contains(host[i:], "]") {
		host = host[:i]
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}
