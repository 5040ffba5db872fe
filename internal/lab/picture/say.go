package picture

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"kubetutor/internal/i18n"
	"kubetutor/internal/lab/protocol"
)

// Words say what is in a picture, in a language.
type Words struct {
	*i18n.NetworkWords
	Explain *i18n.ExplainWords
	ASCII   bool // for terminals without other signs
}

// Arrow leads from one end of a connection to the other.
func (w Words) Arrow() string {
	if w.ASCII {
		return "->"
	}
	return "→"
}

// Times says how many connections were alike; empty for one.
func (w Words) Times(n int) string {
	switch {
	case n <= 1:
		return ""
	case w.ASCII:
		return fmt.Sprintf("x%d", n)
	}
	return fmt.Sprintf("×%d", n)
}

// Way names a way: what somebody outside would call.
func (w Words) Way(way Way) string {
	switch way.Kind {
	case LoadBalancer:
		return fmt.Sprintf("%s:%d", way.Address, way.Port)
	case NodePort:
		return fmt.Sprintf(w.NetworkNodePort, way.Port)
	}
	text := way.Rule.Host + way.Rule.Path
	switch {
	case text == "" && way.Entry.Kind == "Ingress":
		text = w.NetworkDefault
	case way.Rule.Host == "":
		text = "*" + text
	case way.Rule.TLS:
		text = "https://" + text
	}
	if way.Share < 100 {
		text += fmt.Sprintf(" %d %%", way.Share)
	}
	return text
}

// Entry names what a way is a rule of; empty for what is the Service's own.
func (w Words) Entry(way Way) string {
	if way.Kind != Rule {
		return ""
	}
	return way.Entry.Kind + " " + way.Entry.Name
}

