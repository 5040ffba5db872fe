package tui

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/lab/picture"
	"kubetutor/internal/lab/protocol"
	"kubetutor/internal/search"
	"kubetutor/internal/tui/keymap"
	"kubetutor/internal/tui/stream"
)

// networkPage is the live picture of the cluster's network. It lies over the page
// from which it was opened: a lab and its console go on beneath.
type networkPage struct {
	c      *common
	view   protocol.NetworkView
	cancel context.CancelFunc
	task   int // number of what is followed; older messages are dropped

	loaded  bool
	net     protocol.Network // as it is shown
	pic     picture.Picture  // of it
	newest  protocol.Network // came while it was paused
	paused  bool
	status  protocol.Status // where the network cannot be seen
	version int             // of what is shown

	focus      networkFocus
	item       picture.Item // chosen in the picture
	connection uint64       // chosen among the connections: its ID
	read       int          // lines of what is said of it that were scrolled away
	drawn      networkDrawing
	width      int
	height     int
}

// networkFocus is what the keys move in.
type networkFocus int

const (
	onPicture networkFocus = iota
	onConnections
)

// openNetworkMsg asks for the picture of the network.
type openNetworkMsg struct{}

// networkKind is the kind of a hit that is not in the course: the picture of the
// network.
const networkKind search.Kind = "network"

// networkHit is that hit, for the beginning of one of its names.
func (c *common) networkHit(query string) []search.Hit {
	names := strings.Split(c.words.NetworkNames, "|")
	called := func(name string) bool { return width(query) >= 3 && strings.HasPrefix(name, strings.ToLower(query)) }
	if c.o.Lab == nil || !slices.ContainsFunc(names, called) {
		return nil
	}
	return []search.Hit{{Kind: networkKind, Lang: c.lang, Title: c.words.NetworkTitle, Snippet: c.words.NetworkAbout}}
}

// networkMsg brings the network as it is now, and if it cannot be seen how the
// cluster is.
type networkMsg struct {
	task    int
	network protocol.Network
	status  protocol.Status
	err     error // it will not be seen
}

func newNetworkPage(c *common) *networkPage { return &networkPage{c: c} }

// Init follows the network.
func (p *networkPage) Init() tea.Cmd { return p.follow() }

// follow follows what is in view, and nothing else any more.
func (p *networkPage) follow() tea.Cmd {
	p.Leave()
	if p.c.o.Lab == nil {
		return nil
	}
	var ctx context.Context
	ctx, p.cancel = context.WithCancel(p.c.ctx)
	p.task = p.c.nextID()
	task, view := p.task, p.view
	return stream.Of(ctx, func(send func(tea.Msg) error) tea.Msg {
		err := p.c.o.Lab.Network(ctx, view, func(n protocol.Network) error {
			return send(p.c.seen(ctx, task, n))
		})
		if err == nil || ctx.Err() != nil {
			return nil
		}
		return networkMsg{task: task, err: err}
	})
}

// seen is the message of a network; of one that cannot be seen it finds out how the
// cluster is.
func (c *common) seen(ctx context.Context, task int, n protocol.Network) networkMsg {
	msg := networkMsg{task: task, network: n}
	if n.Error != nil {
		msg.status, _ = c.o.Lab.Status(ctx) // then the engine's own sentence is shown
	}
	return msg
}

// Leave ends what runs on behalf of the page.
func (p *networkPage) Leave() {
	if p.cancel != nil {
		p.cancel()
	}
}

func (p *networkPage) Title() string          { return p.c.words.NetworkTitle }
func (p *networkPage) Scopes() []keymap.Scope { return []keymap.Scope{keymap.NetworkPage} }
func (p *networkPage) Typing() bool           { return false }
func (p *networkPage) Cursor() *tea.Cursor    { return nil }
func (p *networkPage) SetSize(w, h int)       { p.width, p.height = w, h }

func (p *networkPage) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case networkMsg:
		p.take(msg)
	case wheelMsg:
		return steps(msg.lines/wheelLines, p.act)
	case clickMsg:
		p.click(msg)
	case actMsg:
		return p.act(msg.action)
	}
	return nil
}

