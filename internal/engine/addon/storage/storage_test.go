package storage

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/utils/ptr"
)

// patience bounds every wait in these tests.
const patience = 10 * time.Second

// cluster is a storage with a cluster that is only objects: what upstream's
// controllers do, tests do by hand.
type cluster struct {
	t *testing.T
	*fake.Clientset
	*Storage
	dir string
}

func newCluster(t *testing.T, classes ...*storagev1.StorageClass) *cluster {
	t.Helper()
	c := &cluster{t: t, Clientset: fake.NewClientset(), dir: t.TempDir()}
	for _, class := range classes {
		if _, err := c.StorageV1().StorageClasses().Create(t.Context(), class, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "node2", Labels: map[string]string{corev1.LabelTopologyZone: "zone-b"}}}
	if _, err := c.CoreV1().Nodes().Create(t.Context(), node, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	var err error
	c.Storage, err = Start(t.Context(), Options{Client: c.Clientset, Volumes: c.dir, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Stop)
	return c
}

func class(name string, mode storagev1.VolumeBindingMode, parameters map[string]string) *storagev1.StorageClass {
	return &storagev1.StorageClass{
		ObjectMeta: metav1.ObjectMeta{Name: name}, Provisioner: driver, Parameters: parameters,
		VolumeBindingMode: &mode, ReclaimPolicy: ptr.To(corev1.PersistentVolumeReclaimDelete),
	}
}

func immediate() *storagev1.StorageClass {
	return class("now", storagev1.VolumeBindingImmediate, nil)
}

// claim creates a claim for which upstream's controller has asked us.
func (c *cluster) claim(name, class string, change ...func(*corev1.PersistentVolumeClaim)) {
	c.t.Helper()
	claim := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, UID: types.UID(name), Annotations: map[string]string{annProvisioner: driver}},
		Spec: corev1.PersistentVolumeClaimSpec{
			StorageClassName: &class, AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources: corev1.VolumeResourceRequirements{Requests: size("1Gi")},
		},
	}
	for _, f := range change {
		f(claim)
	}
	if _, err := c.CoreV1().PersistentVolumeClaims("shop").Create(c.t.Context(), claim, metav1.CreateOptions{}); err != nil {
		c.t.Fatal(err)
	}
}

func size(text string) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(text)}
}

// volume waits for the volume of a claim.
func (c *cluster) volume(claim string) (pv *corev1.PersistentVolume) {
	c.t.Helper()
	c.eventually("a volume for "+claim, func() (ok bool) {
		var err error
		pv, err = c.CoreV1().PersistentVolumes().Get(c.t.Context(), volumePrefix+claim, metav1.GetOptions{})
		return err == nil
	})
	return pv
}

// bind makes claim and volume as they are when upstream's controller has bound them.
func (c *cluster) bind(claim string) *corev1.PersistentVolume {
	c.t.Helper()
	pv := c.volume(claim)
	c.changeClaim(claim, func(p *corev1.PersistentVolumeClaim) {
		p.Spec.VolumeName = pv.Name
		p.Status = corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimBound, Capacity: pv.Spec.Capacity.DeepCopy()}
	})
	return pv
}

func (c *cluster) changeClaim(name string, change func(*corev1.PersistentVolumeClaim)) {
	c.t.Helper()
	claim, err := c.CoreV1().PersistentVolumeClaims("shop").Get(c.t.Context(), name, metav1.GetOptions{})
	if err == nil {
		change(claim)
		_, err = c.CoreV1().PersistentVolumeClaims("shop").Update(c.t.Context(), claim, metav1.UpdateOptions{})
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *cluster) changeVolume(name string, change func(*corev1.PersistentVolume)) {
	c.t.Helper()
	pv, err := c.CoreV1().PersistentVolumes().Get(c.t.Context(), name, metav1.GetOptions{})
	if err == nil {
		change(pv)
		_, err = c.CoreV1().PersistentVolumes().Update(c.t.Context(), pv, metav1.UpdateOptions{})
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *cluster) eventually(what string, ok func() bool) {
	c.t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.t.Fatalf("%s: not after %s", what, patience)
		}
	}
}

