// Package ingress is the ingress controller of the cluster: the container programs
// nginx-ingress-controller, kube-webhook-certgen and what stands beside them in
// their images. It does what ingress-nginx v1.15.1 does, the last release before
// the project was retired in March 2026, with the same manifest, flags, log,
// events, webhook and nginx.conf; in place of nginx there is package proxy.
//
// Differences, all of time: changes are served at once instead of after up to
// three seconds (--sync-rate-limit), and an Ingress has its address with the next
// change instead of within a minute.
package ingress

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"

	"kubetutor/internal/engine/addon/incluster"
	"kubetutor/internal/engine/kernel"
)

// Release is the version of ingress-nginx that this is like.
const Release = "v1.15.1"

const banner = `-------------------------------------------------------------------------------
NGINX Ingress controller
  Release:       ` + Release + `
  Build:         dbb11b92d
  Repository:    https://github.com/kubernetes/ingress-nginx
  nginx version: nginx/1.27.1

-------------------------------------------------------------------------------

`

// Exit statuses: klog's when something is fatal, pflag's for wrong flags.
const (
	exitFatal = 255
	exitUsage = 2
)

// Program is the program nginx-ingress-controller.
func Program(ctx context.Context, p *kernel.Process) int {
	fmt.Fprint(p.Stdout(), banner)
	f, err := parseFlags(p.Args()[1:], p.Stderr())
	switch {
	case errors.Is(err, errUsage):
		return exitUsage
	case err != nil:
		journal{to: p.Stderr(), pid: p.PID()}.fatalf("%v", err)
		return exitFatal
	case f.version:
		return 0
	}
	j := journal{Logger: incluster.Log(p, f.verbosity), to: p.Stderr(), pid: p.PID()}
	ctx = klog.NewContext(ctx, j.Logger)
	c, err := prepare(ctx, p, f, j)
	if err != nil {
		if ctx.Err() == nil {
			j.fatalf("%v", err)
		}
		return exitFatal
	}
	return c.run(ctx)
}

// prepare connects with the cluster and checks what the flags name.
func prepare(ctx context.Context, p *kernel.Process, f *flags, j journal) (*controller, error) {
	client, err := connect(ctx, p, f, j)
	if err != nil {
		return nil, fmt.Errorf("error while initiating a connection to the Kubernetes API server. "+
			"This could mean the cluster is misconfigured (e.g. it has invalid API server certificates or Service Accounts configuration). Reason: %w\n"+
			"Refer to the troubleshooting guide for more information: https://kubernetes.github.io/ingress-nginx/troubleshooting/", err)
	}
	for _, key := range []string{f.defaultService, f.publishService} {
		if err := checkService(ctx, client, key); err != nil {
			return nil, err
		}
	}
	if f.defaultService != "" {
		j.Info("Valid default backend", "service", f.defaultService)
	}
	if f.namespace != "" {
		if _, err := client.CoreV1().Namespaces().Get(ctx, f.namespace, metav1.GetOptions{}); err != nil {
			return nil, fmt.Errorf("no namespace with name %v found: %w", f.namespace, err)
		}
	}
	fake, err := fakeCertificate()
	if err != nil {
		return nil, err
	}
	j.Info("SSL fake certificate created", "file", fakeFile)
	return newController(ctx, p, f, j, client, fake)
}

// connect makes a client, and waits until the API server answers.
func connect(ctx context.Context, p *kernel.Process, f *flags, j journal) (kubernetes.Interface, error) {
	config, err := clusterConfig(p, f)
	if err != nil {
		return nil, err
	}
	config.WarningHandler = rest.NoWarnings{}
	j.Info("Creating API client", "host", config.Host)
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	for wait, tries := time.Second, 10; ; wait, tries = wait*3/2, tries-1 {
		version, err := client.Discovery().ServerVersion()
		if err == nil {
			j.Info("Running in Kubernetes cluster", "major", version.Major, "minor", version.Minor, "git", version.GitVersion,
				"state", version.GitTreeState, "commit", version.GitCommit, "platform", version.Platform)
			return client, nil
		}
		if tries == 0 || !pause(ctx, wait) {
			return nil, err
		}
	}
}

func clusterConfig(p *kernel.Process, f *flags) (*rest.Config, error) {
	if f.kubeconfig != "" {
		return incluster.Kubeconfig(p, f.kubeconfig)
	}
	return incluster.Config(p)
}

// pause waits; false if ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// checkService says what is wrong with a Service that a flag names.
func checkService(ctx context.Context, client kubernetes.Interface, key string) error {
	if key == "" {
		return nil
	}
	namespace, name, err := split(key)
	if err != nil {
		return err
	}
	_, err = client.CoreV1().Services(namespace).Get(ctx, name, metav1.GetOptions{})
	switch {
	case apierrors.IsUnauthorized(err) || apierrors.IsForbidden(err):
		return errors.New("✖ the cluster seems to be running with a restrictive Authorization mode " +
			"and the Ingress controller does not have the required permissions to operate normally")
	case apierrors.IsNotFound(err):
		return fmt.Errorf("no service with name %v found in namespace %v: %w", name, namespace, err)
	case err != nil:
		return fmt.Errorf("unexpected error searching service with name %v in namespace %v: %w", name, namespace, err)
	}
	return nil
}
