package tui

import (
	"context"
	"reflect"
	"time"

	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/class"
	"kubetutor/internal/lab/protocol"
)

// report is what the class knows of the learner's lab. One is under way at a time;
// what changes meanwhile goes with the next.
type report struct {
	sent class.Standing
	busy bool
}

// reportedMsg says that a report has arrived, or could not be brought.
type reportedMsg struct{ err error }

// reportPause is the time between two reports: a lab's checks move together.
const reportPause = 250 * time.Millisecond

// stands is a page with a lab.
type stands interface{ runningLab() *labPanel }

func (p *lessonPage) runningLab() *labPanel {
	for _, l := range p.labs {
		if l.phase == labActive {
			return l
		}
	}
	return nil
}

func (p *reviewPage) runningLab() *labPanel {
	if p.run == nil {
		return nil
	}
	if f, ok := p.run.face.(*labFace); ok && f.lab.phase == labActive {
		return f.lab
	}
	return nil
}

// reportStanding tells the class how the lab stands, if that is not what it knows.
// What was left running stands as it stood last.
func (m *Model) reportStanding() tea.Cmd {
	r := m.c.room
	page, ok := m.page.(stands)
	if !ok || r.report.busy {
		return nil
	}
	l := page.runningLab()
	if l == nil || l.verdicts == nil {
		return nil
	}
	now := l.standing()
	if reflect.DeepEqual(now, r.report.sent) {
		return nil
	}
	r.report = report{sent: now, busy: true}
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(r.c.ctx, roomPatience)
		defer cancel()
		return reportedMsg{r.c.o.Seat.Checks(ctx, now)}
	}
}

// reported lets the next report go. One that did not arrive is sent again with it;
// nobody is told: the line of the class says that the connection is lost.
func (m *Model) reported(msg reportedMsg) tea.Cmd {
	r := m.c.room
	if msg.err != nil {
		r.report.sent = class.Standing{}
	}
	return r.c.o.after(reportPause, reportDueMsg{})
}

// reportDueMsg says that the next report may go.
type reportDueMsg struct{}

// standing is how the lab stands, in the learner's language.
func (p *labPanel) standing() class.Standing {
	s := class.Standing{Lab: p.lab.Path(), Number: p.attempt.Number, Of: len(p.lab.Checks), Done: p.passed()}
	for _, ch := range p.lab.Checks {
		v, ok := p.verdict(ch.ID)
		if ok && v.Result == protocol.Pass {
			s.Passed++
			continue
		}
		s.Failing = append(s.Failing, class.Failing{
			Check: ch.ID, Text: p.fill(ch.Title.In(p.c.lang)), Want: v.Want.In(p.c.lang), Have: v.Have.In(p.c.lang),
		})
	}
	return s
}
