package check

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"

	"kubetutor/internal/course"
)

// feedKey is what one watch asks for. Checks that ask for the same share it.
type feedKey struct {
	resource  schema.GroupVersionResource
	namespace string // empty: all
	labels    string
	fields    string
}

// feed holds what one watch has shown. As a reflector's store it sees every
// state in order; the session's lock guards it.
type feed struct {
	session *session
	key     feedKey
	stop    context.CancelFunc
	after   func() // told of every change, besides the session

	objects map[string]map[string]any // by namespace/name
	version string                    // of the cluster, up to which everything has been seen
	ready   bool
	err     error // why it is not ready
}

var (
	_ cache.ReflectorStore         = (*feed)(nil)
	_ cache.ResourceVersionUpdater = (*feed)(nil)
)

// feed returns the feed for a key, beginning it if there is none. It is called
// under the lock, and only while the session runs.
func (s *session) feed(key feedKey, after func()) *feed {
	if f := s.feeds[key]; f != nil {
		if f.after == nil {
			f.after = after
		}
		return f
	}
	ctx, stop := context.WithCancel(s.ctx)
	f := &feed{session: s, key: key, stop: stop, after: after}
	s.feeds[key] = f
	s.group.Go(func() error {
		defer stop()
		f.reflector().RunWithContext(ctx)
		return nil
	})
	return f
}

// reflector lists and watches for the feed until its context ends. The first
// list is as fresh as etcd: a lab that starts must not see what was before it.
func (f *feed) reflector() *cache.Reflector {
	client := f.session.checker.objects
	resource := client.Resource(f.key.resource).Namespace(f.key.namespace)
	source := cache.ToListWatcherWithWatchListSemantics(&cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			f.narrow(&o)
			if !f.isReady() {
				o.ResourceVersion, o.ResourceVersionMatch = "", ""
			}
			list, err := resource.List(ctx, o)
			f.failed(ctx, err)
			return list, err
		},
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			f.narrow(&o)
			w, err := resource.Watch(ctx, o)
			f.failed(ctx, err)
			return w, err
		},
	}, client)
	quiet := klog.Logger{}
	return cache.NewReflectorWithOptions(source, &unstructured.Unstructured{}, f, cache.ReflectorOptions{
		Logger:          &quiet,
		TypeDescription: f.key.resource.String(),
		Backoff:         &wait.Backoff{Duration: 100 * time.Millisecond, Factor: 2, Jitter: 0.2, Steps: 6, Cap: 5 * time.Second},
	})
}

func (f *feed) narrow(o *metav1.ListOptions) {
	o.LabelSelector, o.FieldSelector = f.key.labels, f.key.fields
}

func (f *feed) isReady() bool {
	f.session.mu.Lock()
	defer f.session.mu.Unlock()
	return f.ready
}

// failed remembers why the kind cannot be read, if it never could. A kind that
// the server does not know (any more) has no objects.
func (f *feed) failed(ctx context.Context, err error) {
	if err == nil || ctx.Err() != nil {
		return
	}
	if apierrors.IsNotFound(err) {
		f.replace(nil, "")
		return
	}
	f.session.mu.Lock()
	defer f.session.mu.Unlock()
	if !f.ready {
		f.err = err
		f.session.nudge()
	}
}

// isFinal tells whether asking again is of no use.
func isFinal(err error) bool {
	return apierrors.IsForbidden(err) || apierrors.IsUnauthorized(err) || apierrors.IsBadRequest(err) ||
		apierrors.IsInvalid(err) || apierrors.IsMethodNotSupported(err)
}

// Add implements cache.ReflectorStore.
func (f *feed) Add(obj any) error { return f.change(obj, false) }

// Update implements cache.ReflectorStore.
func (f *feed) Update(obj any) error { return f.change(obj, false) }

// Delete implements cache.ReflectorStore.
func (f *feed) Delete(obj any) error { return f.change(obj, true) }

// Resync implements cache.ReflectorStore; there is nothing to resync with.
func (f *feed) Resync() error { return nil }

// Replace implements cache.ReflectorStore.
func (f *feed) Replace(list []any, version string) error {
	objects := make(map[string]map[string]any, len(list))
	for _, obj := range list {
		u, err := asObject(obj)
		if err != nil {
			return err
		}
		objects[objectKey(u.GetNamespace(), u.GetName())] = u.Object
	}
	f.replace(objects, version)
	return nil
}

func (f *feed) replace(objects map[string]map[string]any, version string) {
	f.session.mu.Lock()
	defer f.session.mu.Unlock()
	f.objects, f.ready, f.err = objects, true, nil
	if version != "" {
		f.version = version
	}
	f.moved()
}

