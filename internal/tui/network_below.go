package tui

import (
	"fmt"
	"strings"
	"time"

	"kubetutor/internal/lab/picture"
	"kubetutor/internal/lab/protocol"
)

// below is what stands below the picture, in h rows: the last connections, and what
// is to be said of what is chosen.
func (p *networkPage) below(h int) []string {
	said := p.said(h)
	switch {
	case len(said) == 0:
		return p.connectionLines(p.width, h)
	case p.wide():
		left := p.width - p.detailWidth() - 3
		return p.c.beside(p.connectionLines(left, h), indent(window(said, 0, h), " "), left)
	case p.focus == onConnections:
		lines := append(p.connectionLines(p.width, h-len(said)-1), p.c.rule(p.width, 0, ""))
		return append(lines, indent(said, "  ")...)
	}
	return append(indent(said, "  "), p.connectionLines(p.width, h-len(said))...)
}

// detailShare is how many of h rows below the picture can say something of what is
// chosen.
func (p *networkPage) detailShare(h int) int {
	switch {
	case p.wide():
		return h
	case p.focus == onConnections:
		return max(h-fewest-1, 0)
	}
	return max(h-fewest, 0)
}

// said is what is seen of the detail, in h rows below the picture. The last line
// tells that there is more.
func (p *networkPage) said(h int) []string {
	detail, share := p.detail(p.detailWidth()), p.detailShare(h)
	if len(detail) <= share {
		return detail
	}
	top := max(min(p.read, len(detail)-share), 0)
	seen := window(detail, top, share)
	if top+share < len(detail) && share > 0 {
		seen[share-1] = p.c.styles.Dim.Render("…")
	}
	return seen
}

// fewest is how many rows connections get at least, with their title.
const fewest = 3

// detailWidth is how wide what is said of something is.
func (p *networkPage) detailWidth() int {
	if p.wide() {
		return p.width * 2 / 5
	}
	return p.width - 4
}

// connectionLines are a title and the last connections.
func (p *networkPage) connectionLines(w, h int) []string {
	list := p.connections()
	title := p.c.words.NetworkConnections
	if p.item.Kind != picture.Nothing {
		title = fmt.Sprintf(p.c.words.NetworkConnectionsOf, p.shown(p.item.NetworkName))
	}
	lines := []string{"  " + p.c.styles.Title.Render(title)}
	if len(list) == 0 {
		lines[0] += "  " + p.c.styles.Dim.Render(p.c.words.NetworkNone)
	}
	at := -1
	for i, c := range list {
		chosen := p.focus == onConnections && c.ID == p.connection
		if chosen {
			at = i
		}
		lines = append(lines, p.connectionLine(c, chosen, w))
	}
	if n := p.net.Left.Connections; n > 0 && p.item.Kind == picture.Nothing {
		lines = append(lines, "    "+p.c.styles.Dim.Render(fmt.Sprintf(p.c.words.NetworkMore, n)))
	}
	top := follow(0, at, max(h-1, 1), len(lines)-1)
	return append(lines[:1:1], window(lines[1:], top, h-1)...)[:max(h, 0)]
}

// connectionLine is a connection in one line: its outcome, the way that it took,
// why, how many were alike and when the last one was.
func (p *networkPage) connectionLine(c protocol.NetworkConnection, chosen bool, w int) string {
	says := p.c.says()
	lead := "    "
	if chosen {
		lead = "  " + p.c.styles.Accent.Render(p.c.signs.cursor) + " "
	}
	sign := p.c.signs.pass
	if picture.Failed(c.Outcome) {
		sign = p.c.signs.fail
	}
	outcome := p.c.outcomeStyle(c.Outcome).Render(pad(sign+" "+says.NetworkOutcomes[string(c.Outcome)], p.outcomeWidth()))
	route := says.Route(c, p.net.Namespace)
	if chosen {
		route = p.c.styles.Strong.Render(route)
	}
	line := lead + outcome + " " + route
	if why := says.Reason(c); why != "" {
		line += "  " + p.c.styles.Dim.Render(why)
	}
	return spread(line, p.c.styles.Dim.Render(strings.TrimSpace(says.Times(c.Count)+" "+says.Ago(c.Age)))+" ", w)
}

