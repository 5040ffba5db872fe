// Package apps lists the applications that images hold: servers and tools that
// are more than the small programs of a shell. Each has a package of its own.
package apps

import (
	"kubetutor/internal/engine/image/apps/agnhost"
	"kubetutor/internal/engine/image/apps/nginx"
	"kubetutor/internal/engine/image/apps/pause"
	"kubetutor/internal/engine/image/apps/stress"
	"kubetutor/internal/engine/kernel"
)

// Maker makes an application of the given version.
type Maker func(version string) kernel.Program

// Makers are all applications, by the name that the catalogue's data use.
func Makers() map[string]Maker {
	return map[string]Maker{
		"agnhost":           agnhost.Program,
		"envsubst":          envsubst,
		"nginx":             nginx.Program,
		"pause":             pause.Program,
		"resource-consumer": stress.Consumer,
		"stress":            stress.Classic,
		"stress-ng":         stress.NG,
		"vish-stress":       stress.VishProgram,
	}
}
