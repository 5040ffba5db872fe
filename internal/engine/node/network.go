package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"k8s.io/component-base/version"
	"k8s.io/kubernetes/pkg/kubelet"
	"k8s.io/kubernetes/pkg/probe"
	grpcprobe "k8s.io/kubernetes/pkg/probe/grpc"
	tcpprobe "k8s.io/kubernetes/pkg/probe/tcp"

	"kubetutor/internal/engine/cri/control"
)

// dialer connects from the node to an address in the lab's network; nothing else
// of the machine's networks can be reached with it.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// dialFrom is the dialer of a node. A probe may name a host; the only names on a
// node are those of its hosts file, which the caller looks up.
func dialFrom(runtime *control.Client, node string, lookup func(host string) (netip.Addr, error)) dialer {
	return func(ctx context.Context, _, address string) (net.Conn, error) {
		to, err := resolve(address, lookup)
		if err != nil {
			return nil, fmt.Errorf("dial tcp: %w", err)
		}
		return runtime.Dial(ctx, node, to)
	}
}

// resolve finds the address behind host:port.
func resolve(address string, lookup func(string) (netip.Addr, error)) (netip.AddrPort, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return netip.AddrPort{}, err
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("address %s: no port %q", address, port)
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		if ip, err = lookup(host); err != nil {
			return netip.AddrPort{}, err
		}
	}
	return netip.AddrPortFrom(ip.Unmap(), uint16(number)), nil
}

// useNetwork makes all of the kubelet's connections to pods go through dial:
// HTTP, TCP and gRPC probes and lifecycle hooks. Upstream dials the machine's
// network and has no way to be told otherwise.
func useNetwork(k *kubelet.Kubelet, dial dialer) error {
	prober := inside(k).field("probeManager").field("prober")
	return errors.Join(
		redirect(prober.field("http").field("transport"), dial),
		redirect(prober.field("http").field("h2cTransport"), dial),
		prober.field("tcp").set(tcpProber{dial}),
		prober.field("grpc").set(grpcProber{dial}),
		redirectHooks(inside(k).field("containerRuntime").field("runner").field("httpDoer"), dial),
	)
}

// redirect makes a transport dial with dial.
func redirect(field private, dial dialer) error {
	transport, err := pointer[http.Transport](field)
	if err != nil {
		return err
	}
	transport.DialContext, transport.DialTLSContext, transport.Proxy = dial, nil, nil
	return nil
}

// redirectHooks does so for the client of lifecycle hooks; its transport is in a
// field that everyone may set.
func redirectHooks(field private, dial dialer) error {
	client, err := value[*http.Client](field)
	if err != nil {
		return err
	}
	transport, ok := client.Transport.(*http.Transport)
	if !ok {
		return field.fail(fmt.Sprintf("has a transport %T", client.Transport)).err
	}
	transport.DialContext, transport.Proxy = dial, nil
	return nil
}

// tcpProber is upstream's TCP probe over a dialer.
type tcpProber struct{ dial dialer }

var _ tcpprobe.Prober = tcpProber{}

// Probe implements tcp.Prober.
func (p tcpProber) Probe(host string, port int, timeout time.Duration) (probe.Result, string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	conn, err := p.dial(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return probe.Failure, err.Error(), nil // a failed probe is no error of the prober
	}
	conn.Close()
	return probe.Success, "", nil
}

// grpcProber is upstream's gRPC probe over a dialer, with its messages.
type grpcProber struct{ dial dialer }

var _ grpcprobe.Prober = grpcProber{}

// Probe implements grpc.Prober.
func (p grpcProber) Probe(host, service string, port int, timeout time.Duration, options grpcprobe.ProbeOptions) (probe.Result, string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	address := net.JoinHostPort(host, strconv.Itoa(port))
	// As upstream does: connect first, so that a failure to connect and one of
	// the service can be told apart.
	conn, err := p.dial(ctx, "tcp", address)
	if errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
		return probe.Failure, fmt.Sprintf("timeout: failed to connect service %q within %v: %+v", address, timeout, err), nil
	}
	if err != nil {
		return probe.Failure, fmt.Sprintf("error: failed to connect service at %q: %+v", address, err), nil
	}
	defer conn.Close()
	client, err := grpcOver(conn, address, options.UseTLS)
	if err != nil {
		return probe.Failure, fmt.Sprintf("error: failed to connect service at %q: %+v", address, err), nil
	}
	defer client.Close()
	answer, err := healthv1.NewHealthClient(client).Check(ctx, &healthv1.HealthCheckRequest{Service: service})
	result, text := judge(answer, err, timeout)
	return result, text, nil
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

// grpcOver is a client over one connection.
func grpcOver(conn net.Conn, address string, useTLS bool) (*grpc.ClientConn, error) {
	secrets := insecure.NewCredentials()
	if useTLS {
		secrets = credentials.NewTLS(unverified())
	}
	once := make(chan net.Conn, 1)
	once <- conn
	close(once)
	v := version.Get()
	return grpc.NewClient("passthrough:///"+address,
		grpc.WithUserAgent(fmt.Sprintf("kube-probe/%s.%s", v.Major, v.Minor)),
		grpc.WithTransportCredentials(secrets),
		grpc.WithContextDialer(func(context.Context, string) (net.Conn, error) {
			if c, ok := <-once; ok {
				return c, nil
			}
			return nil, net.ErrClosed
		}))
}

// judge is what upstream makes of an answer to a health check.
func judge(answer *healthv1.HealthCheckResponse, err error, timeout time.Duration) (probe.Result, string) {
	switch code := status.Code(err); {
	case code == codes.Unimplemented:
		return probe.Failure, fmt.Sprintf("error: this server does not implement the grpc health protocol (grpc.health.v1.Health): %s", status.Convert(err).Message())
	case code == codes.DeadlineExceeded:
		return probe.Failure, fmt.Sprintf("timeout: health rpc did not complete within %v", timeout)
	case err != nil:
		return probe.Failure, fmt.Sprintf("error: health rpc probe failed: %+v", err)
	case answer.GetStatus() != healthv1.HealthCheckResponse_SERVING:
		return probe.Failure, fmt.Sprintf("service unhealthy (responded with %q)", answer.GetStatus().String())
	default:
		return probe.Success, "service healthy"
	}
}
