package agnhost

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"kubetutor/internal/engine/image/apps/service"
	"kubetutor/internal/engine/image/apps/stress"
)

// klog writes a line with klog's header.
func (c *call) klog(level byte, source, format string, args ...any) {
	now := time.Now()
	fmt.Fprintf(c.Stderr(), "%c%s %7d %s] %s\n", level, now.Format("0102 15:04:05.000000"), c.PID(), source, fmt.Sprintf(format, args...))
}

// inClusterClient asks the API server for its health again and again, with the
// token as it then is.
func inClusterClient(flags *pflag.FlagSet) func(context.Context, *call) int {
	interval := flags.Int("poll-interval", 30, "")
	return func(ctx context.Context, c *call) int {
		c.klog('I', "main.go:61", "started")
		url, transport, err := c.inside()
		if err != nil {
			return c.fatal("err: %v", err)
		}
		client := &http.Client{Transport: transport, Timeout: askPatience * 2}
		for service.Sleep(ctx, seconds(*interval)) {
			c.klog('I', "main.go:83", "calling /healthz")
			if err := c.healthz(ctx, client, url+"/healthz"); err != nil {
				c.klog('E', "main.go:86", "status=failed")
				c.klog('E', "main.go:87", "error checking /healthz: %v\n", err)
			}
		}
		return 1
	}
}

func (c *call) healthz(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	token, err := c.token()
	if err != nil {
		c.klog('E', "main.go:101", "authz_header=<empty>")
	} else {
		header := "Bearer " + token
		req.Header.Set("Authorization", header)
		sum := sha256.Sum256([]byte("salt|" + header))
		c.klog('I', "main.go:99", "authz_header=%s", base64.RawURLEncoding.EncodeToString(sum[:]))
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := service.ReadAll(resp.Body, answerLimit)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, body)
	}
	return err
}

func logsGenerator(flags *pflag.FlagSet) func(context.Context, *call) int {
	total := flags.IntP("log-lines-total", "t", 0, "")
	duration := flags.DurationP("run-duration", "d", 0, "")
	return func(ctx context.Context, c *call) int {
		if *total <= 0 || *duration <= 0 {
			c.klog('F', "logs_generator.go:66", "Invalid total number of lines: %d, or duration: %v", *total, *duration)
			return 255
		}
		ticker := time.NewTicker(*duration / time.Duration(*total))
		defer ticker.Stop()
		for id := range *total {
			c.klog('I', "logs_generator.go:78", "%s", logLine(id))
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return 1
			}
		}
		return 0
	}
}

// logLine looks like a line of the API server.
func logLine(id int) string {
	pick := func(words ...string) string { return words[rand.IntN(len(words))] }
	const letters = "bcdfghjklmnpqrstvwxz2456789"
	name := make([]byte, 3+rand.IntN(2))
	for i := range name {
		name[i] = letters[rand.IntN(len(letters))]
	}
	return fmt.Sprintf("%d %s /api/v1/namespaces/%s/pods/%s %d", id, pick("GET", "POST", "PUT"), pick("kube-system", "default", "ns"), name, 200+rand.IntN(400))
}

// stressFlags is vish/stress, which agnhost took in.
func stressFlags(flags *pflag.FlagSet) func(context.Context, *call) int {
	options := stress.VishFlags(flags)
	return func(ctx context.Context, c *call) int { return stress.Vish(ctx, c.Process, options) }
}

// runner options of the subcommand net.
type closeWait struct {
	LocalAddr, RemoteAddr                 string
	TimeoutSeconds, PostFinTimeoutSeconds int
	LeakConnection                        bool
}

// netRunner half-closes connections, to see how long address translation keeps
// them.
func netRunner(flags *pflag.FlagSet) func(context.Context, *call) int {
	serve, runner, options := flags.String("serve", "", ""), flags.String("runner", "", ""), flags.String("options", "", "")
	flags.Int("delay-shutdown", 0, "")
	return func(ctx context.Context, c *call) int {
		switch {
		case *serve != "":
			c.log.Printf("Running server on %v", *serve)
			return c.serveHTTP(ctx, *serve, c.runnerHandler())
		case *runner == "":
			return c.fatal("Must set either --runner or --serve, see --help")
		}
		output, err := c.runRunner(ctx, *runner, []byte(*options))
		c.printf("output:\n\n%s", output)
		if err != nil {
			return c.fatal("Error: %v", err)
		}
		return 0
	}
}

func (c *call) runnerHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/run/{runner}", func(w http.ResponseWriter, r *http.Request) {
		body, err := service.ReadAll(r.Body, answerLimit)
		if err != nil || len(body) == 0 {
			http.Error(w, "Missing request body", http.StatusBadRequest)
			return
		}
		output, err := c.runRunner(r.Context(), r.PathValue("runner"), body)
		if err != nil {
			http.Error(w, fmt.Sprintf("Error from runner: %v\noutput:\n\n%s", err, output), http.StatusInternalServerError)
			return
		}
		fmt.Fprintf(w, "ok\noutput:\n\n%s", output)
	})
	return mux
}

func (c *call) runRunner(ctx context.Context, name string, options []byte) (string, error) {
	run, ok := map[string]func(context.Context, closeWait, *log.Logger) error{
		"nat-closewait-client": c.closeWaitClient, "nat-closewait-server": c.closeWaitServer,
	}[name]
	if !ok {
		return "", service.Words("Invalid runner: '%v', see --help", name)
	}
	var parsed closeWait
	if err := json.Unmarshal(options, &parsed); err != nil {
		return "", service.Words("Invalid options JSON: %w", err)
	}
	var output strings.Builder
	err := run(ctx, parsed, log.New(&output, "# ", 0))
	return output.String(), err
}

func (c *call) closeWaitServer(ctx context.Context, o closeWait, logger *log.Logger) error {
	l, err := service.Listen(ctx, c.Process, o.LocalAddr)
	if err != nil {
		return err
	}
	defer l.Close()
	logger.Printf("Server listening on %v", l.Addr())
	conn, err := l.Accept()
	if err != nil {
		return err
	}
	defer conn.Close()
	logger.Printf("Client connected")
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		if err := half.CloseWrite(); err != nil {
			return err
		}
	}
	logger.Printf("Server sent FIN, waiting %v seconds", o.PostFinTimeoutSeconds)
	service.Sleep(ctx, seconds(o.PostFinTimeoutSeconds))
	logger.Printf("Done")
	return nil
}

func (c *call) closeWaitClient(ctx context.Context, o closeWait, logger *log.Logger) error {
	conn, err := service.Dial(ctx, c.Process, "tcp", o.RemoteAddr)
	if err != nil {
		return err
	}
	if o.LeakConnection { // it then lasts as long as the process
		context.AfterFunc(ctx, func() { conn.Close() })
	} else {
		defer conn.Close()
	}
	logger.Printf("Connected to server")
	if o.TimeoutSeconds > 0 {
		conn.SetReadDeadline(time.Now().Add(seconds(o.TimeoutSeconds)))
	}
	n, err := conn.Read(make([]byte, 1))
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return err
	case n != 0:
		return service.Words("Got data but expected EOF")
	}
	logger.Printf("Server has half-closed the connection, waiting %v seconds", o.PostFinTimeoutSeconds)
	service.Sleep(ctx, seconds(o.PostFinTimeoutSeconds))
	logger.Printf("Done")
	return nil
}
