package crictl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/remotecommand"
	internalapi "k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/cri-client/pkg/logs"
)

func (o *options) version() *cobra.Command {
	return leaf("version", "Display runtime version information", cobra.NoArgs, func(ctx context.Context, _ *cobra.Command, _ []string) error {
		runtime, err := o.runtime(ctx)
		if err != nil {
			return err
		}
		r, err := runtime.Version(ctx, "v1")
		if err != nil {
			return fmt.Errorf("getting the runtime version: %w", err)
		}
		o.printf("Version:  %s\nRuntimeName:  %s\nRuntimeVersion:  %s\nRuntimeApiVersion:  %s\n",
			r.GetVersion(), r.GetRuntimeName(), r.GetRuntimeVersion(), r.GetRuntimeApiVersion())
		return nil
	})
}

func (o *options) info() *cobra.Command {
	var i inspection
	cmd := leaf("info", "Display information of the container runtime", cobra.NoArgs, func(ctx context.Context, _ *cobra.Command, _ []string) error {
		runtime, err := o.runtime(ctx)
		if err != nil {
			return err
		}
		r, err := runtime.Status(ctx, !i.quiet)
		if err != nil {
			return fmt.Errorf("getting status of runtime: %w", err)
		}
		text, err := jsonOf(r.GetStatus())
		if err != nil {
			return fmt.Errorf("create status JSON: %w", err)
		}
		handlers, err := json.Marshal(r.GetRuntimeHandlers())
		if err != nil {
			return err
		}
		features, err := json.Marshal(r.GetFeatures())
		if err != nil {
			return err
		}
		extra := map[string]string{"runtimeHandlers": string(handlers), "features": string(features)}
		return o.statuses([]status{{json: text, extra: extra, info: r.GetInfo()}}, i.format, i.template)
	})
	i.flags(cmd)
	return cmd
}

// logView is what is shown of a log.
type logView struct {
	follow, previous, timestamps bool
	tail, limit                  int64
	since, stream                string
}

func (o *options) logs() *cobra.Command {
	var v logView
	cmd := leaf("logs CONTAINER-ID", "Fetch the logs of a container", cobra.ExactArgs(1), func(ctx context.Context, cmd *cobra.Command, args []string) error {
		if cmd.Flags().Changed("tail") && v.stream != "" {
			return errors.New("--tail and --stream are mutually exclusive")
		}
		runtime, err := o.runtime(ctx)
		if err != nil {
			return err
		}
		return o.readLogs(ctx, runtime, args[0], v)
	})
	p := cmd.Flags()
	p.BoolVarP(&v.follow, "follow", "f", false, "Follow log output")
	p.BoolVarP(&v.previous, "previous", "p", false, "Print the logs for the previous instance of the container in a pod if it exists")
	p.Int64Var(&v.tail, "tail", -1, "Number of lines to show from the end of the logs. Defaults to all")
	p.Int64Var(&v.limit, "limit-bytes", -1, "Maximum bytes of logs to return. Defaults to no limit")
	p.StringVar(&v.since, "since", "", "Show logs since timestamp (e.g. 2013-01-02T13:23:37Z) or relative (e.g. 42m for 42 minutes)")
	p.BoolVarP(&v.timestamps, "timestamps", "t", false, "Show timestamps")
	p.StringVarP(&v.stream, "stream", "s", "", "Show specified stream (stdout or stderr). Defaults to both.")
	return cmd
}

func (o *options) readLogs(ctx context.Context, runtime internalapi.RuntimeService, id string, v logView) error {
	out, errs, err := o.streams(v.stream)
	if err != nil {
		return err
	}
	how, err := v.options(o.now())
	if err != nil {
		return err
	}
	r, err := runtime.ContainerStatus(ctx, id, false)
	if err != nil {
		return err
	}
	path := r.GetStatus().GetLogPath()
	if path == "" {
		return errors.New("the container has not set log path")
	}
	if v.previous {
		attempt := r.GetStatus().GetMetadata().GetAttempt()
		if attempt == 0 {
			return fmt.Errorf("previous terminated container %s not found", r.GetStatus().GetMetadata().GetName())
		}
		path = filepath.Join(filepath.Dir(path), strconv.FormatUint(uint64(attempt-1), 10)+filepath.Ext(path))
	}
	err = logs.ReadLogs(ctx, path, r.GetStatus().GetId(), how, runtime, out, errs)
	if err != nil && ctx.Err() != nil {
		return nil // ^C ends following
	}
	return err
}

// streams are where the streams of a log go; one that is not wanted goes nowhere.
func (o *options) streams(only string) (out, errs io.Writer, err error) {
	switch only {
	case "":
		return o.out, o.err, nil
	case "stdout":
		return o.out, nil, nil
	case "stderr":
		return nil, o.err, nil
	}
	return nil, nil, fmt.Errorf(`invalid stream %q, must be "stdout" or "stderr"`, only)
}

