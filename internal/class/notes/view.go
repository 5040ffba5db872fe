package notes

import (
	"fmt"
	"math"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/class/frame"
	"kubetutor/internal/tui/draw"
	"kubetutor/internal/tui/keymap"
)

// frameRows are the lines around the notes: two above, two rules, the keys.
const frameRows = 5

func (m *Model) rows() int { return max(m.height-frameRows, 1) }

// View draws the notes.
func (m *Model) View() tea.View {
	v := tea.View{AltScreen: true, WindowTitle: "kubetutor"}
	if content, small := m.TooSmall(m.words.TooSmall, m.width, m.height); small {
		v.Content = content
		return v
	}
	lines := append(m.header(), m.Rule(m.width))
	lines = append(lines, draw.Indent(draw.Window(m.body(), m.first(), m.rows()), "  ")...)
	lines = append(lines, m.Rule(m.width), m.foot())
	v.Content = draw.Fit(strings.Join(lines, "\n"), m.width, m.height)
	return v
}

// first is the first line shown: what is drawn may be shorter by now.
func (m *Model) first() int {
	if m.help {
		return 0
	}
	return max(min(m.top, len(m.lines())-m.rows()), 0)
}

func (m *Model) body() []string {
	switch lines := m.lines(); {
	case m.help:
		return m.Help([]keymap.Scope{inNotes, keymap.Always}, m.width-2)
	case m.failed != nil:
		return frame.Wrapped(fmt.Sprintf(m.words.Failed, class.Clean(m.failed.Error(), 500)), m.width-4, m.Styles.Bad)
	case m.lesson != nil && lines != nil:
		return lines
	case m.wanted != "" && m.known(m.wanted):
		return []string{m.words.Loading}
	}
	return []string{m.words.NoLesson}
}

func (m *Model) known(id string) bool {
	_, ok := m.o.Course.Lesson(id)
	return ok
}

// header names the lesson and the step, and says how the time stands.
func (m *Model) header() []string {
	left := " " + m.Styles.Title.Render(m.title())
	below := " " + m.Styles.Strong.Render(m.where(m.step))
	if m.lesson != nil {
		below = " " + m.Styles.Dim.Render(fmt.Sprintf(m.words.Step, m.step+1, len(m.lesson.steps))) + " " + below
	}
	return []string{
		draw.Spread(left, m.Styles.Text.Render(m.elapsed())+" ", m.width),
		draw.Spread(below, m.Styles.Dim.Render(m.planned())+" ", m.width),
	}
}

func (m *Model) title() string {
	if l, ok := m.o.Course.Lesson(m.wanted); ok {
		return l.Title.In(m.lang)
	}
	return class.Clean(m.wanted, 100)
}

// where names a step.
func (m *Model) where(step int) string {
	if m.lesson == nil || step >= len(m.lesson.steps) {
		return ""
	}
	at := m.lesson.steps[step].at
	pages := m.lesson.Pages[m.lang]
	switch id, lab := strings.CutPrefix(at.Focus, focusLab); {
	case lab:
		if l, ok := m.lesson.Lab(id); ok {
			return fmt.Sprintf(m.words.Lab, l.Title.In(m.lang))
		}
	case at.Page > 0:
		return fmt.Sprintf(m.words.Page, at.Page, len(pages), pages[at.Page-1].Title)
	}
	return m.words.Whole
}

// elapsed is the time since the lesson was opened here, of what it is meant to
// take.
func (m *Model) elapsed() string {
	if m.lesson == nil {
		return ""
	}
	gone := m.o.Now().Sub(m.since).Truncate(time.Second)
	return frame.Join("   ", m.pace(), fmt.Sprintf(m.words.Elapsed, frame.Clock(gone), m.minutes()))
}

// minutes are those that the class plans for the lesson, else the lesson's own.
func (m *Model) minutes() int {
	for _, p := range m.board.Class.Plan {
		if p.Lesson == m.wanted && p.Minutes > 0 {
			return p.Minutes
		}
	}
	return m.lesson.Minutes
}

func (m *Model) pace() string {
	switch b := m.board; {
	case b.Here == 0:
		return ""
	case b.Ahead > 0:
		return fmt.Sprintf(m.words.Behind, b.Ahead)
	case b.Ahead < 0:
		return fmt.Sprintf(m.words.Ahead, -b.Ahead)
	}
	return m.words.OnPlan
}

// planned is how long the step is meant to take, and all up to its end.
func (m *Model) planned() string {
	if m.lesson == nil || m.step == 0 {
		return ""
	}
	share, until := m.lesson.share(m.minutes()), 0.0
	for _, minutes := range share[:m.step+1] {
		until += minutes
	}
	return fmt.Sprintf(m.words.Planned, max(int(math.Round(share[m.step])), 1), int(math.Round(until)))
}

// foot says whether the class is followed, and which keys there are.
func (m *Model) foot() string {
	if m.help {
		return " " + m.Styles.Dim.Render(m.words.Help)
	}
	right := m.followed()
	keys := m.KeyLine([]keymap.Scope{inNotes}, m.width-draw.Width(right)-4)
	return draw.Spread(" "+keys, right+" ", m.width)
}

func (m *Model) followed() string {
	more := ""
	if n := len(m.lines()) - m.first() - m.rows(); n > 0 {
		more = m.Styles.Accent.Render(fmt.Sprintf(m.words.More, n))
	}
	return frame.Join("   ", more, m.state())
}

func (m *Model) state() string {
	switch {
	case m.o.Follow == nil:
		return ""
	case m.lost:
		return m.Styles.Bad.Render(m.words.Lost)
	case m.follows == theClass:
		return m.Styles.Good.Render(m.words.Following)
	case m.follows == oneself:
		return m.Styles.Good.Render(m.words.FollowingMe)
	}
	return m.Styles.Dim.Render(fmt.Sprintf(m.words.ClassAt, m.classAt()))
}

// classAt names where the class is, in a few words.
func (m *Model) classAt() string {
	at := m.board.Median
	if l, ok := m.o.Course.Lesson(at.Lesson); ok && at.Lesson != m.wanted {
		return draw.Clip(l.Title.In(m.lang), 24)
	}
	if m.lesson == nil || at.Lesson != m.wanted {
		return class.Clean(at.Lesson, 24)
	}
	return draw.Clip(m.where(m.lesson.index(at)), 24)
}
