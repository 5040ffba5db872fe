package policy_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"kubetutor/internal/engine/network/policy"
)

// BenchmarkCompile compiles a large lab: 300 Pods in ten namespaces, 100 policies.
func BenchmarkCompile(b *testing.B) {
	w := largeWorld(b)
	for b.Loop() {
		if len(policy.Compile(w.policies, w.pods, w.namespaces)) == 0 {
			b.Fatal("nothing is isolated")
		}
	}
}

func largeWorld(b *testing.B) *world {
	r := rand.New(rand.NewPCG(3, 3))
	w := newWorld(b, "x/a")
	for n := range 7 {
		name := fmt.Sprintf("team%d", n)
		w.namespaces = append(w.namespaces, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"team": oneOf(r, "red", "blue")}}})
	}
	for n := range 299 {
		p := podOf(fmt.Sprintf("%s/p%d", w.namespaces[n%10].Name, n), n)
		p.Labels, p.Status.PodIP = randomLabels(r), netip.AddrFrom4([4]byte{10, 244, byte(1 + n/100), byte(2 + n%100)}).String()
		w.pods = append(w.pods, p)
	}
	for n := range 100 {
		p := randomPolicy(r, &world{pods: w.pods[:8]}, n)
		p.Namespace = w.namespaces[n%10].Name
		p.Spec.PolicyTypes = []networkingv1.PolicyType{"Ingress", "Egress"}
		w.policies = append(w.policies, p)
	}
	return w
}
