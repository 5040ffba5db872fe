package controlplane

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"strconv"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/cache"
)

// sighting is a written change as an informer will see it.
type sighting struct {
	kind     schema.GroupKind
	key      string // namespace/name, as in informers' stores
	uid      string
	revision int64 // of the write
	gone     bool  // deleted
}

// identify reads what a stored value is.
func identify(value []byte) (sighting, bool) {
	o, ok := metadataOf(value)
	if !ok {
		return sighting{}, false
	}
	kind := o.GroupVersionKind().GroupKind()
	return sighting{kind: kind, key: cache.MetaObjectToName(o).String(), uid: string(o.UID)}, o.Name != ""
}

// metadataOf reads what all objects have. Built-in kinds are stored as protobuf
// behind a magic number, in an envelope that names the kind; all of them have
// their metadata in field 1, as PartialObjectMetadata has. Custom resources are
// stored as JSON.
func metadataOf(value []byte) (*metav1.PartialObjectMetadata, bool) {
	var o metav1.PartialObjectMetadata
	if raw, ok := bytes.CutPrefix(value, protobufMark); ok {
		var envelope runtime.Unknown
		if envelope.Unmarshal(raw) != nil || o.Unmarshal(envelope.Raw) != nil {
			return nil, false
		}
		o.APIVersion, o.Kind = envelope.APIVersion, envelope.Kind
	} else if json.Unmarshal(value, &o) != nil {
		return nil, false
	}
	return &o, true
}

// observe waits until the informers of all components have seen the changes.
func (c *ControlPlane) observe(ctx context.Context, changes []sighting) error {
	byKind := map[schema.GroupKind][]sighting{}
	for _, s := range changes {
		byKind[s.kind] = append(byKind[s.kind], s)
	}
	for _, factory := range c.informers() {
		for kind, informer := range startedInformers(ctx, factory) {
			for _, s := range byKind[kind] {
				err := poll(ctx, resetLimit, "the components to see "+kind.String()+" "+s.key, func() (bool, error) {
					return s.seenBy(informer), nil
				})
				if err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// informers are those of all components that run.
func (c *ControlPlane) informers() []informers.SharedInformerFactory {
	all := []informers.SharedInformerFactory{c.api.informers}
	if c.controllers != nil {
		all = append(all, c.controllers.informers)
	}
	if c.scheduler != nil {
		all = append(all, c.scheduler.informers)
	}
	return all
}

// startedInformers returns the informers of a factory that has been started.
func startedInformers(ctx context.Context, factory informers.SharedInformerFactory) map[schema.GroupKind]cache.SharedInformer {
	found := map[schema.GroupKind]cache.SharedInformer{}
	for t := range factory.WaitForCacheSync(ctx.Done()) {
		obj, ok := reflect.New(t.Elem()).Interface().(runtime.Object)
		if !ok {
			continue
		}
		kinds, _, err := scheme.Scheme.ObjectKinds(obj)
		if err != nil {
			continue // not a kind of the API
		}
		found[kinds[0].GroupKind()] = factory.InformerFor(obj, nil) // nil: it is there
	}
	return found
}

// seenBy says whether an informer's store reflects the change, or a later one.
func (s sighting) seenBy(informer cache.SharedInformer) bool {
	obj, ok, err := informer.GetStore().GetByKey(s.key)
	if err != nil {
		return false
	}
	if ok {
		o, err := meta.Accessor(obj)
		return err == nil && revision(o.GetResourceVersion()) >= s.revision
	}
	// A restored object may be missing because it has been deleted since, or
	// because the informer leaves it out (the scheduler's has no finished pods).
	return s.gone || s.kind.Kind == "Pod" || revision(informer.LastSyncResourceVersion()) > s.revision
}

// revision reads a resource version, which is a revision of etcd; 0 is none.
func revision(version string) int64 {
	n, err := strconv.ParseInt(version, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
