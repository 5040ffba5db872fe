package tui

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/picture"
	"kubetutor/internal/lab/protocol"
)

// networkDrawing is the picture drawn whole, and what it was drawn for.
type networkDrawing struct {
	key  networkKey
	rows []networkRow
}

// networkKey is what the drawing depends on.
type networkKey struct {
	version, width int
	item           picture.Item
	lang           course.Lang
	theme          string
	light          bool
}

// networkRow is a row of the picture, and what can be chosen in it.
type networkRow struct {
	text  string
	items []networkSpot
}

// networkSpot is where something that can be chosen is in a row: from a column on.
type networkSpot struct {
	from int
	item picture.Item
}

// columnsWidth is the width from which the picture has columns, and its details
// stand beside the connections. In a narrower window all is one below the other.
const columnsWidth = 110

func (p *networkPage) wide() bool { return p.width >= columnsWidth }

// says are the words for what is in the picture.
func (c *common) says() picture.Words {
	return picture.Words{NetworkWords: &c.words.NetworkWords, Explain: &c.words.ExplainWords, ASCII: c.o.ASCII}
}

// rows draws the picture, once for everything it depends on.
func (p *networkPage) rows() []networkRow {
	key := networkKey{p.version, p.width, p.item, p.c.lang, p.c.theme, p.c.light}
	if p.drawn.key != key {
		p.drawn = networkDrawing{key: key, rows: p.drawPicture()}
	}
	return p.drawn.rows
}

func (p *networkPage) drawPicture() (rows []networkRow) {
	draw := p.stacked
	if p.wide() {
		draw = p.columns
	}
	for i, b := range p.pic.Blocks {
		if i > 0 {
			rows = append(rows, networkRow{})
		}
		if p.net.Namespace == "" && (i == 0 || p.pic.Blocks[i-1].Service.Namespace != b.Service.Namespace) {
			rows = append(rows, networkRow{text: "  " + p.c.styles.Title.Render(b.Service.Namespace)})
		}
		rows = append(rows, draw(b)...)
	}
	rows = append(rows, p.looseRows()...)
	return append(rows, p.leftOut()...)
}

// fault says in a few words why a Service leads nowhere; empty where it does not,
// as far as is known.
func (p *networkPage) fault(b picture.Block) string {
	said := p.c.says().Fault(b)
	if said == "" {
		return ""
	}
	return p.failed(" " + said)
}

// leftOut says what there was too much of.
func (p *networkPage) leftOut() (rows []networkRow) {
	left, w := p.net.Left, p.c.words
	for _, part := range []struct {
		what string
		n    int
	}{{w.NetworkEntries, left.Entries}, {w.NetworkService, left.Services}, {w.NetworkPods, left.Pods}} {
		if part.n > 0 {
			rows = append(rows, networkRow{text: "  " + p.c.styles.Dim.Render(part.what+": "+fmt.Sprintf(w.NetworkMore, part.n))})
		}
	}
	return rows
}

func (p *networkPage) View() string {
	if said := p.instead(); said != "" {
		lines := append([]string{""}, indent(wrapped(said, min(p.width-4, textWidth), p.c.styles.Text), "  ")...)
		return strings.Join(window(lines, 0, p.height), "\n")
	}
	lines := p.head()
	top, bottom := p.shares(p.height - len(lines))
	if top > 0 {
		lines = append(lines, p.pictureLines(top)...)
		lines = append(lines, p.c.rule(p.width, 0, ""))
	}
	return strings.Join(append(lines, p.below(bottom)...), "\n")
}

// instead is what is said where there is no picture.
func (p *networkPage) instead() string {
	w := p.c.words
	switch {
	case p.c.o.Lab == nil:
		return w.NetworkNoLab
	case !p.loaded:
		return w.NetworkLooking
	case p.net.Error == nil:
		return ""
	case p.status.Foreign != "":
		return fmt.Sprintf(w.NetworkForeign, p.status.Foreign)
	case p.status.State == protocol.StateUp && p.status.Nodes == 0:
		return w.NetworkNoNodes
	case p.status.State != "" && p.status.State != protocol.StateUp:
		return w.NetworkNoCluster
	}
	return p.net.Error.Message
}