// UpdateResourceVersion implements cache.ResourceVersionUpdater: a watch says
// from time to time how far it is although nothing has changed.
func (f *feed) UpdateResourceVersion(version string) {
	f.session.mu.Lock()
	defer f.session.mu.Unlock()
	f.version = version
}

func (f *feed) change(obj any, gone bool) error {
	u, err := asObject(obj)
	if err != nil {
		return err
	}
	f.session.mu.Lock()
	defer f.session.mu.Unlock()
	key := objectKey(u.GetNamespace(), u.GetName())
	if gone {
		delete(f.objects, key)
	} else {
		if f.objects == nil {
			f.objects = make(map[string]map[string]any)
		}
		f.objects[key] = u.Object
	}
	f.version = u.GetResourceVersion()
	f.moved()
	return nil
}

// moved tells of a change, under the lock.
func (f *feed) moved() {
	if f.after != nil {
		f.after()
	}
	f.session.moved()
}

func asObject(obj any) (*unstructured.Unstructured, error) {
	if u, ok := obj.(*unstructured.Unstructured); ok {
		return u, nil
	}
	return nil, fmt.Errorf("a watch gave %T", obj)
}

func objectKey(namespace, name string) string { return namespace + "/" + name }

// reading says what the feed as a whole is worth: nothing while it is not
// ready.
func (f *feed) reading() reading {
	switch {
	case f.ready:
		return reading{there: true}
	case f.err != nil && (isFinal(f.err) || f.session.impatient):
		return reading{unjudged: textUnreadable(f.key.resource.Resource, f.err)}
	}
	return reading{pending: true}
}

// objectSource is one object, or the objects of a list.
type objectSource struct {
	session *session
	kind    schema.GroupVersionKind
	list    *course.ListRef // nil: one object
	name    string
	space   string // the namespace; of a kind without namespaces it is left out

	known bool  // the kind has been looked up
	feed  *feed // nil: there is no such kind
	err   error // looking it up failed
}

func (s *session) object(ref course.ObjectRef) source {
	return s.source(&objectSource{kind: schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind), name: ref.Name, space: s.spaceOr(ref.Namespace)})
}

func (s *session) list(ref course.ListRef) source {
	o := &objectSource{kind: schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind), list: &ref}
	if !ref.AllNamespaces || ref.Namespace != "" {
		o.space = s.spaceOr(ref.Namespace)
	}
	return s.source(o)
}

func (s *session) source(o *objectSource) *objectSource {
	o.session = s
	s.objects = append(s.objects, o)
	return o
}

// spaceOr returns the namespace that a check means: the lab's, if it names
// none, and default if the lab has none.
func (s *session) spaceOr(namespace string) string {
	switch {
	case namespace != "":
		return namespace
	case s.namespace != "":
		return s.namespace
	}
	return metav1.NamespaceDefault
}

// wants returns the watch that the source needs of a kind.
func (o *objectSource) wants(resource schema.GroupVersionResource, namespaced bool) feedKey {
	key := feedKey{resource: resource}
	if namespaced {
		key.namespace = o.space
	}
	if o.list != nil {
		key.labels, key.fields = o.list.LabelSelector, o.list.FieldSelector
		return key
	}
	key.fields = fields.OneTermEqualSelector(metav1.ObjectNameField, o.name).String()
	return key
}

// read implements source.
func (o *objectSource) read() reading {
	switch {
	case o.err != nil && o.session.impatient:
		return reading{unjudged: textUnreadable(o.kind.Kind, o.err)}
	case !o.known:
		return reading{pending: true}
	case o.feed == nil:
		return o.nothing()
	}
	if r := o.feed.reading(); !r.there {
		return r
	}
	if o.list != nil {
		return reading{there: true, value: o.items()}
	}
	object, there := o.feed.objects[objectKey(o.feed.key.namespace, o.name)]
	if !there {
		return reading{}
	}
	return reading{there: true, value: object}
}

// nothing is the reading of a kind that does not exist: no object, an empty
// list.
func (o *objectSource) nothing() reading {
	if o.list != nil {
		return reading{there: true, value: []any{}}
	}
	return reading{}
}

// items are the objects in the order of their namespaces and names.
func (o *objectSource) items() []any {
	items := make([]any, 0, len(o.feed.objects))
	for _, key := range sortedKeys(o.feed.objects) {
		items = append(items, o.feed.objects[key])
	}
	return items
}
