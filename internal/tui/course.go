package tui

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/course"
	"kubetutor/internal/tui/keymap"
)

// coursePage is the tree of tracks and lessons.
type coursePage struct {
	c             *common
	cursor        string // ID of the chosen lesson
	filter        textinput.Model
	texts         map[*course.Lesson]string // what the filter looks at, as far as it has
	filtering     bool
	width, height int
}

// entry is one row of the tree; one field is set, or none for an empty row.
type entry struct {
	group  *lessonGroup
	lesson *course.Lesson
	coming string // a lesson that others build on and that is not written yet
}

func newCoursePage(c *common, lesson string) *coursePage {
	p := &coursePage{c: c, cursor: lesson, filter: c.newInput(), texts: map[*course.Lesson]string{}}
	if c.lesson(lesson) == nil {
		p.move(0)
	}
	return p
}

func (p *coursePage) Init() tea.Cmd   { return nil }
func (p *coursePage) Title() string   { return p.c.words.Course }
func (p *coursePage) Aside() string   { return "" }
func (p *coursePage) Split() int      { return 0 }
func (p *coursePage) Typing() bool    { return p.filtering }
func (p *coursePage) Busy() bool      { return false }
func (p *coursePage) Wants() []docKey { return nil }
func (p *coursePage) Leave() tea.Cmd  { return nil }

func (p *coursePage) SetSize(w, h int) {
	p.width, p.height = w, h
}

func (p *coursePage) Scopes() []keymap.Scope {
	if p.filtering {
		return []keymap.Scope{keymap.Filter}
	}
	return []keymap.Scope{keymap.Course}
}

func (p *coursePage) Cursor() *tea.Cursor {
	if !p.filtering {
		return nil
	}
	_, x := p.c.prompt(p.c.words.Filter, p.filter, p.width)
	return tea.NewCursor(x, 0)
}

func (p *coursePage) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case clickMsg:
		return p.click(msg.y)
	case wheelMsg:
		return steps(msg.lines/wheelLines, p.act)
	case actMsg:
		return p.act(msg.action)
	case tea.KeyPressMsg, tea.PasteMsg:
		return p.typed(msg)
	}
	return nil
}

func (p *coursePage) act(a keymap.Action) tea.Cmd {
	if by, ok := keymap.Rows(a, p.height/2, len(p.lessons())); ok {
		p.move(by)
		return nil
	}
	switch a {
	case keymap.Filtering:
		p.filtering = true
		return p.filter.Focus()
	case keymap.Open:
		return p.open(openLessonMsg{p.cursor})
	case keymap.Questions:
		return p.open(openQuizMsg{p.cursor})
	case keymap.Back:
		return p.back()
	}
	return nil
}

func (p *coursePage) open(m tea.Msg) tea.Cmd {
	if len(p.lessons()) == 0 {
		return nil
	}
	return say(m)
}

func (p *coursePage) back() tea.Cmd {
	if p.filtering || p.filter.Value() != "" {
		p.filtering = false
		p.filter.Reset()
		p.filter.Blur()
		p.move(0)
		return nil
	}
	return say(openHomeMsg{})
}

func (p *coursePage) typed(msg tea.Msg) (cmd tea.Cmd) {
	if !p.filtering {
		return nil
	}
	p.filter, cmd = p.filter.Update(msg)
	p.move(0)
	return cmd
}

// move chooses the lesson n further down; 0 makes sure that one is chosen.
func (p *coursePage) move(n int) {
	list := p.lessons()
	if len(list) == 0 {
		return
	}
	at := 0
	for i, l := range list {
		if l.ID == p.cursor {
			at = i
		}
	}
	p.cursor = list[max(min(at+n, len(list)-1), 0)].ID
}

// lessons are those that the filter leaves.
func (p *coursePage) lessons() (list []*course.Lesson) {
	words := p.wanted()
	for _, g := range p.c.groups() {
		for _, l := range g.lessons {
			if p.matches(l, words) {
				list = append(list, l)
			}
		}
	}
	return list
}

// wanted are the words of the filter.
func (p *coursePage) wanted() []string { return strings.Fields(strings.ToLower(p.filter.Value())) }

// matches tells whether a lesson has all of the words.
func (p *coursePage) matches(l *course.Lesson, words []string) bool {
	return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(p.text(l), word) })
}

