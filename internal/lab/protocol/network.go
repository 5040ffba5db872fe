package protocol

import "time"

// What a picture of the network holds at most. Network.Left counts the rest.
const (
	MaxNetworkEntries     = 100
	MaxNetworkServices    = 100
	MaxNetworkPods        = 200
	MaxNetworkPolicies    = 100
	MaxNetworkConnections = 100
)

// NetworkRecent is the span that Traffic counts.
const NetworkRecent = 10 * time.Second

// NetworkView says what of the network shall be seen.
type NetworkView struct {
	Namespace string `json:"namespace,omitempty"` // only this one; empty: that of the active lab, or all where it has none
	All       bool   `json:"all,omitempty"`       // every namespace, where Namespace is empty
	System    bool   `json:"system,omitempty"`    // those of the cluster itself too, such as kube-system

	// Since leaves older connections out. The engine takes the beginning of the
	// active lab where that is later.
	Since time.Time `json:"since,omitzero"`
}

// Network is the network of a cluster at a moment: its objects, and the last
// connections. Everything is ordered by namespace and name, connections by
// when they began, the newest first.
type Network struct {
	At          time.Time           `json:"at"`
	Namespace   string              `json:"namespace,omitempty"` // the one in view; empty: all of Namespaces
	Namespaces  []string            `json:"namespaces"`          // that could be chosen
	Entries     []NetworkEntry      `json:"entries"`
	Services    []NetworkService    `json:"services"`
	Pods        []NetworkPod        `json:"pods"`
	Nodes       []NetworkNode       `json:"nodes"`
	Policies    []NetworkPolicy     `json:"policies"`
	Connections []NetworkConnection `json:"connections"`
	Left        NetworkLeft         `json:"left,omitzero"`
	Error       *Error              `json:"error,omitempty"` // ends the stream
}

// NetworkLeft counts what a picture left out, for there was too much.
type NetworkLeft struct {
	Entries     int `json:"entries,omitempty"`
	Services    int `json:"services,omitempty"`
	Pods        int `json:"pods,omitempty"`
	Policies    int `json:"policies,omitempty"`
	Connections int `json:"connections,omitempty"`
}

// Traffic counts the connections of the last NetworkRecent.
type Traffic struct {
	Connected int `json:"connected,omitempty"`
	Failed    int `json:"failed,omitempty"` // refused, rejected, dropped and the like
}

// NetworkName names an object of a namespace.
type NetworkName struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
}

// String writes NAMESPACE/NAME.
func (n NetworkName) String() string { return n.Namespace + "/" + n.Name }

// NetworkEntry is a way into the cluster: an Ingress, or a route of a Gateway.
type NetworkEntry struct {
	NetworkName
	Kind      string        `json:"kind"`                // "Ingress", "HTTPRoute", "GRPCRoute", "TLSRoute" or "TCPRoute"
	Class     string        `json:"class,omitempty"`     // of an Ingress; the Gateways of a route, with commas
	Addresses []string      `json:"addresses,omitempty"` // that its controller has written into its status
	Rules     []NetworkRule `json:"rules"`
}

// NetworkRule is a rule of an entry: where requests for host and path go.
type NetworkRule struct {
	Host     string           `json:"host,omitempty"` // empty: every host
	Path     string           `json:"path,omitempty"` // empty: the default of an Ingress, or every path
	PathType string           `json:"pathType,omitempty"`
	TLS      bool             `json:"tls,omitempty"` // of an Ingress: it has a certificate for the host
	Backends []NetworkBackend `json:"backends"`
}

// NetworkBackend is a Service to which requests go.
type NetworkBackend struct {
	NetworkName        // of a Service
	Port        string `json:"port,omitempty"`    // number or name
	Weight      int32  `json:"weight"`            // of a route; 1 for an Ingress
	Missing     bool   `json:"missing,omitempty"` // there is no such Service
}

// NetworkService is a Service with its endpoints.
type NetworkService struct {
	NetworkName
	Type         string            `json:"type"`                   // "ClusterIP", "NodePort", "LoadBalancer" or "ExternalName"
	IPs          []string          `json:"ips,omitempty"`          // of the cluster; "None" is headless
	ExternalName string            `json:"externalName,omitempty"` // of the type ExternalName
	Addresses    []string          `json:"addresses,omitempty"`    // of the load balancer, and externalIPs
	Ports        []NetworkPort     `json:"ports,omitempty"`
	Selector     map[string]string `json:"selector,omitempty"`
	Affinity     string            `json:"affinity,omitempty"` // "ClientIP"
	Internal     string            `json:"internal,omitempty"` // internalTrafficPolicy, where it is Local
	External     string            `json:"external,omitempty"` // externalTrafficPolicy, where it is Local
	Slices       []NetworkSlice    `json:"slices,omitempty"`
	Recent       Traffic           `json:"recent,omitzero"`

	// Problems say why it leads nowhere, or may not lead where it should, in the
	// codes of explanations.
	Problems []ExplainStep `json:"problems,omitempty"`
}

