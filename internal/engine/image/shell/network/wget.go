package network

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"kubetutor/internal/engine/image/shell/tool"
)

// wgetCall is one call of wget.
type wgetCall struct {
	*tool.Call
	quiet, spider, response, insecure, resume bool
	output, dir, post, agent, method          string
	hasPost                                   bool
	header                                    http.Header
	timeout                                   time.Duration
	tries                                     int
	urls                                      []string
}

func wget(c *tool.Call) int {
	w := &wgetCall{Call: c, header: http.Header{}, agent: "Wget", timeout: 900 * time.Second}
	w.parse(c.Args)
	if len(w.urls) == 0 {
		c.UsageExit()
	}
	for _, u := range w.urls {
		w.get(u)
	}
	return 0
}

func (w *wgetCall) parse(args []string) {
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch {
		case arg == "--":
			w.urls = append(w.urls, args...)
			return
		case strings.HasPrefix(arg, "--"):
			args = w.long(arg[2:], args)
		case len(arg) > 1 && arg[0] == '-':
			args = w.short(arg[1:], args)
		default:
			w.urls = append(w.urls, arg)
		}
	}
}

func (w *wgetCall) long(arg string, rest []string) []string {
	name, value, has := strings.Cut(arg, "=")
	switch name {
	case "spider":
		w.spider = true
		return rest
	case "no-check-certificate":
		w.insecure = true
		return rest
	case "quiet", "no-verbose":
		w.quiet = true
		return rest
	case "server-response":
		w.response = true
		return rest
	case "continue":
		w.resume = true
		return rest
	}
	if !has {
		if len(rest) == 0 {
			w.Errorf("option '--%s' requires an argument", name)
			w.UsageExit()
		}
		value, rest = rest[0], rest[1:]
	}
	switch name {
	case "header":
		key, v, _ := strings.Cut(value, ":")
		w.header.Add(strings.TrimSpace(key), strings.TrimSpace(v))
	case "post-data":
		w.post, w.hasPost = value, true
	case "post-file":
		text, err := w.FS().ReadFile(value)
		if err != nil {
			w.Fatalf("can't open '%s': %s", value, tool.Reason(err))
		}
		w.post, w.hasPost = string(text), true
	case "method":
		w.method = value
	case "body-data":
		w.post, w.hasPost = value, true
	case "output-document":
		w.output = value
	case "directory-prefix":
		w.dir = value
	case "user-agent":
		w.agent = value
	case "timeout", "connect-timeout", "read-timeout", "dns-timeout":
		w.timeout = time.Duration(w.Number(value)) * time.Second
	case "tries":
		w.tries = w.Number(value)
	default:
		w.Errorf("unrecognized option: %s", name)
		w.UsageExit()
	}
	return rest
}

func (w *wgetCall) short(letters string, rest []string) []string {
	for i := 0; i < len(letters); i++ {
		switch letters[i] {
		case 'q':
			w.quiet = true
			continue
		case 'S':
			w.response = true
			continue
		case 'c':
			w.resume = true
			continue
		case 'n': // -nv
			w.quiet = true
			return rest
		}
		value := letters[i+1:]
		if value == "" {
			if len(rest) == 0 {
				w.Errorf("option requires an argument: %c", letters[i])
				w.UsageExit()
			}
			value, rest = rest[0], rest[1:]
		}
		switch letters[i] {
		case 'O':
			w.output = value
		case 'o', 'Y':
		case 'P':
			w.dir = value
		case 'U':
			w.agent = value
		case 'T':
			w.timeout = time.Duration(w.Number(value)) * time.Second
		case 't':
			w.tries = w.Number(value)
		default:
			w.Errorf("unrecognized option: %c", letters[i])
			w.UsageExit()
		}
		return rest
	}
	return rest
}

func (w *wgetCall) say(format string, args ...any) {
	if !w.quiet {
		fmt.Fprintf(w.Stderr(), format+"\n", args...)
	}
}

func (w *wgetCall) get(address string) {
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	target, err := url.Parse(address)
	if err != nil || target.Host == "" {
		w.Fatalf("bad address '%s'", address)
	}
	if target.Scheme != "http" && target.Scheme != "https" {
		w.Fatalf("not an http or ftp url: %s", address)
	}
	ctx, cancel := context.WithTimeout(w.Ctx, w.timeout)
	defer cancel()
	response := w.request(ctx, target)
	defer response.Body.Close()
	w.save(response, target)
}

