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
	FromAddress ExplainCode = "from-address"  // address: nothing is known of it
	FromOutside ExplainCode = "from-outside"
	FromIdle    ExplainCode = "from-idle" // pod, phase: nothing of it runs
)

// What is connected to, and what a name stands for.
const (
	ToPod          ExplainCode = "to-pod"          // pod, address, node
	ToHostPod      ExplainCode = "to-host-pod"     // pod, address, node
	ToNode         ExplainCode = "to-node"         // node, address
	ToService      ExplainCode = "to-service"      // service, type, address
	ToAddress      ExplainCode = "to-address"      // address: nothing is known of it
	ToIdle         ExplainCode = "to-idle"         // pod, phase
	NameService    ExplainCode = "name-service"    // name, service, address
	NamePod        ExplainCode = "name-pod"        // name, address: a Pod's own name behind a headless Service
	NameHeadless   ExplainCode = "name-headless"   // service, count: it stands for the addresses of its Pods
	NameExternal   ExplainCode = "name-external"   // service, name: an alias of a name outside
	NameUnknown    ExplainCode = "name-unknown"    // name, namespace
	NameOutside    ExplainCode = "name-outside"    // name: not one of the cluster
	NameElsewhere  ExplainCode = "name-elsewhere"  // name: who connects does not ask the cluster's DNS
	NameBlocked    ExplainCode = "name-blocked"    // name, pod, policies: it may not ask DNS
	NameUnanswered ExplainCode = "name-unanswered" // name, address: nobody answers there
)

// What a Service makes of it.
const (
	ServicePort        ExplainCode = "service-port"         // service, port, target, kind
	ServicePortMissing ExplainCode = "service-port-missing" // service, port, ports
	ServiceAnswersNone ExplainCode = "service-no-endpoint"  // service
	ServiceLocalOnly   ExplainCode = "service-local-only"   // service: its traffic policy is Local, and the node has no endpoint
	ServiceSource      ExplainCode = "service-source"       // service, ranges: it is not for who connects
	ServiceUnhandled   ExplainCode = "service-unhandled"    // service, node: kube-proxy has made no rule for it there
	ServiceInside      ExplainCode = "service-inside"       // service, address: from outside it cannot be reached there
	EndpointChosen     ExplainCode = "endpoint"             // address, endpoint, node, count
	EndpointAddress    ExplainCode = "endpoint-address"     // address, count: it is no Pod's and no node's
	EndpointLeaving    ExplainCode = "endpoint-leaving"     // pod: it is being deleted
	HostPort           ExplainCode = "host-port"            // port: of the node, which leads into a Pod
	Masquerade         ExplainCode = "masquerade"           // node, address: the receiver sees the node as the source
	NodeHop            ExplainCode = "node-hop"             // node: the way leads over it
)

// What policies make of it.
const (
	EgressOpen  ExplainCode = "egress-open"  // pod
	EgressRule  ExplainCode = "egress-rule"  // pod, policies, policy, rule
	EgressNone  ExplainCode = "egress-none"  // pod, policies
	IngressOpen ExplainCode = "ingress-open" // pod
	IngressRule ExplainCode = "ingress-rule" // pod, policies, policy, rule
	IngressNone ExplainCode = "ingress-none" // pod, policies
	OwnNode     ExplainCode = "own-node"     // pod, node: they always reach each other
	Itself      ExplainCode = "itself"       // pod
)

// What is at the end of the way.
const (
	NodeDown       ExplainCode = "node-down"       // node
	Listens        ExplainCode = "listens"         // who, port
	ListensNot     ExplainCode = "listens-not"     // who, port
	AddressFree    ExplainCode = "address-free"    // address: no Pod has it
	AddressUnknown ExplainCode = "address-unknown" // address: it is nowhere in the lab
	AddressInside  ExplainCode = "address-inside"  // address: from outside it cannot be reached
	LeavesFabric   ExplainCode = "leaves-fabric"   // address: the control plane's
)

// Advice: why a rule or a Service does not do what one may expect, and what to
// change.
const (
	RulePort              ExplainCode = "rule-port"      // policy, rule, ports: the peer fits, the port does not
	RulePortName          ExplainCode = "rule-port-name" // policy, rule, name, server: it has no port of that name
	RulePeer              ExplainCode = "rule-peer"      // policy, rule: the port fits, the peer does not
	RuleNeither           ExplainCode = "rule-neither"   // policy, rule, ports
	PolicyEmpty           ExplainCode = "policy-empty"   // policy: it has no rule of this direction
	AllowEgress           ExplainCode = "allow-egress"   // pod, namespace, of, labels, port
	AllowEgressNamespace  ExplainCode = "allow-egress-namespace"
	AllowEgressBlock      ExplainCode = "allow-egress-block" // address in place of labels
	AllowIngress          ExplainCode = "allow-ingress"      // as for egress
	AllowIngressNamespace ExplainCode = "allow-ingress-namespace"
	AllowIngressBlock     ExplainCode = "allow-ingress-block"
	AllowDNS              ExplainCode = "allow-dns"           // pod, namespace
	NoSelector            ExplainCode = "no-selector"         // service: its endpoints are made by hand, and there are none
	SelectsNone           ExplainCode = "selects-none"        // service, selector, namespace
	SelectsOther          ExplainCode = "selects-other"       // service, selector, namespace, labels: what Pods have instead
	AllLeaving            ExplainCode = "all-leaving"         // service: its Pods are being deleted
	EndpointsComing       ExplainCode = "endpoints-coming"    // service: not written yet
	TargetUnnamed         ExplainCode = "target-unnamed"      // service, target, names: its Pods have no port of that name
	PodNotStarted         ExplainCode = "pod-not-started"     // pod, container, reason
	PodProbe              ExplainCode = "pod-probe"           // pod, container, probe, said
	PodNotReady           ExplainCode = "pod-not-ready"       // pod, reason
	UsePort               ExplainCode = "use-port"            // service, ports
	DeclaresPorts         ExplainCode = "declares-ports"      // pod, ports: that its containers name
	DeclaresNone          ExplainCode = "declares-none"       // pod, namespace, name
	LoopbackOnly          ExplainCode = "listens-on-loopback" // pod, port
	NodeStart             ExplainCode = "node-start"          // node
	ProxyMissing          ExplainCode = "proxy-missing"       // node
	NameLike              ExplainCode = "name-like"           // names: of Services with that name
)
