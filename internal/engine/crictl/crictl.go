// Package crictl is a small crictl: the verbs and the output of upstream's
// (sigs.k8s.io/cri-tools, cmd/crictl, v1.36.0), which is a main package and cannot
// be linked in. What it prints is held against upstream's own in a test. Left out
// are the verbs that make containers by hand, for a kubelet owns these nodes:
// create, run, runp, start, update, checkpoint; and attach, port-forward, events
// and tracing.
//
// Beyond upstream it has --node, for a cluster whose nodes are all on one machine.
package crictl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	internalapi "k8s.io/cri-api/pkg/apis"
	remote "k8s.io/cri-client/pkg"
)

// Version is that of the upstream crictl that this one stands for.
const Version = "v1.36.0"

// The environment that says where the runtimes are.
const (
	// EndpointVariable names one runtime, as for upstream.
	EndpointVariable = "CONTAINER_RUNTIME_ENDPOINT"
	// NodesVariable names those of all nodes: NAME=ENDPOINT, separated by spaces.
	NodesVariable = "KUBETUTOR_NODES"
)

// connectTimeout is how long connecting may take, as upstream's.
const connectTimeout = 2 * time.Second

// options are those of every verb.
type options struct {
	endpoint string
	node     string
	nodes    string // see NodesVariable
	timeout  time.Duration
	in       io.Reader
	out, err io.Writer
	now      func() time.Time
}

// Main is crictl with these arguments (the first is its own name) on the
// process's own streams and environment. It returns the exit code.
func Main(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o := &options{in: os.Stdin, out: os.Stdout, err: os.Stderr, now: time.Now}
	return o.run(ctx, args[1:], os.Getenv)
}

func (o *options) run(ctx context.Context, args []string, env func(string) string) int {
	o.endpoint, o.nodes = env(EndpointVariable), env(NodesVariable)
	root := o.command()
	root.SetArgs(args)
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintf(o.err, "FATA[0000] %v\n", err)
		return 1
	}
	return 0
}

func (o *options) command() *cobra.Command {
	root := &cobra.Command{
		Use: "crictl", Short: "client for CRI", Version: Version, SilenceErrors: true, SilenceUsage: true,
		TraverseChildren:  true, // global flags stand before the verb, whose own may have the same letters
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.SetIn(o.in)
	root.SetOut(o.out)
	root.SetErr(o.err)
	p := root.Flags()
	p.StringVarP(&o.endpoint, "runtime-endpoint", "r", o.endpoint, "Endpoint of CRI container runtime service")
	p.StringP("image-endpoint", "i", "", "Endpoint of CRI image manager service (the runtime's)")
	root.PersistentFlags().StringVar(&o.node, "node", "", "Node whose runtime is meant (default: the first)")
	p.DurationVarP(&o.timeout, "timeout", "t", connectTimeout, "Timeout of connecting to the server")
	p.BoolP("debug", "D", false, "Enable debug mode")
	_ = p.MarkHidden("debug")                           // there is nothing to debug here
	p.BoolP("version", "v", false, "print the version") // cobra would take that of k8s.io/component-base, which is no bool
	_ = root.RegisterFlagCompletionFunc("node", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return o.nodeNames(), cobra.ShellCompDirectiveNoFileComp
	})
	root.AddCommand(
		o.ps(), o.inspect(), o.logs(), o.exec(), o.stop(), o.rm(),
		o.pods(), o.inspectp(), o.stopp(), o.rmp(),
		o.images(), o.inspecti(), o.pull(), o.rmi(), o.imagefsinfo(),
		o.stats(), o.statsp(), o.info(), o.version(),
	)
	return root
}

// leaf makes a verb.
func leaf(use, short string, args cobra.PositionalArgs, run func(context.Context, *cobra.Command, []string) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: args,
		RunE: func(cmd *cobra.Command, args []string) error { return run(cmd.Context(), cmd, args) },
	}
}

// nodeNames are those of the nodes that are known, in order.
func (o *options) nodeNames() (names []string) {
	for _, pair := range strings.Fields(o.nodes) {
		name, _, _ := strings.Cut(pair, "=")
		names = append(names, name)
	}
	return names
}

// address is the endpoint that is meant.
func (o *options) address() (string, error) {
	for _, pair := range strings.Fields(o.nodes) {
		if name, endpoint, ok := strings.Cut(pair, "="); ok && name == o.node {
			return endpoint, nil
		}
	}
	endpoint := o.endpoint
	if endpoint != "" && !strings.Contains(endpoint, "://") {
		endpoint = "unix://" + endpoint
	}
	switch {
	case o.node != "" && o.nodes == "":
		return "", errors.New("--node: the nodes are not known here; name a socket with --runtime-endpoint")
	case o.node != "":
		return "", fmt.Errorf("there is no node %q: there is %s", o.node, strings.Join(o.nodeNames(), ", "))
	case endpoint == "":
		return "", errors.New("--runtime-endpoint is not set")
	case o.nodes != "" && !strings.Contains(o.nodes+" ", "="+endpoint+" "):
		return "", fmt.Errorf("%s is no runtime of this cluster: use --node", endpoint)
	}
	return endpoint, nil
}

// WantsTerminal tells whether a command line (the first word is the program's
// name) asks for a terminal in a container.
func WantsTerminal(args []string) bool {
	root := (&options{in: strings.NewReader(""), out: io.Discard, err: io.Discard}).command()
	cmd, rest, err := root.Traverse(args[1:])
	if err != nil || cmd.Name() != "exec" || cmd.ParseFlags(rest) != nil {
		return false
	}
	on := func(name string) bool { return cmd.Flags().Lookup(name).Value.String() == "true" }
	return on("tty") && on("interactive")
}

// runtime connects to the runtime.
func (o *options) runtime(ctx context.Context) (internalapi.RuntimeService, error) {
	address, err := o.address()
	if err != nil {
		return nil, err
	}
	return remote.NewRemoteRuntimeServiceBuilder().WithEndpoint(address).WithConnectionTimeout(o.timeout).WithTracerProvider(nil).Build(ctx)
}

// imageService connects to the runtime's images.
func (o *options) imageService(ctx context.Context) (internalapi.ImageManagerService, error) {
	address, err := o.address()
	if err != nil {
		return nil, err
	}
	return remote.NewRemoteImageServiceBuilder().WithEndpoint(address).WithConnectionTimeout(o.timeout).WithTracerProvider(nil).Build(ctx)
}

// printf writes to standard output.
func (o *options) printf(format string, args ...any) { fmt.Fprintf(o.out, format, args...) }

// unfiltered refuses a verb that needs an id, with its help, as upstream does.
func (o *options) unfiltered(cmd *cobra.Command) error {
	fmt.Fprintln(o.err, "ERRO[0000] No IDs provided or nothing found per filter")
	return cmd.Help()
}

// eachOf runs a function for every id and joins what went wrong.
func eachOf(ids []string, do func(id string) error) error {
	errs := make([]error, len(ids))
	for i, id := range ids {
		errs[i] = do(id)
	}
	return errors.Join(errs...)
}

// oneOf verifies an output format.
func oneOf(format string, formats ...string) error {
	if slices.Contains(formats, format) {
		return nil
	}
	return fmt.Errorf("unsupported output format %q", format)
}
