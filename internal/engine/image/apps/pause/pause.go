// Package pause is the container that holds a pod's namespaces: it waits.
package pause

import (
	"context"
	"fmt"

	"kubetutor/internal/engine/kernel"
)

// memory is what it holds, in bytes.
const memory = 200 << 10

// Program is pause in the given version. It follows build/pause/linux/pause.c
// of Kubernetes.
func Program(version string) kernel.Program {
	return func(ctx context.Context, p *kernel.Process) int {
		for _, arg := range p.Args()[1:] {
			if arg == "-v" {
				fmt.Fprintf(p.Stdout(), "pause.c %s\n", version)
				return 0
			}
		}
		if p.Grow(memory) != nil {
			return 1
		}
		if p.PID() != 1 {
			fmt.Fprintln(p.Stderr(), "Warning: pause should be the first process")
		}
		p.Notify(kernel.SIGCHLD) // it reaps: the kernel does that for process 1
		select {
		case s := <-p.Notify(kernel.SIGINT, kernel.SIGTERM):
			name := map[kernel.Signal]string{kernel.SIGINT: "Interrupt", kernel.SIGTERM: "Terminated"}[s]
			fmt.Fprintf(p.Stderr(), "Shutting down, got signal: %s\n", name)
			return 0
		case <-ctx.Done():
			return 0
		}
	}
}
