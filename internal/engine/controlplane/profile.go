package controlplane

import (
	"fmt"
	"maps"

	"kubetutor/internal/engine/node/config"
	"kubetutor/internal/lab/protocol"
)

// Profile is a kind of cluster: how many nodes it has, and how long its
// components wait before they act.
type Profile struct {
	Name  string
	Nodes int
	// Kubelet is the clock of the kubelets, by the names of package node/config.
	Kubelet map[string]string

	apiServer, controllers flagValues // beside those of every profile
}

// flagValues are flags of a component by name, without dashes.
type flagValues = map[string]string

// ProfileNamed finds a profile. The empty name is that of the profile without
// nodes.
func ProfileNamed(name string) (Profile, error) {
	if name == "" {
		name = protocol.ProfileControlPlane
	}
	for _, p := range profiles() {
		if p.Name == name {
			return p, nil
		}
	}
	return Profile{}, fmt.Errorf("there is no profile %q", name)
}

// profileNodes is how many nodes a profile with nodes has.
const profileNodes = 3

// profiles are all there are.
func profiles() []Profile {
	return []Profile{
		{Name: protocol.ProfileControlPlane},
		nodes(),
		fast(),
	}
}

// nodes is the profile with upstream's waits, but for two that a learner would
// only sit through.
func nodes() Profile {
	return Profile{
		Name: protocol.ProfileNodes, Nodes: profileNodes,
		Kubelet: map[string]string{
			config.ClockSyncFrequency:    "5s", // 1m: when a changed ConfigMap reaches a container
			config.ClockNodeStatusUpdate: "2s", // 10s: a volume is attached once its node has reported it in use
		},
	}
}

// fast is the profile for lessons about waiting. Each value stands beside that
// of upstream; what the components do is the same, only sooner.
func fast() Profile {
	return Profile{
		Name: protocol.ProfileNodesFast, Nodes: profileNodes,
		Kubelet: map[string]string{
			config.ClockSyncFrequency:      "2s",  // 1m: when a changed ConfigMap reaches a container
			config.ClockCrashLoopInitial:   "1s",  // 10s: the first wait of a crash loop
			config.ClockCrashLoopMax:       "10s", // 5m: its longest
			config.ClockNodeStatusUpdate:   "2s",  // 10s: as in the profile nodes
			config.ClockLeaseDuration:      "8s",  // 40s: renewed four times in it
			config.ClockPressureTransition: "10s", // 5m: how long a pressure condition outlives the pressure
		},
		apiServer: flagValues{
			"default-not-ready-toleration-seconds":   "10", // 300
			"default-unreachable-toleration-seconds": "10", // 300
		},
		controllers: flagValues{
			"node-monitor-period":                                 "1s",  // 5s
			"node-monitor-grace-period":                           "8s",  // 50s: a silent node counts as lost
			"node-startup-grace-period":                           "15s", // 1m
			"node-eviction-rate":                                  "2",   // 0.1 nodes per second; never 1, see TestEvictionRate
			"horizontal-pod-autoscaler-sync-period":               "5s",  // 15s
			"horizontal-pod-autoscaler-downscale-stabilization":   "15s", // 5m
			"horizontal-pod-autoscaler-cpu-initialization-period": "10s", // 5m
			"horizontal-pod-autoscaler-initial-readiness-delay":   "5s",  // 30s
			"attach-detach-reconcile-sync-period":                 "10s", // 1m
		},
	}
}

// sameFlags says whether the control plane runs alike under both.
func (p Profile) sameFlags(o Profile) bool {
	return maps.Equal(p.apiServer, o.apiServer) && maps.Equal(p.controllers, o.controllers)
}

// with adds a profile's flags to those of every profile.
func with(base, own flagValues) flagValues {
	all := maps.Clone(base)
	maps.Copy(all, own)
	return all
}
