package i18n

import (
	"fmt"
	"slices"
	"strings"

	"kubetutor/internal/lab/protocol"
)

// ExplainWords are those of the explanation of a connection.
type ExplainWords struct {
	Explained     string // FROM %s, TO %s, PORT %s
	ExplainedNone string // FROM %s, TO %s
	ExplainChange string // stands above what would change the outcome
	ExplainBeside string // stands above what there is to say beside a connection that is made

	outcomes map[string]string
	steps    map[string]string // by their codes; the names in braces are those of ExplainStep.About
}

// explainHelp is the help of `kubetutor explain-connection`.
type explainHelp struct {
	Explain, ExplainLong, FlagExplainNamespace, FlagUDP string
}

// Step words a step of an explanation.
func (w *ExplainWords) Step(s protocol.ExplainStep) string {
	list := make([]string, 0, 2*len(s.About))
	for name, value := range s.About {
		list = append(list, "{"+name+"}", value)
	}
	return strings.NewReplacer(list...).Replace(named(w.steps, string(s.Code)))
}

// Explanation words an explanation, in lines.
func (w *ExplainWords) Explanation(e protocol.Explanation) string {
	var b strings.Builder
	if e.Port == 0 {
		fmt.Fprintf(&b, w.ExplainedNone+"\n", e.From, e.To)
	} else {
		fmt.Fprintf(&b, w.Explained+"\n", e.From, e.To, fmt.Sprintf("%d/%s", e.Port, strings.ToUpper(e.Network)))
	}
	for n, s := range e.Steps {
		fmt.Fprintf(&b, "%3d. %s\n", n+1, w.Step(s))
	}
	fmt.Fprintf(&b, "%s\n", named(w.outcomes, string(e.Outcome)))
	if len(e.Advice) > 0 {
		head := w.ExplainChange
		if e.Outcome == protocol.OutcomeConnects {
			head = w.ExplainBeside
		}
		fmt.Fprintf(&b, "\n%s\n", head)
	}
	for _, s := range e.Advice {
		fmt.Fprintf(&b, "  - %s\n", w.Step(s))
	}
	return b.String()
}

