// Package foreign does labs on a cluster that is not ours: the learner named
// its kubeconfig and its context. There is no baseline to go back to. Everything
// made for an attempt stands in a namespace that was made for it and carries the
// label [setup.AttemptKey]; the namespace also carries [OwnerKey]. Going back means
// deleting such namespaces of our own, and nothing else is ever deleted.
package foreign

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/discovery"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// answerLimit is how long the cluster may take to say its version.
const answerLimit = 4 * time.Second

// Cluster is the learner's own cluster, as one context shows it.
type Cluster struct {
	context string
	kube    *api.Config // that context alone, all files read into it
	config  *rest.Config
	client  kubernetes.Interface
	version string
	dir     string
}

// Open reads the kubeconfig file and asks the cluster for its version; it takes
// at most five seconds. An empty context is the file's current one. Dir, which
// is ours alone, takes copies of the kubeconfig for the learner's console, and
// who we are.
func Open(ctx context.Context, file, contextName, dir string) (*Cluster, error) {
	kube, err := load(file, contextName)
	if err != nil {
		return nil, err
	}
	config, err := clientcmd.NewDefaultClientConfig(*kube, nil).ClientConfig()
	if err != nil {
		return nil, fmt.Errorf("reading context %s of %s: %w", kube.CurrentContext, file, err)
	}
	config.QPS = -1 // the set-up and the checks are small; the server may slow them down
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("reading context %s of %s: %w", kube.CurrentContext, file, err)
	}
	c := &Cluster{context: kube.CurrentContext, kube: kube, config: config, client: client, dir: dir}
	if c.version, err = askVersion(ctx, config); err != nil {
		return nil, fmt.Errorf("the cluster of context %s does not answer at %s: %w", c.context, config.Host, rootCause(err))
	}
	return c, nil
}

// load reads one context of a kubeconfig file, with the files that it names.
func load(file, contextName string) (*api.Config, error) {
	kube, err := clientcmd.LoadFromFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the kubeconfig %s: %w", file, err)
	}
	if contextName != "" {
		kube.CurrentContext = contextName
	}
	if kube.CurrentContext == "" {
		return nil, fmt.Errorf("the kubeconfig %s has no current context: name one with --context", file)
	}
	if kube.Contexts[kube.CurrentContext] == nil {
		return nil, fmt.Errorf("the kubeconfig %s has no context %q", file, kube.CurrentContext)
	}
	if err := errors.Join(clientcmd.ResolveLocalPaths(kube), api.MinifyConfig(kube), api.FlattenConfig(kube)); err != nil {
		return nil, fmt.Errorf("reading context %s of %s: %w", kube.CurrentContext, file, err)
	}
	return kube, refusePlugins(kube)
}

// refusePlugins refuses credentials that only a program can give: the learner's
// console runs no programs.
func refusePlugins(kube *api.Config) error {
	for name, user := range kube.AuthInfos {
		if user.Exec != nil {
			return fmt.Errorf("user %s of context %s gets its credentials from the program %s, which a lab's console may not run: use a context with a token or a certificate", name, kube.CurrentContext, user.Exec.Command)
		}
		if user.AuthProvider != nil {
			return fmt.Errorf("user %s of context %s uses the auth provider %s: use a context with a token or a certificate", name, kube.CurrentContext, user.AuthProvider.Name)
		}
	}
	return nil
}

func askVersion(ctx context.Context, config *rest.Config) (string, error) {
	quick := rest.CopyConfig(config)
	quick.Timeout = answerLimit
	client, err := discovery.NewDiscoveryClientForConfig(quick)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, answerLimit)
	defer cancel()
	v, err := client.ServerVersionWithContext(ctx)
	if err != nil {
		return "", err
	}
	return v.GitVersion, nil
}

// rootCause leaves out the request's URL, which the message has already.
func rootCause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// Config returns the learner's own credentials.
func (c *Cluster) Config() *rest.Config { return rest.CopyConfig(c.config) }

// Server is the API server's URL.
func (c *Cluster) Server() string { return c.config.Host }

// Version is that of the API server.
func (c *Cluster) Version() string { return c.version }

// Foreign is the name of the context.
func (c *Cluster) Foreign() string { return c.context }

// Kubeconfig writes a copy of the context with that namespace (mode 0600); the
// learner's file is not touched. Everybody acts with the same credentials here,
// so that a user has a file of its own, but no identity.
func (c *Cluster) Kubeconfig(user, namespace string) (string, error) {
	kube := c.kube.DeepCopy()
	kube.Contexts[kube.CurrentContext].Namespace = namespace
	data, err := clientcmd.Write(*kube)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return "", err
	}
	file := filepath.Join(c.dir, url.PathEscape(user)+".kubeconfig")
	return file, replace(file, data)
}

// replace writes a file so that a reader finds the old or the new one.
func replace(file string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".kubeconfig-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
