package agnhost

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/pflag"

	"kubetutor/internal/engine/image/apps/service"
	"kubetutor/internal/engine/kernel"
)

// executor is a running netexec.
type executor struct {
	*call
	httpPort, udpPort int
	ready             atomic.Bool   // the UDP server runs
	leaving           chan struct{} // closed by SIGTERM
	exit              chan ending
}

// ending asks for the end of the process.
type ending struct {
	code    int
	timeout time.Duration // for connections to close
}

func netexec(flags *pflag.FlagSet) func(context.Context, *call) int {
	httpPort := flags.Int("http-port", 8080, "")
	udpPort := flags.Int("udp-port", 8081, "")
	sctpPort := flags.Int("sctp-port", -1, "")
	certFile := flags.String("tls-cert-file", "", "")
	keyFile := flags.String("tls-private-key-file", "", "")
	override := flags.String("http-override", "", "")
	udpAddresses := flags.String("udp-listen-addresses", "", "")
	delay := flags.Int("delay-shutdown", 0, "")
	return func(ctx context.Context, c *call) int {
		e := &executor{call: c, httpPort: *httpPort, udpPort: *udpPort, leaving: make(chan struct{}), exit: make(chan ending, 1)}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		failed := make(chan string, 8)
		if *udpPort != -1 {
			for _, address := range each(*udpAddresses) {
				go e.serveUDP(ctx, address, failed)
			}
		}
		if *sctpPort != -1 {
			return c.fatal("failed to create SCTP listener: protocol not supported")
		}
		certificate, err := optionalCertificate(c, *certFile, *keyFile)
		if err != nil {
			return c.fatal("%v", err)
		}
		return e.serve(ctx, e.handler(*override), certificate, seconds(*delay), failed)
	}
}

// each are the different parts of a list.
func each(list string) []string {
	parts := strings.Split(list, ",")
	slices.Sort(parts)
	return slices.Compact(parts)
}

func optionalCertificate(c *call, certFile, keyFile string) (*tls.Certificate, error) {
	if certFile == "" {
		return nil, nil
	}
	return service.Certificate(c.Process, c.file(certFile), c.file(keyFile))
}

// serve runs until a signal, a request to end, or a failure.
func (e *executor) serve(ctx context.Context, handler http.Handler, certificate *tls.Certificate, delay time.Duration, failed chan string) int {
	server := service.Server(e.Process, handler, request)
	e.log.Printf("Started HTTP server on port %d", e.httpPort)
	go func() {
		if err := service.Serve(ctx, e.Process, server, port(e.httpPort), certificate); err != nil {
			failed <- err.Error()
		}
	}()
	term := e.Notify(kernel.SIGTERM)
	rude := e.Notify(kernel.SIGINT, kernel.SIGHUP)
	select {
	case <-term:
		close(e.leaving)
		if delay > 0 {
			e.log.Printf("Sleeping %d seconds before terminating...", int(delay.Seconds()))
			service.Sleep(ctx, delay)
		}
		return 0
	case <-rude:
		return service.GoStatus
	case end := <-e.exit:
		e.shutdown(ctx, server, end.timeout)
		return end.code
	case reason := <-failed:
		return e.fatal("%s", reason)
	case <-ctx.Done():
		return 1
	}
}

func (e *executor) shutdown(ctx context.Context, server *http.Server, timeout time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err := server.Shutdown(ctx)
	e.log.Printf("Graceful shutdown completed with: %v", err)
}

func (e *executor) handler(override string) http.Handler {
	mux := http.NewServeMux()
	for pattern, handle := range map[string]http.HandlerFunc{
		"/": e.root, "/clientip": e.clientIP, "/serverport": e.serverPort, "/header": e.header, "/dial": e.dial, "/echo": e.echo,
		"/exit": e.leave, "/healthz": e.healthz, "/readyz": e.readyz, "/hostname": e.hostname, "/hostName": e.hostname,
		"/envvar": e.envvar, "/redirect": e.redirect, "/shell": e.shell, "/upload": e.upload, "/shutdown": e.shutdownNow,
	} {
		mux.HandleFunc(pattern, handle)
	}
	if override == "" {
		return mux
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		instead, err := http.NewRequestWithContext(r.Context(), http.MethodGet, override, nil)
		if err != nil {
			http.Error(w, fmt.Sprintf("override request failed: %v", err), http.StatusInternalServerError)
			return
		}
		mux.ServeHTTP(w, instead)
	})
}

func (e *executor) root(w http.ResponseWriter, _ *http.Request) {
	e.log.Printf("GET /")
	fmt.Fprintf(w, "NOW: %v", time.Now())
}

func (e *executor) clientIP(w http.ResponseWriter, r *http.Request) {
	e.log.Printf("GET /clientip")
	fmt.Fprint(w, r.RemoteAddr)
}

func (e *executor) serverPort(w http.ResponseWriter, _ *http.Request) {
	e.log.Printf("GET /serverport")
	fmt.Fprint(w, e.httpPort)
}

func (e *executor) header(w http.ResponseWriter, r *http.Request) {
	if key := r.FormValue("key"); key != "" {
		e.log.Printf("GET /header?key=%s", key)
		fmt.Fprint(w, r.Header.Get(key))
		return
	}
	e.log.Printf("GET /header")
	data, err := json.Marshal(r.Header)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprint(w, string(data))
}

// codeOf reads the parameter "code"; when it is no number, it has answered.
func codeOf(w http.ResponseWriter, r *http.Request, otherwise int) (code int, ok bool) {
	text := r.FormValue("code")
	if text == "" {
		return otherwise, true
	}
	code, err := strconv.Atoi(text)
	if err != nil || code < 100 || code > 999 {
		fmt.Fprintf(w, "argument 'code' must be an integer or empty, got %q\n", text)
		return 0, false
	}
	return code, true
}

