package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"kubetutor/internal/course"
	"kubetutor/internal/lab"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/plain"
)

// clusterOptions are those of the commands below `cluster`.
type clusterOptions struct {
	json    bool
	restart bool
	profile string
}

// newCmdCluster holds what is done with the practice cluster.
func newCmdCluster(f *Factory) *cobra.Command {
	o := &clusterOptions{}
	w := f.Words
	cmd := &cobra.Command{Use: "cluster", Short: w.Cluster, Long: w.ClusterLong}
	cmd.PersistentFlags().BoolVar(&o.json, "json", false, w.FlagJSON)
	sub := func(use, short string, run func(context.Context, *Factory, *clusterOptions) error) *cobra.Command {
		c := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), f, o) }}
		cmd.AddCommand(c)
		return c
	}
	up := sub("up", w.ClusterUp, runClusterUp)
	up.Flags().BoolVar(&o.restart, "restart", false, w.FlagRestart)
	up.Flags().StringVar(&o.profile, "profile", "", w.FlagProfile)
	_ = up.RegisterFlagCompletionFunc("profile", cobra.FixedCompletions(course.Profiles(), cobra.ShellCompDirectiveNoFileComp))
	sub("sleep", w.ClusterSleep, runClusterSleep)
	sub("down", w.ClusterDown, runClusterDown)
	sub("status", w.ClusterStatus, runClusterStatus)
	sub("kubeconfig", w.ClusterKubeconfig, runClusterKubeconfig)
	sub("logs", w.ClusterLogs, runClusterLogs)
	return cmd
}

func runClusterUp(ctx context.Context, f *Factory, o *clusterOptions) error {
	if o.profile != "" && !slices.Contains(course.Profiles(), o.profile) {
		return usageError{fmt.Errorf(f.Words.UnknownProfile, o.profile, strings.Join(course.Profiles(), f.Words.ListSeparator))}
	}
	labs, err := f.Labs()
	if err != nil {
		return err
	}
	if o.restart {
		if _, err := labs.Sleep(ctx); err != nil {
			return err
		}
	}
	if err := f.prepare(ctx, labs); err != nil {
		return err
	}
	profile, err := profileToBe(ctx, labs, o.profile)
	if err != nil {
		return err
	}
	s, err := labs.UpAs(ctx, protocol.Up{Profile: profile}, f.stages())
	if err != nil {
		return err
	}
	if o.json {
		return f.json(s)
	}
	f.printStatus(s)
	f.aside(s, f.Words.OwnUp)
	f.printf(f.Words.UseKubeconfig+"\n", s.Kubeconfig)
	return nil
}

// profileToBe is the profile that is asked for. A new cluster has nodes unless the
// learner says otherwise; one that there is already keeps what it has.
func profileToBe(ctx context.Context, labs *lab.Labs, asked string) (string, error) {
	if asked != "" || labs.Foreign() != "" {
		return asked, nil
	}
	s, err := labs.Status(ctx)
	if err == nil && s.State == protocol.StateDown {
		return course.ProfileNodes, nil
	}
	return "", err
}

func runClusterSleep(ctx context.Context, f *Factory, o *clusterOptions) error {
	return changeCluster(f, o, f.Words.OwnSleep, func(l *lab.Labs) (protocol.Status, error) { return l.Sleep(ctx) })
}

func runClusterDown(ctx context.Context, f *Factory, o *clusterOptions) error {
	return changeCluster(f, o, f.Words.OwnDown, func(l *lab.Labs) (protocol.Status, error) { return l.Down(ctx) })
}

func runClusterStatus(ctx context.Context, f *Factory, o *clusterOptions) error {
	return changeCluster(f, o, "", func(l *lab.Labs) (protocol.Status, error) { return l.Status(ctx) })
}

// changeCluster runs one verb and shows the state that it leaves. Own says what
// became of a cluster of the learner's own.
func changeCluster(f *Factory, o *clusterOptions, own string, verb func(*lab.Labs) (protocol.Status, error)) error {
	labs, err := f.Labs()
	if err != nil {
		return err
	}
	s, err := verb(labs)
	if err != nil {
		return err
	}
	if o.json {
		return f.json(s)
	}
	f.printStatus(s)
	f.aside(s, own)
	return nil
}

// aside says what a verb did not do to a cluster of the learner's own.
func (f *Factory) aside(s protocol.Status, text string) {
	if s.Foreign != "" && text != "" {
		f.printf(text+"\n", s.Foreign)
	}
}

func runClusterKubeconfig(ctx context.Context, f *Factory, o *clusterOptions) error {
	file, err := f.kubeconfig(ctx)
	if err != nil {
		return err
	}
	if o.json {
		return f.json(map[string]string{"kubeconfig": file})
	}
	f.printf("%s\n", file)
	return nil
}

// kubeconfig is the file of the learner's user on the running cluster.
func (f *Factory) kubeconfig(ctx context.Context) (string, error) {
	labs, err := f.Labs()
	if err != nil {
		return "", err
	}
	s, err := labs.Status(ctx)
	if err != nil {
		return "", err
	}
	if s.State != protocol.StateUp || s.Kubeconfig == "" {
		return "", errors.New(f.Words.ClusterNotUp)
	}
	return s.Kubeconfig, nil
}

func runClusterLogs(_ context.Context, f *Factory, o *clusterOptions) error {
	labs, err := f.Labs()
	if err != nil {
		return err
	}
	if o.json {
		return f.json(map[string]string{"logFile": labs.LogFile()})
	}
	log, err := os.Open(labs.LogFile())
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf(f.Words.NoLog, labs.LogFile())
	}
	if err != nil {
		return fmt.Errorf("opening the engine's log: %w", err)
	}
	defer log.Close()
	_, err = io.Copy(f.IO.Out, log)
	return err
}

// printStatus tells how a cluster stands, one line per fact.
func (f *Factory) printStatus(s protocol.Status) {
	w := f.Words
	state := w.State
	if s.Foreign != "" {
		state = w.OwnState
	}
	f.printf("%s: %s\n", s.Name, state(string(s.State)))
	line := func(name, value string) {
		if value != "" {
			f.printf("  %s: %s\n", w.Fact(name), value)
		}
	}
	line("context", s.Foreign)
	line("Kubernetes", s.Kubernetes)
	line("profile", s.Profile)
	if s.Nodes > 0 {
		line("nodes", strconv.Itoa(s.Nodes))
	}
	line("server", s.Server)
	line("kubeconfig", s.Kubeconfig)
	line("log", s.LogFile)
	if s.Memory > 0 {
		line("memory", fmt.Sprintf("%d MB", s.Memory>>20))
	}
	if s.Lab != nil {
		line("lab", fmt.Sprintf("%s, %s", s.Lab.Lab, fmt.Sprintf(w.AttemptNumber, s.Lab.Number)))
	}
	if s.Error != nil {
		f.printf("%s\n", f.commands(explainRefusal(s.Error, s.Error, f.Lang())))
	}
}

// prepare finds or builds the engine, showing how far that is, unless a daemon
// runs already.
func (f *Factory) prepare(ctx context.Context, labs *lab.Labs) error {
	if _, err := labs.Hello(ctx); err == nil {
		return nil
	}
	p := &plain.BuildPrinter{Out: f.IO.Err, Words: f.Words}
	return labs.Prepare(ctx, p.Changed)
}

// stages shows each stage of a start once it is done, on standard error.
func (f *Factory) stages() func(protocol.Stage) {
	p := plain.StagePrinter{Out: f.IO.Err, Words: f.Words}
	return p.Stage
}
