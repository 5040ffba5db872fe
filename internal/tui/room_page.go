package tui

import (
	"context"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/course"
	"kubetutor/internal/tui/keymap"
)

// classPage is the class: what the instructor has sent, and how things stand. It
// lies over the page.
type classPage struct {
	c             *common
	m             *Model
	at            int                    // the message that is chosen
	labs          map[string]*course.Lab // of hints, as far as they were read; nil for what is not there
	width, height int
}

// labReadMsg brings a lab that a hint is for; nil where there is none.
type labReadMsg struct {
	path string
	lab  *course.Lab
}

// openClass opens the page of the class, or what waits for an answer; or closes it.
func (m *Model) openClass() tea.Cmd {
	r := m.c.room
	if m.ask != nil || m.naming != nil || m.asksHelp != nil || m.broken != nil {
		return nil
	}
	m.help, m.notice = nil, ""
	r.panel.open = true
	if m.roomPanel() != noPanel {
		return nil
	}
	r.panel.open, r.news = false, banner{}
	if _, open := m.front().(*classPage); open {
		m.uncover()
		return nil
	}
	p := &classPage{c: m.c, m: m, at: max(len(r.sight.Messages)-1, 0), labs: map[string]*course.Lab{}}
	return m.cover(p)
}

// Init marks what is seen as read.
func (p *classPage) Init() tea.Cmd { return tea.Batch(p.read(), p.readLabs()) }

func (p *classPage) read() tea.Cmd {
	list := p.c.room.sight.Messages
	if len(list) == 0 || list[len(list)-1].ID <= p.c.room.sight.Read {
		return nil
	}
	last := list[len(list)-1].ID
	p.c.room.sight.Read = last // what the class says next says so, too
	return p.c.room.tell(func(ctx context.Context, s class.Seat) error { return s.Read(ctx, last) })
}

// readLabs reads the labs of the hints.
func (p *classPage) readLabs() tea.Cmd {
	var cmds []tea.Cmd
	for _, msg := range p.c.room.sight.Messages {
		if _, asked := p.labs[msg.Lab]; asked || msg.Kind != class.MessageHint || msg.Lab == "" {
			continue
		}
		p.labs[msg.Lab] = nil
		path := msg.Lab
		lesson, id, _ := strings.Cut(path, "/")
		l := p.c.lesson(lesson)
		if l == nil {
			continue
		}
		cmds = append(cmds, func() tea.Msg {
			b, err := l.Body()
			if err != nil {
				return showNoticeMsg{err.Error()}
			}
			lab, _ := b.Lab(id)
			return labReadMsg{path, lab}
		})
	}
	return tea.Batch(cmds...)
}

func (p *classPage) Title() string          { return p.c.words.RoomTitle }
func (p *classPage) Typing() bool           { return false }
func (p *classPage) Cursor() *tea.Cursor    { return nil }
func (p *classPage) Scopes() []keymap.Scope { return []keymap.Scope{keymap.ClassPage} }
func (p *classPage) SetSize(w, h int)       { p.width, p.height = w, h }

// Wants are the texts of the hints.
func (p *classPage) Wants() (keys []docKey) {
	for _, msg := range p.c.room.sight.Messages {
		if text := p.hint(msg); text != "" {
			keys = append(keys, p.c.doc(text, p.columns()))
		}
	}
	return keys
}

func (p *classPage) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case labReadMsg:
		p.labs[msg.path] = msg.lab
	case sightMsg:
		return p.Init()
	case wheelMsg:
		return steps(msg.lines/wheelLines, p.act)
	case actMsg:
		return p.act(msg.action)
	}
	return nil
}

func (p *classPage) act(a keymap.Action) tea.Cmd {
	if by, ok := keymap.Rows(a, 3, len(p.c.room.sight.Messages)); ok {
		p.move(by)
		return nil
	}
	switch a {
	case keymap.Copy:
		if msg, ok := p.chosen(); ok {
			return p.c.copyText(p.text(msg))
		}
	case keymap.Insert:
		return p.insert()
	case keymap.Back:
		return say(uncoverMsg{})
	}
	return nil
}

func (p *classPage) move(n int) {
	p.at = max(min(p.at+n, len(p.c.room.sight.Messages)-1), 0)
}

func (p *classPage) chosen() (class.Message, bool) {
	list := p.c.room.sight.Messages
	if p.at >= len(list) {
		return class.Message{}, false
	}
	return list[p.at], true
}

// insert puts a command into the console's line, where the learner may change it
// and run it; nothing else ever does.
func (p *classPage) insert() tea.Cmd {
	msg, ok := p.chosen()
	if !ok || msg.Kind != class.MessageCommand {
		return say(showNoticeMsg{p.c.words.NotACommand})
	}
	text := msg.Text
	return tea.Sequence(say(uncoverMsg{}), say(insertMsg{text}))
}

