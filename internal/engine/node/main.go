package node

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"kubetutor/internal/engine/node/config"
)

// Exit codes of kubelab node.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// Memory of a kubelet: what it keeps is about 12 MB, and its garbage is worth
// less than the memory of the user's machine. The limit is soft.
const (
	gcPercent   = 30
	memoryLimit = 64 << 20
)

// Main runs a node's kubelet until standard input ends, which is the leash by
// which its daemon holds it, or a signal comes. Args holds the path of the
// node's file. It returns the exit code of the process.
func Main(args []string) int {
	if len(args) != 1 {
		fmt.Fprintln(os.Stderr, "usage: kubelab node FILE")
		return exitUsage
	}
	c, err := config.Read(args[0])
	if err != nil {
		fmt.Fprintf(os.Stderr, "kubelab node: %v\n", err)
		return exitFailed
	}
	os.Args = []string{"kubelet"} // whence its clients have their name, which managedFields and the audit log show
	debug.SetGCPercent(gcPercent)
	debug.SetMemoryLimit(memoryLimit)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE)
	ctx, end := context.WithCancel(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // nothing comes but the end
		end()
	}()
	if err := Run(ctx, c); err != nil && ctx.Err() == nil {
		fmt.Fprintf(os.Stderr, "kubelab node: %v\n", err)
		return exitFailed
	}
	return exitOK
}