func (e *executor) echo(w http.ResponseWriter, r *http.Request) {
	e.log.Printf("GET /echo?msg=%s&code=%s", r.FormValue("msg"), r.FormValue("code"))
	if code, ok := codeOf(w, r, http.StatusOK); ok {
		w.WriteHeader(code)
		fmt.Fprint(w, r.FormValue("msg"))
	}
}

func (e *executor) redirect(w http.ResponseWriter, r *http.Request) {
	e.log.Printf("%s /redirect?msg=%s&code=%s", r.Method, r.FormValue("location"), r.FormValue("code"))
	if code, ok := codeOf(w, r, http.StatusFound); ok {
		http.Redirect(w, r, r.FormValue("location"), code)
	}
}

func (e *executor) hostname(w http.ResponseWriter, r *http.Request) {
	e.log.Printf("GET %s", r.URL.Path)
	fmt.Fprint(w, e.Hostname())
}

func (e *executor) envvar(w http.ResponseWriter, r *http.Request) {
	name := r.FormValue("var")
	e.log.Printf("GET /envvar?var=%s", name)
	if name == "" {
		http.Error(w, "parameter 'var' is required", http.StatusBadRequest)
		return
	}
	value, ok := e.environment(name)
	if !ok {
		http.Error(w, fmt.Sprintf("environment variable %q is not set", name), http.StatusInternalServerError)
		return
	}
	fmt.Fprint(w, value)
}

func (c *call) environment(name string) (string, bool) {
	i := slices.IndexFunc(c.Env(), func(s string) bool { return strings.HasPrefix(s, name+"=") })
	if i < 0 {
		return "", false
	}
	return c.Env()[i][len(name)+1:], true
}

// leave ends the process as the parameters say.
func (e *executor) leave(w http.ResponseWriter, r *http.Request) {
	e.log.Printf("GET /exit?code=%s&timeout=%s&wait=%s", r.FormValue("code"), r.FormValue("timeout"), r.FormValue("wait"))
	code, err := strconv.Atoi(r.FormValue("code"))
	if r.FormValue("code") != "" && (err != nil || code < 0 || code > 127) {
		fmt.Fprintf(w, "argument 'code' must be an integer [0-127] or empty, got %q\n", r.FormValue("code"))
		return
	}
	timeout, ok := lapse(w, r, "timeout")
	if !ok {
		return
	}
	wait, ok := lapse(w, r, "wait")
	if !ok {
		return
	}
	service.Sleep(r.Context(), wait)
	e.end(ending{code, timeout})
}

func (e *executor) end(with ending) {
	select {
	case e.exit <- with:
	default: // somebody else asked before
	}
}

func lapse(w http.ResponseWriter, r *http.Request, name string) (time.Duration, bool) {
	text := r.FormValue(name)
	if text == "" {
		return 0, true
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		fmt.Fprintf(w, "argument '%s' must be a valid golang duration or empty, got %q\n", name, text)
	}
	return d, err == nil
}

func (e *executor) shutdownNow(http.ResponseWriter, *http.Request) {
	e.log.Printf("GET /shutdown")
	e.end(ending{})
}

func (e *executor) healthz(w http.ResponseWriter, _ *http.Request) {
	e.log.Printf("GET /healthz")
	if !e.ready.Load() {
		w.WriteHeader(http.StatusPreconditionFailed)
	}
}

func (e *executor) readyz(w http.ResponseWriter, _ *http.Request) {
	e.log.Printf("GET /readyz")
	select {
	case <-e.leaving:
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, "shutting down")
		return
	default:
	}
	if !e.ready.Load() {
		w.WriteHeader(http.StatusPreconditionFailed)
		return
	}
	fmt.Fprint(w, "ok")
}

// parameters of a request to /dial.
func parameters(r *http.Request) (url.Values, int, error) {
	values := r.URL.Query()
	tries := 1
	if text := values.Get("tries"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, 0, fmt.Errorf("tries parameter is invalid. %w", err)
		}
		tries = n
	}
	if values.Get("request") == "" {
		return nil, 0, fmt.Errorf("request parameter not specified. %v", error(nil))
	}
	return values, tries, nil
}

func (e *executor) dial(w http.ResponseWriter, r *http.Request) {
	values, tries, err := parameters(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	host, to, protocol := values.Get("host"), values.Get("port"), strings.ToLower(values.Get("protocol"))
	e.log.Printf("GET /dial?host=%s&protocol=%s&port=%s&request=%s&tries=%s", host, protocol, to, values.Get("request"), values.Get("tries"))
	ask := map[string]func(context.Context, string, string) (string, error){"": e.askHTTP, "http": e.askHTTP, "udp": e.askUDP}[protocol]
	if ask == nil {
		http.Error(w, "unsupported protocol. "+protocol, http.StatusBadRequest)
		return
	}
	responses, failures := []string{}, []string{}
	for range tries {
		answer, err := ask(r.Context(), net.JoinHostPort(host, to), values.Get("request"))
		if err != nil {
			failures = append(failures, err.Error())
			continue
		}
		responses = append(responses, answer)
	}
	writeJSON(w, outcome(responses, failures))
}

func outcome(responses, failures []string) map[string][]string {
	output := map[string][]string{}
	if len(responses) > 0 {
		output["responses"] = responses
	}
	if len(failures) > 0 {
		output["errors"] = failures
	}
	return output
}

func writeJSON(w http.ResponseWriter, value any) {
	data, err := json.Marshal(value)
	if err != nil {
		http.Error(w, fmt.Sprintf("response could not be serialized. %v", err), http.StatusExpectationFailed)
		return
	}
	fmt.Fprint(w, string(data))
}
