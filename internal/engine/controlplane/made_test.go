package controlplane

import (
	"bytes"
	"slices"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/utils/ptr"
)

// put stores an object as the API server does.
func (k keyspace) put(t *testing.T, key string, o runtime.Object) {
	t.Helper()
	info, ok := runtime.SerializerInfoForMediaType(scheme.Codecs.SupportedMediaTypes(), runtime.ContentTypeProtobuf)
	if !ok {
		t.Fatal("there is no protobuf")
	}
	var b bytes.Buffer
	kinds, _, err := scheme.Scheme.ObjectKinds(o)
	if err != nil {
		t.Fatal(err)
	}
	if scheme.Codecs.EncoderForVersion(info.Serializer, kinds[0].GroupVersion()).Encode(o, &b) != nil {
		t.Fatalf("%s is not encoded", key)
	}
	k[registry+key] = entry{Value: b.Bytes(), Rev: 7}
}

func named(name string, uid types.UID, owner types.UID) metav1.ObjectMeta {
	m := metav1.ObjectMeta{Namespace: "kube-system", Name: name, UID: uid, CreationTimestamp: metav1.Unix(1000, 0)}
	if owner != "" {
		m.OwnerReferences = []metav1.OwnerReference{{UID: owner, Controller: ptr.To(true)}}
	}
	return m
}

func aPod(name string, uid types.UID) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: named(name, uid, "ds"), Spec: corev1.PodSpec{NodeName: "node1", Volumes: []corev1.Volume{
		{Name: "c", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "conf"}}}},
	}}, Status: corev1.PodStatus{Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}}}
}

func aDaemonSet() *appsv1.DaemonSet {
	return &appsv1.DaemonSet{ObjectMeta: named("proxy", "ds", ""), Spec: appsv1.DaemonSetSpec{MinReadySeconds: 1}}
}

// aBaseline has a node, a DaemonSet with its Pod, and a Service with its endpoints.
func aBaseline(t *testing.T) keyspace {
	t.Helper()
	k := keyspace{}
	k.put(t, "minions/node1", &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "node1"}})
	k.put(t, "configmaps/kube-system/conf", &corev1.ConfigMap{ObjectMeta: named("conf", "cm", "")})
	k.put(t, "daemonsets/kube-system/proxy", aDaemonSet())
	k.put(t, "pods/kube-system/proxy-a", aPod("proxy-a", "a"))
	k.put(t, "services/specs/kube-system/dns", &corev1.Service{ObjectMeta: named("dns", "svc", "")})
	//lint:ignore SA1019 the controller still writes them
	k.put(t, "services/endpoints/kube-system/dns", &corev1.Endpoints{ObjectMeta: named("dns", "ep", "")})
	k.put(t, "endpointslices/kube-system/dns-a", &discoveryv1.EndpointSlice{ObjectMeta: named("dns-a", "es", "svc")})
	return k
}

