// Package storage is the controllers' side of the CSI driver sim.csi.kubetutor,
// of which engine/node is the nodes' side: it provisions and deletes volumes,
// attaches and detaches them, and makes them larger. What upstream ships as the
// sidecars external-provisioner, external-attacher and external-resizer is one
// package here, with their events, conditions, annotations and finalizers.
//
// A volume is a directory, named by its handle, that all nodes reach. By the
// parameter of its StorageClass `reach: zone` it is tied to the zone of the node
// for which it was made.
//
// (sigs.k8s.io/sig-storage-lib-external-provisioner would have been the provisioner.
// Its constructor registers types in client-go's global scheme, which the control
// plane in this very process is reading at that time: a fatal error for Go.)
package storage

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	"k8s.io/client-go/util/workqueue"

	"kubetutor/internal/engine/node/config"
)

// driver is the CSI driver's name.
const driver = config.CSIDriver

// Options say for what the controllers work.
type Options struct {
	Client  kubernetes.Interface // of an administrator
	Volumes string               // directory of the volumes' data, a directory for each handle
	Log     *slog.Logger
}

// Storage are the running controllers.
type Storage struct {
	client   kubernetes.Interface
	data     data
	log      *slog.Logger
	events   record.EventRecorder
	informer informers.SharedInformerFactory
	end      context.CancelFunc
	wg       sync.WaitGroup
}

// Start creates what a cluster needs to know of the driver (its CSIDriver object
// and the default StorageClass), and starts the controllers. Ctx bounds that
// alone.
func Start(ctx context.Context, o Options) (*Storage, error) {
	if err := createObjects(ctx, o.Client); err != nil {
		return nil, err
	}
	life, end := context.WithCancel(context.Background())
	broadcaster := record.NewBroadcaster(record.WithContext(life))
	broadcaster.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: o.Client.CoreV1().Events(corev1.NamespaceAll)})
	s := &Storage{
		client: o.Client, data: data{o.Volumes}, log: o.Log, end: end,
		events:   broadcaster.NewRecorder(scheme.Scheme, corev1.EventSource{Component: driver}),
		informer: informers.NewSharedInformerFactoryWithOptions(o.Client, 0, informers.WithTransform(slim)),
	}
	loops := s.loops()
	s.informer.Start(life.Done())
	for _, l := range loops {
		s.wg.Go(func() { l.run(life) })
	}
	for kind, synced := range s.informer.WaitForCacheSync(ctx.Done()) {
		if !synced {
			s.Stop()
			return nil, fmt.Errorf("reading all %v: %w", kind, ctx.Err())
		}
	}
	return s, nil
}

// Stop ends the controllers and waits for that.
func (s *Storage) Stop() {
	s.end()
	s.wg.Wait()
	s.informer.Shutdown()
}

// slim drops what no controller here reads.
func slim(obj any) (any, error) {
	if object, err := meta.Accessor(obj); err == nil {
		object.SetManagedFields(nil)
	}
	return obj, nil
}

// loops are the controllers, each fed with the objects that it is about.
func (s *Storage) loops() []*loop {
	core, storage := s.informer.Core().V1(), s.informer.Storage().V1()
	provision, resize := s.loop("provision", s.provision), s.loop("resize", s.resize)
	reclaim, attach := s.loop("reclaim", s.reclaim), s.loop("attach", s.attach)
	feed(core.PersistentVolumeClaims().Informer(), provision, resize)
	feed(core.PersistentVolumes().Informer(), reclaim)
	feed(storage.VolumeAttachments().Informer(), attach)
	feedVolumes(storage.VolumeAttachments().Informer(), reclaim)
	storage.StorageClasses().Informer() // read by the provisioner
	core.Nodes().Informer()
	return []*loop{provision, resize, reclaim, attach}
}

// loop is a controller: keys of objects that changed come in, and are brought to
// where they should be one by one.
type loop struct {
	name  string
	log   *slog.Logger
	sync  func(ctx context.Context, key cache.ObjectName) error
	queue workqueue.TypedRateLimitingInterface[cache.ObjectName]
}

// The waits before something is tried again.
const (
	firstRetry   = 50 * time.Millisecond
	longestRetry = 30 * time.Second
)

func (s *Storage) loop(name string, sync func(context.Context, cache.ObjectName) error) *loop {
	limiter := workqueue.NewTypedItemExponentialFailureRateLimiter[cache.ObjectName](firstRetry, longestRetry)
	return &loop{name: name, log: s.log, sync: sync, queue: workqueue.NewTypedRateLimitingQueue(limiter)}
}

// feedVolumes tells a loop of volumes whose attachments changed: one that is to be
// deleted waits until it is detached.
func feedVolumes(attachments cache.SharedIndexInformer, l *loop) {
	// The informer has not been started: no error is possible.
	_, _ = attachments.AddEventHandler(cache.ResourceEventHandlerFuncs{DeleteFunc: func(obj any) {
		if unknown, ok := obj.(cache.DeletedFinalStateUnknown); ok {
			obj = unknown.Obj
		}
		if a, ok := obj.(*storagev1.VolumeAttachment); ok && a.Spec.Source.PersistentVolumeName != nil {
			l.queue.Add(cache.ObjectName{Name: *a.Spec.Source.PersistentVolumeName})
		}
	}})
}

// feed tells loops of every change of the objects that an informer sees.
func feed(informer cache.SharedIndexInformer, loops ...*loop) {
	add := func(obj any) {
		if name, err := cache.DeletionHandlingObjectToName(obj); err == nil {
			for _, l := range loops {
				l.queue.Add(name)
			}
		}
	}
	// The informer has not been started: no error is possible.
	_, _ = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: add, UpdateFunc: func(_, now any) { add(now) }, DeleteFunc: add,
	})
}

// run works until ctx ends.
func (l *loop) run(ctx context.Context) {
	defer context.AfterFunc(ctx, l.queue.ShutDown)()
	for {
		key, ended := l.queue.Get()
		if ended {
			return
		}
		l.settle(ctx, key, l.sync(ctx, key))
	}
}

// settle decides what becomes of an object after an attempt. What is gone needs
// nothing more.
func (l *loop) settle(ctx context.Context, key cache.ObjectName, err error) {
	defer l.queue.Done(key)
	switch {
	case err == nil || apierrors.IsNotFound(err):
		l.queue.Forget(key)
		return
	case !apierrors.IsConflict(err) && ctx.Err() == nil:
		l.log.Warn("storage", "controller", l.name, "object", key.String(), "error", err)
	}
	l.queue.AddRateLimited(key)
}
