package tui

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/review"
	"kubetutor/internal/tui/keymap"
)

// reviewMenu says what is due, and lets the learner choose what shall be asked.
type reviewMenu struct {
	c       *common
	cursor  int
	held    bool // a session waits to be gone on with
	loaded  bool
	summary review.Summary
	tracks  []trackAwaits
	kinds   []kindAwaits
	reply   int

	track, tag, box, days int // what is chosen, as places in the lists below
	width, height         int
}

// trackAwaits and kindAwaits are what awaits the learner of a track, or of a kind
// of cards.
type (
	trackAwaits struct {
		track *course.Track
		review.Counts
	}
	kindAwaits struct {
		kind review.Kind
		review.Counts
	}
)

// menuLoadedMsg brings what awaits the learner; of tracks and kinds it comes
// later, because that takes longer.
type menuLoadedMsg struct {
	reply   int
	summary review.Summary
	tracks  []trackAwaits
	kinds   []kindAwaits
	parts   bool // it is about tracks and kinds
	err     error
}

// menuItem is a row of the menu.
type menuItem struct {
	name, about string
	enter       func() tea.Cmd
	turn        func(by int) tea.Cmd // chooses another value; nil where there is none
	apart       bool                 // an empty line stands before it
}

func newReviewMenu(c *common) *reviewMenu { return &reviewMenu{c: c} }

func (m *reviewMenu) Init() tea.Cmd {
	m.reply = m.c.nextID()
	id, f := m.reply, m.filter()
	return func() tea.Msg {
		s, err := m.c.o.Review.Summary(m.c.ctx, f)
		return menuLoadedMsg{reply: id, summary: s, err: err}
	}
}

// loadParts asks what awaits the learner of each track and each kind.
func (m *reviewMenu) loadParts() tea.Cmd {
	id, f := m.reply, m.filter()
	return func() tea.Msg {
		msg := menuLoadedMsg{reply: id, parts: true}
		for _, t := range m.c.o.Course.Tracks {
			of := f
			of.Tracks = []string{t.ID}
			msg.tracks = append(msg.tracks, trackAwaits{t, m.c.part(of, &msg.err)})
		}
		for _, k := range review.Kinds() {
			of := f
			of.Kinds = []review.Kind{k}
			msg.kinds = append(msg.kinds, kindAwaits{k, m.c.part(of, &msg.err)})
		}
		return msg
	}
}

// part is what awaits the learner of a part of the cards, without new ones: how
// many of those there are today is a number for all parts together.
func (c *common) part(f review.Filter, failed *error) review.Counts {
	if *failed != nil {
		return review.Counts{}
	}
	s, err := c.o.Review.Summary(c.ctx, f)
	*failed, s.New = err, 0
	return s.Counts
}

func (m *reviewMenu) SetSize(w, h int)       { m.width, m.height = w, h }
func (m *reviewMenu) Aside() string          { return "" }
func (m *reviewMenu) Split() int             { return 0 }
func (m *reviewMenu) Busy() bool             { return false }
func (m *reviewMenu) Wants() []docKey        { return nil }
func (m *reviewMenu) Typing() bool           { return false }
func (m *reviewMenu) Cursor() *tea.Cursor    { return nil }
func (m *reviewMenu) Scopes() []keymap.Scope { return []keymap.Scope{keymap.ReviewPage} }

func (m *reviewMenu) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case menuLoadedMsg:
		return m.take(msg)
	case clickMsg:
		return m.click(msg.y)
	case wheelMsg:
		return steps(msg.lines/wheelLines, m.act)
	case actMsg:
		return m.act(msg.action)
	}
	return nil
}

func (m *reviewMenu) take(msg menuLoadedMsg) tea.Cmd {
	switch {
	case msg.reply != m.reply:
		return nil
	case msg.err != nil:
		return say(showNoticeMsg{fmt.Sprintf(m.c.words.ReviewSlow, msg.err)})
	case msg.parts: // what could be read
		m.tracks, m.kinds = msg.tracks, msg.kinds
		return nil
	}
	m.summary, m.loaded = msg.summary, true
	return m.loadParts()
}

