package protocol

// Explain asks what would happen to a connection, and why. Nothing is connected.
type Explain struct {
	// From is POD, NAMESPACE/POD, KIND/NAME or NAMESPACE/KIND/NAME of what has Pods
	// (the first ready one is taken), a node's name, or ExplainOutside.
	From string `json:"from"`
	// To is what From may be, a Service (svc/NAME, NAMESPACE/svc/NAME), an IP address,
	// or a name that the cluster's DNS knows or not.
	To        string `json:"to"`
	Port      string `json:"port"`                // a number, or the name of a Service's port
	Namespace string `json:"namespace,omitempty"` // of what names none; default: that of the active lab, else "default"
	UDP       bool   `json:"udp,omitempty"`       // else TCP
}

// ExplainOutside is who connects from outside of the cluster.
const ExplainOutside = "outside"

// Outcome is how a connection would end.
type Outcome string

// The outcomes, as whoever connects sees them.
const (
	OutcomeConnects    Outcome = "connects"
	OutcomeRefused     Outcome = "refused"     // at once: nobody listens on the port
	OutcomeRejected    Outcome = "rejected"    // at once, and reads as refused: the Service has no endpoint
	OutcomeTimesOut    Outcome = "timesOut"    // nothing answers
	OutcomeUnreachable Outcome = "unreachable" // no route to host
	OutcomeUnresolved  Outcome = "unresolved"  // the name stands for no address
	OutcomeIdle        Outcome = "idle"        // one of the two does not run
)

// Explanation is the way of a connection, step by step, and its end.
type Explanation struct {
	From    string        `json:"from"` // as it was understood: NAMESPACE/POD, a node, ExplainOutside
	To      string        `json:"to"`   // likewise: NAMESPACE/svc/NAME, an address, a name
	Port    uint16        `json:"port,omitempty"`
	Network string        `json:"network"` // "tcp" or "udp"
	Outcome Outcome       `json:"outcome"`
	Steps   []ExplainStep `json:"steps"`
	// Advice says what stands in the way more closely, and what would change it.
	Advice []ExplainStep `json:"advice,omitempty"`
}

// ExplainStep is one step, in codes: package i18n has the words.
type ExplainStep struct {
	Code ExplainCode `json:"code"`
	// About is what the words are about, by the names that stand in braces in them.
	About map[string]string `json:"about,omitempty"`
	Stops bool              `json:"stops,omitempty"` // the connection comes no further
}

// ExplainCode says what a step is about. Codes are added, never taken away.
type ExplainCode string

// Who connects.
const (
	FromPod     ExplainCode = "from-pod"      // pod, address, node
	FromHostPod ExplainCode = "from-host-pod" // pod, address, node: it is its node to others
	FromNode    ExplainCode = "from-node"     // node, address
	FromOutside ExplainCode = "from-outside"
	FromIdle    ExplainCode = "from-idle" // pod, phase: nothing of it runs
)

// What is connected to, and what a name stands for.
const (
	ToPod         ExplainCode = "to-pod"          // pod, address, node
	ToHostPod     ExplainCode = "to-host-pod"     // pod, address, node
	ToNode        ExplainCode = "to-node"         // node, address
	ToService     ExplainCode = "to-service"      // service, type, address
	ToAddress     ExplainCode = "to-address"      // address: nothing is known of it
	ToIdle        ExplainCode = "to-idle"         // pod, phase
	NameService   ExplainCode = "name-service"    // name, service, address
	NameHeadless  ExplainCode = "name-headless"   // name, service, count: the addresses of its Pods
	NameExternal  ExplainCode = "name-external"   // service, name: an alias of a name outside
	NameUnknown   ExplainCode = "name-unknown"    // name
	NameOutside   ExplainCode = "name-outside"    // name: not one of the cluster
	NameBlocked   ExplainCode = "name-blocked"    // name, policies: the Pod may not ask DNS
	NameUnhandled ExplainCode = "name-unanswered" // name: nobody answers at DNS's address
)

