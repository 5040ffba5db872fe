// Command kubetutor is an interactive terminal tutor for Kubernetes.
package main

import (
	"os"

	"kubetutor/internal/cli"
)

// Set by the linker in a release, which holds kubelab beside kubetutor.
var (
	version  string
	engineID string
)

func main() { os.Exit(cli.Main(cli.Build{Version: version, EngineID: engineID})) }
