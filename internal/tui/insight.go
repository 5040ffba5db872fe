package tui

import (
	"context"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/review"
	"kubetutor/internal/review/insight"
	"kubetutor/internal/tui/keymap"
)

// Insights says how reviews go, and has their settings; see [InsightsOf].
type Insights interface {
	// Gather reads all reviews and cards, of which insights are computed.
	Gather(ctx context.Context) (*insight.Log, error)
	// Lately tells of the last days.
	Lately(ctx context.Context) (insight.Lately, error)
	// Workload tells what a desired retention costs.
	Workload(ctx context.Context) ([]insight.Load, error)
	Config() review.Config
	Configure(review.Config)
}

// InsightsOf are those of a desk of package review.
func InsightsOf(d *ReviewDesk) Insights { return insights{d} }

type insights struct{ *ReviewDesk }

// Gather implements Insights.
func (i insights) Gather(ctx context.Context) (*insight.Log, error) {
	return insight.Gather(ctx, i.Desk())
}

// Lately implements Insights.
func (i insights) Lately(ctx context.Context) (insight.Lately, error) {
	return insight.Recently(ctx, i.Desk().Store, insight.ClockOf(i.Desk()))
}

// Workload implements Insights.
func (i insights) Workload(ctx context.Context) ([]insight.Load, error) {
	return insight.Workload(ctx, i.Desk())
}

// insightPage says how reviews go, of a track or of all.
type insightPage struct {
	c             *common
	back          tea.Msg // leads to where the learner came from
	log           *insight.Log
	shown         insight.Insight
	loaded        bool
	version       int // of what is shown
	track         int // its place in the course, from 1; 0 is all
	reply         int
	top           int  // the first line shown
	end           bool // the last one is, whatever the window's size
	drawn         insightDrawing
	width, height int
}

// openInsightMsg asks for the page; back is where it leads back to.
type openInsightMsg struct{ back tea.Msg }

// insightMsg brings an insight, and the log it is from.
type insightMsg struct {
	reply   int
	log     *insight.Log
	insight insight.Insight
	err     error
}

func newInsightPage(c *common, back tea.Msg) *insightPage { return &insightPage{c: c, back: back} }

// Init reads everything, and computes what is shown.
func (p *insightPage) Init() tea.Cmd {
	if p.c.o.Insights == nil {
		return nil
	}
	id, track := p.asked(), p.trackID()
	return func() tea.Msg {
		log, err := p.c.o.Insights.Gather(p.c.ctx)
		if err != nil {
			return insightMsg{reply: id, err: err}
		}
		return insightMsg{id, log, log.Of(track), nil}
	}
}

// compute computes what is shown of what was read.
func (p *insightPage) compute() tea.Cmd {
	if p.log == nil {
		return nil
	}
	id, log, track := p.asked(), p.log, p.trackID()
	return func() tea.Msg { return insightMsg{id, log, log.Of(track), nil} }
}

// asked makes older replies stale.
func (p *insightPage) asked() int {
	p.reply = p.c.nextID()
	return p.reply
}

func (p *insightPage) trackID() string {
	if p.track == 0 {
		return ""
	}
	return p.c.o.Course.Tracks[p.track-1].ID
}

func (p *insightPage) Title() string          { return p.c.words.InsightTitle }
func (p *insightPage) Aside() string          { return "" }
func (p *insightPage) Split() int             { return 0 }
func (p *insightPage) Scopes() []keymap.Scope { return []keymap.Scope{keymap.InsightPage} }
func (p *insightPage) Typing() bool           { return false }
func (p *insightPage) Busy() bool             { return false }
func (p *insightPage) Cursor() *tea.Cursor    { return nil }
func (p *insightPage) Wants() []docKey        { return nil }
func (p *insightPage) Leave() tea.Cmd         { return nil }
func (p *insightPage) SetSize(w, h int)       { p.width, p.height = w, h }

func (p *insightPage) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case insightMsg:
		return p.take(msg)
	case wheelMsg:
		p.scroll(msg.lines)
	case actMsg:
		return p.act(msg.action)
	}
	return nil
}

func (p *insightPage) take(msg insightMsg) tea.Cmd {
	switch {
	case msg.reply != p.reply:
		return nil
	case msg.err != nil:
		return say(showNoticeMsg{fmt.Sprintf(p.c.words.ReviewSlow, msg.err)})
	}
	p.log, p.shown, p.loaded = msg.log, msg.insight, true
	p.version++
	return nil
}

func (p *insightPage) act(a keymap.Action) tea.Cmd {
	if by, ok := keymap.Rows(a, p.height-2, 1<<20); ok {
		p.scroll(by)
		return nil
	}
	switch a {
	case keymap.NextPage:
		p.jump(1)
	case keymap.PrevPage:
		p.jump(-1)
	case keymap.Right:
		return p.turn(1)
	case keymap.Left:
		return p.turn(-1)
	case keymap.Other:
		return say(openStatsMsg{})
	case keymap.Back:
		return say(p.back)
	}
	return nil
}

// turn shows another track.
func (p *insightPage) turn(by int) tea.Cmd {
	n := len(p.c.o.Course.Tracks) + 1
	p.track = (p.track + by + n) % n
	return p.compute()
}

// scroll moves by lines, as far as there are some.
func (p *insightPage) scroll(by int) {
	d := p.draw()
	last := max(len(d.lines)-p.height, 0)
	p.top = max(min(p.first(d)+by, last), 0)
	p.end = by > 0 && p.top == last
}

// first is the first line shown: after the window grew, there may be fewer to
// scroll through.
func (p *insightPage) first(d insightDrawing) int {
	last := max(len(d.lines)-p.height, 0)
	if p.end {
		return last
	}
	return min(p.top, last)
}

// jump scrolls to where the next part begins, or the one before.
func (p *insightPage) jump(by int) {
	d := p.draw()
	at := p.first(d)
	if by < 0 {
		for i := len(d.parts) - 1; i >= 0; i-- {
			if d.parts[i] < at {
				p.scroll(d.parts[i] - at)
				return
			}
		}
		return
	}
	for _, line := range d.parts {
		if line > at {
			p.scroll(line - at)
			return
		}
	}
}
