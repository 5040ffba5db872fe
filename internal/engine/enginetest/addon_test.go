package enginetest

import (
	"regexp"
	"strings"
	"testing"
)

// TestAddOns uses what a cluster with nodes has beside Kubernetes: storage that is
// made on demand, and metrics.
func TestAddOns(t *testing.T) {
	e := newEngine(t)
	e.start()
	e.upWithNodes()
	s := e.console()
	for _, part := range []struct {
		name string
		does func(*testing.T, shell)
	}{
		{"expand and clone", growsAndCopies},
		{"zones", staysInItsZone},
		{"top", showsUsage},
		{"autoscaler", scales},
	} {
		t.Run(part.name, func(t *testing.T) {
			of := *e // the same engine, for this part's failures
			of.t = t
			part.does(t, shell{&of, s.Console})
		})
	}
}

// growsAndCopies: a claim is expanded while a Pod uses it, copied, and leaves
// nothing.
func growsAndCopies(t *testing.T, s shell) {
	s.must(claimOf("data", "storageClassName: standard"))
	s.must(userOf("writer", "data"))
	s.must("kubectl wait --for=condition=Ready pod/writer --timeout=60s")
	s.must("kubectl exec writer -- sh -c 'echo kept > /v/f'")
	if said := s.must("kubectl get volumeattachments -o jsonpath='{.items[*].spec.attacher} {.items[*].status.attached}'"); said != "sim.csi.kubetutor true" {
		t.Errorf("attached is %q", said)
	}
	s.must(`kubectl patch pvc data -p '{"spec": {"resources": {"requests": {"storage": "2Gi"}}}}'`)
	s.must("kubectl wait --for=jsonpath='{.status.capacity.storage}'=2Gi pvc/data --timeout=60s")
	s.must(claimOf("copy", "dataSource: {kind: PersistentVolumeClaim, name: data}", "2Gi"))
	s.must(userOf("reader", "copy"))
	s.must("kubectl wait --for=condition=Ready pod/reader --timeout=60s")
	if said := s.must("kubectl exec reader -- cat /v/f"); said != "kept\n" {
		t.Errorf("the copy has %q", said)
	}
	s.must("kubectl delete pod writer reader --now")
	s.must("kubectl delete pvc data copy")
	s.e.await("volumes and attachments to be gone", func() bool {
		return s.must("kubectl get pv,volumeattachments -o name") == ""
	})
}

// staysInItsZone: a volume of a zonal class keeps its Pods in the zone of the first.
func staysInItsZone(t *testing.T, s shell) {
	s.must(`kubectl apply -f - <<'Y'
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: zonal}
provisioner: sim.csi.kubetutor
parameters: {reach: zone}
volumeBindingMode: WaitForFirstConsumer
Y
`)
	s.must(claimOf("here", "storageClassName: zonal"))
	s.must(userOf("first", "here", "nodeSelector: {topology.kubernetes.io/zone: zone-b}"))
	s.must("kubectl wait --for=condition=Ready pod/first --timeout=60s")
	s.must(userOf("second", "here", "nodeSelector: {topology.kubernetes.io/zone: zone-c}"))
	s.e.await("the scheduler to say why not", func() bool {
		said, _ := s.run("kubectl describe pod second")
		return strings.Contains(said, "didn't match PersistentVolume's node affinity")
	})
	s.must("kubectl delete pod first second --now; kubectl delete pvc here; kubectl delete sc zonal")
}

// showsUsage: kubectl top knows nodes and Pods.
func showsUsage(t *testing.T, s shell) {
	s.must("kubectl run busy --image=polinux/stress-ng -- --cpu 1")
	s.e.await("a Pod to use a core", func() bool {
		said, code := s.run("kubectl top pod busy --no-headers")
		return code == 0 && regexp.MustCompile(`^busy\s+(9\d\d|10\d\d)m\s`).MatchString(said)
	})
	if said := s.must("kubectl top node --no-headers"); len(regexp.MustCompile(`(?m)^node[123]\s+\d+m\s+\d+%\s+\d+Mi`).FindAllString(said, -1)) != 3 {
		t.Errorf("the nodes use\n%s", said)
	}
	s.must("kubectl delete pod busy --now")
}

// scales: an autoscaler adds Pods while those there are have too much to do.
func scales(_ *testing.T, s shell) {
	s.must(`kubectl create deployment burn --image=polinux/stress-ng -- stress-ng --cpu 1`)
	s.must("kubectl set resources deployment burn --requests=cpu=100m")
	s.must("kubectl autoscale deployment burn --cpu=50% --min=1 --max=3")
	s.e.await("three Pods", func() bool {
		return s.must("kubectl get deployment burn -o jsonpath='{.status.readyReplicas}'") == "3"
	})
	s.must("kubectl delete hpa burn; kubectl delete deployment burn")
}

// claimOf creates a claim of a size, 1Gi if it is not given.
func claimOf(name, more string, size ...string) string {
	size = append(size, "1Gi")
	return `kubectl apply -f - <<'Y'
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: ` + name + `}
spec:
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: ` + size[0] + `}}
  ` + more + `
Y
`
}

// userOf creates a Pod that has a claim at /v.
func userOf(name, claim string, more ...string) string {
	return pod(name, strings.Join(append(more, "volumes: [{name: v, persistentVolumeClaim: {claimName: "+claim+"}}]"), "\n  "),
		"volumeMounts: [{name: v, mountPath: /v}]")
}
