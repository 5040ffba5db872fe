package kubeproxy

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/kubernetes/pkg/proxy/healthcheck"
)

// listen opens a TCP port of the node.
type listen func(network, address string) (net.Listener, error)

// healthHandler answers /healthz and /livez. Upstream judges; its own server would
// listen on the machine.
func healthHandler(health *healthcheck.ProxyHealthServer) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		h, eligible := health.Health(), health.NodeEligible()
		h.NodeEligible = &eligible
		answer(w, h, h.Healthy && eligible)
	})
	mux.HandleFunc("/livez", func(w http.ResponseWriter, _ *http.Request) {
		h := health.Health()
		answer(w, h, h.Healthy)
	})
	return mux
}

func answer(w http.ResponseWriter, h healthcheck.ProxyHealth, well bool) {
	if well {
		h.LastUpdated = h.CurrentTime
	}
	body, err := json.Marshal(h)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	tell(w, well, body)
}

// tell writes a state as JSON: 200 if it is good, else 503.
func tell(w http.ResponseWriter, well bool, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if !well {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_, _ = w.Write(body)
}

// modeHandler answers /proxyMode and /healthz at the metrics' address.
func modeHandler(mode string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/proxyMode", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		fmt.Fprint(w, mode)
	})
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	return mux
}

// serve answers at an address of the node until the process ends.
func serve(open listen, address string, h http.Handler) error {
	l, err := open("tcp", address)
	if err != nil {
		return err
	}
	go httpServer(h).Serve(l) //nolint:errcheck // it ends with the listener
	return nil
}

// headerTimeout bounds how long a client may take to ask.
const headerTimeout = 10 * time.Second

func httpServer(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: headerTimeout}
}

// serviceChecks answer the health checks of load balancers: for each Service with a
// healthCheckNodePort how many ready endpoints the node has. It is upstream's
// ServiceHealthServer, whose listeners are the machine's and cannot be replaced.
type serviceChecks struct {
	open   listen
	health *healthcheck.ProxyHealthServer
	log    logr.Logger
	failed func(service types.NamespacedName, port uint16, err error) // a port could not be opened

	mu   sync.Mutex
	list map[types.NamespacedName]*serviceCheck
}

type serviceCheck struct {
	port      uint16
	server    *http.Server
	endpoints int
}

// set makes the services with their ports those that are answered for, with so many
// local endpoints each.
func (c *serviceChecks) set(ports map[types.NamespacedName]uint16, endpoints map[types.NamespacedName]int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, check := range c.list {
		if ports[name] != check.port {
			c.log.V(2).Info("Closing healthcheck", "service", name, "port", check.port)
			_ = check.server.Close()
			delete(c.list, name)
		}
	}
	for name, port := range ports {
		if c.list[name] == nil {
			c.add(name, port)
		}
	}
	for name, check := range c.list {
		check.endpoints = endpoints[name]
	}
}

func (c *serviceChecks) add(name types.NamespacedName, port uint16) {
	c.log.V(2).Info("Opening healthcheck", "service", name, "port", port)
	l, err := c.open("tcp4", fmt.Sprintf("0.0.0.0:%d", port))
	if err != nil {
		c.failed(name, port, err)
		return
	}
	check := &serviceCheck{port: port}
	check.server = httpServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { c.answer(w, name, check) }))
	go check.server.Serve(l) //nolint:errcheck // it ends when it is closed, or with the process
	c.list[name] = check
}

func (c *serviceChecks) answer(w http.ResponseWriter, name types.NamespacedName, check *serviceCheck) {
	c.mu.Lock()
	count := check.endpoints
	c.mu.Unlock()
	well := c.health.Health().Healthy
	w.Header().Set("X-Load-Balancing-Endpoint-Weight", strconv.Itoa(count))
	tell(w, count != 0 && well, fmt.Appendf(nil,
		"{\n\t\"service\": {\n\t\t\"namespace\": %q,\n\t\t\"name\": %q\n\t},\n\t\"localEndpoints\": %d,\n\t\"serviceProxyHealthy\": %v\n}",
		name.Namespace, name.Name, count, well))
}
