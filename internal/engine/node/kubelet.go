package node

import (
	"context"
	"errors"
	"fmt"
	"net"

	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/kubernetes/cmd/kubelet/app"
	"k8s.io/kubernetes/cmd/kubelet/app/options"
	"k8s.io/kubernetes/pkg/credentialprovider"
	"k8s.io/kubernetes/pkg/kubelet"
	"k8s.io/kubernetes/pkg/util/oom"
	"k8s.io/kubernetes/pkg/volume"
	"k8s.io/kubernetes/pkg/volume/configmap"
	"k8s.io/kubernetes/pkg/volume/csi"
	"k8s.io/kubernetes/pkg/volume/downwardapi"
	"k8s.io/kubernetes/pkg/volume/emptydir"
	"k8s.io/kubernetes/pkg/volume/image"
	"k8s.io/kubernetes/pkg/volume/projected"
	"k8s.io/kubernetes/pkg/volume/secret"
	"k8s.io/kubernetes/pkg/volume/util/hostutil"

	"kubetutor/internal/engine/controlplane/release"
	"kubetutor/internal/engine/cri/control"
	"kubetutor/internal/engine/node/config"
)

// Run is the kubelet of a node, until ctx ends. One process can run one: a
// second registers its metrics twice.
func Run(ctx context.Context, c config.Config) error {
	if err := release.Stamp(); err != nil {
		return fmt.Errorf("stamping the release: %w", err)
	}
	if err := furnish(c); err != nil {
		return err
	}
	s, err := settings(c)
	if err != nil {
		return err
	}
	runtime := control.NewClient(c.Control)
	defer runtime.Close()
	deps, err := dependencies(ctx, c, s, runtime)
	if err != nil {
		return err
	}
	// Read when the kubelet makes its directories; there is no other way to say it.
	kubelet.ContainerLogsDir = pathsOf(c).containerLogs
	if err := app.Run(ctx, s, deps, utilfeature.DefaultFeatureGate); err != nil {
		return fmt.Errorf("running the kubelet of %s: %w", c.Name, err)
	}
	return nil
}

// dependencies are the node, as upstream's kubelet wants to be given it.
func dependencies(ctx context.Context, c config.Config, s *options.KubeletServer, runtime *control.Client) (*kubelet.Dependencies, error) {
	up, err := loadBoot(c.BootFile())
	if err != nil {
		return nil, err
	}
	managed, err := newContainers(c)
	if err != nil {
		return nil, err
	}
	serving, err := app.InitializeTLS(ctx, &s.KubeletFlags, &s.KubeletConfiguration)
	if err != nil {
		return nil, fmt.Errorf("preparing the kubelet's certificate: %w", err)
	}
	mounter := newLinkMounter()
	if err := serveCSI(ctx, c, mounter); err != nil {
		return nil, err
	}
	m := newMachine(c, runtime, up)
	deps := &kubelet.Dependencies{
		CAdvisorInterface: m,
		ContainerManager:  managed,
		OSInterface:       nodeOS{containerLogs: pathsOf(c).containerLogs},
		OOMAdjuster:       oom.NewFakeOOMAdjuster(),
		Mounter:           mounter,
		Subpather:         linkSubpath{},
		HostUtil:          hostUtil{hostutil.NewHostUtil()},
		Recorder:          silent(),
		TLSOptions:        serving,
		VolumePlugins:     volumePlugins(c),
	}
	deps.TracerProvider = newWhenConstructing(func() {
		recording(ctx, deps, c.Name)
		deps.RemoteRuntimeService = ownHosts{deps.RemoteRuntimeService, pathsOf(c).hosts}
	})
	dial := dialFrom(runtime, c.Name, lookupIn(pathsOf(c).hosts))
	deps.Options = append(deps.Options, func(k *kubelet.Kubelet) { must(adapt(k, c, m, dial)) })
	return deps, nil
}

// must ends the process: an option of the kubelet can return no error, and a
// kubelet that was not adapted would touch the machine.
func must(err error) {
	if err != nil {
		panic(fmt.Sprintf("this kubelet is not the one that kubelab was made for: %v", err))
	}
}

// adapt sets what the kubelet has no parameter for.
func adapt(k *kubelet.Kubelet, c config.Config, m *machine, dial dialer) error {
	return errors.Join(
		useNetwork(k, dial),
		useLogs(k, pathsOf(c).logs),
		useMachine(k, m),
		quicken(k, c.Clock),
		acceptAddress(k),
		withoutMachineCredentials(k),
	)
}

// acceptAddress lets the node have an address that no interface of the machine
// has.
func acceptAddress(k *kubelet.Kubelet) error {
	return inside(k).field("nodeIPValidator").set(func(net.IP) error { return nil })
}

// withoutMachineCredentials keeps the user's own registry credentials
// (~/.docker/config.json) out of the simulated registries.
func withoutMachineCredentials(k *kubelet.Kubelet) error {
	keyring := &credentialprovider.BasicDockerKeyring{}
	return inside(k).field("containerRuntime").field("imagePuller").field("nodeKeyring").set(keyring)
}

func volumePlugins(c config.Config) []volume.VolumePlugin {
	plugins := []volume.VolumePlugin{newHostPathPlugin(c.Root), newLocalPlugin(c.Root)}
	for _, more := range [][]volume.VolumePlugin{
		emptydir.ProbeVolumePlugins(), configmap.ProbeVolumePlugins(), secret.ProbeVolumePlugins(),
		downwardapi.ProbeVolumePlugins(), image.ProbeVolumePlugins(), csi.ProbeVolumePlugins(),
	} {
		plugins = append(plugins, more...)
	}
	for _, plugin := range projected.ProbeVolumePlugins() {
		plugins = append(plugins, keepOwner{plugin})
	}
	return plugins
}
