package fabric

import (
	"net/netip"
	"slices"
	"time"
)

// walk follows what one sends to another through the network, as far as it gets. It is the one place where that is decided: connections, datagrams and
// explanations all come from here.
//
// The order is that of packets on a real node: the rules of the sender's node (kube-proxy, then host ports), the sender's policies, which see the
// address that the rules made of the one that was asked for; perhaps another node and its rules; the receiver's policies, which see the source as the
// receiver does; whoever listens.
type walk struct {
	f       *Fabric
	network string
	sender  *space
	source  netip.AddrPort // the sender's own; the port is 0 until it is known
	asked   netip.AddrPort // where it was sent
	from    netip.AddrPort // the source as it is seen where the walk is
	to      netip.AddrPort // the destination there
	prefer  netip.AddrPort // an endpoint to stay with
	dry     bool           // nobody's turn is taken, nothing is remembered
	settled bool           // an answer has come: policies are not asked any more

	masquerade *space   // in whose name it goes on; nil: the sender's own
	passed     []*space // nodes between sender and receiver that took it in
	target     *space   // who is reached
	dial       Dialer   // or how to reach one who is outside of the network
	local      bool     // it never leaves the sender's namespace
	steps      []Step
	verdict    Verdict         // empty while it goes on
	up         <-chan struct{} // closed when who is asleep is awake
}

// maxSteps is how many steps a walk has as a rule.
const maxSteps = 8

// decide is a whole walk.
func (f *Fabric) decide(w walk) *walk {
	w.f = f
	w.source = netip.AddrPortFrom(w.sender.source(w.to.Addr()), w.from.Port())
	w.from, w.asked = w.source, w.to
	w.steps = make([]Step, 0, maxSteps)
	w.depart()
	w.arrive()
	return &w
}

// end ends the walk with a step.
func (w *walk) end(v Verdict, s Step) {
	s.Verdict = v
	w.steps = append(w.steps, s)
	w.verdict = v
}

func (w *walk) note(s Step) { w.steps = append(w.steps, s) }

// asleep ends the walk at a namespace that is down, or whose node is.
func (w *walk) asleep(s *space) bool {
	for _, machine := range [...]*space{s, s.via} {
		if machine == nil {
			continue
		}
		if up, down := machine.isDown(); down {
			w.up = up
			w.end(Asleep, Step{Kind: StepNode, Subject: s.host().name})
			return true
		}
	}
	return false
}

// depart leaves the sender, and goes as far as rules send it.
func (w *walk) depart() {
	s := w.sender
	if w.asleep(s) {
		return
	}
	if w.local = s.via != nil && s.owns(w.to.Addr()); w.local {
		return
	}
	gate := w.gate()
	applied := gate != nil && w.forward(gate, w.belongs(gate), true)
	if w.local = !applied && w.to.Addr().IsLoopback(); w.local || w.verdict != "" {
		return
	}
	if w.leave(); w.verdict == "" {
		w.cross(gate, applied)
	}
}

// gate is the node whose rules the sender's packets pass first. The engine stands for the control plane's machine, on which kube-proxy runs too: for an
// address of a cluster it has the rules of the first node that has such.
func (w *walk) gate() *space {
	switch s := w.sender; {
	case s.via != nil:
		return s.via
	case s != w.f.outer:
		return s
	}
	for _, node := range w.f.nodes() {
		if f := node.table.Load().front(frontKey{w.network, w.to}); f != nil && f.Kind == KindClusterIP {
			if _, down := node.isDown(); !down {
				return node
			}
		}
	}
	return nil
}

// belongs says whether the destination is an address of a node. A loopback address is its sender's.
func (w *walk) belongs(node *space) bool {
	return node.owns(w.to.Addr()) && (node == w.sender || !w.to.Addr().IsLoopback())
}

// forward applies the rules of a node, if one is about the destination. Own says that this is an address of the node, inside that the sender is there.
func (w *walk) forward(node *space, own, inside bool) bool {
	if f := node.table.Load().find(w.network, w.to, own); f != nil {
		w.serve(node, f, inside)
		return true
	}
	if port, ok := node.mapped(w.network, w.to, own); ok {
		w.note(Step{Kind: StepService, Subject: "hostPort", Detail: "hostPort", At: w.to})
		w.translate(node, port, w.sender.via == node && inside)
		return true
	}
	return false
}

// serve applies a Service's rule.
func (w *walk) serve(node *space, f *front, inside bool) {
	step, side := Step{Kind: StepService, Subject: f.service.name, Detail: f.Kind, At: w.to}, f.side(inside)
	if !f.admits(w.from.Addr()) {
		w.end(Dropped, step)
		return
	}
	endpoint, ok := side.choose(f.service, choice{client: w.from.Addr(), prefer: w.prefer, dry: w.dry, now: time.Now()})
	if !ok {
		w.end(side.otherwise(), step)
		return
	}
	w.note(step)
	w.translate(node, endpoint, side.Masquerade)
}

