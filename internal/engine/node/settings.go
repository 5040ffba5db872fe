package node

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubernetes/cmd/kubelet/app/options"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/util/taints"

	"kubetutor/internal/engine/node/config"
)

// clusterDNS is where the cluster's name server is going to be, as kubeadm has
// it. Without one, the kubelet warns of every pod.
const (
	clusterDNS    = "10.96.0.10"
	clusterDomain = "cluster.local"
)

// paths of a node, as they are on the machine.
type paths struct {
	manifests     string // of static pods
	podLogs       string
	containerLogs string
	resolvConf    string
	certificates  string
	logs          string // what the kubelet shows below /logs/
	hosts         string
	run           string
	modules       string
	tmp           string
}

func pathsOf(c config.Config) paths {
	inRoot := func(p string) string { return filepath.Join(c.Root, filepath.FromSlash(p)) }
	return paths{
		manifests:     inRoot("etc/kubernetes/manifests"),
		logs:          inRoot("var/log"),
		podLogs:       inRoot("var/log/pods"),
		containerLogs: inRoot("var/log/containers"),
		resolvConf:    inRoot("etc/resolv.conf"),
		hosts:         inRoot("etc/hosts"),
		run:           inRoot("run"),
		modules:       inRoot("lib/modules"),
		tmp:           inRoot("tmp"),
		certificates:  filepath.Join(c.KubeletRoot, "pki"),
	}
}

// settings are what is written in files and flags for a kubelet elsewhere.
func settings(c config.Config) (*options.KubeletServer, error) {
	k, err := options.NewKubeletConfiguration()
	if err != nil {
		return nil, fmt.Errorf("taking the kubelet's defaults: %w", err)
	}
	p := pathsOf(c)
	k.StaticPodPath, k.PodLogsDir, k.ResolverConfig = p.manifests, p.podLogs, p.resolvConf
	k.FileCheckFrequency = metav1.Duration{Duration: 2 * time.Second}
	k.ContainerRuntimeEndpoint = c.Runtime
	k.ClusterDNS, k.ClusterDomain = []string{clusterDNS}, clusterDomain
	k.RegisterNode, k.MaxPods, k.ProviderID = true, int32(c.Pods), c.ProviderID
	if k.RegisterWithTaints, err = parseTaints(c.Taints); err != nil {
		return nil, err
	}
	serving(k, c)
	withoutKernel(k)
	unhurried(k)
	k.FeatureGates = map[string]bool{
		"EventedPLEG":                 true, // sees at once that a container ended; else within a second
		"PodAndContainerStatsFromCRI": true, // there is no cadvisor to ask
	}
	k.EvictionHard = map[string]string{ // upstream's on Linux, and processes
		"memory.available": "100Mi", "nodefs.available": "10%", "nodefs.inodesFree": "5%",
		"imagefs.available": "15%", "imagefs.inodesFree": "5%", "pid.available": "10%",
	}
	k.KubeReserved, k.SystemReserved = reserved(), nil
	return &options.KubeletServer{KubeletFlags: *kubeletFlags(c), KubeletConfiguration: *k}, clock(k, c.Clock)
}

func kubeletFlags(c config.Config) *options.KubeletFlags {
	f := options.NewKubeletFlags()
	f.HostnameOverride, f.NodeIP = c.Name, c.IP
	f.RootDirectory, f.CertDirectory = c.KubeletRoot, pathsOf(c).certificates
	f.NodeLabels = labels(c)
	f.KubeConfig, f.BootstrapKubeconfig = c.Kubeconfig, c.Bootstrap
	f.MaxPerPodContainerCount = deadContainers
	return f
}

// deadContainers is how many ended containers are kept for each one of a Pod.
// With upstream's 1, logs --previous fails for the 10 s between a crash and the
// state CrashLoopBackOff: the status still names the container before the last.
const deadContainers = 2

// labels are those of the node's file. On a machine that is no Linux the kubelet
// says so; the node is one all the same.
func labels(c config.Config) map[string]string {
	all := map[string]string{v1.LabelOSStable: "linux", "beta.kubernetes.io/os": "linux"}
	maps.Copy(all, c.Labels)
	return all
}

