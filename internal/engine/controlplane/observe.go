package controlplane

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"strconv"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/cache"
)

// observeLimit is how long components may take to see a change.
const observeLimit = 4 * time.Second

// sighting is a written change as an informer will see it.
type sighting struct {
	kind     schema.GroupKind
	key      string // namespace/name, as in informers' stores
	revision int64  // of the write
	gone     bool   // deleted
}

// identify reads what a stored value is. Built-in kinds are stored as protobuf
// behind a magic number, in an envelope that names the kind; all of them have
// their metadata in field 1, as PartialObjectMetadata has. Custom resources
// are stored as JSON.
func identify(value []byte) (sighting, bool) {
	var o metav1.PartialObjectMetadata
	if raw, ok := bytes.CutPrefix(value, []byte("k8s\x00")); ok {
		var envelope runtime.Unknown
		if envelope.Unmarshal(raw) != nil || o.Unmarshal(envelope.Raw) != nil {
			return sighting{}, false
		}
		o.APIVersion, o.Kind = envelope.APIVersion, envelope.Kind
	} else if json.Unmarshal(value, &o) != nil {
		return sighting{}, false
	}
	kind := o.GroupVersionKind().GroupKind()
	return sighting{kind: kind, key: cache.MetaObjectToName(&o).String()}, o.Name != ""
}

// observe waits until the informers of all components have seen the changes.
func (c *ControlPlane) observe(ctx context.Context, changes []sighting) error {
	byKind := map[schema.GroupKind][]sighting{}
	for _, s := range changes {
		byKind[s.kind] = append(byKind[s.kind], s)
	}
	for _, factory := range []informers.SharedInformerFactory{c.api.informers, c.controllers.informers, c.scheduler.informers} {
		for kind, store := range stores(ctx, factory) {
			for _, s := range byKind[kind] {
				err := poll(ctx, observeLimit, "the components to see "+kind.String()+" "+s.key, func() (bool, error) {
					return s.seenIn(store), nil
				})
				if err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// stores returns the informers' stores of a factory that has been started.
func stores(ctx context.Context, factory informers.SharedInformerFactory) map[schema.GroupKind]cache.Store {
	found := map[schema.GroupKind]cache.Store{}
	for t := range factory.WaitForCacheSync(ctx.Done()) {
		obj, ok := reflect.New(t.Elem()).Interface().(runtime.Object)
		if !ok {
			continue
		}
		kinds, _, err := scheme.Scheme.ObjectKinds(obj)
		if err != nil {
			continue // not a kind of the API
		}
		found[kinds[0].GroupKind()] = factory.InformerFor(obj, nil).GetStore() // nil: it is there
	}
	return found
}

// seenIn says whether a store reflects the change, or a later one.
func (s sighting) seenIn(store cache.Store) bool {
	obj, ok, err := store.GetByKey(s.key)
	if err != nil || !ok {
		// Missing counts as seen for restored objects, too: an informer may
		// leave some out (the scheduler's has no finished pods).
		return err == nil && (s.gone || s.kind.Kind == "Pod")
	}
	o, err := meta.Accessor(obj)
	if err != nil {
		return false
	}
	rev, err := strconv.ParseInt(o.GetResourceVersion(), 10, 64)
	return err == nil && rev >= s.revision
}