// NetworkPort is a port of a Service.
type NetworkPort struct {
	Name     string `json:"name,omitempty"`
	Protocol string `json:"protocol"` // "TCP" or "UDP"
	Port     int32  `json:"port"`
	Target   string `json:"target,omitempty"` // port of the Pods: number or name
	NodePort int32  `json:"nodePort,omitempty"`
}

// NetworkSlice is an EndpointSlice.
type NetworkSlice struct {
	Name      string            `json:"name"`
	Ports     []NetworkPort     `json:"ports,omitempty"` // Port is that of the Pods
	Endpoints []NetworkEndpoint `json:"endpoints"`
}

// NetworkEndpoint is an endpoint, with its conditions as kube-proxy takes them.
type NetworkEndpoint struct {
	Addresses   []string `json:"addresses"`
	Pod         string   `json:"pod,omitempty"` // of the Service's namespace; empty: it is no Pod
	Node        string   `json:"node,omitempty"`
	Ready       bool     `json:"ready"`
	Serving     bool     `json:"serving"`
	Terminating bool     `json:"terminating,omitempty"`
	Recent      Traffic  `json:"recent,omitzero"` // through this Service
}

// NetworkPod is a Pod.
type NetworkPod struct {
	NetworkName
	IP       string            `json:"ip,omitempty"`
	Node     string            `json:"node,omitempty"`
	HostIP   bool              `json:"hostIP,omitempty"` // its address is the node's
	Status   string            `json:"status"`           // as kubectl says it: Running, Pending, CrashLoopBackOff
	Ready    bool              `json:"ready"`
	Leaving  bool              `json:"leaving,omitempty"` // it is being deleted
	Labels   map[string]string `json:"labels,omitempty"`  // without those that controllers add
	Incoming Traffic           `json:"incoming,omitzero"`
	Outgoing Traffic           `json:"outgoing,omitzero"`
}

// NetworkNode is a node.
type NetworkNode struct {
	Name  string `json:"name"`
	IP    string `json:"ip,omitempty"`
	Ready bool   `json:"ready"`
}

// NetworkPolicy is a NetworkPolicy and the Pods that it isolates.
type NetworkPolicy struct {
	NetworkName
	Ingress  bool     `json:"ingress,omitempty"` // it isolates for incoming connections
	Egress   bool     `json:"egress,omitempty"`  // it isolates for outgoing ones
	Selector string   `json:"selector"`          // as kubectl writes it; empty: every Pod of the namespace
	Pods     []string `json:"pods,omitempty"`    // of its namespace
}

// NetworkPeerKind is what one end of a connection is.
type NetworkPeerKind string

// The kinds of ends.
const (
	PeerPod     NetworkPeerKind = "pod"
	PeerNode    NetworkPeerKind = "node"    // a node itself: its kubelet, or a Pod of its network
	PeerService NetworkPeerKind = "service" // an address of a Service
	PeerEngine  NetworkPeerKind = "engine"  // the control plane, or somebody outside of the cluster
	PeerUnknown NetworkPeerKind = "unknown" // nobody has this address
)

// NetworkPeer is one end of a connection.
type NetworkPeer struct {
	Kind        NetworkPeerKind `json:"kind"`
	NetworkName                 // a node has no namespace
	PortName    string          `json:"portName,omitempty"` // of the Service's port
	Address     string          `json:"address"`            // with the port; that of a source has none
}

// NetworkConnection is a connection that was tried, or several that were alike:
// between the same ends, with the same outcome for the same reason.
type NetworkConnection struct {
	ID       uint64        `json:"id"` // of the first; stays while Count grows
	Began    time.Time     `json:"began"`
	Last     time.Time     `json:"last"`
	Age      time.Duration `json:"age"` // since Last, rounded down to 10 s, from a minute on to minutes
	Count    int           `json:"count"`
	Network  string        `json:"network"` // "tcp" or "udp"
	From     NetworkPeer   `json:"from"`
	To       NetworkPeer   `json:"to"`                 // what was dialled
	Endpoint *NetworkPeer  `json:"endpoint,omitempty"` // which the Service led to, where To is one
	Outcome  Outcome       `json:"outcome"`
	Steps    []ExplainStep `json:"steps"` // of the first one
	Advice   []ExplainStep `json:"advice,omitempty"`
}
