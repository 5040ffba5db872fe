// Package httpd is the Apache HTTP server, as far as it serves files: httpd.conf
// with its checks, logs and signals. Modules beyond that (proxying, rewriting,
// CGI) are not modelled, and directives that nobody knows are refused.
package httpd

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"kubetutor/internal/engine/image/apps/service"
	"kubetutor/internal/engine/kernel"
)

const (
	memory  = 9 << 20               // what the server holds, in bytes
	request = 80 * time.Microsecond // the CPU time of a request
)

// instance is a running server.
type instance struct {
	p       *kernel.Process
	version string
	config  atomic.Pointer[config]
	mu      sync.Mutex // of the logs
}

// Program is httpd in the given version.
func Program(version string) kernel.Program {
	return func(ctx context.Context, p *kernel.Process) int {
		n := &instance{p: p, version: version}
		file, signal := defaultConfig, ""
		args := p.Args()[1:]
		for at := 0; at < len(args); at++ {
			switch arg := args[at]; {
			case arg == "-v":
				fmt.Fprintf(p.Stdout(), "Server version: Apache/%s (Unix)\nServer built:   Jul 23 2025 21:10:43\n", version)
				return 0
			case arg == "-t":
				return n.test(file)
			case arg == "-f" && at+1 < len(args):
				at++
				file = args[at]
			case arg == "-k" && at+1 < len(args):
				at++
				signal = args[at]
			case arg == "-D", arg == "-e", arg == "-d":
				at++
			case strings.HasPrefix(arg, "-D"), arg == "-X":
			default:
				fmt.Fprintf(p.Stderr(), "Usage: httpd [-D name] [-d directory] [-f file]\n             [-k start|restart|graceful|graceful-stop|stop]\n             [-v] [-t]\n")
				return 1
			}
		}
		if signal != "" && signal != "start" {
			return n.send(file, signal)
		}
		return n.run(ctx, file)
	}
}

func (n *instance) test(file string) int {
	if _, err := read(n.p, file); err != nil {
		fmt.Fprintln(n.p.Stderr(), err)
		return 1
	}
	n.nameless(n.p.Stderr())
	fmt.Fprintln(n.p.Stderr(), "Syntax OK")
	return 0
}

// nameless is what Apache says as long as it has no ServerName.
func (n *instance) nameless(w io.Writer) {
	if c := n.config.Load(); c != nil && c.name != "" {
		return
	}
	fmt.Fprintf(w, "AH00558: httpd: Could not reliably determine the server's fully qualified domain name, using %s. Set the 'ServerName' directive globally to suppress this message\n", n.p.Net().IP())
}

func (n *instance) send(file, name string) int {
	c, err := read(n.p, file)
	if err != nil {
		fmt.Fprintln(n.p.Stderr(), err)
		return 1
	}
	signal, ok := map[string]kernel.Signal{"restart": kernel.SIGHUP, "graceful": kernel.SIGUSR1, "graceful-stop": kernel.SIGWINCH, "stop": kernel.SIGTERM}[name]
	text, err := n.p.FS().ReadFile(c.absolute(c.pidFile))
	pid, convErr := strconv.Atoi(strings.TrimSpace(string(text)))
	if !ok || err != nil || convErr != nil {
		fmt.Fprintf(n.p.Stderr(), "httpd (no pid file) not running\n")
		return 1
	}
	if n.p.Kill(pid, signal) != nil {
		return 1
	}
	return 0
}

func (n *instance) run(ctx context.Context, file string) int {
	if n.p.Grow(memory) != nil {
		return 1
	}
	c, err := read(n.p, file)
	if err != nil {
		fmt.Fprintln(n.p.Stderr(), err)
		return 1
	}
	n.config.Store(c)
	n.nameless(n.p.Stderr())
	server := service.Server(n.p, http.HandlerFunc(n.serve), request)
	for _, address := range c.listens {
		l, err := service.Listen(ctx, n.p, address)
		if err != nil {
			fmt.Fprintf(n.p.Stderr(), "(98)Address already in use: AH00072: make_sock: could not bind to address %s\nno listening sockets available, shutting down\nAH00015: Unable to open logs\n", address)
			return 1
		}
		go server.Serve(l)
	}
	if err := n.p.FS().WriteFile(c.absolute(c.pidFile), []byte(strconv.Itoa(n.p.PID())+"\n"), 0o644); err != nil {
		n.note("core:error", "AH00099: could not create %s: %v", c.absolute(c.pidFile), err)
		return 1
	}
	defer n.p.FS().Remove(c.absolute(c.pidFile))
	n.ready()
	return n.rule(ctx, server, file)
}

