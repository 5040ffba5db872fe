// Package config is what a node's kubelet process is told: a JSON file, written
// by the engine (engine/fleet) and read by `kubelab node FILE` (engine/node). It
// is a package of its own because the one who writes it links no kubelet.
package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// CSIDriver is the name of the CSI driver that every node has.
const CSIDriver = "sim.csi.kubetutor"

// Config describes one node. All paths are absolute.
type Config struct {
	Name string `json:"name"` // such as node1
	IP   string `json:"ip"`   // in the lab's network, such as 172.30.0.11
	Port int    `json:"port"` // of 127.0.0.1, where the kubelet serves

	Root        string `json:"root"`        // the node's own root: hostPath, static pods, /var/log
	KubeletRoot string `json:"kubeletRoot"` // the kubelet's RootDirectory
	Volumes     string `json:"volumes"`     // the data of sim.csi.kubetutor: a directory for each volume handle, of all nodes
	Runtime     string `json:"runtime"`     // CRI endpoint, unix:///…
	Control     string `json:"control"`     // the runtime's control socket

	Kubeconfig string `json:"kubeconfig"`          // credentials of system:node:NAME; written by the kubelet after it joined by Bootstrap
	Bootstrap  string `json:"bootstrap,omitempty"` // kubeconfig with a bootstrap token; "": Kubeconfig is there
	CA         string `json:"ca"`                  // authority of the clients that the kubelet serves
	Cert       string `json:"cert,omitempty"`      // serving certificate; "": made by the kubelet
	Key        string `json:"key,omitempty"`

	CPUs   int   `json:"cpus"`   // cores
	Memory int64 `json:"memory"` // bytes
	Disk   int64 `json:"disk"`   // bytes
	Pods   int   `json:"pods"`   // at most

	Labels   map[string]string `json:"labels,omitempty"`   // to register with
	Taints   []string          `json:"taints,omitempty"`   // to register with, key=value:Effect
	Extended map[string]string `json:"extended,omitempty"` // extended resources, name to quantity

	ProviderID    string `json:"providerID"`    // such as sim://zone-a/node1
	KernelVersion string `json:"kernelVersion"` // as kubectl get nodes -o wide shows it
	OSImage       string `json:"osImage"`

	// Clock are settings of a lab about waiting, by the names in [Clocks];
	// what is missing is as upstream has it.
	Clock map[string]string `json:"clock,omitempty"`
}

// The names of Config.Clock, and what each takes the place of. Values are
// durations as Go writes them ("10s").
const (
	ClockCrashLoopInitial   = "crashLoopInitial"   // the first back-off between restarts of a container
	ClockCrashLoopMax       = "crashLoopMax"       // the longest
	ClockSyncFrequency      = "syncFrequency"      // how soon a changed ConfigMap reaches a container
	ClockNodeStatusUpdate   = "nodeStatusUpdate"   // nodeStatusUpdateFrequency
	ClockLeaseDuration      = "leaseDuration"      // of the node's lease, renewed four times in it
	ClockPressureTransition = "pressureTransition" // evictionPressureTransitionPeriod
)

// MaxPIDs is how many processes a node can have: the kernel's usual pid_max.
const MaxPIDs = 32768

// Clocks are the settings that Config.Clock may hold.
func Clocks() []string {
	return []string{ClockCrashLoopInitial, ClockCrashLoopMax, ClockSyncFrequency, ClockNodeStatusUpdate,
		ClockLeaseDuration, ClockPressureTransition}
}

// BootFile is where the kubelet notes that the node was booted. Who pulls the
// node's plug removes it, so that the kubelet finds the node rebooted.
func (c Config) BootFile() string { return filepath.Join(c.KubeletRoot, "boot_id") }

// Read reads and checks a node's file. A setting that is not known is an error.
func Read(path string) (Config, error) {
	var c Config
	data, err := os.ReadFile(path)
	if err != nil {
		return c, fmt.Errorf("reading the node's file: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		return c, fmt.Errorf("reading the node's file %s: %w", path, err)
	}
	if err := c.Check(); err != nil {
		return c, fmt.Errorf("the node's file %s: %w", path, err)
	}
	return c, nil
}

// Write writes a node's file, which only its owner may read.
func (c Config) Write(path string) error {
	if err := c.Check(); err != nil {
		return fmt.Errorf("writing the file of node %q: %w", c.Name, err)
	}
	data, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the file of node %q: %w", c.Name, err)
	}
	// A kubelet that starts now reads the old file or the new one.
	next := path + ".new"
	if err := os.WriteFile(next, append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("writing the file of node %q: %w", c.Name, err)
	}
	return os.Rename(next, path)
}

// Check tells what is missing.
func (c Config) Check() error {
	var errs []error
	need := func(ok bool, what string) {
		if !ok {
			errs = append(errs, errors.New(what))
		}
	}
	need(c.Name != "" && c.IP != "", "name and ip are needed")
	need(c.Port > 0 && c.Port < 1<<16, "port is not a port")
	for _, dir := range []string{c.Root, c.KubeletRoot, c.Volumes, c.Control, c.Kubeconfig, c.CA} {
		need(filepath.IsAbs(dir), fmt.Sprintf("the path %q is not absolute", dir))
	}
	need(c.Runtime != "", "runtime is needed")
	need((c.Cert == "") == (c.Key == ""), "cert and key go together")
	need(c.CPUs > 0 && c.Memory > 0 && c.Disk > 0 && c.Pods > 0, "cpus, memory, disk and pods are needed")
	return errors.Join(errs...)
}
