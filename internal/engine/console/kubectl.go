package console

import (
	"fmt"
	"net/http"
	"os"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	_ "k8s.io/client-go/plugin/pkg/client/auth" // what upstream kubectl can authenticate with
	"k8s.io/client-go/rest"
	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"

	"kubetutor/internal/engine/controlplane/release"
)

// kubectlCommand is upstream kubectl for these arguments (the first is its own
// name), with a plugin handler or without plugins.
func kubectlCommand(args []string, plugins cmd.PluginHandler) *cobra.Command {
	return kubectlFor(args, plugins, nil)
}

// kubectlFor is kubectlCommand whose connections must be allowed; nil allows all.
func kubectlFor(args []string, plugins cmd.PluginHandler, allowed func(*rest.Config) error) *cobra.Command {
	streams := genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
	flags := genericclioptions.NewConfigFlags(true).
		WithDeprecatedPasswordFlag().WithDiscoveryBurst(300).WithDiscoveryQPS(50).
		WithWarningPrinter(streams)
	if allowed != nil {
		flags.WithWrapConfigFn(func(c *rest.Config) *rest.Config {
			if err := allowed(c); err != nil {
				return unreachable(c, err)
			}
			return c
		})
	}
	return cmd.NewDefaultKubectlCommandWithArgs(cmd.KubectlOptions{
		Arguments: args, ConfigFlags: flags, IOStreams: streams, PluginHandler: plugins,
	})
}

// unreachable is a configuration that fails every request, so that commands
// which make none still work.
func unreachable(c *rest.Config, why error) *rest.Config {
	c = rest.AnonymousClientConfig(c)
	c.Proxy = nil
	c.WrapTransport = func(http.RoundTripper) http.RoundTripper { return refusal{why} }
	return c
}

// refusal refuses every request.
type refusal struct{ why error }

// RoundTrip implements http.RoundTripper.
func (r refusal) RoundTrip(*http.Request) (*http.Response, error) { return nil, r.why }

// runKubectl runs upstream kubectl as its own main does, with the arguments of
// this process, and returns the exit code. Upstream may end the process instead
// of returning. It connects only where allowed says nothing against it.
func runKubectl(plugins cmd.PluginHandler, allowed func(*rest.Config) error) int {
	util.CheckErr(release.Stamp())                       // upstream's build does it with linker flags
	_, _ = logs.GlogSetter(cmd.GetLogVerbosity(os.Args)) // before flags are parsed, as upstream does; a bad level is reported later
	util.CheckErr(cli.RunNoErrOutput(onLoopback(kubectlFor(os.Args, plugins, allowed))))
	return 0
}

// onLoopback lets no command of kubectl listen for other machines. It looks at
// the command that is about to run, so that what a kuberc says counts too.
func onLoopback(root *cobra.Command) *cobra.Command {
	before := root.PersistentPreRunE
	root.PersistentPreRunE = func(c *cobra.Command, args []string) error {
		if err := listens(c); err != nil {
			return err
		}
		return before(c, args)
	}
	return root
}

// KubectlMain is this program called as kubectl: plain upstream kubectl in the
// learner's own environment, plugins included, but that it listens on this
// machine only. Started by a kubectl of the console it is that one's editor or
// diff. It returns the exit code.
func KubectlMain() int {
	if os.Getenv(helperVariable) != "" {
		return helperMain(os.Args[1:])
	}
	return runKubectl(cmd.NewDefaultPluginHandler([]string{"kubectl"}), nil)
}

// noKuberc has kubectl read no kuberc, which is a way around every check of
// flags.
const noKuberc = "KUBECTL_KUBERC=false"

// commandEnv is the whole environment of a command: nothing of the host's, and
// nothing that the learner exported but KUBECONFIG, for much of it would change
// what runs.
func commandEnv(p place, columns, rows int) []string {
	helper := p.helper()
	return append([]string{
		"HOME=" + p.Workspace,
		"KUBECONFIG=" + p.exported(),
		"TMPDIR=" + p.temporary(),
		"PATH=", "TERM=xterm-256color", "LANG=C.UTF-8", "TZ=UTC",
		fmt.Sprintf("COLUMNS=%d", columns), fmt.Sprintf("LINES=%d", rows),
		noKuberc,
		"KUBECACHEDIR=" + p.cache(),
		helperVariable + "=1",
		"KUBE_EDITOR=" + helper + " " + helperEdit,
		"KUBECTL_EXTERNAL_DIFF=" + helper, // words after it would stand behind the files
	}, append(p.runtimes(), p.Env...)...)
}
