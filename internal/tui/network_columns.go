package tui

import (
	"strings"

	"kubetutor/internal/lab/picture"
	"kubetutor/internal/lab/protocol"
)

// networkColumns are the widths of the picture's columns in a wide window.
type networkColumns struct{ ways, service, slice, pods int }

// networkGap is what lies between two columns, and what lines are drawn in.
const networkGap = 4

// sliceWidth is enough for an address and how the endpoint is.
const sliceWidth = 26

// networkMargin is what lies before the first column.
const networkMargin = 2

func (p *networkPage) widths() networkColumns {
	room := p.width - networkMargin - 3*networkGap
	c := networkColumns{ways: room * 22 / 100, service: room * 25 / 100, slice: sliceWidth}
	c.pods = room - c.ways - c.service - c.slice
	return c
}

// at is where a column begins: 0 the ways, 1 the Service, 2 the slices, 3 the Pods.
func (c networkColumns) at(n int) int {
	starts := []int{0, c.ways, c.ways + c.service, c.ways + c.service + c.slice}
	return networkMargin + starts[n] + n*networkGap
}

// columnNames is the line above the columns.
func (p *networkPage) columnNames() string {
	w, c := p.c.words, p.widths()
	gap := strings.Repeat(" ", networkGap)
	line := strings.Repeat(" ", networkMargin)
	for _, column := range []struct {
		name string
		w    int
	}{{w.NetworkEntries, c.ways}, {"  " + w.NetworkService, c.service}, {w.NetworkSlice, c.slice}} {
		line += pad(column.name, column.w) + gap
	}
	return p.c.styles.Title.Render(line + spread(w.NetworkPods, w.NetworkInTen+" ", c.pods))
}

// wires are the signs of which lines between the columns are drawn.
type wires struct{ across, first, middle, last, down, arrow, back, joining, closing string }

func newWires(ascii bool) wires {
	if ascii {
		return wires{across: "-", first: "+", middle: "+", last: "+", down: "|", arrow: ">", back: "<-", joining: "+", closing: "+"}
	}
	return wires{across: "─", first: "┬", middle: "├", last: "└", down: "│", arrow: "→", back: "←", joining: "┤", closing: "┘"}
}

// fromMany is the gap in row i of n that are led together to the first one.
func (w wires) fromMany(i, n int) string {
	switch {
	case i >= n:
		return strings.Repeat(" ", networkGap)
	case n == 1:
		return w.across + w.across + w.arrow + " "
	case i == 0:
		return w.across + w.first + w.arrow + " "
	case i == n-1:
		return w.across + w.closing + "  "
	}
	return w.across + w.joining + "  "
}

// toMany is the gap in row i where lines lead from the first row to those in heads.
func (w wires) toMany(i int, heads []int) string {
	if len(heads) == 0 || i > heads[len(heads)-1] {
		return strings.Repeat(" ", networkGap)
	}
	switch is := i == heads[0]; {
	case is && len(heads) == 1:
		return " " + w.across + w.across + " "
	case is:
		return " " + w.first + w.across + " "
	case i == heads[len(heads)-1]:
		return " " + w.last + w.across + " "
	}
	for _, h := range heads {
		if h == i {
			return " " + w.middle + w.across + " "
		}
	}
	return " " + w.down + "  "
}

// cell is a row of the right half of a block: an EndpointSlice or an endpoint, and
// a node or a Pod.
type cell struct {
	slice, pod string
	head       bool // an EndpointSlice begins
	joined     bool // the endpoint is a Pod's
	item       picture.Item
}

// columns draws a Service, what leads to it on its left and what is behind it on
// its right.
func (p *networkPage) columns(b picture.Block) (rows []networkRow) {
	c, w := p.widths(), newWires(p.c.o.ASCII)
	ways, service, cells := p.wayLines(b, c.ways), p.serviceLines(b, c.service), p.cells(b, c)
	var heads []int
	for i, cell := range cells {
		if cell.head {
			heads = append(heads, i)
		}
	}
	rule := func(s string) string { return p.c.styles.Rule.Render(s) }
	for i := range max(len(ways), len(service), len(cells)) {
		row := networkRow{text: strings.Repeat(" ", networkMargin)}
		row.text += pad(at(ways, i), c.ways) + rule(w.fromMany(i, len(ways)))
		row.text += pad(at(service, i), c.service) + rule(w.toMany(i, heads))
		if i == 0 && !b.Missing {
			row.items = append(row.items, networkSpot{c.at(1), picture.Item{Kind: picture.Service, NetworkName: b.Service.NetworkName}})
		}
		if i < len(cells) {
			row.text += pad(cells[i].slice, c.slice) + rule(w.between(cells[i].joined)) + cells[i].pod
			if cells[i].item.Kind != picture.Nothing {
				row.items = append(row.items, networkSpot{c.at(3), cells[i].item})
			}
		}
		row.text = strings.TrimRight(row.text, " ")
		rows = append(rows, row)
	}
	return rows
}

// between is the gap between an endpoint and its Pod.
func (w wires) between(joined bool) string {
	if joined {
		return strings.Repeat(w.across, networkGap-1) + " "
	}
	return strings.Repeat(" ", networkGap)
}

