package storage

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"
)

const (
	resizingEvent   = "Resizing"
	resizingText    = "External resizer is resizing volume %s"
	nodeResizeEvent = "FileSystemResizeRequired"
	nodeResizeText  = "Require file system resize of volume on node"
	// pendingText is the condition's message, in upstream's words.
	pendingText = "Waiting for user to (re-)start a pod to finish file system resize of volume on node."
)

// resize makes the volume of a claim as large as the claim asks for, and leaves the
// rest to the kubelet, which makes the file system larger where it is mounted
// (KEP-1790, recovery from resize failures: the claim's status tells how far it has
// come).
func (s *Storage) resize(ctx context.Context, key cache.ObjectName) error {
	claim, err := s.informer.Core().V1().PersistentVolumeClaims().Lister().PersistentVolumeClaims(key.Namespace).Get(key.Name)
	if err != nil || claim.Status.Phase != corev1.ClaimBound || claim.DeletionTimestamp != nil {
		return err
	}
	want := claim.Spec.Resources.Requests[corev1.ResourceStorage]
	if !toGrow(claim, want) {
		return nil
	}
	pv, err := s.informer.Core().V1().PersistentVolumes().Lister().Get(claim.Spec.VolumeName)
	if err != nil || !ours(pv) {
		return err
	}
	if claim, err = s.announce(ctx, claim, want, pv.Name); err != nil {
		return err
	}
	if err := s.growObject(ctx, pv, want); err != nil {
		return err
	}
	return s.leaveToNode(ctx, claim)
}

// toGrow says whether a claim asks for more than it has, and that has not been left
// to a node yet.
func toGrow(claim *corev1.PersistentVolumeClaim, want resource.Quantity) bool {
	has := claim.Status.Capacity[corev1.ResourceStorage]
	if want.Cmp(has) <= 0 {
		return false
	}
	switch claim.Status.AllocatedResourceStatuses[corev1.ResourceStorage] {
	case corev1.PersistentVolumeClaimNodeResizePending, corev1.PersistentVolumeClaimNodeResizeInProgress:
		allocated := claim.Status.AllocatedResources[corev1.ResourceStorage]
		return want.Cmp(allocated) > 0
	default:
		return true
	}
}

// announce tells that a volume is being resized, and to what size.
func (s *Storage) announce(ctx context.Context, claim *corev1.PersistentVolumeClaim, want resource.Quantity, volume string) (*corev1.PersistentVolumeClaim, error) {
	s.events.Eventf(claim, corev1.EventTypeNormal, resizingEvent, resizingText, volume)
	claim = claim.DeepCopy()
	if claim.Status.AllocatedResources == nil {
		claim.Status.AllocatedResources = corev1.ResourceList{}
	}
	claim.Status.AllocatedResources[corev1.ResourceStorage] = want
	setResizeStatus(claim, corev1.PersistentVolumeClaimControllerResizeInProgress)
	setCondition(claim, corev1.PersistentVolumeClaimResizing, "")
	return s.updateClaim(ctx, claim)
}

// growObject gives the object of a volume its new size. The directory needs none.
func (s *Storage) growObject(ctx context.Context, pv *corev1.PersistentVolume, want resource.Quantity) error {
	if has := pv.Spec.Capacity[corev1.ResourceStorage]; has.Cmp(want) >= 0 {
		return nil
	}
	pv = pv.DeepCopy()
	pv.Spec.Capacity[corev1.ResourceStorage] = want
	if _, err := s.client.CoreV1().PersistentVolumes().Update(ctx, pv, metav1.UpdateOptions{}); err != nil {
		return fmt.Errorf("resizing volume %s: %w", pv.Name, err)
	}
	return nil
}

// leaveToNode tells the kubelet, and everybody else, that the file system is to grow.
func (s *Storage) leaveToNode(ctx context.Context, claim *corev1.PersistentVolumeClaim) error {
	claim = claim.DeepCopy()
	setResizeStatus(claim, corev1.PersistentVolumeClaimNodeResizePending)
	setCondition(claim, corev1.PersistentVolumeClaimFileSystemResizePending, pendingText)
	if _, err := s.updateClaim(ctx, claim); err != nil {
		return err
	}
	s.events.Event(claim, corev1.EventTypeNormal, nodeResizeEvent, nodeResizeText)
	return nil
}

func (s *Storage) updateClaim(ctx context.Context, claim *corev1.PersistentVolumeClaim) (*corev1.PersistentVolumeClaim, error) {
	updated, err := s.client.CoreV1().PersistentVolumeClaims(claim.Namespace).UpdateStatus(ctx, claim, metav1.UpdateOptions{})
	if err != nil {
		return nil, fmt.Errorf("telling how far the resizing of %s/%s has come: %w", claim.Namespace, claim.Name, err)
	}
	return updated, nil
}

func setResizeStatus(claim *corev1.PersistentVolumeClaim, status corev1.ClaimResourceStatus) {
	if claim.Status.AllocatedResourceStatuses == nil {
		claim.Status.AllocatedResourceStatuses = map[corev1.ResourceName]corev1.ClaimResourceStatus{}
	}
	claim.Status.AllocatedResourceStatuses[corev1.ResourceStorage] = status
}

// setCondition replaces what a claim says of its resizing.
func setCondition(claim *corev1.PersistentVolumeClaim, kind corev1.PersistentVolumeClaimConditionType, message string) {
	about := []corev1.PersistentVolumeClaimConditionType{corev1.PersistentVolumeClaimResizing, corev1.PersistentVolumeClaimFileSystemResizePending}
	claim.Status.Conditions = append(
		slices.DeleteFunc(claim.Status.Conditions, func(c corev1.PersistentVolumeClaimCondition) bool { return slices.Contains(about, c.Type) }),
		corev1.PersistentVolumeClaimCondition{Type: kind, Status: corev1.ConditionTrue, LastTransitionTime: metav1.Now(), Message: message},
	)
}
