package console

import (
	"fmt"
	"path/filepath"
	"slices"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// The learner may keep kubeconfigs of their own in the workspace, and name them
// by --kubeconfig or in KUBECONFIG, as anywhere. Whatever they say, a command
// speaks to the API server of the lab only, and reads no file from elsewhere.

// exported is KUBECONFIG for a command.
func (p place) exported() string {
	if p.Exported == "" {
		return p.kubeconfig()
	}
	return p.Exported
}

// only allows a connection to the lab's API server, by no way around. It is
// asked by the command itself, of what its kubeconfigs and flags have come to.
func (p place) only(c *rest.Config) error {
	switch {
	case !slices.Contains(p.Servers, c.Host):
		return fmt.Errorf("the kubeconfig leads to %s: this console speaks to the cluster of the lab only", hostOf(c.Host))
	case c.ExecProvider != nil || c.AuthProvider != nil:
		return fmt.Errorf("the kubeconfig gets its credentials by running a program, which this console does not do")
	case c.Proxy != nil:
		return fmt.Errorf("the kubeconfig leads through a proxy, which this console does not do")
	}
	return nil
}

// exported refuses a KUBECONFIG that names files outside the workspace.
func (g guarded) exported() error {
	if g.place.Exported == "" || g.value("kubeconfig") != "" {
		return nil
	}
	if err := g.paths(filepath.SplitList(g.place.Exported)); err != nil {
		return fmt.Errorf("KUBECONFIG: %w", err)
	}
	return nil
}

// config is what the command's kubeconfigs say together, with the paths in it
// made absolute.
func (g guarded) config() (*api.Config, error) {
	files := filepath.SplitList(g.place.exported())
	if named := g.value("kubeconfig"); named != "" {
		files = []string{named}
	}
	for i, f := range files {
		if f != "" && !filepath.IsAbs(f) {
			files[i] = filepath.Join(g.dir, f)
		}
	}
	rules := clientcmd.ClientConfigLoadingRules{Precedence: files}
	return rules.Load()
}

// materials refuses certificates, keys and tokens of files outside the
// workspace, in kubeconfigs of the learner's.
func (g guarded) materials(config *api.Config) error {
	for name, c := range config.Clusters {
		if err := g.material("cluster", name, c.LocationOfOrigin, c.CertificateAuthority); err != nil {
			return err
		}
	}
	for name, u := range config.AuthInfos {
		if err := g.material("user", name, u.LocationOfOrigin, u.ClientCertificate, u.ClientKey, u.TokenFile); err != nil {
			return err
		}
	}
	return nil
}

func (g guarded) material(kind, name, origin string, files ...string) error {
	if origin == g.place.kubeconfig() {
		return nil // the console's own: the engine made it, and the lock on the door holds
	}
	for _, f := range files {
		if _, err := g.place.inside(g.dir, f); f != "" && err != nil {
			return fmt.Errorf("the %s %q of the kubeconfig reads %s, which is outside the workspace", kind, name, f)
		}
	}
	return nil
}
