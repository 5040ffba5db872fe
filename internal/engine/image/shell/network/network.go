// Package network holds the small programs that use the network. All they do
// goes through the container's network namespace.
package network

import "kubetutor/internal/engine/image/shell/tool"

// Commands are the programs by name.
func Commands() map[string]tool.Command {
	const (
		wgetUsage = "[-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR] [--post-data STR | --post-file FILE] [-Y on/off] [--no-check-certificate] [-P DIR] [-U AGENT] [-T SEC] URL..."
		ncUsage   = "[-iN] [-wN] [-l] [-p PORT] [-f FILE|IPADDR PORT] [-e PROG]"
	)
	return map[string]tool.Command{
		"arp":        {Raw: true, Run: arp},
		"curl":       {Raw: true, Run: curl},
		"getent":     {Usage: "DATABASE [KEY]...", Min: 1, Run: getent},
		"host":       {Flags: "t:v4aTW:R:", Usage: "[-T] [-t TYPE] HOST [SERVER]", Min: 1, Max: 2, Run: host},
		"dig":        {Raw: true, Run: dig},
		"httpd":      {Flags: "ifvp:u:r:m:h:c:", Usage: "[-ifv[v]] [-c CONFFILE] [-p [IP:]PORT] [-u USER[:GRP]] [-h HOME]", Run: httpd},
		"ifconfig":   {Flags: "a", Usage: "[-a] [INTERFACE]", Run: ifconfig},
		"ip":         {Raw: true, Usage: "[OPTIONS] address|route|link|neigh [ARGS]", Run: ip},
		"nc":         {Raw: true, Usage: ncUsage, Run: nc},
		"netcat":     {Raw: true, Usage: ncUsage, Run: nc},
		"netstat":    {Flags: "ralnetuwxpWi", Usage: "[-ral] [-tuwx] [-enWp]", Run: netstat},
		"nslookup":   {Raw: true, Usage: "[-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]", Run: nslookup},
		"ping":       {Flags: "c:i:w:W:s:qA46t:I:", Usage: "[OPTIONS] HOST", Min: 1, Max: 1, Run: ping},
		"ping6":      {Flags: "c:i:w:W:s:q", Usage: "[OPTIONS] HOST", Min: 1, Max: 1, Run: ping},
		"route":      {Flags: "n", Usage: "[-n]", Run: func(c *tool.Call) int { return routeTable(c) }},
		"ss":         {Flags: "tulnpaH4", Usage: "[-tulnpaH]", Run: ss},
		"telnet":     {Flags: "ae:l:", Usage: "[-a] [-l USER] HOST [PORT]", Min: 1, Max: 2, Run: telnet},
		"traceroute": {Flags: "nIm:q:w:p:", Usage: "[-n] [-m MAXTTL] [-q PROBES] [-w SEC] HOST [BYTES]", Min: 1, Max: 2, Run: traceroute},
		"wget":       {Raw: true, Usage: wgetUsage, Run: wget},
	}
}

func line(c *tool.Call, text string) { _, _ = c.Out.WriteString(text + "\n") }
