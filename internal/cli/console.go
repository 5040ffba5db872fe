package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/plain"
)

// newCmdConsole opens the tutor's own command line.
func newCmdConsole(f *Factory) *cobra.Command {
	var command string
	cmd := &cobra.Command{
		Use: "console", Short: f.Words.Console, Long: f.Words.ConsoleLong, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runConsole(cmd.Context(), f, command, cmd.Flags().Changed("command"))
		},
	}
	cmd.Flags().StringVarP(&command, "command", "c", "", f.Words.FlagCommand)
	return cmd
}

// runConsole runs one command, or reads them until the end of input.
func runConsole(ctx context.Context, f *Factory, command string, one bool) error {
	labs, err := f.Labs()
	if err != nil {
		return err
	}
	columns, rows := f.IO.Size()
	con, err := labs.OpenConsole(ctx, protocol.OpenConsole{Columns: columns, Rows: rows, Terminal: f.IO.Terminal()})
	if err != nil {
		return err
	}
	defer con.Close()
	session := f.session(con, one)
	var code int
	if one {
		code, err = session.Once(ctx, command)
	} else {
		code, err = session.Run(ctx)
	}
	if err != nil {
		return err
	}
	return f.exit(code)
}

// session runs lines from the terminal, with history and completion, or from
// whatever standard input is.
func (f *Factory) session(con lab.Console, one bool) *plain.Session {
	s := &plain.Session{
		Console: con, Out: f.IO.Out, Err: f.IO.Err, Words: f.Words, Environ: f.Environ, Divert: f.interrupts.divert,
	}
	s.Lines = plain.NewLines(f.IO.In)
	s.Terminal = f.terminal()
	if s.Terminal != nil && !one {
		s.Editor = plain.NewEditor(con, s.Terminal, f.IO.Out)
	}
	return s
}

// terminal is the one that a person sits at; nil if there is none.
func (f *Factory) terminal() *os.File {
	in, ok := f.IO.In.(*os.File)
	if !ok || !f.IO.Terminal() {
		return nil
	}
	return in
}

// newCmdShell opens the learner's own shell on the practice cluster.
func newCmdShell(f *Factory) *cobra.Command {
	return &cobra.Command{
		Use: "shell", Short: f.Words.Shell, Long: f.Words.ShellLong, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runShell(cmd.Context(), f) },
	}
}

func runShell(ctx context.Context, f *Factory) error {
	env, _, err := f.shellEnv(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(f.IO.Err, f.Words.ShellOpen)
	cmd := exec.CommandContext(ctx, f.shell())
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.Env = f.IO.In, f.IO.Out, f.IO.Err, env
	return f.childStatus(cmd.Run())
}

// shell is the learner's own.
func (f *Factory) shell() string {
	if shell := f.Env("SHELL"); shell != "" {
		return shell
	}
	if runtime.GOOS == "windows" {
		return "powershell.exe"
	}
	return "/bin/sh"
}

// shellEnv is the environment for programs of the learner's own that shall see
// the practice cluster: its kubeconfig, and a kubectl first on the PATH.
func (f *Factory) shellEnv(ctx context.Context) (env []string, engine lab.Engine, err error) {
	kubeconfig, err := f.kubeconfig(ctx)
	if err != nil {
		return nil, engine, err
	}
	labs, err := f.Labs()
	if err != nil {
		return nil, engine, err
	}
	if engine = labs.Look(); engine.State != lab.EngineReady {
		return nil, engine, fmt.Errorf(f.Words.NoKubectl, engine.Reason)
	}
	dir, err := labs.KubectlLink(engine.File)
	if err != nil {
		return nil, engine, err
	}
	path := dir + string(os.PathListSeparator) + f.Env("PATH")
	return append(f.Environ, "KUBECONFIG="+kubeconfig, "PATH="+path), engine, nil
}

// childStatus passes the exit status of a child on.
func (f *Factory) childStatus(err error) error {
	var exited *exec.ExitError
	if errors.As(err, &exited) && exited.ExitCode() > 0 {
		return f.exit(exited.ExitCode())
	}
	return err
}

// newCmdKubectl is kubectl on the practice cluster.
func newCmdKubectl(f *Factory) *cobra.Command {
	return &cobra.Command{
		Use: "kubectl ARGS...", Short: f.Words.Kubectl, DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			err := runKubectl(cmd.Context(), f, args)
			if err != nil && slices.Contains([]string{"--help", "-h"}, strings.Join(args, " ")) {
				return cmd.Help() // no kubectl that could help
			}
			return err
		},
	}
}

func runKubectl(ctx context.Context, f *Factory, args []string) error {
	env, engine, err := f.shellEnv(ctx)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, engine.File, args...)
	cmd.Args[0] = "kubectl"
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.Env = f.IO.In, f.IO.Out, f.IO.Err, env
	return f.childStatus(cmd.Run())
}
