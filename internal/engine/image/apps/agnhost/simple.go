package agnhost

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"kubetutor/internal/engine/image/apps/service"
	"kubetutor/internal/engine/kernel"
)

// serveHTTP serves until the process ends; an error is fatal.
func (c *call) serveHTTP(ctx context.Context, address string, handler http.Handler) int {
	if err := service.Serve(ctx, c.Process, service.Server(c.Process, handler, request), address, nil); err != nil {
		return c.fatal("%v", err)
	}
	<-ctx.Done()
	return 1
}

func pause(*pflag.FlagSet) func(context.Context, *call) int {
	return func(ctx context.Context, c *call) int {
		c.printf("Paused\n")
		caught := c.Notify(kernel.SIGINT, kernel.SIGTERM)
		hangup := c.Notify(kernel.SIGHUP)
		c.printf("Signals registered\n")
		select {
		case s := <-caught:
			return c.sayGoodbye(s)
		case <-hangup:
			return service.GoStatus
		case <-ctx.Done():
			return 1
		}
	}
}

// sayGoodbye leaves the termination message that tests look for.
func (c *call) sayGoodbye(s kernel.Signal) int {
	name, code := "terminated", 2
	if s == kernel.SIGINT {
		name, code = "interrupt", 1
	}
	file := c.Getenv("TERMINATION_MESSAGE_PATH")
	if file == "" {
		file = "/dev/termination-log"
	}
	message := fmt.Sprintf("exiting because of signal %q\n", name)
	c.FS().WriteFile(file, []byte(message), 0o644) // as upstream: nothing to do about an error
	c.printf("%s", message)
	return code
}

func entrypointTester(*pflag.FlagSet) func(context.Context, *call) int {
	return func(_ context.Context, c *call) int {
		c.printf("%v\n", c.Args())
		return 0
	}
}

func fakeGitServer(*pflag.FlagSet) func(context.Context, *call) int {
	return func(ctx context.Context, c *call) int {
		return c.serveHTTP(ctx, ":8000", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "I am a fake git server")
		}))
	}
}

// healthyFor is how long the liveness server answers well.
const healthyFor = 10 * time.Second

func liveness(*pflag.FlagSet) func(context.Context, *call) int {
	return func(ctx context.Context, c *call) int {
		started := time.Now()
		mux := http.NewServeMux()
		mux.HandleFunc("/started", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, time.Since(started).String()) })
		mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
			if passed := time.Since(started); passed > healthyFor {
				w.WriteHeader(http.StatusInternalServerError)
				fmt.Fprintf(w, "error: %v", passed.Seconds())
				return
			}
			io.WriteString(w, "ok")
		})
		mux.HandleFunc("/redirect", redirectTo)
		return c.serveHTTP(ctx, ":8080", mux)
	}
}

func redirectTo(w http.ResponseWriter, r *http.Request) {
	target, err := url.QueryUnescape(r.URL.Query().Get("loc"))
	if err != nil {
		http.Error(w, fmt.Sprintf("invalid redirect: %q", r.URL.Query().Get("loc")), http.StatusBadRequest)
		return
	}
	http.Redirect(w, r, target, http.StatusFound)
}

func testWebserver(flags *pflag.FlagSet) func(context.Context, *call) int {
	number := flags.Int("port", 80, "")
	return func(ctx context.Context, c *call) int {
		files := http.FileServerFS(c.FS().Sub("/"))
		return c.serveHTTP(ctx, port(*number), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Set("Cache-Control", "private")
			h.Set("Access-Control-Allow-Origin", "*")
			h.Set("Access-Control-Allow-Credentials", "true")
			h.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
			h.Set("Access-Control-Allow-Headers", "DNT,X-Mx-ReqToken,Keep-Alive,User-Agent,X-Requested-With,Cache-Control,Content-Type")
			r.Header.Del("If-Modified-Since")
			files.ServeHTTP(w, r)
		}))
	}
}

// resolvConf returns the words after a keyword of /etc/resolv.conf.
func (c *call) resolvConf(keyword string) ([]string, error) {
	data, err := c.FS().ReadFile("/etc/resolv.conf")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), keyword); ok {
			return strings.Split(rest, " ")[1:], nil
		}
	}
	return nil, service.Words("Could not find DNS search list!")
}

func dnsList(keyword string) func(*pflag.FlagSet) func(context.Context, *call) int {
	return func(*pflag.FlagSet) func(context.Context, *call) int {
		return func(_ context.Context, c *call) int {
			words, err := c.resolvConf(keyword)
			if err != nil {
				fmt.Fprintf(c.Stderr(), "panic: %v\n", err)
				return service.GoStatus
			}
			c.printf("%s\n", strings.Join(words, ","))
			return 0
		}
	}
}

func dnsSuffix(flags *pflag.FlagSet) func(context.Context, *call) int {
	return dnsList("search")(flags)
}

func dnsServerList(flags *pflag.FlagSet) func(context.Context, *call) int {
	return dnsList("nameserver")(flags)
}

func etcHosts(*pflag.FlagSet) func(context.Context, *call) int {
	return func(_ context.Context, c *call) int {
		data, err := c.FS().ReadFile("/etc/hosts")
		if err != nil {
			fmt.Fprintf(c.Stderr(), "panic: %v\n", err)
			return service.GoStatus
		}
		c.printf("%s\n", data)
		return 0
	}
}

