package resolver

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Limits and defaults of resolv.conf(5).
const (
	maxServers  = 3
	maxNdots    = 15
	maxTimeout  = 30
	maxAttempts = 5

	defaultNdots    = 1
	defaultTimeout  = 5 * time.Second
	defaultAttempts = 2
)

// Port is where servers are asked.
const Port = 53

// Config is what a resolv.conf says.
type Config struct {
	Servers  []netip.Addr // one to three, in the order in which they are asked
	Search   []string     // domains, without the final dot
	Ndots    int          // a name with so many dots is tried as it is before the search list
	Timeout  time.Duration
	Attempts int // how often each server is asked

	Rotate        bool // begin with another server each time
	UseTCP        bool // option use-vc
	SingleRequest bool // ask for A and for AAAA one after the other; also option single-request-reopen
	EDNS0         bool // allow larger answers over UDP
	TrustAD       bool
	NoAAAA        bool
}

// ParseConfig reads a resolv.conf. It takes what it understands, as the C library
// does; nothing is an error.
func ParseConfig(text []byte) Config {
	c := Config{Ndots: defaultNdots, Timeout: defaultTimeout, Attempts: defaultAttempts}
	for line := range strings.Lines(string(text)) {
		keyword, rest, ok := cutWord(strings.TrimRight(line, "\r\n"))
		if !ok {
			continue
		}
		words := strings.Fields(rest)
		switch keyword {
		case "nameserver":
			c.addServer(words)
		case "domain":
			c.Search = domains(words[:min(1, len(words))])
		case "search":
			c.Search = domains(words)
		case "options":
			for _, word := range words {
				c.option(word)
			}
		}
	}
	if len(c.Servers) == 0 {
		c.Servers = []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	}
	return c
}

// cutWord splits a line at the space after its first word, which must stand at its
// beginning: comments do not.
func cutWord(line string) (word, rest string, ok bool) {
	at := strings.IndexAny(line, " \t")
	if at <= 0 {
		return "", "", false
	}
	return line[:at], line[at:], true
}

func (c *Config) addServer(words []string) {
	if len(words) == 0 || len(c.Servers) == maxServers {
		return
	}
	if addr, err := netip.ParseAddr(words[0]); err == nil {
		c.Servers = append(c.Servers, addr)
	}
}

// domains are words without their final dot. The root, which is nothing but that,
// stays.
func domains(words []string) (list []string) {
	for _, word := range words {
		if strings.HasPrefix(word, "#") || strings.HasPrefix(word, ";") {
			break
		}
		if word != "." {
			word = strings.TrimSuffix(word, ".")
		}
		list = append(list, word)
	}
	return list
}

func (c *Config) option(word string) {
	name, value, _ := strings.Cut(word, ":")
	switch name {
	case "ndots":
		c.Ndots = bounded(value, 0, maxNdots, c.Ndots)
	case "timeout":
		c.Timeout = time.Duration(bounded(value, 1, maxTimeout, int(c.Timeout/time.Second))) * time.Second
	case "attempts":
		c.Attempts = bounded(value, 1, maxAttempts, c.Attempts)
	case "rotate":
		c.Rotate = true
	case "use-vc":
		c.UseTCP = true
	case "single-request", "single-request-reopen":
		c.SingleRequest = true
	case "edns0":
		c.EDNS0 = true
	case "trust-ad":
		c.TrustAD = true
	case "no-aaaa":
		c.NoAAAA = true
	}
}

// bounded reads a number and brings it between two others; otherwise is what holds
// if it is none.
func bounded(text string, least, most, otherwise int) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return otherwise
	}
	return min(max(n, least), most)
}

// Candidates are the names that the C library tries for a name, in their order. A
// final dot means: this name and no other.
func (c Config) Candidates(name string) []string {
	bare, absolute := strings.CutSuffix(name, ".")
	if absolute {
		return []string{bare}
	}
	var list []string
	for _, domain := range c.Search {
		if domain == "." {
			list = append(list, bare)
		} else {
			list = append(list, bare+"."+domain)
		}
	}
	if strings.Count(bare, ".") >= c.Ndots {
		return append([]string{bare}, list...)
	}
	return append(list, bare)
}
