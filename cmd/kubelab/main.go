// Kubelab is the engine of kubetutor: Kubernetes in one process, and what
// judges and serves its labs.
package main

import (
	"os"

	"kubetutor/internal/engine"
)

// id names the sources that made this program. It is set by
// -ldflags "-X main.id=…".
var id = "dev"

func main() { os.Exit(engine.Main(id, os.Args)) }
