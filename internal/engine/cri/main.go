package cri

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"

	"kubetutor/internal/engine/confine"
	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/engine/image"
	"kubetutor/internal/engine/image/shell"
	"kubetutor/internal/engine/kernel"
	"kubetutor/internal/engine/peer"
)

// Exit codes of kubelab runtime.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

const usage = "usage: kubelab runtime --sockets DIR --state DIR\n"

// Memory of the process: the collector runs often, because what the programs of
// containers hold is little and short-lived, and hurries beyond the soft limit.
const (
	collectPercent = 50
	softLimit      = 256 << 20 // bytes
	// hardLimit is what the process may take at most, in bytes of data.
	hardLimit = 2 << 30
)

// Main is the process kubelab runtime: it serves the control socket
// (control.SocketName in the directory of sockets) until nobody holds a leash
// any more, or a signal ends it. Id names the sources that made it; args are
// those after "runtime". The images hold the tools of package shell and the
// further programs. It returns the exit code.
func Main(id string, args []string, further kernel.Programs) int {
	programs := shell.Programs()
	maps.Copy(programs, further)
	return runWith(id, args, programs)
}

// runWith is Main with other tools in the images.
func runWith(id string, args []string, programs kernel.Programs) int {
	var sockets, state string
	flags := flag.NewFlagSet("kubelab runtime", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&sockets, "sockets", "", "directory of the sockets, short")
	flags.StringVar(&state, "state", "", "directory of the cluster's state")
	if err := flags.Parse(args); err != nil || sockets == "" || state == "" || flags.NArg() > 0 {
		fmt.Fprint(os.Stderr, usage)
		return exitUsage
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectPercent)
	}
	debug.SetMemoryLimit(softLimit)
	if err := bound(); err != nil {
		fmt.Fprintf(os.Stderr, "kubelab runtime: %v\n", err)
		return exitFailed
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A terminal that goes away is no reason to end: there is a leash for that.
	signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE)
	if err := serve(ctx, id, sockets, state, programs); err != nil {
		fmt.Fprintf(os.Stderr, "kubelab runtime: %v\n", err)
		return exitFailed
	}
	return exitOK
}

// serve runs the runtime until ctx ends or the last leash is gone.
func serve(ctx context.Context, id, sockets, state string, programs kernel.Programs) error {
	for _, dir := range []string{sockets, state} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("making a directory of the runtime: %w", err)
		}
	}
	// Containers are kept in their place by the simulation; should one find a way
	// out of it, there is nothing else to be found.
	if err := confine.Files(sockets, state); err != nil {
		return err
	}
	l, err := peer.Listen(filepath.Join(sockets, control.SocketName))
	if errors.Is(err, peer.ErrInUse) {
		return errors.New("another runtime serves this cluster")
	}
	if err != nil {
		return err
	}
	defer l.Close()
	r, err := NewRuntime(Options{Engine: id, State: state, Catalogue: image.New(programs, nil),
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err != nil {
		return err
	}
	defer r.Close()
	server := control.NewServer(r)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-server.Abandoned():
			cancel()
		case <-ctx.Done():
		}
	}()
	return server.Serve(ctx, l)
}
