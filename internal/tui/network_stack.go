package tui

import (
	"strings"

	"kubetutor/internal/lab/picture"
)

// stacked draws a Service for a narrow window: itself, what leads to it, and what
// is behind it, one below the other.
func (p *networkPage) stacked(b picture.Block) (rows []networkRow) {
	s, says, dim := b.Service, p.c.says(), p.c.styles.Dim
	item := picture.Item{Kind: picture.Service, NetworkName: s.NetworkName}
	name := p.marked(s.Name, item)
	if b.Missing {
		rows = append(rows, networkRow{text: name})
	} else {
		line := name + " " + dim.Render(s.Type+" "+strings.Join(says.Ports(s), " "))
		rows = append(rows, networkRow{text: spread(line, p.counted(s.Recent)+" ", p.width), items: []networkSpot{{0, item}}})
	}
	for _, way := range b.Ways {
		rows = append(rows, networkRow{text: "    " + p.c.styles.Rule.Render(newWires(p.c.o.ASCII).back) + " " + says.Way(way) + " " + dim.Render(says.Entry(way))})
	}
	if said := p.fault(b); said != "" {
		rows = append(rows, networkRow{text: "    " + said})
	}
	for _, slice := range b.Slices {
		rows = append(rows, networkRow{text: "    " + dim.Render(slice.Name+" "+says.SlicePorts(slice.Ports))})
		rows = append(rows, p.stackedEnds(slice)...)
	}
	return rows
}

// stackedEnds are the endpoints of a slice, each with its Pod and node.
func (p *networkPage) stackedEnds(s picture.Slice) (rows []networkRow) {
	w := newWires(p.c.o.ASCII)
	for _, g := range s.Groups {
		for _, e := range g.Ends {
			rows = append(rows, p.stackedEnd(e))
		}
	}
	for i := range rows {
		joint := w.middle
		if i == len(rows)-1 {
			joint = w.last
		}
		rows[i].text = "    " + p.c.styles.Rule.Render(joint) + rows[i].text
	}
	return rows
}

func (p *networkPage) stackedEnd(e picture.End) networkRow {
	var row networkRow
	name := "  " + strings.Join(e.Addresses, ",")
	if e.At != nil {
		item := picture.Item{Kind: picture.Pod, NetworkName: e.At.NetworkName}
		row.items = []networkSpot{{0, item}}
		name = p.marked(e.At.Name, item)
	}
	state := p.condition(e.Ready) + " " + p.c.says().EndState(e.NetworkEndpoint)
	if e.At != nil {
		state += p.isolated(e.At.NetworkName)
	}
	right := p.c.styles.Dim.Render(p.c.says().Node(e.Node)) + " " + pad(p.counted(e.Recent), 5)
	row.text = spread(name+"  "+state, right, p.width-5)
	return row
}