// shares splits the rows: those of the picture, and those below it but for the line
// between. In a narrow window the connections have all while they have the keys.
func (p *networkPage) shares(rows int) (top, bottom int) {
	if !p.wide() && p.focus == onConnections {
		return 0, rows
	}
	bottom = max(rows*2/5, fewest)
	if !p.wide() { // what is said of what is chosen is why it was chosen
		bottom = max(bottom, min(len(p.detail(p.detailWidth()))+fewest, rows*3/5))
	}
	return max(rows-bottom-1, 0), bottom
}

// head says what is in view, and in a wide window what the columns are.
func (p *networkPage) head() []string {
	w, s := p.c.words, p.c.styles
	name := p.net.Namespace
	if name == "" {
		name = w.NetworkEverywhere
	}
	said := "  " + s.Dim.Render(w.NetworkNamespace) + "  " + s.Key.Render("< "+name+" >")
	var notes []string
	if p.view.System {
		notes = append(notes, w.NetworkSystem)
	}
	if p.paused {
		notes = append(notes, w.NetworkPaused)
	}
	right := s.Wait.Render(strings.Join(notes, " "+p.c.signs.dot+" "))
	if p.wide() {
		return []string{spread(said, right+" ", p.width), p.columnNames()}
	}
	if len(notes) == 0 && p.focus == onPicture { // what the numbers below count
		right = s.Dim.Render(w.NetworkInTen)
	}
	return []string{spread(said, right+" ", p.width)}
}

// pictureLines are the rows of the picture that are seen: what is chosen is among
// them.
func (p *networkPage) pictureLines(h int) []string {
	rows := p.rows()
	if len(rows) == 0 {
		said := wrapped(p.c.words.NetworkEmpty, min(p.width-4, textWidth), p.c.styles.Dim)
		return window(append([]string{""}, indent(said, "  ")...), 0, h)
	}
	lines := make([]string, len(rows))
	for i, r := range rows {
		lines[i] = r.text
	}
	return window(lines, p.top(rows, h), h)
}

// top is the first row of the picture that is shown.
func (p *networkPage) top(rows []networkRow, h int) int {
	for i, r := range rows {
		for _, spot := range r.items {
			if spot.item == p.item {
				return follow(0, i+h/3, h, len(rows))
			}
		}
	}
	return 0
}

// click chooses what is clicked at.
func (p *networkPage) click(at clickMsg) {
	head := len(p.head())
	h, _ := p.shares(p.height - head)
	rows := p.rows()
	i := p.top(rows, h) + at.y - head
	if p.instead() != "" || at.y < head || at.y >= head+h || i >= len(rows) {
		return
	}
	p.focus = onPicture
	for _, spot := range rows[i].items {
		if at.x >= spot.from {
			p.item = spot.item
		}
	}
}

// marked is the name of something that can be chosen, with the cursor before it if
// it is.
func (p *networkPage) marked(name string, item picture.Item) string {
	if p.item != item {
		return "  " + name
	}
	return p.c.styles.Accent.Render(p.c.signs.cursor) + " " + p.c.styles.Strong.Render(name)
}

// condition is the sign before a Pod or an endpoint.
func (p *networkPage) condition(ready bool) string {
	if ready {
		return p.c.styles.Good.Render(p.c.signs.pass)
	}
	return p.c.styles.Bad.Render(p.c.signs.fail)
}

// counted is how many connections came through lately, and how many failed.
func (p *networkPage) counted(t protocol.Traffic) string {
	var parts []string
	if t.Connected > 0 {
		parts = append(parts, fmt.Sprint(t.Connected))
	}
	if t.Failed > 0 {
		parts = append(parts, p.failed(fmt.Sprint(t.Failed)))
	}
	return strings.Join(parts, " ")
}

func (p *networkPage) failed(text string) string {
	return p.c.styles.Bad.Render(p.c.signs.fail + text)
}

// isolated tells that policies isolate a Pod; empty where none does.
func (p *networkPage) isolated(pod protocol.NetworkName) string {
	if len(picture.Isolating(p.net, pod, true))+len(picture.Isolating(p.net, pod, false)) == 0 {
		return ""
	}
	return " " + p.c.styles.Wait.Render(p.c.words.NetworkIsolated)
}

// outcomeStyle is the style of a connection's outcome.
func (c *common) outcomeStyle(o protocol.Outcome) lipgloss.Style {
	if picture.Failed(o) {
		return c.styles.Bad
	}
	return c.styles.Good
}
