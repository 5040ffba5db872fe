package network

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/netip"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"kubetutor/internal/engine/cri/control"
)

// fakeRuntime remembers what policies it was told.
type fakeRuntime struct {
	mu     sync.Mutex
	told   []control.Policies
	faults int        // how often it fails from now on
	busy   sync.Mutex // held while it accepts nothing
}

func (r *fakeRuntime) Policies(_ context.Context, p control.Policies) error {
	r.busy.Lock()
	defer r.busy.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.faults > 0 {
		r.faults--
		return errors.New("no runtime there")
	}
	r.told = append(r.told, p)
	return nil
}

func (*fakeRuntime) Explain(context.Context, netip.Addr, string, netip.AddrPort) (control.Record, error) {
	return control.Record{}, errors.New("not asked")
}

func (*fakeRuntime) Records(context.Context, uint64) iter.Seq2[control.Record, error] {
	return func(func(control.Record, error) bool) {}
}

// times is how often it was told something, and how many Pods were isolated last.
func (r *fakeRuntime) times() (times, isolated int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if times = len(r.told); times > 0 {
		isolated = len(r.told[times-1])
	}
	return times, isolated
}

func (r *fakeRuntime) fail(times int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults = times
}

// awaitIsolated waits until so many Pods are isolated.
func (r *fakeRuntime) awaitIsolated(t *testing.T, want int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if _, isolated := r.times(); isolated == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d Pods should be isolated: %v", want, r.told)
		}
	}
}

func following(t *testing.T, r *fakeRuntime) (*fake.Clientset, *Network) {
	t.Helper()
	client := fake.NewClientset(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}})
	n, err := start(t.Context(), client, r, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Stop)
	return client, n
}

func createPods(t *testing.T, client *fake.Clientset, names ...string) {
	t.Helper()
	for _, name := range names {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Labels: map[string]string{"app": name}}}
		if _, err := client.CoreV1().Pods("shop").Create(t.Context(), p, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}

func createPolicy(t *testing.T, client *fake.Clientset, name string) {
	t.Helper()
	p := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name}}
	if _, err := client.NetworkingV1().NetworkPolicies("shop").Create(t.Context(), p, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// TestPoliciesAreEnforced: a policy is pushed soon, Pods without an address too,
// and its end.
func TestPoliciesAreEnforced(t *testing.T) {
	t.Parallel()
	r := &fakeRuntime{}
	client, _ := following(t, r)
	createPods(t, client, "a", "b")
	createPolicy(t, client, "deny")
	r.awaitIsolated(t, 2)
	createPods(t, client, "c")
	r.awaitIsolated(t, 3)
	if err := client.NetworkingV1().NetworkPolicies("shop").Delete(t.Context(), "deny", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	r.awaitIsolated(t, 0)
}

// TestPoliciesAreGathered: many changes at once are few pushes, and what changes no
// policy is none.
func TestPoliciesAreGathered(t *testing.T) {
	t.Parallel()
	r := &fakeRuntime{}
	client, _ := following(t, r)
	createPods(t, client, "a")
	createPolicy(t, client, "first")
	r.awaitIsolated(t, 1)
	r.busy.Lock()
	for n := range 100 {
		createPolicy(t, client, fmt.Sprint("p", n))
	}
	begun, _ := r.times()
	r.busy.Unlock()
	await(t, "all policies", func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.told[len(r.told)-1]["shop/a"].Ingress.By) == 101
	})
	before, _ := r.times()
	if before > begun+2 {
		t.Errorf("100 policies were pushed %d times", before-begun)
	}
	for n := range 20 {
		p, err := client.CoreV1().Pods("shop").Get(t.Context(), "a", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Reason: fmt.Sprint(n)}}
		if _, err := client.CoreV1().Pods("shop").UpdateStatus(t.Context(), p, metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	createPods(t, client, "b")
	r.awaitIsolated(t, 2)
	if after, _ := r.times(); after != before+1 {
		t.Errorf("a Pod's status was pushed %d times", after-before-1)
	}
}

// TestPoliciesAreRepeated: a runtime that could not be told is told later, and one
// that has come anew is told again.
func TestPoliciesAreRepeated(t *testing.T) {
	t.Parallel()
	r := &fakeRuntime{}
	client, n := following(t, r)
	createPods(t, client, "a")
	await(t, "the first push", func() bool { times, _ := r.times(); return times > 0 })
	r.fail(2)
	createPolicy(t, client, "deny")
	r.awaitIsolated(t, 1)
	before, _ := r.times()
	if err := n.Equip(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after, isolated := r.times(); after != before+1 || isolated != 1 {
		t.Errorf("a new runtime was told %d times, of %d Pods", after-before, isolated)
	}
	r.fail(1)
	if err := n.Equip(t.Context()); err == nil {
		t.Error("a runtime that does not answer is equipped")
	}
}

func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited for %s", what)
		}
	}
}
