package tui

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/progress"
	"kubetutor/internal/tui/keymap"
)

// Draft is a course that somebody is writing, as its files are now, or what is
// wrong with it.
type Draft struct {
	Course *course.Course
	Faults course.Faults
}

// draftedMsg brings a new draft, and waits for the next one.
type draftedMsg struct {
	draft Draft
	next  tea.Cmd
}

// rewrittenMsg brings the lesson of the present page as it is now.
type rewrittenMsg struct {
	course *course.Course
	lesson *course.Body // nil where no lesson is shown, or it is gone
	at     progress.Position
	line   int // in the block
	faults course.Faults
}

// awaitDraft waits for the files to change.
func (m *Model) awaitDraft() tea.Cmd {
	if m.c.o.Drafts == nil {
		return nil
	}
	var next tea.Cmd
	next = func() tea.Msg {
		select {
		case d, open := <-m.c.o.Drafts:
			if open {
				return draftedMsg{d, next}
			}
		case <-m.c.ctx.Done():
		}
		return nil
	}
	return next
}

// drafted takes a new draft: what is wrong with it is shown in place of the page,
// which stays where it is.
func (m *Model) drafted(msg draftedMsg) tea.Cmd {
	if len(msg.draft.Faults) > 0 {
		m.refuse(msg.draft.Faults)
		return msg.next
	}
	return tea.Batch(m.reread(msg.draft.Course), msg.next)
}

func (m *Model) refuse(faults course.Faults) {
	top := 0
	if m.broken != nil {
		top = m.broken.top
	}
	m.broken = &brokenView{c: m.c, faults: faults, top: top}
}

// reread loads what the present page shows.
func (m *Model) reread(c *course.Course) tea.Cmd {
	out := rewrittenMsg{course: c}
	old, at, ok := m.reading()
	if ok {
		out.line = old.text.line
	} else if at.Lesson = m.c.o.Lesson; at.Lesson == "" {
		return say(out)
	}
	lang := m.c.lang
	return func() tea.Msg {
		l, found := c.Lesson(at.Lesson)
		if !found {
			return out
		}
		b, err := l.Body()
		if err != nil {
			out.faults = faultsOf(l.Dir, err)
			return out
		}
		out.lesson, out.at = b, at
		if ok {
			out.at = followed(at, old.lesson.Pages[lang], b.Pages[lang])
		}
		return out
	}
}

// reading is the lesson on the screen, and where in it the author is.
func (m *Model) reading() (*lessonPage, progress.Position, bool) {
	p, ok := m.page.(*lessonPage)
	if !ok {
		return nil, progress.Position{}, false
	}
	return p, p.position(), true
}

func faultsOf(file string, err error) course.Faults {
	var faults course.Faults
	if errors.As(err, &faults) {
		return faults
	}
	return course.Faults{{File: filepath.ToSlash(file), Message: err.Error()}}
}

// followed goes with the block at the top of the screen: where blocks came or went
// above it, its number is another one now. Where it is gone, its place counts.
func followed(at progress.Position, old, now []course.Page) progress.Position {
	if at.Page >= len(old) || len(now) == 0 {
		return at
	}
	was := blockTexts(old[at.Page])
	at.Page = samePage(at.Page, old, now)
	is := blockTexts(now[at.Page])
	if at.Block < len(was) && (at.Block >= len(is) || is[at.Block] != was[at.Block]) {
		if i := nearestBlock(is, was[at.Block], at.Block); i >= 0 {
			at.Block = i
		}
	}
	at.Block = min(at.Block, len(is)-1)
	return at
}

// samePage is the page with the same title, or else of the same number.
func samePage(page int, old, now []course.Page) int {
	if page < len(now) && now[page].Title == old[page].Title {
		return page
	}
	if i := slices.IndexFunc(now, func(p course.Page) bool { return p.Title == old[page].Title }); i >= 0 {
		return i
	}
	return min(page, len(now)-1)
}

// nearestBlock is the place of a text in a list nearest to where it was; -1
// without one.
func nearestBlock(list []string, text string, was int) int {
	best := -1
	for i, t := range list {
		if t == text && (best < 0 || max(i-was, was-i) < max(best-was, was-best)) {
			best = i
		}
	}
	return best
}

// blockTexts are what the blocks of a page say, and what its cards ask.
func blockTexts(p course.Page) (texts []string) {
	for _, b := range blocksOf(p) {
		texts = append(texts, cmp.Or(b.Text, b.Source))
	}
	return texts
}

// rewritten shows the course as it is now, at the same place.
func (m *Model) rewritten(msg rewrittenMsg) tea.Cmd {
	if len(msg.faults) > 0 {
		m.refuse(msg.faults)
		return nil
	}
	m.broken = nil
	m.c.o.Course = msg.course
	switch old := m.page.(type) {
	case *lessonPage:
		if msg.lesson == nil {
			return m.show(newCoursePage(m.c, ""))
		}
		return m.replaced(old, msg)
	case *home:
		if msg.lesson != nil {
			m.c.o.Lesson = "" // it has been opened now
			return m.show(newLessonPage(m.c, msg.lesson))
		}
		return m.show(newHome(m.c))
	case *coursePage:
		return m.show(newCoursePage(m.c, old.cursor))
	}
	return nil
}

// replaced puts the new version of a lesson in the place of the old one.
func (m *Model) replaced(old *lessonPage, msg rewrittenMsg) tea.Cmd {
	p := newLessonPage(m.c, msg.lesson)
	p.resumed = true
	p.seen = old.seen
	p.text.reading = reading{msg.at.Page, msg.at.Block, msg.line, old.text.shift}
	cmd := m.show(p)
	return tea.Sequence(cmd, p.settle(msg.at))
}

// brokenView lists what is wrong with a draft.
type brokenView struct {
	c      *common
	faults course.Faults
	top    int
}

func (b *brokenView) lines(width int) []string {
	room := min(width-4, 100)
	title := b.c.signs.fail + " " + fmt.Sprintf(b.c.words.DraftFaults, len(b.faults))
	lines := append(append([]string{""}, indent(wrapped(title, room, b.c.styles.Bad.Bold(true)), "  ")...), "")
	for _, f := range b.faults {
		lines = append(lines, indent(wrapped(f.Place(), room, b.c.styles.Accent), "  ")...)
		lines = append(lines, indent(wrapped(f.Message, room, b.c.styles.Text), "    ")...)
		if f.Mend != "" {
			lines = append(lines, indent(wrapped("→ "+f.Mend, room, b.c.styles.Dim), "    ")...)
		}
		lines = append(lines, "")
	}
	return lines
}

// key scrolls.
func (b *brokenView) key(k string, width, height int) {
	most := max(len(b.lines(width))-height, 0)
	switch a, _ := b.c.keys.Find(k, keymap.Helping); a {
	case keymap.Down:
		b.top = min(b.top+max(height/2, 1), most)
	case keymap.Up:
		b.top = max(b.top-max(height/2, 1), 0)
	}
}

func (b *brokenView) view(width, height int) string {
	return strings.Join(window(b.lines(width), b.top, height), "\n")
}

// brokenKey leaves only what makes sense without a page.
func (m *Model) brokenKey(k tea.KeyPressMsg) tea.Cmd {
	switch a, _ := m.c.keys.Find(k.String(), keymap.Global); a {
	case keymap.Quit, keymap.Language, keymap.Help:
		return m.act(a, k)
	}
	m.broken.key(k.String(), m.width, m.height-frameRows)
	return nil
}
