package controlplane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/informers"
	corev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/util/keyutil"
	controllersmetrics "k8s.io/component-base/metrics/prometheus/controllers"
	"k8s.io/controller-manager/pkg/clientbuilder"
	"k8s.io/controller-manager/pkg/healthz"
	"k8s.io/controller-manager/pkg/informerfactory"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app"
	kcmconfig "k8s.io/kubernetes/cmd/kube-controller-manager/app/config"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app/options"
	"k8s.io/kubernetes/cmd/kube-controller-manager/names"
	"k8s.io/kubernetes/pkg/controller/garbagecollector"
	serviceaccountcontroller "k8s.io/kubernetes/pkg/controller/serviceaccount"
	"k8s.io/kubernetes/pkg/controller/volume/persistentvolume"
	"k8s.io/kubernetes/pkg/serviceaccount"
)

const controllerManager = "kube-controller-manager"

// controllers is kube-controller-manager, running.
type controllers struct {
	done      component
	informers informers.SharedInformerFactory
}

// startControllers runs upstream's controllers. It puts them together from the
// exported parts of kube-controller-manager instead of calling its Run, for
// three reasons: the PersistentVolume controller must not delete files of this
// machine, Reset needs to see what the informers have seen, and Run registers
// names that cannot be registered again in the same process.
func startControllers(p *pki, flags flagValues) (*controllers, error) {
	ctx, cancel := context.WithCancel(context.Background())
	c, err := newControllers(ctx, p, flags)
	if err != nil {
		cancel()
		return nil, err
	}
	return &controllers{informers: c.context.InformerFactory, done: run(controllerManager, cancel, func() error { return c.run(ctx) })}, nil
}

// controllerSet is what kube-controller-manager consists of.
type controllerSet struct {
	config  *kcmconfig.CompletedConfig
	root    clientbuilder.ControllerClientBuilder // acts as kube-controller-manager itself
	context app.ControllerContext
	list    []app.Controller
}

func newControllers(ctx context.Context, p *pki, flags flagValues) (*controllerSet, error) {
	config, err := controllersConfig(ctx, flags)
	if err != nil {
		return nil, err
	}
	s := &controllerSet{config: config, root: clientbuilder.SimpleControllerClientBuilder{ClientConfig: config.Kubeconfig}}
	if s.context, err = controllerContext(ctx, config, s.root); err != nil {
		return nil, err
	}
	if err := s.build(ctx, p); err != nil {
		return nil, err
	}
	return s, nil
}

func controllersConfig(ctx context.Context, flags map[string]string) (*kcmconfig.CompletedConfig, error) {
	known, off, aliases := app.KnownControllers(), app.ControllersDisabledByDefault(), app.ControllerAliases()
	o, err := options.NewKubeControllerManagerOptions()
	if err != nil {
		return nil, fmt.Errorf("making the controllers' options: %w", err)
	}
	sets := o.Flags(known, off, aliases)
	if err := parseFlags(controllerManager, &sets, flags); err != nil {
		return nil, err
	}
	config, err := o.Config(ctx, known, off, aliases)
	if err != nil {
		return nil, fmt.Errorf("configuring the controllers: %w", err)
	}
	return config.Complete(), nil
}

func controllerFlags(p *pki, kubeconfig, emptyDir string) map[string]string {
	return map[string]string{
		"kubeconfig":                       kubeconfig,
		"service-account-private-key-file": p.file("sa.key"),
		"root-ca-file":                     p.file("ca.crt"),
		"cluster-signing-cert-file":        p.file("ca.crt"),
		"cluster-signing-key-file":         p.file("ca.key"),
		// Two are ours: see build.
		"controllers": "*,bootstrapsigner,tokencleaner,-" + names.PersistentVolumeBinderController + ",-" + names.NodeIpamController,
		// Without this the controllers act as system:kube-controller-manager,
		// which may do almost nothing.
		"use-service-account-credentials": "true",
		// With the default of 20 they throttle themselves for 10 s at the start.
		"kube-api-qps":   "2000",
		"kube-api-burst": "2000",
		// A claim that has lost a race (often: the finalizer is added meanwhile)
		// waits this long for its next try, 15 s by default.
		"pvclaimbinder-sync-period": "250ms",
		"service-cluster-ip-range":  serviceRange,
		// FlexVolume drivers are programs that the controllers would run.
		"flex-volume-plugin-dir":      emptyDir,
		"controller-shutdown-timeout": "3s",
		"leader-elect":                "false",
		"secure-port":                 "0",
		"profiling":                   "false",
	}
}

