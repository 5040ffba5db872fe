package console

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// kubeconfig is a console's private copy of a kubeconfig: commands may write to
// it and lock it without being allowed into the directory of the original. What
// a command changed goes back to the original, so that the learner's other
// terminals see it too.
type kubeconfig struct {
	source  func() string
	file    string // the copy
	from    string // the original of the copy
	content []byte // of both, when they were last the same
	servers []string
}

// fetch brings the copy up to date and returns the URLs of the API servers that
// the original names. Without an original there is no copy.
func (k *kubeconfig) fetch() ([]string, error) {
	source := k.source()
	if source == "" {
		k.from = ""
		return nil, removeIfThere(k.file)
	}
	content, err := os.ReadFile(source)
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig: %w", err)
	}
	if k.from == source && bytes.Equal(content, k.content) {
		return k.servers, nil
	}
	if err := os.MkdirAll(filepath.Dir(k.file), 0o700); err != nil {
		return nil, fmt.Errorf("copying the kubeconfig: %w", err)
	}
	if err := os.WriteFile(k.file, content, 0o600); err != nil {
		return nil, fmt.Errorf("copying the kubeconfig: %w", err)
	}
	if k.from != source || k.servers == nil {
		k.servers = serversOf(content)
	}
	k.from, k.content = source, content
	return k.servers, nil
}

// giveBack writes what a command changed into the original. A copy that is
// broken, or that would start programs, stays private.
func (k *kubeconfig) giveBack() {
	if k.from == "" {
		return
	}
	content, err := os.ReadFile(k.file)
	if err != nil || bytes.Equal(content, k.content) {
		return
	}
	config, err := clientcmd.Load(content)
	if err != nil || runsPrograms(config) != "" {
		return
	}
	if os.WriteFile(k.from, content, 0o600) == nil {
		k.content = content
	}
}

func removeIfThere(file string) error {
	if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
		return err
	}
	return nil
}

func serversOf(content []byte) []string {
	servers := []string{}
	config, err := clientcmd.Load(content)
	if err != nil {
		return servers
	}
	for _, c := range config.Clusters {
		servers = append(servers, c.Server)
	}
	return servers
}

// runsPrograms names the user whose credentials a kubeconfig gets by running a
// program; "" if there is none.
func runsPrograms(config *api.Config) string {
	for name, user := range config.AuthInfos {
		if user.Exec != nil || user.AuthProvider != nil {
			return name
		}
	}
	return ""
}

// namespace is that of a kubeconfig's current context.
func namespace(file string) string {
	if file == "" {
		return ""
	}
	config, err := clientcmd.LoadFromFile(file)
	if err != nil {
		return ""
	}
	if c, ok := config.Contexts[config.CurrentContext]; ok && c.Namespace != "" {
		return c.Namespace
	}
	return "default"
}