func (v logView) options(now time.Time) (*logs.LogOptions, error) {
	how := &logs.LogOptions{Follow: v.follow, Timestamp: v.timestamps}
	if v.tail >= 0 {
		how.TailLines = &v.tail
	}
	if v.limit >= 0 {
		how.LimitBytes = &v.limit
	}
	if v.since == "" {
		return how, nil
	}
	if ago, err := time.ParseDuration(v.since); err == nil {
		how.Since = now.Add(-ago)
		return how, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if at, err := time.ParseInLocation(layout, v.since, time.Local); err == nil {
			how.Since = at
			return how, nil
		}
	}
	return nil, fmt.Errorf("failed to parse value as time or duration: %q", v.since)
}

// call is a command to be run in a container.
type call struct {
	sync, tty, stdin bool
	timeout          int64 // seconds; 0 is none
}

func (o *options) exec() *cobra.Command {
	var c call
	cmd := leaf("exec CONTAINER-ID COMMAND [ARG...]", "Run a command in a running container", cobra.ArbitraryArgs, func(ctx context.Context, cmd *cobra.Command, args []string) error {
		if len(args) < 2 {
			return cmd.Help()
		}
		runtime, err := o.runtime(ctx)
		if err != nil {
			return err
		}
		if c.sync {
			return o.execSync(ctx, runtime, c, args[0], args[1:])
		}
		if err := o.execStream(ctx, runtime, c, args[0], args[1:]); err != nil {
			return fmt.Errorf("execing command in container %s: %w", args[0], err)
		}
		return nil
	})
	p := cmd.Flags()
	p.SetInterspersed(false) // what follows the id belongs to the command
	p.BoolVarP(&c.sync, "sync", "s", false, "Run the command synchronously")
	p.BoolVarP(&c.tty, "tty", "t", false, "Allocate a pseudo-TTY")
	p.BoolVarP(&c.stdin, "interactive", "i", false, "Keep STDIN open")
	p.Int64Var(&c.timeout, "timeout", 0, "Timeout in seconds")
	return cmd
}

func (o *options) execSync(ctx context.Context, runtime internalapi.RuntimeService, c call, id string, command []string) error {
	stdout, stderr, err := runtime.ExecSync(ctx, id, command, time.Duration(c.timeout)*time.Second)
	if err != nil {
		return fmt.Errorf("execing command in container %s synchronously: %w", id, err)
	}
	o.printf("%s\n%s\n", stdout, stderr)
	return nil
}

func (o *options) execStream(ctx context.Context, runtime internalapi.RuntimeService, c call, id string, command []string) error {
	r, err := runtime.Exec(ctx, &runtimeapi.ExecRequest{ContainerId: id, Cmd: command, Tty: c.tty, Stdin: c.stdin, Stdout: true, Stderr: !c.tty})
	if err != nil {
		return err
	}
	executor, err := executorOf(r.GetUrl())
	if err != nil {
		return err
	}
	how := remotecommand.StreamOptions{Stdout: o.out, Tty: c.tty}
	if c.stdin {
		how.Stdin = o.in
	}
	if !c.tty {
		how.Stderr = o.err
		return executor.StreamWithContext(ctx, how)
	}
	return o.onTerminal(ctx, executor, c, how)
}

// onTerminal runs a command whose terminal is ours.
func (o *options) onTerminal(ctx context.Context, executor remotecommand.Executor, c call, how remotecommand.StreamOptions) error {
	if !c.stdin {
		return errors.New("tty=true must be specified with interactive=true")
	}
	file, ok := o.in.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return errors.New("input is not a terminal")
	}
	before, err := term.MakeRaw(int(file.Fd()))
	if err != nil {
		return fmt.Errorf("preparing the terminal: %w", err)
	}
	defer term.Restore(int(file.Fd()), before)
	changed, stop := resizes()
	defer stop()
	how.TerminalSizeQueue = &sizes{ctx: ctx, fd: int(file.Fd()), changed: changed}
	return executor.StreamWithContext(ctx, how)
}

// sizes tells the terminal's size, at first and after every change. It keeps a
// context because its interface has no place for one.
type sizes struct {
	ctx     context.Context
	fd      int
	changed <-chan os.Signal
	told    bool
}

// Next implements remotecommand.TerminalSizeQueue.
func (s *sizes) Next() *remotecommand.TerminalSize {
	if s.told {
		select {
		case <-s.changed:
		case <-s.ctx.Done():
			return nil
		}
	}
	s.told = true
	columns, rows, err := term.GetSize(s.fd)
	if err != nil {
		return nil
	}
	return &remotecommand.TerminalSize{Width: uint16(columns), Height: uint16(rows)}
}

// executorOf speaks to the streaming server that a runtime names, which is this
// machine's. An address is good for one connection, so that there is no second
// protocol to fall back to; upstream takes SPDY as well.
func executorOf(address string) (remotecommand.Executor, error) {
	target, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	config := &rest.Config{TLSClientConfig: rest.TLSClientConfig{Insecure: true}}
	executor, err := remotecommand.NewSPDYExecutor(config, "POST", target)
	if err != nil {
		return nil, fmt.Errorf("get executor: %w", err)
	}
	return executor, nil
}