func (m *reviewMenu) act(a keymap.Action) tea.Cmd {
	items := m.items()
	m.cursor = min(m.cursor, len(items)-1)
	item := items[m.cursor]
	switch a {
	case keymap.Up:
		m.cursor = max(m.cursor-1, 0)
	case keymap.Down:
		m.cursor = min(m.cursor+1, len(items)-1)
	case keymap.Left:
		return item.turned(-1)
	case keymap.Right:
		return item.turned(1)
	case keymap.Open:
		if item.enter == nil {
			return item.turned(1)
		}
		return item.enter()
	case keymap.Stats:
		return say(openInsightMsg{openReviewMsg{}})
	case keymap.Back:
		return say(openHomeMsg{})
	}
	return nil
}

func (i menuItem) turned(by int) tea.Cmd {
	if i.turn == nil {
		return nil
	}
	return i.turn(by)
}

// boxes are the time boxes, in minutes, and ahead the days, that are offered.
func boxes() []int { return []int{0, 5, 10, 20, 30, 60} }
func ahead() []int { return []int{1, 2, 3, 7, 14, 30} }

// filter is what is chosen of track and tag.
func (m *reviewMenu) filter() (f review.Filter) {
	if m.track > 0 {
		f.Tracks = []string{m.c.o.Course.Tracks[m.track-1].ID}
	}
	if m.tag > 0 {
		f.Tags = []string{m.c.o.Course.Tags()[m.tag-1]}
	}
	return f
}

// options are those of a session in a mode, with all that is chosen.
func (m *reviewMenu) options(mode review.Mode) review.Options {
	return review.Options{Filter: m.filter(), Mode: mode, Days: ahead()[m.days], Box: time.Duration(boxes()[m.box]) * time.Minute}
}

func (m *reviewMenu) begin(o review.Options) func() tea.Cmd {
	return func() tea.Cmd { return say(beginReviewMsg{o}) }
}

// choose turns a value through a list of so many.
func (m *reviewMenu) choose(value *int, n int) func(int) tea.Cmd {
	return func(by int) tea.Cmd {
		*value = (*value + by + n) % n
		return m.Init()
	}
}

func (m *reviewMenu) items() []menuItem {
	w := m.c.words
	var items []menuItem
	if m.held {
		items = append(items, menuItem{name: w.ReviewGoOn, enter: func() tea.Cmd { return say(goOnReviewMsg{}) }})
	}
	handsOn := m.options(review.Due)
	handsOn.HandsOn, handsOn.Kinds = true, []review.Kind{review.Lab}
	items = append(items,
		menuItem{name: w.ReviewBegin, about: m.c.awaiting(m.summary, m.loaded), enter: m.begin(m.options(review.Due))},
		menuItem{name: w.ReviewLabs, about: fmt.Sprintf(w.ReviewDue, m.summary.HandsOn) + " " + m.c.signs.dot + " " + w.ReviewLabsSays, enter: m.begin(handsOn)},
		menuItem{name: w.ReviewAhead, about: m.value(w.Span(24 * time.Hour * time.Duration(ahead()[m.days]))),
			enter: m.begin(m.options(review.Ahead)), turn: m.choose(&m.days, len(ahead()))},
		menuItem{name: w.ReviewCram, about: w.ReviewCramSays, enter: m.begin(m.options(review.Cram))},
		menuItem{name: w.ReviewCards, about: w.ReviewCardsSays, enter: func() tea.Cmd { return say(listCardsMsg{m.filter()}) }},
	)
	return append(items, m.values()...)
}

// values are the rows that narrow what is asked.
func (m *reviewMenu) values() []menuItem {
	w := m.c.words
	track, tag, box := w.ReviewAll, w.ReviewAll, w.ReviewNoBox
	if m.track > 0 {
		track = m.c.o.Course.Tracks[m.track-1].Title.In(m.c.lang)
	}
	tags := m.c.o.Course.Tags()
	if m.tag > 0 {
		tag = tags[m.tag-1]
	}
	if m.box > 0 {
		box = i18n.Several(w.ReviewMinute, boxes()[m.box])
	}
	return []menuItem{
		{name: w.ReviewTrack, about: m.value(track), turn: m.choose(&m.track, len(m.c.o.Course.Tracks)+1), apart: true},
		{name: w.ReviewTag, about: m.value(tag), turn: m.choose(&m.tag, len(tags)+1)},
		{name: w.ReviewBox, about: m.value(box), turn: m.choose(&m.box, len(boxes()))},
	}
}

