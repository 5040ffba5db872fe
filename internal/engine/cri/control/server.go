package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net"
	"net/http"
	"net/netip"
	"os"
	"syscall"
	"time"
)

// Runtime is what the server steers. Its methods are called from many
// goroutines; those that name a node return [ErrNoNode] for one that is not
// there.
type Runtime interface {
	// Hello tells the runtime's identity and its nodes.
	Hello() Hello
	// AddNode opens a node's endpoint. For a node that is there already it
	// changes what it can (capacities) and returns nil.
	AddNode(context.Context, Node) error
	// RemoveNode stops a node's containers, closes its endpoint and forgets it.
	RemoveNode(ctx context.Context, name string) error
	// Power pulls a node's plug, or puts it back.
	Power(ctx context.Context, name string, on bool) error
	// Pressure sets what a node claims to use beyond its containers.
	Pressure(ctx context.Context, name string, p Pressure) error
	// Usage tells what a node uses.
	Usage(ctx context.Context, name string) (Usage, error)
	// Reset removes every sandbox but those of the Pods to keep, at once, and makes
	// caches, registries and pressure as they were at first. For [Barred] it lets
	// nothing start of the Pods that are gone.
	Reset(ctx context.Context, r Reset) error
	// Routes replaces the addresses outside that pods may connect to.
	Routes(ctx context.Context, r Routes) error
	// Hosts replaces the names that the nodes' name server knows.
	Hosts(ctx context.Context, h Hosts) error
	// Policies replaces the policies of all pods.
	Policies(ctx context.Context, p Policies) error
	// Announce replaces the addresses of load balancers.
	Announce(ctx context.Context, a Announcements) error
	// Explain tells what would become of a connection.
	Explain(ctx context.Context, q Question) (Record, error)
	// Records are what became of connections after the one with the ID since, until
	// ctx ends.
	Records(ctx context.Context, since uint64) iter.Seq[Record]
	// Dial connects to an address in the lab's network. From is a node's name or
	// the address of a pod or node, "" for the engine itself, [Outside]. It gives up
	// when ctx ends. Errors that wrap ECONNREFUSED, EHOSTUNREACH and [ErrNobody]
	// reach the caller as such, all others as a time-out.
	Dial(ctx context.Context, from string, to netip.AddrPort) (net.Conn, error)
	// Exchange sends a datagram from somebody whom Dial's from names, and returns the
	// first that comes back. Errors are as Dial's.
	Exchange(ctx context.Context, from string, to netip.AddrPort, datagram []byte) ([]byte, error)
	// Images returns the catalogue as what JSON can be made of.
	Images(context.Context) (any, error)
}

// maxRequest bounds a request, in bytes; the largest are the policies of many
// pods.
const maxRequest = 32 << 20

// Server serves a Runtime.
type Server struct {
	runtime Runtime
	leashes *leashes
}

// NewServer returns a server of r. The first leash is awaited for [Grace].
func NewServer(r Runtime) *Server { return newServer(r, Grace) }

func newServer(r Runtime, grace time.Duration) *Server {
	return &Server{runtime: r, leashes: newLeashes(grace)}
}

// Abandoned is closed when nobody has held a leash for [Grace].
func (s *Server) Abandoned() <-chan struct{} { return s.leashes.abandoned }

// Serve answers on a listener that admits only the same user (peer.Listen),
// until ctx ends; leashes and connections end with it.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	defer context.AfterFunc(ctx, func() { server.Close() })()
	err := server.Serve(l)
	if ctx.Err() != nil && errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serving the runtime's socket: %w", err)
}

