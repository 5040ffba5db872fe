package agnhost_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"

	"context"
	"net"

	"kubetutor/internal/engine/image/imagetest"
	"kubetutor/internal/engine/kernel"
)

const ref = "registry.k8s.io/e2e-test-images/agnhost:2.66.1"

func run(w *imagetest.World, args ...string) *imagetest.Container {
	return w.Run(ref, imagetest.Options{Args: args})
}

func TestPause(t *testing.T) {
	t.Parallel()
	for signal, want := range map[kernel.Signal]int{kernel.SIGTERM: 2, kernel.SIGINT: 1} {
		c := imagetest.NewWorld(t).Run(ref, imagetest.Options{})
		c.Eventually("signals registered", func() bool { return strings.Contains(c.Logs(), "Signals registered") })
		if err := c.Main.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if code := c.Wait(); code != want || !strings.Contains(c.Logs(), "exiting because of signal") {
			t.Errorf("%v: status %d\n%s", signal, code, c.Logs())
		}
	}
}

func TestNetexec(t *testing.T) {
	t.Parallel()
	w := imagetest.NewWorld(t)
	c, other := run(w, "netexec"), run(w, "netexec", "--http-port=80", "--udp-port=81", "--udp-listen-addresses=10.244.1.3,10.244.1.3")
	c.Eventually("the UDP server", func() bool { return c.Get(8080, "/healthz").Status == http.StatusOK })
	other.Eventually("the UDP server", func() bool { return other.Get(80, "/healthz").Status == http.StatusOK })
	peer := other.IP.String()
	for _, test := range []struct {
		path   string
		status int
		want   string
	}{
		{"/hostname", 200, "web-0"}, {"/hostName", 200, "web-0"}, {"/echo?msg=hi&code=202", 202, "hi"}, {"/clientip", 200, "172.30.0.1:"}, {"/serverport", 200, "8080"},
		{"/envvar?var=PATH", 200, "/usr/local/sbin"}, {"/envvar?var=NOPE", 500, "not set"}, {"/redirect?location=/echo&code=307", 307, ""}, {"/readyz", 200, "ok"},
		{"/dial?host=" + peer + "&port=80&request=hostname", 200, `{"responses":["web-0"]}`}, {"/dial?host=" + peer + "&port=81&request=hostname&protocol=udp&tries=2", 200, `{"responses":["web-0","web-0"]}`},
		{"/dial?host=" + peer + "&port=9&request=hostname", 200, `{"errors":["Get \"http://` + peer + `:9/hostname\": dial tcp`}, {"/dial?host=" + peer + "&port=80", 400, "request parameter not specified"},
		{"/shell?cmd=echo+out", 200, `{"output":"out\n"}`}, {"/shell?cmd=exit+3", 200, `{"error":"exit status 3"}`}, {"/", 200, "NOW: "},
	} {
		if got := c.Get(8080, test.path); got.Status != test.status || !strings.Contains(got.Body, test.want) {
			t.Errorf("%s: %d %q, want %d %q", test.path, got.Status, got.Body, test.status, test.want)
		}
	}
	c.Get(8080, "/exit?code=7")
	if code := c.Wait(); code != 7 {
		t.Errorf("/exit?code=7 ends with %d", code)
	}
	other.Main.Signal(kernel.SIGTERM)
	if code := other.Wait(); code != 0 {
		t.Errorf("SIGTERM ends with %d", code)
	}
}

func TestDelayedShutdown(t *testing.T) {
	t.Parallel()
	c := run(imagetest.NewWorld(t), "netexec", "--delay-shutdown=1", "--http-override=/echo?msg=always")
	if got := c.Get(8080, "/whatever").Body; got != "always" {
		t.Errorf("override: %q", got)
	}
	start := time.Now()
	c.Main.Signal(kernel.SIGTERM)
	if code := c.Wait(); code != 0 || time.Since(start) < time.Second {
		t.Errorf("ended with %d after %v", code, time.Since(start))
	}
}

