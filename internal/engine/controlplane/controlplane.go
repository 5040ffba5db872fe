// Package controlplane runs a Kubernetes control plane inside the calling
// process: etcd, kube-apiserver, kube-controller-manager and kube-scheduler of
// the upstream release, linked in, as an ordinary user.
//
// The API server listens on the loopback address only, etcd on unix sockets
// only, the others on nothing. The API server connects to nothing but etcd, and
// no controller touches the machine's files. State is kept in one directory and
// survives Stop and a killed process.
//
// # Baseline
//
// Once a new cluster has come to rest, the keys and values in etcd are its
// baseline. [ControlPlane.Reset] goes back there by writing the difference
// forward as ordinary transactions, so that watches see it as they see any
// other change; see [ControlPlane.Reset].
//
// Upstream's components keep process-wide state (metrics, feature gates, the
// klog logger): one control plane runs at a time in a process.
package controlplane

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"kubetutor/internal/engine/controlplane/release"
	"kubetutor/internal/lab/protocol"
)

// Options say where and how a control plane runs.
type Options struct {
	Dir     string    // state of this cluster, absolute; made with mode 0700
	Sockets string    // for unix sockets, absolute and short; made with mode 0700
	Profile string    // of a new cluster, see [ProfileNamed]; one that is resumed keeps its own
	Log     io.Writer // logs of all components; must be safe for concurrent use
}

// ControlPlane is a running control plane.
type ControlPlane struct {
	options Options
	access  *access
	audit   Audit
	resumed bool
	egress  *egress

	mu       sync.Mutex // held while components are started or stopped, and by Reset
	profile  Profile
	baseline keyspace
	removed  []string // UIDs of the Pods that the last Reset removed
	store    *store
	api      *apiServer
	// These two are nil while they are paused.
	controllers *controllers
	scheduler   *schedulerPart
	states      states

	shown atomic.Pointer[Profile] // profile, for those who do not hold mu
}

// Start starts a new control plane, or resumes the one in o.Dir, and returns
// once it serves and its baseline is known. It tells stage of each step as it
// begins and as it is done. A state that cannot be trusted after the machine
// went down, or read, is replaced by a new cluster; the stage "etcd" then says
// so, and Resumed returns false.
func Start(ctx context.Context, o Options, stage func(protocol.Stage)) (*ControlPlane, error) {
	if err := o.prepare(); err != nil {
		return nil, err
	}
	if err := release.Stamp(); err != nil {
		return nil, fmt.Errorf("setting the version: %w", err)
	}
	redirectLogs(o.Log)
	defer lessCollection()()
	c := &ControlPlane{options: o}
	if err := c.start(ctx, stager{stage}); err != nil {
		stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return nil, errors.Join(err, c.Stop(stopCtx))
	}
	return c, nil
}

func (o *Options) prepare() error {
	for _, dir := range []string{o.Dir, o.Sockets, filepath.Join(o.Dir, "empty")} {
		if !filepath.IsAbs(dir) {
			return fmt.Errorf("the directory %q is not absolute", dir)
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("making a directory of the cluster: %w", err)
		}
	}
	return os.Chmod(o.Dir, 0o700)
}

// file names a file of the cluster's state.
func (c *ControlPlane) file(name string) string { return filepath.Join(c.options.Dir, name) }

// start runs the stages in turn.
func (c *ControlPlane) start(ctx context.Context, s stager) error {
	steps := []struct {
		id string
		do func(context.Context) (detail string, err error)
	}{
		{"certificates", c.openPKI},
		{"etcd", c.openStore},
		{"api-server", c.startAPI},
		{"controllers", c.startControllers},
		{"baseline", c.openBaseline},
	}
	for _, step := range steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.run(ctx, step.id, step.do); err != nil {
			return err
		}
	}
	return nil
}

func (c *ControlPlane) openPKI(context.Context) (string, error) {
	p, err := openPKI(c.file("pki"))
	if err != nil {
		return "", err
	}
	c.access = &access{pki: p, dir: c.file("kubeconfig")}
	return "", nil
}

func (c *ControlPlane) openStore(context.Context) (replaced string, err error) {
	// Without a baseline the first start never came to its end: begin again.
	complete := exists(c.file(baselineFile)) && !c.outdated()
	if !complete {
		if err := os.RemoveAll(c.file("etcd")); err != nil {
			return "", fmt.Errorf("removing an unfinished store: %w", err)
		}
	}
	if c.store, replaced, err = openStore(c.file("etcd"), c.options.Sockets, c.options.Log); err != nil {
		return "", err
	}
	c.states.set(storeName, protocol.ComponentRunning)
	c.resumed = complete && replaced == ""
	if err := c.openProfile(); err != nil {
		return "", err
	}
	return replaced, c.audit.open(c.file("requests.jsonl"), c.resumed)
}

// openProfile takes up the profile of the cluster on disk, or that of the
// options for a new one.
func (c *ControlPlane) openProfile() (err error) {
	if c.resumed {
		if c.profile, err = keptProfile(c.options.Dir); err != nil {
			return err
		}
		return c.keepProfile()
	}
	if c.profile, err = ProfileNamed(c.options.Profile); err != nil {
		return err
	}
	if err := c.forgetNodes(); err != nil {
		return err
	}
	return c.keepProfile()
}

