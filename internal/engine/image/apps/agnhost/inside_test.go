package agnhost_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	jose "gopkg.in/go-jose/go-jose.v2"
	"gopkg.in/go-jose/go-jose.v2/jwt"

	"kubetutor/internal/engine/image/imagetest"
)

// cluster is an API server in the fabric, called example.com because that is the
// name in httptest's certificate. It answers those who show the token "t".
type cluster struct {
	server *httptest.Server
	key    *ecdsa.PrivateKey
}

func newCluster(t *testing.T, w *imagetest.World, answers map[string]any) *cluster {
	t.Helper()
	ns, err := w.Fabric.Attach("api", netip.MustParseAddr("10.96.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := ns.Listen("tcp", ":443")
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{}
	if c.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	answers["/.well-known/openid-configuration"] = map[string]any{"issuer": "https://example.com", "jwks_uri": "https://example.com/keys"}
	answers["/keys"] = jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: c.key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}}
	c.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := answers[r.URL.Path]
		if !ok || r.Header.Get("Authorization") != "Bearer t" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer)
	}))
	_ = c.server.Listener.Close()
	c.server.Listener = l
	c.server.Config.ErrorLog = log.New(io.Discard, "", 0) // a stranger refuses the certificate
	c.server.StartTLS()
	t.Cleanup(func() { c.server.Close(); _ = ns.Close() })
	return c
}

// run runs agnhost with the account of a pod.
func (c *cluster) run(w *imagetest.World, files map[string]string, args ...string) *imagetest.Container {
	all := map[string]string{
		"/etc/hosts": "10.96.0.1 example.com\n",
		"/var/run/secrets/kubernetes.io/serviceaccount/token":  "t\n",
		"/var/run/secrets/kubernetes.io/serviceaccount/ca.crt": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.server.Certificate().Raw})),
	}
	for name, text := range files {
		all[name] = text
	}
	return w.Run(ref, imagetest.Options{Args: args, Files: all, Env: []string{"KUBERNETES_SERVICE_HOST=example.com", "KUBERNETES_SERVICE_PORT=443"}})
}

func TestIssuerDiscovery(t *testing.T) {
	t.Parallel()
	w := imagetest.NewWorld(t)
	c := newCluster(t, w, map[string]any{})
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name     string
		key      *ecdsa.PrivateKey
		audience string
		life     time.Duration
		code     int
		want     string
	}{
		{"good", c.key, "me", time.Hour, 0, "OK: Got valid claims from token!"},
		{"another audience", c.key, "you", time.Hour, 1, "expected audience"},
		{"expired", c.key, "me", -time.Hour, 1, "token is expired"},
		{"another key", stranger, "me", time.Hour, 1, "failed to verify"},
	} {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: test.key, KeyID: "k"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		token, err := jwt.Signed(signer).Claims(jwt.Claims{Issuer: "https://example.com", Audience: jwt.Audience{test.audience}, Expiry: jwt.NewNumericDate(time.Now().Add(test.life))}).CompactSerialize()
		if err != nil {
			t.Fatal(err)
		}
		pod := c.run(w, map[string]string{"/tokens/t": token}, "test-service-account-issuer-discovery", "--token-path=/tokens/t", "--audience=me")
		if code := pod.Wait(); code != test.code || !strings.Contains(pod.Logs(), test.want) {
			t.Errorf("%s: status %d\n%s", test.name, code, pod.Logs())
		}
	}
}

// TestNetTest: two servers find each other through the service's endpoints.
func TestNetTest(t *testing.T) {
	t.Parallel()
	w := imagetest.NewWorld(t)
	endpoints := map[string]any{}
	c := newCluster(t, w, map[string]any{"/version": map[string]string{"gitVersion": "v1.37.1"}, "/api/v1/namespaces/default/endpoints/nettest": endpoints})
	var addresses []map[string]string
	for n := range 2 { // the next addresses of the world
		addresses = append(addresses, map[string]string{"ip": fmt.Sprintf("10.244.1.%d", n+2)})
	}
	endpoints["subsets"] = []any{map[string]any{"addresses": addresses, "ports": []any{map[string]int{"port": 8080}}}}
	one, two := c.run(w, nil, "nettest", "--peers=1"), c.run(w, nil, "nettest", "--peers=1")
	for _, pod := range []*imagetest.Container{one, two} {
		pod.Eventually("both have met", func() bool { return pod.Get(8080, "/status").Body == "pass" })
	}
	resp, err := one.Client(8080).Post("http://pod/write", "application/json", strings.NewReader(`{"Source": "prestop"}`))
	if err != nil || resp.Body.Close() != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp, err)
	}
	var state struct{ Received, Sent map[string]int }
	if err := json.Unmarshal([]byte(one.Get(8080, "/read").Body), &state); err != nil || state.Received["prestop"] != 1 || state.Sent["web-0"] == 0 {
		t.Errorf("%v: %+v", err, state)
	}
	one.Get(8080, "/quit")
	if code := one.Wait(); code != 0 {
		t.Errorf("after /quit: status %d", code)
	}
}
