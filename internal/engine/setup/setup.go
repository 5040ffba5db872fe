// Package setup applies the manifests of a lab's set-up to a cluster, by
// server-side apply. When Apply returns, what it made can be used: namespaces
// have their default service account, custom resources are served.
package setup

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
)

var (
	namespaceKind  = schema.GroupKind{Kind: "Namespace"}
	definitionKind = schema.GroupKind{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition"}

	namespaces      = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	serviceAccounts = schema.GroupVersionResource{Version: "v1", Resource: "serviceaccounts"}
)

// FieldManager owns the fields that the set-up wrote.
const FieldManager = "kubetutor-setup"

// Applier applies manifests as one user. It is safe for concurrent use.
type Applier struct {
	client dynamic.Interface
	mapper *restmapper.DeferredDiscoveryRESTMapper
}

// New makes an applier that acts with the given configuration.
func New(config *rest.Config) (*Applier, error) {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	disco, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	return &Applier{client: client, mapper: restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(disco))}, nil
}

// Manifest is what to apply.
type Manifest struct {
	File      string            // for errors
	Text      string            // YAML or JSON documents
	Namespace string            // for objects of namespaced kinds that name none; "default" where empty
	Labels    map[string]string // put on every object
	// Check, where set, may refuse an object before anything is written.
	Check func(o *unstructured.Unstructured, namespaced bool) error
}

// Apply creates or updates the manifest's objects: namespaces first, then
// definitions of kinds, then the rest, each in the order of the file. Waiting is
// told what is being awaited.
func (a *Applier) Apply(ctx context.Context, m Manifest, waiting func(string)) error {
	objects, err := parse(m.Text)
	if err != nil {
		return fmt.Errorf("reading %s: %w", m.File, err)
	}
	for _, o := range objects {
		label(o, m.Labels)
	}
	spaces, definitions, rest := phases(objects)
	for _, step := range []struct {
		objects []*unstructured.Unstructured
		usable  func(context.Context, *unstructured.Unstructured, func(string)) error
	}{{spaces, a.namespaceUsable}, {definitions, a.definitionUsable}, {rest, nil}} {
		if err := a.applyAll(ctx, m, step.objects); err != nil {
			return err
		}
		for _, o := range step.objects {
			if step.usable == nil {
				break
			}
			if err := step.usable(ctx, o, waiting); err != nil {
				return fmt.Errorf("applying %s: waiting for %s %s: %w", m.File, o.GetKind(), o.GetName(), err)
			}
		}
	}
	return nil
}

func label(o *unstructured.Unstructured, labels map[string]string) {
	if len(labels) == 0 {
		return
	}
	all := o.GetLabels()
	if all == nil {
		all = map[string]string{}
	}
	for k, v := range labels {
		all[k] = v
	}
	o.SetLabels(all)
}

func (a *Applier) applyAll(ctx context.Context, m Manifest, objects []*unstructured.Unstructured) error {
	for _, o := range objects {
		if err := a.applyOne(ctx, m, o); err != nil {
			return fmt.Errorf("applying %s: %s %s: %w", m.File, o.GetKind(), o.GetName(), err)
		}
	}
	return nil
}

func (a *Applier) applyOne(ctx context.Context, m Manifest, o *unstructured.Unstructured) error {
	mapping, err := a.mapping(o.GroupVersionKind())
	if err != nil {
		return err
	}
	namespaced := mapping.Scope.Name() == meta.RESTScopeNameNamespace
	if m.Check != nil {
		if err := m.Check(o, namespaced); err != nil {
			return err
		}
	}
	var client dynamic.ResourceInterface = a.client.Resource(mapping.Resource)
	if namespaced {
		client = a.client.Resource(mapping.Resource).Namespace(namespaceOf(o, m.Namespace))
	}
	_, err = client.Apply(ctx, o.GetName(), o, metav1.ApplyOptions{FieldManager: FieldManager, Force: true})
	return err
}

func namespaceOf(o *unstructured.Unstructured, fallback string) string {
	if o.GetNamespace() == "" {
		if fallback == "" {
			fallback = metav1.NamespaceDefault
		}
		o.SetNamespace(fallback)
	}
	return o.GetNamespace()
}

// mapping finds the resource of a kind; a kind that is not known may be new, so
// that the cluster is asked once more.
func (a *Applier) mapping(gvk schema.GroupVersionKind) (*meta.RESTMapping, error) {
	m, err := a.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	if meta.IsNoMatchError(err) {
		a.mapper.Reset()
		m, err = a.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	}
	return m, err
}

// awaitLimit is how long a namespace or a definition may take to be usable; an
// idle machine needs milliseconds.
const awaitLimit = 20 * time.Second