// ServeHTTP implements http.Handler. CONNECT has no path, so that it goes past
// the multiplexer.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodConnect {
		s.connect(w, r)
		return
	}
	s.routes().ServeHTTP(w, r)
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /leash", s.leash)
	mux.HandleFunc("GET /hello", get(func(*http.Request) (any, error) { return s.runtime.Hello(), nil }))
	mux.HandleFunc("GET /images", get(func(r *http.Request) (any, error) { return s.runtime.Images(r.Context()) }))
	mux.HandleFunc("GET /nodes/{name}/usage", get(func(r *http.Request) (any, error) {
		return s.runtime.Usage(r.Context(), r.PathValue("name"))
	}))
	mux.HandleFunc("DELETE /nodes/{name}", get(func(r *http.Request) (any, error) {
		return nil, s.runtime.RemoveNode(r.Context(), r.PathValue("name"))
	}))
	mux.HandleFunc("POST /nodes", post(func(r *http.Request, n Node) error { return s.runtime.AddNode(r.Context(), n) }))
	mux.HandleFunc("POST /nodes/{name}/power", post(func(r *http.Request, p Power) error {
		return s.runtime.Power(r.Context(), r.PathValue("name"), p.On)
	}))
	mux.HandleFunc("POST /nodes/{name}/pressure", post(func(r *http.Request, p Pressure) error {
		return s.runtime.Pressure(r.Context(), r.PathValue("name"), p)
	}))
	mux.HandleFunc("POST /reset", post(func(r *http.Request, to Reset) error { return s.runtime.Reset(r.Context(), to) }))
	mux.HandleFunc("POST /routes", post(s.setRoutes))
	mux.HandleFunc("POST /hosts", post(func(r *http.Request, h Hosts) error { return s.runtime.Hosts(r.Context(), h) }))
	mux.HandleFunc("POST /policies", post(func(r *http.Request, p Policies) error { return s.runtime.Policies(r.Context(), p) }))
	mux.HandleFunc("POST /announce", post(func(r *http.Request, a Announcements) error { return s.runtime.Announce(r.Context(), a) }))
	mux.HandleFunc("POST /explain", get(s.explain))
	mux.HandleFunc("POST /datagram", s.datagram)
	mux.HandleFunc("GET /records", s.records)
	return mux
}

func (s *Server) setRoutes(r *http.Request, routes Routes) error {
	for _, target := range routes {
		if err := target.Check(); err != nil {
			return err
		}
	}
	return s.runtime.Routes(r.Context(), routes)
}

// leash holds the runtime until the caller goes or the server ends.
func (s *Server) leash(w http.ResponseWriter, r *http.Request) {
	defer s.leashes.take()()
	w.WriteHeader(http.StatusOK)
	if err := http.NewResponseController(w).Flush(); err != nil {
		return
	}
	<-r.Context().Done()
}

// get makes a handler that is answered by an object, or by nothing.
func get(do func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		answer, err := do(r)
		if err != nil {
			fail(w, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer) // the caller went: nobody is left to be told
	}
}

// post makes a handler that takes an object.
func post[T any](do func(*http.Request, T) error) http.HandlerFunc {
	return get(func(r *http.Request) (any, error) {
		var req T
		if err := read(r, &req); err != nil {
			return nil, err
		}
		return nil, do(r, req)
	})
}

// read reads the object of a request.
func read(r *http.Request, to any) error {
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxRequest)).Decode(to); err != nil {
		return fmt.Errorf("reading a request to %s: %w", r.URL.Path, err)
	}
	return nil
}

func fail(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	if errors.Is(err, ErrNoNode) {
		status = http.StatusNotFound
	}
	writeFailure(w, status, err.Error())
}

func writeFailure(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(failure{text})
}

// refusal tells in the words of a kernel why a connection was not made.
func refusal(err error) (status int, text string) {
	switch {
	case errors.Is(err, ErrNobody):
		return http.StatusNotFound, ErrNobody.Error()
	case errors.Is(err, syscall.ECONNREFUSED):
		return http.StatusBadGateway, syscall.ECONNREFUSED.Error()
	case errors.Is(err, syscall.EHOSTUNREACH):
		return http.StatusGatewayTimeout, syscall.EHOSTUNREACH.Error()
	default:
		return http.StatusGatewayTimeout, os.ErrDeadlineExceeded.Error()
	}
}
