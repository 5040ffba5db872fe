// Package echo holds small servers that say who they are or what they were
// asked: the images by which people see where a request went.
package echo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"kubetutor/internal/engine/image/apps/service"
	"kubetutor/internal/engine/kernel"
)

// What these programs hold, in bytes, and what a request costs.
const (
	memory  = 6 << 20
	request = 80 * time.Microsecond
)

// server is a program that serves HTTP on one port.
type server struct {
	port    func(p *kernel.Process) int
	started func(p *kernel.Process, port int)
	handle  func(p *kernel.Process, w http.ResponseWriter, r *http.Request)
}

// program runs it as a program of Go's.
func (s server) program() kernel.Program {
	return service.LikeGo(func(ctx context.Context, p *kernel.Process) int {
		if p.Grow(memory) != nil {
			return 1
		}
		port := s.port(p)
		if s.started != nil {
			s.started(p, port)
		}
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.handle(p, w, r) })
		if err := service.Serve(ctx, p, service.Server(p, handler, request), service.Port(port), nil); err != nil {
			service.Logger(p).Print(err)
			return 1
		}
		return 0
	})
}

func always(n int) func(*kernel.Process) int { return func(*kernel.Process) int { return n } }

// fromEnv takes the port from a variable.
func fromEnv(name string, otherwise int) func(*kernel.Process) int {
	return func(p *kernel.Process) int {
		if n, err := strconv.Atoi(p.Getenv(name)); err == nil {
			return n
		}
		return otherwise
	}
}

// Hostname is registry.k8s.io/serve_hostname.
func Hostname(string) kernel.Program {
	return server{
		port: always(9376),
		started: func(p *kernel.Process, port int) {
			service.Logger(p).Printf("Serving on port %d.", port)
		},
		handle: func(p *kernel.Process, w http.ResponseWriter, r *http.Request) {
			service.Logger(p).Printf("HTTP request from %s", r.RemoteAddr)
			io.WriteString(w, p.Hostname())
		},
	}.program()
}

// Hello is gcr.io/google-samples/hello-app.
func Hello(version string) kernel.Program {
	return server{
		port: fromEnv("PORT", 8080),
		started: func(p *kernel.Process, port int) {
			service.Logger(p).Printf("Server listening on port %d", port)
		},
		handle: func(p *kernel.Process, w http.ResponseWriter, r *http.Request) {
			service.Logger(p).Printf("Serving request: %s", r.URL.Path)
			fmt.Fprintf(w, "Hello, world!\nVersion: %s\nHostname: %s\n", version, p.Hostname())
		},
	}.program()
}

// Kubia is the little application of the book "Kubernetes in Action": it says
// which pod was hit.
func Kubia(version string) kernel.Program {
	return server{
		port:    always(8080),
		started: func(p *kernel.Process, _ int) { fmt.Fprintln(p.Stdout(), "Kubia server starting...") },
		handle: func(p *kernel.Process, w http.ResponseWriter, r *http.Request) {
			host, _, _ := net.SplitHostPort(r.RemoteAddr)
			fmt.Fprintf(p.Stdout(), "Received request from ::ffff:%s\n", host)
			fmt.Fprintf(w, "This is v%s running in pod %s\n", version, p.Hostname())
		},
	}.program()
}

// HPA is registry.k8s.io/hpa-example: each request computes for a while.
func HPA(string) kernel.Program {
	// work is about what its loop of a million square roots takes.
	const work = 40 * time.Millisecond
	return server{
		port: always(80),
		handle: func(p *kernel.Process, w http.ResponseWriter, r *http.Request) {
			if p.Use(r.Context(), work) != nil {
				return
			}
			host, _, _ := net.SplitHostPort(r.RemoteAddr)
			fmt.Fprintf(p.Stdout(), "%s - - [%s] \"%s %s %s\" 200 203 \"-\" %q\n", host, time.Now().Format("02/Jan/2006:15:04:05 -0700"),
				r.Method, r.RequestURI, r.Proto, r.UserAgent())
			io.WriteString(w, "OK!")
		},
	}.program()
}

// lines of a request's headers, sorted, as "name=value".
func headers(r *http.Request, separator string, lower bool) []string {
	list := []string{}
	for name, values := range r.Header {
		if lower {
			name = strings.ToLower(name)
		}
		for _, value := range values {
			list = append(list, name+separator+value)
		}
	}
	host := "Host"
	if lower {
		host = "host"
	}
	list = append(list, host+separator+r.Host)
	slices.Sort(list)
	return list
}

