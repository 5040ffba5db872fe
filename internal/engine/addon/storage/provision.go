package storage

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/reference"
)

// The annotations by which upstream's volume controller, scheduler and
// provisioners talk.
const (
	annProvisioner   = "volume.kubernetes.io/storage-provisioner" // on a claim: who is to provision it
	annSelectedNode  = "volume.kubernetes.io/selected-node"       // on a claim: the node of its first consumer
	annProvisionedBy = "pv.kubernetes.io/provisioned-by"          // on a volume
	provisionEvent   = "Provisioning"
	provisionedEvent = "ProvisioningSucceeded"
	provisionFailed  = "ProvisioningFailed"
	provisionedText  = "Successfully provisioned volume %s"
	provisioningText = `External provisioner is provisioning volume for claim "%s/%s"`
	volumePrefix     = "pvc-" // and the claim's UID: the name of the volume made for it
)

// The parameters of a StorageClass.
const (
	paramReach  = "reach"   // which nodes can use a volume
	reachAll    = "cluster" // all; the default
	reachOfZone = "zone"    // those in the zone of the node for which it was made
)

// provision makes the volume of a claim for which upstream's controller asks.
func (s *Storage) provision(ctx context.Context, key cache.ObjectName) error {
	claim, err := s.informer.Core().V1().PersistentVolumeClaims().Lister().PersistentVolumeClaims(key.Namespace).Get(key.Name)
	if err != nil {
		return err
	}
	class, err := s.classOf(claim)
	if err != nil || class == nil {
		return err
	}
	name := volumePrefix + string(claim.UID)
	if _, err := s.informer.Core().V1().PersistentVolumes().Lister().Get(name); err == nil {
		return nil
	}
	s.events.Eventf(claim, corev1.EventTypeNormal, provisionEvent, provisioningText, claim.Namespace, claim.Name)
	if err := s.create(ctx, claim, class, name); err != nil {
		s.events.Event(claim, corev1.EventTypeWarning, provisionFailed, err.Error())
		return err
	}
	s.events.Eventf(claim, corev1.EventTypeNormal, provisionedEvent, provisionedText, name)
	return nil
}

// classOf is the class of a claim that is ours to provision, nil of any other.
func (s *Storage) classOf(claim *corev1.PersistentVolumeClaim) (*storagev1.StorageClass, error) {
	if claim.Spec.VolumeName != "" || claim.DeletionTimestamp != nil ||
		claim.Annotations[annProvisioner] != driver || claim.Spec.StorageClassName == nil {
		return nil, nil
	}
	class, err := s.informer.Storage().V1().StorageClasses().Lister().Get(*claim.Spec.StorageClassName)
	if err != nil || class.Provisioner != driver {
		return nil, err
	}
	waits := class.VolumeBindingMode != nil && *class.VolumeBindingMode == storagev1.VolumeBindingWaitForFirstConsumer
	if waits && claim.Annotations[annSelectedNode] == "" {
		return nil, nil // the scheduler has not chosen yet
	}
	return class, nil
}

// create makes a volume and its object.
func (s *Storage) create(ctx context.Context, claim *corev1.PersistentVolumeClaim, class *storagev1.StorageClass, name string) error {
	if err := supported(claim); err != nil {
		return err
	}
	affinity, err := s.reach(claim, class)
	if err != nil {
		return err
	}
	if err := s.fill(claim, name); err != nil {
		return err
	}
	ref, err := reference.GetReference(scheme.Scheme, claim)
	if err != nil {
		return fmt.Errorf("naming the claim: %w", err)
	}
	_, err = s.client.CoreV1().PersistentVolumes().Create(ctx, volumeObject(claim, class, ref, affinity, name), metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("creating the volume's object: %w", err)
	}
	return nil
}

// supported says why a claim cannot be met, if it cannot.
func supported(claim *corev1.PersistentVolumeClaim) error {
	if claim.Spec.Selector != nil {
		return errors.New("claim Selector is not supported")
	}
	if claim.Spec.VolumeMode != nil && *claim.Spec.VolumeMode == corev1.PersistentVolumeBlock {
		return fmt.Errorf("%s does not support block volume provisioning", driver)
	}
	return nil
}

