package ingress

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/labels"

	"kubetutor/internal/engine/addon/ingress/annotation"
)

// flags are the controller's flags. Those of upstream that tune what does not
// exist here are accepted and forgotten.
type flags struct {
	annotationsPrefix      string
	className              string // of the deprecated annotation
	classController        string
	classByName            bool
	watchWithoutClass      bool
	configMap              string
	defaultService         string
	defaultCertificate     string
	tcpServices            string
	udpServices            string
	publishService         string
	publishAddress         string
	updateStatus           bool
	updateStatusOnShutdown bool
	useNodeInternalIP      bool
	electionID             string
	electionTTL            time.Duration
	noElection             bool
	namespace              string
	namespaceSelector      string
	selector               labels.Selector // nil: all namespaces
	disableCatchAll        bool
	noExternalNames        bool
	noSyncEvents           bool
	deepInspect            bool
	annotationValidation   bool
	passthrough            bool
	topology               bool
	webhook                string
	webhookCertificate     string
	webhookKey             string
	httpPort, httpsPort    int
	defaultPort            int
	statusPort             int
	healthPort             int
	healthHost             string
	healthPath             string
	shutdownGrace          int // seconds
	postShutdownGrace      int // seconds
	kubeconfig             string
	version                bool
	verbosity              int
}

// errUsage means that the flags were wrong, and that this has been said.
var errUsage = errors.New("the flags are wrong")