// text is what the filter looks at, in small letters. It is made once: all lessons
// are looked at again for every key and every frame.
func (p *coursePage) text(l *course.Lesson) string {
	if text, ok := p.texts[l]; ok {
		return text
	}
	text := l.ID + " " + l.Title.EN + " " + l.Title.ZH
	if l.Track != nil {
		text += " " + l.Track.Title.EN + " " + l.Track.Title.ZH
	}
	p.texts[l] = strings.ToLower(text)
	return p.texts[l]
}

// entries are the rows of the tree.
func (p *coursePage) entries() (list []entry) {
	shown, words := map[string]bool{}, p.wanted()
	for _, g := range p.c.groups() {
		first := true
		for _, l := range g.lessons {
			if !p.matches(l, words) {
				continue
			}
			if first {
				list = append(list, entry{group: &g})
				first = false
			}
			list = append(append(list, p.coming(l, shown)...), entry{lesson: l})
		}
	}
	return list
}

// coming are the lessons that l builds on and that nobody has written yet.
func (p *coursePage) coming(l *course.Lesson, shown map[string]bool) (list []entry) {
	for _, id := range l.After {
		if p.c.lesson(id) == nil && !shown[id] {
			shown[id] = true
			list = append(list, entry{coming: id})
		}
	}
	return list
}

// rows are the lines of the tree, and at that of the chosen lesson.
func (p *coursePage) rows() (rows []entry, at int) {
	for _, e := range p.entries() {
		if e.group != nil && len(rows) > 0 {
			rows = append(rows, entry{})
		}
		if e.lesson != nil && e.lesson.ID == p.cursor {
			at = len(rows)
		}
		rows = append(rows, e)
	}
	return rows, at
}

// top is the first row shown.
func (p *coursePage) top(rows []entry, at int) int {
	h := p.height - len(p.head())
	return follow(0, at+h/3, h, len(rows))
}

func (p *coursePage) View() string {
	rows, at := p.rows()
	h := p.height - len(p.head())
	lines := make([]string, h)
	for i, top := 0, p.top(rows, at); i < h && top+i < len(rows); i++ {
		lines[i] = p.row(rows[top+i])
	}
	if len(rows) == 0 && h > 0 {
		lines[0] = "  " + p.c.words.NoMatch
	}
	return strings.Join(append(p.head(), lines...), "\n")
}

func (p *coursePage) head() []string {
	if !p.filtering && p.filter.Value() == "" {
		return nil
	}
	line, _ := p.c.prompt(p.c.words.Filter, p.filter, p.width)
	return []string{line}
}

func (p *coursePage) row(e entry) string {
	switch {
	case e == entry{}:
		return ""
	case e.group != nil:
		n := fmt.Sprintf("  %d/%d", p.c.known.done(e.group.lessons), len(e.group.lessons))
		return "  " + p.c.styles.Title.Render(e.group.title) + p.c.styles.Dim.Render(n)
	case e.coming != "":
		return "    " + p.c.styles.Dim.Render(p.c.signs.dot+" "+e.coming+"  "+p.c.words.Coming)
	}
	return p.lesson(e.lesson)
}

func (p *coursePage) lesson(l *course.Lesson) string {
	about := p.c.styles.Dim.Render(p.about(l) + " ")
	sign := p.c.sign(p.c.known.State(l))
	if p.c.closed(class.Place{Lesson: l.ID, Page: 1}) {
		sign, about = p.c.styles.Wait.Render(p.c.signs.locked), p.c.styles.Wait.Render(p.c.words.RoomLocked+" ")
	}
	title := l.Title.In(p.c.lang)
	if l.ID == p.cursor {
		return spread("  "+p.c.styles.Accent.Render(p.c.signs.cursor)+" "+sign+" "+p.c.styles.Strong.Render(title), about, p.width)
	}
	return spread("    "+sign+" "+title, about, p.width)
}

func (p *coursePage) about(l *course.Lesson) string {
	parts := []string{fmt.Sprintf(p.c.words.Minutes, l.Minutes)}
	if p.width >= 70 {
		w := p.c.words
		parts = append(parts, counted(w.QuestionCountOne, w.QuestionCount, len(l.QuestionIDs)), counted(w.LabCountOne, w.LabCount, len(l.LabIDs)))
	}
	return strings.Join(parts, " "+p.c.signs.dot+" ")
}

// counted says a number of things: in English one is not worded as many are.
func counted(one, many string, n int) string {
	if n == 1 {
		return one
	}
	return fmt.Sprintf(many, n)
}
