package notes

import (
	"context"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/class/frame"
	"kubetutor/internal/course"
	"kubetutor/internal/i18n"
	"kubetutor/internal/markdown"
	"kubetutor/internal/tui/keymap"
	"kubetutor/internal/tui/stream"
	"kubetutor/internal/tui/theme"
)

// Model is the root: it routes. Lessons are opened, and their notes drawn, in
// commands; where a reply is not for what is wanted by then, it is dropped.
type Model struct {
	frame.Frame
	ctx    context.Context // ends with the program
	o      Options
	lang   course.Lang
	words  i18n.ClassNotes
	width  int
	height int
	help   bool

	follows leader
	board   class.Board // as far as it says where everybody is; cleaned where it is drawn
	lost    bool

	wanted string  // the lesson that is shown, or being opened
	lesson *lesson // nil while it is opened
	failed error
	step   int
	top    int       // first line shown of the step
	since  time.Time // when the lesson was opened, or the clock was set back
	done   map[docKey][]string
	asked  map[docKey]bool

	after func(time.Duration, tea.Msg) tea.Cmd // sends a message later
}

// docKey is what a drawn step depends on.
type docKey struct {
	lesson  string
	step    int
	lang    course.Lang
	options markdown.Options
}

// leader is who turns the pages.
type leader int

const (
	alone    leader = iota // the keys
	theClass               // the median learner
	oneself                // the instructor's own tutor in the class
	leaders                // how many there are
)

func whom(follow class.Chair) leader {
	if follow == nil {
		return alone
	}
	return theClass
}

// Facts.
type (
	placeMsg  struct{ board class.Board } // its places are all that is used of it
	lostMsg   struct{}
	tickMsg   struct{}
	followMsg struct{} // the class shall be followed again
	openedMsg struct {
		id     string
		lesson *lesson
		err    error
	}
	drawnMsg struct {
		key   docKey
		lines []string
	}
)

// again is how long the notes wait before they follow a class again that was
// lost.
const again = 2 * time.Second

var _ tea.Model = (*Model)(nil)

// New returns the root model, as Run uses it. An unknown theme or lesson is an
// error.
func New(o Options) (*Model, error) { return newModel(context.Background(), o) }

func newModel(ctx context.Context, o Options) (*Model, error) {
	o = o.withDefaults()
	f, err := frame.New(o.Theme, o.NoColor, o.ASCII, o.Keys)
	if err != nil {
		return nil, err
	}
	m := &Model{Frame: f, ctx: ctx, o: o, after: frame.Later, width: 80, height: 24, follows: whom(o.Follow), wanted: o.Lesson, since: o.Now(), done: map[docKey][]string{}, asked: map[docKey]bool{}}
	m.setLang(o.Lang)
	if _, ok := o.Course.Lesson(o.Lesson); o.Lesson != "" && !ok {
		return nil, fmt.Errorf("showing the notes: there is no lesson %q", class.Clean(o.Lesson, 100))
	}
	return m, nil
}

func (o Options) withDefaults() Options {
	if o.Course == nil {
		o.Course = &course.Course{}
	}
	if o.Lang == "" {
		o.Lang = course.English
	}
	if o.Theme == "" {
		o.Theme = theme.Auto
	}
	if o.Keys == nil {
		o.Keys = Keys()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func (m *Model) setLang(l course.Lang) {
	m.lang, m.words = l, i18n.ClassNotesWords(l).WithKeys(m.o.Keys.Label)
	m.Scopes, m.Actions = m.words.Scopes, m.words.Actions
}

// Init opens the lesson and begins to follow the class.
func (m *Model) Init() tea.Cmd {
	cmds := []tea.Cmd{m.open(m.wanted), m.watch(), m.after(time.Second, tickMsg{})}
	if !m.o.NoColor {
		cmds = append(cmds, tea.RequestBackgroundColor)
	}
	return tea.Batch(cmds...)
}

// watch follows the class.
func (m *Model) watch() tea.Cmd {
	if m.o.Follow == nil {
		return nil
	}
	return stream.Of(m.ctx, func(send func(tea.Msg) error) tea.Msg {
		_ = m.o.Follow.Watch(m.ctx, func(b class.Board) error { return send(placeMsg{b}) })
		return lostMsg{} // whatever the reason: it is followed again
	})
}

// open loads a lesson with its notes.
func (m *Model) open(id string) tea.Cmd {
	l, ok := m.o.Course.Lesson(id)
	if !ok {
		return nil
	}
	return func() tea.Msg {
		body, err := l.Body()
		if err != nil {
			return openedMsg{id: id, err: err}
		}
		said := map[course.Lang]course.Notes{}
		for _, lang := range course.Langs {
			if said[lang], err = l.Notes(lang); err != nil {
				return openedMsg{id: id, err: err}
			}
		}
		return openedMsg{id: id, lesson: newLesson(body, said)}
	}
}

// Update routes a message, and asks for what is to be drawn next.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := m.route(msg)
	return m, tea.Batch(cmd, m.draw())
}

func (m *Model) route(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.BackgroundColorMsg:
		m.failed = m.Background(!msg.IsDark())
	case tea.KeyPressMsg:
		return m.key(msg)
	case stream.Item:
		return tea.Batch(m.route(msg.Msg), msg.Next)
	case tickMsg:
		return m.after(time.Second, tickMsg{}) // the clock is drawn anew
	case placeMsg:
		return m.moved(msg.board)
	case lostMsg:
		m.lost = true
		return m.after(again, followMsg{})
	case followMsg:
		return m.watch()
	case openedMsg:
		m.opened(msg)
	case drawnMsg:
		m.done[msg.key] = msg.lines
	}
	return nil
}

