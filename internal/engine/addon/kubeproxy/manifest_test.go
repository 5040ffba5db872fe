package kubeproxy

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/kube-proxy/config/v1alpha1"
	"sigs.k8s.io/yaml"

	"kubetutor/assets/addons"
)

// configMap is the ConfigMap of the manifest.
func configMap(t *testing.T) *corev1.ConfigMap {
	t.Helper()
	text, err := addons.Manifest("kube-proxy")
	if err != nil {
		t.Fatal(err)
	}
	for document := range bytes.SplitSeq(text, []byte("\n---\n")) {
		object, _, err := scheme.Codecs.UniversalDeserializer().Decode(document, nil, nil)
		if err != nil {
			t.Fatalf("reading\n%s\n%v", document, err)
		}
		if m, ok := object.(*corev1.ConfigMap); ok {
			return m
		}
	}
	t.Fatal("the manifest has no ConfigMap")
	return nil
}

// TestManifestIsKubeadms: the configuration is written as kubeadm writes it, with
// every field, those that are not set included.
func TestManifestIsKubeadms(t *testing.T) {
	t.Parallel()
	var c v1alpha1.KubeProxyConfiguration
	c.SetGroupVersionKind(schema.GroupVersionKind{Group: "kubeproxy.config.k8s.io", Version: "v1alpha1", Kind: "KubeProxyConfiguration"})
	c.BindAddress = "0.0.0.0"
	c.ClientConnection.Kubeconfig = "/var/lib/kube-proxy/kubeconfig.conf"
	c.ClusterCIDR = "10.244.0.0/16"
	c.Mode = "iptables"
	want, err := yaml.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if got := configMap(t).Data["config.conf"] + "\n"; got != string(want) {
		t.Errorf("config.conf is\n%s\nkubeadm writes\n%s", got, want)
	}
}

// TestManifestIsSigned: kubeadm signs what it has made itself, and leaves alone
// what others have changed.
func TestManifestIsSigned(t *testing.T) {
	t.Parallel()
	m := configMap(t)
	sum := sha256.New()
	for _, key := range slices.Sorted(maps.Keys(m.Data)) {
		sum.Write([]byte(m.Data[key]))
	}
	if got, want := m.Annotations["kubeadm.kubernetes.io/component-config.hash"], fmt.Sprintf("sha256:%x", sum.Sum(nil)); got != want {
		t.Errorf("the signature is %s, and should be %s", got, want)
	}
}