func (c *ControlPlane) startAPI(ctx context.Context) (detail string, err error) {
	l, moved, err := listen(c.options.Dir)
	if err != nil {
		return "", err
	}
	c.access.server = "https://" + l.Addr().String()
	if moved != 0 {
		detail = fmt.Sprintf("port %d is taken by another program; the API server now has port %d", moved, portOf(l))
		if err := c.access.moved(); err != nil {
			return "", errors.Join(err, l.Close())
		}
	}
	if c.egress, err = openEgress(c.options.Sockets, c.file("egress.yaml")); err != nil {
		return "", errors.Join(err, l.Close())
	}
	if err := c.serveAPI(l); err != nil {
		return "", err
	}
	if !c.resumed {
		if err := c.bootstrap(ctx); err != nil {
			return "", err
		}
	}
	return detail, c.awaitReady(ctx)
}

// serveAPI starts the API server on a listener, which is its own from then on.
func (c *ControlPlane) serveAPI(l net.Listener) (err error) {
	flags := with(apiServerFlags(c.access.pki, l, c.store.endpoint(), c.egress.config), c.profile.apiServer)
	if c.api, err = startAPIServer(flags, newDoorway(l), &c.audit); err != nil {
		return errors.Join(err, l.Close())
	}
	c.states.set(apiServerName, protocol.ComponentRunning)
	return nil
}

// awaitReady waits until the API server says that it is ready.
func (c *ControlPlane) awaitReady(ctx context.Context) error {
	client, err := c.client(SetupUser)
	if err != nil {
		return err
	}
	return poll(ctx, time.Minute, "the API server to be ready", func() (bool, error) {
		if err := c.api.done.failed(); err != nil {
			return false, err
		}
		_, err := client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
		return err == nil, nil
	})
}

func (c *ControlPlane) client(user string) (*kubernetes.Clientset, error) {
	config, err := c.access.config(user)
	if err != nil {
		return nil, err
	}
	config.ContentType = runtime.ContentTypeProtobuf
	return kubernetes.NewForConfig(config)
}

func (c *ControlPlane) startControllers(context.Context) (detail string, err error) {
	return "", errors.Join(c.runControllers(), c.runScheduler())
}

func (c *ControlPlane) runControllers() error {
	kubeconfig, err := c.access.kubeconfig("system:"+controllerManager, "")
	if err != nil {
		return err
	}
	flags := with(controllerFlags(c.access.pki, kubeconfig, c.file("empty")), c.profile.controllers)
	started, err := startControllers(c.access.pki, flags)
	if err != nil {
		return err
	}
	c.controllers = started
	c.states.set(controllerManager, protocol.ComponentRunning)
	return nil
}

func (c *ControlPlane) runScheduler() error {
	kubeconfig, err := c.access.kubeconfig("system:"+schedulerName, "")
	if err != nil {
		return err
	}
	started, err := startScheduler(kubeconfig)
	if err != nil {
		return err
	}
	c.scheduler = started
	c.states.set(schedulerName, protocol.ComponentRunning)
	return nil
}

// Stop ends all components, the last started first. The state stays on disk.
// Calling it again does no harm.
func (c *ControlPlane) Stop(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.stopComponents(ctx)
	if c.egress != nil {
		err = errors.Join(err, c.egress.close(ctx))
	}
	if c.store != nil {
		err = errors.Join(err, c.store.close(ctx))
	}
	c.egress, c.store = nil, nil
	return errors.Join(err, c.audit.close())
}

// stopComponents ends what works on the store. Of the API server connections
// are cut first: it would wait for them, and watches end no other way.
func (c *ControlPlane) stopComponents(ctx context.Context) error {
	var errs []error
	for _, part := range c.running() {
		if part.name == apiServerName {
			errs = append(errs, c.api.door.shut())
		}
		errs = append(errs, part.stop(ctx))
	}
	c.scheduler, c.controllers, c.api = nil, nil, nil
	return errors.Join(errs...)
}

// Config returns a client's configuration for a user, whose certificate is
// issued when first asked for. SetupUser and CheckUser belong to
// system:masters; any other user is in no group. Requests are not throttled.
// A certificate that cannot be issued (no randomness) shows as a failed
// request.
func (c *ControlPlane) Config(user string) *rest.Config {
	config, err := c.access.config(user)
	if err != nil {
		return &rest.Config{Host: c.access.server}
	}
	return config
}

// Kubeconfig writes a kubeconfig for a user (mode 0600, the certificates
// inside, context "kubetutor") and returns its absolute path, which is the
// same for every call with this user. An older file there is replaced.
func (c *ControlPlane) Kubeconfig(user, namespace string) (string, error) {
	return c.access.kubeconfig(user, namespace)
}

// Server is the API server's URL, such as https://127.0.0.1:6443.
func (c *ControlPlane) Server() string { return c.access.server }

// Audit returns what learners have asked of this control plane, before an
// earlier Stop too.
func (c *ControlPlane) Audit() *Audit { return &c.audit }

// Route makes the API server reach the addresses inside the lab that r leads to;
// nil ends that.
func (c *ControlPlane) Route(r Router) {
	if r == nil {
		c.egress.router.Store(nil)
		return
	}
	c.egress.router.Store(&r)
}

// Profile is that of the cluster now.
func (c *ControlPlane) Profile() Profile {
	return *c.shown.Load()
}

// Version is the release of Kubernetes, such as "v1.37.1".
func (c *ControlPlane) Version() string { return release.Version }

// Resumed says whether Start found the state of an earlier run and took it up.
func (c *ControlPlane) Resumed() bool { return c.resumed }
