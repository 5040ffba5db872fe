package ingress

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"

	"kubetutor/internal/engine/addon/ingress/annotation"
	"kubetutor/internal/engine/addon/ingress/model"
	"kubetutor/internal/engine/addon/ingress/setting"
)

// store is what the controller knows of the cluster: what informers have, and of
// it the Ingresses that are the controller's, with what their annotations say.
type store struct {
	flags    *flags
	journal  journal
	recorder record.EventRecorder
	parser   *annotation.Parser
	changed  chan struct{} // holds one: something may be different
	fake     *model.Certificate

	factory      informers.SharedInformerFactory
	ingressCache cache.SharedIndexInformer
	classCache   cache.SharedIndexInformer
	services     cache.Store
	slices       cache.Indexer
	secrets      cache.Store
	configMaps   cache.Store
	namespaces   cache.Store // nil: all are watched
	noClasses    bool        // they may not be listed

	mu           sync.Mutex
	ingresses    map[string]*model.Ingress
	classes      map[string]*networkingv1.IngressClass
	certificates map[string]*model.Certificate
	settings     setting.Settings
}

// byService finds EndpointSlices of a Service.
const byService = "service"

func newStore(f *flags, j journal, client kubernetes.Interface, recorder record.EventRecorder, fake *model.Certificate) (*store, error) {
	s := &store{flags: f, journal: j, recorder: recorder, changed: make(chan struct{}, 1), fake: fake, ingresses: map[string]*model.Ingress{},
		classes: map[string]*networkingv1.IngressClass{}, certificates: map[string]*model.Certificate{}, settings: setting.Default()}
	s.parser = annotation.NewParser(f.annotationsPrefix, s, j.warnf)
	s.parser.Lenient = !f.annotationValidation
	s.factory = informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(f.namespace))
	core := s.factory.Core().V1()
	s.ingressCache = s.factory.Networking().V1().Ingresses().Informer()
	s.classCache = s.factory.Networking().V1().IngressClasses().Informer()
	s.services, s.secrets, s.configMaps = core.Services().Informer().GetStore(), core.Secrets().Informer().GetStore(), core.ConfigMaps().Informer().GetStore()
	if f.selector != nil {
		s.namespaces = core.Namespaces().Informer().GetStore()
	}
	endpoints := s.factory.Discovery().V1().EndpointSlices().Informer()
	s.slices = endpoints.GetIndexer()
	err := endpoints.AddIndexers(cache.Indexers{byService: func(object any) ([]string, error) {
		slice := object.(*discoveryv1.EndpointSlice)
		return []string{slice.Namespace + "/" + slice.Labels[discoveryv1.LabelServiceName]}, nil
	}})
	return s, errors.Join(err, s.listen(endpoints))
}

// listen subscribes to changes.
func (s *store) listen(endpoints cache.SharedIndexInformer) error {
	core := s.factory.Core().V1()
	var errs []error
	add := func(informer cache.SharedIndexInformer, handler cache.ResourceEventHandler) {
		_, err := informer.AddEventHandler(handler)
		errs = append(errs, err)
	}
	add(s.ingressCache, on(s.ingressSet, s.ingressGone))
	add(s.classCache, on(s.classSet, s.classGone))
	add(core.Secrets().Informer(), on(s.secretSet, s.secretGone))
	add(core.ConfigMaps().Informer(), on(s.configMapSet, func(*corev1.ConfigMap) {}))
	add(core.Services().Informer(), on(func(_, _ *corev1.Service) { s.touch() }, func(*corev1.Service) { s.touch() }))
	add(endpoints, on(func(_, _ *discoveryv1.EndpointSlice) { s.touch() }, func(*discoveryv1.EndpointSlice) { s.touch() }))
	return errors.Join(errs...)
}

// on makes a handler: set gets the old object too, nil for a new one.
func on[T any](set func(before, now *T), gone func(*T)) cache.ResourceEventHandler {
	return cache.ResourceEventHandlerFuncs{
		AddFunc: func(object any) { set(nil, object.(*T)) },
		UpdateFunc: func(before, now any) {
			if !reflect.DeepEqual(before, now) {
				set(before.(*T), now.(*T))
			}
		},
		DeleteFunc: func(object any) {
			if lost, ok := object.(cache.DeletedFinalStateUnknown); ok {
				object = lost.Obj
			}
			if last, ok := object.(*T); ok {
				gone(last)
			}
		},
	}
}

// start fills the store: Ingresses last, so that all that they name is there.
func (s *store) start(ctx context.Context) error {
	core := s.factory.Core().V1()
	first := []cache.SharedIndexInformer{core.Services().Informer(), core.Secrets().Informer(), core.ConfigMaps().Informer(), s.factory.Discovery().V1().EndpointSlices().Informer()}
	if !s.noClasses {
		first = append(first, s.classCache)
	}
	if s.namespaces != nil {
		first = append(first, core.Namespaces().Informer())
	}
	if err := run(ctx, first...); err != nil {
		return err
	}
	return run(ctx, s.ingressCache)
}

