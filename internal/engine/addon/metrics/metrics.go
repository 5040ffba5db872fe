// Package metrics runs upstream's metrics-server in the engine's process, so that
// `kubectl top` and horizontal autoscalers work. It asks the kubelets for their
// resource metrics, and answers the API server's aggregation layer.
//
// Nothing listens: the API server reaches it through the engine's way into the
// lab, at an address of the lab's network ([Address]). So whoever asks has been
// authenticated and authorised by the API server, which says in headers who it is.
package metrics

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/authentication/request/headerrequest"
	"k8s.io/apiserver/pkg/authorization/authorizerfactory"
	openapinamer "k8s.io/apiserver/pkg/endpoints/openapi"
	genericapiserver "k8s.io/apiserver/pkg/server"
	utilcompatibility "k8s.io/apiserver/pkg/util/compatibility"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/metrics-server/pkg/api"
	generatedopenapi "sigs.k8s.io/metrics-server/pkg/api/generated/openapi"
	"sigs.k8s.io/metrics-server/pkg/scraper/client"
	"sigs.k8s.io/metrics-server/pkg/server"
)

const (
	// address is in the nodes' network, below that of the first node.
	address = "172.30.0.2"
	port    = 4443
	// kubeletPort is asked where a node does not tell its own.
	kubeletPort = 10250
)

// Address is where the API server finds metrics-server.
func Address() netip.AddrPort { return netip.AddrPortFrom(netip.MustParseAddr(address), port) }

// Options say of which cluster the metrics are.
type Options struct {
	Config *rest.Config // of an administrator, whom kubelets obey too
	// Dial connects to an address of the lab's network.
	Dial func(ctx context.Context, to netip.AddrPort) (net.Conn, error)
	// Resolution is how often kubelets are asked. Upstream's default is 15 s.
	Resolution time.Duration
}

// Server is a running metrics-server.
type Server struct {
	inbox *inbox
	end   context.CancelFunc
	wg    sync.WaitGroup
}

// Start creates the objects by which the API server finds metrics-server, and
// starts it. Ctx bounds that alone. There are values to show after two rounds of
// questions.
func Start(ctx context.Context, o Options) (*Server, error) {
	if err := createObjects(ctx, o.Config); err != nil {
		return nil, err
	}
	s := &Server{inbox: newInbox(net.TCPAddrFromAddrPort(Address()))}
	config, err := s.config(o)
	if err != nil {
		return nil, err
	}
	upstream, err := config.Complete()
	if err != nil {
		return nil, fmt.Errorf("building metrics-server: %w", err)
	}
	life, end := context.WithCancel(context.Background())
	s.end = end
	s.wg.Go(func() { _ = upstream.RunUntil(life.Done()) }) // it ends when it is told to
	return s, nil
}

// Stop ends it.
func (s *Server) Stop() {
	s.end()
	s.wg.Wait()
	s.inbox.Close()
}

// Dial connects to it.
func (s *Server) Dial(ctx context.Context) (net.Conn, error) { return s.inbox.dial(ctx) }

func (s *Server) config(o Options) (*server.Config, error) {
	serving, err := s.serving()
	if err != nil {
		return nil, err
	}
	config := rest.CopyConfig(o.Config)
	config.ContentType = runtime.ContentTypeProtobuf
	return &server.Config{
		Apiserver: serving, Rest: config, Kubelet: kubelets(o),
		MetricResolution: o.Resolution, ScrapeTimeout: o.Resolution * 9 / 10, // upstream's limit
	}, nil
}

// kubelets is how kubelets are asked: at the addresses and ports that their nodes
// tell, through the lab's network.
func kubelets(o Options) *client.KubeletClientConfig {
	config := rest.CopyConfig(o.Config)
	config.Dial = func(ctx context.Context, _, to string) (net.Conn, error) {
		node, err := netip.ParseAddrPort(to)
		if err != nil {
			return nil, err
		}
		return o.Dial(ctx, node)
	}
	return &client.KubeletClientConfig{
		Client: *config, Scheme: "https", DefaultPort: kubeletPort, UseNodeStatusPort: true,
		AddressTypePriority: []corev1.NodeAddressType{corev1.NodeInternalIP},
	}
}

// serving is the configuration of upstream's generic API server, as
// metrics-server's command makes it, for one that nobody but the API server can
// reach.
func (s *Server) serving() (*genericapiserver.Config, error) {
	certificate, err := selfSigned(serviceName + "." + namespace + ".svc")
	if err != nil {
		return nil, err
	}
	authenticator, err := headerrequest.New([]string{"X-Remote-User"}, []string{"X-Remote-Uid"}, []string{"X-Remote-Group"}, []string{"X-Remote-Extra-"})
	if err != nil {
		return nil, fmt.Errorf("reading who asks metrics-server: %w", err)
	}
	c := genericapiserver.NewConfig(api.Codecs)
	c.SecureServing = &genericapiserver.SecureServingInfo{Listener: s.inbox, Cert: certificate}
	c.LoopbackClientConfig = &rest.Config{} // it does not call itself
	c.ExternalAddress = Address().String()
	c.Authentication.Authenticator = authenticator
	c.Authorization.Authorizer = authorizerfactory.NewAlwaysAllowAuthorizer()
	c.EnableProfiling, c.EnableMetrics = false, false
	c.EffectiveVersion = utilcompatibility.DefaultBuildEffectiveVersion()
	names := openapinamer.NewDefinitionNamer(api.Scheme)
	c.OpenAPIConfig = genericapiserver.DefaultOpenAPIConfig(generatedopenapi.GetOpenAPIDefinitions, names)
	c.OpenAPIV3Config = genericapiserver.DefaultOpenAPIV3Config(generatedopenapi.GetOpenAPIDefinitions, names)
	version, _, _ := strings.Cut(c.EffectiveVersion.String(), "-")
	c.OpenAPIConfig.Info.Title, c.OpenAPIV3Config.Info.Title = "Kubernetes metrics-server", "Kubernetes metrics-server"
	c.OpenAPIConfig.Info.Version, c.OpenAPIV3Config.Info.Version = version, version
	return c, nil
}

// inbox is a listener in memory.
type inbox struct {
	addr  net.Addr
	conns chan net.Conn
	done  chan struct{}
	close func()
}

var _ net.Listener = (*inbox)(nil)

func newInbox(addr net.Addr) *inbox {
	in := &inbox{addr: addr, conns: make(chan net.Conn), done: make(chan struct{})}
	in.close = sync.OnceFunc(func() { close(in.done) })
	return in
}

// Accept implements net.Listener.
func (in *inbox) Accept() (net.Conn, error) {
	select {
	case c := <-in.conns:
		return c, nil
	case <-in.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (in *inbox) Close() error {
	in.close()
	return nil
}

// Addr implements net.Listener.
func (in *inbox) Addr() net.Addr { return in.addr }

// errClosed is what a dialler sees of a server that has ended.
var errClosed = errors.New("metrics-server has ended")

func (in *inbox) dial(ctx context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case in.conns <- theirs:
		return ours, nil
	case <-in.done:
		return nil, errClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
