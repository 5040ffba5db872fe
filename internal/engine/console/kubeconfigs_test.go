package console

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd/api"
)

// sample is a kubeconfig with one context; the parts are lines of YAML flow.
func sample(cluster, user string) string {
	return fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: c
contexts: [{name: c, context: {cluster: lab, user: me}}]
clusters: [{name: lab, cluster: {%s}}]
users: [{name: me, user: {%s}}]
`, cluster, user)
}

// atServer is a console whose lab has this API server.
func atServer(t *testing.T) (b *bench, url string) {
	t.Helper()
	server := httptest.NewServer(podServer{})
	t.Cleanup(server.Close)
	own := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(own, []byte(sample("server: "+server.URL, "token: abc")), 0o600); err != nil {
		t.Fatal(err)
	}
	return newBench(t, own), server.URL
}

// TestLearnersKubeconfigs names kubeconfigs of the workspace in every way that
// kubectl knows.
func TestLearnersKubeconfigs(t *testing.T) {
	t.Parallel()
	b, url := atServer(t)
	b.write("mine", sample("server: "+url, "token: abc"))
	b.write("certs/mine", sample("server: "+url, "tokenFile: token"))
	b.write("certs/token", "y")
	for _, c := range []struct{ line, out string }{
		{"kubectl get pod web --kubeconfig mine -o name", "pod/web\n"},
		{"kubectl --kubeconfig=$PWD/mine get pod web -o name", "pod/web\n"},
		{"kubectl get pod web --kubeconfig certs/mine -o name", "pod/web\n"},
		{"KUBECONFIG=mine kubectl get pod web -o name", "pod/web\n"},
		{"export KUBECONFIG=mine:$KUBECONFIG; kubectl get pod web -o name", "pod/web\n"},
		{"KUBECONFIG=missing kubectl config view -o jsonpath='{.users}'", "null"},
		{"unset KUBECONFIG; kubectl get pod web -o name", "pod/web\n"},
		{"kubectl config --kubeconfig=new set-cluster far --server=https://far.example && kubectl config --kubeconfig=new get-clusters", "Cluster \"far\" set.\nNAME\nfar\n"},
		{"grep -c far.example new", "1\n"},
		{"kubectl config get-contexts -o name", "c\n"},
	} {
		if r := b.run(c.line); r.out != c.out || r.exit.Code != 0 {
			t.Errorf("%s: %+v", c.line, r)
		}
	}
}

// TestHostileKubeconfigs: whatever a kubeconfig says, nothing is started, no
// other server is spoken to, and no file from elsewhere is read.
func TestHostileKubeconfigs(t *testing.T) {
	t.Parallel()
	var reached atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	t.Cleanup(other.Close)
	b, url := atServer(t)
	secret := filepath.Join(filepath.Dir(b.workspace), "secret")
	if err := os.WriteFile(secret, []byte("secret words"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ config, why string }{
		"server":   {sample("server: "+other.URL, "token: abc"), "the cluster of the lab only"},
		"exec":     {sample("server: "+url, "exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, args: [-c, touch made], interactiveMode: Never}"), "running a program"},
		"provider": {sample("server: "+url, "auth-provider: {name: oidc, config: {idp-issuer-url: x}}"), "running a program"},
		"proxy":    {sample("server: "+url+", proxy-url: "+`"`+other.URL+`"`, "token: abc"), "through a proxy"},
		"token":    {sample("server: "+url, "tokenFile: "+secret), "outside the workspace"},
		"relative": {sample("server: "+url, "tokenFile: ../secret"), "outside the workspace"},
		"ca":       {sample("server: "+url+", certificate-authority: "+secret, "token: abc"), "outside the workspace"},
		"cert":     {sample("server: "+url, "client-certificate: ../secret, client-key: ../secret"), "outside the workspace"},
	} {
		b.write("hostile", tc.config)
		for _, line := range []string{"kubectl get pod web --kubeconfig hostile", "KUBECONFIG=hostile kubectl get pod web", "export KUBECONFIG=$PWD/hostile; kubectl get pod web"} {
			if r := b.run(line); r.exit.Code == 0 || !strings.Contains(r.err, tc.why) || strings.Contains(r.err, "secret words") {
				t.Errorf("%s: %s: %+v", name, line, r)
			}
		}
		b.run("unset KUBECONFIG")
	}
	for _, line := range []string{"kubectl get pod web --kubeconfig ../secret", "KUBECONFIG=/etc/passwd kubectl config view", "KUBECONFIG=mine:../secret kubectl config view"} {
		if r := b.run(line); r.exit.Code == 0 || !strings.Contains(r.err, "outside the workspace") {
			t.Errorf("%s: %+v", line, r)
		}
	}
	if reached.Load() > 0 {
		t.Error("another server was spoken to")
	}
	if _, err := os.Stat(filepath.Join(b.workspace, "made")); err == nil {
		t.Error("a program was started")
	}
}

// TestStandardFiles uses the files of a line by their names, and pipes that end
// early.
func TestStandardFiles(t *testing.T) {
	t.Parallel()
	b := newBench(t, "")
	const claim = `echo '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}'`
	for _, c := range []struct {
		line, out string
		code      int
	}{
		{"echo x | cat /dev/stdin", "x\n", 0},
		{"echo x | while read l; do cat < /dev/stdin; done", "", 0},
		{"echo x | cat < /dev/stdin", "x\n", 0},
		{"echo x > /dev/stdout", "x\n", 0},
		{"printf 'x\n' | tee /dev/stdout", "x\nx\n", 0}, // one write, which tee copies at once
		{"echo x > /dev/stderr", "", 0},
		{"echo x > /dev/null", "", 0},
		{"[ -e /dev/stdin ] && echo there", "there\n", 0},
		{"echo b | kubectl create cm c --from-file=a=/dev/stdin --dry-run=client -o jsonpath='{.data.a}'", "b\n", 0},
		{claim + " | kubectl label -f - --local -o name a=b", "configmap/c\n", 0},
		{claim + " | kubectl label -f /dev/stdin --local -o name a=b", "configmap/c\n", 0},
		{"kubectl label --local -o name a=b -f - <<< '{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"c\"}}'", "configmap/c\n", 0},
	} {
		if r := b.run(c.line); r.out != c.out || r.exit.Code != c.code || (r.err != "") != strings.Contains(c.line, "stderr") {
			t.Errorf("%s: %+v", c.line, r)
		}
	}
	b.write("big.txt", strings.Repeat("a line of a large text\n", 40000))
	if r := b.run("kubectl create cm c --from-file=big.txt --dry-run=client -o yaml | head -n1"); r.out != "apiVersion: v1\n" || r.err != "" {
		t.Errorf("a pipe that ends early: %+v", r)
	}
	if r := b.run("set -o pipefail; kubectl create cm c --from-file=big.txt --dry-run=client -o yaml | head -n1; echo $?"); r.out != "apiVersion: v1\n141\n" {
		t.Errorf("the code of a broken pipe: %+v", r)
	}
	for _, line := range []string{"diff <(echo a) <(echo b)", "kubectl apply -f <(echo a)", "kubectl apply -f /dev/fd/63"} {
		if r := b.run(line); r.exit.Code == 0 || !strings.Contains(r.err, "process substitution") {
			t.Errorf("%s: %+v", line, r)
		}
	}
}

// TestOnlyTheLabsServer: the command itself asks again, for a kubeconfig may
// change after the guard has read it.
func TestOnlyTheLabsServer(t *testing.T) {
	t.Parallel()
	p := place{Servers: []string{"https://127.0.0.1:6443"}}
	through := func(*http.Request) (*url.URL, error) { return nil, nil }
	for name, tc := range map[string]struct {
		config rest.Config
		want   bool
	}{
		"the lab's": {rest.Config{Host: "https://127.0.0.1:6443"}, true},
		"same port": {rest.Config{Host: "https://far.example:6443"}, false},
		"none":      {rest.Config{}, false},
		"program":   {rest.Config{Host: "https://127.0.0.1:6443", ExecProvider: &api.ExecConfig{Command: "sh"}}, false},
		"provider":  {rest.Config{Host: "https://127.0.0.1:6443", AuthProvider: &api.AuthProviderConfig{Name: "oidc"}}, false},
		"proxy":     {rest.Config{Host: "https://127.0.0.1:6443", Proxy: through}, false},
	} {
		if err := p.only(&tc.config); (err == nil) != tc.want {
			t.Errorf("%s: %v", name, err)
		}
		refused := unreachable(&tc.config, errOutside)
		if refused.ExecProvider != nil || refused.AuthProvider != nil || refused.Proxy != nil {
			t.Errorf("%s: something is left: %+v", name, refused)
		}
	}
}