func TestServeHostname(t *testing.T) {
	t.Parallel()
	w := imagetest.NewWorld(t)
	if got := run(w, "serve-hostname").Get(9376, "/").Body; got != "web-0" {
		t.Errorf("HTTP: %q", got)
	}
	c := run(w, "serve-hostname", "--http=false", "--tcp", "--udp", "--port=77")
	c.Eventually("TCP", func() bool {
		conn, err := c.Dial(t.Context(), 77)
		if err != nil {
			return false
		}
		defer conn.Close()
		name, err := io.ReadAll(conn)
		return err == nil && string(name) == "web-0"
	})
	if bad := run(w, "serve-hostname", "--tcp"); bad.Wait() != 1 {
		t.Error("TCP and HTTP at once are accepted")
	}
}

func TestConnect(t *testing.T) {
	t.Parallel()
	w := imagetest.NewWorld(t)
	server := run(w, "netexec")
	server.Eventually("ready", func() bool { return server.Get(8080, "/healthz").Status == http.StatusOK })
	ip := server.IP.String()
	for _, test := range []struct {
		args, want string
		code       int
	}{
		{ip + ":8080", "", 0}, {ip + ":9", "REFUSED\n", 1}, {"--timeout=50ms 10.245.9.9:80", "TIMEOUT\n", 1}, {"nowhere.example:80", "DNS: ", 1}, {"noport", "UNKNOWN: ", 1}, {"--protocol=udp --timeout=1s " + ip + ":8081", "", 0},
	} {
		out, code := server.Exec(append([]string{"/agnhost", "connect"}, strings.Fields(test.args)...)...)
		if code != test.code || !strings.HasPrefix(out, test.want) {
			t.Errorf("connect %s: %d %q, want %d %q", test.args, code, out, test.code, test.want)
		}
	}
}

func TestMountTest(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run(ref, imagetest.Options{Mounts: []kernel.Mount{{Target: "/m", Tree: kernel.NewTree(), Type: "tmpfs"}}})
	for _, test := range []struct {
		args, want string
		code       int
	}{
		{"--fs_type=/m", "mount type of \"/m\": tmpfs\n", 0},
		{"--new_file_0666=/m/f --file_perm=/m/f", "content of file \"/m/f\": mount-tester new file\n\nperms of file \"/m/f\": -rw-rw-rw-\n", 0},
		{"--new_file_0777=/m/g --file_mode=/m/g --file_owner=/m/g", "content of file \"/m/g\": mount-tester new file\n\nmode of file \"/m/g\": -rwxrwxrwx\nowner UID of \"/m/g\": 0\nowner GID of \"/m/g\": 0\n", 0},
		{"--file_content_in_loop=/m/f --retry_time=1", "content of file \"/m/f\": mount-tester new file\n\n", 0},
		{"--file_content=/m/none", "error reading file content for \"/m/none\": open /m/none: no such file or directory\n", 1},
	} {
		out, code := c.Exec(append([]string{"/agnhost", "mounttest"}, strings.Fields(test.args)...)...)
		if out != test.want || code != test.code {
			t.Errorf("mounttest %s: %d\n%s\nwant %d\n%s", test.args, code, out, test.code, test.want)
		}
	}
}

func TestSmallCommands(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run(ref, imagetest.Options{Files: map[string]string{"/etc/resolv.conf": "nameserver 10.96.0.10\nsearch default.svc.cluster.local svc.cluster.local\noptions ndots:5\n"}})
	for _, test := range []struct {
		args []string
		want string
		code int
	}{
		{[]string{"/agnhost", "dns-suffix"}, "default.svc.cluster.local,svc.cluster.local\n", 0},
		{[]string{"/agnhost", "dns-server-list"}, "10.96.0.10\n", 0},
		{[]string{"/agnhost-2", "entrypoint-tester", "a", "-b"}, "[/agnhost-2 entrypoint-tester a -b]\n", 0},
		{[]string{"/agnhost", "--version"}, "app version 2.66.1\n", 0},
		{[]string{"/agnhost", "nope"}, "Error: unknown command \"nope\" for \"app\"\nRun 'app --help' for usage.\n", 1},
	} {
		if out, code := c.Exec(test.args...); out != test.want || code != test.code {
			t.Errorf("%v: %d %q", test.args, code, out)
		}
	}
	if out, code := c.Exec("/agnhost", "logs-generator", "--log-lines-total=3", "--run-duration=30ms"); code != 0 || strings.Count(out, "\n") != 3 || !strings.Contains(out, "] 2 ") {
		t.Errorf("logs-generator: %d\n%s", code, out)
	}
}