// told waits for an event about an object.
func (c *cluster) told(reason, text string) {
	c.t.Helper()
	c.eventually("an event "+reason, func() bool {
		events, err := c.CoreV1().Events("").List(c.t.Context(), metav1.ListOptions{})
		return err == nil && slices.ContainsFunc(events.Items, func(e corev1.Event) bool {
			return e.Reason == reason && strings.Contains(e.Message, text)
		})
	})
}

func TestDefaultObjects(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	standard, err := c.StorageV1().StorageClasses().Get(t.Context(), DefaultClass, metav1.GetOptions{})
	if err != nil || standard.Annotations[defaultAnnotation] != "true" || !*standard.AllowVolumeExpansion {
		t.Errorf("the default class is %+v, %v", standard, err)
	}
	if err := createObjects(t.Context(), c.Clientset); err != nil {
		t.Errorf("the second time: %v", err)
	}
}

func TestProvision(t *testing.T) {
	t.Parallel()
	c := newCluster(t, immediate())
	c.claim("data", "now")
	pv := c.volume("data")
	if pv.Spec.CSI.Driver != driver || pv.Spec.ClaimRef.Name != "data" || pv.Spec.Capacity.Storage().String() != "1Gi" ||
		pv.Spec.PersistentVolumeReclaimPolicy != corev1.PersistentVolumeReclaimDelete || pv.Spec.NodeAffinity != nil || !slices.Contains(pv.Finalizers, finalizer) {
		t.Errorf("the volume is %+v", pv)
	}
	if info, err := os.Stat(filepath.Join(c.dir, pv.Spec.CSI.VolumeHandle)); err != nil || info.Mode().Perm() != 0o777 {
		t.Errorf("its data: %v, %v", info, err)
	}
	c.told(provisionedEvent, pv.Name)
}

func TestProvisionWaitsForTheScheduler(t *testing.T) {
	t.Parallel()
	c := newCluster(t, class("zonal", storagev1.VolumeBindingWaitForFirstConsumer, map[string]string{paramReach: reachOfZone}), immediate())
	c.claim("late", "zonal")
	c.claim("marker", "now") // comes after it in the queue
	c.volume("marker")
	if _, err := c.CoreV1().PersistentVolumes().Get(t.Context(), volumePrefix+"late", metav1.GetOptions{}); err == nil {
		t.Fatal("a volume was made before there was a node for it")
	}
	c.changeClaim("late", func(p *corev1.PersistentVolumeClaim) { p.Annotations[annSelectedNode] = "node2" })
	if got := c.volume("late").Spec.NodeAffinity; got.String() != inZone("zone-b").String() {
		t.Errorf("the volume can be used at %v", got)
	}
}

func TestClaimsThatCannotBeMet(t *testing.T) {
	t.Parallel()
	c := newCluster(t, immediate(), class("odd", storagev1.VolumeBindingImmediate, map[string]string{paramReach: "moon"}))
	c.claim("block", "now", func(p *corev1.PersistentVolumeClaim) { p.Spec.VolumeMode = ptr.To(corev1.PersistentVolumeBlock) })
	c.claim("selects", "now", func(p *corev1.PersistentVolumeClaim) { p.Spec.Selector = &metav1.LabelSelector{} })
	c.claim("odd", "odd")
	for _, text := range []string{"block volume provisioning", "Selector is not supported", `"moon"`} {
		c.told(provisionFailed, text)
	}
	if made, err := os.ReadDir(c.dir); err != nil || len(made) > 0 {
		t.Errorf("volumes were made: %v, %v", made, err)
	}
}

