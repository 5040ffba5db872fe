package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/kubernetes/pkg/kubelet"
	"k8s.io/kubernetes/pkg/kubelet/eviction"
	"k8s.io/kubernetes/pkg/kubelet/volumemanager"
	volumetypes "k8s.io/kubernetes/pkg/volume/util/types"

	"kubetutor/internal/engine/node/config"
)

// Waits of upstream's that are built in, and what they are here. Upstream spares
// a machine with a hundred pods; here a learner looks at the screen.
const (
	volumeLoop   = 25 * time.Millisecond   // between looks at which volumes are to be mounted; 100 ms
	mountPoll    = 5 * time.Millisecond    // between looks at whether a pod's volumes are mounted; 300 ms
	mountPatient = 1500 * time.Millisecond // after that, upstream's waiting takes over
	evictionLoop = 2 * time.Second         // between looks at pressure; 10 s
)

// Upstream's first back-off between restarts, and after how long without one it
// begins anew.
const (
	upstreamFirst = 10 * time.Second
	restartReset  = 10 * time.Minute
)

// quicken sets the waits. It runs before the kubelet's goroutines.
func quicken(k *kubelet.Kubelet, clock map[string]string) error {
	return errors.Join(quickenVolumes(k), quickenEviction(k), quickenProbes(k), shortenCrashLoop(k, clock))
}

// defaultProbePeriod is how often a probe is made that does not say how often.
const defaultProbePeriod = 10 * time.Second

// quickenProbes lets a kubelet that has just started probe new containers at once.
// Upstream's spreads their first probes over a period then, lest a machine with a
// hundred Pods probes all of them at the same moment.
func quickenProbes(k *kubelet.Kubelet) error {
	return inside(k).field("probeManager").field("start").set(time.Now().Add(-defaultProbePeriod))
}

func quickenVolumes(k *kubelet.Kubelet) error {
	field := inside(k).field("volumeManager")
	upstream, err := value[volumemanager.VolumeManager](field)
	if err != nil {
		return err
	}
	return errors.Join(
		field.field("desiredStateOfWorldPopulator").field("loopSleepDuration").set(volumeLoop),
		field.field("reconciler").field("loopSleepDuration").set(volumeLoop),
		field.set(eagerVolumes{upstream}),
	)
}

// eagerVolumes looks more often whether a pod's volumes are mounted.
type eagerVolumes struct{ volumemanager.VolumeManager }

// WaitForAttachAndMount implements volumemanager.VolumeManager.
func (e eagerVolumes) WaitForAttachAndMount(ctx context.Context, pod *v1.Pod) error {
	if pod != nil {
		// Whether they are there is upstream's to say, below.
		_ = wait.PollUntilContextTimeout(ctx, mountPoll, mountPatient, true, func(context.Context) (bool, error) {
			return len(e.GetMountedVolumesForPod(volumetypes.UniquePodName(pod.UID))) >= mountedVolumes(pod), nil
		})
	}
	return e.VolumeManager.WaitForAttachAndMount(ctx, pod)
}

// mountedVolumes is how many of a pod's volumes its containers mount; images are
// not the volume manager's.
func mountedVolumes(pod *v1.Pod) int {
	wanted := map[string]bool{}
	for _, v := range pod.Spec.Volumes {
		wanted[v.Name] = v.Image == nil
	}
	used := map[string]bool{}
	note := func(mounts []v1.VolumeMount, devices []v1.VolumeDevice) {
		for _, m := range mounts {
			used[m.Name] = wanted[m.Name]
		}
		for _, d := range devices {
			used[d.Name] = wanted[d.Name]
		}
	}
	for i := range pod.Spec.InitContainers {
		note(pod.Spec.InitContainers[i].VolumeMounts, pod.Spec.InitContainers[i].VolumeDevices)
	}
	for i := range pod.Spec.Containers {
		note(pod.Spec.Containers[i].VolumeMounts, pod.Spec.Containers[i].VolumeDevices)
	}
	count := 0
	for _, is := range used {
		if is {
			count++
		}
	}
	return count
}

func quickenEviction(k *kubelet.Kubelet) error {
	field := inside(k).field("evictionManager")
	upstream, err := value[eviction.Manager](field)
	if err != nil {
		return err
	}
	return field.set(eagerEviction{upstream})
}

// eagerEviction looks more often whether the node is under pressure.
type eagerEviction struct{ eviction.Manager }

// Start implements eviction.Manager.
func (e eagerEviction) Start(ctx context.Context, disk eviction.DiskInfoProvider, pods eviction.ActivePodsFunc, cleaned eviction.PodCleanedUpFunc, _ time.Duration) {
	e.Manager.Start(ctx, disk, pods, cleaned, evictionLoop)
}

// shortenCrashLoop sets the back-offs of restarts, if a lab's clock gives them.
// Upstream can be told the longest alone.
func shortenCrashLoop(k *kubelet.Kubelet, clock map[string]string) error {
	first, err := duration(clock[config.ClockCrashLoopInitial], upstreamFirst)
	if err != nil {
		return err
	}
	longest, err := duration(clock[config.ClockCrashLoopMax], kubelet.MaxCrashLoopBackOff)
	if err != nil {
		return err
	}
	backoff := flowcontrol.NewBackOff(min(first, longest), longest)
	backoff.HasExpiredFunc = func(now, last time.Time, _ time.Duration) bool { return now.Sub(last) > restartReset }
	return inside(k).field("crashLoopBackOff").set(backoff)
}

// duration reads a setting of the clock; what is not set is as upstream has it.
func duration(text string, upstream time.Duration) (time.Duration, error) {
	if text == "" {
		return upstream, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("reading the clock: %w", err)
	}
	return d, nil
}