func run(ctx context.Context, list ...cache.SharedIndexInformer) error {
	synced := make([]cache.InformerSynced, len(list))
	for i, informer := range list {
		go informer.RunWithContext(ctx)
		synced[i] = informer.HasSynced
	}
	if !cache.WaitForCacheSync(ctx.Done(), synced...) {
		return errors.New("timed out waiting for caches to sync")
	}
	return nil
}

// touch says that the configuration may be different.
func (s *store) touch() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// watched says whether the namespace is one that the controller looks at.
func (s *store) watched(namespace string) bool {
	if s.namespaces == nil {
		return true
	}
	object, ok, err := s.namespaces.GetByKey(namespace)
	if !ok {
		s.journal.errorf("Namespace %s not existed: %v.", namespace, err)
		return false
	}
	return s.flags.selector.Matches(labels.Set(object.(*corev1.Namespace).Labels))
}

// classOf is the class by which an Ingress is the controller's. The errors are those
// of the real controller.
func (s *store) classOf(ing *networkingv1.Ingress) (string, error) {
	if name := ing.Spec.IngressClassName; name != nil && !s.noClasses {
		if s.classes[*name] == nil {
			return "", notFound(*name)
		}
		return *name, nil
	}
	if class, ok := ing.Annotations["kubernetes.io/ingress.class"]; ok {
		if class != s.flags.className {
			return "", errors.New("ingress class annotation is not equal to the expected by Ingress Controller")
		}
		return class, nil
	}
	if s.flags.watchWithoutClass {
		return "_", nil
	}
	return "", errors.New("ingress does not contain a valid IngressClass")
}

func notFound(key string) error { return fmt.Errorf("no object matching key %q in local store", key) }

func (s *store) ingressSet(before, now *networkingv1.Ingress) {
	if !s.watched(now.Namespace) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	class, err := s.classOf(now)
	key := now.Namespace + "/" + now.Name
	switch {
	case err != nil && s.ingresses[key] != nil:
		s.journal.Info("removing ingress because of unknown ingressclass", "ingress", key)
		s.drop(key)
		return
	case err != nil:
		if before == nil {
			s.journal.Info("Ignoring ingress because of error while validating ingress class", "ingress", key, "error", err)
		}
		return
	case before == nil:
		s.journal.Info("Found valid IngressClass", "ingress", key, "ingressclass", class)
	}
	if s.flags.deepInspect {
		if err := model.Inspect(now); err != nil {
			s.journal.Error(err, "received invalid ingress", "ingress", key)
			return
		}
	}
	if now.Spec.DefaultBackend != nil && s.flags.disableCatchAll {
		s.journal.Info("Ignoring add for catch-all ingress because of --disable-catch-all", "ingress", key)
		s.drop(key)
		return
	}
	s.recorder.Event(now, corev1.EventTypeNormal, "Sync", "Scheduled for sync")
	s.take(now)
}

// take reads the annotations of an Ingress and its certificates. One whose
// annotations are refused stays as it was. The caller holds the lock.
func (s *store) take(ing *networkingv1.Ingress) {
	defer s.touch()
	s.syncCertificates(ing)
	config, err := s.parse(ing)
	if err != nil {
		s.journal.errorf("%v", err)
		return
	}
	if config.Denied != "" {
		s.recorder.Event(ing, corev1.EventTypeWarning, "AnnotationParsingFailed", "Error parsing annotations: "+config.Denied)
	}
	s.ingresses[ing.Namespace+"/"+ing.Name] = &model.Ingress{Ingress: ing, Config: config}
}

func (s *store) parse(ing *networkingv1.Ingress) (*annotation.Config, error) {
	if err := s.forbidden(ing); err != nil {
		return nil, fmt.Errorf("skipping ingress %s/%s: %w", ing.Namespace, ing.Name, err)
	}
	config, err := s.parser.Parse(ing, &s.settings)
	if err != nil {
		return nil, err
	}
	if config.ConfigurationSnippet+config.ServerSnippet != "" && s.settings.AllowSnippetAnnotations {
		s.journal.warnf("The snippets of ingress %s/%s have no effect in this cluster, which has no nginx to read them", ing.Namespace, ing.Name)
	}
	return config, nil
}

// forbidden finds words that the ConfigMap forbids in annotations.
func (s *store) forbidden(ing *networkingv1.Ingress) error {
	words := strings.TrimSpace(s.settings.AnnotationValueWordBlocklist)
	if words == "" {
		return nil
	}
	for name, value := range ing.Annotations {
		if !strings.HasPrefix(name, s.flags.annotationsPrefix+"/") {
			continue
		}
		for word := range strings.SplitSeq(words, ",") {
			if strings.Contains(value, strings.TrimSpace(word)) {
				return fmt.Errorf("%s annotation contains invalid word %s", name, word)
			}
		}
	}
	return nil
}