func TestClone(t *testing.T) {
	t.Parallel()
	c := newCluster(t, immediate())
	c.claim("source", "now")
	pv := c.bind("source")
	dir := filepath.Join(c.dir, pv.Spec.CSI.VolumeHandle)
	secret := filepath.Join(t.TempDir(), "secret")
	for _, err := range []error{
		os.WriteFile(secret, []byte("of the machine"), 0o600),
		os.MkdirAll(filepath.Join(dir, "a"), 0o750), os.WriteFile(filepath.Join(dir, "a", "file"), []byte("text"), 0o640),
		os.Symlink(secret, filepath.Join(dir, "link")), os.Chmod(filepath.Join(dir, "a"), 0o550),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	from := func(p *corev1.PersistentVolumeClaim) {
		p.Spec.DataSource = &corev1.TypedLocalObjectReference{Kind: "PersistentVolumeClaim", Name: "source"}
	}
	c.claim("small", "now", from, func(p *corev1.PersistentVolumeClaim) { p.Spec.Resources.Requests = size("1Mi") })
	c.told(provisionFailed, "greater than or equal")
	c.claim("copy", "now", from)
	copied := filepath.Join(c.dir, c.volume("copy").Spec.CSI.VolumeHandle)
	if text, err := os.ReadFile(filepath.Join(copied, "a", "file")); err != nil || string(text) != "text" {
		t.Errorf("the copy has %q, %v", text, err)
	}
	if to, err := os.Readlink(filepath.Join(copied, "link")); err != nil || to != secret {
		t.Errorf("the link became %q, %v", to, err)
	}
	if info, err := os.Stat(filepath.Join(copied, "a")); err != nil || info.Mode().Perm() != 0o550 {
		t.Errorf("the directory became %v, %v", info, err)
	}
}

func TestReclaim(t *testing.T) {
	t.Parallel()
	c := newCluster(t, immediate())
	c.claim("data", "now")
	pv := c.bind("data")
	holder := &storagev1.VolumeAttachment{
		ObjectMeta: metav1.ObjectMeta{Name: "held"},
		Spec:       storagev1.VolumeAttachmentSpec{Attacher: "other", NodeName: "node2", Source: storagev1.VolumeAttachmentSource{PersistentVolumeName: &pv.Name}},
	}
	if _, err := c.StorageV1().VolumeAttachments().Create(t.Context(), holder, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	c.eventually("the attachment is seen", func() bool { return c.free(pv) != nil })
	c.changeVolume(pv.Name, func(pv *corev1.PersistentVolume) { pv.Status.Phase = corev1.VolumeReleased })
	c.told(deleteFailed, "still attached to node node2")
	if err := c.StorageV1().VolumeAttachments().Delete(t.Context(), holder.Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	c.eventually("object and data are gone", func() bool {
		_, err := c.CoreV1().PersistentVolumes().Get(t.Context(), pv.Name, metav1.GetOptions{})
		_, stat := os.Stat(filepath.Join(c.dir, pv.Spec.CSI.VolumeHandle))
		return err != nil && os.IsNotExist(stat)
	})
}

func TestRetainedVolumesStay(t *testing.T) {
	t.Parallel()
	c := newCluster(t, immediate())
	c.claim("data", "now")
	pv := c.bind("data")
	c.changeVolume(pv.Name, func(pv *corev1.PersistentVolume) {
		pv.Spec.PersistentVolumeReclaimPolicy = corev1.PersistentVolumeReclaimRetain
		pv.Status.Phase = corev1.VolumeReleased
	})
	c.eventually("nothing keeps the object", func() bool { return !slices.Contains(c.volume("data").Finalizers, finalizer) })
	if _, err := os.Stat(filepath.Join(c.dir, pv.Spec.CSI.VolumeHandle)); err != nil {
		t.Errorf("the data: %v", err)
	}
}

func TestAttachAndDetach(t *testing.T) {
	t.Parallel()
	c := newCluster(t, immediate())
	c.claim("data", "now")
	pv := c.volume("data")
	a := &storagev1.VolumeAttachment{
		ObjectMeta: metav1.ObjectMeta{Name: "csi-1"},
		Spec:       storagev1.VolumeAttachmentSpec{Attacher: driver, NodeName: "node2", Source: storagev1.VolumeAttachmentSource{PersistentVolumeName: &pv.Name}},
	}
	attachments := c.StorageV1().VolumeAttachments()
	if _, err := attachments.Create(t.Context(), a, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	c.eventually("it is attached", func() bool {
		var err error
		a, err = attachments.Get(t.Context(), a.Name, metav1.GetOptions{})
		return err == nil && a.Status.Attached
	})
	if !slices.Contains(a.Finalizers, attacher) || !slices.Contains(c.volume("data").Finalizers, attacher) {
		t.Error("nothing keeps the attachment and the volume's object")
	}
	a.DeletionTimestamp = ptr.To(metav1.Now()) // what the API server does while there are finalizers
	if _, err := attachments.Update(t.Context(), a, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	c.eventually("it is detached", func() bool {
		a, err := attachments.Get(t.Context(), a.Name, metav1.GetOptions{})
		gone := err != nil || !a.Status.Attached && len(a.Finalizers) == 0
		return gone && !slices.Contains(c.volume("data").Finalizers, attacher)
	})
}

func TestAttachWithoutAVolume(t *testing.T) {
	t.Parallel()
	c := newCluster(t)
	a := &storagev1.VolumeAttachment{
		ObjectMeta: metav1.ObjectMeta{Name: "csi-1"},
		Spec:       storagev1.VolumeAttachmentSpec{Attacher: driver, NodeName: "node2", Source: storagev1.VolumeAttachmentSource{PersistentVolumeName: ptr.To("none")}},
	}
	if _, err := c.StorageV1().VolumeAttachments().Create(t.Context(), a, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	c.eventually("its error is shown", func() bool {
		a, err := c.StorageV1().VolumeAttachments().Get(t.Context(), a.Name, metav1.GetOptions{})
		return err == nil && !a.Status.Attached && a.Status.AttachError != nil
	})
}

func TestResize(t *testing.T) {
	t.Parallel()
	c := newCluster(t, immediate())
	c.claim("data", "now")
	c.bind("data")
	c.changeClaim("data", func(p *corev1.PersistentVolumeClaim) { p.Spec.Resources.Requests = size("2Gi") })
	var claim *corev1.PersistentVolumeClaim
	c.eventually("the rest is left to the node", func() bool {
		var err error
		claim, err = c.CoreV1().PersistentVolumeClaims("shop").Get(t.Context(), "data", metav1.GetOptions{})
		return err == nil && claim.Status.AllocatedResourceStatuses[corev1.ResourceStorage] == corev1.PersistentVolumeClaimNodeResizePending
	})
	if got := c.volume("data").Spec.Capacity.Storage().String(); got != "2Gi" {
		t.Errorf("the volume has %s", got)
	}
	if claim.Status.Capacity.Storage().String() != "1Gi" || claim.Status.AllocatedResources.Storage().String() != "2Gi" ||
		len(claim.Status.Conditions) != 1 || claim.Status.Conditions[0].Type != corev1.PersistentVolumeClaimFileSystemResizePending {
		t.Errorf("the claim's status is %+v", claim.Status)
	}
	c.told(nodeResizeEvent, nodeResizeText)
}

func TestHandlesLeadNowhereElse(t *testing.T) {
	t.Parallel()
	d := data{t.TempDir()}
	for _, handle := range []string{"", ".", "..", "../x", "a/b", "/etc", `a\b`} {
		if path, err := d.path(handle); err == nil {
			t.Errorf("%q leads to %q", handle, path)
		}
		if d.remove(handle) == nil {
			t.Errorf("%q was removed", handle)
		}
	}
}
