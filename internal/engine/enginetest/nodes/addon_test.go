package nodes

import (
	"regexp"
	"strings"
	"testing"

	"kubetutor/internal/course"
	"kubetutor/internal/engine/enginetest"
)

// TestAddOns uses what a cluster with nodes has beside Kubernetes: storage that is
// made on demand, and metrics.
func TestAddOns(t *testing.T) {
	t.Parallel()
	onOneCluster(t, course.ProfileNodes,
		part{"expand and clone", growsAndCopies},
		part{"zones", staysInItsZone},
		part{"top", showsUsage},
		part{"autoscaler", scales},
	)
}

// growsAndCopies: a claim is expanded while a Pod uses it, copied, and leaves
// nothing.
func growsAndCopies(t *testing.T, s enginetest.Shell) {
	s.Must(claimOf("data", "storageClassName: standard"))
	s.Must(userOf("writer", "data"))
	s.Must("kubectl wait --for=condition=Ready pod/writer --timeout=60s")
	s.Must("kubectl exec writer -- sh -c 'echo kept > /v/f'")
	if said := s.Must("kubectl get volumeattachments -o jsonpath='{.items[*].spec.attacher} {.items[*].status.attached}'"); said != "sim.csi.kubetutor true" {
		t.Errorf("attached is %q", said)
	}
	s.Must(`kubectl patch pvc data -p '{"spec": {"resources": {"requests": {"storage": "2Gi"}}}}'`)
	s.Must("kubectl wait --for=jsonpath='{.status.capacity.storage}'=2Gi pvc/data --timeout=60s")
	s.Must(claimOf("copy", "dataSource: {kind: PersistentVolumeClaim, name: data}", "2Gi"))
	s.Must(userOf("reader", "copy"))
	s.Must("kubectl wait --for=condition=Ready pod/reader --timeout=60s")
	if said := s.Must("kubectl exec reader -- cat /v/f"); said != "kept\n" {
		t.Errorf("the copy has %q", said)
	}
	s.Must("kubectl delete pod writer reader --now")
	s.Must("kubectl delete pvc data copy")
	s.Engine.Await("volumes and attachments to be gone", func() bool {
		return s.Must("kubectl get pv,volumeattachments -o name") == ""
	})
}

// staysInItsZone: a volume of a zonal class keeps its Pods in the zone of the first.
func staysInItsZone(t *testing.T, s enginetest.Shell) {
	s.Must(`kubectl apply -f - <<'Y'
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: zonal}
provisioner: sim.csi.kubetutor
parameters: {reach: zone}
volumeBindingMode: WaitForFirstConsumer
Y
`)
	s.Must(claimOf("here", "storageClassName: zonal"))
	s.Must(userOf("first", "here", "nodeSelector: {topology.kubernetes.io/zone: zone-b}"))
	s.Must("kubectl wait --for=condition=Ready pod/first --timeout=60s")
	s.Must(userOf("second", "here", "nodeSelector: {topology.kubernetes.io/zone: zone-c}"))
	s.Engine.Await("the scheduler to say why not", func() bool {
		said, _ := s.Try("kubectl describe pod second")
		return strings.Contains(said, "didn't match PersistentVolume's node affinity")
	})
	s.Must("kubectl delete pod first second --now; kubectl delete pvc here; kubectl delete sc zonal")
}

// showsUsage: kubectl top knows nodes and Pods.
func showsUsage(t *testing.T, s enginetest.Shell) {
	s.Must("kubectl run busy --image=polinux/stress-ng -- --cpu 1")
	s.Engine.Await("a Pod to use a core", func() bool {
		said, code := s.Try("kubectl top pod busy --no-headers")
		return code == 0 && regexp.MustCompile(`^busy\s+(9\d\d|10\d\d)m\s`).MatchString(said)
	})
	if said := s.Must("kubectl top node --no-headers"); len(regexp.MustCompile(`(?m)^node[123]\s+\d+m\s+\d+%\s+\d+Mi`).FindAllString(said, -1)) != 3 {
		t.Errorf("the nodes use\n%s", said)
	}
	s.Must("kubectl delete pod busy --now")
}

// scales: an autoscaler adds Pods while those there are have too much to do.
func scales(_ *testing.T, s enginetest.Shell) {
	s.Must(`kubectl create deployment burn --image=polinux/stress-ng -- stress-ng --cpu 1`)
	s.Must("kubectl set resources deployment burn --requests=cpu=100m")
	s.Must("kubectl autoscale deployment burn --cpu=50% --min=1 --max=3")
	s.Engine.Await("three Pods", func() bool {
		return s.Must("kubectl get deployment burn -o jsonpath='{.status.readyReplicas}'") == "3"
	})
	s.Must("kubectl delete hpa burn; kubectl delete deployment burn")
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