// outcomeWidth is as wide as the widest outcome.
func (p *networkPage) outcomeWidth() (w int) {
	for _, o := range []protocol.Outcome{
		protocol.OutcomeConnects, protocol.OutcomeRefused, protocol.OutcomeRejected, protocol.OutcomeTimesOut, protocol.OutcomeUnreachable,
	} {
		w = max(w, width(p.c.words.NetworkOutcomes[string(o)])+2)
	}
	return w
}

// detail says more of what is chosen, in lines of w columns.
func (p *networkPage) detail(w int) []string {
	if p.focus == onConnections {
		if at := p.chosen(); at >= 0 {
			return p.connectionDetail(p.connections()[at], w)
		}
		return nil
	}
	switch p.item.Kind {
	case picture.Service:
		for _, b := range p.pic.Blocks {
			if b.Service.NetworkName == p.item.NetworkName {
				return p.serviceDetail(b.Service, w)
			}
		}
	case picture.Pod:
		for _, pod := range p.net.Pods {
			if pod.NetworkName == p.item.NetworkName {
				return p.podDetail(pod, w)
			}
		}
	}
	return nil
}

// told breaks parts that belong together into lines.
func (p *networkPage) told(parts []string, w int) []string {
	return wrapped(strings.Join(parts, p.c.words.NetworkComma), w, p.c.styles.Text)
}

func (p *networkPage) serviceDetail(s protocol.NetworkService, w int) []string {
	says := p.c.says()
	lines := []string{p.c.styles.Title.Render(clip("Service "+p.shown(s.NetworkName), w))}
	lines = append(lines, p.stepLines(s.Problems, w)...)
	parts := says.ServiceFacts(s)
	if recent := says.Recent(s.Recent); recent != "" {
		parts = append(parts, recent)
	}
	return append(lines, p.told(parts, w)...)
}

func (p *networkPage) podDetail(pod protocol.NetworkPod, w int) []string {
	says := p.c.says()
	lines := []string{p.c.styles.Title.Render(clip("Pod "+p.shown(pod.NetworkName), w))}
	lines = append(lines, p.told(says.PodFacts(pod), w)...)
	return append(lines, p.told(says.Isolation(p.net, pod.NetworkName), w)...)
}

// connectionDetail tells a connection step by step, and what would change its end.
func (p *networkPage) connectionDetail(c protocol.NetworkConnection, w int) []string {
	lines := wrapped(p.c.says().Route(c, p.net.Namespace), w, p.c.styles.Title)
	lines = append(lines, p.stepLines(c.Steps, w)...)
	lines = append(lines, wrapped(p.tried(c), w, p.c.styles.Dim)...)
	if len(c.Advice) > 0 && picture.Failed(c.Outcome) {
		lines = append(lines, "", p.c.styles.Title.Render(clip(p.c.words.ExplainChange, w)))
		lines = append(lines, p.stepLines(c.Advice, w)...)
	}
	return lines
}

// tried says when.
func (p *networkPage) tried(c protocol.NetworkConnection) string {
	clock := func(t time.Time) string { return t.In(p.c.o.Now().Location()).Format(time.TimeOnly) }
	if c.Count == 1 {
		return clock(c.Last)
	}
	return fmt.Sprintf(p.c.words.NetworkTried, c.Count, clock(c.Began), clock(c.Last))
}

// stepLines are the steps of an explanation, each a sentence.
func (p *networkPage) stepLines(steps []protocol.ExplainStep, w int) (lines []string) {
	for _, s := range steps {
		style, sign := p.c.styles.Text, p.c.signs.dot
		if s.Stops {
			style, sign = p.c.styles.Bad, p.c.signs.fail
		}
		for i, line := range wrapped(p.c.says().Explain.Step(s), w-2, style) {
			lead := "  "
			if i == 0 {
				lead = style.Render(sign) + " "
			}
			lines = append(lines, lead+line)
		}
	}
	return lines
}