// lastBreath is how long serve-hostname stays after SIGTERM.
const lastBreath = time.Minute

func serveHostname(flags *pflag.FlagSet) func(context.Context, *call) int {
	tcp, udp := flags.Bool("tcp", false, ""), flags.Bool("udp", false, "")
	web, closing := flags.Bool("http", true, ""), flags.Bool("close", false, "")
	number := flags.Int("port", 9376, "")
	return func(ctx context.Context, c *call) int {
		if *web && (*tcp || *udp) {
			return c.fatal("Can't server TCP/UDP mode and HTTP mode at the same time")
		}
		failed := make(chan error, 3)
		start := func(wanted bool, serve func(context.Context, int) error) {
			if wanted {
				go func() { failed <- serve(ctx, *number) }()
			}
		}
		start(*tcp, c.hostnameTCP)
		start(*udp, c.hostnameUDP)
		start(*web, func(ctx context.Context, n int) error { return c.hostnameHTTP(ctx, n, *closing) })
		c.log.Printf("Serving on port %d.\n", *number)
		return c.untilDeleted(ctx, failed)
	}
}

func (c *call) untilDeleted(ctx context.Context, failed <-chan error) int {
	rude := c.Notify(kernel.SIGINT, kernel.SIGHUP)
	select {
	case <-c.Notify(kernel.SIGTERM):
		c.log.Printf("Shutting down after receiving signal: terminated.\n")
		c.log.Printf("Awaiting pod deletion.\n")
		service.Sleep(ctx, lastBreath)
		return 0
	case <-rude:
		return service.GoStatus
	case err := <-failed:
		return c.fatal("Error from net.Listen(): %v", err)
	case <-ctx.Done():
		return 1
	}
}

func (c *call) hostnameHTTP(ctx context.Context, number int, closing bool) error {
	return service.Serve(ctx, c.Process, service.Server(c.Process, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.log.Printf("HTTP request from %s", r.RemoteAddr)
		if closing {
			w.Header().Add("Connection", "close")
		}
		io.WriteString(w, c.Hostname())
	}), request), port(number), nil)
}

func (c *call) hostnameTCP(ctx context.Context, number int) error {
	return c.acceptLoop(ctx, port(number), func(conn net.Conn) {
		c.log.Printf("TCP request from %s", conn.RemoteAddr())
		io.WriteString(conn, c.Hostname())
	})
}

// acceptLoop calls do with each connection and then closes it.
func (c *call) acceptLoop(ctx context.Context, address string, do func(net.Conn)) error {
	l, err := service.Listen(ctx, c.Process, address)
	if err != nil {
		return err
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		do(conn)
		conn.Close()
	}
}

func (c *call) hostnameUDP(ctx context.Context, number int) error {
	return c.answerUDP(ctx, port(number), c.Hostname(), true)
}

// answerUDP answers each datagram with text.
func (c *call) answerUDP(ctx context.Context, address, text string, logged bool) error {
	conn, err := c.packet(ctx, address)
	if err != nil {
		return err
	}
	buffer := make([]byte, 16)
	for {
		_, from, err := conn.ReadFrom(buffer)
		if err != nil {
			return err
		}
		if logged {
			c.log.Printf("UDP request from %s", from)
		}
		conn.WriteTo([]byte(text), from)
	}
}

func tcpReset(flags *pflag.FlagSet) func(context.Context, *call) int {
	number := flags.Int("port", 8080, "")
	return func(ctx context.Context, c *call) int {
		failed := make(chan error, 1)
		go func() {
			failed <- c.acceptLoop(ctx, port(*number), func(conn net.Conn) {
				conn.Read(make([]byte, 1)) // what is left unread makes close(2) send a reset
				c.log.Printf("TCP request from %s", conn.RemoteAddr())
			})
		}()
		c.log.Printf("Serving on port %d.\n", *number)
		return c.untilTerm(ctx, failed)
	}
}

func (c *call) untilTerm(ctx context.Context, failed <-chan error) int {
	select {
	case <-c.Notify(kernel.SIGTERM):
		c.log.Printf("Shutting down after receiving signal: terminated.\n")
		c.log.Printf("Awaiting pod deletion.\n")
		return 0
	case <-c.Notify(kernel.SIGINT, kernel.SIGHUP):
		return service.GoStatus
	case err := <-failed:
		return c.fatal("Error from net.Listen(): %v", err)
	case <-ctx.Done():
		return 1
	}
}

func noNewPrivs(*pflag.FlagSet) func(context.Context, *call) int {
	return func(_ context.Context, c *call) int {
		return printUser(c.Process)
	}
}

// EffectiveUser is nnp, the program of the image nonewprivs: installed with the
// setuid bit, it says what the bit was worth.
func EffectiveUser(string) kernel.Program {
	return func(_ context.Context, p *kernel.Process) int { return printUser(p) }
}

func printUser(p *kernel.Process) int {
	fmt.Fprintf(p.Stdout(), "Effective uid: %d\n", p.Cred().UID)
	return 0
}
