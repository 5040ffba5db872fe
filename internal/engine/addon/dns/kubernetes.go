package dns

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/plugin/kubernetes"
	"github.com/coredns/coredns/plugin/pkg/dnsutil"
	"github.com/coredns/coredns/plugin/pkg/upstream"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"kubetutor/internal/engine/addon/incluster"
	"kubetutor/internal/engine/kernel"
)

// When the plugin kubernetes stops waiting for the API server, when it says that it
// waits, and how often it looks.
const (
	kubernetesPatience = 5 * time.Second
	kubernetesSays     = 500 * time.Millisecond
	kubernetesLooks    = 10 * time.Millisecond
)

func setupKubernetes(c *caddy.Controller) error {
	i := instanceOf(c)
	args, err := stanza(c)
	if err != nil {
		return plugin.Error("kubernetes", err)
	}
	k, err := parseKubernetes(c, args)
	if err != nil {
		return plugin.Error("kubernetes", err)
	}
	k.ClientConfig = podConfig{p: i.server.p, log: i.log("kubernetes")}
	k.graft("localIPs", []net.IP{i.server.p.Net().IP().AsSlice()})
	k.graft("autoPathSearch", searchList(i.server.p))
	if _, _, err := k.InitKubeCache(context.Background()); err != nil {
		return plugin.Error("kubernetes", err)
	}
	c.OnStartup(func() error { k.start(i); return nil })
	c.OnShutdown(func() error { _ = k.APIConn.Stop(); return nil })
	dnsserver.GetConfig(c).AddPlugin(func(next plugin.Handler) plugin.Handler {
		k.Next = next
		return k.Kubernetes
	})
	return nil
}

// start lets the plugin follow the API, and waits until it has seen everything.
func (k *kubernetesPlugin) start(i *instance) {
	go k.APIConn.Run()
	log, began := i.log("kubernetes"), time.Now()
	says := began.Add(kubernetesSays)
	for !k.APIConn.HasSynced() && i.server.p.Context().Err() == nil {
		i.server.sleep(kubernetesLooks)
		switch now := time.Now(); {
		case now.Sub(began) > k.patience:
			log.warningf("starting server with unsynced Kubernetes API")
			return
		case now.After(says):
			log.infof("waiting for Kubernetes API before starting server")
			says = now.Add(kubernetesSays)
		}
	}
}

// kubernetesPlugin is upstream's plugin, set up without upstream's parser: that
// reads /etc/resolv.conf of the machine for every stanza.
type kubernetesPlugin struct {
	*kubernetes.Kubernetes
	patience time.Duration
}

// graft sets a field that only upstream's parser sets, by its name. A test holds
// the names to upstream's.
func (k *kubernetesPlugin) graft(path string, value any) {
	field := reflect.ValueOf(k.Kubernetes).Elem()
	for name := range strings.SplitSeq(path, ".") {
		field = field.FieldByName(name)
	}
	reflect.NewAt(field.Type(), field.Addr().UnsafePointer()).Elem().Set(reflect.ValueOf(value))
}

// parseKubernetes reads the stanza as upstream's ParseStanza does.
func parseKubernetes(c *caddy.Controller, args []string) (*kubernetesPlugin, error) {
	k := &kubernetesPlugin{kubernetes.New(plugin.OriginsFromArgsOrServerBlock(args, c.ServerBlockKeys)), kubernetesPatience}
	primary := -1
	for at, zone := range k.Zones {
		if dnsutil.IsReverse(zone) == 0 {
			primary = at
			break
		}
	}
	if primary < 0 {
		return nil, errors.New("non-reverse zone name must be used")
	}
	k.Upstream = upstream.New()
	k.graft("primaryZoneIndex", primary)
	k.graft("opts.initEndpointsCache", true)
	if err := properties(c, k.properties(c)); err != nil {
		return nil, err
	}
	return k, nil
}

