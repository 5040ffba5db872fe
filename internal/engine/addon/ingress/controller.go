package ingress

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/record"

	"kubetutor/internal/engine/addon/ingress/conf"
	"kubetutor/internal/engine/addon/ingress/model"
	"kubetutor/internal/engine/kernel"
)

// confFile is where nginx's configuration is.
const confFile = "/etc/nginx/nginx.conf"

// controller is the program at work.
type controller struct {
	p        *kernel.Process
	flags    *flags
	journal  journal
	client   kubernetes.Interface
	events   record.EventBroadcaster
	recorder record.EventRecorder
	store    *store
	status   *status
	pod      *corev1.Pod
	zone     string
	writer   *conf.Writer
	nginx    *nginx
	running  []byte // nginx.conf as it is served, without its checksum
	ready    atomic.Bool
	stopping atomic.Bool
}

func newController(ctx context.Context, p *kernel.Process, f *flags, j journal, client kubernetes.Interface, fake *model.Certificate) (*controller, error) {
	c := &controller{p: p, flags: f, journal: j, client: client, writer: conf.New()}
	if err := c.findPod(ctx); err != nil {
		return nil, err
	}
	c.events = record.NewBroadcaster(record.WithContext(ctx))
	c.recorder = c.events.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "nginx-ingress-controller"})
	c.events.StartLogging(j.infof)
	c.events.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: client.CoreV1().Events(f.namespace)})
	var err error
	if c.store, err = newStore(f, j, client, c.syncRecorder(), fake); err != nil {
		return nil, err
	}
	if err := c.readConfigMap(ctx); err != nil {
		return nil, err
	}
	c.status = newStatus(c)
	return c, nil
}

// syncRecorder records what happens to Ingresses, unless a flag says not to.
func (c *controller) syncRecorder() record.EventRecorder {
	if c.flags.noSyncEvents {
		return &record.FakeRecorder{}
	}
	return c.recorder
}

// findPod finds the pod that the program runs in.
func (c *controller) findPod(ctx context.Context) error {
	name, namespace := c.p.Getenv("POD_NAME"), c.p.Getenv("POD_NAMESPACE")
	if name == "" || namespace == "" {
		return errors.New("unexpected error obtaining ingress-nginx pod: unable to get POD information (missing POD_NAME or POD_NAMESPACE environment variable")
	}
	pod, err := c.client.CoreV1().Pods(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("unexpected error obtaining ingress-nginx pod: unable to get POD information: %w", err)
	}
	c.pod = pod
	if !c.flags.topology {
		return nil
	}
	node, err := c.client.CoreV1().Nodes().Get(ctx, pod.Spec.NodeName, metav1.GetOptions{})
	if err == nil {
		c.zone = node.Labels[corev1.LabelTopologyZone]
	}
	return nil
}

// readConfigMap reads the ConfigMap before anything else depends on it.
func (c *controller) readConfigMap(ctx context.Context) error {
	_, err := c.client.NetworkingV1().IngressClasses().List(ctx, metav1.ListOptions{Limit: 1})
	if apierrors.IsForbidden(err) {
		c.journal.warnf("No permissions to list and get Ingress Classes: %v, IngressClass feature will be disabled", err)
		c.store.noClasses = true
	}
	namespace, name, err := split(c.flags.configMap)
	if err != nil {
		c.journal.errorf("unexpected error parsing name and ns: %v", err)
		return nil
	}
	cm, err := c.client.CoreV1().ConfigMaps(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		c.journal.warnf("Unexpected error reading configuration configmap: %v", err)
		return nil
	}
	c.store.configure(cm.Data)
	return nil
}

// run works until the program is told to end.
func (c *controller) run(ctx context.Context) int {
	signals := c.p.Notify(kernel.SIGTERM)
	working, stop := context.WithCancel(ctx)
	defer stop()
	defer c.events.Shutdown()
	c.journal.Info("Starting NGINX Ingress controller")
	if err := c.serveHealth(ctx); err != nil {
		c.journal.fatalf("%v", err)
		return exitFatal
	}
	ended := make(chan error, 1)
	go func() { ended <- c.work(working) }()
	select {
	case err := <-ended:
		if ctx.Err() == nil {
			c.journal.fatalf("%v", err)
		}
		return exitFatal
	case <-signals:
		return c.terminate(ctx, stop)
	}
}

// work fills the store, then follows it.
func (c *controller) work(ctx context.Context) error {
	if err := c.store.start(ctx); err != nil {
		return err
	}
	c.journal.Info("Starting NGINX process")
	var err error
	if c.nginx, err = startNGINX(c); err != nil {
		return fmt.Errorf("NGINX error: %w", err)
	}
	c.status.start(ctx)
	if c.flags.webhook != "" {
		c.journal.Info("Starting validation webhook", "address", c.flags.webhook, "certPath", c.flags.webhookCertificate, "keyPath", c.flags.webhookKey)
		if err := c.serveWebhook(ctx); err != nil {
			c.journal.Error(err, "Error listening for TLS connections")
		}
	}
	c.store.touch()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.store.changed:
			c.sync()
		}
		if !pause(ctx, gather) {
			return ctx.Err()
		}
	}
}

// gather is how long changes are gathered after one has been served.
const gather = 50 * time.Millisecond