// controllerContext is app.CreateControllerContext without its wait for the
// API server, which asks once a second, and without its process-wide name.
func controllerContext(ctx context.Context, c *kcmconfig.CompletedConfig, root clientbuilder.ControllerClientBuilder) (app.ControllerContext, error) {
	client, err := root.Client("shared-informers")
	if err != nil {
		return app.ControllerContext{}, fmt.Errorf("making the informers' client: %w", err)
	}
	meta, err := metadata.NewForConfig(rest.AddUserAgent(rest.CopyConfig(c.Kubeconfig), "metadata-informers"))
	if err != nil {
		return app.ControllerContext{}, fmt.Errorf("making the metadata informers' client: %w", err)
	}
	discovery, err := root.DiscoveryClient("controller-discovery")
	if err != nil {
		return app.ControllerContext{}, fmt.Errorf("making the discovery client: %w", err)
	}
	resync := app.ResyncPeriod(c)
	typed := informers.NewSharedInformerFactoryWithOptions(client, resync(), informers.WithTransform(withoutManagedFields))
	all := informerfactory.NewInformerFactory(typed, metadatainformer.NewSharedInformerFactoryWithOptions(
		meta, resync(), metadatainformer.WithTransform(withoutManagedFields)))
	cc := app.ControllerContext{
		ClientBuilder:                   clientbuilder.NewDynamicClientBuilder(rest.AnonymousClientConfig(c.Kubeconfig), c.Client.CoreV1(), "kube-system"),
		InformerFactory:                 typed,
		ObjectOrMetadataInformerFactory: all,
		ComponentConfig:                 c.ComponentConfig,
		RESTMapper:                      restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(discovery)),
		InformersStarted:                make(chan struct{}),
		ResyncPeriod:                    resync,
		ControllerManagerMetrics:        controllersmetrics.NewControllerManagerMetrics(controllerManager),
	}
	cc.GraphBuilder = garbagecollector.NewDependencyGraphBuilder(ctx, meta, cc.RESTMapper, ignoredByGC(c), all, cc.InformersStarted)
	go wait.UntilWithContext(ctx, func(context.Context) { cc.RESTMapper.Reset() }, 30*time.Second)
	return cc, nil
}

func ignoredByGC(c *kcmconfig.CompletedConfig) map[schema.GroupResource]struct{} {
	ignored := map[schema.GroupResource]struct{}{}
	for _, r := range c.ComponentConfig.GarbageCollectorController.GCIgnoredResources {
		ignored[schema.GroupResource{Group: r.Group, Resource: r.Resource}] = struct{}{}
	}
	return ignored
}

// withoutManagedFields saves the informers' memory, as upstream does.
func withoutManagedFields(obj any) (any, error) {
	if o, err := meta.Accessor(obj); err == nil {
		o.SetManagedFields(nil)
	}
	return obj, nil
}

// build makes all controllers: first the one that issues tokens, then
// upstream's, then our PersistentVolume and node address controllers.
func (s *controllerSet) build(ctx context.Context, p *pki) error {
	tokens, err := s.tokenController(p)
	if err != nil {
		return err
	}
	descriptors := app.NewControllerDescriptors()
	delete(descriptors, names.ServiceAccountTokenController) // wants a client that only upstream's Run can give
	upstream, err := app.BuildControllers(ctx, s.context, descriptors, nil, healthz.NewMutableHealthzHandler())
	if err != nil {
		return fmt.Errorf("building the controllers: %w", err)
	}
	volumes, err := s.volumeController(ctx)
	if err != nil {
		return err
	}
	ranges, err := s.rangeController()
	if err != nil {
		return err
	}
	s.list = append(append([]app.Controller{tokens}, upstream...), volumes, ranges)
	return nil
}