// Ports say at which addresses a Service is found inside of the cluster, and to
// which ports of its Pods that leads, one a line.
func (w Words) Ports(s protocol.NetworkService) (lines []string) {
	if s.ExternalName != "" {
		return []string{s.ExternalName}
	}
	at := strings.Join(s.IPs, ",")
	for _, p := range s.Ports {
		line := fmt.Sprintf("%s:%d %s %s", at, p.Port, w.Arrow(), p.Target)
		if p.Protocol != "TCP" {
			line += " " + p.Protocol
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		lines = []string{at}
	}
	return lines
}

// SlicePorts are the ports of an EndpointSlice, such as ":8080".
func (w Words) SlicePorts(ports []protocol.NetworkPort) string {
	var list []string
	for _, p := range ports {
		list = append(list, ":"+strconv.Itoa(int(p.Port)))
	}
	return strings.Join(list, " ")
}

// Labels write labels as kubectl does: a=b,c=d.
func Labels(labels map[string]string) string {
	var list []string
	for k, v := range labels {
		list = append(list, k+"="+v)
	}
	slices.Sort(list)
	return strings.Join(list, ",")
}

// EndState says how an endpoint is.
func (w Words) EndState(e protocol.NetworkEndpoint) string {
	switch {
	case e.Terminating:
		return w.NetworkEnding
	case e.Ready:
		return w.NetworkReady
	}
	return w.NetworkNotReady
}

// PodState says how a Pod is, as kubectl does, and that it is not ready where that
// does not say so.
func (w Words) PodState(p protocol.NetworkPod) string {
	if p.Status == "Running" && !p.Ready {
		return p.Status + w.NetworkComma + w.NetworkNotReady
	}
	return p.Status
}

// Node names a node; there may be none.
func (w Words) Node(name string) string {
	if name == "" {
		return w.NetworkNoNode
	}
	return name
}

// Recent says how many connections there were lately; empty where there were none.
func (w Words) Recent(t protocol.Traffic) string {
	switch all := t.Connected + t.Failed; {
	case all == 0:
		return ""
	case t.Failed > 0:
		return fmt.Sprintf(w.NetworkRecentFailed, all, t.Failed)
	default:
		return fmt.Sprintf(w.NetworkRecent, all)
	}
}

// Peer names an end of a connection; in the namespace home its name alone will do.
func (w Words) Peer(p protocol.NetworkPeer, home string) string {
	name := p.Name
	if p.Namespace != "" && p.Namespace != home {
		name = p.String()
	}
	port := ""
	if at, err := netip.ParseAddrPort(p.Address); err == nil {
		port = ":" + strconv.Itoa(int(at.Port()))
	}
	switch p.Kind {
	case protocol.PeerEngine:
		return w.NetworkOutside
	case protocol.PeerUnknown:
		return p.Address
	}
	return name + port
}

// Route says from where a connection was tried, to where, and where it was led.
func (w Words) Route(c protocol.NetworkConnection, home string) string {
	ends := []string{w.Peer(c.From, home), w.Peer(c.To, home)}
	if c.Endpoint != nil {
		ends = append(ends, w.Peer(*c.Endpoint, home))
	}
	if c.Network != "tcp" {
		ends[1] += "/" + c.Network
	}
	return strings.Join(ends, " "+w.Arrow()+" ")
}

// Ago says how long ago a connection was.
func (w Words) Ago(age time.Duration) string {
	switch {
	case age < 10*time.Second:
		return w.NetworkNow
	case age < time.Minute:
		return fmt.Sprintf(w.NetworkSeconds, int(age.Seconds()))
	}
	return fmt.Sprintf(w.NetworkMinutes, int(age.Minutes()))
}

// Reason says in a few words why a connection ended as it did; empty where nothing
// had a say in it.
func (w Words) Reason(c protocol.NetworkConnection) string {
	step, ok := Deciding(c.Steps)
	if !ok {
		return ""
	}
	return w.short(step)
}

// short is a step in a few words; empty where there are none.
func (w Words) short(s protocol.ExplainStep) string {
	text := w.NetworkReasons[string(s.Code)]
	for name, value := range s.About {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return text
}

// Fault says in a few words why a Service leads nowhere; empty where it does not, as
// far as is known.
func (w Words) Fault(b Block) string {
	switch {
	case b.Missing:
		return w.NetworkMissing
	case b.Service.ExternalName != "":
		return ""
	case !slices.ContainsFunc(b.ends(), func(e End) bool { return e.Ready }):
		return w.NetworkNoEndpoint
	}
	for _, step := range b.Service.Problems {
		if said := w.short(step); said != "" {
			return said
		}
	}
	return ""
}

// Habits say what a Service does otherwise than most.
func (w Words) Habits(s protocol.NetworkService) (parts []string) {
	for _, part := range []struct{ format, value string }{
		{w.NetworkAffinity, s.Affinity}, {w.NetworkInternal, s.Internal}, {w.NetworkExternal, s.External},
	} {
		if part.value != "" {
			parts = append(parts, fmt.Sprintf(part.format, part.value))
		}
	}
	return parts
}

// ServiceFacts say what a Service is.
func (w Words) ServiceFacts(s protocol.NetworkService) []string {
	parts := append([]string{s.Type}, w.Ports(s)...)
	if len(s.Selector) > 0 {
		parts = append(parts, fmt.Sprintf(w.NetworkSelector, Labels(s.Selector)))
	} else if s.ExternalName == "" {
		parts = append(parts, w.NetworkNoSelector)
	}
	return append(parts, w.Habits(s)...)
}

// PodFacts say what a Pod is.
func (w Words) PodFacts(p protocol.NetworkPod) []string {
	parts := []string{w.PodState(p), w.Node(p.Node)}
	if p.IP != "" {
		parts = append(parts, fmt.Sprintf(w.NetworkAddress, p.IP))
	}
	if len(p.Labels) > 0 {
		parts = append(parts, fmt.Sprintf(w.NetworkLabels, Labels(p.Labels)))
	}
	return parts
}

// Isolation says which policies isolate a Pod.
func (w Words) Isolation(n protocol.Network, pod protocol.NetworkName) (parts []string) {
	for _, direction := range []struct {
		format  string
		ingress bool
	}{{w.NetworkIsolatedIn, true}, {w.NetworkIsolatedOut, false}} {
		var names []string
		for _, p := range Isolating(n, pod, direction.ingress) {
			names = append(names, p.Name)
		}
		if len(names) > 0 {
			parts = append(parts, fmt.Sprintf(direction.format, strings.Join(names, w.NetworkComma)))
		}
	}
	if len(parts) == 0 {
		parts = []string{w.NetworkIsOpen}
	}
	return parts
}