// volumeObject is the object of a volume.
func volumeObject(claim *corev1.PersistentVolumeClaim, class *storagev1.StorageClass, ref *corev1.ObjectReference, affinity *corev1.VolumeNodeAffinity, name string) *corev1.PersistentVolume {
	pv := &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{annProvisionedBy: driver}},
		Spec: corev1.PersistentVolumeSpec{
			AccessModes: claim.Spec.AccessModes, VolumeMode: claim.Spec.VolumeMode, MountOptions: class.MountOptions,
			Capacity:         corev1.ResourceList{corev1.ResourceStorage: claim.Spec.Resources.Requests[corev1.ResourceStorage]},
			StorageClassName: class.Name, ClaimRef: ref, NodeAffinity: affinity,
			PersistentVolumeSource: corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{Driver: driver, VolumeHandle: name}},
		},
	}
	if class.ReclaimPolicy != nil {
		pv.Spec.PersistentVolumeReclaimPolicy = *class.ReclaimPolicy
	}
	if pv.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimDelete {
		pv.Finalizers = []string{finalizer}
	}
	return pv
}

// reach says which nodes can use a volume, nil for all.
func (s *Storage) reach(claim *corev1.PersistentVolumeClaim, class *storagev1.StorageClass) (*corev1.VolumeNodeAffinity, error) {
	switch reach := class.Parameters[paramReach]; reach {
	case "", reachAll:
		return nil, nil
	case reachOfZone:
	default:
		return nil, fmt.Errorf("the parameter %s of StorageClass %s is %q: it can be %q or %q", paramReach, class.Name, reach, reachAll, reachOfZone)
	}
	node, err := s.informer.Core().V1().Nodes().Lister().Get(claim.Annotations[annSelectedNode])
	if err != nil {
		return nil, fmt.Errorf("the zone of a volume is that of its first consumer's node: use volumeBindingMode %s: %w", storagev1.VolumeBindingWaitForFirstConsumer, err)
	}
	return inZone(node.Labels[corev1.LabelTopologyZone]), nil
}

func inZone(zone string) *corev1.VolumeNodeAffinity {
	return &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
		MatchExpressions: []corev1.NodeSelectorRequirement{{
			Key: corev1.LabelTopologyZone, Operator: corev1.NodeSelectorOpIn, Values: []string{zone},
		}},
	}}}}
}

// fill makes a volume's data: empty, or that of the claim that it is to be a copy
// of.
func (s *Storage) fill(claim *corev1.PersistentVolumeClaim, name string) error {
	source := claim.Spec.DataSource
	switch {
	case source == nil:
		return s.data.make(name)
	case source.Kind == "PersistentVolumeClaim":
		from, err := s.sourceClaim(claim, source.Name)
		if err != nil {
			return err
		}
		return s.data.clone(name, from)
	default:
		return fmt.Errorf("a volume cannot be made of a %s", source.Kind)
	}
}

// sourceClaim is the handle of the volume of a claim that is to be copied.
func (s *Storage) sourceClaim(claim *corev1.PersistentVolumeClaim, name string) (handle string, err error) {
	from, err := s.informer.Core().V1().PersistentVolumeClaims().Lister().PersistentVolumeClaims(claim.Namespace).Get(name)
	if err != nil {
		return "", fmt.Errorf("error getting PVC %s from api server: %w", name, err)
	}
	if from.Status.Phase != corev1.ClaimBound {
		return "", fmt.Errorf("the PVC DataSource %s is not bound", name)
	}
	has, wants := from.Status.Capacity[corev1.ResourceStorage], claim.Spec.Resources.Requests[corev1.ResourceStorage]
	if wants.Cmp(has) < 0 {
		return "", fmt.Errorf("new PVC request must be greater than or equal in size to the specified PVC data source, requested %s but source is %s", wants.String(), has.String())
	}
	pv, err := s.informer.Core().V1().PersistentVolumes().Lister().Get(from.Spec.VolumeName)
	if err != nil {
		return "", fmt.Errorf("error getting volume %s for PVC data source: %w", from.Spec.VolumeName, err)
	}
	if !ours(pv) {
		return "", fmt.Errorf("the source volume %s is not of driver %s", pv.Name, driver)
	}
	return pv.Spec.CSI.VolumeHandle, nil
}

// ours says whether a volume is the driver's.
func ours(pv *corev1.PersistentVolume) bool {
	return pv.Spec.CSI != nil && pv.Spec.CSI.Driver == driver
}
