package network

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"kubetutor/internal/engine/image/shell/tool"
	"kubetutor/internal/engine/kernel"
)

// httpd is busybox's small web server: files, and programs below /cgi-bin.
func httpd(c *tool.Call) int {
	root := c.Value("h", ".")
	if err := c.SetDir(root); err != nil {
		c.Fatalf("can't change directory to '%s': %s", root, tool.Reason(err))
	}
	port := c.Value("p", "80")
	if !strings.Contains(port, ":") {
		port = ":" + port
	}
	if c.Net() == nil {
		c.Fatalf("network is unreachable")
	}
	if c.Has("f") {
		return serveHTTP(c.Ctx, c, c.Process, port)
	}
	_, err := c.Fork(kernel.Spec{Args: append([]string{c.Name}, c.Args...), Stderr: c.Stderr()}, func(ctx context.Context, p *kernel.Process) int {
		return serveHTTP(ctx, c, p, port)
	})
	if err != nil {
		c.Fatalf("fork: %s", tool.Reason(err))
	}
	return 0
}

// serveHTTP serves as a process, whose end closes the port.
func serveHTTP(ctx context.Context, c *tool.Call, p *kernel.Process, port string) int {
	listener, err := p.Net().Listen("tcp", port)
	if err != nil {
		fmt.Fprintf(p.Stderr(), "httpd: bind: %s\n", tool.Reason(err))
		return 1
	}
	own := *c
	own.Process, own.Ctx = p, ctx
	c = &own
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serveFile(c, w, r) }), ReadHeaderTimeout: time.Minute}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return 1
	}
	return 0
}

func serveFile(c *tool.Call, w http.ResponseWriter, r *http.Request) {
	verbose := c.Has("v")
	name := path.Clean("/" + r.URL.Path)
	file := "." + name
	info, err := c.FS().Stat(file)
	if err == nil && info.IsDir() {
		if !strings.HasSuffix(r.URL.Path, "/") {
			http.Redirect(w, r, r.URL.Path+"/", http.StatusFound)
			return
		}
		file = path.Join(file, "index.html")
		info, err = c.FS().Stat(file)
	}
	if strings.HasPrefix(name, "/cgi-bin/") && err == nil {
		cgi(c, w, r, file, name)
		return
	}
	status := http.StatusOK
	switch {
	case err != nil && errors.Is(err, fs.ErrPermission):
		status = http.StatusForbidden
	case err != nil:
		status = http.StatusNotFound
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		status = http.StatusNotImplemented
	}
	if verbose {
		fmt.Fprintf(c.Stderr(), "[::ffff:%s]: response:%d\n", r.RemoteAddr, status)
	}
	if status != http.StatusOK {
		refuse(w, status)
		return
	}
	sendFile(c, w, r, file, info)
}

// refuse sends an error page as busybox's.
func refuse(w http.ResponseWriter, status int) {
	title := fmt.Sprintf("%d %s", status, http.StatusText(status))
	detail := map[int]string{http.StatusNotFound: "The requested URL was not found", http.StatusForbidden: "", http.StatusNotImplemented: "The requested method is not recognized"}[status]
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<HTML><HEAD><TITLE>%s</TITLE></HEAD>\n<BODY><H1>%s</H1>\n%s\n</BODY></HTML>\n", title, title, detail)
}

func sendFile(c *tool.Call, w http.ResponseWriter, r *http.Request, file string, info fs.FileInfo) {
	f, err := c.FS().Open(file)
	if err != nil {
		refuse(w, http.StatusForbidden)
		return
	}
	defer f.Close()
	kind := mime.TypeByExtension(path.Ext(file))
	if kind == "" {
		kind = "application/octet-stream"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", fmt.Sprint(info.Size()))
	w.Header().Set("Last-Modified", info.ModTime().UTC().Format(http.TimeFormat))
	if r.Method == http.MethodGet {
		_, _ = io.CopyN(w, f, info.Size()) // a client that is gone needs no more
	}
}

// cgi runs a program of the container and sends what it prints.
func cgi(c *tool.Call, w http.ResponseWriter, r *http.Request, file, name string) {
	from, to := kernel.Pipe()
	env := append(c.Env(), "REQUEST_METHOD="+r.Method, "QUERY_STRING="+r.URL.RawQuery, "SCRIPT_NAME="+name, "REQUEST_URI="+r.RequestURI,
		"SERVER_PROTOCOL="+r.Proto, "REMOTE_ADDR="+r.RemoteAddr, "GATEWAY_INTERFACE=CGI/1.1", "CONTENT_TYPE="+r.Header.Get("Content-Type"), fmt.Sprintf("CONTENT_LENGTH=%d", max(r.ContentLength, 0)))
	child, err := c.Start(kernel.Spec{Args: []string{file}, Env: env, Stdin: r.Body, Stdout: to, Stderr: c.Stderr()})
	to.Close()
	if err != nil {
		from.Close()
		refuse(w, http.StatusNotFound)
		return
	}
	defer from.Close()
	text, _ := io.ReadAll(io.LimitReader(from, 8<<20))
	_, _ = child.Wait(r.Context())
	head, body, ok := strings.Cut(string(text), "\n\n")
	if !ok {
		head, body = "", string(text)
	}
	status := http.StatusOK
	for field := range strings.SplitSeq(head, "\n") {
		key, value, _ := strings.Cut(strings.TrimSpace(field), ":")
		if strings.EqualFold(key, "Status") {
			_, _ = fmt.Sscan(value, &status)
			continue
		}
		if key != "" {
			w.Header().Set(key, strings.TrimSpace(value))
		}
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}
