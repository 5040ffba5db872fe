package watch

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/course"
	"kubetutor/internal/tui/draw"
	"kubetutor/internal/tui/keymap"
)

// plan is the tree of lessons and steps: what is open, what is locked, who is
// where; to open, to lock, and to call everybody to a place.
type plan struct {
	*roster
	pane
	place class.Place // under the cursor
}

// newPlan begins where the room is: at the median learner's place.
func newPlan(r *roster) *plan {
	p := &plan{roster: r, place: r.board.Median}
	if places := p.places(); p.index(places) < 0 && len(places) > 0 {
		p.place = places[0]
	}
	return p
}

func (p *plan) scope() keymap.Scope { return inPlan }
func (p *plan) title() string       { return p.words.PlanTitle }

// places are the lessons of the plan with their pages, and below these what
// stands on them.
func (s *shared) places() (all []class.Place) {
	for _, planned := range s.board.Class.Plan {
		all = append(all, class.Place{Lesson: planned.Lesson})
		all = append(all, steps(s.bodies[planned.Lesson])...)
	}
	return all
}

func steps(b *course.Body) (all []class.Place) {
	if b == nil {
		return nil
	}
	for i, page := range b.Pages[course.English] {
		at := class.Place{Lesson: b.ID, Page: i + 1}
		all = append(all, at)
		for _, part := range page.Parts {
			for _, id := range part.Quiz {
				all = append(all, class.Place{Lesson: at.Lesson, Page: at.Page, Focus: focusQuiz + id})
			}
			if part.Lab != "" {
				all = append(all, class.Place{Lesson: at.Lesson, Page: at.Page, Focus: focusLab + part.Lab})
			}
		}
	}
	return all
}

func (p *plan) index(places []class.Place) int { return slices.Index(places, p.place) }

func (p *plan) size(w, h int) {
	p.pane.size(w, h)
	places := p.places()
	p.keep(p.index(places), len(places))
}

func (p *plan) act(a keymap.Action) tea.Cmd {
	places := p.places()
	if by, ok := keymap.Rows(a, p.h-1, len(places)); ok && len(places) > 0 {
		p.place = places[max(min(p.index(places)+by, len(places)-1), 0)]
		p.keep(p.index(places), len(places))
		return nil
	}
	if p.index(places) < 0 {
		return nil
	}
	switch a {
	case toggleLock:
		return p.toggle()
	case recall:
		return p.call()
	}
	return nil
}

// toggle opens what is locked and locks what is open. A question or a lab of a
// page that is locked cannot be opened by itself.
func (p *plan) toggle() tea.Cmd {
	at, name := p.place, p.shared.place(p.place)
	switch {
	case !p.board.Closed(at):
		return p.do(class.Order{Kind: class.OrderLock, Place: &at}, fmt.Sprintf(p.words.LockedNow, name))
	case at.Focus != "" && !p.itself(at):
		return say(doneMsg{said: p.words.LockedAbove})
	}
	return p.do(class.Order{Kind: class.OrderOpen, Place: &at}, fmt.Sprintf(p.words.Opened, name))
}

// itself tells whether a question or a lab is locked, and not only its page.
func (p *plan) itself(at class.Place) bool {
	return slices.ContainsFunc(p.board.Locked, func(l class.Place) bool { return l.Lesson == at.Lesson && l.Focus == at.Focus })
}

// call asks whether everybody, or those who are ticked, shall be called here.
func (p *plan) call() tea.Cmd {
	at, to := p.place, p.audience()
	if to.kind == toOne {
		to.kind = toAll // a recall is for the room, unless some are ticked for it
	}
	name := p.shared.place(at)
	return say(askMsg{fmt.Sprintf(p.words.AskRecall, to.label(), name), func() tea.Cmd {
		return p.do(class.Order{Kind: class.OrderRecall, To: to.to(), Place: &at}, fmt.Sprintf(p.words.Recalled, to.label(), name))
	}})
}

func (p *plan) lines() []string {
	places := p.places()
	lines := make([]string, len(places))
	for i, at := range places {
		lines[i] = p.line(at, p.w)
	}
	if len(lines) == 0 {
		return []string{"", "  " + p.words.Waiting}
	}
	return draw.Window(lines, p.first, p.h)
}

func (p *plan) line(at class.Place, w int) string {
	here, name := " ", p.Styles.Text
	if at == p.place {
		here, name = p.Styles.Accent.Render(p.Signs.Cursor), p.Styles.Selected
	}
	state := p.Signs.Open
	if p.board.Closed(at) {
		state = p.Styles.Wait.Render(p.Signs.Locked)
	}
	indent := strings.Repeat("  ", depth(at))
	return draw.Spread(" "+here+" "+indent+state+" "+name.Render(p.step(at)), p.aside(at)+" ", w)
}

func depth(p class.Place) int {
	switch {
	case p.Focus != "":
		return 2
	case p.Page > 0:
		return 1
	}
	return 0
}

// aside says who is at a place, whether it is locked, and where the plan is.
func (p *plan) aside(at class.Place) string {
	said := []string{}
	if n := p.count(at); n > 0 {
		said = append(said, fmt.Sprintf(p.words.AreHere, n))
	}
	if at == p.board.Planned {
		said = append(said, p.words.PlannedNow)
	}
	if p.board.Closed(at) {
		said = append(said, p.words.IsLocked)
	}
	return p.Styles.Dim.Render(strings.Join(said, p.words.Comma))
}

// count is how many are at a place, or at what belongs to it.
func (s *shared) count(at class.Place) (n int) {
	for _, step := range s.board.Steps {
		if step.At.Within(at) {
			n += step.Count
		}
	}
	return n
}
