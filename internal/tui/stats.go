package tui

import (
	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/chart"
	"kubetutor/internal/course"
	"kubetutor/internal/stats"
	"kubetutor/internal/tui/keymap"
)

// statsPage says how far the learner has come: what is unfinished, by track,
// lesson, question and lab, and by day.
type statsPage struct {
	c             *common
	loaded        bool
	stats         stats.Stats
	open          map[string]bool // tracks and lessons that are unfolded, by their rows' ids
	bodies        map[string]*course.Body
	cursor        int // among the rows that can be chosen
	width, height int
}

// statsLoadedMsg brings the statistics, bodyLoadedMsg what is in an unfolded
// lesson: the titles of its labs.
type (
	statsLoadedMsg struct {
		stats stats.Stats
		err   error
	}
	bodyLoadedMsg struct {
		lesson *course.Body
		err    error
	}
)

func newStatsPage(c *common) *statsPage {
	return &statsPage{c: c, open: map[string]bool{}, bodies: map[string]*course.Body{}}
}

func (p *statsPage) Init() tea.Cmd {
	now := p.c.o.Now()
	return func() tea.Msg {
		facts, err := stats.Gather(p.c.ctx, p.c.o.Store, chart.DaysIn(stats.Weeks, now), now)
		return statsLoadedMsg{stats.Of(p.c.o.Course, facts), err}
	}
}

func (p *statsPage) Title() string          { return p.c.words.StatsTitle }
func (p *statsPage) Aside() string          { return "" }
func (p *statsPage) Split() int             { return 0 }
func (p *statsPage) Scopes() []keymap.Scope { return []keymap.Scope{keymap.StatsPage} }
func (p *statsPage) Typing() bool           { return false }
func (p *statsPage) Busy() bool             { return false }
func (p *statsPage) Cursor() *tea.Cursor    { return nil }
func (p *statsPage) Wants() []docKey        { return nil }
func (p *statsPage) Leave() tea.Cmd         { return nil }
func (p *statsPage) SetSize(w, h int)       { p.width, p.height = w, h }

func (p *statsPage) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case statsLoadedMsg:
		return p.take(msg)
	case bodyLoadedMsg:
		return p.unfolded(msg)
	case clickMsg:
		return p.click(msg.y)
	case wheelMsg:
		return steps(msg.lines/wheelLines, p.act)
	case actMsg:
		return p.act(msg.action)
	}
	return nil
}

func (p *statsPage) take(msg statsLoadedMsg) tea.Cmd {
	if msg.err != nil {
		return say(showNoticeMsg{msg.err.Error()})
	}
	p.loaded, p.stats = true, msg.stats
	return nil
}

func (p *statsPage) unfolded(msg bodyLoadedMsg) tea.Cmd {
	if msg.err != nil {
		return say(showNoticeMsg{msg.err.Error()})
	}
	p.bodies[msg.lesson.ID] = msg.lesson
	return nil
}

func (p *statsPage) act(a keymap.Action) tea.Cmd {
	if by, ok := keymap.Rows(a, p.height/2, 1<<20); ok {
		p.move(by)
		return nil
	}
	switch a {
	case keymap.Open:
		return p.enter()
	case keymap.Right:
		return p.unfold()
	case keymap.Left:
		p.fold()
	case keymap.Other:
		return say(openInsightMsg{openHomeMsg{}})
	case keymap.Back:
		return say(openHomeMsg{})
	}
	return nil
}

// chosen is the row with the cursor; ok is false where there is none.
func (p *statsPage) chosen() (row statsRow, ok bool) {
	for _, r := range p.rows() {
		if r.choice == p.cursor && r.kind != statsText {
			return r, true
		}
	}
	return row, false
}

func (p *statsPage) move(n int) {
	last := 0
	for _, r := range p.rows() {
		last = max(last, r.choice)
	}
	p.cursor = max(min(p.cursor+n, last), 0)
}

// enter goes to what is chosen; tracks and lessons are folded and unfolded.
func (p *statsPage) enter() tea.Cmd {
	row, ok := p.chosen()
	switch {
	case !ok:
		return nil
	case row.kind == statsUnfinished:
		if at, ok := row.lesson.GoOn(); ok {
			return say(openPlaceMsg{at})
		}
		return say(openLessonMsg{row.lesson.ID})
	case row.kind == statsItem:
		return say(openPlaceMsg{row.lesson.At(row.item)})
	case p.open[row.id]:
		p.fold()
		return nil
	}
	return p.unfold()
}

// unfold shows the lessons of a track, or the questions and labs of a lesson.
func (p *statsPage) unfold() tea.Cmd {
	row, ok := p.chosen()
	if !ok || row.id == "" {
		return nil
	}
	p.open[row.id] = true
	if row.kind != statsLesson || p.bodies[row.lesson.ID] != nil {
		return nil
	}
	l := row.lesson.Lesson
	return func() tea.Msg {
		b, err := l.Body()
		return bodyLoadedMsg{b, err}
	}
}

// fold closes what is chosen, or that in which it is.
func (p *statsPage) fold() {
	row, ok := p.chosen()
	if !ok {
		return
	}
	id := row.id
	if !p.open[id] {
		id = row.parent
	}
	delete(p.open, id)
	for _, r := range p.rows() {
		if r.id == id && id != "" {
			p.cursor = r.choice
		}
	}
}

// click chooses a row, or does what enter does on the one that is chosen.
func (p *statsPage) click(y int) tea.Cmd {
	rows := p.rows()
	i := p.top(rows) + y
	switch {
	case i >= len(rows) || rows[i].kind == statsText:
		return nil
	case rows[i].choice == p.cursor:
		return p.enter()
	}
	p.cursor = rows[i].choice
	return nil
}
