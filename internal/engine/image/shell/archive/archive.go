// Package archive holds tar and the programs that compress.
package archive

import "kubetutor/internal/engine/image/shell/tool"

// Commands are the programs by name.
func Commands() map[string]tool.Command {
	return map[string]tool.Command{}
}
