// Package engine is the program kubelab: it tells from its name and its first
// argument what it is to be, and wires the parts of the daemon together. Only
// below this package is Kubernetes imported.
//
//	kubectl ...          (called by that name) upstream kubectl
//	crictl ...           (called by that name, or as kubelab crictl) a small crictl
//	kubelab serve ...    the daemon of one cluster
//	kubelab tool         a worker of the console
//	kubelab node FILE    the kubelet of a node
//	kubelab runtime ...  the containers of all nodes
//	kubelab version      the engine's id and its Kubernetes
package engine

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"kubetutor/internal/engine/addon/pods"
	"kubetutor/internal/engine/console"
	"kubetutor/internal/engine/controlplane/release"
	"kubetutor/internal/engine/cri"
	"kubetutor/internal/engine/crictl"
	"kubetutor/internal/engine/node"
	"kubetutor/internal/engine/server"
)

// Exit codes of kubelab serve.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
	exitTaken  = 3 // another daemon serves this cluster
)

const usage = `usage: kubelab serve --name NAME --state DIR --sockets DIR [--idle 30m] [--guest] [--kubeconfig FILE --context NAME]
       kubelab version

This is the engine of kubetutor, which starts it when it is needed.
`

// Main runs the program and returns its exit code. Id names the sources that
// made it; args is os.Args.
func Main(id string, args []string) int {
	switch strings.TrimSuffix(filepath.Base(args[0]), ".exe") {
	case "kubectl":
		return console.KubectlMain()
	case "crictl":
		return crictl.Main(args)
	}
	if len(args) < 2 {
		fmt.Fprint(os.Stderr, usage)
		return exitUsage
	}
	switch args[1] {
	case "serve":
		return serveMain(id, args[2:])
	case "tool":
		return console.ToolMain(args[2:])
	case "node":
		return node.Main(args[2:])
	case "runtime":
		return cri.Main(id, args[2:], pods.Programs())
	case "crictl":
		return crictl.Main(args[1:])
	case "version":
		fmt.Printf("kubelab %s, Kubernetes %s\n", id, release.Version)
		return exitOK
	default:
		fmt.Fprint(os.Stderr, usage)
		return exitUsage
	}
}

// config is what kubelab serve is told.
type config struct {
	id, name, state, sockets string
	idle                     time.Duration
	kubeconfig, context      string
	guest                    bool
}

// defaultIdle is how long an engine that nobody needs keeps its cluster up.
const defaultIdle = 30 * time.Minute

func parseServe(id string, args []string) (config, error) {
	c := config{id: id}
	flags := flag.NewFlagSet("kubelab serve", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&c.name, "name", "main", "name of the cluster")
	flags.StringVar(&c.state, "state", "", "directory of the cluster's state")
	flags.StringVar(&c.sockets, "sockets", "", "directory of the sockets, short")
	flags.DurationVar(&c.idle, "idle", defaultIdle, "sleep after so long without use; 0 is never")
	flags.StringVar(&c.kubeconfig, "kubeconfig", "", "do the labs on the cluster of this kubeconfig")
	flags.StringVar(&c.context, "context", "", "its context")
	flags.BoolVar(&c.guest, "guest", false, "who uses it is not at this machine: open no port of it for them")
	if err := flags.Parse(args); err != nil {
		return c, err
	}
	if c.guest && c.kubeconfig != "" {
		return c, errors.New("serve: no guest does labs on a cluster of somebody's own")
	}
	if c.state == "" || c.sockets == "" || flags.NArg() > 0 {
		return c, errors.New("serve needs --state and --sockets, and no other arguments")
	}
	return c, nil
}

func serveMain(id string, args []string) int {
	c, err := parseServe(id, args)
	if err != nil {
		fmt.Fprintf(os.Stderr, "kubelab: %v\n%s", err, usage)
		return exitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A terminal that goes away is no reason to end: the daemon has none.
	signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE)
	closeInherited()
	// Clients name themselves after the program, and managedFields and the audit
	// log show the name. The controllers write most; the scheduler shares their name.
	os.Args = []string{"kube-controller-manager"}
	err = serve(ctx, c)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, server.ErrTaken):
		fmt.Fprintf(os.Stderr, "kubelab: cluster %s: %v\n", c.name, err)
		return exitTaken
	default:
		fmt.Fprintf(os.Stderr, "kubelab: %v\n", err)
		return exitFailed
	}
}