// request follows redirections, as busybox does, and ends the program if there
// is no good answer.
func (w *wgetCall) request(ctx context.Context, target *url.URL) *http.Response {
	client := &http.Client{
		Transport:     transport(w.Call, &tls.Config{InsecureSkipVerify: true}), // busybox's wget never checks a certificate
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	for range 5 {
		w.connecting(ctx, target)
		response, err := w.once(ctx, client, target)
		if err != nil {
			w.failed(target, err)
		}
		if w.response {
			w.showHeaders(response)
		}
		location := response.Header.Get("Location")
		switch {
		case response.StatusCode >= 300 && response.StatusCode < 400 && location != "":
			response.Body.Close()
			next, err := target.Parse(location)
			if err != nil {
				w.Fatalf("bad redirection '%s'", location)
			}
			target = next
		case response.StatusCode >= 300:
			w.Fatalf("server returned error: %s %s", response.Proto, response.Status)
		default:
			return response
		}
	}
	w.Fatalf("too many redirections")
	return nil
}

func (w *wgetCall) connecting(ctx context.Context, target *url.URL) {
	addrs, err := resolve(ctx, w.Call, target.Hostname())
	if err != nil {
		w.Fatalf("bad address '%s'", target.Hostname())
	}
	port := target.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[target.Scheme]
	}
	w.say("Connecting to %s (%s)", target.Host, joinPort(addrs[0].String(), port))
}

func joinPort(addr, port string) string {
	if strings.Contains(addr, ":") {
		addr = "[" + addr + "]"
	}
	return addr + ":" + port
}

func (w *wgetCall) once(ctx context.Context, client *http.Client, target *url.URL) (*http.Response, error) {
	method := http.MethodGet
	var body io.Reader
	switch {
	case w.hasPost:
		method, body = http.MethodPost, strings.NewReader(w.post)
	case w.spider:
		method = http.MethodHead
	}
	if w.method != "" {
		method = w.method
	}
	request, err := http.NewRequestWithContext(ctx, method, target.String(), body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", w.agent)
	if w.hasPost && w.header.Get("Content-Type") == "" {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for key, values := range w.header {
		request.Header[key] = values
	}
	if host := w.header.Get("Host"); host != "" {
		request.Host = host
	}
	return client.Do(request)
}

func (w *wgetCall) failed(target *url.URL, err error) {
	switch {
	case errors.Is(err, errUnknownHost):
		w.Fatalf("bad address '%s'", target.Hostname())
	case errors.Is(err, context.DeadlineExceeded):
		w.Fatalf("download timed out")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		w.Fatalf("error getting response")
	}
	addrs, _ := resolve(w.Ctx, w.Call, target.Hostname())
	if len(addrs) > 0 {
		w.Fatalf("can't connect to remote host (%s): %s", addrs[0], tool.Reason(err))
	}
	w.Fatalf("can't connect to remote host: %s", tool.Reason(err))
}

func (w *wgetCall) showHeaders(response *http.Response) {
	fmt.Fprintf(w.Stderr(), "  %s %s\n", response.Proto, response.Status)
	for _, key := range sortedKeys(response.Header) {
		for _, value := range response.Header[key] {
			fmt.Fprintf(w.Stderr(), "  %s: %s\n", key, value)
		}
	}
	fmt.Fprintln(w.Stderr(), "  ")
}

func (w *wgetCall) save(response *http.Response, target *url.URL) {
	if w.spider {
		w.say("remote file exists")
		return
	}
	name := w.output
	if name == "" {
		if name = path.Base(target.Path); name == "/" || name == "." || strings.HasSuffix(target.Path, "/") {
			name = "index.html"
		}
		if w.dir != "" {
			_ = w.FS().MkdirAll(w.dir, 0o755) // what is wrong with it shows below
			name = path.Join(w.dir, name)
		}
		if _, err := w.FS().Stat(name); err == nil && !w.resume {
			w.Fatalf("can't open '%s': File exists", name)
		}
	}
	out := io.Writer(w.Out)
	shown := name
	if name == "-" {
		w.say("writing to stdout")
	} else {
		f, err := w.Create(name, w.resume)
		if err != nil {
			w.Fatalf("can't open '%s': %s", name, tool.Reason(err))
		}
		defer f.Close()
		out = f
		w.say("saving to '%s'", name)
	}
	n, err := copyBody(w.Call, out, response.Body)
	w.Out.Flush()
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		w.Fatalf("download timed out")
	case err != nil:
		w.Fatalf("%s", tool.Reason(err))
	}
	w.say("%s", progress(shown, n))
	if name == "-" {
		w.say("written to stdout")
	} else {
		w.say("'%s' saved", name)
	}
}

// progress is the last state of busybox's progress bar.
func progress(name string, n int64) string {
	size := tool.Human(n)
	if n < 1024 {
		size = fmt.Sprint(n)
	}
	return fmt.Sprintf("%-20.20s 100%% |%s| %5s  0:00:00 ETA", name, strings.Repeat("*", 32), size)
}

func copyBody(c *tool.Call, out io.Writer, body io.Reader) (n int64, err error) {
	part := make([]byte, 32<<10)
	for {
		k, err := body.Read(part)
		n += int64(k)
		if k > 0 {
			if _, werr := out.Write(part[:k]); werr != nil {
				return n, werr
			}
			c.Spend(k)
		}
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}
