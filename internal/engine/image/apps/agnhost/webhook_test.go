package agnhost_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"context"

	"kubetutor/internal/engine/image/imagetest"
)

// secured starts a webhook and returns what posts JSON to it.
func secured(t *testing.T, args ...string) func(path, body string) string {
	w := imagetest.NewWorld(t)
	c := run(w, append(args, "--tls-cert-file=/localhost.crt", "--tls-private-key-file=/localhost.key", "--port=8443")...)
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return c.Net.Dial(ctx, network, address)
		},
	}}
	post := func(path, body string) string {
		resp, err := client.Post("https://localhost:8443"+path, "application/json", bytes.NewBufferString(body))
		if err != nil {
			return err.Error()
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		return string(text)
	}
	c.Eventually("the webhook", func() bool { return post("/readyz", "") == "ok" })
	return post
}

// TestWebhook: what the tests of admission webhooks rely on.
func TestWebhook(t *testing.T) {
	t.Parallel()
	post := secured(t, "webhook", "--sidecar-image=pause:1")
	const labelled = `{"metadata": {"labels": {"added-label": "no"}}}`
	for _, test := range []struct {
		path, operation, object string
		allowed                 bool
		says                    string // in status or patch
	}{
		{"/always-deny", "CREATE", `{}`, false, "denies all requests"},
		{"/add-label", "CREATE", `{"metadata": {}}`, true, `"value": {"added-label": "yes"}`},
		{"/add-label", "CREATE", labelled, true, `"op": "replace"`},
		{"/pods", "CREATE", `{"metadata": {"labels": {"webhook-e2e-test": "webhook-disallow"}}, "spec": {"containers": [{"name": "webhook-disallow"}]}}`, false, "unwanted label; the pod contains unwanted container name;"},
		{"/pods", "CREATE", `{"spec": {"containers": [{"name": "web"}]}}`, true, ""},
		{"/mutating-pods", "CREATE", `{"metadata": {"name": "webhook-to-be-mutated"}}`, true, "webhook-added-init-container"},
		{"/mutating-pods", "CREATE", `{"metadata": {"name": "other"}}`, true, ""},
		{"/mutating-pods-sidecar", "CREATE", `{"spec": {"containers": [{"name": "web"}]}}`, true, `"image":"pause:1"`},
		{"/mutating-pods-sidecar", "CREATE", `{"spec": {"containers": [{"name": "webhook-added-sidecar"}]}}`, true, ""},
		{"/configmaps", "UPDATE", `{"data": {"webhook-e2e-test": "webhook-disallow"}}`, false, "the configmap contains unwanted"},
		{"/custom-resource", "DELETE", `{"data": {"webhook-e2e-test": "webhook-nondeletable"}}`, false, "cannot be deleted"},
		{"/custom-resource", "CREATE", `{"data": {"webhook-e2e-test": "webhook-nondeletable"}}`, true, ""},
		{"/mutating-configmaps", "CREATE", `{"data": {"mutation-start": "yes"}}`, true, "mutation-stage-1"},
		{"/mutating-custom-resource", "CREATE", `{"data": {"mutation-start": "yes", "mutation-stage-1": "yes"}}`, true, "mutation-stage-2"},
		{"/crd", "CREATE", `{"metadata": {"labels": {"webhook-e2e-test": "webhook-disallow"}}}`, false, "the crd contains unwanted label"},
	} {
		text := post(test.path, `{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {"uid": "u1", "operation": "`+test.operation+
			`", "object": `+test.object+`, "oldObject": `+test.object+`}}`)
		var got struct {
			APIVersion, Kind string
			Response         struct {
				UID       string
				Allowed   bool
				Status    json.RawMessage
				Patch     []byte
				PatchType string
			}
		}
		if err := json.Unmarshal([]byte(text), &got); err != nil || got.Kind != "AdmissionReview" || got.Response.UID != "u1" {
			t.Fatalf("%s answers %v: %s", test.path, err, text)
		}
		said := string(got.Response.Status) + string(got.Response.Patch)
		if got.Response.Allowed != test.allowed || !strings.Contains(said, test.says) || test.says == "" && said != "" {
			t.Errorf("%s of %s: allowed %v, says %s", test.path, test.object, got.Response.Allowed, said)
		}
	}
	if text := post("/pods", "nonsense"); !strings.Contains(text, "could not be decoded") {
		t.Errorf("nonsense: %s", text)
	}
}

// TestConversionWebhook converts both ways, and says why it cannot.
func TestConversionWebhook(t *testing.T) {
	t.Parallel()
	post := secured(t, "crd-conversion-webhook")
	for _, test := range []struct{ to, object, want string }{
		{"stable.example.com/v2", `{"apiVersion": "stable.example.com/v1", "hostPort": "local:80"}`, `"convertedObjects":[{"apiVersion":"stable.example.com/v2","host":"local","port":"80"}]`},
		{"stable.example.com/v1", `{"apiVersion": "stable.example.com/v2", "host": "local"}`, `[{"apiVersion":"stable.example.com/v1","hostPort":"local:"}]`},
		{"stable.example.com/v1", `{"apiVersion": "stable.example.com/v1"}`, "from a version to itself"},
		{"stable.example.com/v2", `{"apiVersion": "stable.example.com/v1", "hostPort": "a:b:c"}`, "invalid hostPort value `a:b:c`"},
		{"stable.example.com/v3", `{"apiVersion": "stable.example.com/v1"}`, `unexpected conversion version \"stable.example.com/v3\"`},
	} {
		text := post("/crdconvert", `{"apiVersion": "apiextensions.k8s.io/v1", "kind": "ConversionReview", "request": {"uid": "u1", "desiredAPIVersion": "`+test.to+`", "objects": [`+test.object+`]}}`)
		if !strings.Contains(text, test.want) || !strings.Contains(text, `"uid":"u1"`) {
			t.Errorf("%s to %s: %s", test.object, test.to, text)
		}
	}
}