// Echoserver is registry.k8s.io/echoserver.
func Echoserver(version string) kernel.Program {
	return server{port: always(8080), handle: func(p *kernel.Process, w http.ResponseWriter, r *http.Request) {
		body, err := service.ReadAll(r.Body, 1<<20)
		if err != nil {
			return
		}
		text := string(body)
		if text == "" {
			text = "-no body in request-"
		}
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(w, "\n\nHostname: %s\n\nPod Information:\n\t%s\n\nServer values:\n\tserver_version=nginx: 1.13.3 - lua: 10008\n\nRequest Information:\n"+
			"\tclient_address=%s\n\tmethod=%s\n\treal path=%s\n\tquery=%s\n\trequest_version=%d.%d\n\trequest_scheme=http\n\trequest_uri=http://%s:8080%s\n\nRequest Headers:\n\t%s\n\nRequest Body:\n\t%s\n\n",
			p.Hostname(), podInformation(p), host, r.Method, r.RequestURI, r.URL.RawQuery, r.ProtoMajor, r.ProtoMinor, hostname(r), r.RequestURI,
			strings.Join(headers(r, "=", true), "\n\t"), text)
		fmt.Fprintf(p.Stdout(), "%s - - [%s] \"%s %s %s\" 200 - \"-\" %q\n", host, time.Now().Format("02/Jan/2006:15:04:05 -0700"), r.Method, r.RequestURI, r.Proto, r.UserAgent())
	}}.program()
}

func podInformation(p *kernel.Process) string {
	var list []string
	for _, known := range [][2]string{{"node name", "NODE_NAME"}, {"pod name", "POD_NAME"}, {"pod namespace", "POD_NAMESPACE"}, {"pod IP", "POD_IP"}} {
		if value := p.Getenv(known[1]); value != "" {
			list = append(list, known[0]+":\t"+value)
		}
	}
	if len(list) == 0 {
		return "-no pod information available-"
	}
	return strings.Join(list, "\n\t")
}

func hostname(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.Host); err == nil {
		return host
	}
	return r.Host
}

// JSON is ealen/echo-server: it answers with the request as JSON.
func JSON(string) kernel.Program {
	return server{port: fromEnv("PORT", 80), handle: func(p *kernel.Process, w http.ResponseWriter, r *http.Request) {
		code, err := strconv.Atoi(r.URL.Query().Get("echo_code"))
		if err != nil || code < 200 || code > 599 {
			code = http.StatusOK
		}
		body, _ := service.ReadAll(r.Body, 1<<20)
		fields := map[string]string{"host": r.Host}
		for name := range r.Header {
			fields[strings.ToLower(name)] = r.Header.Get(name)
		}
		environment := map[string]string{}
		for _, variable := range p.Env() {
			name, value, _ := strings.Cut(variable, "=")
			environment[name] = value
		}
		query := map[string]string{}
		for name := range r.URL.Query() {
			query[name] = r.URL.Query().Get(name)
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(code)
		json.NewEncoder(w).Encode(map[string]any{
			"host":        map[string]any{"hostname": hostname(r), "ip": r.RemoteAddr, "ips": []string{}},
			"http":        map[string]any{"method": r.Method, "baseUrl": "", "originalUrl": r.RequestURI, "protocol": "http"},
			"request":     map[string]any{"params": map[string]string{"0": r.URL.Path}, "query": query, "cookies": map[string]string{}, "body": string(body), "headers": fields},
			"environment": environment,
		})
	}}.program()
}

// HTTPEcho is hashicorp/http-echo.
func HTTPEcho(version string) kernel.Program {
	return func(ctx context.Context, p *kernel.Process) int {
		flags := flagSet("http-echo")
		listen := flags.String("listen", ":5678", "address and port to listen")
		text := flags.String("text", "", "text to put on the webpage")
		code := flags.Int("status-code", http.StatusOK, "http response code, e.g.: 200")
		show := flags.Bool("version", false, "display version information")
		if err := flags.Parse(doubleDash(p.Args()[1:])); err != nil {
			fmt.Fprintln(p.Stderr(), err)
			return 2
		}
		if *show {
			fmt.Fprintf(p.Stderr(), "http-echo v%s\n", version)
			return 0
		}
		if *text == "" {
			*text = p.Getenv("ECHO_TEXT")
		}
		if *text == "" {
			fmt.Fprintln(p.Stderr(), "Missing -text option!")
			return 127
		}
		return httpEcho(ctx, p, *listen, *text, *code)
	}
}

func httpEcho(ctx context.Context, p *kernel.Process, listen, text string, code int) int {
	log := service.Logger(p)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		w.Header().Set("X-App-Name", "http-echo")
		if r.URL.Path == "/health" {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, "{\"status\":\"ok\"}\n")
			return
		}
		w.WriteHeader(code)
		fmt.Fprintln(w, text)
		fmt.Fprintf(p.Stdout(), "%s %s %s \"%s %s %s\" %d %d %q %v\n", start.Format("2006/01/02 15:04:05"), r.Host, r.RemoteAddr, r.Method, r.URL, r.Proto, code, len(text)+1, r.UserAgent(), time.Since(start))
	})
	log.Printf("[INFO] server is listening on %s\n", listen)
	return service.Until(0, func(ctx context.Context, p *kernel.Process) int {
		if err := service.Serve(ctx, p, service.Server(p, handler, request), listen, nil); err != nil {
			log.Printf("[ERR] server exited with: %s", err)
			return 127
		}
		return 0
	}, kernel.SIGTERM, kernel.SIGINT)(ctx, p)
}