// moved takes where the class is.
func (m *Model) moved(b class.Board) tea.Cmd {
	m.lost, m.board = b.Lost, b
	return m.goTo(m.place())
}

// place is where the one who is followed is; of no lesson for nobody.
func (m *Model) place() class.Place {
	switch m.follows {
	case theClass:
		return m.board.Median
	case oneself:
		return m.own()
	}
	return class.Place{}
}

// own is where the instructor's own tutor is: of several, the newest that is in a
// lesson (IDs of sessions grow).
func (m *Model) own() (at class.Place) {
	for _, s := range m.board.Screens {
		if m.o.By != "" && s.By == m.o.By && s.At.Lesson != "" {
			at = s.At
		}
	}
	return at
}

// goTo shows a place. Who is nowhere leaves everything as it is.
func (m *Model) goTo(p class.Place) tea.Cmd {
	if p.Lesson == "" {
		return nil
	}
	if p.Lesson != m.wanted {
		return m.change(p.Lesson)
	}
	if m.lesson != nil {
		m.turn(m.lesson.index(p))
	}
	return nil
}

// change goes to another lesson.
func (m *Model) change(id string) tea.Cmd {
	m.wanted, m.lesson, m.failed, m.step, m.top, m.since = id, nil, nil, 0, 0, m.o.Now()
	return m.open(id)
}

func (m *Model) opened(msg openedMsg) {
	if msg.id != m.wanted {
		return
	}
	m.lesson, m.failed = msg.lesson, msg.err
	if at := m.place(); m.lesson != nil && at.Lesson == msg.id {
		m.turn(m.lesson.index(at))
	}
}

// turn goes to a step; the one that is shown stays where it is.
func (m *Model) turn(step int) {
	if step != m.step {
		m.step, m.top = step, 0
	}
}

func (m *Model) key(k tea.KeyPressMsg) tea.Cmd {
	switch a, _ := m.Keys.Find(k.String(), keymap.Always); a {
	case keymap.Interrupt:
		return tea.Quit
	case keymap.Suspend:
		return tea.Suspend
	}
	if m.help {
		m.help = false
		return nil
	}
	a, _ := m.Keys.Find(k.String(), inNotes)
	switch a {
	case keymap.Quit:
		return tea.Quit
	case keymap.Help:
		m.help = true
	case keymap.Language:
		m.setLang(m.lang.Other())
	case keymap.Restart:
		m.since = m.o.Now()
	case follow:
		return m.next()
	case keymap.Right:
		return m.neighbour(1)
	case keymap.Left:
		return m.neighbour(-1)
	default:
		m.move(a)
	}
	return nil
}

// next follows somebody else: the class, oneself where one has a tutor in it, or
// nobody.
func (m *Model) next() tea.Cmd {
	if m.o.Follow == nil {
		return nil
	}
	m.follows = (m.follows + 1) % leaders
	if m.follows == oneself && m.own().Lesson == "" {
		m.follows = alone
	}
	return m.goTo(m.place())
}

// neighbour goes to the lesson before or after: of the plan, else of the course.
func (m *Model) neighbour(by int) tea.Cmd {
	m.follows = alone
	var ids []string
	for _, p := range m.board.Class.Plan {
		ids = append(ids, p.Lesson)
	}
	if len(ids) == 0 {
		for _, l := range m.o.Course.Lessons() {
			ids = append(ids, l.ID)
		}
	}
	for i, id := range ids {
		if id == m.wanted && i+by >= 0 && i+by < len(ids) {
			return m.change(ids[i+by])
		}
	}
	return nil
}

// move scrolls, or turns to another step; who turns by hand follows no more.
func (m *Model) move(a keymap.Action) {
	if m.lesson == nil {
		return
	}
	bottom := max(len(m.lines())-m.rows(), 0)
	switch a {
	case keymap.Down:
		m.top = min(m.top+1, bottom)
	case keymap.Up:
		m.top = max(m.top-1, 0)
	case keymap.Previous:
		m.top = max(m.top-m.rows()+1, 0)
	case keymap.Top:
		m.top = 0
	case keymap.Bottom:
		m.top = bottom
	case keymap.Next:
		if m.top < bottom {
			m.top = min(m.top+m.rows()-1, bottom)
			return
		}
		m.byHand(m.step + 1)
	case keymap.NextPage:
		m.byHand(m.step + 1)
	case keymap.PrevPage:
		m.byHand(m.step - 1)
	}
}

func (m *Model) byHand(step int) {
	if step >= 0 && step < len(m.lesson.steps) {
		m.follows = alone
		m.turn(step)
	}
}

// draw asks for the step that is shown, where it is not drawn yet.
func (m *Model) draw() tea.Cmd {
	if m.lesson == nil {
		return nil
	}
	k := m.docKey()
	if m.asked[k] {
		return nil
	}
	m.asked[k] = true
	l, words, bad := m.lesson, m.words, m.Styles.Bad
	return func() tea.Msg {
		doc, err := markdown.Render(l.source(k.step, k.lang, words), k.options)
		if err != nil {
			return drawnMsg{k, frame.Wrapped(fmt.Sprintf(words.Failed, class.Clean(err.Error(), 500)), k.options.Width, bad)}
		}
		lines := make([]string, len(doc.Lines))
		for i, line := range doc.Lines {
			lines[i] = line.Styled
		}
		return drawnMsg{k, lines}
	}
}

// textWidth is the widest that a text is set.
const textWidth = 100

func (m *Model) docKey() docKey {
	return docKey{m.wanted, m.step, m.lang, markdown.Options{
		Width: max(min(m.width-4, textWidth), 10), Palette: m.Styles.Palette, NoColor: m.Styles.NoColor, ASCII: m.o.ASCII, Chinese: m.lang == course.Chinese,
	}}
}

func (m *Model) lines() []string { return m.done[m.docKey()] }
