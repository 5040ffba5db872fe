package tui

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/progress"
	"kubetutor/internal/tui/keymap"
)

// call is how the learner stands to the last call of the class to a place.
//
// Nobody is torn from what they type: they go when they press a key. Others are
// taken there after some seconds, unless they say no. What was left stays as it
// was, and there is a way back to it.
type call struct {
	seen string    // the ID of the last one that was told of
	goes time.Time // when it is followed; zero: when a key says so
}

const (
	callWaits = 10 * time.Second
	// callFresh is how old a call may be that is found at the beginning.
	callFresh = 2 * time.Minute
)

// wait is how long until the number of seconds changes; 0 while none are counted.
func (c call) wait(now time.Time) time.Duration {
	if c.goes.IsZero() {
		return 0
	}
	return max(min(c.goes.Sub(now), time.Second), 1)
}

// noteCall tells of a call that is new.
func (m *Model) noteCall(first bool) tea.Cmd {
	r := m.c.room
	recall := r.sight.Recall
	switch {
	case recall == nil:
		r.call.goes = time.Time{}
		return nil
	case recall.ID == r.call.seen:
		return nil
	}
	r.call = call{seen: recall.ID}
	if first && r.now().Sub(made(recall.ID)) > callFresh || r.at(recall.To, m.where()) {
		return nil
	}
	if m.engaged() {
		text := fmt.Sprintf(m.c.words.RoomCallsTyping, m.c.placeName(recall.To))
		r.say(text, text)
		return nil
	}
	r.call.goes = m.c.o.Now().Add(callWaits)
	r.guard.begin(m.c.o.Now())
	return nil
}

// at tells whether a learner is at a place already.
func (r *room) at(to, here class.Place) bool {
	if to.Page == 0 && to.Focus != "" {
		return here.Lesson == to.Lesson && here.Focus == to.Focus
	}
	return here.Within(to)
}

// engaged tells whether the learner is in the midst of something that would be
// interrupted.
func (m *Model) engaged() bool {
	return m.front().Typing() || m.page.Busy() || len(m.over) > 0 || m.ask != nil || m.naming != nil || m.asksHelp != nil
}

// calling tells whether seconds are counted.
func (r *room) calling() bool { return r != nil && !r.call.goes.IsZero() }

// callDue follows a call whose time has come.
func (m *Model) callDue() tea.Cmd {
	r := m.c.room
	if !r.calling() || m.c.o.Now().Before(r.call.goes) {
		return nil
	}
	if m.engaged() { // since then
		r.call.goes = time.Time{}
		text := fmt.Sprintf(m.c.words.RoomCallsTyping, m.c.placeName(r.sight.Recall.To))
		r.say(text, text)
		return nil
	}
	return m.followCall()
}

// callKey takes the keys that follow or refuse a call whose seconds are counted.
func (m *Model) callKey(a keymap.Action) tea.Cmd {
	if a == keymap.Follow {
		return m.followCall()
	}
	m.c.room.call.goes = time.Time{}
	m.notice = m.c.words.RoomStays
	return m.c.room.wind()
}

// followCall goes to where the class was called.
func (m *Model) followCall() tea.Cmd {
	r := m.c.room
	if r.sight.Recall == nil {
		m.notice = m.c.words.RoomNoCall
		return nil
	}
	to := r.sight.Recall.To
	r.call.goes, r.news = time.Time{}, banner{}
	if m.c.lesson(to.Lesson) == nil {
		m.notice = fmt.Sprintf(m.c.words.NoLesson, to.Lesson)
		return nil
	}
	m.keepPage()
	m.notice = fmt.Sprintf(m.c.words.RoomFollowed, m.c.placeName(to))
	return m.c.loadAnew(to.Lesson, positionOf(to))
}

// positionOf is a place as the learner's own positions are; nil is where they were
// in the lesson.
func positionOf(p class.Place) *progress.Position {
	if p.Page == 0 && p.Focus == "" {
		return nil
	}
	return &progress.Position{Lesson: p.Lesson, Page: p.Page - 1, Focus: p.Focus}
}

// placeName says a place in the learner's language.
func (c *common) placeName(p class.Place) string {
	title := line(p.Lesson)
	if l := c.lesson(p.Lesson); l != nil {
		title = l.Title.In(c.lang)
	}
	switch {
	case strings.HasPrefix(p.Focus, focusLab):
		return fmt.Sprintf(c.words.PlaceLab, title)
	case p.Focus != "":
		return fmt.Sprintf(c.words.PlaceQuestion, title)
	case p.Page > 0:
		return fmt.Sprintf(c.words.RoomPlaceOf, title, p.Page)
	}
	return title
}

// keptPage is a page that was left for a call, as it was left.
type keptPage struct {
	page resumable
	at   progress.Position
	over []surface // texts that are being edited
}

// resumable is a page that can be left and shown again.
type resumable interface {
	page
	// place is where the learner is in the lesson.
	place() progress.Position
	// again goes on with what Leave has ended.
	again() tea.Cmd
}

// keepPage keeps the page as it is, with what is typed into it, and notes the way
// back.
func (m *Model) keepPage() {
	if m.page == m.review && m.review != nil {
		m.away, m.trail = true, nil
		return
	}
	p, ok := m.page.(resumable)
	if !ok {
		return
	}
	kept := &keptPage{page: p, at: p.place()}
	for _, s := range m.over {
		if _, editing := s.(*editorPage); editing {
			kept.over = append(kept.over, s)
		}
	}
	m.kept = kept
	m.trail = append(m.trail, kept.at)
	m.trail = m.trail[max(len(m.trail)-mostSteps, 0):]
}

// keeps tells whether the page that was kept is meant by who opens a lesson, or
// its questions, where they were or at a place.
func (m *Model) keeps(lesson string, quiz bool, at *progress.Position) bool {
	switch {
	case m.kept == nil || m.kept.at.Lesson != lesson:
		return false
	case at == nil:
		_, was := m.kept.page.(*quizPage)
		return was == quiz
	}
	was := m.kept.at
	return was.Page == at.Page && was.Block == at.Block && was.Focus == at.Focus
}

// takeUp shows the page that was kept, as it was.
func (m *Model) takeUp() tea.Cmd {
	kept := m.kept
	m.kept = nil
	cmd := m.put(kept.page, kept.page.again())
	m.over = kept.over
	m.resize(m.width, m.height)
	m.notice = m.c.words.RoomBack
	return cmd
}

func (p *lessonPage) place() progress.Position { return p.position() }

// again follows the lab and opens a console; what is typed into it is still there.
func (p *lessonPage) again() tea.Cmd {
	var cmds []tea.Cmd
	if p.quiz != nil {
		p.quiz.again()
	}
	for _, l := range p.labs {
		switch l.phase {
		case labActive:
			cmds = append(cmds, l.follow())
		case labStarting:
			cmds = append(cmds, l.goOn())
		}
	}
	if p.console.phase == consoleOpen || p.console.phase == consoleOpening {
		cmds = append(cmds, p.console.open(p.focus == onConsole))
	}
	return tea.Batch(cmds...)
}

func (p *quizPage) place() progress.Position { return progress.Position{Lesson: p.lesson.ID} }

func (p *quizPage) again() tea.Cmd {
	if p.panel != nil {
		p.panel.again()
	}
	return nil
}

// again asks once more what was being judged: the verdict came while nobody was
// there.
func (p *quizPanel) again() {
	if p.phase == grading {
		p.phase = asking
	}
}
