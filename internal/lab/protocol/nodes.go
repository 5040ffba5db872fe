package protocol

import (
	"time"

	"kubetutor/internal/course"
)

// The profiles: kinds of clusters. A lab names one, or gets ProfileNodes when
// it needs what only nodes can give, else ProfileControlPlane.
const (
	ProfileControlPlane = course.ProfileControlPlane // no nodes
	ProfileNodes        = course.ProfileNodes        // three nodes
	ProfileNodesFast    = course.ProfileNodesFast    // three nodes, and components that wait for a shorter time
)

// NodeState is how a node is.
type NodeState string

// The states of a node. The first three are what the API says of it; the others,
// what has been done to it.
const (
	NodeReady    NodeState = "Ready"
	NodeNotReady NodeState = "NotReady"
	NodeUnknown  NodeState = "Unknown"  // the control plane has not heard of it for a while
	NodeJoining  NodeState = "Joining"  // it is starting, and has not registered yet
	NodeStopped  NodeState = "Stopped"  // its plug is pulled
	NodeRemoving NodeState = "Removing" // it is being drained
)

// The resources of which a node can be made to run short.
const (
	PressureMemory = "memory"
	PressureDisk   = "disk"
	PressurePIDs   = "pids"
)

// Nodes lists a cluster's nodes, by number.
type Nodes struct {
	Nodes []Node `json:"nodes"`
}

// Node is one node as it is now.
type Node struct {
	Name          string    `json:"name"`
	State         NodeState `json:"state"`
	Unschedulable bool      `json:"unschedulable,omitempty"` // cordoned
	IP            string    `json:"ip"`
	Zone          string    `json:"zone,omitempty"`
	Added         bool      `json:"added,omitempty"`    // by node/add: the next reset takes it away
	Pressure      []string  `json:"pressure,omitempty"` // memory, disk, pids: put on by node/pressure
	Kubelet       int       `json:"kubelet,omitempty"`  // process id, 0 while none runs
	Since         time.Time `json:"since,omitzero"`     // in this state
	Pods          int       `json:"pods"`               // bound to it and not finished
	Usage         Resources `json:"usage"`
	Capacity      Resources `json:"capacity"`
}

// Resources is an amount of what a node has.
type Resources struct {
	CPU    int64 `json:"cpu"`    // millicores
	Memory int64 `json:"memory"` // bytes
	Disk   int64 `json:"disk"`   // bytes
	Pods   int   `json:"pods,omitempty"`
	PIDs   int64 `json:"pids,omitempty"`
}

// NodeName names a node.
type NodeName struct {
	Name string `json:"name"`
}

// AddNode asks for one more node, which joins with a bootstrap token.
type AddNode struct {
	Name   string            `json:"name,omitempty"` // default: node and the next number
	Zone   string            `json:"zone,omitempty"` // default: round robin
	Labels map[string]string `json:"labels,omitempty"`
	Taints []string          `json:"taints,omitempty"` // key=value:Effect
}

// RemoveNode asks to take a node away for good, with its Node object.
type RemoveNode struct {
	Name  string `json:"name"`
	Drain bool   `json:"drain,omitempty"` // evict its Pods first, as kubectl drain does
}

// Pressure makes a node run short of a resource, or with Off ends that.
type Pressure struct {
	Name     string `json:"name"`
	Resource string `json:"resource"` // PressureMemory, PressureDisk or PressurePIDs
	Off      bool   `json:"off,omitempty"`
}

// ComponentState is what a component of the control plane is doing.
type ComponentState string

// The states of a component.
const (
	ComponentRunning ComponentState = "running"
	ComponentPaused  ComponentState = "paused"
	ComponentFailed  ComponentState = "failed" // it ended by itself; see Component.Detail
)

// Components lists the control plane's components.
type Components struct {
	Components []Component `json:"components"`
}

// Component is one component as it is now.
type Component struct {
	Name      string         `json:"name"` // such as kube-scheduler
	State     ComponentState `json:"state"`
	Since     time.Time      `json:"since,omitzero"`
	Pauseable bool           `json:"pauseable"` // component/pause can stop it
	Detail    string         `json:"detail,omitempty"`
}

// ComponentName names a component; its short name (scheduler,
// controller-manager, apiserver) will do.
type ComponentName struct {
	Name string `json:"name"`
}

// Images is the catalogue of images that the cluster's registries serve.
type Images struct {
	Images []Image `json:"images"`
}

// Image is one repository of the catalogue.
type Image struct {
	Repository string            `json:"repository"` // such as docker.io/library/nginx
	Tags       []string          `json:"tags"`
	Version    string            `json:"version,omitempty"`
	Size       int64             `json:"size"` // bytes, of the newest tag
	Digest     string            `json:"digest"`
	About      map[string]string `json:"about"` // one line, by language: "en", "zh"
	Ports      []string          `json:"ports,omitempty"`
	User       string            `json:"user,omitempty"`
	Private    bool              `json:"private,omitempty"` // needs a pull secret
}
