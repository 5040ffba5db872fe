// Package network holds the small programs that use the network. All they do
// goes through the container's network namespace.
package network

import "kubetutor/internal/engine/image/shell/tool"

// Commands are the programs by name.
func Commands() map[string]tool.Command {
	return map[string]tool.Command{
		"wget": {Raw: true, Usage: "[-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR] [--post-data STR | --post-file FILE] [-Y on/off] [--no-check-certificate] [-P DIR] [-U AGENT] [-T SEC] URL...", Run: wget},
	}
}

func line(c *tool.Call, text string) { _, _ = c.Out.WriteString(text + "\n") }