func (k *kubernetesPlugin) properties(c *caddy.Controller) map[string]func([]string) error {
	elsewhere := func([]string) error { return errNotHere }
	return map[string]func([]string) error{
		"endpoint_pod_names": none(c, func() { k.graft("endpointNameMode", true) }),
		"noendpoints":        none(c, func() { k.graft("opts.initEndpointsCache", false) }),
		"zonal":              none(c, func() { k.graft("opts.zonal", true) }),
		"pods":               one(c, k.pods),
		"ttl":                some(c, func(args []string) error { return k.ttl(c, args[0]) }),
		"labels":             some(c, func(args []string) error { return k.selector("opts.labelSelector", "label", args) }),
		"namespace_labels":   some(c, func(args []string) error { return k.selector("opts.namespaceLabelSelector", "namespace_label", args) }),
		"fallthrough":        func(args []string) error { k.Fall.SetZonesFromArgs(args); return nil },
		"namespaces": some(c, func(args []string) error {
			for _, namespace := range args {
				k.Namespaces[namespace] = struct{}{}
			}
			return nil
		}),
		"ignore": func(args []string) error {
			if len(args) > 0 && args[0] != "empty_service" {
				return fmt.Errorf("unable to parse ignore value: '%v'", args[0])
			}
			k.graft("opts.ignoreEmptyService", len(args) > 0)
			return nil
		},
		"startup_timeout": some(c, func(args []string) (err error) {
			if k.patience, err = time.ParseDuration(args[0]); err != nil {
				return fmt.Errorf("failed to parse startup_timeout: %v, %s", args[0], err)
			}
			return nil
		}),
		"endpoint": elsewhere, "tls": elsewhere, "kubeconfig": elsewhere, "multicluster": elsewhere,
	}
}

func (k *kubernetesPlugin) pods(mode string) error {
	switch mode {
	case "disabled", "verified", "insecure":
		k.graft("podMode", mode)
		return nil
	}
	return fmt.Errorf("wrong value for pods: %s,  must be one of: disabled, verified, insecure", mode)
}

// maxTTL is the highest TTL in seconds that the plugin takes.
const maxTTL = 3600

func (k *kubernetesPlugin) ttl(c *caddy.Controller, arg string) error {
	seconds, err := strconv.Atoi(arg)
	if err != nil {
		return err
	}
	if seconds < 0 || seconds > maxTTL {
		return c.Errf("ttl must be in range [0, %d]: %d", maxTTL, seconds)
	}
	k.graft("ttl", uint32(seconds))
	return nil
}

func (k *kubernetesPlugin) selector(field, name string, args []string) error {
	text := strings.Join(args, " ")
	selector, err := meta.ParseToLabelSelector(text)
	if err != nil {
		return fmt.Errorf("unable to parse %s selector value: '%v': %v", name, text, err)
	}
	k.graft(field, selector)
	return nil
}

// searchList are the search domains of the container, for autopath.
func searchList(p *kernel.Process) []string {
	config, err := resolvConf(p, "/etc/resolv.conf")
	if err != nil {
		return nil
	}
	plugin.Zones(config.Search).Normalize()
	return config.Search
}

// podConfig is the client configuration of the pod's service account. Of
// clientcmd.ClientConfig, the plugin asks for the client's configuration alone.
type podConfig struct {
	p   *kernel.Process
	log pluginLog
}

// ClientConfig is the pod's.
func (c podConfig) ClientConfig() (*rest.Config, error) {
	config, err := incluster.Config(c.p)
	if err != nil {
		return nil, err
	}
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.AcceptContentTypes = config.ContentType + ",application/json"
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return complaints{next, c.log} })
	return config, nil
}

// RawConfig, Namespace and ConfigAccess are not asked for.
func (podConfig) RawConfig() (clientcmdapi.Config, error) { return clientcmdapi.Config{}, errNotHere }

// Namespace is not asked for.
func (podConfig) Namespace() (string, bool, error) { return "", false, errNotHere }

// ConfigAccess is not asked for.
func (podConfig) ConfigAccess() clientcmd.ConfigAccess { return nil }

// complaints writes into the log what the API server refuses. Upstream has this
// from client-go by klog, which is the whole process's.
type complaints struct {
	next http.RoundTripper
	log  pluginLog
}

// maxComplaint is how much of an answer is read for its reason, in bytes.
const maxComplaint = 16 << 10

// RoundTrip writes a line for an answer that is an error.
func (c complaints) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(r)
	if err != nil {
		if r.Context().Err() == nil {
			c.log.errorf("Failed to watch: failed to list %s: %v", r.URL.Path, err)
		}
		return nil, err
	}
	if resp.StatusCode >= http.StatusBadRequest && !ordinary(resp.StatusCode) {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, maxComplaint))
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(strings.NewReader(string(text)), resp.Body), resp.Body}
		c.log.errorf("Failed to watch: failed to list %s: %s", r.URL.Path, reason(resp, text))
	}
	return resp, nil
}

// ordinary says whether a client goes on after an error as if nothing had happened:
// it lists again what is too old, and lists what cannot be streamed.
func ordinary(code int) bool {
	return code == http.StatusGone || code == http.StatusUnprocessableEntity
}

// reason is what an API server says about an error.
func reason(resp *http.Response, text []byte) string {
	decoded, _, err := scheme.Codecs.UniversalDeserializer().Decode(text, nil, nil)
	if status, ok := decoded.(*meta.Status); err == nil && ok {
		return status.Message
	}
	return resp.Status
}