// insertMsg asks the page for its console.
type insertMsg struct{ text string }

// insertCommand puts a command into the console that the page has.
func (m *Model) insertCommand(msg insertMsg) tea.Cmd {
	if p, ok := m.page.(*lessonPage); ok {
		return p.insertCommand(part{typed: msg.text})
	}
	m.notice = m.c.words.NoConsole
	return nil
}

// text is what a message says.
func (p *classPage) text(msg class.Message) string {
	if msg.Kind == class.MessageHint {
		return p.hint(msg)
	}
	return msg.Text
}

// hint is a hint of a lab in the learner's language, with the values that they
// have; "" for other messages and while it is not known.
func (p *classPage) hint(msg class.Message) string {
	lab := p.labs[msg.Lab]
	if msg.Kind != class.MessageHint || lab == nil || msg.Hint < 1 || msg.Hint > len(lab.Hints) {
		return ""
	}
	return course.Substitute(lab.Hints[msg.Hint-1].Text().In(p.c.lang), p.m.values(lab))
}

// values are those of the learner's attempt at a lab.
func (m *Model) values(l *course.Lab) map[string]string {
	if page, ok := m.page.(*lessonPage); ok {
		if p := page.labs[l.ID]; p != nil && p.lab.Path() == l.Path() {
			return p.values()
		}
	}
	return newLabPanel(m.c, l).values()
}

func (p *classPage) columns() int { return max(min(p.width-6, textWidth), 10) }

func (p *classPage) View() string {
	lines, from, to := p.lines()
	top := max(min(follow(0, to+1, p.height, len(lines)), from), 0)
	return strings.Join(window(lines, top, p.height), "\n")
}

// lines are all lines of the page, and between which of them the chosen message
// stands.
func (p *classPage) lines() (lines []string, from, to int) {
	w, s, st := p.c.words, p.c.room.sight, p.c.styles
	lines = append(lines, "  "+st.Title.Render(s.Class)+"  "+st.Dim.Render(fmt.Sprintf(w.RoomYou, s.Me)))
	about := func(text string, style func(...string) string) { lines = append(lines, "  "+style(text)) }
	if s.Resume != "" {
		about(fmt.Sprintf(w.RoomResumeCode, line(s.Resume)), st.Strong.Render)
	}
	if s.Countdown != nil {
		about(fmt.Sprintf(w.RoomTimeLeft, p.c.room.countdown()), st.Text.Render)
	}
	if s.Recall != nil {
		about(fmt.Sprintf(w.RoomCallIs, p.c.placeName(s.Recall.To)), st.Wait.Render)
	}
	lines = append(append(lines, indent(p.can(), "  ")...), "")
	if len(s.Messages) == 0 {
		return append(lines, "  "+st.Dim.Render(w.RoomNoMessages)), 0, 0
	}
	for i, msg := range s.Messages {
		if i == p.at {
			from = len(lines)
		}
		lines = append(lines, p.message(msg, i == p.at)...)
		if i == p.at {
			to = len(lines) - 1
		}
		lines = append(lines, "")
	}
	return lines, from, to
}

// can says what can be done, with the keys.
func (p *classPage) can() []string {
	return []string{p.c.keyLineOf(keymap.Class, p.width-4, keymap.RaiseHand, keymap.Follow, keymap.Screen)}
}

// message draws a message.
func (p *classPage) message(msg class.Message, chosen bool) (lines []string) {
	w, st := p.c.words, p.c.styles
	lead, when := "    ", st.Dim.Render(msg.At.In(p.c.o.Now().Location()).Format("15:04"))
	if chosen {
		lead = "  " + st.Accent.Render(p.c.signs.cursor) + " "
	}
	switch msg.Kind {
	case class.MessageCommand:
		lines = append(lines, wrapped(w.RoomCommand, p.columns(), st.Text)...)
		for _, l := range strings.Split(msg.Text, "\n") {
			lines = append(lines, st.Strong.Render(clip(shellPrompt+l, p.columns())))
		}
	case class.MessageHint:
		lines = p.hintLines(msg)
	default:
		lines = wrapped(msg.Text, p.columns(), st.Text)
	}
	return append([]string{lead + when}, indent(lines, "    ")...)
}

func (p *classPage) hintLines(msg class.Message) []string {
	lab := p.labs[msg.Lab]
	text := p.hint(msg)
	if lab == nil || text == "" {
		return wrapped(p.c.words.RoomHintGone, p.columns(), p.c.styles.Dim)
	}
	title := p.c.styles.Strong.Render(clip(fmt.Sprintf(p.c.words.RoomHint, lab.Title.In(p.c.lang)), p.columns()))
	return append([]string{title}, p.c.docs.lines(p.c.doc(text, p.columns()))...)
}