// parseTaints reads key=value:Effect and key:Effect.
func parseTaints(specs []string) ([]v1.Taint, error) {
	add, remove, err := taints.ParseTaints(specs)
	if err != nil {
		return nil, fmt.Errorf("reading the taints to register with: %w", err)
	}
	if len(remove) > 0 {
		return nil, fmt.Errorf("reading the taints to register with: %s takes one away", strings.Join(specs, ", "))
	}
	return add, nil
}

// serving makes the kubelet answer on loopback, to nobody but those whom the API
// server lets.
func serving(k *kubeletconfig.KubeletConfiguration, c config.Config) {
	k.EnableServer, k.ReadOnlyPort, k.HealthzPort = true, 0, 0
	k.Address, k.Port = "127.0.0.1", int32(c.Port)
	k.Authentication.X509.ClientCAFile = c.CA
	k.Authentication.Anonymous.Enabled = false
	k.Authentication.Webhook.Enabled = true
	k.Authorization.Mode = kubeletconfig.KubeletAuthorizationModeWebhook
	k.TLSCertFile, k.TLSPrivateKeyFile = c.Cert, c.Key
}

// withoutKernel turns off what needs rights over the machine, or would be about
// the machine instead of the node.
func withoutKernel(k *kubeletconfig.KubeletConfiguration) {
	k.CgroupRoot, k.CgroupsPerQOS, k.EnforceNodeAllocatable = "", false, nil
	k.FailSwapOn, k.FailCgroupV1 = false, false // it is the machine's kernel that is looked at
	k.MakeIPTablesUtilChains, k.ProtectKernelDefaults = false, false
	k.EnableSystemLogQuery = false // asks the machine's journald
	k.LocalStorageCapacityIsolation = true
	k.MaxOpenFiles = int64(openFiles())
}

// unhurried takes away limits on the number of requests and pulls, which are
// there for networks and registries.
func unhurried(k *kubeletconfig.KubeletConfiguration) {
	k.KubeAPIQPS, k.KubeAPIBurst = 1000, 2000
	k.EventRecordQPS, k.EventBurst = 0, 0
	// By default the eleventh pull in a burst fails, and pulls wait for each other.
	k.RegistryPullQPS, k.SerializeImagePulls = 0, false
	k.MaxParallelImagePulls = nil
	// How soon a volume that is too full is seen; upstream spares real disks.
	k.VolumeStatsAggPeriod.Duration = 10 * time.Second
}

// reserved is what kind and cloud providers keep for the kubelet and the runtime,
// so that allocatable is less than capacity.
func reserved() map[string]string {
	return map[string]string{"cpu": "100m", "memory": "256Mi"}
}

// clock sets the waits that a lab's profile changes.
func clock(k *kubeletconfig.KubeletConfiguration, settings map[string]string) error {
	targets := map[string]func(time.Duration){
		config.ClockCrashLoopMax: func(d time.Duration) {
			k.CrashLoopBackOff.MaxContainerRestartPeriod = &metav1.Duration{Duration: d}
		},
		// The first back-off is not the kubelet's to configure: see shortenCrashLoop.
		config.ClockCrashLoopInitial: func(time.Duration) {},
		config.ClockLeaseDuration:    func(d time.Duration) { k.NodeLeaseDurationSeconds = int32(d.Seconds()) },
		config.ClockSyncFrequency:    func(d time.Duration) { k.SyncFrequency.Duration = d },
		config.ClockNodeStatusUpdate: func(d time.Duration) { k.NodeStatusUpdateFrequency.Duration = d },
		config.ClockPressureTransition: func(d time.Duration) {
			k.EvictionPressureTransitionPeriod.Duration = d
		},
	}
	for name, value := range settings {
		set, ok := targets[name]
		if !ok {
			return fmt.Errorf("the clock has no setting %q: it has %s", name, strings.Join(slices.Sorted(slices.Values(config.Clocks())), ", "))
		}
		d, err := time.ParseDuration(value)
		if err != nil {
			return fmt.Errorf("reading the clock's %s: %w", name, err)
		}
		set(d)
	}
	return nil
}