func TestHealthOverGRPC(t *testing.T) {
	t.Parallel()
	c := run(imagetest.NewWorld(t), "grpc-health-checking", "--service=svc")
	client, err := grpc.NewClient("passthrough:///pod", grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
		return c.Dial(ctx, 5000)
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	check := func(name string) (grpc_health_v1.HealthCheckResponse_ServingStatus, error) {
		ctx, cancel := context.WithTimeout(t.Context(), imagetest.Patience)
		defer cancel()
		resp, err := grpc_health_v1.NewHealthClient(client).Check(ctx, &grpc_health_v1.HealthCheckRequest{Service: name}, grpc.WaitForReady(true))
		return resp.GetStatus(), err
	}
	if state, err := check("svc"); err != nil || state != grpc_health_v1.HealthCheckResponse_SERVING {
		t.Errorf("at first: %v %v", state, err)
	}
	if _, err := check("other"); err == nil {
		t.Error("an unknown service is known")
	}
	c.Get(8080, "/make-not-serving")
	if state, err := check("svc"); err != nil || state != grpc_health_v1.HealthCheckResponse_NOT_SERVING {
		t.Errorf("after the switch: %v %v", state, err)
	}
}

func TestGuestbook(t *testing.T) {
	t.Parallel()
	w := imagetest.NewWorld(t)
	primary := run(w, "guestbook", "--http-port", "6379")
	primary.Get(6379, "/get")
	replica := run(w, "guestbook", "--replicaof", primary.IP.String(), "--http-port", "6379")
	replica.Eventually("registered", func() bool { return strings.Contains(replica.Logs(), "Registered to node") })
	if got := primary.Get(6379, "/set?key=messages&value=TestEntry").Body; got != `{"message":"Updated"}` {
		t.Errorf("set: %s", got)
	}
	if got := replica.Get(6379, "/get?key=messages").Body; got != `{"data":"TestEntry"}` {
		t.Errorf("get from the replica: %s", got)
	}
}

func TestPorter(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run(ref, imagetest.Options{Args: []string{"porter", "--json-response"}, Env: []string{"SERVE_PORT_80=foo", "SERVE_PORT_1080=bar"}})
	if got := c.Get(80, "/").Body; got != `{"Method":"GET","Body":"foo"}` {
		t.Errorf("80: %s", got)
	}
	if got := c.Get(1080, "/x").Body; got != `{"Method":"GET","Body":"bar"}` {
		t.Errorf("1080: %s", got)
	}
}

func TestWebserverServesFiles(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run("registry.k8s.io/e2e-test-images/nautilus:1.8", imagetest.Options{})
	if got := c.Get(80, "/data.json"); got.Status != 200 || !strings.Contains(got.Body, "nautilus.jpg") {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

func TestPortForwardTester(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run(ref, imagetest.Options{Args: []string{"port-forward-tester"}, Env: []string{"BIND_PORT=80", "BIND_ADDRESS=0.0.0.0", "EXPECTED_CLIENT_DATA=abc", "CHUNKS=3", "CHUNK_SIZE=5", "CHUNK_INTERVAL=1"}})
	var conn net.Conn
	c.Eventually("it listens", func() (ok bool) {
		var err error
		conn, err = c.Dial(t.Context(), 80)
		return err == nil
	})
	defer conn.Close()
	io.WriteString(conn, "abc")
	if got, err := io.ReadAll(conn); err != nil || string(got) != strings.Repeat("x", 15) {
		t.Errorf("got %q, %v", got, err)
	}
	if code := c.Wait(); code != 0 || !strings.Contains(c.Logs(), "Received expected client data\nShutting down connection\nDone\n") {
		t.Errorf("%d\n%s", code, c.Logs())
	}
}
