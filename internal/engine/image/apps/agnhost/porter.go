package agnhost

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/spf13/pflag"

	"kubetutor/internal/engine/image/apps/service"
)

// porter serves a value on each port that its environment names.
func porter(flags *pflag.FlagSet) func(context.Context, *call) int {
	asJSON := flags.Bool("json-response", false, "")
	return func(ctx context.Context, c *call) int {
		for _, variable := range c.Env() {
			key, value, _ := strings.Cut(variable, "=")
			go c.serveVariable(ctx, key, value, *asJSON)
		}
		<-ctx.Done()
		return 1
	}
}

func (c *call) serveVariable(ctx context.Context, key, value string, asJSON bool) {
	for prefix, serve := range map[string]func(port string) error{
		"SERVE_PORT_":     func(port string) error { return c.serveValue(ctx, port, value, asJSON, false) },
		"SERVE_TCP_PORT_": func(port string) error { return c.serveValue(ctx, port, value, asJSON, false) },
		"SERVE_TLS_PORT_": func(port string) error { return c.serveValue(ctx, port, value, asJSON, true) },
		"SERVE_UDP_PORT_": func(port string) error { return c.answerUDP(ctx, "0.0.0.0:"+port, value, false) },
	} {
		if port, ok := strings.CutPrefix(key, prefix); ok {
			if err := serve(port); err != nil && ctx.Err() == nil {
				c.log.Printf("server on port %q failed: %v", port, err)
			}
		}
	}
}

func (c *call) serveValue(ctx context.Context, port, value string, asJSON, secure bool) error {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !asJSON {
			io.WriteString(w, value)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		data, err := json.Marshal(struct{ Method, Body string }{r.Method, value})
		if err == nil {
			w.Write(data)
		}
	})
	server := service.Server(c.Process, handler, request)
	if !secure {
		return service.Serve(ctx, c.Process, server, "0.0.0.0:"+port, nil)
	}
	certificate, err := service.Certificate(c.Process, c.file(c.fallback("CERT_FILE", "localhost.crt")), c.file(c.fallback("KEY_FILE", "localhost.key")))
	if err != nil {
		return err
	}
	return service.Serve(ctx, c.Process, server, "0.0.0.0:"+port, certificate)
}

func (c *call) fallback(variable, otherwise string) string {
	if value := c.Getenv(variable); value != "" {
		return value
	}
	return otherwise
}
