package protocol

import "time"

// Open asks for a port of 127.0.0.1 that leads to a target in the lab's network,
// as from a machine outside of the cluster: svc/NAME[:PORT], node/NAME:PORT,
// ingress[:PORT], ingress/NAME[:PORT] or gateway/NAME[:PORT]. What is open already
// is answered again.
type Open struct {
	Target    string `json:"target"`
	Namespace string `json:"namespace,omitempty"` // the active lab's, or default
	Port      int    `json:"port,omitempty"`      // 1024 or above; 0: any that is free
}

// OpenAll, as the name of a door, means all of them.
const OpenAll = "all"

// DoorName names what has been opened, by Door.Name, its port, or OpenAll.
type DoorName struct {
	Name string `json:"name"`
}

// Doors lists what is open, by name; or what has been closed.
type Doors struct {
	Doors []Door `json:"doors"`
}

// Door is an open port of 127.0.0.1. It is closed when a lab begins or ends, and
// with the cluster; not when the tutor ends.
type Door struct {
	Name        string    `json:"name"`            // the target with its namespace, such as shop/svc/web:80
	Address     string    `json:"address"`         // such as 127.0.0.1:41234
	URL         string    `json:"url,omitempty"`   // where a browser can look; empty for what is no web server
	Via         DoorWay   `json:"via"`             // how a machine outside reaches the target
	Node        string    `json:"node,omitempty"`  // whose port it is, for a node port
	To          string    `json:"to"`              // the address in the lab, such as 172.30.200.1:80
	Hosts       []string  `json:"hosts,omitempty"` // by which an Ingress or a Gateway tells requests apart
	Connections int       `json:"connections"`     // that are open now
	Since       time.Time `json:"since"`
}

// DoorWay is how a target is reached from outside.
type DoorWay string

// The ways.
const (
	DoorLoadBalancer DoorWay = "LoadBalancer"
	DoorExternalIP   DoorWay = "ExternalIP"
	DoorNodePort     DoorWay = "NodePort"
	DoorNode         DoorWay = "Node"
	DoorIngress      DoorWay = "Ingress"
	DoorGateway      DoorWay = "Gateway"
)
