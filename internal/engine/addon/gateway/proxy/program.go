package proxy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"github.com/spf13/pflag"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"

	"kubetutor/internal/engine/addon/edge"
	"kubetutor/internal/engine/addon/incluster"
	"kubetutor/internal/engine/kernel"
)

const (
	// ConfigKey is where a Secret holds a Config, as JSON.
	ConfigKey = "config.json"
	// ReadyPort is where a proxy says whether it has a configuration. It is a port
	// that a listener of a Gateway cannot have then.
	ReadyPort = 15021
)

// drainFor is how long requests may go on when a proxy is told to end.
const drainFor = 20 * time.Second

// Run is the data plane of a Gateway: it does what a Secret says, until ctx ends.
func Run(ctx context.Context, p *kernel.Process, args []string) error {
	flags := pflag.NewFlagSet("gateway-controller proxy", pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	secret := flags.String("secret", "", "Secret of the pod's namespace with the configuration")
	namespace := flags.String("namespace", p.Getenv("POD_NAMESPACE"), "namespace of the Secret")
	verbosity := flags.IntP("v", "v", 2, "verbosity of the log")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *secret == "" || *namespace == "" {
		return errors.New("--secret and --namespace must be given")
	}
	config, err := incluster.Config(p)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	log := incluster.Log(p, *verbosity)
	ctx = klog.NewContext(ctx, log)
	d := &dataPlane{log: slog.New(logr.ToSlogHandler(log))}
	d.server = edge.NewServer(edge.Options{Net: p.Net(), Log: d.log, Seed: seed(*namespace + "/" + *secret)})
	defer d.close()
	ready, err := d.health(p)
	if err != nil {
		return err
	}
	defer ready.Close()
	d.follow(ctx, client, *namespace, *secret)
	return nil
}

// seed makes the proxies of one Gateway choose alike.
func seed(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return h.Sum64()
}

// dataPlane is a running proxy.
type dataPlane struct {
	log    *slog.Logger
	server *edge.Server
	ready  atomic.Bool
}

// close lets requests end.
func (d *dataPlane) close() {
	d.ready.Store(false)
	ctx, cancel := context.WithTimeout(context.Background(), drainFor)
	defer cancel()
	d.server.Shutdown(ctx)
}

// health answers the kubelet's questions.
func (d *dataPlane) health(p *kernel.Process) (io.Closer, error) {
	l, err := p.Net().Listen("tcp", fmt.Sprintf(":%d", ReadyPort))
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !d.ready.Load() {
			http.Error(w, "no configuration yet", http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, "ok\n")
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Second, ErrorLog: slog.NewLogLogger(d.log.Handler(), slog.LevelDebug)}
	go func() { _ = server.Serve(l) }() // ends with the server's Close
	return server, nil
}

// follow does what the Secret says, whenever it changes.
func (d *dataPlane) follow(ctx context.Context, client kubernetes.Interface, namespace, name string) {
	watch := cache.NewListWatchFromClient(client.CoreV1().RESTClient(), "secrets", namespace, fields.OneTermEqualSelector(metav1.ObjectNameField, name))
	set := func(object any) {
		if secret, ok := object.(*corev1.Secret); ok {
			d.set(secret)
		}
	}
	_, informer := cache.NewInformerWithOptions(cache.InformerOptions{ListerWatcher: watch, ObjectType: &corev1.Secret{},
		Handler: cache.ResourceEventHandlerFuncs{AddFunc: set, UpdateFunc: func(_, object any) { set(object) }}})
	informer.RunWithContext(ctx)
}

// set takes a configuration over. One that cannot be read leaves the old in force.
func (d *dataPlane) set(secret *corev1.Secret) {
	var c Config
	if err := json.Unmarshal(secret.Data[ConfigKey], &c); err != nil {
		d.log.Error("The configuration cannot be read", "err", err)
		return
	}
	compiled, err := Compile(&c, d.server)
	if err != nil {
		d.log.Error("The configuration cannot be used", "err", err)
		return
	}
	if err := d.server.Set(compiled); err != nil {
		d.log.Error("Not all ports could be opened", "err", err)
	}
	d.ready.Store(true)
	d.log.Info("The configuration is in force", "version", secret.ResourceVersion, "ports", len(c.Ports), "rules", len(c.Rules))
}
