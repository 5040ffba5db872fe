// Package incluster lets a program in a container be a client of its cluster: with
// the files and the environment of its container, over its pod's network, and a
// log in the form of klog on its standard error. client-go's own ways
// (rest.InClusterConfig, clientcmd's loading, klog) use files, environment, network
// and standard error of the machine's process, in which all containers run.
package incluster

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/transport"

	"kubetutor/internal/engine/kernel"
)

// The files of a service account in a container.
const (
	accountDir    = "/var/run/secrets/kubernetes.io/serviceaccount"
	tokenFile     = accountDir + "/token"
	authorityFile = accountDir + "/ca.crt"
	namespaceFile = accountDir + "/namespace"
)

// tokenPeriod is how long a token is used until its file is read again, as in
// client-go: the kubelet writes a new one at 80 % of the old one's life.
const tokenPeriod = time.Minute

// Config is how the process's pod speaks to the API server with its service
// account: what rest.InClusterConfig is elsewhere. It returns rest.ErrNotInCluster
// where the environment names no API server.
func Config(p *kernel.Process) (*rest.Config, error) {
	host, port := p.Getenv("KUBERNETES_SERVICE_HOST"), p.Getenv("KUBERNETES_SERVICE_PORT")
	if host == "" || port == "" {
		return nil, rest.ErrNotInCluster
	}
	if _, err := p.FS().ReadFile(tokenFile); err != nil {
		return nil, err
	}
	authority, err := p.FS().ReadFile(authorityFile)
	if err != nil {
		return nil, err
	}
	if !x509.NewCertPool().AppendCertsFromPEM(authority) {
		return nil, fmt.Errorf("%s holds no certificate", authorityFile)
	}
	c := &rest.Config{Host: "https://" + net.JoinHostPort(host, port), TLSClientConfig: rest.TLSClientConfig{CAData: authority}}
	useToken(p, c, tokenFile)
	return c, overPod(p, c)
}

// Kubeconfig is how the process's pod speaks to the API server that a kubeconfig
// names, whose files are files of the container.
func Kubeconfig(p *kernel.Process, file string) (*rest.Config, error) {
	text, err := p.FS().ReadFile(file)
	if err != nil {
		return nil, err
	}
	raw, err := clientcmd.Load(text)
	if err != nil {
		return nil, fmt.Errorf("error loading config file \"%s\": %w", file, err)
	}
	token, err := inline(p, raw)
	if err != nil {
		return nil, err
	}
	c, err := clientcmd.NewDefaultClientConfig(*raw, &clientcmd.ConfigOverrides{}).ClientConfig()
	if err != nil {
		return nil, err
	}
	if token != "" {
		useToken(p, c, token)
	}
	return c, overPod(p, c)
}

// inline reads the files that the present context of a kubeconfig names into it,
// because client-go would read the machine's, and returns the path of its token.
func inline(p *kernel.Process, raw *clientcmdapi.Config) (token string, err error) {
	context := raw.Contexts[raw.CurrentContext]
	if context == nil {
		return "", nil // ClientConfig says what is missing
	}
	if cluster := raw.Clusters[context.Cluster]; cluster != nil {
		err = read(p, &cluster.CertificateAuthority, &cluster.CertificateAuthorityData)
	}
	if user := raw.AuthInfos[context.AuthInfo]; user != nil {
		err = errors.Join(err, read(p, &user.ClientCertificate, &user.ClientCertificateData), read(p, &user.ClientKey, &user.ClientKeyData))
		if user.Exec != nil || user.AuthProvider != nil {
			err = errors.Join(err, errors.New("a container has no credential plugins"))
		}
		token, user.TokenFile = user.TokenFile, ""
	}
	return token, err
}

// read replaces the name of a file by its content.
func read(p *kernel.Process, file *string, data *[]byte) (err error) {
	if *file == "" {
		return nil
	}
	*data, err = p.FS().ReadFile(*file)
	*file = ""
	return err
}

// overPod makes a client use nothing of the machine: neither its network nor the
// proxy that its environment may name.
func overPod(p *kernel.Process, c *rest.Config) error {
	network := p.Net()
	if network == nil {
		return errors.New("the container has no network")
	}
	c.Dial = network.Dial
	c.Proxy = func(*http.Request) (*url.URL, error) { return nil, nil }
	_, system, _ := strings.Cut(rest.DefaultKubernetesUserAgent(), "/")
	c.UserAgent = path.Base(p.Args()[0]) + "/" + system
	return nil
}

// useToken sends the token in a file, read again as it changes.
func useToken(p *kernel.Process, c *rest.Config, file string) {
	source := transport.NewCachedTokenSource(tokens{p, file})
	c.Wrap(transport.ResettableTokenSourceWrapTransport(source))
}

// tokens are the tokens in a file of a container.
type tokens struct {
	p    *kernel.Process
	file string
}

// Token implements oauth2.TokenSource.
func (t tokens) Token() (*oauth2.Token, error) {
	text, err := t.p.FS().ReadFile(t.file)
	if err != nil {
		return nil, fmt.Errorf("failed to read token file %q: %w", t.file, err)
	}
	token := strings.TrimSpace(string(text))
	if token == "" {
		return nil, fmt.Errorf("read empty token from file %q", t.file)
	}
	return &oauth2.Token{AccessToken: token, Expiry: time.Now().Add(tokenPeriod)}, nil
}

// Namespace is the namespace of the process's pod.
func Namespace(p *kernel.Process) (string, error) {
	text, err := p.FS().ReadFile(namespaceFile)
	return strings.TrimSpace(string(text)), err
}