// at is a line of a column, empty below its end.
func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// wayLines are the ways to a Service, one a line.
func (p *networkPage) wayLines(b picture.Block, room int) (lines []string) {
	says := p.c.says()
	for _, way := range b.Ways {
		text, entry := says.Way(way), way.Entry.Name
		if entry != "" && width(text)+1+width(entry) <= room {
			entry = " " + p.c.styles.Dim.Render(entry)
		} else {
			entry = ""
		}
		lines = append(lines, pad(clip(text, room)+entry, room))
	}
	return lines
}

// serviceLines say what a Service is.
func (p *networkPage) serviceLines(b picture.Block, room int) []string {
	s, dim := b.Service, p.c.styles.Dim
	name := p.marked(s.Name, picture.Item{Kind: picture.Service, NetworkName: s.NetworkName})
	if b.Missing {
		return []string{name, "  " + p.fault(b)}
	}
	lines := []string{spread(name+" "+dim.Render(s.Type), dim.Render(p.counted(s.Recent)), room)}
	for _, port := range p.c.says().Ports(s) {
		lines = append(lines, "  "+port)
	}
	if len(s.Selector) > 0 {
		lines = append(lines, "  "+dim.Render(picture.Labels(s.Selector)))
	}
	if said := p.habits(s); said != "" {
		lines = append(lines, "  "+dim.Render(said))
	}
	if said := p.fault(b); said != "" {
		lines = append(lines, "  "+said)
	}
	return lines
}

// habits say what a Service does otherwise than most.
func (p *networkPage) habits(s protocol.NetworkService) string {
	return strings.Join(p.c.says().Habits(s), p.c.words.NetworkComma)
}

// shown is the name of an object; its namespace goes without saying where one is in
// view.
func (p *networkPage) shown(n protocol.NetworkName) string {
	if n.Namespace == p.net.Namespace {
		return n.Name
	}
	return n.String()
}

// cells are the right half of a block.
func (p *networkPage) cells(b picture.Block, c networkColumns) (cells []cell) {
	says, dim := p.c.says(), p.c.styles.Dim
	for _, s := range b.Slices {
		head := cell{slice: s.Name + " " + dim.Render(says.SlicePorts(s.Ports)), head: true}
		for i, g := range s.Groups {
			if i > 0 {
				head = cell{}
			}
			head.pod = "  " + dim.Render(says.Node(g.Node))
			cells = append(cells, head)
			for _, e := range g.Ends {
				cells = append(cells, p.endCell(b.Service, e, c))
			}
		}
		if len(s.Groups) == 0 {
			cells = append(cells, head)
		}
	}
	return cells
}

// endCell is an endpoint and its Pod.
func (p *networkPage) endCell(s protocol.NetworkService, e picture.End, c networkColumns) cell {
	state := p.c.says().EndState(e.NetworkEndpoint)
	out := cell{slice: "  " + strings.Join(e.Addresses, ",") + " " + p.condition(e.Ready) + " " + state}
	if e.At == nil {
		out.pod = spread("  "+e.Pod, p.counted(e.Recent)+" ", c.pods)
		return out
	}
	out.joined = true
	out.item = picture.Item{Kind: picture.Pod, NetworkName: e.At.NetworkName}
	out.pod = spread(p.podName(*e.At), p.counted(e.Recent)+" ", c.pods)
	return out
}

// podName is a Pod with what is to be said of it where it does not simply run.
func (p *networkPage) podName(pod protocol.NetworkPod) string {
	return p.podCalled(pod.Name, pod)
}

// podCalled is podName with the name that is to be shown.
func (p *networkPage) podCalled(shown string, pod protocol.NetworkPod) string {
	name := p.marked(shown, picture.Item{Kind: picture.Pod, NetworkName: pod.NetworkName})
	if pod.Status != "Running" {
		name += " " + p.c.styles.Bad.Render(pod.Status)
	}
	return name + p.isolated(pod.NetworkName)
}

// looseRows are the Pods behind no Service.
func (p *networkPage) looseRows() (rows []networkRow) {
	if len(p.pic.Loose) == 0 {
		return nil
	}
	from := networkMargin
	if p.wide() {
		from = p.widths().at(3)
	}
	lead := strings.Repeat(" ", from)
	title := strings.Repeat(" ", networkMargin) + p.c.styles.Title.Render(p.c.words.NetworkLoose)
	rows = append(rows, networkRow{}, networkRow{text: title})
	for i, g := range p.pic.Loose {
		node := "  " + p.c.styles.Dim.Render(p.c.says().Node(g.Node))
		if i == 0 && p.wide() {
			rows[1].text = pad(title, from) + node
		} else {
			rows = append(rows, networkRow{text: lead + node})
		}
		for _, pod := range g.Pods {
			line := p.podCalled(p.shown(pod.NetworkName), pod)
			if pod.Status == "Running" && !pod.Ready {
				line += " " + p.c.styles.Bad.Render(p.c.words.NetworkNotReady)
			}
			rows = append(rows, networkRow{
				text:  lead + spread(line, p.counted(pod.Incoming)+" ", p.width-from),
				items: []networkSpot{{from, picture.Item{Kind: picture.Pod, NetworkName: pod.NetworkName}}},
			})
		}
	}
	return rows
}
