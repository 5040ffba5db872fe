package echo_test

import (
	"net/http"
	"strings"
	"testing"

	"kubetutor/internal/engine/image/imagetest"
	"kubetutor/internal/engine/kernel"
)

func TestServers(t *testing.T) {
	t.Parallel()
	w := imagetest.NewWorld(t)
	for _, test := range []struct {
		ref  string
		args []string
		port uint16
		path string
		want string
	}{
		{"hashicorp/http-echo", []string{"-text=hello there"}, 5678, "/", "hello there\n"},
		{"hashicorp/http-echo:1.0", []string{"-listen=:80", "-text", "x"}, 80, "/health", `{"status":"ok"}`},
		{"traefik/whoami", nil, 80, "/x?a=b", "Hostname: web-0\nIP: 127.0.0.1\nIP: 10.244.1."},
		{"traefik/whoami:v1.11", []string{"--port=8000", "--name=me"}, 8000, "/api", `"name":"me"`},
		{"registry.k8s.io/echoserver:1.10", nil, 8080, "/p?q=1", "\tmethod=GET\n\treal path=/p?q=1\n\tquery=q=1\n"},
		{"ealen/echo-server", nil, 80, "/a?echo_code=201", `"originalUrl":"/a?echo_code=201"`},
		{"gcr.io/google-samples/hello-app:1.0", nil, 8080, "/", "Hello, world!\nVersion: 1.0.0\nHostname: web-0\n"},
		{"gcr.io/google-samples/hello-app:2.0", nil, 8080, "/", "Version: 2.0.0\n"},
		{"registry.k8s.io/serve_hostname:v1.4", nil, 9376, "/", "web-0"},
		{"registry.k8s.io/hpa-example", nil, 80, "/", "OK!"},
		{"registry.local/kubia:v1", nil, 8080, "/", "This is v1 running in pod web-0\n"},
		{"luksa/kubia:v2", nil, 8080, "/", "This is v2 running in pod web-0\n"},
		{"registry.local/demo:v0.2", nil, 8080, "/version", "v0.2\n"},
	} {
		c := w.Run(test.ref, imagetest.Options{Args: test.args})
		if got := c.Get(test.port, test.path); !strings.Contains(got.Body, test.want) {
			t.Errorf("%s %v: %d\n%s\nwant %q", test.ref, test.args, got.Status, got.Body, test.want)
		}
	}
}

func TestDemoCanBreak(t *testing.T) {
	t.Parallel()
	w := imagetest.NewWorld(t)
	c := w.Run("registry.local/demo", imagetest.Options{})
	if got := c.Get(8080, "/healthz").Status; got != http.StatusOK {
		t.Errorf("at first: %d", got)
	}
	if err := c.FS().WriteFile("/tmp/unhealthy", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := c.Get(8080, "/healthz").Status; got != http.StatusServiceUnavailable {
		t.Errorf("with the file: %d", got)
	}
	broken := w.Run("registry.local/demo:broken", imagetest.Options{})
	if code := broken.Wait(); code != 1 || !strings.Contains(broken.Logs(), "fatal: open /etc/demo/settings.conf") {
		t.Errorf("broken: %d %s", code, broken.Logs())
	}
}

// TestEnds holds how programs of Go's end as process 1.
func TestEnds(t *testing.T) {
	t.Parallel()
	w := imagetest.NewWorld(t)
	for ref, want := range map[string]int{"traefik/whoami": 2, "hashicorp/http-echo": 0} {
		o := imagetest.Options{Env: []string{"ECHO_TEXT=x"}}
		c := w.Run(ref, o)
		c.Eventually("it started", func() bool { return c.Logs() != "" })
		if err := c.Main.Signal(kernel.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if code := c.Wait(); code != want {
			t.Errorf("%s ends with %d, want %d", ref, code, want)
		}
	}
	if c := w.Run("hashicorp/http-echo", imagetest.Options{}); c.Wait() != 127 || !strings.Contains(c.Logs(), "Missing -text option!") {
		t.Errorf("without a text: %s", c.Logs())
	}
}

// TestPortIsFreeAfterAKill restarts a server in the same network namespace.
func TestPortIsFreeAfterAKill(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run("traefik/whoami", imagetest.Options{})
	c.Get(80, "/")
	if err := c.Main.Signal(kernel.SIGKILL); err != nil {
		t.Fatal(err)
	}
	c.Wait()
	c.Eventually("the port is free", func() bool {
		l, err := c.Net.Listen("tcp", ":80")
		if err != nil {
			return false
		}
		l.Close()
		return true
	})
}