// Whoami is traefik/whoami.
func Whoami(string) kernel.Program {
	return service.LikeGo(func(ctx context.Context, p *kernel.Process) int {
		flags := flagSet("whoami")
		port := flags.String("port", "80", "give me a port number")
		name := flags.String("name", p.Getenv("WHOAMI_NAME"), "give me a name")
		flags.Bool("verbose", false, "Enable verbose logging")
		if number := p.Getenv("WHOAMI_PORT_NUMBER"); number != "" {
			*port = number
		}
		if err := flags.Parse(doubleDash(p.Args()[1:])); err != nil {
			fmt.Fprintln(p.Stderr(), err)
			return 2
		}
		mux := http.NewServeMux()
		mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { whoami(p, *name, w, r) })
		mux.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
		mux.HandleFunc("/bench", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "1") })
		mux.HandleFunc("/api", func(w http.ResponseWriter, r *http.Request) { whoamiAPI(p, *name, w, r) })
		service.Logger(p).Printf("Starting up on port %s", *port)
		if err := service.Serve(ctx, p, service.Server(p, mux, request), ":"+*port, nil); err != nil {
			service.Logger(p).Print(err)
		}
		return 1
	})
}

func whoami(p *kernel.Process, name string, w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if name != "" {
		fmt.Fprintln(w, "Name:", name)
	}
	fmt.Fprintf(w, "Hostname: %s\nIP: 127.0.0.1\nIP: %s\nRemoteAddr: %s\n%s %s %s\nHost: %s\n", p.Hostname(), p.Net().IP(), r.RemoteAddr, r.Method, r.URL.RequestURI(), r.Proto, r.Host)
	for _, line := range headers(r, ": ", false) {
		if !strings.HasPrefix(line, "Host: ") {
			fmt.Fprintln(w, line)
		}
	}
	fmt.Fprintln(w)
}

func whoamiAPI(p *kernel.Process, name string, w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	data := map[string]any{"hostname": p.Hostname(), "ip": []string{"127.0.0.1", p.Net().IP().String()}, "headers": r.Header, "url": r.URL.RequestURI(), "host": r.Host, "method": r.Method, "remoteAddr": r.RemoteAddr}
	if name != "" {
		data["name"] = name
	}
	json.NewEncoder(w).Encode(data)
}

func flagSet(name string) *pflag.FlagSet {
	flags := pflag.NewFlagSet(name, pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	return flags
}

// doubleDash turns flags of Go's own style into those of pflag.
func doubleDash(args []string) []string {
	args = slices.Clone(args)
	for i, arg := range args {
		if len(arg) > 1 && arg[0] == '-' && arg[1] != '-' {
			args[i] = "-" + arg
		}
	}
	return args
}

// Node is a program that a lesson lets run on every node: it says where it is,
// again and again, until it is told to end.
func Node(version string) kernel.Program {
	const pause = 10 * time.Second
	return service.Until(0, func(ctx context.Context, p *kernel.Process) int {
		if p.Grow(memory) != nil {
			return 1
		}
		where := p.Getenv("NODE_NAME")
		if where == "" {
			where = p.Hostname()
		}
		ticker := time.NewTicker(pause)
		defer ticker.Stop()
		for {
			fmt.Fprintf(p.Stdout(), "agent %s: %s: alive\n", version, where)
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return 0
			}
		}
	}, kernel.SIGTERM, kernel.SIGINT)
}

// Demo is an application of lessons: a server with a version, a health check and
// a switch to break it. The version "broken" does not come up.
func Demo(version string) kernel.Program {
	if version == "broken" {
		return Crash(version)
	}
	return server{
		port: fromEnv("PORT", 8080),
		started: func(p *kernel.Process, port int) {
			service.Logger(p).Printf("demo %s listens on port %d", version, port)
		},
		handle: func(p *kernel.Process, w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/healthz", "/readyz":
				if _, err := p.FS().Stat("/tmp/unhealthy"); err == nil {
					http.Error(w, "unhealthy: /tmp/unhealthy exists", http.StatusServiceUnavailable)
					return
				}
				io.WriteString(w, "ok\n")
			case "/version":
				fmt.Fprintln(w, version)
			default:
				service.Logger(p).Printf("%s %s from %s", r.Method, r.URL.Path, r.RemoteAddr)
				fmt.Fprintf(w, "demo %s on %s\n", version, p.Hostname())
			}
		},
	}.program()
}

// Crash fails shortly after its start, as a program does that lacks something.
func Crash(string) kernel.Program {
	return func(ctx context.Context, p *kernel.Process) int {
		fmt.Fprintln(p.Stdout(), "starting")
		timer := time.NewTimer(time.Second)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return 1
		}
		fmt.Fprintf(p.Stderr(), "fatal: %v\n", &os.PathError{Op: "open", Path: "/etc/demo/settings.conf", Err: os.ErrNotExist})
		return 1
	}
}
