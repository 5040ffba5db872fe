package incluster_test

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"kubetutor/internal/engine/addon/incluster"
	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/engine/kernel"
)

const (
	patience = 10 * time.Second
	account  = "/var/run/secrets/kubernetes.io/serviceaccount/"
)

// api is an API server behind the Service's address, and what it was asked.
type api struct {
	*httptest.Server
	mu     sync.Mutex
	tokens []string
	agents []string
}

func newAPI(t *testing.T) *api {
	a := &api{}
	a.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.tokens = append(a.tokens, r.Header.Get("Authorization"))
		a.agents = append(a.agents, r.UserAgent())
		if strings.HasSuffix(a.tokens[len(a.tokens)-1], "old") && len(a.tokens) > 1 {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"kind": "NamespaceList", "apiVersion": "v1"}`)
	}))
	t.Cleanup(a.Close)
	return a
}

// ca is the authority of its certificate, which is for example.com.
func (a *api) ca() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate().Raw}))
}

// inside runs a function as a program of a container on a network with the server.
func inside(t *testing.T, a *api, env []string, files map[string]string, run func(context.Context, *kernel.Process)) string {
	t.Helper()
	f := fabric.New()
	f.Route(netip.MustParseAddrPort("10.96.0.1:443"), func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", a.Listener.Addr().String())
	})
	ns, err := f.Attach("pod", netip.MustParseAddr("10.244.1.2"))
	if err != nil {
		t.Fatal(err)
	}
	tree := kernel.NewTree()
	tree.File("/bin/controller", kernel.Executable("controller"), 0o755, 0, 0)
	tree.File("/etc/hosts", []byte("10.96.0.1 example.com\n"), 0o644, 0, 0)
	for name, text := range files {
		tree.File(name, []byte(text), 0o644, 0, 0)
	}
	c, err := kernel.New(kernel.Config{ID: "c", Image: tree, Net: ns, Programs: kernel.Programs{"controller": func(ctx context.Context, p *kernel.Process) int {
		run(ctx, p)
		return 0
	}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(); _ = ns.Close() })
	var out strings.Builder
	p, err := c.Start(kernel.Spec{Args: []string{"/bin/controller"}, Env: env, Stderr: &out})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := p.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func inCluster() []string {
	return []string{"KUBERNETES_SERVICE_HOST=example.com", "KUBERNETES_SERVICE_PORT=443"}
}

func list(ctx context.Context, c *rest.Config) error {
	client, err := kubernetes.NewForConfig(c)
	if err != nil {
		return err
	}
	_, err = client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{})
	return err
}

// TestConfig: a program asks the API server as its service account, and goes on with
// the next token when the old one is refused. What the machine's environment says
// of proxies does not matter.
func TestConfig(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	a := newAPI(t)
	inside(t, a, inCluster(), map[string]string{account + "token": "old\n", account + "ca.crt": a.ca(), account + "namespace": "shop"}, func(ctx context.Context, p *kernel.Process) {
		c, err := incluster.Config(p)
		if err != nil {
			t.Error(err)
			return
		}
		if namespace, err := incluster.Namespace(p); namespace != "shop" || err != nil {
			t.Errorf("the namespace is %q, %v", namespace, err)
		}
		if err := list(ctx, c); err != nil {
			t.Error(err)
		}
		if err := p.FS().WriteFile(account+"token", []byte("new"), 0o644); err != nil {
			t.Error(err)
		}
		if err := list(ctx, c); err == nil {
			t.Error("a token that is refused is not")
		}
		if err := list(ctx, c); err != nil {
			t.Error(err)
		}
	})
	if got := fmt.Sprint(a.tokens); got != "[Bearer old Bearer old Bearer new]" {
		t.Errorf("the tokens are %s", got)
	}
	if !strings.HasPrefix(a.agents[0], "controller/") {
		t.Errorf("it names itself %q", a.agents[0])
	}
}

// TestNoConfig: what is missing is said as client-go says it.
func TestNoConfig(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for name, c := range map[string]struct {
		env   []string
		files map[string]string
		want  string
	}{
		"not in a cluster": {nil, nil, rest.ErrNotInCluster.Error()},
		"no account":       {inCluster(), nil, "open " + account + "token: no such file or directory"},
		"no authority":     {inCluster(), map[string]string{account + "token": "t"}, "open " + account + "ca.crt: no such file or directory"},
		"bad authority":    {inCluster(), map[string]string{account + "token": "t", account + "ca.crt": "x"}, account + "ca.crt holds no certificate"},
	} {
		inside(t, a, c.env, c.files, func(_ context.Context, p *kernel.Process) {
			if _, err := incluster.Config(p); err == nil || err.Error() != c.want {
				t.Errorf("%s: %v, want %s", name, err, c.want)
			}
		})
	}
}

const kubeconfig = `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {certificate-authority: /ca, server: "https://example.com"}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
users: [{name: u, user: {%s}}]
`

// TestKubeconfig: the files that a kubeconfig names are the container's, and it can
// run nothing.
func TestKubeconfig(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	files := map[string]string{"/ca": a.ca(), "/token": "fresh", "/conf": fmt.Sprintf(kubeconfig, "tokenFile: /token"),
		"/plugin": fmt.Sprintf(kubeconfig, "exec: {apiVersion: client.authentication.k8s.io/v1, command: /bin/true}"),
		"/lost":   fmt.Sprintf(kubeconfig, "client-certificate: /none, client-key: /none"), "/empty": "apiVersion: v1\nkind: Config\n", "/bad": "{"}
	inside(t, a, nil, files, func(ctx context.Context, p *kernel.Process) {
		c, err := incluster.Kubeconfig(p, "/conf")
		if err == nil {
			err = list(ctx, c)
		}
		if err != nil {
			t.Error(err)
		}
		for file, want := range map[string]string{
			"/none": "open /none: no such file", "/plugin": "no credential plugins", "/lost": "open /none: no such file", "/bad": "error loading config file \"/bad\"",
			"/empty": "invalid configuration: no configuration has been provided",
		} {
			if _, err := incluster.Kubeconfig(p, file); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %s", file, err, want)
			}
		}
	})
	if got := fmt.Sprint(a.tokens); got != "[Bearer fresh]" {
		t.Errorf("the tokens are %s", got)
	}
}

// TestLog: lines are klog's, with the container's process number.
func TestLog(t *testing.T) {
	t.Parallel()
	out := inside(t, newAPI(t), nil, nil, func(_ context.Context, p *kernel.Process) {
		log := incluster.Log(p, 2)
		log.Info("Starting", "node", "node1")
		log.V(3).Info("not shown")
		log.WithName("sub").Error(errors.New("broken"), "It failed")
	})
	want := regexp.MustCompile(`^I\d{4} \d\d:\d\d:\d\d\.\d{6}       1 incluster_test.go:\d+\] "Starting" node="node1"
E\d{4} \d\d:\d\d:\d\d\.\d{6}       1 incluster_test.go:\d+\] "It failed" err="broken" logger="sub"
$`)
	if !want.MatchString(out) {
		t.Errorf("it logs\n%s", out)
	}
}
