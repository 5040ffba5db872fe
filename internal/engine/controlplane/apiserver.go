package controlplane

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"

	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/rest"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/cmd/kube-apiserver/app/options"
)

const (
	apiServerName = "kube-apiserver"
	// serviceRange holds the addresses of Services; serviceIP is its first,
	// that of default/kubernetes.
	serviceRange, serviceIP = "10.96.0.0/16", "10.96.0.1"
	// advertised is the API server's made-up address inside the lab: an
	// endpoint of default/kubernetes may not be a loopback address.
	advertised = "172.30.0.1"
	nodeRange  = "172.30.0.0/16"
	podRange   = "10.244.0.0/16"
	// toleration is how many seconds Pods stay on a lost node, unless they or the
	// profile say otherwise. Upstream keeps the flag's last value for the process.
	toleration = "300"
)

// apiServer is kube-apiserver, running.
type apiServer struct {
	done      component
	door      *doorway
	informers informers.SharedInformerFactory // what admission and RBAC see
}

// startAPIServer builds kube-apiserver as its command does, from options, and
// serves on l.
func startAPIServer(flags flagValues, l *doorway, a *Audit) (*apiServer, error) {
	ctx, cancel := context.WithCancel(context.Background())
	config, err := apiServerConfig(ctx, flags, l)
	if err != nil {
		cancel()
		return nil, err
	}
	config.KubeAPIs.ControlPlane.Generic.DisabledPostStartHooks.Insert(slowHooks()...)
	for _, generic := range []*genericapiserver.Config{
		config.KubeAPIs.ControlPlane.Generic, &config.ApiExtensions.GenericConfig.Config, &config.Aggregator.GenericConfig.Config,
	} {
		generic.AuditBackend, generic.AuditPolicyRuleEvaluator = auditBackend{a}, auditBackend{a}
		generic.LoopbackClientConfig.UserAgent = userAgent()
	}
	completed, err := config.Complete()
	if err != nil {
		cancel()
		return nil, fmt.Errorf("completing the API server's configuration: %w", err)
	}
	chain, err := app.CreateServerChain(completed)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("building the API server: %w", err)
	}
	prepared, err := chain.PrepareRun()
	if err != nil {
		cancel()
		return nil, fmt.Errorf("preparing the API server: %w", err)
	}
	return &apiServer{
		door:      l,
		done:      run(apiServerName, cancel, func() error { return prepared.Run(ctx) }),
		informers: config.KubeAPIs.ControlPlane.VersionedInformers,
	}, nil
}

// userAgent is how the API server names itself to itself. Left alone, it would
// have the name of the process, which other components share.
func userAgent() string {
	_, release, _ := strings.Cut(rest.DefaultKubernetesUserAgent(), "/")
	return apiServerName + "/" + release
}

func apiServerConfig(ctx context.Context, flags map[string]string, l net.Listener) (*app.Config, error) {
	o := options.NewServerRunOptions()
	sets := o.Flags()
	if err := parseFlags(apiServerName, &sets, flags); err != nil {
		return nil, err
	}
	o.SecureServing.Listener = l
	if err := o.GenericServerRunOptions.ComponentGlobalsRegistry.Set(); err != nil {
		return nil, fmt.Errorf("setting feature gates: %w", err)
	}
	completed, err := o.Complete(ctx)
	if err != nil {
		return nil, fmt.Errorf("completing the API server's options: %w", err)
	}
	if errs := completed.Validate(); len(errs) > 0 {
		return nil, fmt.Errorf("checking the API server's options: %w", utilerrors.NewAggregate(errs))
	}
	config, err := app.NewConfig(completed)
	if err != nil {
		return nil, fmt.Errorf("configuring the API server: %w", err)
	}
	return config, nil
}

func apiServerFlags(p *pki, l net.Listener, etcd, egressConfig string) map[string]string {
	return map[string]string{
		"etcd-servers":                     etcd,
		"bind-address":                     "127.0.0.1",
		"secure-port":                      strconv.Itoa(portOf(l)),
		"advertise-address":                advertised,
		"tls-cert-file":                    p.file("apiserver.crt"),
		"tls-private-key-file":             p.file("apiserver.key"),
		"client-ca-file":                   p.file("ca.crt"),
		"service-account-issuer":           "https://kubernetes.default.svc.cluster.local",
		"service-account-jwks-uri":         "https://" + advertised + ":6443/openid/v1/jwks", // by itself it would name the port on loopback
		"service-account-signing-key-file": p.file("sa.key"),
		"service-account-key-file":         p.file("sa.pub"),
		"service-cluster-ip-range":         serviceRange,
		"authorization-mode":               "Node,RBAC",
		"enable-admission-plugins":         "NodeRestriction",
		"allow-privileged":                 "true",
		"enable-bootstrap-token-auth":      "true",
		"egress-selector-config-file":      egressConfig,
		"kubelet-preferred-address-types":  "InternalIP",
		"shutdown-send-retry-after":        "true",  // bounds the wait for open connections to 2 s
		"enable-logs-handler":              "false", // it serves the machine's /var/log
		"profiling":                        "false",
		"endpoint-reconciler-type":         "lease",
		// How logs, exec and the like reach a kubelet.
		"kubelet-client-certificate":    p.file(kubeletClient + ".crt"),
		"kubelet-client-key":            p.file(kubeletClient + ".key"),
		"kubelet-certificate-authority": p.file("ca.crt"),
		// Webhooks and aggregated APIs behind a Service are dialled at a Pod: there
		// need be nothing that translates the Service's address.
		"enable-aggregator-routing":              "true",
		"default-not-ready-toleration-seconds":   toleration,
		"default-unreachable-toleration-seconds": toleration,
	}
}
