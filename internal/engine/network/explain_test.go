package network

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"kubetutor/internal/engine/fabric"
	"kubetutor/internal/lab/protocol"
)

// golden is read by the tests of package i18n too, which words it.
var golden = filepath.Join("testdata", "explanations.json")

// shop is a cluster in which much goes wrong.
func shop(t testing.TB) *town {
	w := newTown(t)
	unready := func(p *corev1.Pod) {
		p.Status.Conditions[0].Status, p.Status.ContainerStatuses[0].Ready = corev1.ConditionFalse, false
		p.Spec.Containers[0].ReadinessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/ready", Port: intstr.FromInt32(8080)}}}
	}
	waiting := func(p *corev1.Pod) {
		p.Status = corev1.PodStatus{Phase: corev1.PodPending, ContainerStatuses: []corev1.ContainerStatus{
			{Name: "main", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff"}}},
		}}
	}
	ended := func(p *corev1.Pod) { p.Status.Phase = corev1.PodSucceeded }
	leaving := func(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{} }
	host := func(p *corev1.Pod) { p.Spec.HostNetwork, p.Status.PodIP = true, "172.30.0.12" }
	ofSet := func(p *corev1.Pod) {
		p.OwnerReferences = []metav1.OwnerReference{{Kind: "ReplicaSet", Name: "web-5d4f"}}
	}
	w.settle(
		resident{"shop/client", "node1", "10.244.1.2", "app=client", "", "", nil},
		resident{"shop/web-1", "node1", "10.244.1.3", "app=web,pod-template-hash=5d4f", "http:8080", "tcp :8080", ofSet},
		resident{"shop/web-2", "node2", "10.244.2.3", "app=web,pod-template-hash=5d4f", "http:8080", "tcp :8080", ofSet},
		resident{"shop/db-0", "node2", "10.244.2.4", "app=db", "pg:5432", "tcp :5432", nil},
		resident{"shop/slow", "node2", "10.244.2.5", "app=slow", "http:8080", "", unready},
		resident{"shop/stuck", "node2", "", "app=stuck", "", "", waiting},
		resident{"shop/done", "node2", "10.244.2.6", "job=done", "", "", ended},
		resident{"shop/going", "node2", "10.244.2.7", "app=going", "", "tcp :80", leaving},
		resident{"shop/shy", "node2", "10.244.2.8", "app=shy", "", "tcp 127.0.0.1:9000", nil},
		resident{"shop/agent", "node2", "", "app=agent", "", "", host},
		resident{"shop/far", "node3", "10.244.3.2", "app=far", "", "tcp :80", nil},
		resident{"locked/worker", "node1", "10.244.1.9", "app=worker", "", "", nil},
		resident{"locked/deaf", "node1", "10.244.1.10", "app=deaf", "", "", nil},
		resident{"kube-system/coredns", "node1", "10.244.1.53", "k8s-app=kube-dns", "dns:53/UDP", "udp :53 tcp :53", nil},
	)
	w.serve("shop/web", "{clusterIP: 10.96.1.1, selector: {app: web}, type: NodePort, ports: [{name: http, port: 80, targetPort: http, nodePort: 30080}]}")
	w.serve("shop/db", "{clusterIP: 10.96.1.2, selector: {app: db}, ports: [{port: 5432}]}")
	w.serve("shop/slow", "{clusterIP: 10.96.1.3, selector: {app: slow}, ports: [{port: 80, targetPort: 8080}]}")
	w.serve("shop/typo", "{clusterIP: 10.96.1.4, selector: {app: wbe}, ports: [{port: 80}]}")
	w.serve("shop/misnamed", "{clusterIP: 10.96.1.5, selector: {app: web}, ports: [{port: 80, targetPort: htpp}]}")
	w.serve("shop/manual", "{clusterIP: 10.96.1.6, ports: [{port: 80}]}")
	w.serve("shop/stuck", "{clusterIP: 10.96.1.7, selector: {app: stuck}, ports: [{port: 80}]}")
	w.serve("shop/wrong", "{clusterIP: 10.96.1.8, selector: {app: web}, ports: [{port: 80, targetPort: 8081}]}")
	w.serve("shop/peers", "{clusterIP: None, selector: {app: web}, ports: [{port: 8080}]}")
	w.serve("shop/gone", "{type: ExternalName, externalName: example.com}")
	w.serve("shop/far", "{clusterIP: 10.96.1.9, selector: {app: far}, ports: [{port: 80}]}")
	w.serve("shop/front", "{clusterIP: 10.96.1.10, selector: {app: db}, type: LoadBalancer, "+
		"externalIPs: [172.30.200.1], loadBalancerSourceRanges: [192.0.2.0/24], ports: [{port: 5432}]}")
	w.serve("shop/local", "{clusterIP: 10.96.1.11, selector: {app: db}, type: NodePort, externalTrafficPolicy: Local, ports: [{port: 5432, nodePort: 30432}]}")
	w.serve("kube-system/kube-dns", "{clusterIP: 10.96.0.10, selector: {k8s-app: kube-dns}, ports: [{name: dns, port: 53, protocol: UDP}]}")
	w.isolate("shop/db-from-web", "{podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress], "+
		"ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: pg}]}, "+
		"{from: [{podSelector: {}}], ports: [{port: 9187}]}]}")
	w.isolate("locked/deny-all", "{podSelector: {}, policyTypes: [Ingress, Egress]}")
	w.isolate("locked/worker-to-db", "{podSelector: {matchLabels: {app: worker}}, policyTypes: [Egress], "+
		"egress: [{to: [{ipBlock: {cidr: 10.244.0.0/16, except: [10.244.1.0/24]}}], ports: [{port: metrics}, {port: 5432}]}, "+
		"{ports: [{port: 53, protocol: UDP}]}]}")
	w.open()
	w.nodes["node3"].SetDown(true)
	return w
}

// TestExplanations compares what is said of connections in the shop with what was
// found right: see the texts in internal/i18n/testdata/explanations.*.txt. Run it
// with -update after a change, and read those.
func TestExplanations(t *testing.T) {
	t.Parallel()
	w := shop(t)
	got := map[string]protocol.Explanation{}
	for _, line := range []string{
		"client svc/web 80", "client web 80", "client web.shop http", "client web.shop.svc.cluster.local 80", "client svc/web 8080", "client web-1 8080", "client web-1 80",
		"deploy/web db 5432", "client db 5432", "web-1 db-0 pg", "web-1 db-0 9187",
		"client svc/slow 80", "client svc/typo 80", "client svc/misnamed 80", "client svc/manual 80",
		"client svc/stuck 80", "client svc/wrong 80", "client peers 8080", "client gone 80", "client nothing 80", "client www.example.com 443", "client web.locked 80",
		"client stuck 80", "done web 80", "client going 80", "client shy 9000", "client far 80", "client svc/far 80", "client 10.244.9.9 80", "client 192.0.2.1 80",
		"node1 db-0 5432", "node2 db-0 5432", "node1 web 80", "agent db-0 5432", "client node2 30080", "outside node1 30080", "outside web-1 8080", "outside svc/web 80",
		"outside 172.30.200.1 5432", "outside node1 30432", "outside node2 30432", "client agent 80", "client client 80",
		"locked/worker shop/db-0 5432", "locked/worker db.shop 5432", "locked/worker shop/web-2 8080", "locked/worker shop/web-1 8080", "locked/deaf web.shop 80", "locked/deaf shop/svc/web 80",
		"client locked/worker 80", "client kube-dns.kube-system 53 udp", "shop/client shop/svc/web 80", "10.244.1.2 10.96.1.1 80", "db-0 db-0 5432",
	} {
		f := strings.Fields(line)
		e, err := w.explain(protocol.Explain{From: f[0], To: f[1], Port: f[2], UDP: len(f) > 3})
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		got[line] = e
	}
	compareGolden(t, got)
}

var update = flag.Bool("update", false, "write what is said now as what is right")

func compareGolden(t *testing.T, got map[string]protocol.Explanation) {
	t.Helper()
	text, err := json.MarshalIndent(got, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	if *update {
		if err := os.WriteFile(golden, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(text, want) {
		return
	}
	var right map[string]protocol.Explanation
	if err := json.Unmarshal(want, &right); err != nil {
		t.Fatal(err)
	}
	for line, e := range got {
		now, _ := json.MarshalIndent(e, "", " ")
		then, _ := json.MarshalIndent(right[line], "", " ")
		if !bytes.Equal(now, then) {
			t.Errorf("%s:\n%s\nshould be\n%s", line, now, then)
		}
	}
	for line := range right {
		if _, ok := got[line]; !ok {
			t.Errorf("%s is not tried any more", line)
		}
	}
}

// TestExplainWithoutKubeProxy: a node whose kube-proxy does not run has no rules.
func TestExplainWithoutKubeProxy(t *testing.T) {
	t.Parallel()
	w := shop(t)
	w.nodes["node1"].SetForwarding(fabric.Forwarding{})
	e, err := w.explain(protocol.Explain{From: "client", To: "svc/web", Port: "80"})
	last := e.Steps[len(e.Steps)-1]
	if err != nil || last.Code != protocol.ServiceUnhandled || last.About["node"] != "node1" || len(e.Advice) != 1 || e.Advice[0].Code != protocol.ProxyMissing {
		t.Errorf("%+v, %v", e, err)
	}
	e, err = w.explain(protocol.Explain{From: "client", To: "web", Port: "80"})
	if err != nil || e.Outcome != protocol.OutcomeUnresolved || e.Steps[1].Code != protocol.NameUnanswered {
		t.Errorf("by its name: %+v, %v", e, err)
	}
}

// TestExplainRefuses: what makes no sense is refused, with the code that says so.
func TestExplainRefuses(t *testing.T) {
	t.Parallel()
	w := shop(t)
	for line, want := range map[string]protocol.Code{
		"absent web 80":          protocol.CodeNotFound,
		"client svc/absent 80":   protocol.CodeNotFound,
		"client shop/absent 80":  protocol.CodeNotFound,
		"deploy/absent web 80":   protocol.CodeNotFound,
		"svc/web db 5432":        protocol.CodeInvalid,
		"client web nonsense":    protocol.CodeInvalid,
		"client web 0":           protocol.CodeInvalid,
		"client web 65536":       protocol.CodeInvalid,
		"client a/b/c/d 80":      protocol.CodeInvalid,
		"client shop/what/x 80":  protocol.CodeInvalid,
		"client shop//web 80":    protocol.CodeInvalid,
		"client node/absent 80":  protocol.CodeNotFound,
		"outside node1 no-name":  protocol.CodeInvalid,
		"client web-1 undefined": protocol.CodeInvalid,
	} {
		f := strings.Fields(line)
		_, err := w.explain(protocol.Explain{From: f[0], To: f[1], Port: f[2]})
		var refused *protocol.Error
		if !errors.As(err, &refused) || refused.Code != want {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
}
