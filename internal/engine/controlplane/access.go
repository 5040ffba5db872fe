package controlplane

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// The users that the engine acts as. Both may do everything; the audit keeps
// none of what they do.
const (
	SetupUser = "kubetutor:setup" // writes a lab's set-up
	CheckUser = "kubetutor:check" // reads for checks
	// LearnerUser may do everything as well, by the ClusterRoleBinding
	// kubetutor:learner, which a lab may replace.
	LearnerUser = "learner"
)

// contextName is the context in every kubeconfig.
const contextName = "kubetutor"

// access is how clients reach the API server.
type access struct {
	pki    *pki
	server string // URL
	dir    string // of kubeconfigs
}

// groups are those in a user's certificate.
func groups(user string) []string {
	switch {
	case user == SetupUser || user == CheckUser:
		return []string{"system:masters"}
	case isNode(user):
		return []string{nodeGroup}
	default:
		return nil
	}
}

// config is a client's configuration without a limit of its rate.
func (a *access) config(user string) (*rest.Config, error) {
	pair, err := a.pki.client(user, groups(user)...)
	if err != nil {
		return nil, err
	}
	return &rest.Config{Host: a.server, QPS: -1, UserAgent: "kubetutor",
		TLSClientConfig: rest.TLSClientConfig{CAData: a.pki.ca.certPEM, CertData: pair.certPEM, KeyData: pair.keyPEM}}, nil
}

// kubeconfig writes a user's kubeconfig and returns its path.
func (a *access) kubeconfig(user, namespace string) (string, error) {
	pair, err := a.pki.client(user, groups(user)...)
	if err != nil {
		return "", err
	}
	config := api.NewConfig()
	config.Clusters[contextName] = &api.Cluster{Server: a.server, CertificateAuthorityData: a.pki.ca.certPEM}
	config.AuthInfos[user] = &api.AuthInfo{ClientCertificateData: pair.certPEM, ClientKeyData: pair.keyPEM}
	config.Contexts[contextName] = &api.Context{Cluster: contextName, AuthInfo: user, Namespace: namespace}
	config.CurrentContext = contextName
	path := filepath.Join(a.dir, url.QueryEscape(user)+".kubeconfig")
	return path, a.writeConfig(path, config)
}

func (a *access) writeConfig(path string, config *api.Config) error {
	data, err := clientcmd.Write(*config)
	if err != nil {
		return fmt.Errorf("encoding %s: %w", path, err)
	}
	if err := os.MkdirAll(a.dir, 0o700); err != nil {
		return fmt.Errorf("making the directory of kubeconfigs: %w", err)
	}
	return writeFile(path, data)
}

// moved writes the server's URL into the kubeconfigs of an earlier run, which
// other terminals may be using.
func (a *access) moved() error {
	files, err := filepath.Glob(filepath.Join(a.dir, "*.kubeconfig"))
	if err != nil {
		return err
	}
	for _, path := range files {
		config, err := clientcmd.LoadFromFile(path)
		if err != nil {
			return fmt.Errorf("reading an old kubeconfig: %w", err)
		}
		for _, c := range config.Clusters {
			c.Server = a.server
		}
		if err := a.writeConfig(path, config); err != nil {
			return err
		}
	}
	return nil
}