func (n *instance) ready() {
	n.note("mpm_event:notice", "AH00489: Apache/%s (Unix) configured -- resuming normal operations", n.version)
	n.note("core:notice", "AH00094: Command line: '%s'", strings.Replace(strings.Join(n.p.Args(), " "), "-DFOREGROUND", "-D FOREGROUND", 1))
}

// rule is the life of the server: it acts on signals.
func (n *instance) rule(ctx context.Context, server *http.Server, file string) int {
	signals := n.p.Notify(kernel.SIGTERM, kernel.SIGINT, kernel.SIGHUP, kernel.SIGUSR1, kernel.SIGWINCH)
	for {
		select {
		case <-ctx.Done():
			return 0
		case s := <-signals:
			switch s {
			case kernel.SIGTERM, kernel.SIGINT:
				n.note("mpm_event:notice", "AH00491: caught SIGTERM, shutting down")
				return 0
			case kernel.SIGWINCH:
				n.note("mpm_event:notice", "AH00492: caught SIGWINCH, shutting down gracefully")
				server.Shutdown(ctx)
				return 0
			}
			n.restart(file, s)
		}
	}
}

// restart reads the configuration again; a broken one changes nothing.
func (n *instance) restart(file string, s kernel.Signal) {
	n.note("mpm_event:notice", "AH00493: %v received.  Doing restart", s)
	c, err := read(n.p, file)
	if err != nil {
		n.note("core:error", "%v", err)
		return
	}
	n.config.Store(c)
	n.ready()
}

// write appends to a log.
func (n *instance) write(file, line string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch file {
	case "/proc/self/fd/1", "/dev/stdout":
		fmt.Fprintln(n.p.Stdout(), line)
		return
	case "/proc/self/fd/2", "/dev/stderr":
		fmt.Fprintln(n.p.Stderr(), line)
		return
	}
	f, err := n.p.FS().OpenFile(n.config.Load().absolute(file), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return
	}
	defer f.Close()
	fmt.Fprintln(f, line)
}

func (n *instance) note(module, format string, args ...any) {
	n.write(n.config.Load().errorLog, fmt.Sprintf("[%s] [%s] [pid %d:tid %d] %s", time.Now().Format("Mon Jan 02 15:04:05.000000 2006"), module, n.p.PID(), n.p.PID(), fmt.Sprintf(format, args...)))
}

// answer counts what a request is answered with.
type answer struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (a *answer) WriteHeader(code int) {
	a.status = code
	a.ResponseWriter.WriteHeader(code)
}

func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	written, err := a.ResponseWriter.Write(b)
	a.bytes += int64(written)
	return written, err
}

func (n *instance) serve(w http.ResponseWriter, r *http.Request) {
	a := &answer{ResponseWriter: w}
	w.Header().Set("Server", "Apache/"+n.version+" (Unix)")
	n.respond(a, r)
	c := n.config.Load()
	for _, log := range c.access {
		format, ok := c.formats[log.format]
		if !ok {
			format = log.format
		}
		n.write(log.file, fill(format, a, r))
	}
}

func (n *instance) respond(a *answer, r *http.Request) {
	c := n.config.Load()
	uri := path.Clean("/" + r.URL.Path)
	if uri != "/" && strings.HasSuffix(r.URL.Path, "/") {
		uri += "/"
	}
	for _, redirect := range c.redirects {
		if rest, ok := strings.CutPrefix(uri, redirect.from); ok {
			a.Header().Set("Location", redirect.to+rest)
			n.page(a, redirect.code, fmt.Sprintf("<p>The document has moved <a href=\"%s\">here</a>.</p>", html.EscapeString(redirect.to+rest)))
			return
		}
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
		n.file(a, r, uri, c.fileOf(uri))
	case http.MethodOptions:
		a.Header().Set("Allow", "GET,POST,OPTIONS,HEAD")
		a.WriteHeader(http.StatusOK)
	default:
		a.Header().Set("Allow", "GET,POST,OPTIONS,HEAD")
		n.page(a, http.StatusMethodNotAllowed, fmt.Sprintf("<p>The requested method %s is not allowed for this URL.</p>", html.EscapeString(r.Method)))
	}
}

// fileOf is the file that a URI stands for.
func (c *config) fileOf(uri string) string {
	for _, alias := range c.aliases {
		if rest, ok := strings.CutPrefix(uri, alias[0]); ok {
			return alias[1] + rest
		}
	}
	return c.document + uri
}

