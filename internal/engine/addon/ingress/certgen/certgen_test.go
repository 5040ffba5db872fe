package certgen

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"strings"
	"testing"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"kubetutor/internal/engine/kernel"
)

// run runs the program with a client that is not of a cluster.
func run(t *testing.T, client *fake.Clientset, args ...string) (said string, err error) {
	t.Helper()
	var out bytes.Buffer
	tree := kernel.NewTree()
	tree.File("/certgen", kernel.Executable("certgen"), 0o755, 0, 0)
	container, kerr := kernel.New(kernel.Config{Image: tree, Programs: kernel.Programs{"certgen": func(ctx context.Context, p *kernel.Process) int {
		j := &job{p: p, client: client}
		do, perr := j.parse(args)
		if err = perr; err == nil {
			err = do(ctx)
		}
		return 0
	}}})
	if kerr != nil {
		t.Fatal(kerr)
	}
	defer container.Close()
	p, kerr := container.Start(kernel.Spec{Args: []string{"/certgen"}, Stdout: &out})
	if kerr != nil {
		t.Fatal(kerr)
	}
	if _, kerr := p.Wait(t.Context()); kerr != nil {
		t.Fatal(kerr)
	}
	return out.String(), err
}

func TestCreateAndPatch(t *testing.T) {
	t.Parallel()
	hook := &admissionregistrationv1.ValidatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: "hook"},
		Webhooks: []admissionregistrationv1.ValidatingWebhook{{Name: "one"}, {Name: "two"}}}
	client := fake.NewClientset(hook)
	patch := []string{"patch", "--webhook-name=hook", "--namespace=n", "--secret-name=s", "--patch-mutating=false", "--patch-failure-policy=Fail"}
	if _, err := run(t, client, patch...); err == nil || err.Error() != "no secret with 's' in 'n'" {
		t.Errorf("before there is a Secret: %v", err)
	}
	create := []string{"create", "--host=a,a.n.svc,10.0.0.1", "--namespace=n", "--secret-name=s"}
	for _, want := range []string{`"msg":"creating new secret"`, `"msg":"secret already exists"`} {
		if said, err := run(t, client, create...); err != nil || !strings.Contains(said, want) {
			t.Errorf("%s %v, want %s", said, err, want)
		}
	}
	if said, err := run(t, client, patch...); err != nil || !strings.Contains(said, `"msg":"Patched hook(s)"`) {
		t.Errorf("%s %v", said, err)
	}
	secret, err := client.CoreV1().Secrets("n").Get(t.Context(), "s", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tls.X509KeyPair(secret.Data["cert"], secret.Data["key"]); err != nil {
		t.Error(err)
	}
	now, err := client.AdmissionregistrationV1().ValidatingWebhookConfigurations().Get(t.Context(), "hook", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range now.Webhooks {
		if !bytes.Equal(w.ClientConfig.CABundle, secret.Data["ca"]) || *w.FailurePolicy != admissionregistrationv1.Fail {
			t.Errorf("the webhook is %+v", w)
		}
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		`required flag(s) "host", "namespace" not set`:      {"create", "--secret-name=s"},
		`unknown command "make" for "kube-webhook-certgen"`: {"make"},
		"unknown flag: --nope":                              {"patch", "--nope"},
		"patch-failure-policy Maybe is not valid":           {"patch", "--secret-name=s", "--namespace=n", "--patch-failure-policy=Maybe"},
	} {
		if _, err := run(t, fake.NewClientset(), args...); err == nil || err.Error() != want {
			t.Errorf("%v: %v, want %s", args, err, want)
		}
	}
}

func TestCertificate(t *testing.T) {
	t.Parallel()
	made, err := generate("a.n.svc,10.0.0.1", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(made.certificate, made.key)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(made.authority)
	for name, ok := range map[string]bool{"a.n.svc": true, "10.0.0.1": true, "b.n.svc": false} {
		if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name}); (err == nil) != ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