// take takes over how the network is. While it is paused that is kept for later.
func (p *networkPage) take(msg networkMsg) {
	switch {
	case msg.task != p.task:
		return
	case msg.err != nil:
		msg.network = protocol.Network{Error: &protocol.Error{Message: p.c.trouble(msg.err)}}
	}
	p.newest, p.status = msg.network, msg.status
	if !p.paused {
		p.show(msg.network)
	}
}

func (p *networkPage) show(n protocol.Network) {
	p.loaded, p.net, p.pic = true, n, picture.Of(n)
	p.version++
	if !slices.Contains(p.pic.Items(), p.item) {
		p.item = picture.Item{}
	}
}

func (p *networkPage) act(a keymap.Action) tea.Cmd {
	switch a {
	case keymap.Up:
		p.move(-1)
	case keymap.Down:
		p.move(1)
	case keymap.PageUp:
		p.scroll(-1)
	case keymap.PageDown:
		p.scroll(1)
	case keymap.Top:
		p.move(-1 << 20)
	case keymap.Bottom:
		p.move(1 << 20)
	case keymap.Other:
		p.turnFocus()
	case keymap.Pause:
		p.pause()
	case keymap.System:
		p.view.System, p.paused = !p.view.System, false
		return p.follow()
	case keymap.Right:
		return p.turn(1)
	case keymap.Left:
		return p.turn(-1)
	case keymap.Back:
		return p.back()
	}
	return nil
}

// back takes back what was chosen, then leaves.
func (p *networkPage) back() tea.Cmd {
	switch {
	case p.focus == onConnections:
		p.focus = onPicture
	case p.item.Kind != picture.Nothing:
		p.item = picture.Item{}
	default:
		return say(uncoverMsg{})
	}
	return nil
}

func (p *networkPage) turnFocus() {
	p.focus, p.read = 1-p.focus, 0
	if p.focus == onConnections && p.chosen() < 0 {
		p.move(0)
	}
}

// pause holds the picture still, or lets it go on.
func (p *networkPage) pause() {
	p.paused = !p.paused
	p.version++
	if !p.paused && p.loaded {
		p.show(p.newest)
	}
}

// turn shows another namespace; before the first one are all of them.
func (p *networkPage) turn(by int) tea.Cmd {
	names := append([]string{""}, p.net.Namespaces...)
	now := p.view.Namespace
	if now == "" && !p.view.All { // the engine has chosen
		now = p.net.Namespace
	}
	at := max(slices.Index(names, now), 0)
	p.view.Namespace = names[(at+by+len(names))%len(names)]
	p.view.All, p.paused = p.view.Namespace == "", false
	return p.follow()
}

// scroll scrolls what is said of what is chosen, where there is more of it than can
// be seen; else it moves the cursor by many steps.
func (p *networkPage) scroll(by int) {
	_, bottom := p.shares(p.height - len(p.head()))
	seen := p.detailShare(bottom)
	if last := len(p.detail(p.detailWidth())) - seen; last > 0 {
		p.read = max(min(p.read+by*max(seen-1, 1), last), 0)
		return
	}
	p.move(by * max(p.height/3, 1))
}

// move moves the cursor; the first step chooses the first thing.
func (p *networkPage) move(by int) {
	p.read = 0
	if p.focus == onConnections {
		list := p.connections()
		if at := clamp(p.chosen(), by, len(list)); at >= 0 {
			p.connection = list[at].ID
		}
		return
	}
	items := p.pic.Items()
	if at := clamp(slices.Index(items, p.item), by, len(items)); at >= 0 {
		p.item = items[at]
	}
}

// clamp is the place by steps away from a place in a list, -1 in an empty one.
// Before the list, -1, is where nothing is chosen.
func clamp(at, by, n int) int {
	if at < 0 && by > 1 {
		at = 0
	}
	return min(max(at+by, 0), n-1)
}

// connections are those of what is chosen in the picture.
func (p *networkPage) connections() (list []protocol.NetworkConnection) {
	for _, c := range p.net.Connections {
		if picture.Concerns(p.item, c) {
			list = append(list, c)
		}
	}
	return list
}

// chosen is the place of the connection that is chosen, -1 for none.
func (p *networkPage) chosen() int {
	return slices.IndexFunc(p.connections(), func(c protocol.NetworkConnection) bool { return c.ID == p.connection })
}