// sync serves what the store has, if it is different.
func (c *controller) sync() {
	configuration := c.store.configuration(nil, c.options(), c.journal.warnf)
	text, err := c.writer.Write(configuration, "")
	if err != nil {
		c.journal.errorf("%v", err)
		return
	}
	reload := !bytes.Equal(text, c.running)
	if reload {
		c.journal.Info("Configuration changes detected, backend reload required")
	}
	if err := c.nginx.apply(configuration); err != nil {
		c.journal.errorf("Unexpected failure reloading the backend:\n%v", err)
		c.recorder.Eventf(c.pod, corev1.EventTypeWarning, "RELOAD", "Error reloading NGINX: %v", err)
		return
	}
	if reload {
		c.written(configuration, text)
	}
	c.ready.Store(true)
	c.status.touch()
}

// written notes that a configuration is served, and leaves it where people look.
func (c *controller) written(configuration *model.Configuration, text []byte) {
	sum := fnv.New64a()
	_, _ = sum.Write(text)
	full, err := c.writer.Write(configuration, fmt.Sprint(sum.Sum64()))
	if err == nil {
		err = c.p.FS().WriteFile(confFile, full, 0o644)
	}
	if err != nil {
		c.journal.errorf("%v", err)
	}
	c.journal.Info("Backend successfully reloaded")
	c.running = text
	c.recorder.Event(c.pod, corev1.EventTypeNormal, "RELOAD", "NGINX reload triggered due to a change in configuration")
}

func (c *controller) options() model.Options {
	f := c.flags
	return model.Options{HTTPPort: f.httpPort, HTTPSPort: f.httpsPort, DefaultPort: f.defaultPort, StatusPort: f.statusPort, HealthPath: f.healthPath,
		DefaultService: f.defaultService, NoExternalNames: f.noExternalNames, TopologyZone: c.zone, Passthrough: f.passthrough}
}

// configuration is what the store has, with one Ingress as it is to be; nil: as it is.
func (s *store) configuration(with *model.Ingress, options model.Options, warn func(string, ...any)) *model.Configuration {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.ingresses
	if with != nil {
		all = maps.Clone(all)
		key := with.Namespace + "/" + with.Name
		if all[key] == nil {
			with = youngest(with)
		}
		all[key] = with
	}
	options.TCPServices, options.UDPServices = s.streams(s.flags.tcpServices), s.streams(s.flags.udpServices)
	settings := s.settings
	return model.Build(model.Source{Ingresses: slices.Collect(maps.Values(all)), Service: s.Service, Slices: s.endpointSlices, Certificate: s.certificate,
		ConfigMap: s.ConfigMap, Settings: &settings, Default: s.defaultCertificate(), Options: options, Warn: warn})
}

// youngest is a new Ingress, which claims nothing that another has, though both may
// be of the same second.
func youngest(ing *model.Ingress) *model.Ingress {
	younger := *ing
	younger.Ingress = ing.Ingress.DeepCopy()
	younger.CreationTimestamp = metav1.NewTime(time.Now().Add(time.Second))
	return &younger
}

func (s *store) streams(configMap string) map[string]string {
	if configMap == "" {
		return nil
	}
	cm, err := s.ConfigMap(configMap)
	if err != nil {
		s.journal.warnf("Error getting ConfigMap %q: %v", configMap, err)
		return nil
	}
	return cm.Data
}

// terminate ends the controller as SIGTERM asks: first it is not ready any more,
// then nginx ends what is under way.
func (c *controller) terminate(ctx context.Context, stop func()) int {
	c.journal.Info("Received SIGTERM, shutting down")
	c.stopping.Store(true)
	pause(ctx, time.Duration(c.flags.shutdownGrace)*time.Second)
	c.journal.Info("Shutting down controller queues")
	stop()
	c.status.shutdown(ctx)
	c.journal.Info("Stopping NGINX process")
	if c.nginx != nil {
		c.nginx.quit(ctx)
	}
	c.journal.Info("NGINX process has stopped")
	c.journal.infof("Handled quit, delaying controller exit for %d seconds", c.flags.postShutdownGrace)
	pause(ctx, time.Duration(c.flags.postShutdownGrace)*time.Second)
	c.journal.Info("Exiting", "code", 0)
	return 0
}

// check is why the controller is not healthy.
func (c *controller) check() error {
	switch {
	case c.stopping.Load():
		return errors.New("the ingress controller is shutting down")
	case !c.ready.Load():
		return errors.New("dynamic load balancer not started")
	case c.nginx.gone():
		return errors.New("checking for NGINX process: no such process")
	}
	return nil
}

// serveHealth answers probes.
func (c *controller) serveHealth(ctx context.Context) error {
	mux := http.NewServeMux()
	mux.HandleFunc(c.flags.healthPath, func(w http.ResponseWriter, _ *http.Request) {
		if err := c.check(); err != nil {
			http.Error(w, "[+]ping ok\n[-]nginx-ingress-controller failed: reason withheld\nhealthz check failed", http.StatusInternalServerError)
			return
		}
		fmt.Fprint(w, "ok")
	})
	mux.HandleFunc("/metrics", c.metrics)
	return c.listen(ctx, fmt.Sprintf("%s:%d", c.flags.healthHost, c.flags.healthPort), &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second})
}

// listen serves on an address of the pod until ctx ends.
func (c *controller) listen(ctx context.Context, address string, server *http.Server) error {
	listener, err := c.p.Net().Listen("tcp", address)
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { server.Close() })
	go func() {
		if server.TLSConfig != nil {
			_ = server.ServeTLS(listener, "", "")
		} else {
			_ = server.Serve(listener)
		}
	}()
	return nil
}
