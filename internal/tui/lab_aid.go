package tui

import (
	tea "charm.land/bubbletea/v2"

	"kubetutor/internal/course"
	"kubetutor/internal/lab/attempt"
	"kubetutor/internal/lab/protocol"
)

// What helps a learner along: hints, the solution, and a jump past the lab.

// now is what the engine said last.
func (p *labPanel) now() protocol.Verdicts {
	a := p.attempt
	return protocol.Verdicts{Attempt: &a, Checks: p.verdicts, Hints: p.applies}
}

// hint asks for the next hint; it is shown once that is recorded.
func (p *labPanel) hint() tea.Cmd {
	if p.phase != labActive {
		return nil
	}
	task, now := p.task, p.now()
	return func() tea.Msg {
		advice, err := p.c.desk.Hint(p.c.ctx, p.lab, now)
		return hintShownMsg{task, advice, err}
	}
}

func (p *labPanel) hintShown(msg hintShownMsg) tea.Cmd {
	if msg.task != p.task {
		return nil
	}
	if msg.err != nil {
		return say(recordedMsg{msg.err})
	}
	p.shown = msg.advice.Shown
	if msg.advice.Hint == 0 {
		return say(showNoticeMsg{p.c.words.NoHint[string(msg.advice.Why)]})
	}
	p.top = maxTop
	return nil
}

// solved tells whether the solution may be seen for nothing.
func (p *labPanel) solved() bool {
	return p.passed() || p.attempt.Jumped || attempt.Solved(p.c.known.Labs[p.lab.Path()])
}

// over tells whether the debrief and the solution belong on the screen: from when
// the lab is passed or jumped over, and later, when somebody looks again.
func (p *labPanel) over() bool {
	return p.passed() || p.attempt.Jumped || p.solution && p.solved()
}

// askJump offers to begin after the solution.
func (p *labPanel) askJump() tea.Cmd {
	if p.c.foreign != "" {
		return say(showNoticeMsg{p.c.words.NoJumpHere})
	}
	return say(askMsg{p.c.words.AskJump, jumpLabMsg{p.lab.Path()}})
}

// askSolution shows the solution, once the learner has said yes where that counts.
func (p *labPanel) askSolution() tea.Cmd {
	switch {
	case p.solution || p.phase == labStarting:
		return nil
	case p.solved():
		return p.showSolution()
	}
	return say(askMsg{p.c.words.AskSolution, showSolutionMsg{p.lab.Path()}})
}

// maxTop scrolls to the end; drawing bounds it.
const maxTop = 1 << 20

// showSolution keeps that the solution is shown, then shows it.
func (p *labPanel) showSolution() tea.Cmd {
	task, now := p.task, p.now()
	return func() tea.Msg {
		_, err := p.c.desk.Solution(p.c.ctx, p.lab, now)
		return solutionShownMsg{task, err}
	}
}

func (p *labPanel) solutionShown(msg solutionShownMsg) tea.Cmd {
	if msg.task != p.task {
		return nil
	}
	if msg.err == nil {
		p.solution, p.top = true, maxTop
	}
	if p.over() {
		p.top = 0 // where the debrief begins
	}
	return say(recordedMsg{msg.err})
}

// fill puts the values of the attempt into a text; before a start, those that the
// next attempt will have.
func (p *labPanel) fill(s string) string {
	return course.Substitute(s, p.values())
}

func (p *labPanel) values() map[string]string {
	if len(p.lab.Vars) == 0 || p.attempt.Number > 0 {
		return p.attempt.Vars
	}
	state := p.c.known.Labs[p.lab.Path()]
	if p.over() {
		return attempt.Vars(p.lab, state.Attempts)
	}
	return attempt.Vars(p.lab, state.Attempts+1)
}