func (s *store) ingressGone(last *networkingv1.Ingress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(last.Namespace + "/" + last.Name)
}

func (s *store) drop(key string) {
	if s.ingresses[key] != nil {
		delete(s.ingresses, key)
		s.touch()
	}
}

func (s *store) classSet(before, now *networkingv1.IngressClass) {
	byName := s.flags.classByName && now.Name == s.flags.className
	if !byName && now.Spec.Controller != s.flags.classController {
		if before == nil {
			s.journal.Info("ignoring ingressclass as the spec.controller is not the same of this ingress", "ingressclass", now.Name)
		}
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.classes[now.Name] = now
	s.touch()
}

func (s *store) classGone(last *networkingv1.IngressClass) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.classes, last.Name)
	s.touch()
}

// retake reads Ingresses again that something has changed for.
func (s *store) retake(concerned func(*networkingv1.Ingress) bool) (any bool) {
	for _, ing := range s.ingresses {
		if concerned(ing.Ingress) {
			s.take(ing.Ingress)
			any = true
		}
	}
	return any
}

// names says whether an Ingress names a Secret, in spec.tls or an annotation.
func (s *store) names(ing *networkingv1.Ingress, key string) bool {
	return slices.Contains(s.secretsOf(ing), key) || slices.Contains(s.parser.Secrets(ing), key)
}

func (s *store) secretSet(before, now *corev1.Secret) {
	key := now.Namespace + "/" + now.Name
	if !s.watched(now.Namespace) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if key == s.flags.defaultCertificate {
		s.syncCertificate(key)
	}
	if s.retake(func(ing *networkingv1.Ingress) bool { return s.names(ing, key) }) {
		s.journal.Info(map[bool]string{true: "Secret was added and it is used in ingress annotations. Parsing",
			false: "secret was updated and it is used in ingress annotations. Parsing"}[before == nil], "secret", key)
	}
}

func (s *store) secretGone(last *corev1.Secret) {
	key := last.Namespace + "/" + last.Name
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.certificates, key)
	if s.retake(func(ing *networkingv1.Ingress) bool { return s.names(ing, key) }) {
		s.journal.Info("secret was deleted and it is used in ingress annotations. Parsing", "secret", key)
	}
	s.touch()
}

func (s *store) configMapSet(before, now *corev1.ConfigMap) {
	key := now.Namespace + "/" + now.Name
	s.mu.Lock()
	defer s.mu.Unlock()
	if key != s.flags.configMap && key != s.flags.tcpServices && key != s.flags.udpServices {
		s.retake(func(ing *networkingv1.Ingress) bool { return s.mentions(ing, now) })
		return
	}
	s.recorder.Event(now, corev1.EventTypeNormal, map[bool]string{true: "CREATE", false: "UPDATE"}[before == nil], "ConfigMap "+key)
	if key == s.flags.configMap {
		s.configure(now.Data)
	}
	s.retake(func(*networkingv1.Ingress) bool { return true })
	s.touch()
}

// mentions says whether an annotation of an Ingress is the name of a ConfigMap.
func (s *store) mentions(ing *networkingv1.Ingress, cm *corev1.ConfigMap) bool {
	for _, name := range []string{"custom-headers", "auth-proxy-set-headers"} {
		if value := ing.Annotations[s.flags.annotationsPrefix+"/"+name]; value == cm.Namespace+"/"+cm.Name || value == cm.Name && ing.Namespace == cm.Namespace {
			return true
		}
	}
	return false
}

// configure reads the ConfigMap.
func (s *store) configure(data map[string]string) {
	settings, warnings := setting.Read(data)
	for _, warning := range warnings {
		s.journal.warnf("%s", warning)
	}
	s.settings = settings
}

// Secret implements [annotation.Objects].
func (s *store) Secret(key string) (*corev1.Secret, error) { return get[corev1.Secret](s.secrets, key) }

// Service implements [annotation.Objects].
func (s *store) Service(key string) (*corev1.Service, error) {
	return get[corev1.Service](s.services, key)
}

// ConfigMap implements [annotation.Objects].
func (s *store) ConfigMap(key string) (*corev1.ConfigMap, error) {
	return get[corev1.ConfigMap](s.configMaps, key)
}

func get[T any](from cache.Store, key string) (*T, error) {
	object, ok, err := from.GetByKey(key)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, notFound(key)
	}
	return object.(*T), nil
}

// endpointSlices are those of a Service, by name.
func (s *store) endpointSlices(service string) []*discoveryv1.EndpointSlice {
	objects, err := s.slices.ByIndex(byService, service)
	if err != nil {
		return nil
	}
	list := make([]*discoveryv1.EndpointSlice, len(objects))
	for i, object := range objects {
		list[i] = object.(*discoveryv1.EndpointSlice)
	}
	slices.SortFunc(list, func(a, b *discoveryv1.EndpointSlice) int { return strings.Compare(a.Name, b.Name) })
	return list
}
