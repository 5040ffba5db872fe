package echo_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"kubetutor/internal/engine/image/imagetest"
)

const gatewayEcho = "registry.k8s.io/gateway-api/echo-basic:v1.5.1"

func TestGatewayEcho(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run(gatewayEcho, imagetest.Options{Env: []string{"POD_NAME=web-0", "NAMESPACE=shop"}})
	got := c.Get(3000, "/a?b")
	var asked struct {
		Path, Method, Namespace, Pod string
		Headers                      http.Header
	}
	if err := json.Unmarshal([]byte(got.Body), &asked); err != nil || asked.Path != "/a?b" || asked.Method != "GET" || asked.Namespace != "shop" || asked.Pod != "web-0" {
		t.Errorf("%d %s: %v", got.Status, got.Body, err)
	}
	c.Eventually("the log to say who asked", func() bool { return strings.Contains(c.Logs(), "Echoing back request made to /a?b to client (") })
	for path, want := range map[string]int{"/status/418": 418, "/status/x": 400, "/health": 200, "/retry/": 400,
		"/retry/?uuid=a&succeedAfter=1&responseCode=503": 503, "/retry/?uuid=b&succeedAfter=0": 200, "/?delay=1ms": 200, "/?delay=x": 500} {
		if got := c.Get(3000, path); got.Status != want {
			t.Errorf("%s: %d, want %d", path, got.Status, want)
		}
	}
	if got := c.Get(3000, "/retry/?uuid=a&succeedAfter=1&responseCode=503"); got.Status != 200 {
		t.Errorf("the second try: %d", got.Status)
	}
	if got := c.Get(3001, "/"); got.Status != 400 || got.Body != "Expected h2c request" {
		t.Errorf("HTTP/1.1 on the port of h2c: %d %q", got.Status, got.Body)
	}
}

func TestGatewayEchoOfStreams(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run(gatewayEcho, imagetest.Options{Env: []string{"TCP_ECHO_SERVER=1", "POD_NAME=web-0"}})
	conn := dial(t, c, 3000)
	r := bufio.NewReader(conn)
	fmt.Fprint(conn, "PING\nIS_TLS\nTEST\n")
	for _, want := range []string{"Gateway API Test TCP Server\n", "PONG\n", "false\n", `"pod":"web-0"`} {
		if line, err := r.ReadString('\n'); err != nil || !strings.Contains(line, want) {
			t.Errorf("%q, %v, want %q", line, err, want)
		}
	}
}

// dial waits until the program listens.
func dial(t *testing.T, c *imagetest.Container, port uint16) (conn net.Conn) {
	t.Helper()
	c.Eventually("the program to listen", func() (ok bool) {
		var err error
		conn, err = c.Dial(t.Context(), port)
		return err == nil
	})
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	return conn
}

func TestGatewayEchoOfCalls(t *testing.T) {
	t.Parallel()
	c := imagetest.NewWorld(t).Run(gatewayEcho, imagetest.Options{Env: []string{"GRPC_ECHO_SERVER=1", "POD_NAME=web-0"}})
	dial(t, c, 3000)
	client, err := grpc.NewClient("passthrough:///web", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return c.Dial(ctx, 3000) }))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	const service = "/gateway_api_conformance.echo_basic.grpcecho.GrpcEcho/"
	ctx := metadata.AppendToOutgoingContext(t.Context(), "x-color", "blue")
	var out emptypb.Empty // what it does not know it keeps as it is
	if err := client.Invoke(ctx, service+"Echo", &emptypb.Empty{}, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{service + "Echo", "x-color", "blue", "web-0"} {
		if !strings.Contains(string(out.ProtoReflect().GetUnknown()), want) {
			t.Errorf("the answer does not say %q: %q", want, out.ProtoReflect().GetUnknown())
		}
	}
	for _, method := range []string{service + "EchoThree", "/x.Y/Z"} {
		if err := client.Invoke(ctx, method, &emptypb.Empty{}, &out); status.Code(err) != codes.Unimplemented {
			t.Errorf("%s: %v", method, err)
		}
	}
}