// value shows that a text can be changed.
func (m *reviewMenu) value(text string) string { return "< " + text + " >" }

// awaiting says what awaits the learner.
func (c *common) awaiting(s review.Summary, known bool) string {
	if !known {
		return c.words.Loading
	}
	parts := c.counted(s.Counts)
	switch {
	case len(parts) > 0:
		parts = append(parts, i18n.Several(c.words.ReviewMinutes, s.Minutes))
	case !s.Next.IsZero():
		parts = []string{fmt.Sprintf(c.words.ReviewNext, c.words.Moment(s.Next, c.o.Now()))}
	default:
		parts = []string{c.words.ReviewNothing}
	}
	return strings.Join(parts, " "+c.signs.dot+" ")
}

// rows are the lines of the page, and which item is in which.
func (m *reviewMenu) rows() (lines []string, at map[int]int) {
	lines, at = []string{""}, map[int]int{}
	for i, item := range m.items() {
		if item.apart {
			lines = append(lines, "")
		}
		at[len(lines)] = i
		lines = append(lines, m.c.entry(item.name, item.about, i == m.cursor, m.width))
	}
	w := m.c.words
	if m.summary.Waiting > 0 {
		lines = append(append(lines, ""), indent(wrapped(i18n.Several(w.ReviewWaiting, m.summary.Waiting), min(m.width-4, textWidth), m.c.styles.Wait), "  ")...)
	}
	if m.loaded && m.summary.All() == 0 && m.summary.Next.IsZero() {
		lines = append(append(lines, ""), indent(wrapped(w.ReviewHowCards, min(m.width-4, textWidth), m.c.styles.Text), "  ")...)
	}
	return append(lines, m.parts()...), at
}

// parts are what is due of each track and each kind.
func (m *reviewMenu) parts() (lines []string) {
	most := 1
	for _, t := range m.tracks {
		most = max(most, t.All())
	}
	for _, t := range m.tracks {
		if t.All() > 0 {
			lines = append(lines, m.part(t.track.Title.In(m.c.lang), t.Counts, most))
		}
	}
	if len(lines) == 0 {
		return nil
	}
	lines = append([]string{"", "  " + m.c.styles.Title.Render(m.c.words.ReviewByTrack)}, lines...)
	lines = append(lines, "", "  "+m.c.styles.Title.Render(m.c.words.ReviewByKind))
	for _, k := range m.kinds {
		if k.All() > 0 {
			lines = append(lines, m.part(m.c.words.CardKind(string(k.kind)), k.Counts, most))
		}
	}
	return lines
}

func (m *reviewMenu) part(name string, n review.Counts, most int) string {
	return "    " + pad(name, 16) + m.c.gauge(n.All(), most, 14) + "  " + strings.Join(m.c.counted(n), " "+m.c.signs.dot+" ")
}

func (m *reviewMenu) View() string {
	lines, _ := m.rows()
	return joinLines(window(lines, m.top(lines), m.height))
}

// top is the first line shown: what is chosen is on the screen.
func (m *reviewMenu) top(lines []string) int {
	_, at := m.rows()
	for row, item := range at {
		if item == m.cursor && m.cursor > 0 {
			return follow(0, row+1, m.height, len(lines))
		}
	}
	return 0
}

// click chooses a row, or does what enter does on the one that is chosen.
func (m *reviewMenu) click(y int) tea.Cmd {
	lines, at := m.rows()
	item, ok := at[m.top(lines)+y]
	switch {
	case !ok:
		return nil
	case item == m.cursor:
		return m.act(keymap.Open)
	}
	m.cursor = item
	return nil
}
