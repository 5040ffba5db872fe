package storage

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/tools/cache"
)

// finalizer keeps the object of a volume until its data is gone.
const finalizer = "external-provisioner.volume.kubernetes.io/finalizer"

// deleteFailed is the reason of upstream's event.
const deleteFailed = "VolumeFailedDelete"

// reclaim deletes a volume that we made, when its claim is gone and its policy says
// so. The finalizer follows the policy, which may be changed.
func (s *Storage) reclaim(ctx context.Context, key cache.ObjectName) error {
	pv, err := s.informer.Core().V1().PersistentVolumes().Lister().Get(key.Name)
	if err != nil || !ours(pv) || pv.Annotations[annProvisionedBy] != driver {
		return err
	}
	deletes := pv.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimDelete
	switch {
	case deletes && pv.Status.Phase == corev1.VolumeReleased:
		return s.delete(ctx, pv)
	case !deletes || pv.DeletionTimestamp != nil && pv.Spec.ClaimRef == nil:
		return s.setFinalizer(ctx, pv, finalizer, false)
	case pv.DeletionTimestamp == nil:
		return s.setFinalizer(ctx, pv, finalizer, true)
	}
	return nil
}

// delete deletes a volume's data, then its object.
func (s *Storage) delete(ctx context.Context, pv *corev1.PersistentVolume) error {
	if err := s.free(pv); err != nil {
		s.events.Event(pv, corev1.EventTypeWarning, deleteFailed, err.Error())
		return err
	}
	if err := s.data.remove(pv.Spec.CSI.VolumeHandle); err != nil {
		s.events.Event(pv, corev1.EventTypeWarning, deleteFailed, err.Error())
		return err
	}
	err := s.client.CoreV1().PersistentVolumes().Delete(ctx, pv.Name, metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions(string(pv.UID))})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("deleting volume %s: %w", pv.Name, err)
	}
	now, err := s.client.CoreV1().PersistentVolumes().Get(ctx, pv.Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	return s.setFinalizer(ctx, now, finalizer, false)
}

// free says by which node a volume is still held, if it is.
func (s *Storage) free(pv *corev1.PersistentVolume) error {
	attachments, err := s.informer.Storage().V1().VolumeAttachments().Lister().List(labels.Everything())
	if err != nil {
		return err
	}
	for _, a := range attachments {
		if name := a.Spec.Source.PersistentVolumeName; name != nil && *name == pv.Name {
			return fmt.Errorf("persistentvolume %s is still attached to node %s", pv.Name, a.Spec.NodeName)
		}
	}
	return nil
}

// setFinalizer adds or removes one of our finalizers of a volume.
func (s *Storage) setFinalizer(ctx context.Context, pv *corev1.PersistentVolume, name string, want bool) error {
	if slices.Contains(pv.Finalizers, name) == want {
		return nil
	}
	pv = pv.DeepCopy()
	pv.Finalizers = slices.DeleteFunc(pv.Finalizers, func(f string) bool { return f == name })
	if want {
		pv.Finalizers = append(pv.Finalizers, name)
	}
	_, err := s.client.CoreV1().PersistentVolumes().Update(ctx, pv, metav1.UpdateOptions{})
	return err
}
