package storage

import (
	"context"
	"fmt"
	"slices"

	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/tools/cache"
)

// attacher is the finalizer of attachments and of volumes that may be attached, as
// external-attacher writes it.
const attacher = "external-attacher/sim-csi-kubetutor"

// attach does what an attachment asks for: attaches the volume, or, when the
// attachment is to go, detaches it.
func (s *Storage) attach(ctx context.Context, key cache.ObjectName) error {
	a, err := s.informer.Storage().V1().VolumeAttachments().Lister().Get(key.Name)
	if err != nil || a.Spec.Attacher != driver {
		return err
	}
	if a.DeletionTimestamp != nil {
		return s.detach(ctx, a)
	}
	if a.Status.Attached {
		return nil
	}
	if a, err = s.hold(ctx, a); err != nil {
		return err
	}
	if err := s.holdVolume(ctx, a, true); err != nil {
		return s.refuse(ctx, a, err)
	}
	a = a.DeepCopy()
	a.Status = storagev1.VolumeAttachmentStatus{Attached: true}
	_, err = s.client.StorageV1().VolumeAttachments().UpdateStatus(ctx, a, metav1.UpdateOptions{})
	return err
}

// hold makes sure that an attachment does not go before the volume is detached.
func (s *Storage) hold(ctx context.Context, a *storagev1.VolumeAttachment) (*storagev1.VolumeAttachment, error) {
	if slices.Contains(a.Finalizers, attacher) {
		return a, nil
	}
	a = a.DeepCopy()
	a.Finalizers = append(a.Finalizers, attacher)
	return s.client.StorageV1().VolumeAttachments().Update(ctx, a, metav1.UpdateOptions{})
}

// holdVolume makes sure that the object of a volume does not go while it is
// attached. An inline volume has none.
func (s *Storage) holdVolume(ctx context.Context, a *storagev1.VolumeAttachment, want bool) error {
	name := a.Spec.Source.PersistentVolumeName
	if name == nil {
		return nil
	}
	pv, err := s.client.CoreV1().PersistentVolumes().Get(ctx, *name, metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("finding volume %s: %w", *name, err)
	}
	if want && pv.DeletionTimestamp != nil {
		return fmt.Errorf("PersistentVolume %q is marked for deletion", pv.Name)
	}
	return s.setFinalizer(ctx, pv, attacher, want)
}

// refuse tells whoever waits for the attachment why it fails.
func (s *Storage) refuse(ctx context.Context, a *storagev1.VolumeAttachment, cause error) error {
	a = a.DeepCopy()
	a.Status.AttachError = &storagev1.VolumeError{Time: metav1.Now(), Message: cause.Error()}
	if _, err := s.client.StorageV1().VolumeAttachments().UpdateStatus(ctx, a, metav1.UpdateOptions{}); err != nil {
		return err
	}
	return cause
}

// detach lets an attachment go.
func (s *Storage) detach(ctx context.Context, a *storagev1.VolumeAttachment) error {
	if !slices.Contains(a.Finalizers, attacher) {
		return nil
	}
	if !s.attachedElsewhere(a) {
		if err := ignoreNotFound(s.holdVolume(ctx, a, false)); err != nil {
			return err
		}
	}
	a = a.DeepCopy()
	a.Status = storagev1.VolumeAttachmentStatus{}
	a, err := s.client.StorageV1().VolumeAttachments().UpdateStatus(ctx, a, metav1.UpdateOptions{})
	if err != nil {
		return err
	}
	a.Finalizers = slices.DeleteFunc(a.Finalizers, func(f string) bool { return f == attacher })
	_, err = s.client.StorageV1().VolumeAttachments().Update(ctx, a, metav1.UpdateOptions{})
	return err
}

// attachedElsewhere says whether another attachment holds the same volume, as one
// that many nodes may write to.
func (s *Storage) attachedElsewhere(a *storagev1.VolumeAttachment) bool {
	volume := a.Spec.Source.PersistentVolumeName
	all, err := s.informer.Storage().V1().VolumeAttachments().Lister().List(labels.Everything())
	if volume == nil || err != nil {
		return false
	}
	return slices.ContainsFunc(all, func(o *storagev1.VolumeAttachment) bool {
		other := o.Spec.Source.PersistentVolumeName
		return o.Name != a.Name && other != nil && *other == *volume && o.DeletionTimestamp == nil
	})
}

func ignoreNotFound(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