// ExplainCodes lists the codes that there are words for, in order.
func (w *ExplainWords) ExplainCodes() (codes []string) {
	for code := range w.steps {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	return codes
}

func explainHelpEnglish() explainHelp {
	return explainHelp{
		Explain: "Explain what happens to a connection, and why",
		ExplainLong: "Follow a connection from FROM to TO on PORT through the cluster as it is now, without connecting: what the name stands for, which endpoint the Service chooses, which policies isolate and which rule lets it through, who listens; then how it ends, and what would change that. The network itself decides, by the rules for real connections.\n\n" +
			"FROM is POD, NAMESPACE/POD, deploy/NAME (or rs, sts, ds, job: its first ready Pod), a node, or `outside`. TO is one of these, svc/NAME, NAMESPACE/svc/NAME, an IP address, or a name as DNS knows it, such as web.shop. PORT is a number or the name of a port.\n\n" +
			"Exit status: 0 if it would connect, 1 if not, 2 if the command line was wrong. With --json: from, to, port, network, outcome (connects, refused, rejected, timesOut, unreachable, unresolved, idle), steps and advice, lists of code, about and stops.",
		FlagExplainNamespace: "namespace of what names none (that of the active lab, else default)",
		FlagUDP:              "a datagram, not a TCP connection",
	}
}

func explainEnglish() ExplainWords {
	return ExplainWords{
		Explained:     "From %s to %s, port %s:",
		ExplainedNone: "From %s to %s:",
		ExplainChange: "What stands in the way, and what would change it:",
		ExplainBeside: "Beside that:",
		outcomes: map[string]string{
			"connects": "It connects.", "refused": "It is refused at once: connection refused.", "rejected": "It is rejected at once, which reads as: connection refused.",
			"timesOut": "It times out: nothing answers.", "unreachable": "It fails after some seconds: no route to host.",
			"unresolved": "It is never tried: the name has no address.", "idle": "It is never tried: there is nothing to connect.",
		},
		steps: map[string]string{
			"from-pod":      "{pod} has the address {address}, on {node}.",
			"from-host-pod": "{pod} uses the network of its node {node}: to others it is the node, {address}, and no policy selects it.",
			"from-node":     "{node} is a node; its address is {address}.",
			"from-address":  "It comes from {address}, which is no Pod's and no node's.",
			"from-outside":  "It comes from outside of the cluster.",
			"from-idle":     "{pod} does not run ({phase}): nothing comes from it.",

			"to-pod":          "{pod} has the address {address}, on {node}.",
			"to-host-pod":     "{pod} uses the network of its node {node}: its address is {address}, and no policy selects it.",
			"to-node":         "{node} is a node; its address is {address}.",
			"to-service":      "{service} is a Service ({type}) at {address}.",
			"to-address":      "{address} is no Pod's, no node's and no Service's.",
			"to-idle":         "{pod} does not run ({phase}): it has no address to connect to.",
			"name-service":    "The name {name} stands for the Service {service}, at {address}.",
			"name-pod":        "The name {name} stands for {address}: a Pod with a name of its own behind a headless Service.",
			"name-headless":   "{service} has no address of its own (headless): its name stands for those of its ready Pods ({count}), of which the client takes one.",
			"name-external":   "{service} is another name (ExternalName) for {name}, outside of the cluster. Nothing of a lab leads there.",
			"name-unknown":    "To Pods of the namespace {namespace} the name {name} stands for nothing: DNS answers NXDOMAIN.",
			"name-outside":    "{name} is no name of the cluster, and nothing of a lab leads outside.",
			"name-elsewhere":  "Who connects does not ask the cluster's DNS: the name {name} stands for nothing there.",
			"name-blocked":    "What {name} stands for, {pod} would have to ask DNS. It is isolated for that by {policies}, and no rule lets the question through.",
			"name-unanswered": "What {name} stands for is asked at {address}, where nobody answers for DNS.",

			"service-port":         "{service} has the port {port} ({kind}), which leads to port {target} of its Pods.",
			"service-port-missing": "{service} has no port {port}: it has {ports}. The nodes have no rule for it, and nothing answers.",
			"service-no-endpoint":  "{service} has no ready endpoint: the node rejects what is sent there.",
			"service-local-only":   "{service} may use endpoints on the same node only (its traffic policy is Local), and there is none: what is sent there is dropped.",
			"service-source":       "{service} is for {ranges} only (loadBalancerSourceRanges): all else is dropped.",
			"service-unhandled":    "{node} has no rule for {service}: its kube-proxy has made none.",
			"service-inside":       "{address}, the address of {service}, means something on nodes and in Pods only. From outside it leads nowhere.",
			"endpoint":             "The node chooses one of its ready endpoints ({count}): {address}, that is {endpoint} on {node}.",
			"endpoint-address":     "The node chooses one of its ready endpoints ({count}): {address}.",
			"endpoint-leaving":     "{pod} is being deleted; until it ends it serves on.",
			"host-port":            "Port {port} of the node leads into a Pod (hostPort).",
			"masquerade":           "{node} puts its own address in place of the sender's: from here on it comes from {address}.",
			"node-hop":             "It goes to {node}, whose rules apply next.",

			"egress-open":  "No policy isolates {pod} for egress.",
			"egress-rule":  "{pod} is isolated for egress by {policies}; rule {rule} of {policy} lets it through.",
			"egress-none":  "{pod} is isolated for egress by {policies}, and no rule lets it through: it is dropped.",
			"ingress-open": "No policy isolates {pod} for ingress.",
			"ingress-rule": "{pod} is isolated for ingress by {policies}; rule {rule} of {policy} lets it through.",
			"ingress-none": "{pod} is isolated for ingress by {policies}, and no rule lets it through: it is dropped.",
			"own-node":     "{pod} and its own node {node} always reach each other, whatever policies say.",
			"itself":       "{pod} always reaches itself, whatever policies say.",

			"node-down":       "{node} is down: nothing on it answers.",
			"listens":         "{who} listens on port {port}.",
			"listens-not":     "Nobody listens on port {port} of {who}.",
			"address-free":    "No Pod has the address {address}.",
			"address-unknown": "Nobody in the lab has the address {address}.",
			"address-inside":  "{address}, a Pod's address, means something on nodes and in Pods only. From outside it leads nowhere.",
			"leaves-fabric":   "{address} is the API server of the control plane.",

			"rule-port":               "Rule {rule} of {policy} fits the other end, but not the port: it is about {ports}.",
			"rule-port-name":          "Rule {rule} of {policy} is about the port named {name}, and no container of {server} has a port of that name.",
			"rule-peer":               "Rule {rule} of {policy} fits the port, but not the other end.",
			"rule-neither":            "Rule {rule} of {policy} fits neither the other end nor the port: it is about {ports}.",
			"policy-empty":            "{policy} has no rules for this direction: it lets nothing through.",
			"allow-egress":            "A rule that lets it through: egress of {pod}, in a policy of the namespace {namespace}, to Pods with {labels} in the namespace {of}, port {port}.",
			"allow-egress-namespace":  "A rule that lets it through: egress of {pod}, in a policy of the namespace {namespace}, to all Pods of the namespace {of}, port {port}.",
			"allow-egress-block":      "A rule that lets it through: egress of {pod}, in a policy of the namespace {namespace}, to the ipBlock {address}/32, port {port}.",
			"allow-ingress":           "A rule that lets it through: ingress of {pod}, in a policy of the namespace {namespace}, from Pods with {labels} in the namespace {of}, port {port}.",
			"allow-ingress-namespace": "A rule that lets it through: ingress of {pod}, in a policy of the namespace {namespace}, from all Pods of the namespace {of}, port {port}.",
			"allow-ingress-block":     "A rule that lets it through: ingress of {pod}, in a policy of the namespace {namespace}, from the ipBlock {address}/32, port {port}.",
			"allow-dns":               "A rule that lets questions to DNS through: egress of {pod}, in a policy of the namespace {namespace}, to Pods with k8s-app=kube-dns in the namespace kube-system, port 53, UDP and TCP.",
			"no-selector":             "{service} has no selector: somebody has to write its EndpointSlices, and has written none that is ready.",
			"selects-none":            "{service} selects {selector}, and no Pod of the namespace {namespace} has such labels.",
			"selects-other":           "{service} selects {selector}, and no Pod of the namespace {namespace} has all of that. What Pods have: {labels}.",
			"all-leaving":             "All Pods of {service} are being deleted.",
			"endpoints-coming":        "{service} has ready Pods, but its EndpointSlices do not say so yet.",
			"target-unnamed":          "The port of {service} leads to the port named {target}, and no container of its Pods has a port of that name. Names that there are: {names}.",
			"pod-not-started":         "{pod} is not ready: its container {container} waits ({reason}).",
			"pod-probe":               "{pod} is not ready: the readiness probe of its container {container} fails ({probe}). {said}",
			"pod-not-ready":           "{pod} is not ready: {reason}.",
			"use-port":                "{service} has the ports {ports}.",
			"declares-ports":          "The containers of {pod} name the ports {ports}.",
			"declares-none":           "The containers of {pod} name no ports: `kubectl exec -n {namespace} {name} -- netstat -ln` shows where they listen.",
			"listens-on-loopback":     "{pod} listens on port {port} of 127.0.0.1 only: make the program listen on 0.0.0.0.",
			"node-start":              "`kubetutor node start {node}` starts it again.",
			"proxy-missing":           "See whether kube-proxy runs on {node}: `kubectl get pods -n kube-system -l k8s-app=kube-proxy -o wide`.",
			"name-like":               "Services of that name: {names}.",
		},
	}
}