// What a Service makes of it.
const (
	ServicePort        ExplainCode = "service-port"         // service, port, target, kind
	ServicePortMissing ExplainCode = "service-port-missing" // service, port, ports
	ServiceAnswersNone ExplainCode = "service-no-endpoint"  // service
	ServiceLocalOnly   ExplainCode = "service-local-only"   // service, node: its traffic policy is Local, and this node has no endpoint
	ServiceSource      ExplainCode = "service-source"       // service: loadBalancerSourceRanges keeps it out
	ServiceUnhandled   ExplainCode = "service-unhandled"    // service, node: kube-proxy has no rule for it there
	EndpointChosen     ExplainCode = "endpoint"             // address, count, and pod, node if known
	Masquerade         ExplainCode = "masquerade"           // node, address: the endpoint sees the node as the source
)

// What policies make of it.
const (
	EgressOpen     ExplainCode = "egress-open"      // pod
	EgressRule     ExplainCode = "egress-rule"      // pod, policies, policy, rule
	EgressNone     ExplainCode = "egress-none"      // pod, policies
	IngressOpen    ExplainCode = "ingress-open"     // pod
	IngressRule    ExplainCode = "ingress-rule"     // pod, policies, policy, rule
	IngressNone    ExplainCode = "ingress-none"     // pod, policies
	IngressOwnNode ExplainCode = "ingress-own-node" // pod, node
	Itself         ExplainCode = "itself"           // pod
)

// What is at the end of the way.
const (
	NodeDown     ExplainCode = "node-down"     // node
	Listens      ExplainCode = "listens"       // who, port
	ListensNot   ExplainCode = "listens-not"   // who, port
	AddressFree  ExplainCode = "address-free"  // address: nobody has it
	LeavesFabric ExplainCode = "leaves-fabric" // address: it leads to the control plane
)

// Advice: why a rule or a Service does not do what one may expect, and what to
// change.
const (
	RulePort         ExplainCode = "rule-port"           // policy, rule, ports: the peer fits, the port does not
	RulePortName     ExplainCode = "rule-port-name"      // policy, rule, name, pod: no container names that port
	RulePeer         ExplainCode = "rule-peer"           // policy, rule: the peer does not fit
	RulePeerIP       ExplainCode = "rule-peer-ip"        // policy, rule, address: nor does an ipBlock hold the address
	PolicyEmpty      ExplainCode = "policy-empty"        // policy: it has no rule of this direction
	AllowEgress      ExplainCode = "allow-egress"        // pod, to, port, namespace
	AllowIngress     ExplainCode = "allow-ingress"       // pod, from, port, namespace
	AllowDNS         ExplainCode = "allow-dns"           // pod, namespace
	NoSelector       ExplainCode = "no-selector"         // service: it has no selector, its endpoints are made by hand
	SelectsNone      ExplainCode = "selects-none"        // service, selector, namespace
	SelectsAlmost    ExplainCode = "selects-almost"      // service, selector, pod, labels
	PodProbe         ExplainCode = "pod-probe"           // pod, probe, said: not ready, for its readiness probe fails
	PodNotStarted    ExplainCode = "pod-not-started"     // pod, container, reason
	PodNotReady      ExplainCode = "pod-not-ready"       // pod, reason
	PodGate          ExplainCode = "pod-gate"            // pod, gate: a readiness gate does not hold
	TargetNamedByNot ExplainCode = "target-unnamed"      // service, port, target: no container of its Pods names that port
	UsePort          ExplainCode = "use-port"            // service, ports
	DeclaresPorts    ExplainCode = "declares-ports"      // pod, ports: that its containers declare
	DeclaresNone     ExplainCode = "declares-none"       // pod
	LoopbackOnly     ExplainCode = "listens-on-loopback" // pod, port
	NodeStart        ExplainCode = "node-start"          // node
	ProxyMissing     ExplainCode = "proxy-missing"       // node: no ready kube-proxy there
	DNSNotReady      ExplainCode = "dns-not-ready"       // no Pod behind kube-dns is ready
)