// TestMade: what the baseline's own objects make is left alone while it is good, and
// removed, never restored, when it is not.
func TestMade(t *testing.T) {
	t.Parallel()
	began := time.Unix(2000, 500)
	for name, c := range map[string]struct {
		change func(t *testing.T, k keyspace)
		want   []string // keys; those to be removed begin with -
	}{
		"nothing": {},
		"a status": {change: func(t *testing.T, k keyspace) {
			pod := aPod("proxy-a", "a")
			pod.Status.PodIP = "10.244.1.9"
			k.put(t, "pods/kube-system/proxy-a", pod)
			set := aDaemonSet()
			set.Status.NumberReady, set.ManagedFields = 1, []metav1.ManagedFieldsEntry{{Manager: "me"}}
			k.put(t, "daemonsets/kube-system/proxy", set)
		}},
		"a deleted Pod": {change: func(_ *testing.T, k keyspace) { delete(k, registry+"pods/kube-system/proxy-a") }},
		"a Pod made instead, before": {want: []string{"-pods/kube-system/proxy-b"}, change: func(t *testing.T, k keyspace) {
			delete(k, registry+"pods/kube-system/proxy-a")
			k.put(t, "pods/kube-system/proxy-b", aPod("proxy-b", "b"))
		}},
		"a Pod made instead, since": {change: func(t *testing.T, k keyspace) {
			delete(k, registry+"pods/kube-system/proxy-a")
			pod := aPod("proxy-b", "b")
			pod.CreationTimestamp = metav1.Unix(2000, 0)
			k.put(t, "pods/kube-system/proxy-b", pod)
		}},
		"a Pod on another node": {want: []string{"-pods/kube-system/proxy-b"}, change: func(t *testing.T, k keyspace) {
			pod := aPod("proxy-b", "b")
			pod.CreationTimestamp, pod.Spec.NodeName = metav1.Unix(2001, 0), "node4"
			k.put(t, "pods/kube-system/proxy-b", pod)
		}},
		"a labelled Pod": {want: []string{"-pods/kube-system/proxy-a"}, change: func(t *testing.T, k keyspace) {
			pod := aPod("proxy-a", "a")
			pod.Labels = map[string]string{"a": "b"}
			k.put(t, "pods/kube-system/proxy-a", pod)
		}},
		"a Pod that ends": {want: []string{"-pods/kube-system/proxy-a"}, change: func(t *testing.T, k keyspace) {
			pod := aPod("proxy-a", "a")
			pod.DeletionTimestamp = ptr.To(metav1.Unix(1500, 0))
			k.put(t, "pods/kube-system/proxy-a", pod)
		}},
		"a Pod in a crash loop": {want: []string{"-pods/kube-system/proxy-a"}, change: func(t *testing.T, k keyspace) {
			pod := aPod("proxy-a", "a")
			pod.Status.ContainerStatuses = []corev1.ContainerStatus{{State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}}}
			k.put(t, "pods/kube-system/proxy-a", pod)
		}},
		"its configuration": {want: []string{"-pods/kube-system/proxy-a", "configmaps/kube-system/conf"}, change: func(t *testing.T, k keyspace) {
			k.put(t, "configmaps/kube-system/conf", &corev1.ConfigMap{ObjectMeta: named("conf", "cm", ""), Data: map[string]string{"mode": "x"}})
		}},
		"another DaemonSet": {want: []string{"daemonsets/kube-system/proxy"}, change: func(t *testing.T, k keyspace) {
			set := aDaemonSet()
			set.Spec.MinReadySeconds = 9
			k.put(t, "daemonsets/kube-system/proxy", set)
		}},
		"a learner's Pod": {want: []string{"-pods/default/web"}, change: func(t *testing.T, k keyspace) {
			pod := aPod("web", "w")
			pod.OwnerReferences[0].UID = "another"
			k.put(t, "pods/default/web", pod)
		}},
		"other endpoints": {change: func(t *testing.T, k keyspace) {
			delete(k, registry+"endpointslices/kube-system/dns-a")
			delete(k, registry+"services/endpoints/kube-system/dns")
			k.put(t, "endpointslices/kube-system/dns-b", &discoveryv1.EndpointSlice{ObjectMeta: named("dns-b", "es2", "svc")})
		}},
		"a learner's endpoints": {want: []string{"-endpointslices/default/web-a", "-services/endpoints/default/web"}, change: func(t *testing.T, k keyspace) {
			k.put(t, "endpointslices/default/web-a", &discoveryv1.EndpointSlice{ObjectMeta: named("web-a", "es3", "another")})
			//lint:ignore SA1019 see above
			k.put(t, "services/endpoints/default/web", &corev1.Endpoints{ObjectMeta: named("web", "ep3", "")})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := aBaseline(t)
			if c.change != nil {
				c.change(t, now)
			}
			list, err := now.changes(aBaseline(t), began)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, ch := range list {
				key := ch.key[len(registry):]
				if ch.drop {
					key = "-" + key
				}
				got = append(got, key)
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("the way back is %q, want %q", got, c.want)
			}
		})
	}
}

// TestUnready: the cluster is complete when all Pods that workloads want are ready.
func TestUnready(t *testing.T) {
	t.Parallel()
	k := aBaseline(t)
	expect := func(want ...string) {
		t.Helper()
		got, err := k.unready()
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("unready are %q, %v, want %q", got, err, want)
		}
	}
	expect()
	k.put(t, "minions/node2", &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "node2"}})
	expect("/registry/daemonsets/kube-system/proxy")
	second := aPod("proxy-b", "b")
	k.put(t, "pods/kube-system/proxy-b", second)
	expect()
	second.Status.Conditions[0].Status = corev1.ConditionFalse
	k.put(t, "pods/kube-system/proxy-b", second)
	expect("/registry/daemonsets/kube-system/proxy")
	delete(k, "/registry/minions/node2")
	k.put(t, "deployments/kube-system/dns", &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "dns", UID: "d", Generation: 1}})
	expect("/registry/deployments/kube-system/dns")
	k.put(t, "deployments/kube-system/dns", &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "dns", UID: "d", Generation: 1},
		Status: appsv1.DeploymentStatus{ObservedGeneration: 1}})
	k.put(t, "replicasets/kube-system/dns-1", &appsv1.ReplicaSet{ObjectMeta: named("dns-1", "rs", "d"), Spec: appsv1.ReplicaSetSpec{Replicas: ptr.To[int32](1)}})
	expect("/registry/replicasets/kube-system/dns-1")
	pod := aPod("dns-1-x", "x")
	pod.OwnerReferences[0].UID = "rs"
	k.put(t, "pods/kube-system/dns-1-x", pod)
	expect()
}

// TestOutdated: a kept cluster whose nodes have no Pods of their own is begun anew.
func TestOutdated(t *testing.T) {
	t.Parallel()
	c := &ControlPlane{options: Options{Dir: t.TempDir()}}
	keep := func(k keyspace) {
		t.Helper()
		if err := k.save(c.file(baselineFile + ".nodes")); err != nil {
			t.Fatal(err)
		}
	}
	if c.outdated() {
		t.Error("a cluster that never had nodes is outdated")
	}
	keep(aBaseline(t))
	if c.outdated() {
		t.Error("a cluster with workloads is outdated")
	}
	old := aBaseline(t)
	delete(old, daemonSetPrefix+"kube-system/proxy")
	keep(old)
	if !c.outdated() {
		t.Error("a cluster without workloads is not outdated")
	}
}