func (n *instance) file(a *answer, r *http.Request, uri, name string) {
	info, err := n.p.FS().Stat(name)
	switch {
	case errors.Is(err, fs.ErrPermission), strings.HasPrefix(path.Base(uri), ".ht"):
		n.forbidden(a)
	case err != nil:
		n.page(a, http.StatusNotFound, "<p>The requested URL was not found on this server.</p>")
	case info.IsDir() && !strings.HasSuffix(uri, "/"):
		target := "http://" + r.Host + uri + "/"
		a.Header().Set("Location", target)
		n.page(a, http.StatusMovedPermanently, fmt.Sprintf("<p>The document has moved <a href=\"%s\">here</a>.</p>", html.EscapeString(target)))
	case info.IsDir():
		n.directory(a, r, uri, name)
	default:
		n.send200(a, r, name, info)
	}
}

func (n *instance) forbidden(a *answer) {
	n.page(a, http.StatusForbidden, "<p>You don't have permission to access this resource.</p>")
}

func (n *instance) directory(a *answer, r *http.Request, uri, name string) {
	for _, index := range n.config.Load().index {
		file := path.Join(name, index)
		if info, err := n.p.FS().Stat(file); err == nil && !info.IsDir() {
			n.send200(a, r, file, info)
			return
		}
	}
	if !n.config.Load().listing {
		n.note("autoindex:error", "[client %s] AH01276: Cannot serve directory %s: No matching DirectoryIndex (%s) found, and server-generated directory index forbidden by Options directive", r.RemoteAddr, name, strings.Join(n.config.Load().index, ","))
		n.forbidden(a)
		return
	}
	entries, err := n.p.FS().ReadDir(name)
	if err != nil {
		n.forbidden(a)
		return
	}
	var page strings.Builder
	fmt.Fprintf(&page, "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 3.2 Final//EN\">\n<html>\n <head>\n  <title>Index of %s</title>\n </head>\n <body>\n<h1>Index of %s</h1>\n<ul>", html.EscapeString(uri), html.EscapeString(uri))
	for _, e := range entries {
		label := e.Name()
		if e.IsDir() {
			label += "/"
		}
		fmt.Fprintf(&page, "<li><a href=\"%s\"> %s</a></li>\n", html.EscapeString(label), html.EscapeString(label))
	}
	page.WriteString("</ul>\n</body></html>\n")
	a.Header().Set("Content-Type", "text/html;charset=UTF-8")
	io.WriteString(a, page.String())
}

func (n *instance) send200(a *answer, r *http.Request, name string, info fs.FileInfo) {
	f, err := n.p.FS().Open(name)
	if err != nil {
		n.note("core:error", "[client %s] (13)Permission denied: AH00132: file permissions deny server access: %s", r.RemoteAddr, name)
		n.forbidden(a)
		return
	}
	defer f.Close()
	kind, ok := n.config.Load().types[strings.TrimPrefix(path.Ext(name), ".")]
	if !ok {
		kind = ""
	}
	if kind == "" {
		a.Header()["Content-Type"] = nil
	} else {
		a.Header().Set("Content-Type", kind)
	}
	a.Header()["ETag"] = []string{fmt.Sprintf("\"%x-%x\"", info.Size(), info.ModTime().UnixMicro())}
	http.ServeContent(a, r, "", info.ModTime(), f)
}

// page is Apache's page for a status.
func (n *instance) page(a *answer, code int, text string) {
	a.Header().Set("Content-Type", "text/html; charset=iso-8859-1")
	a.WriteHeader(code)
	title := http.StatusText(code)
	fmt.Fprintf(a, "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>%d %s</title>\n</head><body>\n<h1>%s</h1>\n%s\n</body></html>\n", code, title, title, text)
}

// fill fills a LogFormat in.
func fill(format string, a *answer, r *http.Request) string {
	client, _, _ := net.SplitHostPort(r.RemoteAddr)
	size := "-"
	if a.bytes > 0 {
		size = strconv.FormatInt(a.bytes, 10)
	}
	orDash := func(s string) string {
		if s == "" {
			return "-"
		}
		return s
	}
	user, _, _ := r.BasicAuth()
	return strings.NewReplacer(
		"%h", client, "%a", client, "%l", "-", "%u", orDash(user), "%t", time.Now().Format("[02/Jan/2006:15:04:05 -0700]"),
		"%r", r.Method+" "+r.RequestURI+" "+r.Proto, "%>s", strconv.Itoa(a.status), "%s", strconv.Itoa(a.status), "%b", size, "%B", strconv.FormatInt(a.bytes, 10), "%O", size, "%I", "0",
		"%{Referer}i", orDash(r.Referer()), "%{User-Agent}i", orDash(r.UserAgent()), "%{User-agent}i", orDash(r.UserAgent()), "%v", r.Host, "%U", r.URL.Path, "%m", r.Method,
	).Replace(format)
}
