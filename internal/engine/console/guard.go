package console

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/client-go/tools/clientcmd/api"
)

// guard refuses what a kubectl must not do here, with a sentence that says why.
// It parses the arguments with upstream's own command tree. Arguments that do
// not parse pass: upstream will refuse them the same way.
func guard(p place, dir string, args []string) error {
	root := kubectlCommand(args, nil)
	c, rest, err := root.Find(args[1:])
	if err != nil {
		return notPlugin(args)
	}
	if why, refused := refusedCommands(p.Guest)[c.Name()]; refused && c.Parent() == root {
		return errors.New(why)
	}
	if strings.HasPrefix(c.Name(), "__complete") {
		return nil
	}
	if err := c.ParseFlags(rest); err != nil {
		return nil
	}
	g := guarded{place: p, dir: dir, command: c, args: c.Flags().Args()}
	var first error
	c.Flags().Visit(func(f *pflag.Flag) {
		if first == nil {
			first = g.flag(f)
		}
	})
	return cmp.Or(first, g.arguments(), g.exported(), g.credentials())
}

// notPlugin explains a command that upstream does not have.
func notPlugin(args []string) error {
	i := slices.IndexFunc(args[1:], func(a string) bool { return !strings.HasPrefix(a, "-") })
	if i < 0 {
		return nil
	}
	return fmt.Errorf("error: unknown command %q for \"kubectl\" (plugins are not available in this console)", args[i+1])
}

// refusedCommands are refused whatever their flags; to guests also what would open
// a port that they cannot reach.
func refusedCommands(guest bool) map[string]string {
	if guest {
		return map[string]string{
			"proxy":        "kubectl proxy would open a port of the machine that the class runs on, which you cannot reach; use `kubectl get --raw PATH`.",
			"port-forward": "kubectl port-forward would open a port of the machine that the class runs on, which you cannot reach; ask from inside the cluster: `kubectl exec POD -- wget -qO- URL`.",
		}
	}
	return map[string]string{
		"proxy": "kubectl proxy would open the cluster to every user of this machine; use it in your own terminal (kubetutor shell).",
	}
}

// refusedFlags are refused whatever their values.
func refusedFlags() map[string]string {
	return map[string]string{
		"profile":              "--profile is not available in this console.",
		"profile-output":       "--profile-output is not available in this console.",
		"cache-dir":            "--cache-dir is not available in this console.",
		"exec-command":         "credentials that run a program are not available in this console.",
		"auth-provider":        "credentials that run a program are not available in this console.",
		"enable-helm":          "kustomize does not start helm in this console.",
		"helm-command":         "kustomize does not start helm in this console.",
		"enable-alpha-plugins": "kustomize does not start plugins in this console.",
		"enable-exec":          "kustomize does not start plugins in this console.",
		"network":              "kustomize does not start plugins in this console.",
		"mount":                "kustomize does not start plugins in this console.",
	}
}

// fileFlags take a path, or KEY=PATH, or several of them.
func fileFlags() []string {
	return []string{
		"kubeconfig", "filename", "kustomize", "from-file", "from-env-file", "patch-file", "certificate-authority",
		"client-certificate", "client-key", "cert", "key", "output-directory", "env-file", "custom", "www",
		"template", "kustomization", "tokenFile", "unix-socket", "log-file", "log-dir", "vmodule-file",
	}
}

// guarded is a command under examination.
type guarded struct {
	place   place
	dir     string
	command *cobra.Command
	args    []string
}

func (g guarded) flag(f *pflag.Flag) error {
	if g.debugProfile(f) {
		return nil
	}
	if why := refusedFlags()[f.Name]; why != "" {
		return errors.New(why)
	}
	switch {
	case f.Name == "server" && g.command.Name() != "set-cluster":
		return errors.New("--server is not available: this console speaks to the cluster of the lab only")
	case f.Name == "address":
		return listens(g.command)
	case f.Name == "output":
		_, path, found := strings.Cut(f.Value.String(), "-file=")
		if found {
			return g.path(path)
		}
	case slices.Contains(fileFlags(), f.Name):
		return g.paths(valuesOf(f))
	}
	return nil
}

// debugProfile tells kubectl debug's --profile, which names a security profile,
// from that of every command, which writes a profile of kubectl.
func (g guarded) debugProfile(f *pflag.Flag) bool {
	return g.command.Name() == "debug" && f.Name == "profile"
}

func valuesOf(f *pflag.Flag) []string {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		return list.GetSlice()
	}
	return []string{f.Value.String()}
}

// listens refuses a command whose flags, which are parsed, open a port to other
// machines: of upstream's commands port-forward and proxy can. What a proxy on
// a unix socket has for an address is not used.
func listens(c *cobra.Command) error {
	if socket := c.Flags().Lookup("unix-socket"); socket != nil && socket.Value.String() != "" {
		return nil
	}
	if address := c.Flags().Lookup("address"); address != nil {
		return loopback(valuesOf(address))
	}
	return nil
}

