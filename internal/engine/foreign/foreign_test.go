package foreign

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes/fake"

	"kubetutor/internal/course"
	"kubetutor/internal/engine/setup"
	"kubetutor/internal/lab/protocol"
)

const config = `apiVersion: v1
kind: Config
current-context: home
clusters:
- {name: c, cluster: {server: %q}}
users:
- {name: u, user: {token: secret}}
- {name: plug, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: cloud-login, interactiveMode: Never}}}
contexts:
- {name: home, context: {cluster: c, user: u, namespace: mine}}
- {name: cloud, context: {cluster: c, user: plug}}
`

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// server answers for the version, as an API server does.
func server(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"major":"1","minor":"30","gitVersion":"v1.30.2"}`)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// silent accepts connections and says nothing.
func silent(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return "https://" + l.Addr().String()
}

func TestOpen(t *testing.T) {
	t.Parallel()
	file := write(t, fmt.Sprintf(config, server(t)))
	before, _ := os.ReadFile(file)
	c, err := Open(t.Context(), file, "", filepath.Join(t.TempDir(), "kube"))
	if err != nil {
		t.Fatal(err)
	}
	if c.Foreign() != "home" || c.Version() != "v1.30.2" {
		t.Errorf("context %s, version %s", c.Foreign(), c.Version())
	}
	copied, err := c.Kubeconfig("learner", "shop")
	if err != nil {
		t.Fatal(err)
	}
	kube, err := load(copied, "")
	if err != nil || kube.Contexts["home"].Namespace != "shop" || len(kube.Contexts) != 1 {
		t.Errorf("the copy: %+v %v", kube, err)
	}
	if info, err := os.Stat(copied); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy's mode: %v %v", info.Mode(), err)
	}
	if after, _ := os.ReadFile(file); string(after) != string(before) {
		t.Error("the learner's own file was changed")
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	good := fmt.Sprintf(config, "https://127.0.0.1:1")
	tests := map[string]struct{ text, context, want string }{
		"no YAML":            {text: "{", want: "reading the kubeconfig"},
		"no current context": {text: "apiVersion: v1\nkind: Config\n", want: "--context"},
		"an unknown context": {text: good, context: "nowhere", want: `no context "nowhere"`},
		"a plugin":           {text: good, context: "cloud", want: "cloud-login"},
		"nobody there":       {text: good, want: "context home does not answer at https://127.0.0.1:1"},
		"silence":            {text: fmt.Sprintf(config, silent(t)), want: "does not answer"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			_, err := Open(t.Context(), write(t, test.text), test.context, t.TempDir())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestAccepts(t *testing.T) {
	t.Parallel()
	c := &Cluster{}
	if err := c.Accepts(&course.Lab{Scope: "namespace", Namespace: "shop"}); err != nil {
		t.Error(err)
	}
	for _, lab := range []*course.Lab{{Namespace: "shop"}, {Scope: "namespace"}, {Scope: "namespace", Namespace: "shop", User: "ben"}, {Scope: "namespace", Namespace: "shop", Setup: []string{"a.yaml", "b.console"}}} {
		var e *protocol.Error
		if err := c.Accepts(lab); !errors.As(err, &e) || e.Code != protocol.CodeUnsupported {
			t.Errorf("%+v: %v", lab, err)
		}
	}
}

func TestGuard(t *testing.T) {
	t.Parallel()
	object := func(kind, namespace, name string) *unstructured.Unstructured {
		o := &unstructured.Unstructured{}
		o.SetAPIVersion("v1")
		o.SetKind(kind)
		o.SetNamespace(namespace)
		o.SetName(name)
		return o
	}
	guard := Guard("shop")
	for _, o := range []*unstructured.Unstructured{object("Pod", "", "a"), object("Pod", "shop", "a")} {
		if err := guard(o, true); err != nil {
			t.Error(err)
		}
	}
	if err := guard(object("Namespace", "", "shop"), false); err != nil {
		t.Error(err)
	}
	if guard(object("Pod", "default", "a"), true) == nil {
		t.Error("a pod in another namespace was let through")
	}
	for _, o := range []*unstructured.Unstructured{object("Namespace", "", "other"), object("ClusterRole", "", "shop"), object("PersistentVolume", "", "shop")} {
		if guard(o, false) == nil {
			t.Errorf("%s %s was let through", o.GetKind(), o.GetName())
		}
	}
}

func TestNothingElseIsDeleted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	named := func(name string, labels map[string]string) *corev1.Namespace {
		return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}}
	}
	client := fake.NewClientset(named("precious", nil), named("theirs", map[string]string{setup.AttemptKey: "a9", OwnerKey: "somebody"}))
	c := &Cluster{client: client, dir: t.TempDir()}
	for _, name := range []string{"precious", "theirs"} {
		var e *protocol.Error
		if err := c.Mark(ctx, "a1", name); !errors.As(err, &e) || e.Code != protocol.CodeConflict || e.Hint == "" {
			t.Errorf("marking %s, which is somebody's: %v", name, err)
		}
	}
	if err := c.Mark(ctx, "a1", "shop"); err != nil {
		t.Fatal(err)
	}
	again := &Cluster{client: client, dir: c.dir} // the engine slept
	if mark, err := again.Marked(ctx); err != nil || mark != "a1" {
		t.Errorf("mark %q, %v", mark, err)
	}
	if owned, err := Owned(c.dir); !owned || err != nil {
		t.Errorf("owned %v, %v", owned, err)
	}
	if err := again.Reset(ctx); err != nil {
		t.Fatal(err)
	}
	left, err := client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{})
	if err != nil || len(left.Items) != 2 {
		t.Errorf("left: %+v %v", left.Items, err)
	}
	if owned, err := Owned(c.dir); owned || err != nil {
		t.Errorf("after all is gone: owned %v, %v", owned, err)
	}
}
