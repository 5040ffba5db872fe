package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"

	"kubetutor/internal/engine/check"
	"kubetutor/internal/engine/console"
	"kubetutor/internal/engine/server"
)

// The garbage collector's settings: a control plane at rest lives on some 150
// MB, most of it caches that live long, so that a collector which runs often
// costs little and keeps the daemon small.
const (
	gcPercent = 50
	// warmWorkers is one: a worker takes 60 MB and 150 ms to start, and the next
	// one is ready before a learner has typed another line.
	warmWorkers = 1
)

// serve wires the daemon's parts and runs it until ctx ends or it has nothing
// more to do.
func serve(ctx context.Context, c config) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	home, err := server.Claim(ctx, c.name, c.state, c.sockets)
	if err != nil {
		return err
	}
	defer home.Release()
	logFile, err := server.OpenLog(home.LogFile())
	if err != nil {
		return err
	}
	defer logFile.Close()
	log := slog.New(slog.NewTextHandler(logFile, nil))
	if err := debug.SetCrashOutput(crashFile(home.LogFile()), debug.CrashOptions{}); err != nil {
		log.Warn("a crash will not be logged", "error", err)
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding the engine's own file: %w", err)
	}
	learner := &server.Kubeconfig{}
	own := &ownBackend{id: c.id, program: program, guest: c.guest, home: home, out: logFile, log: log}
	tools := console.New(console.Config{
		Workspace: home.Workspace(), Kubeconfig: learner.Get, Program: program, Nodes: own.endpoints, Explain: own.explain,
		Guest:   c.guest,
		History: home.History(), Warm: warmWorkers, Private: home.Consoles(),
	})
	daemon := server.New(server.Options{
		ID: c.id, Home: home, Backend: backendFor(c, own), Console: tools, Rules: rules(),
		Learner: learner, Log: log, Idle: c.idle,
	})
	err = daemon.Run(ctx)
	return errors.Join(err, tools.Close())
}

// crashFile is where the runtime writes why the process died. It is the log
// itself, opened apart from it; nil where that fails.
func crashFile(path string) *os.File {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil
	}
	return f
}

// backendFor chooses between a control plane of our own and the learner's
// cluster.
func backendFor(c config, own *ownBackend) server.Backend {
	if c.kubeconfig != "" {
		return &foreignBackend{home: own.home, file: c.kubeconfig, context: c.context}
	}
	return own
}

func rules() server.Rules {
	return server.Rules{Hash: check.Hash, Compile: check.CompileAll}
}
