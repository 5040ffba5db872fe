package controlplane

import (
	"slices"
	"strconv"
	"testing"

	"k8s.io/client-go/util/flowcontrol"
	cliflag "k8s.io/component-base/cli/flag"
	apioptions "k8s.io/kubernetes/cmd/kube-apiserver/app/options"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app/options"

	"kubetutor/internal/engine/node/config"
)

// TestProfileFlags gives every profile's flags to upstream's own parsers.
func TestProfileFlags(t *testing.T) {
	for _, p := range profiles() {
		api := apioptions.NewServerRunOptions().Flags()
		accept(t, p.Name, apiServerName, &api, p.apiServer)
		accept(t, p.Name, apiServerName, &api, flagValues{ // the process keeps them
			"default-not-ready-toleration-seconds": toleration, "default-unreachable-toleration-seconds": toleration})
		manager, err := options.NewKubeControllerManagerOptions()
		if err != nil {
			t.Fatal(err)
		}
		sets := manager.Flags(app.KnownControllers(), app.ControllersDisabledByDefault(), app.ControllerAliases())
		accept(t, p.Name, controllerManager, &sets, p.controllers)
		for name := range p.Kubelet {
			if !slices.Contains(config.Clocks(), name) {
				t.Errorf("profile %s: kubelets know no %s", p.Name, name)
			}
		}
	}
}

func accept(t *testing.T, profile, component string, sets *cliflag.NamedFlagSets, flags flagValues) {
	t.Helper()
	if err := parseFlags(component, sets, flags); err != nil {
		t.Errorf("profile %s: %v", profile, err)
	}
}

// TestEvictionRate keeps every rate of evictions apart from the one that a
// limiter which never accepts reports of itself. After a moment in which no node
// was ready, the node life-cycle controller swaps such a limiter for one of the
// profile's rate, but leaves it where both report the same rate: a lost node's
// Pods would then stay for ever.
func TestEvictionRate(t *testing.T) {
	t.Parallel()
	never := flowcontrol.NewFakeNeverRateLimiter().QPS()
	for _, p := range profiles() {
		rate, given := p.controllers["node-eviction-rate"]
		if !given {
			rate = "0.1" // upstream's
		}
		if got, err := strconv.ParseFloat(rate, 32); err != nil || float32(got) == never {
			t.Errorf("profile %s: a rate of %q, %v; the limiter that never accepts reports %v", p.Name, rate, err, never)
		}
	}
}

// TestProfileNamed finds each profile by its name, and no other.
func TestProfileNamed(t *testing.T) {
	t.Parallel()
	for _, want := range profiles() {
		got, err := ProfileNamed(want.Name)
		if err != nil || got.Name != want.Name || got.Nodes != want.Nodes {
			t.Errorf("%s: %+v, %v", want.Name, got, err)
		}
	}
	if p, err := ProfileNamed(""); err != nil || p.Nodes != 0 {
		t.Errorf("no name: %+v, %v", p, err)
	}
	if p, err := ProfileNamed("planets"); err == nil {
		t.Errorf("planets: %+v", p)
	}
}