// loopback refuses what is not surely this machine: other addresses, the empty
// one, which is all of them, and names, which may resolve to anything. The proxy
// wants brackets around an address of IPv6.
func loopback(addresses []string) error {
	for _, a := range addresses {
		if ip := net.ParseIP(strings.Trim(a, "[]")); a != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return fmt.Errorf("--address %s is not available: a port of a lab is open to this machine only", a)
		}
	}
	return nil
}

func (g guarded) paths(values []string) error {
	for _, v := range values {
		if err := g.path(v); err != nil {
			return err
		}
	}
	return nil
}

// path refuses what is not in the workspace: a URL, or a path that leads out.
func (g guarded) path(value string) error {
	if remote(value) {
		return fmt.Errorf("%s is not available: nothing is fetched from the network in this console", value)
	}
	if value == "-" || value == "" {
		return nil
	}
	if key, path, ok := strings.Cut(value, "="); ok && !strings.Contains(key, "/") {
		value = path
	}
	if isDevice(value) || value == g.place.kubeconfig() {
		return nil
	}
	if isDescriptor(value) {
		return errors.New(noProcSubst)
	}
	if _, err := g.place.inside(g.dir, value); err != nil {
		return fmt.Errorf("%s is outside the workspace", value)
	}
	return nil
}

// remote tells whether upstream would fetch a value from the network.
func remote(value string) bool {
	return strings.Contains(value, "://") || strings.HasPrefix(value, "git@") || strings.HasPrefix(value, "github.com") || strings.Contains(value, "?ref=")
}

// arguments examines those that are paths.
func (g guarded) arguments() error {
	switch g.command.Name() {
	case "kustomize":
		return g.paths(g.args)
	case "cp":
		for _, a := range g.args {
			if pod, _, isRemote := strings.Cut(a, ":"); isRemote && !strings.Contains(pod, string(filepath.Separator)) {
				continue
			}
			if err := g.path(a); err != nil {
				return err
			}
		}
	}
	return nil
}

// credentials refuses a kubeconfig that was made to start programs or to speak
// to another server. Commands that only change the kubeconfig may go on: that is
// how it is put right again.
func (g guarded) credentials() error {
	if parent := g.command.Parent(); parent != nil && parent.Name() == "config" {
		if g.command.Name() == "set" && len(g.args) > 0 && strings.Contains(g.args[0], ".exec") {
			return errors.New("credentials that run a program are not available in this console")
		}
		return nil
	}
	config, err := g.config()
	if err != nil {
		return nil // none, or upstream will say what is wrong with it
	}
	if err := g.materials(config); err != nil {
		return err
	}
	if user := runsPrograms(config); user != "" {
		return fmt.Errorf("the user %q of the kubeconfig gets its credentials by running a program, which this console does not do", user)
	}
	return g.server(config)
}

// server refuses a cluster that the kubeconfig did not come with.
func (g guarded) server(config *api.Config) error {
	name := g.value("cluster")
	if name == "" {
		name = g.clusterOf(config)
	}
	c, ok := config.Clusters[name]
	switch {
	case !ok:
		return nil // upstream will say so
	case !slices.Contains(g.place.Servers, c.Server):
		return fmt.Errorf("the cluster %q of the kubeconfig is at %s: this console speaks to the cluster of the lab only", name, hostOf(c.Server))
	case c.ProxyURL != "":
		return fmt.Errorf("the cluster %q of the kubeconfig is reached through a proxy, which this console does not do", name)
	}
	return nil
}

// clusterOf is the cluster of the context that will be used.
func (g guarded) clusterOf(config *api.Config) string {
	name := g.value("context")
	if name == "" {
		name = config.CurrentContext
	}
	if c, ok := config.Contexts[name]; ok {
		return c.Cluster
	}
	return ""
}

// value is that of a flag, "" if the command has no such flag.
func (g guarded) value(flag string) string {
	if f := g.command.Flags().Lookup(flag); f != nil {
		return f.Value.String()
	}
	return ""
}

func hostOf(server string) string {
	if u, err := url.Parse(server); err == nil && u.Host != "" {
		return u.Host
	}
	return server
}

// startsHelper tells whether kubectl will start its editor or its diff.
func startsHelper(args []string) bool {
	return slices.ContainsFunc(args[1:], func(a string) bool {
		return a == "edit" || a == "diff" || a == "edit-last-applied" || strings.HasPrefix(a, "--edit")
	})
}

// readsInput tells whether kubectl will read standard input.
func readsInput(args []string) bool {
	for i, a := range args {
		switch {
		case a == "-" && i > 0, a == "-i", a == "-it", a == "-ti", a == "--stdin", a == "-f-", strings.HasSuffix(a, "=-"), strings.HasSuffix(a, devStdin):
			return true
		}
	}
	return false
}

// wantsTerminal tells whether kubectl is asked to give a container a terminal.
func wantsTerminal(args []string) bool {
	c, rest, err := kubectlCommand(args, nil).Find(args[1:])
	if err != nil || !slices.Contains([]string{"exec", "run", "attach", "debug"}, c.Name()) || c.ParseFlags(rest) != nil {
		return false
	}
	on := func(name string) bool {
		f := c.Flags().Lookup(name)
		return f != nil && f.Value.String() == "true"
	}
	return on("tty") && on("stdin")
}