// translate changes the destination, and the source if it must be one that the answer can go back to. A packet that stays on the node keeps its source,
// because masquerading happens where packets leave.
func (w *walk) translate(node *space, to netip.AddrPort, masquerade bool) {
	w.to = to
	step := Step{Kind: StepEndpoint, At: to}
	if s, _ := w.f.find(to); s != nil {
		step.Subject = s.name
	}
	w.note(step)
	from := w.from.Addr()
	stays := node.owns(to.Addr()) && !from.IsLoopback()
	if masquerade && !stays || from == to.Addr() && w.sender.via != nil || from.IsLoopback() {
		w.disguise(node)
	}
}

// disguise makes the node's address the source.
func (w *walk) disguise(node *space) {
	if w.from.Addr() == node.ip {
		return
	}
	w.masquerade = node
	w.from = netip.AddrPortFrom(node.ip, 0)
	w.note(Step{Kind: StepMasquerade, Subject: node.name, At: w.from})
}

// leave asks the sender's policies.
func (w *walk) leave() {
	s := w.sender
	if s.via == nil || w.settled {
		return
	}
	step := Step{Kind: StepEgress, Detail: DetailSelf, At: w.to}
	switch {
	case s.owns(w.to.Addr()):
	case s.via.owns(w.to.Addr()):
		step.Detail = DetailNode
	default:
		step = w.f.judge(s.ip).egress.step(StepEgress, w.to.Addr(), w.network, w.to)
	}
	w.note(step)
	w.verdict = step.Verdict
}

// cross goes on to another node, if the destination is one, or an address that one has announced.
func (w *walk) cross(gate *space, applied bool) {
	node := w.next(gate, applied)
	if node == nil {
		return
	}
	if w.sender.via != nil {
		// Other nodes do not see pods: network plugins masquerade what leaves their range (kindnet's masquerading, ipMasq of flannel, natOutgoing of Calico).
		w.disguise(gate)
	}
	if w.asleep(node) {
		return
	}
	w.note(Step{Kind: StepNode, Subject: node.name, At: w.to})
	if w.forward(node, w.belongs(node), false) {
		w.passed = append(w.passed, node)
	}
}

// next is the other node to which the destination belongs, or nil.
func (w *walk) next(gate *space, applied bool) *space {
	if s, dial := w.f.find(w.to); dial != nil || s != nil {
		if s == nil || s == gate || s.via != nil || s == w.f.outer {
			return nil
		}
		return s
	}
	if applied {
		return nil
	}
	return w.f.announcer(w.to.Addr(), w.dry)
}

// arrive goes from where the rules led to whoever is there.
func (w *walk) arrive() {
	if w.verdict != "" {
		return
	}
	w.target, w.dial = w.sender, nil
	if !w.local {
		w.target, w.dial = w.f.find(w.to)
	}
	switch {
	case w.dial != nil:
		w.end(Connected, Step{Kind: StepRoute, At: w.to})
	case w.target == nil || w.hidden():
		w.lost()
	case w.asleep(w.target):
	case w.enter():
		w.listen()
	}
}

// hidden says that the destination cannot be seen from outside: the range of pods is known to nodes only.
func (w *walk) hidden() bool {
	return w.sender.foreign && w.target.via != nil && len(w.passed) == 0
}

// lost is what happens to packets for nobody. What is sent to an address of the service range that no Service has is lost in silence: kube-proxy's
// default mode on Linux is still iptables in 1.37 (cmd/kube-proxy/app/server_linux.go; kubeadm writes it into its configuration), which knows nothing
// of the range, so that such packets leave by the default route. (In the nftables mode a known address rejects unknown ports.)
func (w *walk) lost() {
	verdict := Dropped
	if podNet.Contains(w.to.Addr()) && !w.sender.foreign {
		verdict = Unreachable
	}
	w.end(verdict, Step{Kind: StepRoute, At: w.to})
}

// enter asks the receiver's policies.
func (w *walk) enter() bool {
	t := w.target
	if t.via == nil || w.local || w.settled {
		return true
	}
	step := Step{Kind: StepIngress, Detail: DetailSelf, At: w.to}
	switch from := w.from.Addr(); {
	case t == w.sender:
	case from == t.via.ip:
		step.Detail = DetailNode
	default:
		step = w.f.judge(t.ip).ingress.step(StepIngress, from, w.network, w.to)
	}
	w.note(step)
	w.verdict = step.Verdict
	return step.Verdict == ""
}

// listen looks for who listens.
func (w *walk) listen() {
	step := Step{Kind: StepListener, Subject: w.target.name, At: w.to}
	if w.target.hears(w.network, w.from, w.to) {
		w.note(step)
		w.verdict = Connected
		return
	}
	w.end(Refused, step)
}

// again is another attempt after silence. Where somebody was reached who did not answer, what the rules of nodes chose stays chosen, as a kernel
// remembers it; otherwise it is all decided anew.
func (w *walk) again() *walk {
	if w.verdict != Asleep || w.target == nil {
		return w.f.decide(walk{network: w.network, sender: w.sender, from: w.source, to: w.asked})
	}
	w.steps = slices.DeleteFunc(slices.Clone(w.steps), func(s Step) bool { return s.Verdict == Asleep })
	w.verdict, w.up = "", nil
	w.arrive()
	return w
}
