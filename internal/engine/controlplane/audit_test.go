package controlplane_test

import (
	"context"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"kubetutor/internal/engine/controlplane"
)

// TestAudit: the learner's requests are kept and told at once, those of the
// engine and of the components are not.
func TestAudit(t *testing.T) {
	c, client := use(t)
	ctx := context.Background()
	begin := time.Now()
	told := make(chan controlplane.Request, 100)
	cancel := c.Audit().Subscribe(func(r controlplane.Request) { told <- r })
	defer cancel()
	for _, user := range []string{controlplane.SetupUser, controlplane.CheckUser} {
		if _, err := clientOf(t, c, user).CoreV1().Pods("default").List(ctx, metav1.ListOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := client.CoreV1().ConfigMaps("default").Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "seen"}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	answered := time.Now()
	first := <-told
	t.Logf("told %v after the answer", time.Since(answered))
	impersonate(t, c)
	second := <-told
	for _, test := range []struct {
		got, want controlplane.Request
	}{
		{first, controlplane.Request{User: "learner", Verb: "create", Resource: "configmaps", Namespace: "default", Code: 201}},
		{second, controlplane.Request{User: "learner", Impersonated: "jane", Verb: "get", Resource: "pods", Name: "p", Namespace: "default", Code: 403}},
	} {
		g, w := test.got, test.want
		if g.User != w.User || g.Impersonated != w.Impersonated || g.Verb != w.Verb || g.Resource != w.Resource ||
			g.Name != w.Name && w.Name != "" || g.Namespace != w.Namespace || g.Code != w.Code || g.URI == "" {
			t.Errorf("got %+v, want %+v", g, w)
		}
	}
	if kept := c.Audit().Since(begin); len(kept) != 2 {
		t.Errorf("kept %d requests: %+v", len(kept), kept)
	}
	if later := c.Audit().Since(time.Now()); len(later) != 0 {
		t.Errorf("requests of the future: %+v", later)
	}
}

// impersonate asks as jane, who may nothing.
func impersonate(t *testing.T, c *controlplane.ControlPlane) {
	t.Helper()
	config := rest.CopyConfig(c.Config(controlplane.LearnerUser))
	config.Impersonate.UserName = "jane"
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.CoreV1().Pods("default").Get(context.Background(), "p", metav1.GetOptions{}); err == nil {
		t.Error("jane may read pods")
	}
}