// tokenController fills Secrets of type service-account-token.
func (s *controllerSet) tokenController(p *pki) (app.Controller, error) {
	key, err := keyutil.PrivateKeyFromFile(p.file("sa.key"))
	if err != nil {
		return nil, fmt.Errorf("reading the token key: %w", err)
	}
	ca, err := os.ReadFile(p.file("ca.crt"))
	if err != nil {
		return nil, fmt.Errorf("reading the authority: %w", err)
	}
	client, err := s.root.Client("tokens-controller")
	if err != nil {
		return nil, fmt.Errorf("making the token controller's client: %w", err)
	}
	generator, err := serviceaccount.JWTTokenGenerator(serviceaccount.LegacyIssuer, key)
	if err != nil {
		return nil, fmt.Errorf("making the token generator: %w", err)
	}
	core := s.context.InformerFactory.Core().V1()
	c, err := serviceaccountcontroller.NewTokensController(klog.Background(), core.ServiceAccounts(), core.Secrets(), client,
		serviceaccountcontroller.TokensControllerOptions{TokenGenerator: generator, RootCA: ca})
	if err != nil {
		return nil, fmt.Errorf("making the token controller: %w", err)
	}
	workers := int(s.context.ComponentConfig.SAController.ConcurrentSATokenSyncs)
	return loop{names.ServiceAccountTokenController, func(ctx context.Context) { c.Run(ctx, workers) }}, nil
}

// volumeController is upstream's PersistentVolume controller with plugins that
// touch no file of this machine.
func (s *controllerSet) volumeController(ctx context.Context) (app.Controller, error) {
	client, err := s.context.NewClient("persistent-volume-binder")
	if err != nil {
		return nil, err
	}
	config := s.context.ComponentConfig.PersistentVolumeBinderController
	core := s.context.InformerFactory.Core().V1()
	c, err := persistentvolume.NewController(ctx, persistentvolume.ControllerParameters{
		KubeClient:                client,
		SyncPeriod:                config.PVClaimBinderSyncPeriod.Duration,
		VolumePlugins:             volumePlugins(),
		VolumeInformer:            core.PersistentVolumes(),
		ClaimInformer:             core.PersistentVolumeClaims(),
		ClassInformer:             s.context.InformerFactory.Storage().V1().StorageClasses(),
		PodInformer:               core.Pods(),
		NodeInformer:              core.Nodes(),
		EnableDynamicProvisioning: true,
	})
	if err != nil {
		return nil, fmt.Errorf("making the PersistentVolume controller: %w", err)
	}
	return loop{names.PersistentVolumeBinderController, c.Run}, nil
}

// run starts the informers, then runs the controllers until ctx is done.
func (s *controllerSet) run(ctx context.Context) error {
	s.config.EventBroadcaster.StartRecordingToSink(&corev1.EventSinkImpl{Interface: s.config.Client.CoreV1().Events("")})
	defer s.config.EventBroadcaster.Shutdown()
	s.context.InformerFactory.Start(ctx.Done())
	s.context.ObjectOrMetadataInformerFactory.Start(ctx.Done())
	defer s.context.InformerFactory.Shutdown()
	close(s.context.InformersStarted)
	if !app.RunControllers(ctx, s.context, s.list, 0, s.config.ControllerShutdownTimeout) {
		return errors.New("some controllers did not end in time")
	}
	return nil
}

// loop is a controller that is a function.
type loop struct {
	name string
	f    func(context.Context)
}

// Name is the controller's canonical name.
func (l loop) Name() string { return l.name }

// Run runs the controller until ctx is done.
func (l loop) Run(ctx context.Context) { l.f(ctx) }