// parseFlags reads the command line. What is wrong goes to output, as pflag says it.
func parseFlags(args []string, output io.Writer) (*flags, error) {
	f := &flags{}
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	set.SetOutput(output)
	set.Usage = func() { fmt.Fprintf(output, "Usage of %s:\n%s", "", set.FlagUsages()) }
	f.declare(set)
	f.declarePorts(set)
	declareIgnored(set)
	if err := set.Parse(args); err != nil {
		if !errors.Is(err, pflag.ErrHelp) {
			fmt.Fprintln(output, err)
			set.Usage()
			fmt.Fprintln(output, err)
		}
		return nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	return f, f.check()
}

func (f *flags) declare(set *pflag.FlagSet) {
	set.StringVar(&f.annotationsPrefix, "annotations-prefix", annotation.Prefix, "Prefix of the Ingress annotations specific to the NGINX controller.")
	set.StringVar(&f.className, "ingress-class", "nginx",
		"[IN DEPRECATION] Name of the ingress class this controller satisfies, in the annotation \"kubernetes.io/ingress.class\".")
	set.StringVar(&f.classController, "controller-class", "k8s.io/ingress-nginx",
		"Ingress Class Controller value this Ingress satisfies: .spec.controller of an IngressClass.")
	set.BoolVar(&f.classByName, "ingress-class-by-name", false, "Define if Ingress Controller should watch for Ingress Class by Name together with Controller Class.")
	set.BoolVar(&f.watchWithoutClass, "watch-ingress-without-class", false,
		"Define if Ingress Controller should also watch for Ingresses without an IngressClass or the annotation specified.")
	set.StringVar(&f.configMap, "configmap", "", "Name of the ConfigMap containing custom global configurations for the controller.")
	set.StringVar(&f.defaultService, "default-backend-service", "",
		"Service used to serve HTTP requests not matching any known server name (catch-all). Takes the form \"namespace/name\".")
	set.StringVar(&f.defaultCertificate, "default-ssl-certificate", "",
		"Secret containing a SSL certificate to be used by the default HTTPS server (catch-all). Takes the form \"namespace/name\".")
	set.StringVar(&f.tcpServices, "tcp-services-configmap", "", "Name of the ConfigMap containing the definition of the TCP services to expose.")
	set.StringVar(&f.udpServices, "udp-services-configmap", "", "Name of the ConfigMap containing the definition of the UDP services to expose.")
	set.StringVar(&f.publishService, "publish-service", "",
		"Service fronting the Ingress controller. Takes the form \"namespace/name\". Its address becomes the status of Ingresses.")
	set.StringVar(&f.publishAddress, "publish-status-address", "",
		"Customized address (or addresses, separated by comma) to set as the load-balancer status of Ingress objects.")
	set.BoolVar(&f.updateStatus, "update-status", true, "Update the load-balancer status of Ingress objects this controller satisfies.")
	set.BoolVar(&f.updateStatusOnShutdown, "update-status-on-shutdown", true, "Update the load-balancer status of Ingress objects when the controller shuts down.")
	set.BoolVar(&f.useNodeInternalIP, "report-node-internal-ip-address", false,
		"Set the load-balancer status of Ingress objects to internal Node addresses instead of external.")
	set.StringVar(&f.electionID, "election-id", "ingress-controller-leader", "Election id to use for Ingress status updates.")
	set.DurationVar(&f.electionTTL, "election-ttl", 30*time.Second, "Duration a leader election is valid before it's getting re-elected")
	set.BoolVar(&f.noElection, "disable-leader-election", false, "Disable Leader Election on NGINX Controller.")
	set.StringVar(&f.namespace, "watch-namespace", "",
		"Namespace the controller watches for updates to Kubernetes objects. All namespaces are watched if this parameter is left empty.")
	set.StringVar(&f.namespaceSelector, "watch-namespace-selector", "", "Selector selects namespaces the controller watches for updates to Kubernetes objects.")
	set.BoolVar(&f.disableCatchAll, "disable-catch-all", false, "Disable support for catch-all Ingresses.")
	set.BoolVar(&f.noExternalNames, "disable-svc-external-name", false, "Disable support for Services of type ExternalName.")
	set.BoolVar(&f.noSyncEvents, "disable-sync-events", false, "Disables the creation of 'Sync' event resources")
	set.BoolVar(&f.deepInspect, "deep-inspect", true, "Enables ingress object security deep inspector")
	set.BoolVar(&f.annotationValidation, "enable-annotation-validation", true, "If true, will enable the annotation validation feature. Defaults to true")
	set.BoolVar(&f.passthrough, "enable-ssl-passthrough", false, "Enable SSL Passthrough.")
	set.BoolVar(&f.topology, "enable-topology-aware-routing", false, "Enable topology aware routing feature.")
	set.StringVar(&f.webhook, "validating-webhook", "", "The address to start an admission controller on to validate incoming ingresses. Takes the form \"<host>:port\".")
	set.StringVar(&f.webhookCertificate, "validating-webhook-certificate", "", "The path of the validating webhook certificate PEM.")
	set.StringVar(&f.webhookKey, "validating-webhook-key", "", "The path of the validating webhook key PEM.")
	set.StringVar(&f.kubeconfig, "kubeconfig", "", "Path to a kubeconfig file containing authorization and API server information.")
	set.BoolVar(&f.version, "version", false, "Show release information about the NGINX Ingress controller and exit.")
	set.IntVarP(&f.verbosity, "v", "v", 0, "number for the log level verbosity")
}

func (f *flags) declarePorts(set *pflag.FlagSet) {
	set.IntVar(&f.httpPort, "http-port", 80, "Port to use for servicing HTTP traffic.")
	set.IntVar(&f.httpsPort, "https-port", 443, "Port to use for servicing HTTPS traffic.")
	set.IntVar(&f.defaultPort, "default-server-port", 8181, "Port to use for exposing the default server (catch-all).")
	set.IntVar(&f.statusPort, "status-port", 10246, "Port to use for the lua HTTP endpoint configuration.")
	set.IntVar(&f.healthPort, "healthz-port", 10254, "Port to use for the healthz endpoint.")
	set.StringVar(&f.healthHost, "healthz-host", "", "Address to bind the healthz endpoint.")
	set.StringVar(&f.healthPath, "health-check-path", "/healthz", "URL path of the health check endpoint.")
	set.IntVar(&f.shutdownGrace, "shutdown-grace-period", 0, "Seconds to wait after receiving the shutdown signal, before stopping the nginx process.")
	set.IntVar(&f.postShutdownGrace, "post-shutdown-grace-period", 10, "Seconds to wait after the nginx process has stopped before controller exits.")
}

// declareIgnored declares flags that are checked and have no effect.
func declareIgnored(set *pflag.FlagSet) {
	const usage = "Accepted; it has no effect in this cluster."
	for _, name := range []string{"apiserver-host", "certificate-authority", "internal-logger-address", "maxmind-mirror", "maxmind-license-key", "maxmind-edition-ids",
		"log_dir", "log_file", "log_backtrace_at", "stderrthreshold", "vmodule"} {
		set.String(name, "", usage)
	}
	for _, name := range []string{"profiling", "enable-metrics", "metrics-per-host", "metrics-per-undefined-host", "report-status-classes", "enable-ssl-chain-completion",
		"disable-full-test", "logtostderr", "alsologtostderr", "add_dir_header", "one_output", "skip_headers", "skip_log_headers", "legacy_stderr_threshold_behavior"} {
		set.Bool(name, false, usage)
	}
	for _, name := range []string{"health-check-timeout", "ssl-passthrough-proxy-port", "stream-port", "profiler-port", "status-update-interval", "monitor-max-batch-size",
		"dynamic-configuration-retries", "max-buckets", "maxmind-retries-count", "log_file_max_size"} {
		set.Int(name, 0, usage)
	}
	for _, name := range []string{"sync-rate-limit", "bucket-factor"} {
		set.Float64(name, 0, usage)
	}
	for _, name := range []string{"sync-period", "maxmind-retries-timeout"} {
		set.Duration(name, 0, usage)
	}
	for _, name := range []string{"time-buckets", "length-buckets", "size-buckets"} {
		set.Float64Slice(name, nil, usage)
	}
	set.StringSlice("exclude-socket-metrics", nil, usage)
	set.IP("profiler-address", net.IPv4(127, 0, 0, 1), usage)
}

// check refuses flags that do not go together.
func (f *flags) check() error {
	switch {
	case f.publishService != "" && f.publishAddress != "":
		return errors.New("flags --publish-service and --publish-status-address are mutually exclusive")
	case f.namespace != "" && f.namespaceSelector != "":
		return errors.New("flags --watch-namespace and --watch-namespace-selector are mutually exclusive")
	}
	if f.electionTTL <= 0 {
		f.electionTTL = 30 * time.Second
	}
	if f.namespaceSelector == "" {
		return nil
	}
	selector, err := labels.Parse(f.namespaceSelector)
	if err != nil {
		return fmt.Errorf("failed to parse --watch-namespace-selector=%s, error: %w", f.namespaceSelector, err)
	}
	f.selector = selector
	return nil
}

// split is the namespace and the name of a key.
func split(key string) (namespace, name string, err error) {
	namespace, name, ok := strings.Cut(key, "/")
	if !ok || strings.Contains(name, "/") {
		return "", "", fmt.Errorf("invalid format (namespace/name) found in '%v'", key)
	}
	return namespace, name, nil
}
