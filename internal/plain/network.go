package plain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"kubetutor/internal/i18n"
	"kubetutor/internal/lab/picture"
	"kubetutor/internal/lab/protocol"
)

// Network prints a cluster's network as indented text: Services with the ways that
// lead to them and what is behind them, Pods that have none, and the last
// connections.
func Network(w io.Writer, n protocol.Network, words *i18n.CLI, style Style) {
	p := networkPrinter{w: w, n: n, says: says(words), style: style}
	pic := picture.Of(n)
	if len(pic.Blocks)+len(pic.Loose) == 0 {
		p.line(0, words.NetworkEmpty)
	}
	for _, b := range pic.Blocks {
		p.service(b)
	}
	p.loose(pic.Loose)
	p.leftOut()
	p.connections()
}

// says are the words for what is in a picture, without signs that are not read out.
func says(words *i18n.CLI) picture.Words {
	return picture.Words{NetworkWords: &words.NetworkWords, Explain: &words.ExplainWords, ASCII: true}
}

// networkPrinter prints a network.
type networkPrinter struct {
	w     io.Writer
	n     protocol.Network
	says  picture.Words
	style Style
}

// line prints parts, so far in; those that are empty are left out.
func (p networkPrinter) line(in int, parts ...string) {
	lead := strings.Repeat("  ", in)
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	p.style.wrapped(p.w, lead+strings.Join(parts, p.says.NetworkComma), lead+"  ")
}

func (p networkPrinter) name(n protocol.NetworkName) string {
	if n.Namespace == p.n.Namespace {
		return n.Name
	}
	return n.String()
}

func (p networkPrinter) service(b picture.Block) {
	s := b.Service
	title := "Service " + p.name(s.NetworkName)
	if b.Missing {
		p.line(0, title, p.says.NetworkMissing)
	} else {
		p.line(0, append(append([]string{title}, p.says.ServiceFacts(s)...), p.says.Recent(s.Recent))...)
	}
	for _, way := range b.Ways {
		p.line(1, fmt.Sprintf(p.says.NetworkFrom, p.says.Way(way)), p.says.Entry(way))
	}
	for _, step := range s.Problems {
		p.line(1, p.says.Explain.Step(step))
	}
	for _, slice := range b.Slices {
		p.line(1, strings.TrimSpace("EndpointSlice "+slice.Name+" "+p.says.SlicePorts(slice.Ports)))
		for _, g := range slice.Groups {
			for _, e := range g.Ends {
				p.line(2, p.end(e)...)
			}
		}
	}
}

func (p networkPrinter) end(e picture.End) []string {
	parts := []string{strings.Join(e.Addresses, " "), p.says.EndState(e.NetworkEndpoint), e.Pod}
	if e.At != nil && e.At.Status != "Running" {
		parts = append(parts, e.At.Status)
	}
	return append(parts, p.says.Node(e.Node), p.says.Recent(e.Recent))
}

func (p networkPrinter) loose(groups []picture.Group) {
	if len(groups) == 0 {
		return
	}
	p.line(0, p.says.NetworkLoose)
	for _, g := range groups {
		for _, pod := range g.Pods {
			p.line(1, append([]string{p.name(pod.NetworkName)}, p.says.PodFacts(pod)...)...)
		}
	}
}

func (p networkPrinter) leftOut() {
	if n := p.n.Left.Services + p.n.Left.Pods + p.n.Left.Entries; n > 0 {
		p.line(0, fmt.Sprintf(p.says.NetworkMore, n))
	}
}

func (p networkPrinter) connections() {
	if len(p.n.Connections) == 0 {
		p.line(0, p.says.NetworkConnections, p.says.NetworkNone)
		return
	}
	p.line(0, p.says.NetworkConnections)
	for _, c := range p.n.Connections {
		p.line(1, append(connectionParts(p.says, c, p.n.Namespace, c.Count), p.says.Ago(c.Age))...)
	}
}

// connectionParts say how a connection ended, how many were alike, where it went,
// and why it ended so.
func connectionParts(says picture.Words, c protocol.NetworkConnection, home string, times int) []string {
	parts := []string{says.NetworkOutcomes[string(c.Outcome)]}
	if times > 1 {
		parts = append(parts, fmt.Sprintf(says.NetworkTimes, times))
	}
	return append(parts, says.Route(c, home), says.Reason(c))
}

// NetworkLog prints connections as they happen, one a line: of every network that
// it is shown those that are new.
type NetworkLog struct {
	Out   io.Writer
	Words *i18n.CLI

	seen map[uint64]int // counts, by the IDs of connections
}

// Show prints what is new, the oldest first.
func (l *NetworkLog) Show(n protocol.Network) {
	says := says(l.Words)
	list := slices.Clone(n.Connections)
	slices.SortStableFunc(list, func(a, b protocol.NetworkConnection) int { return a.Last.Compare(b.Last) })
	counts := map[uint64]int{}
	for _, c := range list {
		counts[c.ID] = c.Count
		fresh := c.Count - l.seen[c.ID]
		if fresh < 0 { // the runtime counts anew
			fresh = c.Count
		}
		if fresh > 0 {
			parts := slices.DeleteFunc(connectionParts(says, c, n.Namespace, fresh), func(s string) bool { return s == "" })
			fmt.Fprintf(l.Out, "%s %s\n", c.Last.Local().Format(time.TimeOnly), strings.Join(parts, l.Words.NetworkComma))
		}
	}
	l.seen = counts
}

// errSeen ends a stream of which one picture was wanted.
var errSeen = errors.New("seen")

// networkTimeout is how long the engine may take for a picture.
const networkTimeout = 10 * time.Second

// network prints the network, of a namespace if one is named.
func (t *Tutor) network(ctx context.Context, namespace string) error {
	asked, cancel := context.WithTimeout(ctx, networkTimeout)
	defer cancel()
	var now protocol.Network
	err := t.Labs.Network(asked, protocol.NetworkView{Namespace: namespace, System: namespace != ""}, func(n protocol.Network) error {
		now = n
		return errSeen
	})
	switch {
	case now.Error != nil:
		return t.tolerate(now.Error)
	case !errors.Is(err, errSeen):
		return t.tolerate(err)
	}
	return t.show(ctx, func(w io.Writer) error {
		Network(w, now, t.Words, t.Style)
		return nil
	})
}
