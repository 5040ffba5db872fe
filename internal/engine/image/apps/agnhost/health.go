package agnhost

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/spf13/pflag"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"kubetutor/internal/engine/image/apps/service"
)

// health answers gRPC probes.
type health struct {
	grpc_health_v1.UnimplementedHealthServer
	*call
	service string
	started time.Time
	after   time.Duration // until it reports trouble; negative: never
	forced  atomic.Pointer[bool]
}

func grpcHealthChecking(flags *pflag.FlagSet) func(context.Context, *call) int {
	number := flags.Int("port", 5000, "")
	httpPort := flags.Int("http-port", 8080, "")
	delay := flags.Int("delay-unhealthy-sec", -1, "")
	name := flags.String("service", "", "")
	certFile, keyFile := flags.String("tls-cert-file", "", ""), flags.String("tls-private-key-file", "", "")
	return func(ctx context.Context, c *call) int {
		if (*certFile == "") != (*keyFile == "") {
			return c.fatal("Both --tls-cert-file and --tls-private-key-file must be set")
		}
		h := &health{call: c, service: *name, started: time.Now(), after: seconds(*delay)}
		failed := make(chan int, 2)
		go func() { failed <- h.switches(ctx, *httpPort) }()
		go func() { failed <- h.serve(ctx, *number, *certFile, *keyFile) }()
		return <-failed
	}
}

func (h *health) switches(ctx context.Context, number int) int {
	mux := http.NewServeMux()
	mux.HandleFunc("/make-not-serving", h.force(false, "Mark as unhealthy"))
	mux.HandleFunc("/make-serving", h.force(true, "Mark as healthy"))
	h.log.Printf("Http server starting to listen on %s", port(number))
	return h.serveHTTP(ctx, port(number), mux)
}

func (h *health) force(healthy bool, words string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		h.log.Print(words)
		h.forced.Store(&healthy)
		io.WriteString(w, time.Since(h.started).String())
	}
}

func (h *health) serve(ctx context.Context, number int, certFile, keyFile string) int {
	l, err := service.Listen(ctx, h.Process, port(number))
	if err != nil {
		return h.fatal("Error while starting the listening service %v", err)
	}
	var options []grpc.ServerOption
	certificate, err := optionalCertificate(h.call, certFile, keyFile)
	if err != nil {
		return h.fatal("Failed to generate credentials %v", err)
	}
	if certificate != nil {
		options = append(options, grpc.Creds(credentials.NewServerTLSFromCert(certificate)))
	}
	server := grpc.NewServer(options...)
	grpc_health_v1.RegisterHealthServer(server, h)
	context.AfterFunc(ctx, server.Stop)
	h.log.Printf("gRPC server starting to listen on %s", port(number))
	if err := server.Serve(l); err != nil && ctx.Err() == nil {
		return h.fatal("Error while starting the gRPC server on the %s listen address %v", port(number), err)
	}
	<-ctx.Done()
	return 1
}

// Check answers one probe.
func (h *health) Check(_ context.Context, req *grpc_health_v1.HealthCheckRequest) (*grpc_health_v1.HealthCheckResponse, error) {
	h.log.Printf("Serving the Check request for health check, started at %v", h.started)
	if req.Service != h.service {
		return nil, status.Errorf(codes.NotFound, "unknown service")
	}
	state := grpc_health_v1.HealthCheckResponse_SERVING
	if !h.healthy() {
		state = grpc_health_v1.HealthCheckResponse_NOT_SERVING
	}
	return &grpc_health_v1.HealthCheckResponse{Status: state}, nil
}

func (h *health) healthy() bool {
	if forced := h.forced.Load(); forced != nil && !*forced {
		return false
	}
	return h.after < 0 || time.Since(h.started) < h.after
}
